// The group coordinator on a bench: the test is the members, the log of __consumer_offsets and the
// clock. Rules of GroupMetadataManagerTest and OffsetMetadataManagerTest in our words.
#include "model/group/group_coordinator.h"

#include <doctest/doctest.h>

#include <utility>

#include "tests/model/bench.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

constexpr TopicId offsets_topic{9};
constexpr TopicId orders{1};

struct Groups : test::Bench, GroupCluster, InternalLogs {
    GroupCoordinator coordinator;
    BrokerConfig config;
    ProtocolSwitches switches;
    std::vector<std::pair<std::uint64_t, BatchRef>> unanswered;
    std::vector<BatchRef> log;
    std::int32_t next_request{1};

    Groups()
    {
        coordinator.on_election(at(), 0, Epoch{3});
        carry_out();
        load();
    }

    GroupContext at()
    {
        here = env();
        return {BrokerId{1}, config, switches, *this, *this, here, out};
    }
    Env here;

    std::string topic_name(TopicId topic) const override { return topic == orders ? "orders" : ""; }
    std::optional<TopicId> topic_id(std::string const& name) const override
    {
        return name == "orders" ? std::optional(orders) : std::nullopt;
    }
    bool has_partition(TopicPartition partition) const override
    {
        return partition.topic == orders && partition.partition < 6;
    }
    std::optional<TopicId> offsets_topic() const override { return ::offsets_topic; }
    std::int32_t offsets_partitions() const override { return 1; }
    void append(TopicPartition, BatchRef batch, Duration, std::uint64_t ticket) override
    {
        unanswered.emplace_back(ticket, std::move(batch));
    }
    bool committed(TopicPartition) const override { return true; }
    std::optional<std::vector<BatchRef>> read(TopicPartition) const override { return log; }

    void load()
    {
        coordinator.on_timer(at(), timer(TimerKind::group_load, 0));
        carry_out();
    }
    // Everything that was written is replicated, or is not.
    void replicate(Error error = Error::none)
    {
        while (!unanswered.empty()) {
            auto const [ticket, batch] = unanswered.front();
            unanswered.erase(unanswered.begin());
            if (error == Error::none)
                log.push_back(batch);
            coordinator.on_appended(at(), ticket, error);
            carry_out();
        }
    }
    void fail_over()
    {
        coordinator.on_resignation(at(), 0);
        coordinator.on_election(at(), 0, Epoch{4});
        carry_out();
        load();
    }
    void pass(Duration time)
    {
        Instant const end = now + time;
        while (auto const due = next_timer(end)) {
            if (timers[*due] > end)
                break;
            now = std::max(now, timers[*due]);
            timers.erase(*due);
            coordinator.on_timer(at(), *due);
            carry_out();
        }
        now = end;
    }
    std::int32_t ask(Message const& message)
    {
        RequestId request;
        request.correlation = next_request++;
        REQUIRE(coordinator.on_request(at(), request, message));
        carry_out();
        return request.correlation;
    }
    bool answered(std::int32_t request) const { return replies.count(request) != 0; }
    template <class Response>
    Response reply(std::int32_t request)
    {
        REQUIRE(answered(request));
        return std::get<Response>(replies.at(request));
    }

    JoinGroupRequest join_of(std::string const& client, std::string const& member = "",
                             std::string const& instance = "")
    {
        JoinGroupRequest request;
        request.group = "g";
        request.session_timeout = 10_s;
        request.rebalance_timeout = 60_s;
        request.client_id = client;
        request.member_id = member;
        request.instance_id = instance;
        request.protocols = {{"range", {{"orders"}, {}, no_generation, ""}}};
        return request;
    }
    // A member id of its own, and a JoinGroup that waits.
    std::pair<std::string, std::int32_t> join(std::string const& client)
    {
        auto const first = reply<JoinGroupResponse>(ask(join_of(client)));
        REQUIRE(first.error == Error::member_id_required);
        return {first.member_id, ask(join_of(client, first.member_id))};
    }
    std::int32_t sync(std::string const& member, std::int32_t generation,
                      std::vector<MemberAssignment> assignments = {})
    {
        SyncGroupRequest request;
        request.group = "g";
        request.member_id = member;
        request.generation = generation;
        request.protocol = "range";
        request.assignments = std::move(assignments);
        return ask(request);
    }
    Error heartbeat(std::string const& member, std::int32_t generation)
    {
        return reply<HeartbeatResponse>(ask(HeartbeatRequest{"g", generation, member, ""})).error;
    }
    std::int32_t commit(std::string const& member, std::int32_t generation, std::int64_t offset)
    {
        OffsetCommitRequest request;
        request.group = "g";
        request.member_id = member;
        request.generation = generation;
        request.partitions = {{{orders, 0}, Offset{offset}, Epoch{1}, ""}};
        return ask(request);
    }
    FetchedOffset fetched(bool stable = true)
    {
        OffsetFetchRequest request;
        request.group = "g";
        request.require_stable = stable;
        request.partitions = {{orders, 0}};
        return reply<OffsetFetchResponse>(ask(request)).partitions.at(0);
    }
    ClassicGroup const& group() const
    {
        return coordinator.shards().entries().front().shard.groups.at("g");
    }

