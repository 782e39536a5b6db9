#include <doctest/doctest.h>

#include "tests/model/check/court.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::check::test;

namespace {

std::vector<BrokerId> brokers(std::vector<int> const& ids)
{
    std::vector<BrokerId> list;
    for (int const id : ids)
        list.push_back(BrokerId{id});
    return list;
}

// A court for what the controller writes down; min.insync.replicas is 2, replicas are 1, 2, 3.
struct Registry : Court {
    PartitionChanged change(std::vector<int> const& isr, std::vector<int> const& elr)
    {
        PartitionChanged made;
        made.partition = orders;
        made.partition_epoch = PartitionEpoch{++epoch};
        made.replicas = brokers({1, 2, 3});
        made.isr = brokers(isr);
        made.elr = brokers(elr);
        made.leader = isr.empty() ? no_broker : BrokerId{isr.front()};
        made.min_isr = 2;
        made.elr_enabled = true;
        return made;
    }
    void registered(int broker, std::uint64_t life, std::int64_t broker_epoch)
    {
        see(BrokerRegistered{BrokerId{broker}, BrokerEpoch{broker_epoch}, life, true});
    }
    std::int32_t epoch{0};
};

}  // namespace

TEST_CASE("an eligible leader replica that lacks a committed record is found when it is named")
{
    Registry court;
    BatchRef const first = stored(0, 0, 0, 3);
    for (int const broker : {1, 2, 3})
        court.appended(broker, first, broker == 1);
    court.high_watermark(1, 0, 3);
    court.see(court.change({1, 2, 3}, {}));
    court.see(court.change({1}, {2}));
    CHECK(court.said().empty());
    court.truncated(2, 3, 0);
    court.see(BrokerUnfenced{BrokerId{2}});
    CHECK(court.said() == "elr-holds-committed 1");
    CHECK(court.first() == "orders-0: broker-2 is an eligible leader replica and lacks offset 0, "
                           "which is committed");
    CHECK(court.exercised("elr-holds-committed") == 2);
}

TEST_CASE("nobody is in ISR and ELR at once, and nobody drops out of both without a reason")
{
    Registry twice;
    twice.see(twice.change({1, 2}, {}));
    twice.see(twice.change({1}, {1, 2}));
    CHECK(twice.said() == "isr-elr-disjoint 1");

    Registry dropped;
    dropped.see(dropped.change({1, 2}, {}));
    dropped.see(dropped.change({1}, {}));
    CHECK(dropped.said() == "elr-keeps-minimum 1");

    Registry begun_anew;
    begun_anew.see(begun_anew.change({1, 2}, {}));
    PartitionChanged unclean = begun_anew.change({3}, {});
    unclean.unclean = true;
    begun_anew.see(unclean);
    CHECK(begun_anew.said().empty());
}

TEST_CASE("who is fenced is neither elected nor taken into an ISR; what is said again is old news")
{
    Registry court;
    court.see(BrokerUnfenced{BrokerId{1}});
    court.see(BrokerUnfenced{BrokerId{2}});
    court.see(court.change({1, 2}, {}));
    PartitionChanged const elected = [&] {
        PartitionChanged made = court.change({2}, {});
        made.leader_changed = true;
        made.min_isr = 1;
        return made;
    }();
    court.see(elected);
    court.see(BrokerFenced{BrokerId{2}});
    court.see(elected);
    CHECK(court.said().empty());
    PartitionChanged again = court.change({2}, {});
    again.leader_changed = true;
    again.min_isr = 1;
    court.see(again);
    CHECK(court.said() == "elected-leader-alive 1");

    Registry joined;
    joined.see(BrokerFenced{BrokerId{3}});
    joined.see(joined.change({1, 2}, {}));
    joined.see(joined.change({1, 2, 3}, {}));
    CHECK(joined.said() == "isr-members-alive 1");
}

TEST_CASE("a reassignment that ends before all its replicas are in sync, and one called off")
{
    Registry court;
    court.see(ReassignmentCompleted{orders, brokers({1, 2}), brokers({1}), true});
    CHECK(court.said().empty());
    court.see(ReassignmentCompleted{orders, brokers({2, 3}), brokers({2}), false});
    CHECK(court.said() == "reassignment-keeps-copies 1");

    Registry other_order;
    other_order.see(other_order.change({1, 2}, {}));
    PartitionChanged turned = other_order.change({1, 2}, {});
    turned.replicas = brokers({3, 1, 2});
    other_order.see(turned);
    other_order.see(ReassignmentCompleted{orders, turned.replicas, turned.isr, false});
    CHECK(other_order.said().empty());
}

TEST_CASE("one life of a broker has one epoch")
{
    Registry court;
    court.registered(1, 7, 10);
    court.registered(1, 7, 10);
    court.registered(1, 8, 20);
    CHECK(court.said().empty());
    court.registered(1, 8, 30);
    CHECK(court.said() == "incarnation-keeps-epoch 1");
}

TEST_CASE("what was written to a topic that an operator deleted is not missed")
{
    for (bool const deleted : {false, true}) {
        Registry court;
        BatchRef const first = stored(0, 0, 0, 3);
        court.sent(first);
        court.acknowledged(first, 0);
        if (deleted)
            court.see(TopicDeleted{orders.topic, "orders"});
        court.finish();
        CHECK(court.said().empty() == deleted);
    }
}
