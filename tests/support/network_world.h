// A small world for the tests of the network: an agenda, chance and four processes on three hosts.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sim/network.h"

namespace odradek::test {

using sim::Agenda;
using sim::Chance;
using sim::Duration;
using sim::Event;
using sim::HostId;
using sim::Instant;
using sim::Network;
using sim::NetworkInput;
using sim::NodeId;
using sim::Peer;
using sim::RequestId;
using sim::TcpRules;
using sim::literals::operator""_ms;

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

}  // namespace odradek::test
