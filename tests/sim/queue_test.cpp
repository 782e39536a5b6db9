#include "sim/queue.h"

#include <cstdint>
#include <queue>
#include <vector>

#include <doctest/doctest.h>

#include "sim/words.h"
#include "tests/support/allocations.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

struct Later {
    bool operator()(Event const& a, Event const& b) const { return happens_before(b, a); }
};

// The plainest queue there is: a binary heap over the whole order.
class PlainQueue {
public:
    void push(Event event)
    {
        event.seq = next_seq_++;
        heap_.push(event);
    }
    Event pop()
    {
        Event const event = heap_.top();
        heap_.pop();
        return event;
    }
    Event const& peek() const { return heap_.top(); }
    std::size_t size() const { return heap_.size(); }

private:
    std::uint64_t next_seq_{1};
    std::priority_queue<Event, std::vector<Event>, Later> heap_;
};

Event event_at(Instant time, std::uint64_t payload = 0)
{
    Event event;
    event.time = time;
    event.payload = payload;
    return event;
}

// How far ahead of the last event taken the next one is scheduled, in several tempers.
Duration random_delay(Words& words, int temper)
{
    std::uint64_t const word = words.next();
    switch (temper) {
    case 0:
        return {static_cast<std::int64_t>(word % 4)};  // Heavy ties.
    case 1:
        return {static_cast<std::int64_t>(word % 2'000'000)};  // Milliseconds.
    case 2:
        return {static_cast<std::int64_t>(word >> (1 + word % 62))};  // Every magnitude.
    case 3:
        return {static_cast<std::int64_t>(1 + word % 3) * 3'600'000'000'000};  // Hours, tied.
    case 4:
        return word % 8 == 0 ? 10_s : Duration{static_cast<std::int64_t>(word % 64)};
    default:
        return word % 16 == 0 ? Duration::forever() : 1_ms;
    }
}

}  // namespace

TEST_CASE("events leave in the order of time, and of scheduling at one time")
{
    Queue queue;
    queue.push(event_at(Instant{30}, 1));
    queue.push(event_at(Instant{10}, 2));
    queue.push(event_at(Instant::never(), 3));
    queue.push(event_at(Instant{30}, 4));
    queue.push(event_at(Instant{10}, 5));
    CHECK(queue.size() == 5);
    std::vector<std::uint64_t> order;
    while (!queue.empty())
        order.push_back(queue.pop().payload);
    CHECK(order == std::vector<std::uint64_t>{2, 5, 1, 4, 3});
    CHECK(queue.last_time() == Instant::never());
}

TEST_CASE("seq counts from one, and a cause is kept as a distance")
{
    Queue queue;
    CHECK(queue.next_seq() == 1);
    CHECK(queue.push(event_at(Instant{1})) == 1);
    CHECK(queue.push(event_at(Instant{2}), 1) == 2);
    CHECK(queue.push(event_at(Instant{3}), 1) == 3);
    CHECK(cause_of(queue.pop()) == 0);
    CHECK(cause_of(queue.pop()) == 1);
    Event const third = queue.pop();
    CHECK(third.cause_delta == 2);
    CHECK(cause_of(third) == 1);
}

TEST_CASE("a cause further back than the distance can say is not known any more")
{
    Event event;
    event.seq = (std::uint64_t{1} << 40);
    event.cause_delta = cause_delta_max;
    CHECK(cause_of(event) == 0);
}

TEST_CASE("nothing is scheduled before the last event taken, or by one still to come")
{
    Queue queue;
    queue.push(event_at(Instant{100}));
    queue.push(event_at(Instant{200}));
    queue.pop();
    CHECK_THROWS_AS(queue.push(event_at(Instant{99})), BrokenLaw);
    CHECK_NOTHROW(queue.push(event_at(Instant{100})));
    CHECK(queue.pop().time == Instant{100});
    CHECK_THROWS_AS(Queue().push(event_at(Instant{-1})), BrokenLaw);
    CHECK_THROWS_AS(Queue().push(event_at(Instant{1}), 1), BrokenLaw);
    CHECK_THROWS_AS(Queue().pop(), BrokenLaw);
    CHECK_THROWS_AS(Queue().peek(), BrokenLaw);
}

