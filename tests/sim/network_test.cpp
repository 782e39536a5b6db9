#include "sim/network.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "sim/ensure.h"
#include "sim/words.h"
#include "tests/support/allocations.h"

using namespace odradek;
using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

using Kind = NetworkInput::Kind;

constexpr Instant at(Duration time) { return Instant{} + time; }

// Client on host 0, two servers on hosts 1 and 2, and a neighbour of the client on host 0. Every
// link takes 1 ms. Whatever the network says is kept; a test answers requests itself.
struct World {
    struct Seen {
        Instant at;
        NetworkInput input;
    };

    static constexpr NodeId client{0}, server{1}, second{2}, neighbor{3};
    static constexpr HostId here{0}, there{1}, elsewhere{2};
    static constexpr Peer to_server{server, 0};

    Agenda agenda;
    Chance chance;
    Network network;
    std::vector<Seen> seen;
    std::size_t events{0};

    explicit World(TcpRules rules = {}, std::uint64_t seed = 1) : chance(seed), network(rules)
    {
        for (char const* name : {"here", "there", "elsewhere"})
            network.add_host(name, "rack of " + std::string(name));
        network.add_node(client, here);
        network.add_node(server, there);
        network.add_node(second, elsewhere);
        network.add_node(neighbor, here);
        for (NodeId const node : {client, server, second, neighbor})
            network.process_started(node);
        network.set_default_quality({.latency = 1_ms});
    }

    Instant now() const { return agenda.now(); }

    NetworkInput step()
    {
        Event const event = agenda.take();
        ++events;
        NetworkInput const input = network.on_event(agenda, chance, event);
        if (input.kind != Kind::none)
            seen.push_back({now(), input});
        return input;
    }
    void run_until(Instant end)
    {
        while (agenda.next_time() <= end)
            step();
        agenda.advance_to(end);
    }
    void run_for(Duration time) { run_until(now() + time); }
    void run_all()
    {
        while (!agenda.empty())
            step();
    }

    void connect(NodeId from = client, Peer to = to_server)
    {
        network.connect(agenda, chance, from, to, now());
    }
    // Connects and forgets how long it took.
    void open(NodeId from = client, Peer to = to_server)
    {
        connect(from, to);
        run_for(10_ms);
        REQUIRE(!seen.empty());
        REQUIRE(seen.back().input.kind == Kind::connected);
        seen.clear();
    }
    bool send(std::uint32_t handle, std::uint64_t bytes = 100, Instant earliest = {},
              NodeId from = client, Peer to = to_server)
    {
        return network.send(agenda, chance, from, to, static_cast<std::int32_t>(handle), handle,
                            bytes, earliest);
    }
    bool reply(RequestId request, std::uint32_t handle, Instant earliest = {},
               std::uint64_t bytes = 100)
    {
        return network.reply(agenda, chance, server, request, handle, bytes, earliest);
    }
    void close(NodeId closer = client, Peer peer = to_server)
    {
        network.close(agenda, chance, closer, peer, now());
    }
    void die(NodeId node) { network.process_died(agenda, chance, node); }
    void lose_power(HostId host) { network.host_lost_power(agenda, host); }
    void regain_power(HostId host, NodeId node)
    {
        network.host_has_power(host);
        network.process_started(node);
    }
    void cut(HostId a, HostId b)
    {
        network.block(a, b);
        network.block(b, a);
    }
    void heal(HostId a, HostId b)
    {
        network.unblock(a, b);
        network.unblock(b, a);
    }
    // Answers the last request seen.
    RequestId last_request() const
    {
        for (auto one = seen.rbegin(); one != seen.rend(); ++one)
            if (one->input.kind == Kind::request)
                return one->input.request;
        FAIL("no request was seen");
        return {};
    }
    std::vector<std::uint32_t> dropped()
    {
        std::vector<std::uint32_t> handles = network.dropped();
        network.dropped().clear();
        std::sort(handles.begin(), handles.end());
        return handles;
    }

