// What TCP does when the network does not let it: retransmission, giving up, connecting again.
#include <doctest/doctest.h>

#include "sim/ensure.h"
#include "sim/network.h"
#include "tests/support/network_world.h"

using namespace odradek;
using namespace odradek::sim;
using namespace odradek::sim::literals;
using test::at;
using test::Handles;
using test::Kind;
using test::World;

// -- Partitions --

TEST_CASE("what a cut swallows arrives in order with the next retransmission after it heals")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.send(1);  // Would be there at 11 ms; is sent again at 211, 611 and 1411 ms.
    world.run_for(1_ms);
    world.send(2);
    world.run_until(at(700_ms));
    world.heal(World::here, World::there);
    world.send(3);  // TCP has nothing but the oldest segment under way.
    world.run_until(at(1410_ms));
    CHECK(world.story() == "");
    world.run_until(at(2_s));
    world.reply(world.last_request(), 11);
    world.run_for(10_ms);
    world.reply(world.last_request(), 12);
    world.run_all();
    CHECK(world.story() == "1.411 s: 1 request 1\n"
                           "2 s: 1 request 2\n"
                           "2.001 s: 0 response 11\n"
                           "2.01 s: 1 request 3\n"
                           "2.011 s: 0 response 12\n");
}

TEST_CASE("a cut that is over before a message arrives is not noticed")
{
    World world;
    world.open();
    world.send(1);
    world.cut(World::here, World::there);
    world.run_for(500_us);
    world.heal(World::here, World::there);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n");
}

TEST_CASE("a one-way cut lets the other direction through")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(1_ms);
    world.network.block(World::there, World::here);
    CHECK(world.network.is_blocked(World::there, World::here));
    CHECK(!world.network.is_blocked(World::here, World::there));
    world.reply(world.last_request(), 11);
    world.send(2);
    world.run_for(100_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "12 ms: 1 request 2\n");
    world.network.unblock(World::there, World::here);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "12 ms: 1 request 2\n"
                           "212 ms: 0 response 11\n");
}

TEST_CASE("a sender whose acknowledgements are cut off stalls, and goes on when they come again")
{
    World world;
    world.open();
    world.network.block(World::there, World::here);
    world.send(1);  // Arrives; the acknowledgement does not.
    world.run_for(1_s);
    CHECK(world.story() == "11 ms: 1 request 1\n");
    world.reply(world.last_request(), Network::no_handle);
    world.send(2);  // Not sent before something is acknowledged.
    world.run_for(200_ms);
    world.network.unblock(World::there, World::here);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "1.411 s: 1 request 2\n");
}

TEST_CASE("the first of what was parked gets through a cut that became one-way, once")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.send(1);
    world.send(2);
    world.run_for(100_ms);
    world.network.unblock(World::here, World::there);
    world.run_for(10_s);
    CHECK(world.story() == "211 ms: 1 request 1\n");
    world.reply(world.last_request(), Network::no_handle);
    world.run_for(10_s);
    CHECK(world.story() == "211 ms: 1 request 1\n");
    world.network.unblock(World::there, World::here);
    world.run_all();
    CHECK(world.seen.size() == 2);
    CHECK(world.dropped() == Handles{});
}

TEST_CASE("a cut that became one-way lets the first through, however often it happens")
{
    World world;
    world.open();
    for (std::uint32_t round = 1; round <= 3; ++round) {
        CAPTURE(round);
        world.cut(World::here, World::there);
        world.send(round);
        world.run_for(100_ms);
        world.network.unblock(World::here, World::there);
        world.run_for(1_s);
        CHECK(world.seen.size() == round);
        world.reply(world.last_request(), Network::no_handle);
        world.network.unblock(World::there, World::here);
        world.run_for(10_s);
    }
}

TEST_CASE("every cut begins with the shortest wait for a retransmission")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.send(1);
    world.run_for(1_s);
    world.heal(World::here, World::there);
    world.run_until(at(10_s));
    world.reply(world.last_request(), Network::no_handle);
    world.cut(World::here, World::there);
    world.send(2);
    world.run_for(100_ms);
    world.heal(World::here, World::there);
    world.run_all();
    CHECK(world.story() == "1.411 s: 1 request 1\n"
                           "10.201 s: 1 request 2\n");
}

