// A Kafka consumer outside any group: assign() of every partition of its topics, positions by
// auto.offset.reset, one fetch under way per leader, poll() with processing between polls.
// Source: org.apache.kafka.clients.consumer.internals.Fetcher, FetchCollector, OffsetFetcher,
// SubscriptionState.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/out.h"
#include "model/scenario/scenario.h"

namespace odradek::kafka {

struct ReaderStatistics {
    std::uint64_t polls{0};  // That returned records.
    std::uint64_t records{0};
    std::uint64_t bytes{0};  // Of batches, as they came.
    std::uint64_t fetches{0};
    std::uint64_t resets{0};
    std::uint64_t errors{0};  // Of partitions in responses.

    bool operator==(ReaderStatistics const&) const = default;
};

class Reader {
public:
    // Reads from `start` to `stop` (never() for a reader without end) by the process's own clock.
    Reader(std::uint32_t client, std::string name, ConsumerConfig config, ReaderWorkload workload,
           Instant start, Instant stop, std::vector<NodeId> bootstrap);

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

    ReaderStatistics const& statistics() const;
    std::string const& name() const;
    // The next offset that poll() gives out of a partition; nothing while it is not known.
    std::optional<Offset> position(TopicPartition partition) const;
    bool finished() const;
};

}  // namespace odradek::kafka
