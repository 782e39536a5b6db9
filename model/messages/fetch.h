// Fetch (API key 1). Followers replicate with it, consumers read with it, brokers follow the
// metadata log with it (topic id 0, asked of the controller). It waits at the leader until there
// are min_bytes or max_wait is over. A follower names the epoch of its last record, so that the
// leader can tell it where their logs diverge (KIP-595; truncation on fetch). In a session
// (KIP-227) request and answer name only what is new to the other side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/messages/produce.h"
#include "model/messages/tagged.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// Data of a producer from that offset on, up to its marker, is of an aborted transaction.
struct AbortedTransaction {
    ProducerId producer_id{no_producer};
    Offset first_offset{no_offset};

    bool operator==(AbortedTransaction const&) const = default;
};
DESCRIBE(AbortedTransaction, producer_id, first_offset)

struct FetchPartitionResponse {
    TopicPartition partition;
    Error error{Error::none};
    Offset high_watermark{no_offset};
    Offset last_stable_offset{no_offset};
    Offset log_start_offset{no_offset};
    std::optional<EpochAndOffset> diverging_epoch;  // Truncate to where this epoch ends.
    std::optional<LeaderHint> current_leader;
    BrokerId preferred_read_replica{no_broker};  // Read from that one instead (KIP-392).
    std::vector<BatchRef> batches;  // Whole batches; the first may begin before the fetch offset.
    // Of the metadata log: what was asked for is in this snapshot only (KIP-630).
    std::optional<EpochAndOffset> snapshot_id;
    std::optional<sim::NodeId> leader_node;  // Where current_leader listens (KIP-853).
    // To read_committed consumers: of what is in `batches`.
    Tagged<std::vector<AbortedTransaction>> aborted_transactions{};

    bool operator==(FetchPartitionResponse const&) const = default;
};
DESCRIBE(FetchPartitionResponse, partition, error, high_watermark, last_stable_offset,
         log_start_offset, diverging_epoch, current_leader, preferred_read_replica, batches,
         snapshot_id, leader_node, aborted_transactions)

struct FetchResponse {
    Error error{Error::none};  // Of the session, or of the whole request.
    std::int32_t session{0};   // 0: none.
    std::vector<FetchPartitionResponse> partitions;

    bool operator==(FetchResponse const&) const = default;
};
DESCRIBE(FetchResponse, error, session, partitions)

struct FetchPartition {
    TopicPartition partition;
    Epoch current_leader_epoch{
        no_epoch};  // The epoch the fetcher believes in (KIP-320); -1 skips the check.
    Offset fetch_offset;
    Epoch last_fetched_epoch{no_epoch};  // Followers only.
    Offset log_start_offset{no_offset};  // Followers only.
    std::int32_t max_bytes{1048576};
    DirectoryId replica_directory{migrating_directory};  // Of the metadata log only (KIP-853).
    // Of the metadata log only: the fetcher's own, so that it is told of a newer one at once
    // (KIP-1166).
    std::optional<Offset> high_watermark;

    bool operator==(FetchPartition const&) const = default;
};
DESCRIBE(FetchPartition, partition, current_leader_epoch, fetch_offset, last_fetched_epoch,
         log_start_offset, max_bytes, replica_directory, high_watermark)

// Not on the wire, for judges: what the whole session asks, as the sum of session_fingerprint over
// its partitions. Two sides that mean the same have the same sum, in whatever order they came to
// it.
struct SessionContent {
    std::uint64_t sum{0};

    bool operator==(SessionContent const&) const = default;
};
DESCRIBE(SessionContent, sum)
constexpr std::uint64_t wire_size_of(SessionContent const&) { return 0; }

struct FetchRequest {
    using Response = FetchResponse;
    static constexpr int api_key = 1;

    BrokerId replica{no_broker};                 // The follower, or -1 for a consumer.
    BrokerEpoch replica_epoch{no_broker_epoch};  // KIP-903.
    sim::Duration max_wait{500'000'000};
    std::int32_t min_bytes{1};
    std::int32_t max_bytes{52428800};
    bool read_committed{false};
    // KIP-227. Epoch 0 names all partitions and begins a session, in place of `session` if that is
    // not 0; epoch -1 ends `session` and begins none; any other epoch goes on with `session`, the
    // partitions being those that are new or asked for differently.
    std::int32_t session{0};
    std::int32_t session_epoch{-1};
    std::string rack;  // The consumer's client.rack; empty: none (KIP-392).
    std::vector<FetchPartition> partitions;
    std::vector<TopicPartition> forgotten;  // Of the session.
    ClusterId cluster{any_cluster};         // Of the metadata log only.
    SessionContent session_content;

    bool operator==(FetchRequest const&) const = default;
};
DESCRIBE(FetchRequest, replica, replica_epoch, max_wait, min_bytes, max_bytes, read_committed,
         session, session_epoch, rack, partitions, forgotten, cluster, session_content)

inline constexpr std::int32_t no_fetch_session = 0;
inline constexpr std::int32_t initial_session_epoch = 0;
inline constexpr std::int32_t final_session_epoch = -1;
// Which epoch follows; after the largest comes 1.
constexpr std::int32_t next_session_epoch(std::int32_t epoch)
{
    return epoch < 0 ? final_session_epoch : epoch == INT32_MAX ? 1 : epoch + 1;
}
// A number for what a session asks of one partition.
constexpr std::uint64_t session_fingerprint(FetchPartition const& asked)
{
    std::uint64_t sum = 0;
    for (std::int64_t const field :
         {std::int64_t{asked.partition.topic.value}, std::int64_t{asked.partition.partition},
          std::int64_t{asked.current_leader_epoch.value}, asked.fetch_offset.value,
          std::int64_t{asked.last_fetched_epoch.value}, asked.log_start_offset.value}) {
        sum = (sum ^ static_cast<std::uint64_t>(field)) * 0x9e3779b97f4a7c15;
        sum ^= sum >> 29;
    }
    return sum;
}

}  // namespace odradek::kafka
