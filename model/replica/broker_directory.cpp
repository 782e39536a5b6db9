#include "model/replica/broker_directory.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

bool by_id(BrokerEntry const& entry, BrokerId broker)
{
    return entry.broker < broker;
}

}  // namespace

void BrokerDirectory::put(BrokerEntry const& entry)
{
    auto const at = std::lower_bound(brokers_.begin(), brokers_.end(), entry.broker, by_id);
    if (at != brokers_.end() && at->broker == entry.broker)
        *at = entry;
    else
        brokers_.insert(at, entry);
}

void BrokerDirectory::remove(BrokerId broker)
{
    auto const at = std::lower_bound(brokers_.begin(), brokers_.end(), broker, by_id);
    if (at != brokers_.end() && at->broker == broker)
        brokers_.erase(at);
}

BrokerEntry const* BrokerDirectory::find(BrokerId broker) const
{
    auto const at = std::lower_bound(brokers_.begin(), brokers_.end(), broker, by_id);
    return at != brokers_.end() && at->broker == broker ? &*at : nullptr;
}

}  // namespace odradek::kafka
