// Names a person knows things by: topics by id, clients by index, brokers by node. Filled by the
// cluster, read by stories, judges, conditions and reports.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/types.h"

namespace odradek::kafka {

class Names {
public:
    void add_topic(TopicId id, std::string name);
    void add_client(std::string name) { clients_.push_back(std::move(name)); }

    std::string topic(TopicId id) const;                    // "orders"
    std::string partition(TopicPartition partition) const;  // "orders-0"
    std::string client(std::uint32_t client) const;         // "payments-0"
    std::string record(RecordId record) const;              // "payments-0#41"
    // By name; the metadata topic's id when there is none of that name.
    TopicId topic_id(std::string const& name) const;
    std::vector<std::string> const& topics() const { return topics_; }  // By id.

private:
    std::vector<std::string> topics_{metadata_topic_name};
    std::vector<std::string> clients_;
};

}  // namespace odradek::kafka
