#include "model/controller/decision.h"

namespace odradek::kafka {

bool unclean_election_enabled(ControllerView const& cluster, std::string_view topic)
{
    ConfigMap const& configs = cluster.image.topic_configs(topic);
    auto const at = configs.find("unclean.leader.election.enable");
    return at != configs.end() ? at->second == "true"
                               : cluster.config.unclean_leader_election_enable;
}

Error check_broker_epoch(MetadataImage const& image, BrokerId broker, BrokerEpoch epoch)
{
    BrokerRegistration const* registration = image.broker(broker);
    return registration != nullptr && registration->epoch == epoch ? Error::none
                                                                   : Error::stale_broker_epoch;
}

std::string text_of(std::vector<BrokerId> const& brokers) { return sim::print(brokers); }

}  // namespace odradek::kafka
