#include "model/broker/metadata_requests.h"

#include "model/transaction_state.h"

namespace odradek::kafka {

namespace {

bool is_listed(MetadataImage const& image, BrokerId broker)
{
    BrokerRegistration const* registration = image.broker(broker);
    return registration != nullptr && !registration->fenced;
}

}  // namespace

MetadataResponse answer_metadata(MetadataImage const& image, MetadataRequest const& request)
{
    MetadataResponse response;
    for (BrokerRegistration const& broker : image.brokers())
        if (!broker.fenced)
            response.brokers.push_back({broker.id, broker.node, broker.rack});
    for (std::string const& name : request.topics) {
        MetadataTopic& answer = response.topics.emplace_back();
        answer.name = name;
        std::optional<TopicView> const topic = image.topic(name);
        if (!topic) {
            answer.error = Error::unknown_topic_or_partition;
            continue;
        }
        answer.topic = topic->id();
        for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
            PartitionRegistration const& partition = topic->partition(i);
            MetadataPartition& entry = answer.partitions.emplace_back();
            entry.partition = i;
            entry.replicas = partition.replicas;
            entry.isr = partition.isr;
            entry.leader_epoch = partition.leader_epoch;
            if (is_listed(image, partition.leader))
                entry.leader = partition.leader;
            else
                entry.error = Error::leader_not_available;
        }
    }
    if (request.wants_features.value)
        response.transaction_version.value = image.feature(transaction_version_feature);
    return response;
}

}  // namespace odradek::kafka