    // "11 ms: 1 request 7", one line for each input.
    std::string story() const
    {
        std::string text;
        for (Seen const& one : seen) {
            NetworkInput const& input = one.input;
            text += to_string(one.at - Instant{}) + ": " + std::to_string(input.to.value);
            switch (input.kind) {
            case Kind::none:
                text += " none";
                break;
            case Kind::connected:
                text += " connected";
                break;
            case Kind::disconnected:
                text += std::string(" disconnected, ") + to_string(input.reason);
                break;
            case Kind::request:
                text += " request " + std::to_string(input.handle);
                break;
            case Kind::response:
                text += " response " + std::to_string(input.handle);
                break;
            }
            text += '\n';
        }
        return text;
    }
};

using Handles = std::vector<std::uint32_t>;

}  // namespace

// -- Topology
// --------------------------------------------------------------------------------------

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

// -- Connections
// -------------------------------------------------------------------------------------

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

TEST_CASE("in steady state nothing is allocated")
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

// -- Order and pipelining
// ------------------------------------------------------------------------------

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

// -- Closing
// -----------------------------------------------------------------------------------------

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

// -- Partitions
// --------------------------------------------------------------------------------------

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

// -- Connecting against obstacles
// ------------------------------------------------------------------------

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

// -- Death
// -------------------------------------------------------------------------------------------

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

// -- Hold and release
// ----------------------------------------------------------------------------------

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
    CHECK(world.story() == "2000020.5 ms: 1 request 1\n"
                           "2000020.5 ms: 1 request 2\n"
                           "2000020.5 ms: 1 request 3\n");
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

// -- Faults
// ------------------------------------------------------------------------------------------

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

// -- The whole
// ---------------------------------------------------------------------------------------

namespace {

// A random life: processes connect, ask, answer, close, die; the network does its worst. Knows what
// each connection carried and checks what comes out.
struct Life {
    static constexpr int node_count = 4;
    struct Session {
        NodeId client;
        Peer server;
        int incarnation_of_client;
        Handles requests, responses;  // As they were sent.
        std::size_t requests_seen{0}, responses_seen{0};
        bool ended_for_client{false}, ended_for_server{false};
    };
    struct Open {
        RequestId request;
        NodeId server;
        std::size_t session;
        int incarnation;
    };

    World world;
    Words words;
    std::vector<Session> sessions;
    std::map<Peer, std::size_t> current[node_count];  // By client: its latest session to the peer.
    std::vector<std::size_t> session_of_handle;
    std::vector<int> ends_of_handle;  // How often it was delivered or dropped.
    std::vector<Open> open;
    int incarnation[node_count]{};
    bool running[node_count]{true, true, true, true};
    bool powered[3]{true, true, true};
    std::vector<std::pair<HostId, HostId>> blocks, holds;
    std::vector<std::uint32_t> faults;
    std::string history;  // Everything that came out, for comparison.
    std::size_t delivered{0};

    explicit Life(std::uint64_t seed) : world(TcpRules{}, seed), words(mix64(seed + 1))
    {
        world.network.set_default_quality({.latency = Lognormal{300_us, 2_ms},
                                           .bandwidth = 10'000'000,
                                           .loss = {1, 100},
                                           .duplicate = {1, 50}});
    }

    std::uint64_t below(std::uint64_t n) { return words.below(n); }
    NodeId any_node() { return NodeId{static_cast<std::uint16_t>(below(node_count))}; }
    HostId any_host() { return HostId{static_cast<std::uint16_t>(below(3))}; }
    Instant soon()
    {
        return below(3) == 0 ? world.now() + Duration{static_cast<std::int64_t>(below(5'000'000))}
                             : world.now();
    }
    std::uint32_t new_handle(std::size_t session)
    {
        session_of_handle.push_back(session);
        ends_of_handle.push_back(0);
        return static_cast<std::uint32_t>(session_of_handle.size() - 1);
    }
    void forget_handle()
    {
        session_of_handle.pop_back();
        ends_of_handle.pop_back();
    }

    void collect_dropped()
    {
        for (std::uint32_t const handle : world.network.dropped())
            ++ends_of_handle[handle];
        world.network.dropped().clear();
    }

