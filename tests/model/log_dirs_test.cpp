// Several log directories of one broker: where replicas go, what is left when one of them fails,
// what a clean shutdown says of each.
#include "model/log/log_dirs.h"

#include <doctest/doctest.h>

#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;
namespace sim = odradek::sim;

namespace {

BrokerConfig two_dirs()
{
    BrokerConfig config = broker_config();
    config.log_dirs = {"d0", "d1"};
    config.metadata_log_dir = "d0";
    return config;
}

constexpr TopicPartition part(std::int32_t partition) { return {TopicId{1}, partition}; }

// Leads orders-0 (in d0) and orders-1 (in d1).
struct Jbod : Bench {
    explicit Jbod(ProtocolSwitches const& switches = {}) : Bench(1, two_dirs(), switches)
    {
        for (std::int32_t p = 0; p < 2; ++p)
            apply({.partition = part(p)});
    }
    std::uint32_t break_dir(std::string path)
    {
        sim::DiskFault fault;
        fault.under = std::move(path);
        fault.gone = true;
        return disk.add_fault(env.now, fault);
    }
    ProducePartitionResponse produce_to(std::int32_t partition, int acks = 1)
    {
        return produced(produce(acks, {{part(partition), batch({})}}));
    }
    DirectoryId id_of(std::uint32_t directory) const { return manager.directories()[directory].id; }
    PartitionState placed(std::int32_t partition, DirectoryId directory)
    {
        PartitionState made = state({.partition = part(partition)});
        made.directory = directory;
        return made;
    }
};

}  // namespace

TEST_CASE("a file is in the directory whose path is the longest before it")
{
    LogDirs const dirs(BrokerId{1}, {"d", "d/inner", "e"}, "meta");
    CHECK(dirs.of("d/orders-0/x") == 0U);
    CHECK(dirs.of("d/inner/orders-0/x") == 1U);
    CHECK(dirs.of("e/x") == 2U);
    CHECK_FALSE(dirs.of("dd/x"));
    CHECK_FALSE(dirs.of("meta/__cluster_metadata-0/x"));
    CHECK(LogDirs(BrokerId{1}, {}, "").of("orders-0/x") == 0U);
}

TEST_CASE("a new replica goes where the fewest are")
{
    Jbod broker;
    CHECK(broker.disk.path(broker.log(part(0)).segments().back().file()) ==
          "d0/orders-0/00000000000000000000.log");
    CHECK(broker.disk.path(broker.log(part(1)).segments().back().file()) ==
          "d1/orders-1/00000000000000000000.log");
    broker.apply({.partition = part(2)});
    broker.apply({.partition = part(3)});
    broker.apply({.partition = part(0), .partition_epoch = 1, .replicas = {2, 3}, .isr = {2, 3}});
    broker.apply({.partition = part(4)});
    CHECK(broker.log(part(4)).files().directory == 0);
}

TEST_CASE("a replica goes to the directory that the metadata names, if it is online")
{
    Jbod broker;
    broker.apply_all({broker.placed(2, broker.id_of(1)), broker.placed(3, broker.id_of(1))});
    CHECK(broker.log(part(2)).files().directory == 1);
    CHECK(broker.log(part(3)).files().directory == 1);
}

TEST_CASE("directories keep their ids over a restart, and replicas their directory")
{
    Jbod broker;
    broker.produce_to(1);
    DirectoryId const ids[] = {broker.id_of(0), broker.id_of(1)};
    CHECK(ids[0] != ids[1]);
    CHECK_FALSE(ids[0].reserved());
    broker.restart(LastShutdown::unclean);
    CHECK(broker.id_of(0) == ids[0]);
    CHECK(broker.id_of(1) == ids[1]);
    CHECK(broker.log(part(1)).end() == Offset{1});
    CHECK(broker.log(part(1)).files().directory == 1);
}