    // Two members in generation 1 that have their assignments. Who leads comes first.
    std::pair<std::string, std::string> two_stable()
    {
        auto const [a, join_a] = join("a");
        auto const [b, join_b] = join("b");
        replicate();
        pass(6_s);
        auto const said = reply<JoinGroupResponse>(join_a);
        REQUIRE(said.error == Error::none);
        std::string const leader = said.leader;
        std::string const follower = leader == a ? b : a;
        std::int32_t const waits = sync(follower, 1);
        CHECK_FALSE(answered(waits));
        std::int32_t const leads = sync(leader, 1, {{a, {{orders, 0}}}, {b, {{orders, 1}}}});
        CHECK_FALSE(answered(leads));
        replicate();
        CHECK(reply<SyncGroupResponse>(waits).error == Error::none);
        CHECK(reply<SyncGroupResponse>(leads).assignment.size() == 1);
        CHECK(group().is(GroupState::stable));
        return {leader, follower};
    }
};

}  // namespace

TEST_CASE("the first members of an empty group are waited for, and one of them leads")
{
    Groups groups;
    auto const [a, join_a] = groups.join("a");
    CHECK(a.starts_with("a-"));
    groups.pass(2_s);
    auto const [b, join_b] = groups.join("b");
    groups.pass(2_s);
    // b came within the first three seconds: three more.
    CHECK_FALSE(groups.answered(join_a));
    groups.pass(2_s);
    auto const first = groups.reply<JoinGroupResponse>(join_a);
    auto const second = groups.reply<JoinGroupResponse>(join_b);
    CHECK(first.generation == 1);
    CHECK(second.generation == 1);
    CHECK(first.leader == a);
    CHECK(first.members.size() == 2);
    CHECK(second.members.empty());
    CHECK(groups.group().is(GroupState::completing_rebalance));
}

TEST_CASE("the assignment is handed out when it is replicated, and not before")
{
    Groups groups;
    auto const [leader, follower] = groups.two_stable();
    CHECK(groups.heartbeat(leader, 1) == Error::none);
    CHECK(groups.heartbeat(follower, 1) == Error::none);
    CHECK(groups.heartbeat(follower, 0) == Error::illegal_generation);
    CHECK(groups.heartbeat("nobody", 1) == Error::unknown_member_id);
}

TEST_CASE("an assignment that cannot be written begins the next rebalance")
{
    Groups groups;
    auto const [a, join_a] = groups.join("a");
    groups.pass(4_s);
    std::int32_t const waits = groups.sync(a, 1, {{a, {{orders, 0}}}});
    groups.replicate(Error::not_enough_replicas);
    CHECK(groups.reply<SyncGroupResponse>(waits).error == Error::coordinator_not_available);
    CHECK(groups.group().is(GroupState::preparing_rebalance));
}

TEST_CASE("a member that is not heard of for a session is removed, and the others rebalance")
{
    Groups groups;
    auto const [leader, follower] = groups.two_stable();
    groups.pass(6_s);
    CHECK(groups.heartbeat(leader, 1) == Error::none);
    groups.pass(5_s);
    CHECK(groups.heartbeat(leader, 1) == Error::rebalance_in_progress);
    CHECK(groups.heartbeat(follower, 1) == Error::unknown_member_id);
    std::int32_t const again = groups.ask(groups.join_of("x", leader));
    CHECK(groups.reply<JoinGroupResponse>(again).generation == 2);
}

