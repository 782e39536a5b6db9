#include "model/metadata/image_snapshot.h"

#include <fmt/format.h>

namespace odradek::kafka {

namespace {

// About what Kafka's records take, batch and frame included.
constexpr std::uint64_t batch_header = 61;
constexpr std::uint64_t broker_size = 120;
constexpr std::uint64_t topic_size = 32;
constexpr std::uint64_t partition_size = 64;
constexpr std::uint64_t replica_size = 8;  // In the list of replicas, and in the ISR.

std::uint64_t size_of(MetadataImage const& image)
{
    std::uint64_t size = batch_header + image.brokers().size() * broker_size;
    for (TopicView const& topic : image.topics()) {
        size += topic_size + topic.name().size();
        for (auto const& [key, value] : image.topic_configs(topic.name()))
            size += key.size() + value.size();
        for (std::int32_t i = 0; i < topic.partition_count(); ++i)
            size += partition_size + topic.partition(i).replicas.size() * replica_size;
    }
    return size;
}

}  // namespace

ImageSnapshot::ImageSnapshot(MetadataImage image) : image_(std::move(image)), size_(size_of(image_))
{
}

std::string ImageSnapshot::text() const
{
    std::string text;
    for (BrokerRegistration const& broker : image_.brokers())
        text += sim::print(broker) + "\n";
    for (TopicView const& topic : image_.topics()) {
        text += fmt::format("topic {} {}\n", topic.id().value, topic.name());
        for (std::int32_t i = 0; i < topic.partition_count(); ++i)
            text += fmt::format("partition {} {}\n", i, sim::print(topic.partition(i)));
    }
    return text;
}

}  // namespace odradek::kafka
