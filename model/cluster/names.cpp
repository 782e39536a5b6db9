#include "model/cluster/names.h"

#include <fmt/format.h>

namespace odradek::kafka {

void Names::add_topic(TopicId id, std::string name)
{
    if (topics_.size() <= id.value)
        topics_.resize(id.value + 1);
    topics_[id.value] = std::move(name);
}

std::string Names::topic(TopicId id) const
{
    if (id.value < topics_.size() && !topics_[id.value].empty())
        return topics_[id.value];
    return fmt::format("topic#{}", id.value);
}

std::string Names::partition(TopicPartition partition) const
{
    return fmt::format("{}-{}", topic(partition.topic), partition.partition);
}

std::string Names::client(std::uint32_t client) const
{
    return client < clients_.size() ? clients_[client] : fmt::format("client#{}", client);
}

std::string Names::record(RecordId record) const
{
    return fmt::format("{}#{}", client(record.client), record.number);
}

TopicId Names::topic_id(std::string const& name) const
{
    for (std::size_t id = 1; id < topics_.size(); ++id)
        if (topics_[id] == name)
            return TopicId{static_cast<std::uint32_t>(id)};
    return metadata_topic;
}

}  // namespace odradek::kafka
