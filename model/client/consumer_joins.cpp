// How a consumer becomes a member of a generation, and what it does with its assignment. Source:
// AbstractCoordinator (joinGroupIfNeeded, JoinGroupResponseHandler, SyncGroupResponseHandler),
// ConsumerCoordinator (onJoinPrepare, onJoinComplete, onLeaderElected).
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "model/client/consumer_coordinator.h"
#include "model/messages/any.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site join_site("consumer.join-backoff");
// JoinGroup waits longer than any other request.
constexpr Duration join_timeout_lapse{5'000'000'000};

std::string text_of(Metadata const& metadata, std::vector<TopicPartition> const& partitions)
{
    std::string text;
    for (TopicPartition const partition : partitions) {
        ClusterView::Topic const* const topic = metadata.view().topic(partition.topic);
        text += fmt::format("{}{}-{}", text.empty() ? "" : ", ",
                            topic == nullptr ? "?" : topic->name, partition.partition);
    }
    return text.empty() ? "nothing" : text;
}

// What is in the first and not in the second; both ascending.
std::vector<TopicPartition> without(std::vector<TopicPartition> const& one,
                                    std::vector<TopicPartition> const& two)
{
    std::vector<TopicPartition> rest;
    std::set_difference(one.begin(), one.end(), two.begin(), two.end(), std::back_inserter(rest));
    return rest;
}

}  // namespace

void ConsumerCoordinator::request_rejoin(Call const& at, std::string why)
{
    if (!rejoin_needed_)
        at.out.note("{} must join {} again: {}", plan_.client_id, plan_.group, why);
    rejoin_needed_ = true;
    rejoin_why_ = std::move(why);
    join_at_ = std::max(join_at_, at.env.now);
}

void ConsumerCoordinator::reset_generation(Call const& at, char const* why, bool keep_member)
{
    std::string const member = keep_member ? generation_.member : std::string{};
    state_ = State::unjoined;
    generation_ = {};
    generation_.member = member;
    joined_.reset();
    rejoin_needed_ = false;
    request_rejoin(at, why);
    prepared_ = false;
}

// The assignor of the group decides; before there is one, what all that it knows support.
bool ConsumerCoordinator::cooperative() const
{
    return std::all_of(config_.assignors.begin(), config_.assignors.end(),
                       [](std::string const& name) {
                           auto const assignor = assignor_of_class(name);
                           return assignor && is_cooperative(*assignor);
                       });
}

std::vector<GroupProtocol> ConsumerCoordinator::protocols() const
{
    std::vector<GroupProtocol> protocols;
    for (std::string const& name : config_.assignors) {
        AssignorName const assignor = *assignor_of_class(name);
        GroupProtocol protocol{std::string(name_of(assignor)), {}};
        protocol.metadata.topics = plan_.topics;
        protocol.metadata.rack = config_.client_rack;
        if (assignor == AssignorName::sticky) {
            // In its user data: it has given everything up, but would like to have it again.
            protocol.metadata.owned = remembered_;
            protocol.metadata.generation = remembered_generation_;
        } else {
            protocol.metadata.owned = assigned_;
            protocol.metadata.generation =
                plan_.switches.subscription_has_generation ? generation_.id : no_generation;
        }
        protocols.push_back(std::move(protocol));
    }
    return protocols;
}

