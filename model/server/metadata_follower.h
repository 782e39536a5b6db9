// A broker follows the metadata log as an observer: it fetches from the controller, appends to its
// own copy without fsync, and applies what is committed. After a restart it begins with its copy,
// and applies of it only what the controller says is committed. Source: KafkaRaftClient
// (observers), MetadataLoader; KIP-595.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/metadata/image.h"
#include "model/metadata/metadata_log.h"
#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

class MetadataFollower {
public:
    struct Config {
        BrokerId broker;
        NodeId controller;
        std::string directory;  // Prefix of its files, "" or ending in '/'.
        Duration fetch_max_wait{500'000'000};
        Duration request_timeout{2'000'000'000};  // controller.quorum.request.timeout.ms
        Duration retry_backoff{20'000'000};       // controller.quorum.retry.backoff.ms
        std::int32_t max_bytes{8 * 1024 * 1024};
    };

    explicit MetadataFollower(Config config);

    void start(Env const& env, Out& out);

    bool owns(Peer peer) const { return client_.owns(peer); }
    static bool owns(Timer which)
    {
        return which == timer(TimerKind::metadata_fetch) ||
               which == timer(TimerKind::network_client,
                              static_cast<std::uint32_t>(Channel::metadata_fetcher));
    }
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, Out& out);
    // What newly became committed and applied, as one delta (a broker publishes what one fetch
    // brought at once); nothing when nothing did. The image is then image().
    std::optional<MetadataDelta> on_response(Env const& env, Peer peer, std::int32_t correlation,
                                             Message const& message, Out& out);
    // Timers metadata_fetch, and network_client with index Channel::metadata_fetcher.
    void on_timer(Env const& env, Timer timer, Out& out);

    MetadataImage const& image() const { return image_; }
    // Offset of the last record applied; -1 when there is none.
    Offset last_applied() const { return image_.end_offset() - 1; }
    Epoch epoch() const { return epoch_; }  // The controller's, as far as it is known; -1 unknown.
    Offset high_watermark() const { return high_watermark_; }
    MetadataLog const& log() const { return log_; }

private:
    void fetch(Env const& env, Out& out);
    void fetch_later(Out& out);
    std::optional<MetadataDelta> take(Env const& env, FetchPartitionResponse const& partition,
                                      Out& out);
    // False: that would undo what is committed, and the process halts.
    bool truncate(EpochAndOffset diverging, Out& out);

    Config config_;
    NetworkClient client_;
    MetadataLog log_;
    MetadataImage image_;
    Epoch epoch_{no_epoch};
    Offset high_watermark_{no_offset};
    bool backing_off_{false};
};

}  // namespace odradek::kafka
