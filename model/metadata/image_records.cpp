#include "model/metadata/image_records.h"

#include <set>

namespace odradek::kafka {

namespace {

void visit_configs(MetadataImage const& image, std::string const& resource, RecordVisitor& visitor)
{
    for (auto const& [key, value] : image.configs(resource))
        visitor.visit(ConfigRecord{resource, key, value});
}

RegisterBrokerRecord record_of(BrokerRegistration const& broker)
{
    RegisterBrokerRecord record;
    record.broker = broker.id;
    record.incarnation = broker.incarnation;
    record.broker_epoch = broker.epoch;
    record.node = broker.node;
    record.rack = broker.rack;
    record.fenced = broker.fenced;
    record.in_controlled_shutdown = broker.in_controlled_shutdown;
    record.log_dirs = broker.directories;
    record.features = broker.features;
    return record;
}

PartitionRecord record_of(TopicPartition id, PartitionRegistration const& partition)
{
    PartitionRecord record;
    record.partition = id;
    record.replicas = partition.replicas;
    record.isr = partition.isr;
    record.leader = partition.leader;
    record.leader_epoch = partition.leader_epoch;
    record.partition_epoch = partition.partition_epoch;
    record.recovery = partition.recovery;
    record.adding_replicas = partition.adding;
    record.removing_replicas = partition.removing;
    record.eligible_leader_replicas = partition.elr;
    record.last_known_elr = partition.last_known_elr;
    record.directories = partition.directories;
    return record;
}

}  // namespace

void visit_records(MetadataImage const& image, RecordVisitor& visitor)
{
    for (auto const& [name, level] : image.features())
        visitor.visit(FeatureLevelRecord{name, level});
    for (BrokerRegistration const& broker : image.brokers())
        visitor.visit(record_of(broker));
    std::vector<TopicView> const topics = image.topics();
    for (TopicView const& topic : topics) {
        visitor.visit(TopicRecord{topic.name(), topic.id()});
        for (std::int32_t i = 0; i < topic.partition_count(); ++i)
            visitor.visit(record_of({topic.id(), i}, topic.partition(i)));
    }
    visit_configs(image, "broker ", visitor);  // The cluster-wide default.
    for (BrokerRegistration const& broker : image.brokers())
        visit_configs(image, "broker " + std::to_string(broker.id.value), visitor);
    for (TopicView const& topic : topics)
        visit_configs(image, "topic " + topic.name(), visitor);
    if (image.next_producer_id().value > 0)
        visitor.visit(ProducerIdsRecord{no_broker, no_broker_epoch, image.next_producer_id()});
}

}  // namespace odradek::kafka
