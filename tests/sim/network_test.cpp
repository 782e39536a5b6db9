#include "sim/network.h"

#include <doctest/doctest.h>

#include "sim/ensure.h"
#include "tests/support/allocations.h"
#include "tests/support/network_world.h"

using namespace odradek;
using namespace odradek::sim;
using namespace odradek::sim::literals;
using test::at;
using test::Handles;
using test::Kind;
using test::World;

// -- Topology --

TEST_CASE("hosts and nodes are where they were put")
{
    World world;
    CHECK(world.network.host_count() == 3);
    CHECK(world.network.host_of(World::second) == World::elsewhere);
    CHECK(world.network.name_of(World::there) == "there");
    CHECK(world.network.rack_of(World::there) == "rack of there");
}

TEST_CASE("nodes are added in order")
{
    Network network;
    HostId const host = network.add_host("a", "r");
    CHECK_THROWS_AS(network.add_node(NodeId{1}, host), BrokenLaw);
}

TEST_CASE("a link's own quality replaces the default, in its direction only")
{
    World world;
    world.network.set_quality(World::here, World::there, {.latency = 50_ms});
    world.network.set_quality(World::here, World::there, {.latency = 5_ms});
    world.network.set_default_quality({.latency = 2_ms});
    world.connect();
    world.connect(World::client, {World::second, 0});
    world.run_all();
    CHECK(world.story() == "4 ms: 0 connected\n"
                           "7 ms: 0 connected\n");
}

// -- Connections --

TEST_CASE("a connection takes a round trip, a request and its response one way each")
{
    World world;
    world.connect();
    world.run_all();
    CHECK(world.send(7));
    world.run_all();
    CHECK(world.reply(world.last_request(), 8));
    world.run_all();

    CHECK(world.story() == "2 ms: 0 connected\n"
                           "3 ms: 1 request 7\n"
                           "4 ms: 0 response 8\n");
    NetworkInput const& request = world.seen[1].input;
    CHECK(request.end == End::server);
    CHECK(request.peer == Peer{World::client, 0});
    CHECK(request.request.client == World::client);
    CHECK(request.request.correlation == 7);
    NetworkInput const& response = world.seen[2].input;
    CHECK(response.end == End::client);
    CHECK(response.peer == World::to_server);
    CHECK(response.correlation == 7);
    CHECK(world.network.messages_sent() == 2);
    CHECK(world.network.bytes_sent() == 200);
}

TEST_CASE("a message costs one event")
{
    World world;
    world.open();
    world.events = 0;
    for (std::uint32_t i = 0; i < 100; ++i) {
        world.send(i);
        world.run_all();
        world.reply(world.last_request(), 1000 + i, world.now() + 1_ms);
        world.run_all();
    }
    CHECK(world.events == 200);
}