TEST_CASE("of two cuts on one link, healing one heals nothing")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.cut(World::here, World::there);
    world.send(1);
    world.run_for(100_ms);
    world.heal(World::here, World::there);
    world.run_for(1_s);
    CHECK(world.story() == "");
    world.heal(World::here, World::there);
    world.run_all();
    CHECK(world.story() == "1.411 s: 1 request 1\n");
    CHECK_THROWS_AS(world.network.unblock(World::here, World::there), BrokenLaw);
}

TEST_CASE("a cut touches no other pair of hosts")
{
    World world;
    world.cut(World::here, World::there);
    world.connect(World::client, {World::second, 0});
    world.connect(World::server, {World::second, 0});
    world.run_all();
    CHECK(world.story() == "2 ms: 0 connected\n"
                           "2 ms: 1 connected\n");
}

TEST_CASE("a sender gives up after its retransmissions; the other end learns it by sending")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(5_ms);
    RequestId const request = world.last_request();
    world.seen.clear();
    world.cut(World::here, World::there);
    world.send(2);
    world.send(3);
    world.run_until(at(1000_s));
    CHECK(world.story() == "924.616 s: 0 disconnected, timed out\n");
    CHECK(world.dropped() == Handles{2, 3});
    CHECK(!world.send(4));

    world.seen.clear();
    world.heal(World::here, World::there);
    world.run_for(10_s);
    CHECK(world.story() == "");
    CHECK(world.reply(request, 11));
    world.run_all();
    CHECK(world.story() == "1010.002 s: 1 disconnected, reset\n");
    CHECK(world.dropped() == Handles{11});
}

TEST_CASE("a server gives up, too")
{
    TcpRules rules;
    rules.retransmissions_max = 2;
    World world{rules};
    world.open();
    world.send(1);
    world.run_for(5_ms);
    world.network.block(World::there, World::here);
    world.reply(world.last_request(), 11);
    world.run_all();
    CHECK(world.network.connection_count() == 1);
    // 200 + 400 + 800 ms after 16 ms.
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "1.416 s: 1 disconnected, timed out\n");
    CHECK(world.dropped() == Handles{11});
    CHECK(world.send(2));
    world.network.unblock(World::there, World::here);
    world.run_all();
    CHECK(world.seen.back().input.to == World::client);
    CHECK(world.seen.back().input.reason == DisconnectReason::reset);
    CHECK(world.dropped() == Handles{2});
}

TEST_CASE("what a server had not read when it gave up is never read")
{
    TcpRules rules;
    rules.retransmissions_max = 2;
    World world{rules};
    world.open();
    world.send(1);
    world.send(2);
    world.send(3);
    world.run_for(5_ms);
    world.network.block(World::there, World::here);
    world.reply(world.last_request(), 11);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "15 ms: 1 request 2\n"
                           "1.416 s: 1 disconnected, timed out\n");
    CHECK(world.dropped() == Handles{3, 11});
    CHECK(!world.reply(world.last_request(), 12));
}

TEST_CASE("a client gives up sending to a server that closed behind a cut")
{
    for (bool const sends_before : {true, false}) {
        World world;
        world.open();
        world.cut(World::here, World::there);
        if (sends_before)
            world.send(1);
        world.run_for(5_ms);
        world.close(World::server, {World::client, 0});
        if (!sends_before)
            world.send(1);
        world.run_all();
        REQUIRE(world.seen.size() == 1);
        CHECK(world.seen[0].input.reason == DisconnectReason::timed_out);
        CHECK(world.seen[0].at > at(924_s));
        CHECK(world.seen[0].at < at(925_s));
        CHECK(world.dropped() == Handles{1});
        CHECK(world.network.connection_count() == 0);
    }
}

TEST_CASE("shorter rules of TCP count from then on")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.network.set_tcp_rules({.retransmit_first = 10_ms, .retransmissions_max = 1});
    world.send(1);
    world.run_all();
    CHECK(world.story() == "41 ms: 0 disconnected, timed out\n");
}

