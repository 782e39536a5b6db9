// BrokerRegistration (API key 62; KIP-631). A new incarnation of a broker makes itself known and
// gets the broker epoch that names this life of it.
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

struct BrokerRegistrationResponse {
    Error error{Error::none};
    BrokerEpoch broker_epoch{no_broker_epoch};

    bool operator==(BrokerRegistrationResponse const&) const = default;
};
DESCRIBE(BrokerRegistrationResponse, error, broker_epoch)

struct BrokerRegistrationRequest {
    using Response = BrokerRegistrationResponse;
    static constexpr int api_key = 62;

    BrokerId broker{no_broker};
    std::uint64_t incarnation{0};
    sim::NodeId node;
    std::string rack;
    BrokerEpoch previous_broker_epoch{
        no_broker_epoch};                 // From the clean-shutdown file; -1 when there was none.
    std::vector<DirectoryId> log_dirs{};  // KIP-858: those that are online; ascending.

    bool operator==(BrokerRegistrationRequest const&) const = default;
};
DESCRIBE(BrokerRegistrationRequest, broker, incarnation, node, rack, previous_broker_epoch,
         log_dirs)

}  // namespace odradek::kafka
