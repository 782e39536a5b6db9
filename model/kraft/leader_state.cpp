#include "model/kraft/leader_state.h"

#include <algorithm>

#include "model/kraft/quorum_high_watermark.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

// OBSERVER_SESSION_TIMEOUT_MS
constexpr Duration observer_session = 300_s;
// A new voter must have fetched within it.
constexpr Duration caught_up_session = 60_min;

}  // namespace

bool ReplicaProgress::matches(ReplicaKey other) const
{
    return key.id == other.id &&
           (key.directory == migrating_directory || key.directory == other.directory);
}

LeaderState::LeaderState(Config config, Offset epoch_start, VoterSet const& voters,
                         std::vector<BrokerId> granting, Instant now)
    : begin_quorum_deadline(now),
      config_(config),
      epoch_start_(epoch_start),
      granting_(std::move(granting)),
      check_quorum_deadline_(now + config.check_quorum)
{
    for (Voter const& voter : voters.list())
        voters_.push_back({.key = voter.key});
}

std::vector<ReplicaProgress> const& LeaderState::observers(Instant now)
{
    std::erase_if(observers_, [&](ReplicaProgress const& observer) {
        return observer.key != config_.self && (observer.last_fetch == Instant::never() ||
                                                now - observer.last_fetch >= observer_session);
    });
    return observers_;
}

bool LeaderState::update_local(Offset end, VoterSet const& voters)
{
    get(config_.self).end = end;
    std::vector<ReplicaProgress> next;
    std::vector<ReplicaProgress> left = std::move(voters_);
    for (Voter const& voter : voters.list()) {
        ReplicaProgress progress{.key = voter.key};
        // A voter that was one before, or an observer that becomes one.
        auto const was = std::find_if(left.begin(), left.end(), [&](ReplicaProgress const& p) {
            return p.matches(voter.key);
        });
        auto const observed =
            std::find_if(observers_.begin(), observers_.end(),
                         [&](ReplicaProgress const& p) { return p.key == voter.key; });
        if (was != left.end()) {
            progress = *was;
            left.erase(was);
        } else if (observed != observers_.end()) {
            progress = *observed;
            observers_.erase(observed);
        }
        progress.key = voter.key;
        next.push_back(progress);
    }
    voters_ = std::move(next);
    for (ReplicaProgress const& gone : left) {
        auto const at =
            std::lower_bound(observers_.begin(), observers_.end(), gone.key,
                             [](ReplicaProgress const& p, ReplicaKey key) { return p.key < key; });
        if (at == observers_.end() || at->key != gone.key)
            observers_.insert(at, gone);
        std::erase(heard_, gone.key.id);
    }
    return update_high_watermark();
}

bool LeaderState::update_replica(ReplicaKey key, Offset fetch_offset, Instant now)
{
    if (key.id == no_broker)
        return false;
    ReplicaProgress& replica = get(key);
    ReplicaProgress const* const self = find(config_.self);
    if (self != nullptr && self->end != no_offset) {
        if (fetch_offset >= self->end)
            replica.last_caught_up = now;
        else if (replica.leader_end > Offset{0} && fetch_offset >= replica.leader_end)
            replica.last_caught_up = replica.last_fetch;
        replica.leader_end = self->end;
    }
    replica.last_fetch = now;
    bool const moved = replica.end != fetch_offset;
    replica.end = fetch_offset;
    heard_from(key, now);
    return moved && find_voter(key) != nullptr && update_high_watermark();
}

void LeaderState::heard_from(ReplicaKey key, Instant now)
{
    if (find_voter(key) != nullptr && key.id != config_.self.id &&
        std::find(heard_.begin(), heard_.end(), key.id) == heard_.end())
        heard_.push_back(key.id);
    std::size_t needed = voters_.size() / 2 + 1;
    if (find_voter(config_.self) != nullptr)
        --needed;
    if (heard_.size() < needed)
        return;
    heard_.clear();
    check_quorum_deadline_ = now + config_.check_quorum;
}

Instant LeaderState::check_quorum_deadline() const
{
    if (!config_.checks_quorum || (voters_.size() == 1 && !config_.checks_quorum_alone))
        return Instant::never();
    return check_quorum_deadline_;
}

bool LeaderState::heard_majority_since(Instant since) const
{
    auto const heard =
        std::count_if(voters_.begin(), voters_.end(), [&](ReplicaProgress const& voter) {
            return voter.matches(config_.self) ||
                   (voter.last_fetch != Instant::never() && voter.last_fetch >= since);
        });
    return static_cast<std::size_t>(heard) >= voters_.size() / 2 + 1;
}

bool LeaderState::is_caught_up(ReplicaKey key, Instant now) const
{
    auto const at =
        std::find_if(observers_.begin(), observers_.end(),
                     [&](ReplicaProgress const& observer) { return observer.key == key; });
    return at != observers_.end() && at->last_caught_up != Instant::never() &&
           at->last_fetch != Instant::never() && now - at->last_fetch < caught_up_session;
}

std::vector<ReplicaKey> LeaderState::successors() const
{
    std::vector<ReplicaProgress> sorted = voters_;
    std::stable_sort(
        sorted.begin(), sorted.end(),
        [](ReplicaProgress const& a, ReplicaProgress const& b) { return b.end < a.end; });
    std::vector<ReplicaKey> keys;
    for (ReplicaProgress const& voter : sorted)
        if (!voter.matches(config_.self))
            keys.push_back(voter.key);
    return keys;
}

bool LeaderState::counts_itself() const
{
    return config_.counts_itself_always &&
           std::none_of(voters_.begin(), voters_.end(),
                        [&](ReplicaProgress const& voter) { return voter.matches(config_.self); });
}

bool LeaderState::update_high_watermark()
{
    ends_.clear();
    for (ReplicaProgress const& voter : voters_)
        ends_.push_back(voter.end);
    if (counts_itself())
        if (ReplicaProgress const* const self = find(config_.self))
            ends_.push_back(self->end);
    std::optional<Offset> const end = majority_end(ends_);
    // Only with the first record of this epoch is what is before it committed (KAFKA-12619).
    if (!end || (config_.commits_epoch_start ? *end < epoch_start_ : *end <= epoch_start_))
        return false;
    // Another set of voters may give a smaller one; what is committed stays committed.
    if (high_watermark_ && *end <= *high_watermark_)
        return false;
    high_watermark_ = end;
    return true;
}

ReplicaProgress* LeaderState::find_voter(ReplicaKey key)
{
    for (ReplicaProgress& voter : voters_)
        if (voter.matches(key))
            return &voter;
    return nullptr;
}

ReplicaProgress& LeaderState::get(ReplicaKey key)
{
    if (ReplicaProgress* const voter = find_voter(key))
        return *voter;
    auto const at =
        std::lower_bound(observers_.begin(), observers_.end(), key,
                         [](ReplicaProgress const& p, ReplicaKey k) { return p.key < k; });
    if (at != observers_.end() && at->key == key)
        return *at;
    return *observers_.insert(at, {.key = key});
}

ReplicaProgress const* LeaderState::find(ReplicaKey key) const
{
    for (ReplicaProgress const& voter : voters_)
        if (voter.matches(key))
            return &voter;
    auto const at =
        std::lower_bound(observers_.begin(), observers_.end(), key,
                         [](ReplicaProgress const& p, ReplicaKey k) { return p.key < k; });
    return at != observers_.end() && at->key == key ? &*at : nullptr;
}

}  // namespace odradek::kafka
