// What lies between two images when the records between them are not at hand: a snapshot was
// loaded. Source: MetadataDelta.finishSnapshot; KIP-630.
#include <algorithm>
#include <set>

#include "model/metadata/image.h"

namespace odradek::kafka {

namespace {

void compare_topic(TopicView const& before, TopicView const& after, MetadataDelta& delta)
{
    for (std::int32_t i = 0; i < after.partition_count(); ++i) {
        bool const is_new = i >= before.partition_count();
        // Partitions that nothing has touched are the same objects.
        if (is_new || (&before.partition(i) != &after.partition(i) &&
                       before.partition(i) != after.partition(i)))
            delta.partitions.push_back({after.id(), i});
    }
}

}  // namespace

MetadataDelta MetadataDelta::between(MetadataImage const& before, MetadataImage const& after)
{
    MetadataDelta delta;
    delta.from = before.end_offset();
    delta.to = after.end_offset();
    std::set<BrokerId> brokers;
    for (BrokerRegistration const& broker : after.brokers()) {
        BrokerRegistration const* const old = before.broker(broker.id);
        if (old == nullptr || *old != broker)
            brokers.insert(broker.id);
    }
    for (BrokerRegistration const& broker : before.brokers())
        if (after.broker(broker.id) == nullptr)
            brokers.insert(broker.id);
    delta.brokers.assign(brokers.begin(), brokers.end());
    delta.features = before.features() != after.features();
    std::set<std::string> configs;
    for (TopicView const& topic : after.topics()) {
        std::optional<TopicView> const old = before.topic(topic.id());
        if (old)
            compare_topic(*old, topic, delta);
        else {
            delta.topics_created.push_back(topic.id());
            for (std::int32_t i = 0; i < topic.partition_count(); ++i)
                delta.partitions.push_back({topic.id(), i});
        }
        if (before.topic_configs(topic.name()) != after.topic_configs(topic.name()))
            configs.insert("topic " + topic.name());
    }
    for (TopicView const& topic : before.topics())
        if (!after.topic(topic.id()))
            delta.topics_deleted.push_back(topic.id());
    std::set<std::string> resources{"broker "};
    for (BrokerId const broker : brokers)
        resources.insert("broker " + std::to_string(broker.value));
    for (BrokerRegistration const& broker : after.brokers())
        resources.insert("broker " + std::to_string(broker.id.value));
    for (std::string const& resource : resources)
        if (before.configs(resource) != after.configs(resource))
            configs.insert(resource);
    delta.configs.assign(configs.begin(), configs.end());
    return delta;
}

}  // namespace odradek::kafka
