// Hosts, racks, links, and connections as TCP gives them: in order, nothing duplicated, nothing
// lost until the connection breaks. A cut link is a black hole: what was under way is retransmitted
// with exponential backoff until the cut heals, somebody gives up, or TCP does. A reset is seen at
// once.
//
// Requests and responses: the client may have several requests under way on one connection; the
// server reads the next one only when the previous was answered, so that it answers in order.
//
// When what counts: a link's quality and faults when a message is sent, blocks and holds when it
// arrives. A change undoes nothing that is already under way.
//
// Composition of conditions on a link: latencies add, losses combine as 1-(1-a)(1-b), bandwidth
// takes the minimum, a partition wins over everything. Partitions are counted per directed pair of
// hosts, so that healing one never heals another; holds likewise.
//
// Parked requests: a server that would answer a request emptily after a while, only to be sent the
// same again, for ever, may park it instead. The client is told, and both do as if those rounds
// were made, until one of them has something new to say or the world is disturbed. The rounds are
// reckoned when somebody wants to know, or sends something over the same link: every message that
// is not sent leaves, draws its latency and arrives exactly as if it were, and when the request is
// unparked the one that would be under way is. So connections that idle cost no event.
//
// The network never looks into a message: it carries handles (an index the engine understands).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/agenda.h"
#include "sim/chance.h"
#include "sim/id.h"
#include "sim/link.h"
#include "sim/segment.h"
#include "sim/time.h"
#include "sim/topology.h"

namespace odradek::sim {

// A connection as the process at one end names it: the process at the other end, and which of the
// connections between the two. The client chooses the channel number.
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

// The two ends of a connection. Both may be at the same process, or each process may be the client
// of the other, so a Peer alone does not say which connection is meant.
enum class End : std::uint8_t { client, server };

// What the engine must tell a process after a network event. `none`: nothing reached anybody.
struct NetworkInput {
    enum class Kind : std::uint8_t {
        none,
        connected,
        disconnected,
        request,
        response,
        parked,    // To the client: the server has parked a request.
        unparked,  // To either end: the rounds of a parked request are made in real again.
    } kind{};
    NodeId to;
    End end{};          // which end of the connection `to` is
    Peer peer;          // the other end, as `to` names it
    RequestId request;  // request: what to answer; parked, unparked: which
    std::int32_t correlation{0};
    std::uint32_t handle{0};  // request, response: the message
    DisconnectReason reason{};
};

// How far the rounds of a parked request have come, on the world's clock.
struct ParkedRound {
    static constexpr Duration not_yet{-1};