TEST_CASE("a network in steady state allocates nothing")
{
    World world;
    world.network.set_default_quality({.latency = Uniform{500_us, 1_ms},
                                       .bandwidth = 100'000'000,
                                       .loss = {1, 100},
                                       .duplicate = {1, 100}});
    world.network.connect(world.agenda, world.chance, World::client, World::to_server, at(0_s));
    auto const run = [&world](std::uint32_t count) {
        for (std::uint32_t done = 0; done < count;) {
            NetworkInput const input =
                world.network.on_event(world.agenda, world.chance, world.agenda.take());
            if (input.kind == Kind::request)
                world.reply(input.request, 7, world.now() + 100_us);
            for (int i = 0; input.kind == Kind::connected && i < 5; ++i)
                world.send(7);
            if (input.kind == Kind::response) {
                world.send(7);
                ++done;
            }
        }
    };
    run(2000);
    std::uint64_t const before = test::allocations();
    run(10'000);
    CHECK(test::allocations() == before);
    CHECK(world.network.messages_sent() > 24'000);
}

TEST_CASE("two processes of one host talk at once, whatever happens to the network")
{
    World world;
    world.network.block(World::here, World::here);
    world.network.hold(World::here, World::here);
    world.network.add_fault(World::here, World::here,
                            {.is = {.latency = 1_s, .loss = {1, 1}}, .has_latency = true});
    world.network.set_quality(World::here, World::here, {.latency = 1_s});
    Peer const neighbor{World::neighbor, 0};
    world.connect(World::client, neighbor);
    world.run_all();
    CHECK(world.send(7, 1'000'000, {}, World::client, neighbor));
    world.run_all();
    CHECK(world.story() == "40 us: 0 connected\n"
                           "60 us: 3 request 7\n");
    CHECK(!world.network.is_blocked(World::here, World::here));
}

TEST_CASE("channels between the same two processes are apart")
{
    World world;
    Peer const other{World::server, 1};
    world.open();
    world.open(World::client, other);
    world.send(1);
    world.send(2, 100, {}, World::client, other);
    world.run_all();
    // The second is not held up by the first, which is not answered.
    CHECK(world.story() == "21 ms: 1 request 1\n"
                           "21 ms: 1 request 2\n");
    CHECK(world.seen[1].input.peer == Peer{World::client, 1});
}

TEST_CASE("two processes may each be the client of the other, and are told which end is meant")
{
    World world;
    world.open();
    world.open(World::server, {World::client, 0});
    world.send(1);
    world.send(2, 100, {}, World::server, {World::client, 0});
    world.run_all();
    CHECK(world.story() == "21 ms: 1 request 1\n"
                           "21 ms: 0 request 2\n");
    RequestId const request = world.seen[0].input.request;
    world.seen.clear();

    world.close(World::client, World::to_server);
    world.reply(request, Network::no_handle);
    world.run_all();
    // The server's own connection to the client lives on.
    CHECK(world.story() == "22 ms: 1 disconnected, closed\n");
    CHECK(world.seen[0].input.end == End::server);
    CHECK(world.send(3, 100, {}, World::server, {World::client, 0}));
}

TEST_CASE("nothing is sent over a connection that is not open")
{
    World world;
    CHECK(!world.send(1));
    world.connect();
    CHECK(!world.send(2));
    world.run_all();
    CHECK(world.send(3));
    world.close();
    CHECK(!world.send(4));
    CHECK(world.network.messages_sent() == 1);
    // A refused handle stays with the caller.
    world.run_all();
    CHECK(world.dropped() == Handles{});
}

TEST_CASE("connecting again closes the connection there was, without a word to the client")
{
    World world;
    world.open();
    world.send(1);
    world.connect();
    world.run_all();
    CHECK(world.reply(world.last_request(), 2));
    CHECK(world.dropped() == Handles{2});
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "12 ms: 0 connected\n"
                           "12 ms: 1 disconnected, closed\n");
}

TEST_CASE("connecting again over an opening connection starts anew")
{
    World world;
    world.connect();
    world.run_for(1500_us);
    world.connect();
    world.run_all();
    CHECK(world.story() == "3.5 ms: 0 connected\n");
}

// -- Order and pipelining --

TEST_CASE("messages of one direction never overtake one another")
{
    World world;
    world.network.set_default_quality({.latency = Uniform{0_ms, 50_ms}});
    world.connect();
    world.run_all();
    world.seen.clear();
    for (std::uint32_t i = 0; i < 200; ++i) {
        world.send(i);
        world.run_for(1_ms);
    }
    for (int i = 0; i < 200; ++i) {
        world.run_all();
        RequestId const request = world.last_request();
        world.reply(request, 1000 + static_cast<std::uint32_t>(request.correlation));
    }
    world.run_all();
    std::uint32_t requests = 0;
    std::uint32_t responses = 0;
    for (World::Seen const& one : world.seen) {
        if (one.input.kind == Kind::request)
            CHECK(one.input.handle == requests++);
        else
            CHECK(one.input.handle == 1000 + responses++);
    }
    CHECK(requests == 200);
    CHECK(responses == 200);
}

TEST_CASE("a server reads the next request of a connection when the last is answered")
{
    World world;
    world.open();
    world.send(1);
    world.send(2);
    world.send(3);
    world.run_for(10_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n");

    world.reply(world.last_request(), 11);
    CHECK(world.seen.size() == 1);  // The next one is an event of its own.
    world.run_for(10_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "20 ms: 1 request 2\n"
                           "21 ms: 0 response 11\n");

    world.reply(world.last_request(), Network::no_handle);
    world.run_for(10_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "20 ms: 1 request 2\n"
                           "21 ms: 0 response 11\n"
                           "30 ms: 1 request 3\n");
}

TEST_CASE("a server that answers later reads on later")
{
    World world;
    world.open();
    world.send(1);
    world.send(2);
    world.run_for(5_ms);
    world.reply(world.last_request(), 11, at(30_ms));
    world.run_for(5_ms);
    world.send(3);  // Arrives while the reply waits for the disk.
    world.run_for(20_ms);
    world.reply(world.last_request(), 12);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "30 ms: 1 request 2\n"
                           "31 ms: 0 response 11\n"
                           "40 ms: 1 request 3\n"
                           "41 ms: 0 response 12\n");
}

TEST_CASE("a request that arrives before the reply has left waits for that")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(5_ms);
    world.reply(world.last_request(), 11, at(30_ms));
    world.send(2);
    world.send(3);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "30 ms: 1 request 2\n"
                           "31 ms: 0 response 11\n");
}