TEST_CASE("an event may be scheduled before one that was only looked at")
{
    Queue queue;
    queue.push(event_at(Instant{} + 3_s, 1));
    CHECK(queue.next_time() == Instant{} + 3_s);
    CHECK(queue.peek().payload == 1);
    // Many, so that the front that peek() filled must be given back.
    std::uint64_t const count = 1'000;
    for (std::uint64_t i = 0; i < count; ++i) {
        queue.push(
            event_at(Instant{} + Duration{static_cast<std::int64_t>(i * 7'919 % 2'000'000)}, 2));
        if (i % 3 == 0)
            queue.peek();
    }
    Instant before;
    for (std::uint64_t i = 0; i < count; ++i) {
        Event const event = queue.pop();
        REQUIRE(event.payload == 2);
        REQUIRE(before <= event.time);
        before = event.time;
    }
    CHECK(queue.pop().payload == 1);
    CHECK(queue.next_time() == Instant::never());
}

TEST_CASE("a crowd of one moment that was only looked at keeps its order when others go before it")
{
    Queue queue;
    Instant const late = Instant{} + 3_s;
    for (std::uint64_t i = 0; i < 500; ++i)
        queue.push(event_at(late, i));
    CHECK(queue.peek().payload == 0);  // A part of the crowd is in the front now.
    for (std::uint64_t i = 0; i < 500; ++i)
        queue.push(event_at(Instant{static_cast<std::int64_t>(i)}, 1'000 + i));
    for (std::uint64_t i = 0; i < 500; ++i)
        REQUIRE(queue.pop().payload == 1'000 + i);
    for (std::uint64_t i = 0; i < 500; ++i)
        REQUIRE(queue.pop().payload == i);
}

TEST_CASE("any mixture of pushes, looks and pops leaves in the order of a binary heap")
{
    for (int temper = 0; temper < 12; ++temper) {
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            CAPTURE(temper);
            CAPTURE(seed);
            Words words(seed * 100 + static_cast<std::uint64_t>(temper));
            Queue queue;
            PlainQueue plain;
            Instant now;
            // Waves: the queue grows to hundreds or thousands, and drains.
            for (int step = 0; step < 20'000; ++step) {
                std::uint64_t const wave = seed < 3 ? 64 : 4'096;
                bool const grows = static_cast<std::uint64_t>(step) / wave % 2 == 0;
                std::uint64_t const choice = words.next() % 8;
                if (plain.size() == 0 || choice < (grows ? 5 : 2)) {
                    int const mood = temper < 6 ? temper : static_cast<int>(words.next() % 6);
                    Event const event = event_at(now + random_delay(words, mood), words.next());
                    queue.push(event);
                    plain.push(event);
                } else if (choice < 6) {
                    Event const event = queue.pop();
                    REQUIRE(event == plain.pop());
                    now = event.time;
                    if (now == Instant::never()) {
                        queue = Queue();
                        plain = PlainQueue();
                        now = Instant{};
                    }
                } else if (choice == 6) {
                    REQUIRE(queue.next_time() == plain.peek().time);
                } else {
                    REQUIRE(queue.peek() == plain.peek());
                }
                REQUIRE(queue.size() == plain.size());
            }
            while (plain.size() > 0)
                REQUIRE(queue.pop() == plain.pop());
            CHECK(queue.empty());
        }
    }
}

TEST_CASE("the order does not depend on how dense the events were before")
{
    // Density changes a thousand times over, which changes the widths of slots under the pending
    // events.
    Queue queue;
    PlainQueue plain;
    Words words(77);
    for (std::int64_t const mean : {1'000'000, 100, 30, 50'000'000, 1, 7'000, 900'000'000, 2'000}) {
        while (plain.size() < 700) {
            Event const event = event_at(queue.last_time(), words.next());
            queue.push(event);
            plain.push(event);
        }
        for (int i = 0; i < 15'000; ++i) {
            Event event = queue.pop();
            REQUIRE(event == plain.pop());
            event = event_at(event.time + Duration{static_cast<std::int64_t>(
                                              words.below(static_cast<std::uint64_t>(2 * mean)))},
                             words.next());
            queue.push(event);
            plain.push(event);
        }
    }
    while (plain.size() > 0)
        REQUIRE(queue.pop() == plain.pop());
}

TEST_CASE("a million events of one moment leave in the order of their scheduling")
{
    Queue queue;
    Instant const moment = Instant{} + 1_s;
    for (std::uint64_t i = 0; i < 1'000'000; ++i)
        queue.push(event_at(moment, i));
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        REQUIRE(queue.pop().payload == i);
        // What happens at once happens after all that was scheduled for now before.
        if (i % 1'000 == 0)
            queue.push(event_at(moment, 1'000'000 + i / 1'000));
    }
    for (std::uint64_t i = 0; i < 1'000; ++i)
        REQUIRE(queue.pop().payload == 1'000'000 + i);
}

TEST_CASE("a copy goes on alone, in the same order")
{
    Words words(5);
    Queue queue;
    for (int i = 0; i < 5'000; ++i)
        queue.push(event_at(Instant{} + random_delay(words, 1), words.next()));
    for (int i = 0; i < 777; ++i)
        queue.pop();
    Queue copy = queue;
    Queue branch = queue;
    branch.push(event_at(branch.last_time(), 123));
    CHECK(branch.size() == queue.size() + 1);
    CHECK(branch.pop().payload == 123);
    while (!queue.empty()) {
        Event const event = queue.pop();
        REQUIRE(event == copy.pop());
        REQUIRE(event == branch.pop());
    }
    CHECK(copy.empty());
    CHECK(branch.empty());
}

TEST_CASE("in steady state nothing is allocated")
{
    for (int const temper : {0, 1, 4}) {
        CAPTURE(temper);
        Words words(9);
        Queue queue;
        for (int i = 0; i < 2'000; ++i)
            queue.push(event_at(Instant{} + random_delay(words, temper)));
        auto const hold = [&](int steps) {
            for (int i = 0; i < steps; ++i) {
                Event const event = queue.pop();
                queue.push(event_at(event.time + random_delay(words, temper)), event.seq);
                queue.next_time();
            }
        };
        hold(100'000);
        std::uint64_t const before = odradek::test::allocations();
        hold(500'000);
        CHECK(odradek::test::allocations() == before);
    }
}
