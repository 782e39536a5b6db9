// The rules of the quorum as tables: majorities, votes, changes of the voters.
#include <doctest/doctest.h>

#include "model/check/quorum.h"
#include "model/kraft/quorum_high_watermark.h"
#include "model/kraft/raft_client.h"
#include "tests/model/bench.h"

namespace odradek::kafka::test {

using namespace sim::literals;

namespace {

constexpr BrokerId id(std::int32_t value) { return BrokerId{value}; }

DirectoryId directory(std::int32_t of)
{
    return DirectoryId{1, static_cast<std::uint64_t>(1000 + of)};
}

std::vector<Voter> voters_of(std::int32_t count)
{
    std::vector<Voter> voters;
    for (std::int32_t i = 0; i < count; ++i)
        voters.push_back({{id(i), directory(i)}, NodeId{static_cast<std::uint16_t>(i)}, 0, 1});
    return voters;
}

// Node 0 of a quorum, and what the others say to it.
struct Replica {
    explicit Replica(std::int32_t voters, std::int16_t kraft_version = 0,
                     KafkaVersion version = {4, 1})
        : raft(config(voters, kraft_version, version))
    {
        raft.start(bench.env(), bench.out);
        settle();
    }
    static RaftConfig config(std::int32_t voters, std::int16_t kraft_version, KafkaVersion version)
    {
        RaftConfig config;
        config.self = {id(0), directory(0)};
        config.voter_capable = true;
        config.kraft_version = kraft_version;
        config.voters = voters_of(voters);
        config.append_linger = {};
        config.version = version;
        config.switches = default_switches(version);
        return config;
    }
    // All that was wished for, and the disk.
    void settle()
    {
        bench.carry_out();
        while (!bench.flushes.empty()) {
            sim::FileId const file = bench.flushes.front();
            bench.flushes.erase(bench.flushes.begin());
            raft.on_flushed(bench.env(), file, bench.out);
            bench.carry_out();
        }
        raft.take_events(events);
    }
    template <class Request>
    typename Request::Response ask(Request const& request)
    {
        RequestId from;
        from.client = NodeId{1};
        from.correlation = ++correlation;
        raft.on_request(bench.env(), from, request, bench.out);
        settle();
        REQUIRE(bench.replies.count(correlation) == 1);
        return std::get<typename Request::Response>(bench.replies[correlation]);
    }
    bool answered() const { return bench.replies.count(correlation) == 1; }
    VoteResponse vote(std::int32_t from, std::int32_t epoch, EpochAndOffset last,
                      bool pre_vote = false)
    {
        VoteRequest request;
        request.candidate = {id(from), directory(from)};
        request.candidate_epoch = Epoch{epoch};
        request.last = last;
        request.pre_vote = pre_vote;
        return ask(request);
    }
    void begin(std::int32_t leader, std::int32_t epoch)
    {
        BeginQuorumEpochRequest request;
        request.leader = id(leader);
        request.leader_epoch = Epoch{epoch};
        request.leader_node = NodeId{static_cast<std::uint16_t>(leader)};
        CHECK(ask(request).error == Error::none);
    }
    // A follower or observer fetches from there.
    void fetch(std::int32_t from, Offset offset)
    {
        FetchRequest request;
        request.replica = id(from);
        request.max_wait = {};
        FetchPartition& wanted = request.partitions.emplace_back();
        wanted.partition = {metadata_topic, 0};
        wanted.current_leader_epoch = raft.epoch();
        wanted.fetch_offset = offset;
        wanted.last_fetched_epoch = raft.log().last_epoch();
        wanted.replica_directory = directory(from);
        ask(request);
    }
    void answer(Message message)
    {
        REQUIRE_FALSE(bench.sent.empty());
        SentRequest const request = bench.sent.back();
        bench.sent.pop_back();
        raft.on_response(bench.env(), request.peer, request.correlation, message, bench.out);
        settle();
    }
    void connect_all()
    {
        for (Peer const peer : std::exchange(bench.connects, {}))
            raft.on_connected(bench.env(), peer, bench.out);
        settle();
    }

