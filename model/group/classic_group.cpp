#include "model/group/classic_group.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

ConsumerSubscription const* ClassicMember::metadata(std::string const& protocol) const
{
    for (GroupProtocol const& known : protocols)
        if (known.name == protocol)
            return &known.metadata;
    return nullptr;
}

void ClassicGroup::transition_to(GroupState to, Instant wall)
{
    ENSURE(may_follow(state_, to), "a group goes from state to state as Kafka's table allows");
    previous_ = std::exchange(state_, to);
    state_since_ = wall;
}

ClassicMember* ClassicGroup::member(std::string const& id)
{
    auto const at = members_.find(id);
    return at == members_.end() ? nullptr : &at->second;
}

std::string ClassicGroup::static_member(std::string const& instance) const
{
    auto const at = static_members_.find(instance);
    return at == static_members_.end() ? std::string{} : at->second;
}

ClassicMember& ClassicGroup::add(ClassicMember member)
{
    if (leader_.empty())
        leader_ = member.id;
    if (member.is_static())
        static_members_[member.instance] = member.id;
    pending_joins_.erase(member.id);
    std::string const id = member.id;
    ClassicMember& mine = members_[id];
    mine = std::move(member);
    if (protocol_type_.empty())
        protocol_type_ = consumer_protocol_type;
    return mine;
}

void ClassicGroup::remove(std::string const& id)
{
    auto const at = members_.find(id);
    if (at != members_.end()) {
        std::string const instance = at->second.instance;
        members_.erase(at);
        if (!instance.empty() && static_member(instance) == id)
            static_members_.erase(instance);
        // Unlike Kafka, where it is whom the hash map has first: by id.
        if (leader_ == id)
            leader_ = members_.empty() ? std::string{} : members_.begin()->first;
    }
    pending_joins_.erase(id);
    pending_syncs.erase(id);
}

ClassicMember& ClassicGroup::replace_static(std::string const& instance, std::string const& new_id)
{
    std::string const old_id = static_member(instance);
    auto const at = members_.find(old_id);
    ENSURE(at != members_.end(), "a static member that is replaced is a member");
    ClassicMember mine = std::move(at->second);
    members_.erase(at);
    mine.id = new_id;
    mine.awaiting_join.reset();
    mine.awaiting_sync.reset();
    if (leader_ == old_id)
        leader_ = new_id;
    if (pending_syncs.erase(old_id) != 0)
        pending_syncs.insert(new_id);
    static_members_[instance] = new_id;
    return members_[new_id] = std::move(mine);
}

Error ClassicGroup::validate(std::string const& member, std::string const& instance) const
{
    if (!instance.empty()) {
        std::string const known = static_member(instance);
        if (known.empty())
            return Error::unknown_member_id;
        if (known != member)
            return Error::fenced_instance_id;
    }
    return has_member(member) ? Error::none : Error::unknown_member_id;
}

std::size_t ClassicGroup::awaiting_join() const
{
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(),
                      [](auto const& entry) { return entry.second.awaiting_join.has_value(); }));
}

bool ClassicGroup::all_joined() const
{
    return pending_joins_.empty() && awaiting_join() == members_.size();
}

Duration ClassicGroup::rebalance_timeout() const
{
    Duration longest{};
    for (auto const& [id, member] : members_)
        longest = std::max(longest, member.rebalance_timeout);
    return longest;
}

bool ClassicGroup::supports(std::string const& type,
                            std::vector<GroupProtocol> const& protocols) const
{
    if (state_ == GroupState::empty || members_.empty())
        return !type.empty() && !protocols.empty();
    if (type != protocol_type_)
        return false;
    return std::any_of(protocols.begin(), protocols.end(), [this](GroupProtocol const& wanted) {
        return std::all_of(members_.begin(), members_.end(), [&wanted](auto const& entry) {
            return entry.second.metadata(wanted.name) != nullptr;
        });
    });
}