// onJoinPrepare: commits, and gives back what it may not keep. False: it waits for the commit.
bool ConsumerCoordinator::prepare_join(Call const& at)
{
    if (config_.enable_auto_commit && !generation_.reset() && !before_join_done_) {
        if (before_join_deadline_ == Instant::never())
            before_join_deadline_ = at.env.now + config_.max_poll_interval;
        if (!before_join_under_way_) {
            if (!cooperative() && plan_.switches.revoked_not_fetched)
                at.consumer.stop_fetching();
            std::vector<OffsetCommitPartition> offsets = at.consumer.consumed();
            if (!offsets.empty() && send_commit(at, {.kind = Kind::commit,
                                                     .automatic = true,
                                                     .before_join = true,
                                                     .offsets = std::move(offsets)}))
                before_join_under_way_ = !before_join_done_;
            else if (coordinator_ && !network_.ready(*coordinator_))
                return false;
        }
        if (before_join_under_way_ && at.env.now < before_join_deadline_)
            return false;
    }
    before_join_done_ = before_join_under_way_ = false;
    before_join_deadline_ = Instant::never();
    if (generation_.reset()) {
        if (!assigned_.empty()) {
            give_up(at, assigned_, false);
            set_assigned(at, {});
        }
    } else if (!cooperative()) {
        if (!assigned_.empty())
            give_up(at, assigned_, true);
        set_assigned(at, {});
    }
    leader_ = false;
    return true;
}

void ConsumerCoordinator::give_up(Call const& at, std::vector<TopicPartition> const& partitions,
                                  bool revoked)
{
    std::vector<TopicPartition> const given = partitions;
    at.out.note("{} {}: {}", plan_.client_id, revoked ? "gives back" : "has lost",
                text_of(at.metadata, given));
    if (revoked) {
        at.out.observe(PartitionsRevoked{plan_.client, plan_.group, generation_.id, given});
    } else {
        ++statistics_.lost;
        at.out.observe(PartitionsLost{plan_.client, plan_.group, given});
    }
}

void ConsumerCoordinator::set_assigned(Call const& at, std::vector<TopicPartition> partitions)
{
    assigned_ = std::move(partitions);
    at.consumer.assign(assigned_);
    if (assigned_.empty() && rejoin_needed_)
        pause_begins(at.env);
}

void ConsumerCoordinator::pause_begins(Env const& env)
{
    if (!paused_since_)
        paused_since_ = env.now;
}
void ConsumerCoordinator::pause_ends(Env const& env)
{
    if (paused_since_)
        statistics_.without_partitions =
            statistics_.without_partitions + (env.now - *paused_since_);
    paused_since_.reset();
}

void ConsumerCoordinator::send_join(Call const& at)
{
    if (!ready(at))
        return;
    JoinGroupRequest request;
    request.group = plan_.group;
    request.session_timeout = config_.session_timeout;
    request.rebalance_timeout = config_.max_poll_interval;
    request.member_id = generation_.member;
    request.instance_id = config_.group_instance_id;
    request.client_id = plan_.client_id;
    request.protocols = protocols();
    at.out.note("{} joins {}: {}",
                generation_.member.empty() ? plan_.client_id : generation_.member, plan_.group,
                rejoin_why_);
    state_ = State::preparing_rebalance;
    send(at, *coordinator_, std::move(request), {.kind = Kind::join},
         std::max(config_.request_timeout, config_.max_poll_interval + join_timeout_lapse));
}

void ConsumerCoordinator::on_join(Call const& at, Request const& request,
                                  JoinGroupResponse const& response)
{
    if (state_ != State::preparing_rebalance)
        return;  // Its membership ended while it waited.
    if (response.error == Error::none) {
        state_ = State::completing_rebalance;
        generation_ = {response.generation, response.member_id, response.protocol};
        heard_ = at.env.now;
        heartbeat_at_ = at.env.now + config_.heartbeat_interval;
        join_failures_ = 0;
        leader_ = response.leader == response.member_id;
        at.out.note("{} is in generation {} of {}{}", generation_.member, generation_.id,
                    plan_.group, leader_ ? " and leads it" : "");
        if (leader_ && !knows_topics(at, response)) {
            at.out.detail("it asks for metadata of what the others read");
            awaits_metadata_ = response;
            metadata_seen_ = at.metadata.updates();
            return;
        }
        send_sync(at, response);
        return;
    }
    state_ = State::unjoined;
    auto const again_after = [&](Duration delay) { join_at_ = at.env.now + delay; };
    Duration const backoff = exponential_backoff(at.env, join_site, config_.retry_backoff,
                                                 config_.retry_backoff_max, join_failures_);
    switch (response.error) {
    case Error::member_id_required:
        generation_ = {no_generation, response.member_id, {}};
        rejoin_needed_ = true;
        return again_after({});
    case Error::unknown_member_id:
        if (request.sent == generation_)
            reset_generation(at, "the coordinator does not know it", false);
        return again_after({});
    case Error::coordinator_not_available:
    case Error::not_coordinator:
        mark_unknown(at, "it does not take a JoinGroup");
        ++join_failures_;
        return again_after(backoff);
    case Error::fenced_instance_id:
    case Error::inconsistent_group_protocol:
    case Error::invalid_session_timeout:
    case Error::invalid_group_id:
    case Error::group_max_size_reached:
        at.out.note("{} cannot join {}: {}", plan_.client_id, plan_.group,
                    to_string(response.error));
        failed_ = response.error;
        return;
    case Error::rebalance_in_progress:
        return again_after({});
    default:
        ++join_failures_;
        return again_after(backoff);
    }
}

