// Hosts, racks, links, and connections as TCP gives them: in order, nothing duplicated, nothing lost
// until the connection breaks. A cut link is a black hole: what was under way is retransmitted with
// exponential backoff until the cut heals, somebody gives up, or TCP does. A reset is seen at once.
//
// Requests and responses: the client may have several requests under way on one connection; the
// server is given the next one only when the previous was answered, as Kafka's broker mutes a channel.
//
// Composition of conditions on a link: latencies add, losses combine as 1-(1-a)(1-b), bandwidth takes
// the minimum, a partition wins over everything. Partitions are counted per directed pair of hosts, so
// that healing one never heals another; holds likewise.
//
// The network never looks into a message: it carries handles (an index the engine understands).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "sim/agenda.h"
#include "sim/chance.h"
#include "sim/distribution.h"
#include "sim/id.h"
#include "sim/time.h"

namespace odradek::sim {

// A connection as the process at one end names it: the process at the other end, and which of the
// connections between the two (a Kafka broker keeps several to one controller). The client chooses the
// channel number.
struct Peer {
    NodeId node;
    std::uint8_t channel{0};

    auto operator<=>(Peer const&) const = default;
};

// One request a server has been given and must answer with Out::reply or Out::finish, once.
struct RequestId {
    std::uint32_t connection{0};
    std::uint32_t generation{0};
    std::int32_t correlation{0};  // The client's number for the request.
    NodeId client;

    auto operator<=>(RequestId const&) const = default;
};

enum class DisconnectReason : std::uint8_t {
    refused,    // Nobody listens there: the process is down, the host is up.
    closed,     // The other end closed in order, or its process died.
    reset,      // The connection was reset (fault, or the other host came back without it).
    timed_out,  // TCP gave up retransmitting.
};
char const* to_string(DisconnectReason reason);

// What a message needs to cross one directed link.
struct LinkQuality {
    Distribution latency;
    std::uint64_t bandwidth{0};  // Bytes per second; 0 is unlimited.
    Ratio loss;                  // Of each transmission; TCP retransmits, so loss shows as delay.
    Ratio duplicate;             // TCP hides duplicates; they only cost bandwidth.
    Ratio reset;                 // Of each message: the connection breaks instead.
};

// A change laid over the link's own quality while a fault lasts. Empty fields change nothing.
// "with": {"latency": "400ms"} in a scenario ADDS 400 ms.
struct LinkFault {
    LinkQuality is;
    bool has_latency{false};
};

// TCP as Linux has it; here so that a test can shorten it.
struct TcpRules {
    Duration retransmit_first{200'000'000};         // RTO; doubles each time
    Duration retransmit_longest{120'000'000'000};
    int retransmissions_max{15};                    // tcp_retries2: about 924 s until it gives up
    Duration connect_retry_first{1'000'000'000};    // SYN retransmission; doubles each time
    int connect_retries_max{6};                     // tcp_syn_retries: about 127 s
};

// What the engine must tell a process after a network event. `none`: nothing reached anybody.
struct NetworkInput {
    enum class Kind : std::uint8_t { none, connected, disconnected, request, response } kind{};
    NodeId to;
    Peer peer;                  // connected, disconnected, response: the other end, as `to` names it
    RequestId request;          // request: what to answer
    std::int32_t correlation{0};
    std::uint32_t handle{0};    // request, response: the message
    DisconnectReason reason{};
};

class Network {
public:
    static constexpr std::uint32_t no_handle = 0xffffffff;

    explicit Network(TcpRules rules = {});

    // -- Topology ------------------------------------------------------------------------------
    HostId add_host(std::string name, std::string rack);
    void add_node(NodeId node, HostId host);  // Nodes are added in order 0, 1, 2...
    HostId host_of(NodeId node) const;
    std::size_t host_count() const;
    std::string const& rack_of(HostId host) const;
    void set_default_quality(LinkQuality quality);
    // A later call for the same pair replaces an earlier one. Directed: from -> to.
    void set_quality(HostId from, HostId to, LinkQuality quality);

    // -- What processes ask for. `earliest` is when the request may leave (after disk writes). ---
    // Starts a connection; the answer is an input connected or disconnected. Connecting again over an
    // open or opening connection of the same peer closes the old one first.
    void connect(Agenda&, Chance&, NodeId client, Peer server, Instant earliest);
    // Closes in order: what was sent before still arrives; the other end learns it is closed.
    // Whatever was under way towards the closer is dropped.
    void close(Agenda&, Chance&, NodeId closer, Peer peer, Instant earliest);
    // Sends a request. A message sent over a connection that is not open is dropped (returns false).
    bool send(Agenda&, Chance&, NodeId client, Peer server, std::int32_t correlation,
              std::uint32_t handle, std::uint64_t bytes, Instant earliest);
    // Answers a request; with `no_handle` nothing is sent, the server just goes on to the next one.
    // False when the connection is gone: the handle was not taken.
    bool reply(Agenda&, Chance&, NodeId server, RequestId request, std::uint32_t handle,
               std::uint64_t bytes, Instant earliest);
    // The server closes the connection a request came over.
    void hang_up(Agenda&, Chance&, NodeId server, RequestId request, Instant earliest);

    // -- Events --------------------------------------------------------------------------------
    // Handles an event of kind `network`; at most one input for a process comes out of each.
    NetworkInput on_event(Agenda&, Chance&, Event const&);
    // Handles of messages that will never arrive, since the last call; the engine frees them.
    std::vector<std::uint32_t>& dropped() { return dropped_; }

    // -- Life and death of processes and hosts ---------------------------------------------------
    void process_started(NodeId node);
    // The kernel closes the dead process's sockets: peers learn after the link's latency. What the
    // process would have sent after `now` (it waited for its disk) is not sent.
    void process_died(Agenda&, Chance&, NodeId node);
    // Nobody is told anything; peers find out by silence, or by a reset when the host is back.
    void host_lost_power(Agenda&, HostId host);
    void host_has_power(HostId host);

    // -- Faults ----------------------------------------------------------------------------------
    void block(HostId from, HostId to);    // One more reason why nothing passes from -> to.
    void unblock(HostId from, HostId to);  // One reason less.
    bool is_blocked(HostId from, HostId to) const;
    void hold(HostId from, HostId to);     // Keeps everything sent from -> to, loses nothing.
    void release(Agenda&, HostId from, HostId to);  // When the last hold ends all of it arrives at once, in order.
    // Returns a number to take the fault away with.
    std::uint32_t add_fault(HostId from, HostId to, LinkFault fault);
    void remove_fault(std::uint32_t fault);
    // Resets every connection between the two hosts; both ends see it at once.
    void reset_connections(Agenda&, HostId a, HostId b);
    void set_tcp_rules(TcpRules rules);

    // -- For tests, reports and digests ------------------------------------------------------------
    std::uint64_t messages_sent() const;
    std::uint64_t bytes_sent() const;

private:
    std::vector<std::uint32_t> dropped_;
    // (the implementer adds state here; all of it values, indexes instead of pointers)
};

}  // namespace odradek::sim
