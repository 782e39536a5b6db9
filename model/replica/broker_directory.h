// What a broker knows of the others from the metadata log: where they are, which life of them is
// registered, and whether they may serve.
#pragma once

#include <string>
#include <vector>

#include "model/types.h"
#include "sim/id.h"

namespace odradek::kafka {

struct BrokerEntry {
    BrokerId broker;
    sim::NodeId node;
    BrokerEpoch broker_epoch{no_broker_epoch};
    bool fenced{true};
    bool in_controlled_shutdown{false};
    std::string rack{};  // Empty: none.

    bool operator==(BrokerEntry const&) const = default;
};

class BrokerDirectory {
public:
    // Adds or replaces.
    void put(BrokerEntry const& entry);
    void remove(BrokerId broker);
    void clear() { brokers_.clear(); }
    // Null when the broker is not registered.
    BrokerEntry const* find(BrokerId broker) const;
    std::vector<BrokerEntry> const& brokers() const { return brokers_; }  // By id.

    bool operator==(BrokerDirectory const&) const = default;

private:
    std::vector<BrokerEntry> brokers_;
};

}  // namespace odradek::kafka