// The leader reads up on topics that only others subscribe to, before it assigns them.
bool ConsumerCoordinator::knows_topics(Call const& at, JoinGroupResponse const& response)
{
    group_topics_.clear();
    for (JoinedMember const& member : response.members)
        group_topics_.insert(group_topics_.end(), member.metadata.topics.begin(),
                             member.metadata.topics.end());
    std::sort(group_topics_.begin(), group_topics_.end());
    group_topics_.erase(std::unique(group_topics_.begin(), group_topics_.end()),
                        group_topics_.end());
    bool const all =
        std::includes(plan_.topics.begin(), plan_.topics.end(), group_topics_.begin(),
                      group_topics_.end()) ||
        std::all_of(group_topics_.begin(), group_topics_.end(), [&at](std::string const& name) {
            ClusterView::Topic const* const topic = at.metadata.view().topic(name);
            return topic != nullptr && !topic->partitions.empty();
        });
    if (!all)
        at.metadata.add_topics(group_topics_);
    return all;
}

void ConsumerCoordinator::go_on_with_metadata(Call const& at)
{
    if (!awaits_metadata_ || at.metadata.updates() == metadata_seen_)
        return;
    JoinGroupResponse const response = std::move(*awaits_metadata_);
    awaits_metadata_.reset();
    if (state_ == State::completing_rebalance && response.generation == generation_.id)
        send_sync(at, response);
}

void ConsumerCoordinator::send_sync(Call const& at, JoinGroupResponse const& response)
{
    SyncGroupRequest sync;
    sync.group = plan_.group;
    sync.generation = generation_.id;
    sync.member_id = generation_.member;
    sync.instance_id = config_.group_instance_id;
    sync.protocol = generation_.protocol;
    if (leader_) {
        counts_ = partition_counts(at.metadata, group_topics_);
        if (!response.skip_assignment)
            sync.assignments = make_assignments(at, response);
    }
    if (!ready(at)) {
        on_sync(at, {.kind = Kind::sync, .sent = generation_},
                SyncGroupResponse{Error::network_exception, {}});
        return;
    }
    send(at, *coordinator_, std::move(sync), {.kind = Kind::sync});
}

std::vector<std::pair<std::string, std::size_t>>
ConsumerCoordinator::partition_counts(Metadata const& metadata,
                                      std::vector<std::string> const& topics) const
{
    std::vector<std::pair<std::string, std::size_t>> counts;
    for (std::string const& name : topics)
        if (ClusterView::Topic const* const topic = metadata.view().topic(name))
            counts.emplace_back(name, topic->partitions.size());
        else
            counts.emplace_back(name, 0);
    return counts;
}