TEST_CASE("an append into a directory that is gone is a storage error and takes its replicas "
          "offline; the others go on")
{
    Jbod broker;
    RequestId const waiting = broker.produce(-1, {{part(1), batch({})}});
    RequestId const reader = broker.fetch({.replica = 2, .from = 1, .partition = part(1)});
    broker.break_dir("d1");
    CHECK(broker.produce_to(1).error == Error::kafka_storage_error);
    CHECK(broker.produced(waiting).error == Error::kafka_storage_error);
    CHECK(std::get<FetchResponse>(*broker.reply_to(reader).message).partitions.at(0).error ==
          Error::kafka_storage_error);
    CHECK(broker.produce_to(0).error == Error::none);
    CHECK(broker.manager.partition(part(1)) == nullptr);
    auto const fact = broker.seen<LogDirectoryFailed>();
    REQUIRE(fact);
    CHECK(fact->directory == "d1");
    CHECK(fact->replicas == std::vector<TopicPartition>{part(1)});
    CHECK(broker.manager.take_failed_directories() == std::vector<std::uint32_t>{1});
    SUBCASE("for as long as the process lives, and whatever metadata says")
    {
        broker.apply({.partition = part(1), .epoch = 1, .partition_epoch = 1});
        CHECK(broker.produce_to(1).error == Error::kafka_storage_error);
        CHECK(
            broker.fetched({.replica = 2, .from = 0, .max_wait = {}, .partition = part(1)}).error ==
            Error::kafka_storage_error);
    }
    SUBCASE("until the topic is deleted")
    {
        broker.manager.on_topic_deleted(TopicId{1});
        CHECK(broker.produce_to(1).error == Error::unknown_topic_or_partition);
    }
}

TEST_CASE("a failed flush takes the directory offline, too")
{
    Jbod broker;
    broker.manager.on_disk_error(broker.env, 1, broker.log(part(1)).segments().back().file(),
                                 sim::DiskError::flush_failed, broker.out);
    CHECK(broker.produce_to(1).error == Error::kafka_storage_error);
    CHECK(broker.produce_to(0).error == Error::none);
}

TEST_CASE("what is fetched for a directory that is gone is not appended")
{
    Jbod broker;
    broker.apply_all(
        {state({.partition = part(2), .leader = 2}), state({.partition = part(3), .leader = 2})});
    broker.break_dir("d1");
    FetchResponse response;
    for (std::int32_t p : {2, 3}) {
        FetchPartitionResponse& answer = response.partitions.emplace_back();
        answer.partition = part(p);
        answer.high_watermark = Offset{0};
        answer.log_start_offset = Offset{0};
        answer.batches.push_back(batch_at(0, 0));
    }
    // The fetch under way may be for the first of them only; the next one names both.
    while (broker.sent_as<FetchRequest>().partitions.size() < 2)
        broker.respond(FetchResponse{});
    broker.respond(response);
    CHECK(broker.log(part(2)).end() == Offset{1});
    CHECK(broker.manager.partition(part(3)) == nullptr);
    CHECK(broker.sent_as<FetchRequest>().partitions.size() == 1);
}

TEST_CASE("while a directory is offline, what may be in it is not made anew (KAFKA-16234)")
{
    for (bool const fix : {true, false}) {
        CAPTURE(fix);
        ProtocolSwitches switches;
        switches.no_recreate_while_dir_offline = fix;
        Jbod broker(switches);
        broker.produce_to(1);
        DirectoryId const lost = broker.id_of(1);
        std::uint32_t const fault = broker.break_dir("d1");
        broker.restart(LastShutdown::unclean);
        CHECK_FALSE(broker.manager.directories()[1].online);
        broker.apply_all({broker.placed(1, lost)});
        CHECK((broker.manager.partition(part(1)) == nullptr) == fix);
        CHECK(broker.produce_to(1).error == (fix ? Error::kafka_storage_error : Error::none));
        // A new partition is not known to be anywhere.
        broker.apply_all({broker.placed(2, unassigned_directory)});
        CHECK(broker.log(part(2)).files().directory == 0);
        broker.disk.remove_fault(broker.env.now, fault);
        broker.restart(LastShutdown::unclean);
        CHECK(broker.log(part(1)).files().directory == (fix ? 1U : 0U));
    }
}