    void see(NetworkInput const& input)
    {
        if (input.kind == Kind::none)
            return;
        history += std::to_string(world.now().ns) + ' ' +
                   std::to_string(static_cast<int>(input.kind)) + ' ' +
                   std::to_string(input.to.value) + ' ' + std::to_string(input.handle) + '\n';
        CHECK(running[input.to.value]);
        if (input.kind == Kind::request || input.kind == Kind::response) {
            ++delivered;
            ++ends_of_handle[input.handle];
            Session& session = sessions[session_of_handle[input.handle]];
            if (input.kind == Kind::request) {
                REQUIRE(session.requests_seen < session.requests.size());
                CHECK(session.requests[session.requests_seen++] == input.handle);
                CHECK(session.server.node == input.to);
                CHECK(!session.ended_for_server);
                for (Open const& other : open)
                    CHECK(!(other.request.connection == input.request.connection &&
                            other.request.generation == input.request.generation));
                open.push_back({input.request, input.to, session_of_handle[input.handle],
                                incarnation[input.to.value]});
            } else {
                REQUIRE(session.responses_seen < session.responses.size());
                CHECK(session.responses[session.responses_seen++] == input.handle);
                CHECK(session.client == input.to);
                CHECK(session.incarnation_of_client == incarnation[input.to.value]);
                CHECK(!session.ended_for_client);
            }
        } else if (input.end == End::client) {
            auto const session = current[input.to.value].find(input.peer);
            REQUIRE(session != current[input.to.value].end());
            CHECK(!sessions[session->second].ended_for_client);
            if (input.kind == Kind::disconnected) {
                sessions[session->second].ended_for_client = true;
                current[input.to.value].erase(session);
            }
        }
    }

    void act()
    {
        NodeId const node = any_node();
        auto const n = node.value;
        switch (below(60)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: {
            Peer const peer{any_node(), static_cast<std::uint8_t>(below(2))};
            if (!running[n])
                break;
            if (current[n].count(peer) != 0)
                sessions[current[n][peer]].ended_for_client = true;
            current[n][peer] = sessions.size();
            sessions.push_back({node, peer, incarnation[n], {}, {}});
            world.network.connect(world.agenda, world.chance, node, peer, soon());
            break;
        }
        case 6: {
            if (!running[n] || current[n].empty())
                break;
            auto const session = current[n].begin();
            sessions[session->second].ended_for_client = true;
            world.network.close(world.agenda, world.chance, node, session->first, soon());
            current[n].erase(session);
            break;
        }
        case 7: {
            running[n] = false;
            ++incarnation[n];
            current[n].clear();
            world.die(node);
            break;
        }
        case 8: {
            HostId const host = any_host();
            if (below(3) != 0 || !powered[host.value])
                break;
            powered[host.value] = false;
            for (std::uint16_t i = 0; i < node_count; ++i)
                if (world.network.host_of(NodeId{i}) == host) {
                    running[i] = false;
                    ++incarnation[i];
                    current[i].clear();
                }
            world.lose_power(host);
            break;
        }
        case 9:
        case 10:
            revive();
            break;
        case 11: {
            blocks.push_back({any_host(), any_host()});
            world.network.block(blocks.back().first, blocks.back().second);
            break;
        }
        case 12:
        case 13:
            if (!blocks.empty()) {
                world.network.unblock(blocks.back().first, blocks.back().second);
                blocks.pop_back();
            }
            break;
        case 14: {
            holds.push_back({any_host(), any_host()});
            world.network.hold(holds.back().first, holds.back().second);
            break;
        }
        case 15:
        case 16:
            if (!holds.empty()) {
                world.network.release(world.agenda, holds.back().first, holds.back().second);
                holds.pop_back();
            }
            break;
        case 17: {
            LinkFault fault{.is = {.latency = Uniform{0_ms, 20_ms},
                                   .bandwidth = 1'000'000,
                                   .loss = {below(40), 100},
                                   .reset = {below(3), 100}},
                            .has_latency = true};
            faults.push_back(world.network.add_fault(any_host(), any_host(), fault));
            break;
        }
        case 18:
        case 19:
            if (!faults.empty()) {
                world.network.remove_fault(faults.back());
                faults.pop_back();
            }
            break;
        case 20:
            if (below(4) == 0)
                world.network.reset_connections(world.agenda, any_host(), any_host());
            break;
        case 21:
        case 22:
        case 23:
        case 24:
        case 25:
        case 26:
        case 27:
        case 28:
        case 29:
        case 30:
        case 31:
        case 32:
        case 33:
        case 34:
        case 35:
            answer();
            break;
        default: {
            if (!running[n] || current[n].empty())
                break;
            auto session = current[n].begin();
            std::advance(session, static_cast<std::ptrdiff_t>(below(current[n].size())));
            std::uint32_t const handle = new_handle(session->second);
            bool const taken = world.network.send(world.agenda, world.chance, node, session->first,
                                                  7, handle, below(5000), soon());
            if (taken)
                sessions[session->second].requests.push_back(handle);
            else
                forget_handle();
            break;
        }
        }
    }

