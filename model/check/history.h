// What judges are given. They look, draw no chance and change nothing: with or without them a run
// is the same run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/cluster/names.h"
#include "model/metadata/image.h"
#include "model/observations.h"
#include "model/types.h"
#include "sim/property.h"
#include "sim/time.h"

namespace odradek::kafka::check {

// One observation and where it stands in the run.
struct Fact {
    sim::Instant time;
    std::uint64_t event{0};               // Number of the event whose handling stated it.
    std::string const* process{nullptr};  // Who stated it: "broker-1".
    Observation const& is;
};

// One replica as it is at the end of a run.
struct ReplicaEnd {
    TopicPartition partition;
    BrokerId broker;
    bool running{false};   // Its broker is.
    bool assigned{false};  // The controller counts it among the partition's replicas.
    bool leads{false};     // By its own word.
    Epoch leader_epoch{no_epoch};
    Offset log_start;
    Offset log_end;
    Offset high_watermark;
    Offset last_stable_offset;
    std::vector<BatchRef> batches;  // The whole log.
    // An entry of an index, or a rule of segments, that does not agree with the log; empty: none.
    std::string disagreement{};
    std::uint64_t index_entries{0};  // That were compared.
};

// A partition as the controller has it at the end.
struct PartitionEnd {
    TopicPartition partition;
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;
    std::vector<BrokerId> elr{};  // They may lead when the ISR is empty (KIP-966).
};

// A partition that a broker leaves out of the answers in a fetch session although there is
// something to tell of it.
struct UntoldEnd {
    BrokerId broker;
    BrokerId replica{no_broker};  // The follower that fetches; none: a consumer.
    TopicPartition partition;
    std::string what;
};

// A transactional id as its coordinator has it at the end.
struct TransactionEnd {
    BrokerId broker;
    std::string transactional_id;
    TransactionSnapshot is;
    bool pending{false};  // A next step is under way.
};

// A server as it is at the end.
struct NodeEnd {
    std::string name;  // "broker-1"
    BrokerId broker{no_broker};
    bool running{false};
    std::string state;    // In words: "is RECOVERY and fenced, at metadata offset 7".
    MetadataImage image;  // Everything it knows to be committed.
};

struct ClusterEnd {
    sim::Instant time;
    std::uint64_t sessions{0};  // Fetch sessions that brokers hold.
    std::vector<UntoldEnd> untold;
    sim::Duration settled_for;             // How long nothing was broken any more.
    std::string controller;                // The active one; empty: there is none.
    std::vector<NodeEnd> nodes;            // Servers.
    std::vector<BatchRef> metadata_log;    // What is committed of it, by who knows most.
    std::vector<PartitionEnd> partitions;  // In order.
    std::vector<ReplicaEnd> replicas;      // By partition, then broker.
    std::vector<TransactionEnd> transactions{};

    // Those of one partition: the first, and behind the last.
    std::pair<ReplicaEnd const*, ReplicaEnd const*> replicas_of(TopicPartition partition) const
    {
        auto const range =
            std::equal_range(replicas.begin(), replicas.end(), partition, ByPartitionOnly{});
        ReplicaEnd const* const first = replicas.data();
        return {first + (range.first - replicas.begin()),
                first + (range.second - replicas.begin())};
    }
    // Null when that broker has none.
    ReplicaEnd const* replica(TopicPartition partition, BrokerId broker) const
    {
        auto const [first, last] = replicas_of(partition);
        ReplicaEnd const* const found = std::find_if(
            first, last, [&](ReplicaEnd const& replica) { return replica.broker == broker; });
        return found != last ? found : nullptr;
    }

private:
    struct ByPartitionOnly {
        bool operator()(ReplicaEnd const& a, TopicPartition b) const { return a.partition < b; }
        bool operator()(TopicPartition a, ReplicaEnd const& b) const { return a < b.partition; }
    };
};

// A moment and the event it belongs to.
struct Moment {
    sim::Instant time;
    std::uint64_t event{0};
};

// A law that did not hold. Said once per partition (or client) and cause; `count` says of how many
// records.
struct Violation {
    std::string name;  // "lost-write": the anomaly's or law's name.
    TopicPartition partition;
    std::uint64_t count{1};
    std::string what;                   // One sentence that names record, offset, epoch and node.
    std::vector<std::string> because;   // The facts that prove it, in order, each with its moment.
    std::vector<std::uint64_t> events;  // Numbers of the events behind those facts.
    sim::Instant time;                  // When it was noticed.
};

}  // namespace odradek::kafka::check