TEST_CASE("where a replica is becomes the controller's business when it thinks otherwise")
{
    Jbod broker;
    std::vector<AssignedReplica> told = broker.manager.take_assignments();
    REQUIRE(told.size() == 2);
    CHECK(told[0].partition == part(0));
    CHECK(told[0].directory == broker.id_of(0));
    CHECK(told[1].directory == broker.id_of(1));
    PartitionState known = broker.placed(1, broker.id_of(1));
    known.partition_epoch = PartitionEpoch{1};
    broker.apply_all({known});
    CHECK(broker.manager.take_assignments().empty());
    Bench single(1);
    single.apply({});
    CHECK(single.manager.take_assignments().empty());
}

TEST_CASE("the previous life's broker epoch counts if every directory names the same")
{
    Jbod broker;
    LogDirs dirs(BrokerId{1}, {"d0", "d1"}, "d0");
    dirs.open(broker.env, broker.out);
    auto const write = [&](std::uint32_t directory, std::int64_t epoch) {
        broker.disk.replace(broker.env.now, broker.chance, dirs[directory].clean_shutdown,
                            sim::share<CleanShutdownFile>(BrokerEpoch{epoch}));
    };
    CHECK(dirs.previous_broker_epoch(broker.env) == no_broker_epoch);
    write(0, 7);
    CHECK(dirs.previous_broker_epoch(broker.env) == no_broker_epoch);
    write(1, 8);
    CHECK(dirs.previous_broker_epoch(broker.env) == no_broker_epoch);
    write(1, 7);
    CHECK(dirs.previous_broker_epoch(broker.env) == BrokerEpoch{7});
    broker.break_dir("d1");
    dirs.open(broker.env, broker.out);
    CHECK(dirs.previous_broker_epoch(broker.env) == no_broker_epoch);
}

TEST_CASE("a life that never loaded its logs does not call them clean (KAFKA-15375)")
{
    for (bool const fix : {true, false}) {
        CAPTURE(fix);
        ProtocolSwitches switches;
        switches.clean_marker_needs_loaded_logs = fix;
        Bench broker(1, broker_config(), switches);
        broker.manager = ReplicaManager(BrokerId{1}, broker_config(), switches);
        broker.manager.open_directories(broker.env, broker.out);
        broker.manager.on_shutdown(broker.env, broker.out);
        CHECK(broker.manager.closed());
        broker.manager.write_clean_shutdown(broker.env, broker.out);
        bool written = false;
        for (sim::Wish const& wish : broker.out.wishes())
            written |= wish.kind == sim::WishKind::replace;
        CHECK(written == !fix);
    }
}

TEST_CASE("a directory of which a last flush failed is not called clean, the other one is "
          "(KAFKA-19221)")
{
    for (bool const fix : {true, false}) {
        CAPTURE(fix);
        ProtocolSwitches switches;
        switches.clean_marker_needs_flushed_logs = fix;
        Jbod broker(switches);
        broker.produce_to(0);
        broker.produce_to(1);
        broker.manager.on_shutdown(broker.env, broker.out);
        CHECK_FALSE(broker.manager.closed());
        broker.manager.on_flushed(broker.env, broker.log(part(0)).segments().back().file(),
                                  broker.out);
        CHECK_FALSE(broker.manager.closed());
        broker.manager.on_disk_error(broker.env, 1, broker.log(part(1)).segments().back().file(),
                                     sim::DiskError::flush_failed, broker.out);
        CHECK(broker.manager.closed());
        broker.out.clear();
        broker.manager.write_clean_shutdown(broker.env, broker.out);
        int written = 0;
        for (sim::Wish const& wish : broker.out.wishes())
            written += wish.kind == sim::WishKind::replace &&
                               broker.disk.path(wish.file).ends_with(".kafka_cleanshutdown")
                           ? 1
                           : 0;
        CHECK(written == 1);
    }
}