TEST_CASE("a message leaves when its disk writes are done, and holds up those behind it")
{
    World world;
    world.open();
    world.send(1, 100, at(50_ms));
    world.send(2);
    world.run_all();
    world.reply(world.last_request(), Network::no_handle);
    world.run_all();
    CHECK(world.story() == "51 ms: 1 request 1\n"
                           "51 ms: 1 request 2\n");
}

TEST_CASE("a message behind one that waits for its disk takes the wire after it")
{
    World world;
    world.network.set_default_quality({.latency = 1_ms, .bandwidth = 1'000'000});
    world.open();
    world.open(World::client, {World::server, 1});
    world.send(1, 1000, at(50_ms));
    world.send(2, 10'000);
    world.send(3, 2000, {}, World::client, {World::server, 1});  // The wire is free until then.
    world.run_for(1_s);
    world.reply(world.seen[1].input.request, Network::no_handle);
    CHECK(world.story() == "23 ms: 1 request 3\n"
                           "52 ms: 1 request 1\n");
    world.run_all();
    CHECK(world.seen.size() == 3);

    World served;
    served.network.set_default_quality({.latency = 1_ms, .bandwidth = 1'000'000});
    served.open();
    served.send(1, 1000, at(50_ms));
    served.send(2, 10'000);
    served.run_until(at(52_ms));
    served.reply(served.last_request(), Network::no_handle);
    served.run_all();
    CHECK(served.story() == "52 ms: 1 request 1\n"
                            "62 ms: 1 request 2\n");
}

TEST_CASE("an answer to no request goes nowhere")
{
    World world;
    CHECK(!world.reply({99, 0, 1, World::client}, 11));
    world.open();
    world.send(1);
    world.run_all();
    CHECK(!world.network.reply(world.agenda, world.chance, World::second, world.last_request(), 0,
                               11, world.now()));
}

TEST_CASE("a request is answered once")
{
    World world;
    world.open();
    world.send(1);
    world.run_all();
    world.reply(world.last_request(), 11);
    CHECK_THROWS_AS(world.reply(world.last_request(), 12), BrokenLaw);
}

TEST_CASE("messages wait for the bandwidth of their directed link")
{
    World world;
    world.network.set_default_quality({.latency = 1_ms, .bandwidth = 1'000'000});
    world.open();
    world.open(World::client, {World::server, 1});
    world.send(1, 10'000);
    world.send(2, 5'000, {}, World::client, {World::server, 1});
    world.run_all();
    CHECK(world.story() == "31 ms: 1 request 1\n"
                           "36 ms: 1 request 2\n");
}

// -- Closing --

TEST_CASE("what was sent before a close arrives first, then the other end learns of it")
{
    World world;
    world.open();
    world.send(1);
    world.send(2);
    world.close();
    world.run_for(10_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n");
    CHECK(world.reply(world.last_request(), 11));
    world.run_for(10_ms);
    CHECK(world.reply(world.last_request(), 12));
    world.run_for(10_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "20 ms: 1 request 2\n"
                           "30 ms: 1 disconnected, closed\n");
    CHECK(world.seen.back().input.end == End::server);
    CHECK(world.seen.back().input.peer == Peer{World::client, 0});
    CHECK(world.dropped() == Handles{11, 12});
}

TEST_CASE("whatever is under way towards the closer is dropped")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(5_ms);
    world.reply(world.last_request(), 11);
    world.close();
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "16 ms: 1 disconnected, closed\n");
    CHECK(world.dropped() == Handles{11});
}

TEST_CASE("a server hangs up on a request; its earlier responses arrive first")
{
    World world;
    world.open();
    world.send(1);
    world.send(2);
    world.send(3);
    world.run_for(5_ms);
    world.reply(world.last_request(), 11, at(20_ms));
    world.run_for(5_ms);
    RequestId const request = world.last_request();
    world.network.hang_up(world.agenda, world.chance, World::server, request, world.now());
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "20 ms: 1 request 2\n"
                           "21 ms: 0 response 11\n"
                           "21 ms: 0 disconnected, closed\n");
    CHECK(world.dropped() == Handles{3});
    CHECK(!world.reply(request, 12));
    CHECK(!world.send(4));
}

TEST_CASE("a server closes a connection by its peer")
{
    World world;
    world.open();
    world.close(World::server, {World::client, 0});
    world.run_all();
    CHECK(world.story() == "11 ms: 0 disconnected, closed\n");
}

TEST_CASE("both ends may close at once")
{
    World world;
    world.open();
    world.send(1);
    world.close();
    world.close(World::server, {World::client, 0});
    world.run_all();
    CHECK(world.story() == "");
    CHECK(world.dropped() == Handles{1});
}

// -- Death --

TEST_CASE("the clients of a process that dies see their connections closed after the latency")
{
    World world;
    world.open();
    world.send(1);
    world.send(2);
    world.run_for(5_ms);
    RequestId const request = world.last_request();
    world.send(3);
    world.die(World::server);
    world.network.process_started(World::server);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "16 ms: 0 disconnected, closed\n");
    CHECK(world.dropped() == Handles{2, 3});
    CHECK(!world.reply(request, 11));
}

TEST_CASE("what a dead process had sent still arrives, what waited for its disk does not")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(5_ms);
    world.reply(world.last_request(), 11);
    world.run_for(500_us);
    world.die(World::server);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "16 ms: 0 response 11\n"
                           "16.5 ms: 0 disconnected, closed\n");

    World late;
    late.open();
    late.send(1);
    late.run_for(5_ms);
    late.reply(late.last_request(), 11, at(15_ms + 600_us));
    late.run_for(500_us);
    late.die(World::server);
    late.run_all();
    CHECK(late.story() == "11 ms: 1 request 1\n"
                          "16.5 ms: 0 disconnected, closed\n");
    CHECK(late.dropped() == Handles{11});
}

