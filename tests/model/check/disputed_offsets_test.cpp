#include "model/check/client_history.h"

#include <doctest/doctest.h>

#include "tests/model/check/facts.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;

namespace {

struct Judge {
    Names names = shop_names();
    check::Verdicts verdicts;
    check::ClientHistory history{verdicts};
    std::uint64_t events{0};

    void see(std::int64_t ms, Observation const& is)
    {
        state([&](check::Fact const& fact) { history.see(fact, names, verdicts); }, ms, ++events,
              is);
    }
    void send(std::int64_t ms, BatchRef const& sent) { see(ms, RecordsSent{0, orders_0, sent}); }
    void acknowledge(std::int64_t ms, BatchRef const& sent)
    {
        see(ms, RecordsAcknowledged{0, orders_0, sent, sent->base_offset, 1});
    }
    void read(std::int64_t ms, BatchRef const& what)
    {
        see(ms,
            RecordsConsumed{
                0, orders_0, what->base_offset, what->end_offset(), {what}, what->end_offset()});
    }
};

}  // namespace

TEST_CASE("an offset that holds two records is one violation however often it is seen")
{
    Judge judge;
    // Three batches that are lost, and one of the next leader over the last two and beyond.
    BatchRef const kept = batch(0, 2, Offset{0});
    BatchRef const lost = batch(2, 2, Offset{2});
    BatchRef const lost_too = batch(4, 1, Offset{4});
    BatchRef const later = batch(9, 6, Offset{2}, Epoch{1});
    for (BatchRef const& one : {kept, lost, lost_too, later})
        judge.send(1, one);
    judge.acknowledge(10, kept);
    judge.acknowledge(11, lost);
    judge.acknowledge(12, lost_too);
    CHECK(judge.verdicts.violations().empty());

    judge.acknowledge(20, later);
    judge.read(30, kept);
    judge.read(31, later);
    judge.read(40, later);

    REQUIRE(judge.verdicts.violations().size() == 1);
    check::Violation const& violation = judge.verdicts.violations().front();
    CHECK(violation.name == "inconsistent-offsets");
    CHECK(violation.count == 3);  // Offsets 2, 3 and 4.
    CHECK(violation.what ==
          "orders-0 offset 2 held shop[0]#2..3 (acknowledged at 0.011000 s) and shop[0]#9..14 "
          "(acknowledged at 0.020000 s)");
}

TEST_CASE("a record that is read where it was acknowledged breaks no law")
{
    Judge judge;
    BatchRef const first = batch(0, 3, Offset{0});
    BatchRef const second = batch(3, 1, Offset{3});
    for (BatchRef const& one : {first, second}) {
        judge.send(1, one);
        judge.acknowledge(2, one);
        judge.read(3, one);
        judge.read(4, one);
    }
    CHECK(judge.verdicts.violations().empty());
}