TEST_CASE("a member that leaves is gone at once")
{
    Groups groups;
    auto const [leader, follower] = groups.two_stable();
    std::int32_t const left = groups.ask(LeaveGroupRequest{"g", follower, ""});
    CHECK(groups.reply<LeaveGroupResponse>(left).error == Error::none);
    CHECK(groups.group().is(GroupState::preparing_rebalance));
    CHECK(groups.group().members().size() == 1);
}

TEST_CASE("who does not come back in time for a rebalance is no member any more")
{
    Groups groups;
    auto const [leader, follower] = groups.two_stable();
    std::int32_t const joins = groups.ask(groups.join_of("x", leader));
    CHECK_FALSE(groups.answered(joins));
    for (int i = 0; i < 12; ++i) {
        groups.pass(5_s);
        groups.heartbeat(follower, 1);
    }
    CHECK(groups.reply<JoinGroupResponse>(joins).members.size() == 1);
}

TEST_CASE("a session timeout outside the broker's bounds is refused")
{
    Groups groups;
    JoinGroupRequest request = groups.join_of("a");
    request.session_timeout = 5_s;
    CHECK(groups.reply<JoinGroupResponse>(groups.ask(request)).error ==
          Error::invalid_session_timeout);
}

TEST_CASE("a static member that is back goes on with what it had, and its former id is fenced")
{
    Groups groups;
    std::int32_t const join = groups.ask(groups.join_of("a", "", "one"));
    groups.replicate();
    groups.pass(4_s);
    std::string const old = groups.reply<JoinGroupResponse>(join).member_id;
    CHECK(old.starts_with("one-"));
    std::int32_t const synced = groups.ask([&] {
        SyncGroupRequest request;
        request.group = "g";
        request.member_id = old;
        request.instance_id = "one";
        request.generation = 1;
        request.assignments = {{old, {{orders, 3}}}};
        return request;
    }());
    groups.replicate();
    CHECK(groups.reply<SyncGroupResponse>(synced).error == Error::none);

    std::int32_t const again = groups.ask(groups.join_of("a", "", "one"));
    CHECK_FALSE(groups.answered(again));  // KAFKA-10284: its new id is written first.
    groups.replicate();
    auto const back = groups.reply<JoinGroupResponse>(again);
    CHECK(back.error == Error::none);
    CHECK(back.generation == 1);
    CHECK(back.skip_assignment);
    CHECK(back.member_id != old);
    CHECK(groups.group().is(GroupState::stable));
    std::int32_t const late = groups.ask(HeartbeatRequest{"g", 1, old, "one"});
    CHECK(groups.reply<HeartbeatResponse>(late).error == Error::fenced_instance_id);

    groups.fail_over();
    std::int32_t const after = groups.ask(HeartbeatRequest{"g", 1, back.member_id, "one"});
    CHECK(groups.reply<HeartbeatResponse>(after).error == Error::none);
}

TEST_CASE("who coordinates next reads the group and its offsets in the log")
{
    Groups groups;
    auto const [leader, follower] = groups.two_stable();
    std::int32_t const committed = groups.commit(leader, 1, 42);
    CHECK_FALSE(groups.answered(committed));
    groups.replicate();
    CHECK(groups.reply<OffsetCommitResponse>(committed).partitions[0].error == Error::none);
    groups.fail_over();
    CHECK(groups.group().is(GroupState::stable));
    CHECK(groups.group().generation() == 1);
    CHECK(groups.fetched().offset == Offset{42});
    CHECK(groups.heartbeat(follower, 1) == Error::none);
    // Sessions begin anew.
    groups.pass(11_s);
    CHECK(groups.heartbeat(follower, 1) == Error::unknown_member_id);
}

