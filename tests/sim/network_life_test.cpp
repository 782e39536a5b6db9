// Random lives of processes on a network that does its worst: laws that hold whatever happens.
#include <doctest/doctest.h>

#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/network.h"
#include "sim/words.h"
#include "tests/support/network_world.h"

using namespace odradek;
using namespace odradek::sim;
using namespace odradek::sim::literals;
using test::Handles;
using test::Kind;
using test::World;

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
