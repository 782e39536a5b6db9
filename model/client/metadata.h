// Keeps a client's ClusterView fresh: asks the least loaded node when something was found to be out
// of date, when it is getting old, and not more often than the backoff allows (KIP-580). Requests
// for metadata go before all others. Source: org.apache.kafka.clients.Metadata,
// NetworkClient.DefaultMetadataUpdater, NetworkClient.leastLoadedNode.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/client/cluster_view.h"
#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

class Metadata {
public:
    struct Config {
        std::uint32_t client{0};
        TimerKind timer{TimerKind::producer_metadata};
        Duration retry_backoff{100'000'000};
        Duration retry_backoff_max{1'000'000'000};
        Duration max_age{300'000'000'000};
        // metadata.recovery.strategy: go back to the bootstrap addresses when no known broker can
        // be reached (KIP-1102; the default since 4.0).
        bool rebootstrap{true};
        bool wants_features{false};  // Asks for finalized features too.
    };
    // What a request of this class bears as its cookie; owners use others.
    static constexpr std::uint64_t cookie = ~std::uint64_t{0};

    Metadata(Config config, std::vector<std::string> topics, std::vector<NodeId> bootstrap);

    ClusterView const& view() const { return view_; }
    TransactionVersion transaction_version() const { return transaction_version_; }
    // KIP-951.
    bool update_leader(TopicPartition partition, LeaderHint hint)
    {
        return view_.update_leader(partition, hint);
    }
    // Something known is wrong: ask again as soon as the backoff allows.
    void request_update() { wanted_ = true; }
    // Of these too; asked for at once when one is new.
    void add_topics(std::vector<std::string> const& topics);
    bool update_wanted() const { return wanted_; }
    // How many answers have come.
    std::uint64_t updates() const { return updates_; }

    // It is time to ask and no request is under way: nothing else may be sent before that.
    bool update_due(Instant now) const { return !under_way_ && now >= next_update(); }
    // Sends or connects when it is due; arms the timer for when it will be. To be called at the end
    // of every handler of the owner.
    void maybe_update(Env const& env, NetworkClient& network, Out& out);
    // Its timer came.
    void on_timer() { armed_ = Instant::never(); }
    void on_response(Env const& env, MetadataResponse const& response, Out& out);
    // A connection was lost; `asked` when our request was lost with it.
    void on_disconnected(Env const& env, bool asked);

    // Of the known nodes the one with the fewest requests under way, ties by draw; else one that is
    // being connected to; else the one not tried for longest. Nothing when all are in backoff.
    std::optional<NodeId> least_loaded(Env const& env, NetworkClient const& network) const;

private:
    Instant next_update() const;
    void refreshed(Env const& env);

    Config config_;
    std::vector<std::string> topics_;
    std::vector<NodeId> bootstrap_;
    ClusterView view_;
    TransactionVersion transaction_version_{TransactionVersion::tv0};
    bool wanted_{true};
    bool under_way_{false};
    std::uint64_t updates_{0};
    int failures_{0};          // Of requests, in a row.
    int without_progress_{0};  // Answers in a row that said nothing new.
    Instant last_success_;
    Instant not_before_;  // Backoff of the last answer or failure.
    Instant armed_{Instant::never()};
};

}  // namespace odradek::kafka