    enum class At : std::uint8_t {
        server,             // Waits to be answered.
        answer_under_way,   // Unparked: the server is to name that answer.
        request_under_way,  // Unparked: the client is to name that request.
    } at{};
    // So long ago; not_yet: not since it was parked.
    Duration since_answer;   // The server answered the last time.
    Duration since_sent;     // The client sent the request again.
    Duration since_arrival;  // It came to the server.
    Duration until_answer;   // At the server: when it will answer.
};

class Network {
public:
    static constexpr std::uint32_t no_handle = Segment::no_handle;
    // Between two processes of one host: never blocked, held, lossy or slow.
    static constexpr Duration loopback_latency{20'000};

    explicit Network(TcpRules rules = {});

    // -- Topology ------------------------------------------------------------------------------
    HostId add_host(std::string name, std::string rack);
    void add_node(NodeId node, HostId host);  // Nodes are added in order 0, 1, 2...
    HostId host_of(NodeId node) const;
    std::size_t host_count() const;
    std::string const& name_of(HostId host) const;
    std::string const& rack_of(HostId host) const;
    void set_default_quality(LinkQuality quality);
    // A later call for the same pair replaces an earlier one. Directed: from -> to.
    void set_quality(HostId from, HostId to, LinkQuality quality);

    // -- What processes ask for. `earliest` is when the request may leave (after disk writes). ---
    // Starts a connection; the answer is an input connected or disconnected. Connecting again over
    // an open or opening connection of the same peer closes the old one first.
    void connect(Agenda&, Chance&, NodeId client, Peer server, Instant earliest);
    // Closes in order: what was sent before still arrives; the other end learns it is closed.
    // Whatever was under way towards the closer is dropped. Of two connections with the same peer a
    // process closes the one it is the client of.
    void close(Agenda&, Chance&, NodeId closer, Peer peer, Instant earliest);
    // Sends a request. Over a connection that is not open nothing is sent: returns false, the
    // handle was not taken.
    bool send(Agenda&, Chance&, NodeId client, Peer server, std::int32_t correlation,
              std::uint32_t handle, std::uint64_t bytes, Instant earliest);
    // Answers a request; with `no_handle` nothing is sent, the server just goes on to the next one.
    // False when the connection is gone: the handle was not taken.
    bool reply(Agenda&, Chance&, NodeId server, RequestId request, std::uint32_t handle,
               std::uint64_t bytes, Instant earliest);
    // The server closes the connection a request came over.
    void hang_up(Agenda&, Chance&, NodeId server, RequestId request, Instant earliest);

    // -- Parked requests ---------------------------------------------------------------------
    struct ParkedRequest {
        NodeId server;
        RequestId request;
        Peer server_peer;  // The server, as the client names it.
    };
    // Is nothing wrong with the request's connection, so that rounds that are not made would be
    // like those that were: both ends and hosts there, no fault, no loss on the way?
    bool may_park(RequestId request) const;
    // The request's time is up: it would be answered now, come again, and be answered again `wait`
    // after it came. Sizes are those of the request and its answer, in bytes.
    struct Parking {
        Duration wait;
        std::uint64_t request_bytes{0};
        std::uint64_t answer_bytes{0};
    };
    void park(Agenda&, Chance&, NodeId server, RequestId request, Parking const& parking);
    // How far a parked request is now; also one that was unparked at this instant. Nothing for any
    // other.
    std::optional<ParkedRound> round(Instant now, Chance&, RequestId request);
    std::optional<ParkedRound> round(Instant now, Chance&, NodeId client, Peer server);
    // One end has something new to say. Both are told.
    void unpark(Agenda&, Chance&, NodeId client, Peer server);
    void unpark(Agenda&, Chance&, NodeId server, RequestId request);
    // All that is parked; the caller tells both ends.
    std::vector<ParkedRequest> unpark_all(Instant now, Chance&);
    // What was under way when its request was unparked. False when there is no such thing: the
    // handle was not taken.
    bool answer_under_way(Agenda&, NodeId server, RequestId request, std::uint32_t handle);
    bool request_under_way(Agenda&, NodeId client, Peer server, std::int32_t correlation,
                           std::uint32_t handle);
    std::size_t parked_count() const { return parked_; }
    // For tests that compare: without it nothing is ever parked.
    void allow_parking(bool allowed) { parking_allowed_ = allowed; }

    // -- Events --------------------------------------------------------------------------------
    // Handles an event of kind `network`; at most one input for a process comes out of each.
    NetworkInput on_event(Agenda&, Chance&, Event const&);
    // Handles of messages that will never arrive, since the last call; the engine frees them.
    std::vector<std::uint32_t>& dropped() { return segments_.dropped(); }

    // -- Life and death of processes and hosts ---------------------------------------------------
    void process_started(NodeId node);
    // One that is paused asks nothing again.
    void process_paused(NodeId node, bool is_paused) { nodes_[node.value].is_paused = is_paused; }
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
    void hold(HostId from, HostId to);  // Keeps everything sent from -> to, loses nothing.
    // When the last hold ends all of it arrives at once, in order.
    void release(Agenda&, HostId from, HostId to);
    // Returns a number to take the fault away with.
    std::uint32_t add_fault(HostId from, HostId to, LinkFault fault);
    void remove_fault(std::uint32_t fault);
    // Resets every connection between the two hosts; both ends see it at once.
    void reset_connections(Agenda&, HostId a, HostId b);
    void set_tcp_rules(TcpRules rules);

    // -- For tests and reports ----------------------------------------------------------------

    // Connections that at least one end believes in.
    std::size_t connection_count() const;
    std::uint64_t messages_sent() const;  // Requests and responses that were taken.
    // Appends the handles of all messages that the network holds, dropped ones included. For
    // checks.
    void list_handles(std::vector<std::uint32_t>& handles) const;
    std::uint64_t bytes_sent() const;

private:
    static constexpr std::uint32_t nil = SegmentList::nil;

    // What an event of kind `network` is about; its `aux`.
    enum class Step : std::uint8_t {
        arrival_at_server,  // The first message under way to the server may be there.
        arrival_at_client,
        retransmission_by_client,
        retransmission_by_server,
        connect_retry,   // The client sends its SYN again.
        next_request,    // The server reads on after a reply.
        client_is_told,  // The connection is broken.
        server_is_told,
        parked,           // The client learns that its request is parked.
        client_unparked,  // ... and that it is not any more.
        server_unparked,
    };

    enum class EndState : std::uint8_t {
        none,     // Server: no SYN has arrived.
        opening,  // Client: waits for the answer to its SYN.
        open,
        broken,  // As open to its process, which is told by an event at this instant.
        closed,  // The process is through with it; the kernel still delivers what was sent.
        gone,    // Not even the kernel knows it any more: what arrives is answered by a reset.
    };

    // One direction of a connection. Every arrival is an event that only says "look": it takes the
    // first segment under way if its time has come. So a segment may be cut out, or wait for a
    // retransmission with all behind it, without a word to the agenda.
    struct Lane {
        SegmentList under_way;  // Arrivals never decrease.
        Instant last_departure;
        Instant last_arrival;
        Instant retry_at;
        LinkId link;
        int retransmissions{0};
        bool parked{false};          // Nothing gets through until a retransmission does.
        bool unacknowledged{false};  // The other end has it, but its acknowledgement is lost.
        bool retrying{false};        // A retransmission is due at `retry_at`.
        // The last one was sent while it was not made: nobody has said yet what it is.
        bool unnamed{false};
        Instant unnamed_left;
    };

    struct Connection {
        NodeId nodes[2];  // By End, as the following.
        EndState ends[2]{EndState::none, EndState::none};
        DisconnectReason reasons[2]{};  // Of an end that is broken.
        Lane lanes[2];                  // By sender: lanes[client] leads to the server.
        std::uint32_t generation{0};
        std::uint8_t channel{0};
        bool in_use{false};
        // The server reads one request at a time.
        bool is_serving{false};
        bool reads_on{false};       // An event next_request is on its way.
        std::uint32_t rounds{nil};  // Of the last request that was parked, in rounds_.
        std::int32_t serving{0};
        Instant reads_on_at;  // Not before the last reply has left.
        SegmentList unread;   // Arrived at the server's host; its process has not read them.
        // The handshake.
        Instant first_syn;
        int connect_retries{0};
    };

    // The rounds of a parked request, as they would be made; kept for its connection.
    struct Rounds {
        Parking parking;
        std::uint32_t connection{nil};
        std::int32_t correlation{0};
        bool is_on{false};
        ParkedRound::At at{};
        Instant due;  // It goes on from there.
        // The last time; never(): not yet.
        Instant answered;
        Instant sent;
        Instant arrived;
        Instant left;  // What is under way.
        // Others parked on the same two links.
        std::uint32_t next{nil};
        std::uint32_t previous{nil};
    };

    // A connection that a process is the client of.
    struct Dialed {
        Peer server;
        std::uint32_t connection;
    };
    struct Node {
        bool is_running{false};
        bool is_paused{false};
        std::vector<Dialed> dialed;  // Sorted by peer.
    };

    static constexpr End other(End end) { return end == End::client ? End::server : End::client; }
    static constexpr std::size_t at(End end) { return static_cast<std::size_t>(end); }
    static bool is_alive(EndState state);
    static NetworkInput disconnected(Connection const& connection, End end,
                                     DisconnectReason reason);

    // Whether a packet gets from the sender's host to the other end's now.
    bool passes(Connection const& connection, End sender) const;
    HostId host_at(Connection const& connection, End end) const;

    std::uint32_t find_dialed(NodeId client, Peer server) const;
    void forget_dialed(std::uint32_t index);
    std::uint32_t add_connection(NodeId client, Peer server);
    void free_connection(std::uint32_t index);
    void free_if_dead(std::uint32_t index);
    // The connection of a request that can still be answered, or nil.
    std::uint32_t find_request(NodeId server, RequestId const& request) const;

    std::uint64_t schedule(Agenda&, Instant time, Step step, std::uint32_t index, End node);
    void schedule_arrivals_of_due(Agenda&, std::uint32_t index, End sender);
    void schedule_retransmission(Agenda&, std::uint32_t index, End sender);
    void schedule_connect_retry(Agenda&, std::uint32_t index);
    void schedule_next_request(Agenda&, std::uint32_t index);
    void put_under_way(Agenda&, std::uint32_t index, End sender, Segment const& segment);
    void send_packet(Agenda&, Chance&, std::uint32_t index, End sender, Segment::Kind kind,
                     Instant departure);
    void send_message(Agenda&, Chance&, std::uint32_t index, End sender, Segment::Kind kind,
                      std::uint32_t handle, std::int32_t correlation, std::uint64_t bytes,
                      Instant earliest);

    NetworkInput on_arrival(Agenda&, Chance&, std::uint32_t index, End sender);
    NetworkInput on_lost(Agenda&, std::uint32_t index, End sender);
    NetworkInput deliver(Agenda&, Chance&, std::uint32_t index, End sender);
    NetworkInput deliver_content(Agenda&, Chance&, std::uint32_t index, End sender);
    void on_syn(Agenda&, Chance&, std::uint32_t index);
    NetworkInput on_retransmission(Agenda&, Chance&, std::uint32_t index, End sender);
    NetworkInput on_connect_retry(Agenda&, Chance&, std::uint32_t index);
    NetworkInput on_next_request(Agenda&, std::uint32_t index);
    NetworkInput on_told(std::uint32_t index, End end);
    NetworkInput give_up(std::uint32_t index, End sender);
    NetworkInput read(std::uint32_t index, End reader, std::uint32_t segment);
    // parked.cpp
    bool is_parked(std::uint32_t index) const;
    LinkId pair_of(Connection const& connection) const;
    void catch_up(Instant now, Chance&, std::uint32_t index);
    void go_on(Chance&, Rounds& rounds);
    void cross(Chance&, Rounds& rounds, End sender, std::uint64_t bytes);
    ParkedRound round_of(Rounds const& rounds, Instant now) const;
    void stop_rounds(std::uint32_t index);
    void unpark_at(Instant now, Chance&, std::uint32_t index);
    void end_parking(Agenda&, Chance&, std::uint32_t index);
    bool name_unnamed(Agenda&, std::uint32_t index, End sender, std::int32_t correlation,
                      std::uint32_t handle);
    NetworkInput on_parked(std::uint32_t index, bool begins, End end);

    void break_both(Agenda&, std::uint32_t index, DisconnectReason reason);
    void close_end(Agenda&, Chance&, std::uint32_t index, End end, Instant earliest);
    void end_died(Agenda&, Chance&, std::uint32_t index, End end);
    void end_lost_power(Agenda&, std::uint32_t index, End end);

    TcpRules rules_;
    Topology topology_;
    std::vector<Node> nodes_;
    std::vector<Connection> connections_;
    std::vector<std::uint32_t> free_connections_;
    Segments segments_;
    std::uint64_t messages_sent_{0};
    std::uint64_t bytes_sent_{0};
    std::vector<Rounds> rounds_;
    std::vector<std::uint32_t> free_rounds_;
    std::vector<std::uint32_t> parked_on_;  // By the first of two links: the first that is parked.
    std::size_t parked_{0};
    bool parking_allowed_{true};
};

}  // namespace odradek::sim