    void revive()
    {
        for (std::uint16_t i = 0; i < 3; ++i)
            if (!powered[i]) {
                powered[i] = true;
                world.network.host_has_power(HostId{i});
            }
        for (std::uint16_t i = 0; i < node_count; ++i)
            if (!running[i]) {
                running[i] = true;
                world.network.process_started(NodeId{i});
            }
    }

    void answer()
    {
        if (open.empty())
            return;
        auto const which = static_cast<std::ptrdiff_t>(below(open.size()));
        Open const one = open[static_cast<std::size_t>(which)];
        open.erase(open.begin() + which);
        if (one.incarnation != incarnation[one.server.value])
            return;
        if (below(20) == 0) {
            sessions[one.session].ended_for_server = true;
            world.network.hang_up(world.agenda, world.chance, one.server, one.request, soon());
            return;
        }
        bool const is_silent = below(5) == 0;
        std::uint32_t const handle = is_silent ? Network::no_handle : new_handle(one.session);
        bool const taken = world.network.reply(world.agenda, world.chance, one.server, one.request,
                                               handle, below(5000), soon());
        if (is_silent)
            return;
        if (taken)
            sessions[one.session].responses.push_back(handle);
        else
            forget_handle();
    }

    void step()
    {
        bool const is_event = !world.agenda.empty() && below(5) < 3;
        if (is_event) {
            see(world.step());
        } else {
            if (below(3) == 0) {
                Instant const next =
                    world.now() + Duration{static_cast<std::int64_t>(below(2'000'000))};
                while (world.agenda.next_time() <= next)
                    see(world.step());
                world.agenda.advance_to(next);
            }
            act();
        }
        collect_dropped();
    }

    // Heals everything, answers everything and closes everything.
    void finish()
    {
        revive();
        for (auto const& [from, to] : blocks)
            world.network.unblock(from, to);
        for (auto const& [from, to] : holds)
            world.network.release(world.agenda, from, to);
        for (std::uint32_t const fault : faults)
            world.network.remove_fault(fault);
        while (!world.agenda.empty() || !open.empty()) {
            if (!world.agenda.empty())
                see(world.step());
            answer();
            collect_dropped();
        }
    }
};

}  // namespace

TEST_CASE("whatever happens, each direction of a connection delivers a prefix of what was sent")
{
    std::size_t delivered = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        Life life{seed};
        for (int i = 0; i < 3000; ++i)
            life.step();
        life.finish();
        delivered += life.delivered;
        // Nobody loses a message, and nobody frees one twice.
        for (std::size_t handle = 0; handle < life.ends_of_handle.size(); ++handle) {
            CAPTURE(handle);
            CHECK(life.ends_of_handle[handle] == 1);
        }
    }
    CHECK(delivered > 300 * 100);
}

TEST_CASE("a copy of a network runs on by itself, and the same")
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        Life life{seed};
        for (int i = 0; i < 1000; ++i)
            life.step();
        Life copy = life;
        Life other = life;
        for (int i = 0; i < 1000; ++i)
            copy.step();
        // What one copy did is nothing to the others.
        other.words = Words{seed};
        for (int i = 0; i < 500; ++i)
            other.step();
        for (int i = 0; i < 1000; ++i)
            life.step();
        copy.finish();
        life.finish();
        CHECK(copy.history == life.history);
        CHECK(other.history != life.history);
    }
}