    Bench bench;
    RaftClient raft;
    std::vector<RaftEvent> events;
    std::int32_t correlation{0};
};

EpochAndOffset log_of(std::int32_t epoch, std::int64_t end) { return {Epoch{epoch}, Offset{end}}; }

}  // namespace

TEST_CASE("what a majority has is at half of the ends, the longest first")
{
    struct Row {
        std::vector<std::int64_t> ends;
        std::int64_t expected;  // -1: nothing.
    };
    for (Row const& row : {
             Row{{7}, 7},
             Row{{8, 6}, 6},
             Row{{6, 8}, 6},
             Row{{9, 9, 1}, 9},
             Row{{9, 5, 1}, 5},
             Row{{9, -1, -1}, -1},
             Row{{9, 4, -1}, 4},
             Row{{2, 9, 7, 9, 5}, 7},
             Row{{9, 8, 7, 6}, 7},
             Row{{1, 2, 3, 4, 5, 6, 7}, 4},
             Row{{}, -1},
         }) {
        std::vector<Offset> ends;
        for (std::int64_t const end : row.ends)
            ends.push_back(Offset{end});
        CAPTURE(row.expected);
        CHECK(majority_end(ends).value_or(no_offset) == Offset{row.expected});
    }
}

TEST_CASE("a vote: once in an epoch, and for a log that is not behind")
{
    struct Row {
        char const* what;
        EpochAndOffset last;
        std::int32_t epoch;
        Error error;
        bool granted;
    };
    for (Row const& row : {
             Row{"an empty log as ours", log_of(0, 0), 1, Error::none, true},
             Row{"a longer log", log_of(1, 5), 2, Error::none, true},
             Row{"the last epoch of its log is not before its own", log_of(2, 5), 2,
                 Error::invalid_request, false},
         }) {
        Replica replica(3);
        VoteResponse const response = replica.vote(1, row.epoch, row.last);
        CAPTURE(row.what);
        CHECK(response.error == row.error);
        CHECK(response.vote_granted == row.granted);
    }
    Replica replica(3);
    CHECK(replica.vote(1, 4, log_of(0, 0)).vote_granted);
    CHECK(replica.vote(1, 4, log_of(0, 0)).vote_granted);        // The same again.
    CHECK_FALSE(replica.vote(2, 4, log_of(3, 9)).vote_granted);  // Another.
    CHECK(replica.vote(2, 3, log_of(0, 0)).error == Error::fenced_leader_epoch);
    CHECK(replica.vote(2, 5, log_of(0, 0)).vote_granted);  // The next epoch.
    replica.begin(2, 5);
    CHECK_FALSE(replica.vote(1, 5, log_of(3, 9)).vote_granted);  // It is led.
    VoteRequest for_another;
    for_another.voter = ReplicaKey{id(0), directory(7)};
    for_another.candidate = {id(1), directory(1)};
    for_another.candidate_epoch = Epoch{6};
    CHECK(replica.ask(for_another).error == Error::invalid_voter_key);
}

TEST_CASE("a pre-vote moves nobody's vote, and a follower that has fetched refuses it")
{
    Replica replica(3);
    CHECK(replica.vote(1, 0, log_of(0, 0), true).vote_granted);
    CHECK(replica.vote(2, 0, log_of(0, 0), true).vote_granted);
    CHECK(replica.raft.epoch() == Epoch{0});
    replica.begin(1, 3);
    CHECK(replica.vote(2, 3, log_of(0, 0), true).vote_granted);  // It has not fetched yet.
    replica.connect_all();
    FetchResponse response;
    FetchPartitionResponse& partition = response.partitions.emplace_back();
    partition.partition = {metadata_topic, 0};
    partition.current_leader = LeaderHint{id(1), Epoch{3}};
    replica.answer(response);
    CHECK_FALSE(replica.vote(2, 3, log_of(0, 0), true).vote_granted);
    CHECK(replica.vote(2, 4, log_of(0, 0)).vote_granted);  // A vote in a later epoch it gives.
}

TEST_CASE("a vote is on disk before the candidate is told, and outlives a restart")
{
    Replica replica(3);
    CHECK(replica.vote(1, 4, log_of(0, 0)).vote_granted);
    ++replica.bench.incarnation;
    replica.raft = RaftClient(Replica::config(3, 0, {4, 1}));
    replica.raft.start(replica.bench.env(), replica.bench.out);
    replica.settle();
    CHECK(replica.raft.epoch() == Epoch{4});
    CHECK_FALSE(replica.vote(2, 4, log_of(3, 9)).vote_granted);
    CHECK(replica.vote(1, 4, log_of(0, 0)).vote_granted);
}

TEST_CASE("durable-vote off: a voter that starts again votes twice, and vote-once-per-epoch speaks")
{
    for (bool const on : {true, false}) {
        RaftConfig config = Replica::config(3, 0, {4, 1});
        config.switches.durable_vote = on;
        Replica replica(3);
        auto const restart = [&] {
            ++replica.bench.incarnation;
            replica.raft = RaftClient(config);
            replica.raft.start(replica.bench.env(), replica.bench.out);
            replica.settle();
        };
        restart();
        CHECK(replica.vote(1, 4, log_of(0, 0)).vote_granted);
        restart();
        CHECK(replica.vote(2, 4, log_of(0, 0)).vote_granted == !on);
        check::Verdicts verdicts;
        check::QuorumLaws laws(verdicts);
        for (Observation const& observation : replica.bench.observations)
            laws.see({replica.bench.now, 1, nullptr, observation}, verdicts);
        REQUIRE(verdicts.violations().size() == (on ? 0 : 1));
        if (!on)
            CHECK(verdicts.violations()[0].name == "vote-once-per-epoch");
    }
}

TEST_CASE("the only voter elects itself, and after a restart in a later epoch")
{
    Replica replica(1);
    CHECK(replica.raft.is_leader());
    CHECK(replica.raft.epoch() == Epoch{1});
    CHECK(replica.raft.high_watermark() == Offset{1});
    ++replica.bench.incarnation;
    replica.raft = RaftClient(Replica::config(1, 0, {4, 1}));
    replica.raft.start(replica.bench.env(), replica.bench.out);
    replica.settle();
    CHECK(replica.raft.is_leader());
    CHECK(replica.raft.epoch() > Epoch{1});
}

TEST_CASE("what a leader commits is told as its own, even if it is deposed in the same breath")
{
    Replica leader(1, 1);
    REQUIRE(leader.raft.is_leader());
    Epoch const led = leader.raft.epoch();
    leader.events.clear();
    BatchRef const batch = leader.raft.append(
        leader.bench.env(), {ProducerIdsRecord{id(0), {}, ProducerId{1000}}}, leader.bench.out);
    REQUIRE(batch);
    leader.raft.on_timer(leader.bench.env(), timer(TimerKind::quorum), leader.bench.out);
    leader.bench.carry_out();
    REQUIRE_FALSE(leader.bench.flushes.empty());
    // While that is being flushed somebody asks for a vote in a later epoch.
    VoteRequest request;
    request.candidate = {id(1), directory(1)};
    request.candidate_epoch = Epoch{led.value + 5};
    request.last = log_of(led.value, 100);
    leader.ask(request);
    CHECK_FALSE(leader.raft.is_leader());
    std::size_t committed = 0;
    for (RaftEvent const& event : leader.events)
        if (auto const* one = std::get_if<RaftCommitted>(&event); one && one->batch == batch) {
            CHECK(one->leads == led);
            ++committed;
        }
    CHECK(committed == 1);
}

TEST_CASE("voters are changed one at a time, and for a reason")
{
    AddRaftVoterRequest add;
    add.voter = {id(4), directory(4)};
    add.node = NodeId{4};
    RemoveRaftVoterRequest remove;
    remove.voter = {id(4), directory(4)};
    {
        Replica follower(3, 1);
        CHECK(follower.ask(add).error == Error::not_leader_or_follower);
        CHECK(follower.ask(remove).error == Error::not_leader_or_follower);
    }
    {
        Replica old(1, 0);
        CHECK(old.ask(add).error == Error::unsupported_version);
        CHECK(old.ask(remove).error == Error::unsupported_version);
    }
    Replica leader(1, 1);
    REQUIRE(leader.raft.is_leader());
    CHECK(leader.ask(remove).error == Error::voter_not_found);
    {
        AddRaftVoterRequest present = add;
        present.voter = {id(0), directory(9)};
        CHECK(leader.ask(present).error == Error::duplicate_voter);
        AddRaftVoterRequest nameless = add;
        nameless.voter.directory = migrating_directory;
        CHECK(leader.ask(nameless).error == Error::invalid_request);
        RemoveRaftVoterRequest last;
        last.voter = {id(0), directory(0)};
        CHECK(leader.ask(last).error == Error::voter_not_found);  // One must be left.
    }
    // It has never fetched: it lags behind.
    auto const begin_add = [&] {
        RequestId from;
        from.client = NodeId{1};
        from.correlation = ++leader.correlation;
        leader.raft.on_request(leader.bench.env(), from, add, leader.bench.out);
        leader.settle();
        leader.connect_all();
    };
    begin_add();
    CHECK_FALSE(leader.answered());
    CHECK(leader.ask(remove).error == Error::request_timed_out);  // Another change is under way.
    --leader.correlation;
    leader.answer(ApiVersionsResponse{Error::none, 0, 1});
    CHECK(std::get<AddRaftVoterResponse>(leader.bench.replies[leader.correlation]).error ==
          Error::request_timed_out);
    // It has caught up: the record is appended, and counts at once.
    leader.fetch(4, leader.raft.log().end_offset());
    begin_add();
    leader.answer(ApiVersionsResponse{Error::none, 0, 1});
    CHECK_FALSE(leader.answered());
    CHECK(leader.raft.voters().size() == 2);
    std::int32_t const asked = leader.correlation;
    // Both must have it now.
    leader.fetch(4, leader.raft.log().end_offset());
    CHECK(std::get<AddRaftVoterResponse>(leader.bench.replies[asked]).error == Error::none);
}

}  // namespace odradek::kafka::test
