// Kafka's reassignment file, as kafka-reassign-partitions takes it:
// {"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any"]}]}
// Source: ReassignPartitionsCommand.parsePartitionReassignmentData, formatAsReassignmentJson.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/client/admin_brokers.h"
#include "model/types.h"

namespace odradek::cli {

struct ReassignedPartition {
    std::string topic;
    std::int32_t partition{0};
    std::vector<kafka::BrokerId> replicas;
    std::vector<std::string> log_dirs;  // By replica; "any".

    std::string name() const;  // "orders-0"
};

// In the file's order; what is wrong is a UserError (1) in Kafka's words.
std::vector<ReassignedPartition> parse_reassignment(std::string const& text);

// One line, partitions by topic and number.
std::string reassignment_json(std::vector<ReassignedPartition> partitions);

// {"partitions":[{"topic":"t","partition":1}]} of kafka-leader-election.
std::vector<std::pair<std::string, std::int32_t>> parse_election(std::string const& text);

// {"partitions":[{"topic":"t","partition":1,"offset":5}],"version":1} of kafka-delete-records, by
// topic and number. Source: DeleteRecordsCommand.parseOffsetJsonStringWithoutDedup.
std::vector<kafka::DeleteRecordsOrder::Partition> parse_deletion(std::string const& text);

}  // namespace odradek::cli
