#include "model/client/metadata.h"

#include <algorithm>

namespace odradek::kafka {

namespace {
constexpr sim::Site least_loaded_site("client.least-loaded-node");
constexpr sim::Site backoff_site("client.metadata-backoff");
}  // namespace

Metadata::Metadata(Config config, std::vector<std::string> topics, std::vector<NodeId> bootstrap)
    : config_(config),
      topics_(std::move(topics)),
      bootstrap_(std::move(bootstrap)),
      view_(bootstrap_)
{
}

Instant Metadata::next_update() const
{
    Instant const expires = wanted_ ? Instant{} : last_success_ + config_.max_age;
    return std::max(expires, not_before_);
}

std::optional<NodeId> Metadata::least_loaded(Env const& env, NetworkClient const& network) const
{
    std::vector<NodeId> const& nodes = view_.nodes();
    if (nodes.empty())
        return std::nullopt;
    // Draws only when there is a choice that will be acted upon, so that asking twice changes
    // nothing.
    std::vector<NodeId> best;
    bool connecting = false;
    for (NodeId const node : nodes) {
        connecting = connecting || network.connecting(node);
        if (!network.ready(node))
            continue;
        if (!best.empty() && network.in_flight(node) < network.in_flight(best.front()))
            best.clear();
        if (best.empty() || network.in_flight(node) == network.in_flight(best.front()))
            best.push_back(node);
    }
    if (best.empty() && connecting) {
        for (NodeId const node : nodes)
            if (network.connecting(node))
                return node;
    }
    if (best.empty())
        for (NodeId const node : nodes) {
            if (!network.can_connect(env, node))
                continue;
            if (!best.empty() && network.last_attempt(node) < network.last_attempt(best.front()))
                best.clear();
            if (best.empty() || network.last_attempt(node) == network.last_attempt(best.front()))
                best.push_back(node);
        }
    if (best.empty())
        return std::nullopt;
    return best[env.below(least_loaded_site, best.size())];
}

void Metadata::maybe_update(Env const& env, NetworkClient& network, Out& out)
{
    if (under_way_)
        return;
    Instant const due = next_update();
    if (env.now < due) {
        if (due != armed_ && due != Instant::never()) {
            armed_ = due;
            out.arm(timer(config_.timer), due - env.now);
        }
        return;
    }
    std::optional<NodeId> node = least_loaded(env, network);
    if (!node && config_.rebootstrap && view_.nodes() != bootstrap_) {
        bool any_open = false;
        for (NodeId const known : view_.nodes())
            any_open = any_open || network.open(known);
        if (!any_open) {
            out.note("no known broker can be reached, start over from the bootstrap addresses");
            view_.rebootstrap(bootstrap_);
            node = least_loaded(env, network);
        }
    }
    if (!node)
        return;  // All are in backoff: the network client's timer comes when that ends.
    if (network.ready(*node)) {
        if (!wanted_)
            without_progress_ = 0;  // Only of age.
        network.send(env, *node, MetadataRequest{topics_, {config_.wants_features}}, cookie, out);
        under_way_ = true;
        return;
    }
    // One attempt at a time: do not knock at the next door while the first has not answered.
    for (NodeId const known : view_.nodes())
        if (network.connecting(known))
            return;
    network.make_ready(env, *node, out);
}

void Metadata::add_topics(std::vector<std::string> const& topics)
{
    for (std::string const& topic : topics)
        if (std::find(topics_.begin(), topics_.end(), topic) == topics_.end()) {
            topics_.push_back(topic);
            wanted_ = true;
        }
}

void Metadata::on_response(Env const& env, MetadataResponse const& response, Out& out)
{
    under_way_ = false;
    if (response.brokers.empty()) {
        // A broker that is starting may know of nobody yet.
        ++failures_;
        refreshed(env);
        return;
    }
    failures_ = 0;
    wanted_ = false;
    ++updates_;
    ++without_progress_;
    last_success_ = env.now;
    transaction_version_ = static_cast<TransactionVersion>(response.transaction_version.value);
    ClusterView::Update const update = view_.update(response);
    if (update.progress)
        without_progress_ = 0;
    if (update.incomplete)
        wanted_ = true;
    refreshed(env);
    out.observe(MetadataRefreshed{config_.client});
}

void Metadata::on_disconnected(Env const& env, bool asked)
{
    if (asked) {
        under_way_ = false;
        ++failures_;
        refreshed(env);
    } else if (update_due(env.now)) {
        ++failures_;
        refreshed(env);
    }
    wanted_ = true;  // What is known may be why the connection broke.
}

// Sets how long to wait after an answer or a failure. Without failures and with progress that is
// one plain backoff; a refresh because of age does not wait longer than that (KIP-580).
void Metadata::refreshed(Env const& env)
{
    Duration const failed =
        exponential_backoff(env, backoff_site, config_.retry_backoff, config_.retry_backoff_max,
                            std::max(failures_ - 1, 0));
    not_before_ = env.now + failed;
    if (without_progress_ > 1) {
        Duration const idle = exponential_backoff(env, backoff_site, config_.retry_backoff,
                                                  config_.retry_backoff_max, without_progress_ - 1);
        not_before_ = std::max(not_before_, env.now + idle);
    }
}

}  // namespace odradek::kafka
