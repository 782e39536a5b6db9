// BrokerHeartbeat (API key 63; KIP-631). Keeps the broker's session; asks to be unfenced or to shut
// down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct BrokerHeartbeatResponse {
    Error error{Error::none};
    bool is_caught_up{false};
    bool is_fenced{true};
    bool should_shut_down{false};

    bool operator==(BrokerHeartbeatResponse const&) const = default;
};
DESCRIBE(BrokerHeartbeatResponse, error, is_caught_up, is_fenced, should_shut_down)

struct BrokerHeartbeatRequest {
    using Response = BrokerHeartbeatResponse;
    static constexpr int api_key = 63;

    BrokerId broker{no_broker};
    BrokerEpoch broker_epoch{no_broker_epoch};
    Offset current_metadata_offset{no_offset};  // Last applied.
    bool want_fence{false};
    bool want_shut_down{false};
    std::vector<DirectoryId> offline_log_dirs{};  // KIP-858

    bool operator==(BrokerHeartbeatRequest const&) const = default;
};
DESCRIBE(BrokerHeartbeatRequest, broker, broker_epoch, current_metadata_offset, want_fence,
         want_shut_down, offline_log_dirs)

}  // namespace odradek::kafka
