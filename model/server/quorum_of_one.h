// The metadata log of a quorum of one: what is durable here is committed. Source: KafkaRaftClient
// with a single voter; KIP-595.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "model/metadata/metadata_log.h"
#include "model/out.h"

namespace odradek::kafka {

class QuorumOfOne {
public:
    struct Config {
        BrokerId id;
        Duration append_linger{25'000'000};  // controller.quorum.append.linger.ms
    };
    explicit QuorumOfOne(Config config) : config_(config) {}

    // Reads the log back and elects itself in a new epoch.
    void start(Env const& env, Out& out);
    void append(BatchRef batch, Out& out);
    void on_fetch(Env const& env, RequestId request, FetchRequest const& message, Out& out);
    static bool owns(Timer timer);
    void on_timer(Env const& env, Timer timer, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);

    Epoch epoch() const { return epoch_; }
    // Is the first record of its epoch committed?
    bool claimed() const { return claimed_; }
    Offset high_watermark() const { return high_watermark_; }
    MetadataLog const& log() const { return log_; }

private:
    // A fetch of the metadata log that waits for more.
    struct WaitingFetch {
        RequestId request;
        FetchPartition partition;
        Instant deadline;
    };
    void write_pending(Out& out);
    // Nothing: it has to wait.
    std::optional<FetchPartitionResponse> try_fetch(FetchPartition const& wanted) const;
    void answer_fetches(Env const& env, Out& out);
    void arm_fetch_timer(Env const& env, Out& out);

    Config config_;
    Epoch epoch_{0};
    bool claimed_{false};
    MetadataLog log_;
    Offset high_watermark_{no_offset};
    std::vector<BatchRef> unwritten_;    // Appended, waiting for the linger.
    std::deque<Offset> flushes_;         // Ends of the flushes under way.
    std::vector<WaitingFetch> fetches_;  // In order of arrival.
    bool fetch_timer_armed_{false};
};

}  // namespace odradek::kafka
