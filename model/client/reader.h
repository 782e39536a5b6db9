// A Kafka consumer. Outside any group: assign() of every partition of its topics, positions by
// auto.offset.reset. In a group (client/consumer_coordinator.h): the partitions that the group
// gives it, positions by what the group has committed. One fetch under way per leader, poll() with
// processing between polls, commits by the clock or by the application.
// Reads from a follower in its own rack when the leader says so (KIP-392).
// Not here: truncation detection by OffsetsForLeaderEpoch (KIP-320), fetch sessions (KIP-227: each
// fetch names all its partitions). Source:
// org.apache.kafka.clients.consumer.internals.Fetcher, FetchCollector, OffsetFetcher,
// SubscriptionState.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/client/consumer_coordinator.h"
#include "model/client/metadata.h"
#include "model/config.h"
#include "model/network/network_client.h"
#include "model/out.h"
#include "model/scenario/scenario.h"
#include "sim/distribution.h"

namespace odradek::kafka {

struct ReaderStatistics {
    std::uint64_t polls{0};  // That returned records.
    std::uint64_t records{0};
    std::uint64_t bytes{0};  // Of the batches they came in, in proportion.
    std::uint64_t fetches{0};
    std::uint64_t resets{0};
    std::uint64_t errors{0};     // Of partitions in responses.
    std::uint64_t discarded{0};  // Responses for a position that was no longer current.

    bool operator==(ReaderStatistics const&) const = default;
};

class Reader {
public:
    // Reads from `start` to `stop` (never() for a reader without end) by the process's own clock.
    Reader(std::uint32_t client, std::string name, ConsumerConfig config, ReaderWorkload workload,
           Instant start, Instant stop, std::vector<NodeId> bootstrap,
           ProtocolSwitches const& switches = {});

    // A new consumer instance; without a group nothing of an earlier life is known, so that every
    // partition starts by auto.offset.reset again.
    void on_start(Env const& env, Out& out);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out);
    void on_request(Env const& env, RequestId request, Message const& message, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    void on_timer(Env const& env, Timer which, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    void on_shutdown(Env const& env, Out& out);

    ReaderStatistics const& statistics() const { return statistics_; }
    std::string const& name() const { return name_; }
    // The next offset that poll() gives out of a partition; nothing while it is not known.
    std::optional<Offset> position(TopicPartition partition) const;
    bool finished() const { return finished_; }
    // Null: it is in no group.
    ConsumerCoordinator const* group() const { return group_ ? &*group_ : nullptr; }

private:
    // What the last poll() gave out of a partition.
    struct Given {
        TopicPartition partition;
        Offset from;
        Offset to;
    };
    // What the application does: polls; works on what it got; waits for commitSync, before its work
    // or behind it; or closes the consumer.
    enum class Stage : std::uint8_t { polling, processing, committing, committing_first, closing };
    class Group;
    friend class Group;
    static constexpr sim::Site processing_site{"reader.processing"};

    // What a fetch brought of one partition and poll() has not given out yet.
    struct Fetched {
        TopicPartition partition;
        Offset next;  // The position it was fetched for, then the next to give out.
        Offset high_watermark;
        std::deque<BatchRef> batches;
        BrokerId broker{no_broker};                 // Who answered.
        std::vector<AbortedTransaction> aborted{};  // By first offset, not met yet.
        std::vector<ProducerId> aborting{};  // What comes of them was aborted, up to their marker.
    };
    struct Partition {
        TopicPartition partition;
        std::optional<Offset> position;  // Nothing: awaits its reset.
        Epoch position_epoch{no_epoch};  // Of the record before.
        bool awaits_committed{false};    // Of the group: its position depends on it.
        bool pending_revocation{false};
        std::string reset_reason;
        Instant retry_at;  // Of a reset or fetch that failed.
        int failures{0};
        bool under_way{false};       // In a request.
        Epoch seen_epoch{no_epoch};  // Of the leader, when it was last looked at.
        // Read from there and not from the leader, until then (KIP-392).
        BrokerId preferred{no_broker};
        Instant preferred_until;
    };
    struct Request {
        NodeId node;
        bool fetch{false};  // Else ListOffsets.
        std::vector<TopicPartition> partitions;
        std::vector<Offset> offsets;  // Fetch: asked for.
    };

    // -- reader.cpp: the application and poll()
    // --------------------------------------------------------
    void run(Env const& env, Out& out);
    void assign();
    bool poll(Env const& env, Out& out);
    // Is the batch left out: a marker, or (read_committed) what was aborted?
    bool skips(Fetched& fetched, RecordBatch const& batch) const;
    void stop(Env const& env, char const* why, Out& out);
    void arm_wake(Env const& env, Out& out);
    Partition* find(TopicPartition partition);
    void on_lost(Env const& env, NetworkClient::Lost const& lost);
    // -- reader_group.cpp: what is different in a group
    ConsumerCoordinator::Call call(Env const& env, class Group& group, Out& out);
    void assign(Env const& env, std::vector<TopicPartition> const& partitions);
    void poll_group(Env const& env, Out& out);
    void after_poll(Env const& env, Out& out);
    void go_on(Env const& env, Out& out);
    void begin_close(Env const& env, char const* why, Out& out);
    std::vector<OffsetCommitPartition> positions() const;
    // -- reader_fetch.cpp: requests and their answers
    // -----------------------------------------------------
    void send_list_offsets(Env const& env, Out& out);
    std::int64_t reset_timestamp(Env const& env) const;  // What ListOffsets is asked for.
    void send_fetches(Env const& env, Out& out);
    void on_fetch_response(Env const& env, Request const& request, FetchResponse const& response,
                           Out& out);
    void on_partition_fetched(Env const& env, Partition& mine, BrokerId from,
                              FetchPartitionResponse const& answer, Out& out);
    // The replica to read from: the preferred one as long as it counts and is known, or the leader.
    NodeId const* read_replica(Env const& env, Partition& partition, Out& out);
    void on_list_offsets_response(Env const& env, Request const& request,
                                  ListOffsetsResponse const& response, Out& out);
    void reset(Env const& env, Partition& partition, char const* reason, Out& out);
    void wait_before_retry(Env const& env, Partition& partition);
    bool is_buffered(TopicPartition partition) const;
    bool fetch_under_way(NodeId node) const;
    std::uint64_t keep(Request request);
    Request take(std::uint64_t cookie);

    std::uint32_t client_;
    std::string name_;
    ConsumerConfig config_;
    std::vector<std::string> topics_;
    sim::Distribution processing_;
    Instant start_;
    Instant stop_;
    std::vector<NodeId> bootstrap_;
    ReaderStatistics statistics_;
    std::optional<GroupSpec> pattern_;
    std::optional<ConsumerCoordinator> group_;
    // One life.
    NetworkClient network_;
    Metadata metadata_;
    std::vector<Partition> partitions_;  // By topic id and number, ascending.
    std::deque<Fetched> buffer_;         // In the order in which it came.
    BatchRef stuck_at_;                  // The corrupt batch at its front, once somebody was told.
    std::vector<std::pair<std::uint64_t, Request>> requests_;  // Under way, by cookie.
    std::uint64_t next_cookie_{0};
    std::uint64_t metadata_seen_{0};
    std::size_t fetch_from_{0};  // Rotates which partition a fetch names first.
    Stage stage_{Stage::polling};
    std::vector<Given> given_;  // By the last poll().
    char const* stop_reason_{""};
    Instant close_until_{Instant::never()};
    Instant busy_until_;  // The application processes what the last poll returned.
    bool finished_{false};
    Instant wake_armed_{Instant::never()};
};

}  // namespace odradek::kafka