TEST_CASE("the event of a message that is never sent hurries nothing that is")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(5_ms);
    world.reply(world.last_request(), 11, at(16_ms));  // Would be there at 17 ms.
    world.network.set_default_quality({.latency = 5_ms});
    world.die(World::server);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "20 ms: 0 disconnected, closed\n");
}

TEST_CASE("the server of a client that dies gets what was sent, then learns it is closed")
{
    World world;
    world.open();
    world.send(1);
    world.send(2, 100, at(20_ms));
    world.run_for(500_us);
    world.die(World::client);
    world.network.process_started(World::client);
    CHECK(!world.send(3));
    world.run_for(5_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n");
    CHECK(world.reply(world.last_request(), 11));
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "15.5 ms: 1 disconnected, closed\n");
    CHECK(world.dropped() == Handles{2, 11});
}

TEST_CASE("a close that waited for the disk when its process died happens at once")
{
    World world;
    world.open();
    world.send(1, 100, at(50_ms));
    world.close();
    world.run_for(1_ms);
    world.die(World::client);
    world.run_all();
    CHECK(world.story() == "12 ms: 1 disconnected, closed\n");
    CHECK(world.dropped() == Handles{1});
}

TEST_CASE("a later incarnation gets nothing that was meant for an earlier one")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(5_ms);
    RequestId const request = world.last_request();
    world.reply(request, 11);
    world.die(World::client);
    world.network.process_started(World::client);
    world.connect();
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "16 ms: 1 disconnected, closed\n"
                           "17 ms: 0 connected\n");
    CHECK(world.dropped() == Handles{11});
}