TEST_CASE("a close behind a cut is retransmitted like everything else")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.send(1);
    world.close();
    world.run_for(100_ms);
    world.heal(World::here, World::there);
    world.run_for(1_s);
    world.reply(world.last_request(), Network::no_handle);
    world.run_all();
    CHECK(world.story() == "211 ms: 1 request 1\n"
                           "1.11 s: 1 disconnected, closed\n");
}

// -- Connecting against obstacles --

TEST_CASE("a SYN behind a cut is sent again after 1, 3 and 7 s")
{
    World world;
    world.cut(World::here, World::there);
    world.connect();
    world.run_until(at(3500_ms));
    world.heal(World::here, World::there);
    world.run_all();
    CHECK(world.story() == "7.002 s: 0 connected\n");
}

TEST_CASE("a handshake whose answer is cut off is tried again")
{
    World world;
    world.network.block(World::there, World::here);
    world.connect();
    world.run_until(at(500_ms));
    world.network.unblock(World::there, World::here);
    world.run_all();
    CHECK(world.story() == "1.002 s: 0 connected\n");
    CHECK(world.send(1));
    world.run_all();
    CHECK(world.seen.back().input.kind == Kind::request);
}

TEST_CASE("a handshake that is tried again forgets what the dead had to say")
{
    World world;
    world.connect();
    world.run_for(1200_us);
    world.network.block(World::there, World::here);
    world.run_for(300_us);
    world.die(World::server);  // Its fin runs into the cut.
    world.network.process_started(World::server);
    world.run_until(at(900_ms));
    world.network.unblock(World::there, World::here);
    world.run_all();
    CHECK(world.story() == "1.002 s: 0 connected\n");
    CHECK(world.send(1));
    world.run_all();
    CHECK(world.seen.back().input.kind == Kind::request);
}

TEST_CASE("a lost refusal is asked for again")
{
    World world;
    world.die(World::server);
    world.network.set_quality(World::there, World::here, {.latency = 1_ms, .loss = {1, 1}});
    world.connect();
    world.run_until(at(2_s));
    world.network.set_quality(World::there, World::here, {.latency = 1_ms});
    world.run_all();
    CHECK(world.story() == "3.002 s: 0 disconnected, refused\n");
}

TEST_CASE("a client gives up connecting after 127 s")
{
    World world;
    world.cut(World::here, World::there);
    world.connect();
    world.run_all();
    CHECK(world.story() == "127 s: 0 disconnected, timed out\n");
}

TEST_CASE("a client that closes while it connects hears nothing more, and neither does the server")
{
    for (Duration const when : {500_us, 1500_us}) {
        World world;
        world.connect();
        world.run_for(when);
        world.close();
        world.run_all();
        CHECK(world.story() == "");
        CHECK(world.network.connection_count() == 0);
    }
}

TEST_CASE("lost SYNs are sent again")
{
    World world;
    world.network.set_quality(World::here, World::there, {.latency = 1_ms, .loss = {1, 1}});
    world.connect();
    world.run_until(at(2_s));
    world.network.set_quality(World::here, World::there, {.latency = 1_ms});
    world.run_all();
    CHECK(world.story() == "3.002 s: 0 connected\n");
}

TEST_CASE("a process that is down refuses after a round trip")
{
    World world;
    world.die(World::server);
    world.connect();
    world.run_all();
    CHECK(world.story() == "2 ms: 0 disconnected, refused\n");
    CHECK(!world.send(1));

    world.network.process_started(World::server);
    world.connect();
    world.run_all();
    CHECK(world.seen.back().input.kind == Kind::connected);
}

TEST_CASE("a host without power is a black hole, and refuses once it has power again")
{
    World world;
    world.lose_power(World::there);
    world.connect();
    world.run_until(at(2_s));
    CHECK(world.story() == "");
    world.network.host_has_power(World::there);
    world.run_all();
    CHECK(world.story() == "3.002 s: 0 disconnected, refused\n");
}

TEST_CASE("a server that died between SYN and connection closes it")
{
    World world;
    world.connect();
    world.run_for(1500_us);
    world.die(World::server);
    world.run_all();
    CHECK(world.story() == "2 ms: 0 connected\n"
                           "2.5 ms: 0 disconnected, closed\n");
}
