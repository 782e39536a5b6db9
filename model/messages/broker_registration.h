// BrokerRegistration (API key 62; KIP-631). A new incarnation of a broker makes itself known and
// gets the broker epoch that names this life of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/metadata/records.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct BrokerRegistrationResponse {
    Error error{Error::none};
    BrokerEpoch broker_epoch{no_broker_epoch};
    std::string message{};

    bool operator==(BrokerRegistrationResponse const&) const = default;
};
DESCRIBE(BrokerRegistrationResponse, error, broker_epoch, message)

struct BrokerRegistrationRequest {
    using Response = BrokerRegistrationResponse;
    static constexpr int api_key = 62;

    BrokerId broker{no_broker};
    std::uint64_t incarnation{0};
    sim::NodeId node;
    std::string rack;
    BrokerEpoch previous_broker_epoch{
        no_broker_epoch};      // From the clean-shutdown file; -1 when there was none.
    std::string cluster_id{};  // Empty: it does not say, and is not asked.
    std::vector<DirectoryId> log_dirs{};
    std::vector<SupportedFeature> features{};

    bool operator==(BrokerRegistrationRequest const&) const = default;
};
DESCRIBE(BrokerRegistrationRequest, broker, incarnation, node, rack, previous_broker_epoch,
         cluster_id, log_dirs, features)

}  // namespace odradek::kafka