// What all members know gets the vote of who likes it best; of equal votes the first by name, where
// Kafka has its hash map decide.
std::string ClassicGroup::select_protocol() const
{
    std::map<std::string, std::size_t> votes;
    for (auto const& [id, member] : members_)
        for (GroupProtocol const& protocol : member.protocols) {
            bool const known_to_all =
                std::all_of(members_.begin(), members_.end(), [&protocol](auto const& entry) {
                    return entry.second.metadata(protocol.name) != nullptr;
                });
            if (known_to_all) {
                ++votes[protocol.name];
                break;
            }
        }
    std::string chosen;
    std::size_t most = 0;
    for (auto const& [name, count] : votes)
        if (count > most) {
            chosen = name;
            most = count;
        }
    return chosen;
}

std::vector<JoinedMember> ClassicGroup::joined_members() const
{
    std::vector<JoinedMember> joined;
    for (auto const& [id, member] : members_) {
        ConsumerSubscription const* const metadata = member.metadata(protocol_);
        joined.push_back(
            {id, member.instance, metadata == nullptr ? ConsumerSubscription{} : *metadata});
    }
    return joined;
}

bool ClassicGroup::elect_joined_leader()
{
    auto const leader = members_.find(leader_);
    if (leader == members_.end())
        return false;
    if (leader->second.awaiting_join)
        return true;
    for (auto const& [id, member] : members_)
        if (member.awaiting_join) {
            leader_ = id;
            return true;
        }
    return false;
}

void ClassicGroup::begin_next_generation(Instant wall)
{
    ++generation_;
    pending_syncs.clear();
    if (members_.empty()) {
        protocol_.clear();
        transition_to(GroupState::empty, wall);
    } else {
        protocol_ = select_protocol();
        transition_to(GroupState::completing_rebalance, wall);
    }
}

Error ClassicGroup::validate_commit(std::string const& member, std::string const& instance,
                                    std::int32_t generation, bool transactional) const
{
    if (state_ == GroupState::dead)
        return Error::coordinator_not_available;
    if (generation < 0 && state_ == GroupState::empty)
        return Error::none;  // Somebody keeps only offsets here.
    if (generation >= 0 || !member.empty() || !instance.empty()) {
        Error const error = validate(member, instance);
        if (error != Error::none)
            return error;
        if (generation != generation_)
            return Error::illegal_generation;
    } else if (!transactional && state_ != GroupState::empty) {
        return Error::unknown_member_id;
    }
    // The assignment that it commits for is not its own any more.
    if (!transactional && state_ == GroupState::completing_rebalance)
        return Error::rebalance_in_progress;
    return Error::none;
}

std::optional<std::set<std::string>> ClassicGroup::subscribed_topics() const
{
    if (protocol_type_ != consumer_protocol_type)
        return std::nullopt;
    std::set<std::string> topics;
    if (members_.empty())
        return topics;
    if (protocol_.empty())
        return std::nullopt;
    for (auto const& [id, member] : members_)
        if (ConsumerSubscription const* const metadata = member.metadata(protocol_))
            topics.insert(metadata->topics.begin(), metadata->topics.end());
    return topics;
}

bool ClassicGroup::subscribes_to(std::string const& topic) const
{
    auto const topics = subscribed_topics();
    return topics ? topics->count(topic) != 0 : protocol_type_ == consumer_protocol_type;
}

DescribeGroupsResponse ClassicGroup::describe() const
{
    DescribeGroupsResponse description;
    description.group = id_;
    description.state = state_;
    description.protocol_type = protocol_type_;
    description.protocol = state_ == GroupState::stable ? protocol_ : std::string{};
    for (auto const& [id, member] : members_)
        description.members.push_back(
            {id, member.instance, member.client_id, member.host,
             state_ == GroupState::stable ? member.assignment : std::vector<TopicPartition>{}});
    return description;
}

ClassicGroup ClassicGroup::from_log(std::string group, Loaded const& loaded)
{
    ClassicGroup mine(std::move(group));
    mine.state_ = loaded.members.empty() ? GroupState::empty : GroupState::stable;
    mine.generation_ = loaded.generation;
    mine.protocol_type_ = loaded.protocol_type;
    mine.protocol_ = loaded.protocol;
    mine.leader_ = loaded.leader;
    mine.state_since_ = loaded.state_since;
    for (ClassicMember const& member : loaded.members) {
        mine.members_[member.id] = member;
        if (member.is_static())
            mine.static_members_[member.instance] = member.id;
    }
    return mine;
}

}  // namespace odradek::kafka
