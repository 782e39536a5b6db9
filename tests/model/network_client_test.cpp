#include "model/network/network_client.h"

#include <doctest/doctest.h>

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

NodeId const node{3};
Peer const peer{node, 0};

struct Bench {
    sim::Chance chance{5};
    Env env;
    NetworkClient client{NetworkClient::Config{}};

    Bench()
    {
        env.self = NodeId{1};
        env.chance = &chance;
    }
    template <class F>
    Out with(F&& f)
    {
        Out out;
        f(out);
        return out;
    }
    void open()
    {
        with([&](Out& out) { client.make_ready(env, node, out); });
        with([&](Out& out) { client.on_connected(env, peer, out); });
    }
    std::int32_t send(std::uint64_t cookie)
    {
        std::int32_t correlation = 0;
        with([&](Out& out) {
            correlation = client.send(env, node, MetadataRequest{}, cookie, out);
        });
        return correlation;
    }
    NetworkClient::Lost lose()
    {
        NetworkClient::Lost lost;
        with([&](Out& out) { lost = client.on_disconnected(env, peer, out); });
        return lost;
    }
    std::vector<NetworkClient::Lost> timer()
    {
        std::vector<NetworkClient::Lost> lost;
        with([&](Out& out) { lost = client.on_timer(env, out); });
        return lost;
    }
    bool connects()
    {
        Out const out = with([&](Out& o) { client.make_ready(env, node, o); });
        for (sim::Wish const& wish : out.wishes())
            if (wish.kind == sim::WishKind::connect)
                return true;
        return false;
    }
};

}  // namespace

TEST_CASE("a backoff doubles, is within a fifth of its term, and never above the longest")
{
    Bench bench;
    sim::Site const site("test");
    for (int i = 0; i < 200; ++i) {
        for (int attempts = 0; attempts < 8; ++attempts) {
            Duration const backoff = exponential_backoff(bench.env, site, 100_ms, 1_s, attempts);
            Duration const term = std::min(100_ms * (1 << attempts), 1_s);
            CHECK(backoff >= term - term / 5);
            CHECK(backoff <= std::min(term + term / 5, 1_s));
        }
    }
    CHECK(exponential_backoff(bench.env, site, 1_s, 1_s, 3) == 1_s);
}

TEST_CASE("a connection is ready once it is open, as long as there is room for a request")
{
    Bench bench;
    CHECK(bench.connects());
    CHECK_FALSE(bench.connects());  // One attempt at a time.
    CHECK_FALSE(bench.client.ready(node));
    bench.with([&](Out& out) { bench.client.on_connected(bench.env, peer, out); });
    for (int i = 0; i < 5; ++i) {
        CHECK(bench.client.ready(node));
        bench.send(7);
    }
    CHECK_FALSE(bench.client.ready(node));
    CHECK(bench.client.in_flight(node) == 5);
    CHECK(bench.client.on_response(bench.env, peer, 2)->cookie == 7);
    CHECK(bench.client.ready(node));
    CHECK_FALSE(bench.client.on_response(bench.env, peer, 2));
}

TEST_CASE("a request without a response takes no place")
{
    Bench bench;
    bench.open();
    for (int i = 0; i < 9; ++i)
        bench.with([&](Out& out) { bench.client.send_and_forget(node, MetadataRequest{}, out); });
    CHECK(bench.client.in_flight(node) == 0);
}

TEST_CASE(
    "a lost connection gives its requests back in order, and is not tried again before the backoff")
{
    Bench bench;
    bench.open();
    bench.send(11);
    bench.send(12);
    bench.env.now = {1'000'000'000};
    NetworkClient::Lost const lost = bench.lose();
    REQUIRE(lost.requests.size() == 2);
    CHECK(lost.requests[0].cookie == 11);
    CHECK(lost.requests[1].cookie == 12);
    CHECK_FALSE(lost.timed_out);
    CHECK_FALSE(bench.connects());
    Instant const again = bench.client.retry_at(bench.env, node);
    CHECK(again >= bench.env.now + 40_ms);
    CHECK(again <= bench.env.now + 60_ms);
    bench.env.now = again;
    CHECK(bench.connects());
}

TEST_CASE("the reconnect backoff grows with failures and starts over once the connection was open")
{
    Bench bench;
    Duration waited[8];
    for (Duration& wait : waited) {
        REQUIRE(bench.connects());
        bench.lose();
        wait = bench.client.retry_at(bench.env, node) - bench.env.now;
        bench.env.now = bench.client.retry_at(bench.env, node);
    }
    CHECK(waited[0] <= 60_ms);
    CHECK(waited[2] >= 160_ms);
    CHECK(waited[7] >= 800_ms);
    CHECK(waited[7] <= 1_s);
    bench.open();
    bench.lose();
    CHECK(bench.client.retry_at(bench.env, node) - bench.env.now <= 60_ms);
}

TEST_CASE(
    "setting up a connection is given more time after each attempt that failed, not after a loss")
{
    Bench bench;
    auto const setup_time = [&] {
        REQUIRE(bench.connects());
        Instant const begin = bench.env.now;
        while (bench.client.connecting(node)) {
            bench.env.now = bench.env.now + 100_ms;
            bench.timer();
        }
        Duration const took = bench.env.now - begin;
        bench.env.now = bench.client.retry_at(bench.env, node);
        return took;
    };
    Duration const first = setup_time();
    CHECK(first >= 8_s);
    CHECK(first <= 12_s + 100_ms);
    Duration const second = setup_time();
    CHECK(second >= 16_s);
    CHECK(second <= 24_s + 100_ms);
    bench.open();
    bench.lose();
    bench.env.now = bench.client.retry_at(bench.env, node);
    CHECK(setup_time() <= 12_s + 100_ms);
}

TEST_CASE("the connection of a request that waits too long is closed, with all its requests")
{
    Bench bench;
    bench.open();
    bench.send(1);
    bench.env.now = {10'000'000'000};
    bench.send(2);
    bench.env.now = {29'999'999'999};
    CHECK(bench.timer().empty());
    bench.env.now = {30'000'000'000};
    std::vector<NetworkClient::Lost> const lost = bench.timer();
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].timed_out);
    CHECK(lost[0].requests.size() == 2);
    CHECK_FALSE(bench.client.open(node));
}

TEST_CASE("a node that was closed is forgotten with its backoff")
{
    Bench bench;
    bench.open();
    bench.send(1);
    bench.lose();
    CHECK_FALSE(bench.client.can_connect(bench.env, node));
    bench.with([&](Out& out) { bench.client.close(node, out); });
    CHECK(bench.client.can_connect(bench.env, node));
    CHECK(bench.client.in_flight() == 0);
}