TEST_CASE("an offset counts when it is replicated, and only from a member of the generation")
{
    Groups groups;
    auto const [leader, follower] = groups.two_stable();
    groups.commit(leader, 1, 7);
    CHECK(groups.fetched().offset == no_offset);
    groups.replicate();
    CHECK(groups.fetched().offset == Offset{7});
    auto const error = [&](std::int32_t request) {
        return groups.reply<OffsetCommitResponse>(request).partitions[0].error;
    };
    CHECK(error(groups.commit(leader, 0, 8)) == Error::illegal_generation);
    CHECK(error(groups.commit("nobody", 1, 8)) == Error::unknown_member_id);
    CHECK(error(groups.commit("", -1, 8)) == Error::unknown_member_id);
    std::int32_t const lost = groups.commit(leader, 1, 9);
    groups.replicate(Error::request_timed_out);
    CHECK(error(lost) == Error::coordinator_not_available);
    CHECK(groups.fetched().offset == Offset{7});
}

TEST_CASE("an offset of a transaction counts from its marker on")
{
    Groups groups;
    std::string const leader = groups.two_stable().first;
    auto const in_transaction = [&](std::int64_t offset, std::int32_t generation) {
        TxnOffsetCommitRequest request;
        request.transactional_id = "t";
        request.group = "g";
        request.producer_id = ProducerId{5};
        request.producer_epoch = 0;
        request.member_id = leader;
        request.generation = generation;
        request.partitions = {{{orders, 0}, Offset{offset}, Epoch{1}, ""}};
        return groups.ask(request);
    };
    // KIP-447: a former generation is fenced.
    CHECK(groups.reply<TxnOffsetCommitResponse>(in_transaction(10, 0)).partitions[0].error ==
          Error::illegal_generation);
    in_transaction(10, 1);
    groups.replicate();
    CHECK(groups.fetched(true).error == Error::unstable_offset_commit);
    CHECK(groups.fetched(false).offset == no_offset);
    groups.coordinator.on_marker(groups.at(), 0, ProducerId{5}, true);
    groups.carry_out();
    CHECK(groups.fetched().offset == Offset{10});
    in_transaction(20, 1);
    groups.replicate();
    groups.coordinator.on_marker(groups.at(), 0, ProducerId{5}, false);
    groups.carry_out();
    CHECK(groups.fetched().offset == Offset{10});
}

TEST_CASE("what stands later in the log wins over what was decided later (KAFKA-5247)")
{
    for (bool const fix : {true, false}) {
        OffsetStore store;
        store.apply("g", {"orders", 0}, {Offset{10}, no_epoch, "", {}}, 1, ProducerId{5});
        store.apply("g", {"orders", 0}, {Offset{20}, no_epoch, "", {}}, 2);
        store.complete(ProducerId{5}, true, fix);
        CHECK(store.find("g", {"orders", 0})->is.offset == Offset{fix ? 20 : 10});
    }
}

TEST_CASE("offsets expire when their group has been empty for long enough, not before (KIP-211)")
{
    Groups groups;
    groups.config.offsets_retention = 3600_s;
    auto const [leader, follower] = groups.two_stable();
    groups.commit(leader, 1, 5);
    groups.replicate();
    for (int i = 0; i < 1200; ++i) {
        groups.pass(5_s);
        groups.heartbeat(leader, 1);
        groups.heartbeat(follower, 1);
    }
    groups.replicate();
    CHECK(groups.fetched().offset == Offset{5});
    groups.ask(LeaveGroupRequest{"g", leader, ""});
    groups.ask(LeaveGroupRequest{"g", follower, ""});
    groups.pass(100_s);
    groups.replicate();
    CHECK(groups.group().is(GroupState::empty));
    groups.pass(2400_s);
    groups.replicate();
    CHECK(groups.fetched().offset == Offset{5});
    groups.pass(1800_s);
    groups.replicate();
    CHECK(groups.fetched().offset == no_offset);
    CHECK(groups.coordinator.shards().entries().front().shard.groups.empty());
}

TEST_CASE("a broker that is not the coordinator says so, and one that still reads says that")
{
    Groups groups;
    groups.coordinator.on_resignation(groups.at(), 0);
    groups.carry_out();
    CHECK(groups.reply<JoinGroupResponse>(groups.ask(groups.join_of("a"))).error ==
          Error::not_coordinator);
    groups.coordinator.on_election(groups.at(), 0, Epoch{5});
    groups.carry_out();
    CHECK(groups.reply<JoinGroupResponse>(groups.ask(groups.join_of("a"))).error ==
          Error::coordinator_load_in_progress);
    CHECK(groups.heartbeat("whoever", 1) == Error::none);
}