TEST_CASE("a kernel that outlives its process goes on to retransmit what was sent")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.send(1);
    world.run_for(5_ms);
    world.die(World::client);
    world.run_for(50_ms);
    world.heal(World::here, World::there);
    world.run_for(1_s);
    world.reply(world.last_request(), Network::no_handle);
    world.run_all();
    CHECK(world.story() == "211 ms: 1 request 1\n"
                           "1.065 s: 1 disconnected, closed\n");
}

TEST_CASE("of a power loss nobody is told; who sends is reset when the host is back")
{
    World world;
    world.open();
    world.send(1);
    world.run_for(5_ms);
    world.seen.clear();
    world.lose_power(World::there);
    world.run_for(100_s);
    CHECK(world.story() == "");
    world.regain_power(World::there, World::server);
    world.run_for(100_s);
    CHECK(world.story() == "");
    CHECK(world.send(2));
    world.run_all();
    CHECK(world.story() == "200.017 s: 0 disconnected, reset\n");
    CHECK(world.dropped() == Handles{2});
}

TEST_CASE("what was sent to a host without power is reset by a retransmission")
{
    World world;
    world.open();
    world.send(1);
    world.lose_power(World::there);
    world.run_until(at(300_ms));
    CHECK(world.story() == "");
    world.network.host_has_power(World::there);  // Without the process.
    world.run_all();
    CHECK(world.story() == "612 ms: 0 disconnected, reset\n");
    CHECK(world.dropped() == Handles{1});
}

TEST_CASE("a reset that is lost is asked for again by the next retransmission")
{
    World world;
    world.open();
    world.lose_power(World::there);
    world.regain_power(World::there, World::server);
    world.network.block(World::there, World::here);
    world.send(1);
    world.run_until(at(300_ms));
    world.network.unblock(World::there, World::here);
    world.run_all();
    CHECK(world.story() == "612 ms: 0 disconnected, reset\n");

    World never;
    never.open();
    never.lose_power(World::there);
    never.regain_power(World::there, World::server);
    never.network.block(World::there, World::here);
    never.send(1);
    never.run_all();
    CHECK(never.story() == "924.611 s: 0 disconnected, timed out\n");
}

TEST_CASE("what had left a host before it lost power still arrives, what had not does not")
{
    World world;
    world.network.set_default_quality({.latency = 1_ms, .bandwidth = 1'000'000});
    world.open();
    world.send(1, 1000);  // On the wire from 10 to 11 ms.
    world.send(2, 1000);  // From 11 to 12 ms.
    world.run_for(1500_us);
    world.lose_power(World::here);
    world.run_until(at(1_s));
    CHECK(world.story() == "12 ms: 1 request 1\n");
    CHECK(world.dropped() == Handles{2});
    // The server retransmits to a host that does not answer.
    CHECK(world.reply(world.last_request(), 11));
    world.run_until(at(1500_ms));
    world.regain_power(World::here, World::client);
    world.run_all();
    CHECK(world.seen.back().input.to == World::server);
    CHECK(world.seen.back().input.reason == DisconnectReason::reset);
    CHECK(world.dropped() == Handles{11});
}

