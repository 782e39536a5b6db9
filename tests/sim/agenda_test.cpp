#include "sim/agenda.h"

#include <doctest/doctest.h>

#include "sim/ensure.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

constexpr NodeId node{7};

}  // namespace

TEST_CASE("an agenda gives events back in the order of time, then of scheduling")
{
    Agenda agenda;
    agenda.schedule(Instant{30}, EventKind::timer, 0, node, 1);
    agenda.schedule(Instant{10}, EventKind::timer, 0, node, 2);
    agenda.schedule(Instant{30}, EventKind::timer, 0, node, 3);

    CHECK(agenda.size() == 3);
    CHECK(agenda.next_time() == Instant{10});
    CHECK(agenda.take().payload == 2);
    CHECK(agenda.take().payload == 1);
    CHECK(agenda.take().payload == 3);
    CHECK(agenda.empty());
    CHECK(agenda.next_time() == Instant::never());
}

TEST_CASE("an event keeps everything it was scheduled with")
{
    Agenda agenda;
    std::uint64_t const number =
        agenda.schedule(Instant{10}, EventKind::fault, 9, node, 0x123456789abcdef0);

    Event const event = agenda.take();

    CHECK(event.seq == number);
    CHECK(event.time == Instant{10});
    CHECK(event.kind == static_cast<std::uint8_t>(EventKind::fault));
    CHECK(event.aux == 9);
    CHECK(event.node == node.value);
    CHECK(event.payload == 0x123456789abcdef0);
}

TEST_CASE("the event being handled is the time, and the cause of what it schedules")
{
    Agenda agenda;
    std::uint64_t const first = agenda.schedule(Instant{10}, EventKind::timer, 0, node, 0);
    CHECK(agenda.now() == Instant{0});
    CHECK(agenda.current() == 0);

    Event const outside = agenda.take();
    CHECK(cause_of(outside) == 0);
    CHECK(agenda.now() == Instant{10});
    CHECK(agenda.current() == first);

    agenda.schedule(Instant{10}, EventKind::timer, 0, node, 0);
    CHECK(cause_of(agenda.take()) == first);
}

TEST_CASE("time moves on without an event, but never past one, and what comes then has no cause")
{
    Agenda agenda;
    agenda.schedule(Instant{10}, EventKind::timer, 0, node, 0);
    agenda.take();
    agenda.schedule(Instant{50}, EventKind::timer, 0, node, 0);

    agenda.advance_to(Instant{40});
    CHECK(agenda.now() == Instant{40});
    CHECK_THROWS_AS(agenda.advance_to(Instant{51}), BrokenLaw);
    CHECK_THROWS_AS(agenda.advance_to(Instant{39}), BrokenLaw);

    agenda.schedule(Instant{45}, EventKind::timer, 0, node, 0);
    CHECK(cause_of(agenda.take()) == 0);
}

TEST_CASE("nothing is scheduled in the past")
{
    Agenda agenda;
    agenda.advance_to(Instant{10});

    CHECK_THROWS_AS(agenda.schedule(Instant{9}, EventKind::timer, 0, node, 0), BrokenLaw);
    CHECK_NOTHROW(agenda.schedule(Instant{10}, EventKind::timer, 0, node, 0));
}

TEST_CASE("a copy of an agenda goes on by itself")
{
    Agenda agenda;
    agenda.schedule(Instant{10}, EventKind::timer, 0, node, 1);
    Agenda copy = agenda;

    copy.take();
    copy.schedule(Instant{20}, EventKind::timer, 0, node, 2);

    CHECK(agenda.size() == 1);
    CHECK(agenda.take().payload == 1);
    CHECK(copy.take().payload == 2);
}
