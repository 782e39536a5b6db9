#include "model/check/ledger.h"

#include <doctest/doctest.h>

#include "tests/model/check/facts.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;

TEST_CASE("the life of a lost record is told in the order of its moments")
{
    Names const names = shop_names();
    check::Ledger ledger;
    auto const see = [&](check::Fact const& fact) { ledger.see(fact); };
    BatchRef const lost = batch(7, 2, Offset{10});

    state(see, 100, 1, RecordsAppended{BrokerId{1}, orders_0, true, lost});
    // Event 2 states what is so a little later than what event 3 states.
    state(see, 900, 2, LogTruncated{BrokerId{1}, orders_0, Offset{12}, Offset{10}, Offset{10}});
    BecameLeader leader{};
    leader.broker = BrokerId{2};
    leader.partition = orders_0;
    leader.leader_epoch = Epoch{1};
    leader.log_end = Offset{10};
    state(see, 500, 3, leader);

    check::Violation violation;
    ledger.tell_life(*lost, orders_0, {at_ms(200), 1}, 1, names, violation);

    REQUIRE(violation.because.size() == 4);
    CHECK(violation.because[0] ==
          "0.100000 s  broker-1 appends shop[0]#7 to orders-0 at offset 10 (epoch 0)");
    CHECK(violation.because[1] ==
          "0.200000 s  shop[0] is told that it is written (acks=1); it is on broker-1");
    CHECK(violation.because[2] ==
          "0.500000 s  broker-2 becomes leader of orders-0 (epoch 1), its log ends at 10: it does "
          "not have the record");
    CHECK(violation.because[3] == "0.900000 s  broker-1 truncates its log below offset 10");
    CHECK(violation.events == std::vector<std::uint64_t>{1, 1, 3, 2});
}