TEST_CASE("a lost message dies with its host before the retransmission")
{
    constexpr Site loss("network.loss");
    World world;
    world.network.set_quality(World::here, World::there, {.latency = 1_ms, .loss = {1, 2}});
    world.chance.override({Site("network.packet_loss"), 1, 0, 0});
    world.chance.override({loss, 1, 0, 1});
    world.chance.override({loss, 1, 1, 0});
    world.open();
    world.send(1);
    world.run_for(100_ms);
    world.lose_power(World::here);
    world.run_all();
    CHECK(world.story() == "");
    CHECK(world.dropped() == Handles{1});
}

TEST_CASE("what runs into a cut after its host lost power is lost")
{
    World world;
    world.open();
    world.send(1);
    world.send(2);
    world.run_for(500_us);
    world.lose_power(World::here);
    world.cut(World::here, World::there);
    world.run_for(100_ms);
    world.heal(World::here, World::there);
    world.regain_power(World::here, World::client);
    world.run_all();
    CHECK(world.story() == "");
    CHECK(world.dropped() == Handles{1, 2});
}

TEST_CASE("a process that dies on a host that has lost power is not missed twice")
{
    World world;
    world.open();
    world.lose_power(World::there);
    world.die(World::server);
    world.lose_power(World::there);
    world.regain_power(World::there, World::server);
    world.network.host_has_power(World::there);
    world.run_all();
    CHECK(world.story() == "");
}

// -- Hold and release --

TEST_CASE("a hold keeps everything, however long, and its release lets it arrive at once, in order")
{
    World world;
    world.open();
    world.open(World::client, {World::server, 1});
    world.network.hold(World::here, World::there);
    world.send(1, 100, {}, World::client, {World::server, 1});
    world.send(2);
    world.run_for(500_us);
    world.send(3);
    world.run_for(2000_s);
    CHECK(world.story() == "");
    world.network.release(world.agenda, World::here, World::there);
    world.run_all();
    world.reply(world.seen[1].input.request, Network::no_handle);
    world.run_all();
    CHECK(world.story() == "2000.0205 s: 1 request 1\n"
                           "2000.0205 s: 1 request 2\n"
                           "2000.0205 s: 1 request 3\n");
}

TEST_CASE("a message that arrives after the release is not hurried")
{
    World world;
    world.open();
    world.network.hold(World::here, World::there);
    world.send(1);
    world.run_for(500_us);
    world.network.release(world.agenda, World::here, World::there);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n");
}

TEST_CASE("of two holds on one link, the last release counts")
{
    World world;
    world.open();
    world.network.hold(World::here, World::there);
    world.network.hold(World::here, World::there);
    world.send(1);
    world.run_for(10_ms);
    world.network.release(world.agenda, World::here, World::there);
    world.run_for(10_ms);
    CHECK(world.story() == "");
    world.network.release(world.agenda, World::here, World::there);
    world.run_all();
    CHECK(world.story() == "30 ms: 1 request 1\n");
}

TEST_CASE("a hold keeps handshakes and resets, too")
{
    World world;
    world.network.hold(World::here, World::there);
    world.connect();
    world.run_for(300_s);
    world.network.release(world.agenda, World::here, World::there);
    world.run_all();
    CHECK(world.story() == "300.001 s: 0 connected\n");
}

TEST_CASE("a cut wins over a hold")
{
    World world;
    world.open();
    world.network.hold(World::here, World::there);
    world.network.block(World::here, World::there);
    world.send(1);
    world.run_for(10_ms);
    world.network.release(world.agenda, World::here, World::there);
    world.run_for(10_ms);
    CHECK(world.story() == "");
    world.network.hold(World::here, World::there);
    world.network.unblock(World::here, World::there);
    world.run_for(1_s);
    CHECK(world.story() == "");
    world.network.release(world.agenda, World::here, World::there);
    world.run_all();
    CHECK(world.story() == "1.03 s: 1 request 1\n");
}

