// KIP-392: whom a leader names to a consumer, and what the consumer reads there.
#include <doctest/doctest.h>

#include "model/replica/replica_selector.h"
#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

BrokerConfig rack_aware()
{
    BrokerConfig config = broker_config();
    config.rack_aware_replica_selector = true;
    return config;
}

// Broker N is in rack "a", "b", "c".
BrokerDirectory in_racks(bool fenced_2 = false)
{
    BrokerDirectory directory;
    for (int i = 1; i <= 3; ++i)
        directory.put({BrokerId{i}, NodeId{static_cast<std::uint16_t>(i)}, BrokerEpoch{100 + i},
                       fenced_2 && i == 2, false, std::string(1, static_cast<char>('a' + i - 1))});
    return directory;
}

// Leads orders-0 with three records, of which 2 and 3 have all.
struct Leader : Bench {
    explicit Leader(ProtocolSwitches const& switches = {},
                    BrokerConfig const& config = rack_aware())
        : Bench(1, config, switches)
    {
        set_brokers(in_racks());
        apply({});
        produce(1, BatchSpec{.records = 3});
        fetched({.replica = 2, .from = 3, .max_wait = {}});
        fetched({.replica = 3, .from = 3, .max_wait = {}});
    }
    FetchPartitionResponse consume(std::int64_t from, std::string rack)
    {
        FetchRequest request = fetch_request({.replica = -1, .from = from, .max_wait = {}});
        request.rack = std::move(rack);
        return std::get<FetchResponse>(*reply_to(fetch(request)).message).partitions.at(0);
    }
};

}  // namespace

TEST_CASE("a consumer reads in its rack: the leader first, then who has the most, then who was "
          "caught up last")
{
    ReadableReplica const leader{BrokerId{1}, "a", Offset{10}, {}};
    struct {
        char const* what;
        char const* rack;
        std::vector<ReadableReplica> followers;
        int chosen;
    } const rows[] = {
        {"no rack", "", {{BrokerId{2}, "b", Offset{10}, {}}}, 1},
        {"nobody there", "c", {{BrokerId{2}, "b", Offset{10}, {}}}, 1},
        {"the leader is there too", "a", {{BrokerId{2}, "a", Offset{10}, {}}}, 1},
        {"one is there", "b", {{BrokerId{2}, "b", Offset{3}, 20_s}}, 2},
        {"who has the most",
         "b",
         {{BrokerId{2}, "b", Offset{9}, {}}, {BrokerId{3}, "b", Offset{10}, 5_s}},
         3},
        {"who was caught up last",
         "b",
         {{BrokerId{2}, "b", Offset{9}, 1_s}, {BrokerId{3}, "b", Offset{9}, 2_s}},
         2},
        {"else the larger id",
         "b",
         {{BrokerId{2}, "b", Offset{9}, 1_s}, {BrokerId{3}, "b", Offset{9}, 1_s}},
         3},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        CHECK(rack_aware_replica(row.rack, leader, row.followers) == BrokerId{row.chosen});
    }
}

TEST_CASE("the leader sends a consumer to the follower in its rack, without records and at once")
{
    Leader leader;
    FetchPartitionResponse const answer = leader.consume(0, "b");
    CHECK(answer.preferred_read_replica == BrokerId{2});
    CHECK(answer.batches.empty());
    CHECK(answer.high_watermark == Offset{3});
    CHECK(leader.consume(0, "a").preferred_read_replica == no_broker);
    CHECK(leader.consume(0, "a").batches.size() == 1);
    CHECK(leader.consume(0, "z").batches.size() == 1);
    CHECK(leader.consume(0, "").batches.size() == 1);
}

TEST_CASE(
    "nobody is sent elsewhere when brokers have no replica.selector.class, and no follower is")
{
    Leader plain({}, broker_config());
    CHECK(plain.consume(0, "b").batches.size() == 1);
    Leader leader;
    FetchRequest request = Leader::fetch_request({.replica = 2, .from = 0, .max_wait = {}});
    request.rack = "b";
    CHECK(std::get<FetchResponse>(*leader.reply_to(leader.fetch(request)).message)
              .partitions.at(0)
              .batches.size() == 1);
}

TEST_CASE("a follower that has not got what is asked for is not named")
{
    Leader leader;
    leader.produce(1, {.records = 1, .first = 3});
    CHECK(leader.consume(3, "b").preferred_read_replica == BrokerId{2});
    CHECK(leader.consume(4, "b").preferred_read_replica == no_broker);
}

TEST_CASE("a follower that is not in sync is not named (KAFKA-14372)")
{
    for (bool const fix : {true, false}) {
        CAPTURE(fix);
        ProtocolSwitches switches;
        switches.preferred_replica_in_isr = fix;
        Leader leader(switches);
        leader.apply({.partition_epoch = 1, .isr = {1, 3}});
        CHECK((leader.consume(0, "b").preferred_read_replica == BrokerId{2}) == !fix);
    }
}

TEST_CASE("a fenced broker is not named (KAFKA-15390)")
{
    for (bool const fix : {true, false}) {
        CAPTURE(fix);
        ProtocolSwitches switches;
        switches.preferred_replica_unfenced = fix;
        Leader leader(switches);
        leader.set_brokers(in_racks(true));
        CHECK((leader.consume(0, "b").preferred_read_replica == BrokerId{2}) == !fix);
    }
}

TEST_CASE("a consumer of an older epoch is fenced and not sent elsewhere")
{
    Leader leader;
    leader.apply({.epoch = 2, .partition_epoch = 2});
    FetchRequest request =
        Leader::fetch_request({.replica = -1, .from = 0, .epoch = 1, .max_wait = {}});
    request.rack = "b";
    FetchPartitionResponse const answer =
        std::get<FetchResponse>(*leader.reply_to(leader.fetch(request)).message).partitions.at(0);
    CHECK(answer.error == Error::fenced_leader_epoch);
    CHECK(answer.preferred_read_replica == no_broker);
}
