// Laws of what the metadata says, on facts made by hand.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::check;
using namespace odradek::kafka::check::test;
using namespace odradek::sim::literals;

namespace {

bool speaks(Court const& court, std::string_view law)
{
    for (Violation const& violation : court.judges.violations())
        if (violation.name == law)
            return true;
    return false;
}

BatchRef metadata(std::int64_t base, std::vector<MetadataRecord> records)
{
    return make_metadata_batch(std::move(records), {})->stamped(Offset{base}, Epoch{1});
}

RegisterBrokerRecord registration(int id, std::string rack)
{
    RegisterBrokerRecord record;
    record.broker = BrokerId{id};
    record.broker_epoch = BrokerEpoch{id};
    record.rack = std::move(rack);
    return record;
}

NodeEnd node(std::string name, std::vector<BatchRef> const& log)
{
    NodeEnd node;
    node.name = std::move(name);
    node.running = true;
    for (BatchRef const& batch : log)
        node.image.apply(*batch);
    return node;
}

}  // namespace

TEST_CASE("broker-epoch-monotonic: a life with an epoch from the past is a violation")
{
    Court court;
    court.see(BrokerRegistered{BrokerId{1}, BrokerEpoch{5}});
    court.see(BrokerRegistered{BrokerId{1}, BrokerEpoch{5}});  // The same life again.
    court.see(BrokerRegistered{BrokerId{2}, BrokerEpoch{3}});
    court.see(BrokerRegistered{BrokerId{1}, BrokerEpoch{9}});
    CHECK_FALSE(speaks(court, "broker-epoch-monotonic"));
    court.see(BrokerRegistered{BrokerId{1}, BrokerEpoch{8}});
    CHECK(speaks(court, "broker-epoch-monotonic"));
}

TEST_CASE("metadata-image-agree: images of one offset are equal, of different offsets need not be")
{
    BatchRef const first = metadata(0, {registration(1, "a")});
    BatchRef const second = metadata(1, {registration(2, "b")});
    Court honest;
    honest.end.nodes = {node("controller-0", {first, second}), node("broker-1", {first})};
    honest.end.metadata_log = {first, second};
    honest.finish();
    CHECK_FALSE(speaks(honest, "metadata-image-agree"));

    Court other;
    other.end.nodes = {node("controller-0", {first, second}),
                       node("broker-1", {first, metadata(1, {registration(2, "c")})})};
    other.finish();
    CHECK(speaks(other, "metadata-image-agree"));

    Court log;  // All agree, and not with the log.
    log.end.nodes = {node("controller-0", {first, second})};
    log.end.metadata_log = {first, metadata(1, {registration(2, "c")})};
    log.finish();
    CHECK(speaks(log, "metadata-image-agree"));
}

TEST_CASE(
    "led-when-possible: a partition that waits for a replica that runs says what it waits for")
{
    struct Row {
        char const* what;
        bool running;
        sim::Duration settled;
        bool speaks;
    };
    for (Row const& row :
         {Row{"its last replica runs", true, 30_s, true}, Row{"it is down", false, 30_s, false},
          Row{"there was not time enough", true, 10_s, false}}) {
        CAPTURE(row.what);
        Court court;
        court.end.settled_for = row.settled;
        PartitionEnd partition;
        partition.partition = orders;
        partition.replicas = {BrokerId{1}, BrokerId{2}};
        partition.isr = {BrokerId{2}};
        court.end.partitions = {partition};
        NodeEnd broker = node("broker-2", {});
        broker.broker = BrokerId{2};
        broker.running = row.running;
        broker.state = "is STARTING and fenced, at metadata offset 0";
        court.end.nodes = {broker};
        court.finish();
        CHECK(speaks(court, "led-when-possible") == row.speaks);
    }
}