std::vector<MemberAssignment>
ConsumerCoordinator::make_assignments(Call const& at, JoinGroupResponse const& response)
{
    AssignorInput input;
    input.later_claim_wins = plan_.switches.later_claim_wins;
    for (std::string const& name : group_topics_) {
        ClusterView::Topic const* const topic = at.metadata.view().topic(name);
        if (topic == nullptr || topic->partitions.empty())
            continue;
        input.topics.push_back(
            {name, topic->id, static_cast<std::int32_t>(topic->partitions.size()), {}});
    }
    for (JoinedMember const& member : response.members) {
        Subscriber subscriber;
        subscriber.member = member.member_id;
        if (!member.instance_id.empty())
            subscriber.instance = member.instance_id;
        subscriber.topics = member.metadata.topics;
        subscriber.owned = member.metadata.owned;
        subscriber.generation = member.metadata.generation;
        subscriber.rack = member.metadata.rack;
        input.members.push_back(std::move(subscriber));
    }
    auto const assignor = assignor_of(response.protocol);
    std::vector<MemberAssignment> assignments;
    if (!assignor)
        return assignments;
    Assignment const assigned = assign(*assignor, input);
    for (std::size_t m = 0; m < input.members.size(); ++m) {
        assignments.push_back({input.members[m].member, assigned[m]});
        std::vector<TopicPartition>& mine = assignments.back().partitions;
        std::sort(mine.begin(), mine.end());
        at.out.detail("{} gets {}", input.members[m].member, text_of(at.metadata, mine));
    }
    return assignments;
}

void ConsumerCoordinator::on_sync(Call const& at, Request const& request,
                                  SyncGroupResponse const& response)
{
    if (state_ != State::completing_rebalance || request.sent != generation_)
        return;
    if (response.error == Error::none) {
        state_ = State::stable;
        rejoin_needed_ = false;
        heard_ = at.env.now;
        joined_ = response.assignment;
        join_at_ = at.env.now;
        return;
    }
    at.out.note("{} has no assignment in generation {}: {}", generation_.member, generation_.id,
                to_string(response.error));
    state_ = State::unjoined;
    rejoin_needed_ = true;
    join_at_ = at.env.now;
    switch (response.error) {
    case Error::fenced_instance_id:
        failed_ = response.error;
        return;
    case Error::rebalance_in_progress:
        rejoin_why_ = "the group is rebalancing";
        return;
    case Error::unknown_member_id:
        return reset_generation(at, "the coordinator does not know it", false);
    case Error::illegal_generation:
        return reset_generation(at, "its generation is over", true);
    case Error::coordinator_not_available:
    case Error::not_coordinator:
        mark_unknown(at, "it does not take a SyncGroup");
        break;
    default:
        break;
    }
    join_at_ = at.env.now + config_.retry_backoff;
}

// onJoinComplete, in poll().
void ConsumerCoordinator::complete_join(Call const& at)
{
    std::vector<TopicPartition> const assignment = std::move(*joined_);
    joined_.reset();
    prepared_ = false;
    ++statistics_.rebalances;
    std::vector<TopicPartition> const added = without(assignment, assigned_);
    std::optional<AssignorName> const assignor = assignor_of(generation_.protocol);
    remembered_ = assignment;
    remembered_generation_ = generation_.id;
    if (assignor && is_cooperative(*assignor)) {
        std::vector<TopicPartition> const revoked = without(assigned_, assignment);
        if (!revoked.empty()) {
            give_up(at, revoked, true);
            request_rejoin(at, "it has given back what others are to have");
        }
    }
    if (config_.enable_auto_commit)
        auto_commit_at_ = at.env.now + config_.auto_commit_interval;
    assigned_ = assignment;
    at.consumer.assign(assigned_);
    pause_ends(at.env);
    if (assigned_.empty() && rejoin_needed_)
        pause_begins(at.env);
    at.out.note("{} has in generation {}: {}", generation_.member, generation_.id,
                text_of(at.metadata, assigned_));
    at.out.observe(PartitionsAssigned{plan_.client, plan_.group, generation_.id, generation_.member,
                                      added, assigned_, plan_.at_most_once});
}

}  // namespace odradek::kafka