TEST_CASE("a hold keeps retransmissions, too")
{
    World world;
    world.open();
    world.cut(World::here, World::there);
    world.send(1);
    world.run_for(10_ms);
    world.network.hold(World::here, World::there);
    world.network.unblock(World::here, World::there);
    world.run_for(1_s);
    world.network.unblock(World::there, World::here);
    world.run_for(10_s);
    CHECK(world.story() == "");
    world.network.release(world.agenda, World::here, World::there);
    world.run_all();
    CHECK(world.story() == "11.02 s: 1 request 1\n");
}

// -- Faults --

TEST_CASE("a slow link is slow while the fault lasts, in its direction")
{
    World world;
    world.open();
    std::uint32_t const slow = world.network.add_fault(
        World::here, World::there, {.is = {.latency = 400_ms}, .has_latency = true});
    world.send(1);
    world.run_for(500_ms);
    world.reply(world.last_request(), 11);
    world.network.remove_fault(slow);
    CHECK_THROWS_AS(world.network.remove_fault(slow), BrokenLaw);
    world.send(2);
    world.run_all();
    CHECK(world.story() == "411 ms: 1 request 1\n"
                           "511 ms: 0 response 11\n"
                           "511 ms: 1 request 2\n");
}

TEST_CASE("a message that is lost for good times the connection out for its sender")
{
    World world;
    world.open();
    world.send(1);
    std::uint32_t const loss =
        world.network.add_fault(World::here, World::there, {.is = {.loss = {1, 1}}});
    world.send(2);
    world.network.remove_fault(loss);
    world.send(3);
    world.run_all();
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "924.61 s: 0 disconnected, timed out\n");
    CHECK(world.dropped() == Handles{2, 3});
}

TEST_CASE("a reset in place of a message is seen by both ends, after what was sent before")
{
    World world;
    world.open();
    world.send(1);
    world.network.add_fault(World::here, World::there, {.is = {.reset = {1, 1}}});
    world.send(2);
    world.run_for(2_ms);
    CHECK(world.story() == "11 ms: 1 request 1\n"
                           "11 ms: 0 disconnected, reset\n"
                           "11 ms: 1 disconnected, reset\n");
    CHECK(world.seen[1].input.end == End::client);
    CHECK(world.seen[2].input.end == End::server);
    CHECK(!world.reply(world.last_request(), 11));
    CHECK(world.dropped() == Handles{2});
}

TEST_CASE("resetting the connections of two hosts breaks these at once, cut or not, and no others")
{
    World world;
    world.open();
    world.open(World::client, {World::second, 0});
    world.open(World::server, {World::neighbor, 0});
    world.cut(World::here, World::there);
    world.connect(World::client, {World::server, 1});
    world.send(1);
    world.network.reset_connections(world.agenda, World::there, World::here);
    CHECK(!world.send(2));
    world.run_all();
    CHECK(world.story() == "30 ms: 0 disconnected, reset\n"
                           "30 ms: 1 disconnected, reset\n"
                           "30 ms: 1 disconnected, reset\n"
                           "30 ms: 3 disconnected, reset\n"
                           "30 ms: 0 disconnected, reset\n");
    CHECK(world.dropped() == Handles{1});
    CHECK(world.send(3, 100, {}, World::client, {World::second, 0}));
}

TEST_CASE("a server hears nothing of a connection that was reset before it stood")
{
    World world;
    world.connect();
    world.run_for(1500_us);
    world.network.reset_connections(world.agenda, World::here, World::there);
    world.run_all();
    CHECK(world.story() == "1.5 ms: 0 disconnected, reset\n");
}

TEST_CASE("a process that connects anew before it is told of a reset is not told any more")
{
    World world;
    world.open();
    world.network.reset_connections(world.agenda, World::here, World::there);
    world.connect();
    world.run_all();
    CHECK(world.story() == "10 ms: 1 disconnected, reset\n"
                           "12 ms: 0 connected\n");
}

TEST_CASE("a process that dies before it is told of a reset is not told any more")
{
    World world;
    world.open();
    world.network.reset_connections(world.agenda, World::here, World::there);
    world.die(World::server);
    world.network.process_started(World::server);
    world.run_all();
    CHECK(world.story() == "10 ms: 0 disconnected, reset\n");
}
