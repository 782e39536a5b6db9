// The network as processes and faults see it. What happens to segments is in tcp.cpp.
#include "sim/network.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::sim {

char const* to_string(DisconnectReason reason)
{
    switch (reason) {
    case DisconnectReason::refused:
        return "refused";
    case DisconnectReason::closed:
        return "closed";
    case DisconnectReason::reset:
        return "reset";
    case DisconnectReason::timed_out:
        return "timed out";
    }
    return "?";
}

Network::Network(TcpRules rules) : rules_(rules) {}

// -- Topology --

HostId Network::add_host(std::string name, std::string rack)
{
    return topology_.add_host(std::move(name), std::move(rack));
}

void Network::add_node(NodeId node, HostId host)
{
    topology_.add_node(node, host);
    nodes_.emplace_back();
}

HostId Network::host_of(NodeId node) const { return topology_.host_of(node); }

std::size_t Network::host_count() const { return topology_.host_count(); }

std::string const& Network::name_of(HostId host) const { return topology_.name_of(host); }

std::string const& Network::rack_of(HostId host) const { return topology_.rack_of(host); }

void Network::set_default_quality(LinkQuality quality)
{
    topology_.set_default_quality(std::move(quality));
}

void Network::set_quality(HostId from, HostId to, LinkQuality quality)
{
    topology_.set_quality(from, to, std::move(quality));
}

HostId Network::host_at(Connection const& connection, End end) const
{
    return host_of(connection.nodes[at(end)]);
}

bool Network::passes(Connection const& connection, End sender) const
{
    return !topology_.has_obstacles() ||
           (!topology_.link(connection.lanes[at(sender)].link).is_blocked() &&
            topology_.has_power(host_at(connection, other(sender))));
}

// -- Connections --

bool Network::is_alive(EndState state)
{
    return state == EndState::opening || state == EndState::open || state == EndState::broken;
}

NetworkInput Network::disconnected(Connection const& connection, End end, DisconnectReason reason)
{
    NetworkInput input;
    input.kind = NetworkInput::Kind::disconnected;
    input.to = connection.nodes[at(end)];
    input.end = end;
    input.peer = {connection.nodes[at(other(end))], connection.channel};
    input.reason = reason;
    return input;
}

std::uint32_t Network::find_dialed(NodeId client, Peer server) const
{
    std::vector<Dialed> const& dialed = nodes_[client.value].dialed;
    auto const place =
        std::lower_bound(dialed.begin(), dialed.end(), server,
                         [](Dialed const& entry, Peer peer) { return entry.server < peer; });
    return place != dialed.end() && place->server == server ? place->connection : nil;
}

void Network::forget_dialed(std::uint32_t index)
{
    Connection const& connection = connections_[index];
    std::vector<Dialed>& dialed = nodes_[connection.nodes[at(End::client)].value].dialed;
    auto const place = std::find_if(dialed.begin(), dialed.end(), [index](Dialed const& entry) {
        return entry.connection == index;
    });
    if (place != dialed.end())
        dialed.erase(place);
}

std::uint32_t Network::add_connection(NodeId client, Peer server)
{
    std::uint32_t index{};
    if (free_connections_.empty()) {
        index = static_cast<std::uint32_t>(connections_.size());
        connections_.emplace_back();
    } else {
        index = free_connections_.back();
        free_connections_.pop_back();
    }
    std::uint32_t const generation = connections_[index].generation;
    Connection fresh;
    fresh.generation = generation;
    fresh.in_use = true;
    fresh.channel = server.channel;
    fresh.nodes[at(End::client)] = client;
    fresh.nodes[at(End::server)] = server.node;
    HostId const from = host_of(client);
    HostId const to = host_of(server.node);
    fresh.lanes[at(End::client)].link = topology_.link_between(from, to);
    fresh.lanes[at(End::server)].link = topology_.link_between(to, from);
    connections_[index] = fresh;

    std::vector<Dialed>& dialed = nodes_[client.value].dialed;
    auto const place =
        std::lower_bound(dialed.begin(), dialed.end(), server,
                         [](Dialed const& entry, Peer peer) { return entry.server < peer; });
    dialed.insert(place, {server, index});
    return index;
}

void Network::free_connection(std::uint32_t index)
{
    forget_dialed(index);
    Connection& connection = connections_[index];
    segments_.drop_all(connection.lanes[at(End::client)].under_way);
    segments_.drop_all(connection.lanes[at(End::server)].under_way);
    segments_.drop_all(connection.unread);
    if (connection.rounds != nil) {
        if (is_parked(index))
            stop_rounds(index);
        free_rounds_.push_back(std::exchange(connection.rounds, nil));
    }
    connection.in_use = false;
    ++connection.generation;
    free_connections_.push_back(index);
}

void Network::free_if_dead(std::uint32_t index)
{
    Connection const& connection = connections_[index];
    if (!is_alive(connection.ends[at(End::client)]) && !is_alive(connection.ends[at(End::server)]))
        free_connection(index);
}

std::uint32_t Network::find_request(NodeId server, RequestId const& request) const
{
    if (request.connection >= connections_.size())
        return nil;
    Connection const& connection = connections_[request.connection];
    bool const is_this = connection.in_use && connection.generation == request.generation &&
                         connection.nodes[at(End::server)] == server;
    return is_this && connection.ends[at(End::server)] == EndState::open ? request.connection : nil;
}

// -- Sending --

void Network::connect(Agenda& agenda, Chance& chance, NodeId client, Peer server, Instant earliest)
{
    std::uint32_t const old = find_dialed(client, server);
    if (old != nil)
        close_end(agenda, chance, old, End::client, earliest);
    std::uint32_t const index = add_connection(client, server);
    connections_[index].ends[at(End::client)] = EndState::opening;
    connections_[index].first_syn = std::max(agenda.now(), earliest);
    send_packet(agenda, chance, index, End::client, Segment::Kind::syn,
                connections_[index].first_syn);
}

bool Network::send(Agenda& agenda, Chance& chance, NodeId client, Peer server,
                   std::int32_t correlation, std::uint32_t handle, std::uint64_t bytes,
                   Instant earliest)
{
    std::uint32_t const index = find_dialed(client, server);
    if (index == nil || connections_[index].ends[at(End::client)] != EndState::open)
        return false;
    end_parking(agenda, chance, index);  // It waits behind the request that is parked.
    ++messages_sent_;
    bytes_sent_ += bytes;
    send_message(agenda, chance, index, End::client, Segment::Kind::message, handle, correlation,
                 bytes, earliest);
    return true;
}

bool Network::reply(Agenda& agenda, Chance& chance, NodeId server, RequestId request,
                    std::uint32_t handle, std::uint64_t bytes, Instant earliest)
{
    std::uint32_t const index = find_request(server, request);
    if (index == nil)
        return false;
    Connection& connection = connections_[index];
    ENSURE(connection.is_serving && connection.serving == request.correlation,
           "a request is answered once");
    connection.is_serving = false;
    end_parking(agenda, chance, index);
    connection.reads_on_at = std::max(agenda.now(), earliest);
    if (handle != no_handle) {
        ++messages_sent_;
        bytes_sent_ += bytes;
        send_message(agenda, chance, index, End::server, Segment::Kind::message, handle,
                     request.correlation, bytes, earliest);
    }
    if (!connection.unread.empty())
        schedule_next_request(agenda, index);
    return true;
}

void Network::hang_up(Agenda& agenda, Chance& chance, NodeId server, RequestId request,
                      Instant earliest)
{
    std::uint32_t const index = find_request(server, request);
    if (index != nil)
        close_end(agenda, chance, index, End::server, earliest);
}

void Network::close(Agenda& agenda, Chance& chance, NodeId closer, Peer peer, Instant earliest)
{
    std::uint32_t const dialed = find_dialed(closer, peer);
    if (dialed != nil) {
        close_end(agenda, chance, dialed, End::client, earliest);
        return;
    }
    for (std::uint32_t index = 0; index < connections_.size(); ++index) {
        Connection const& connection = connections_[index];
        if (connection.in_use && connection.nodes[at(End::server)] == closer &&
            connection.nodes[at(End::client)] == peer.node && connection.channel == peer.channel &&
            is_alive(connection.ends[at(End::server)]))
            close_end(agenda, chance, index, End::server, earliest);
    }
}

// -- Life and death --

void Network::process_started(NodeId node)
{
    ENSURE(topology_.has_power(host_of(node)), "a process starts on a host with power");
    nodes_[node.value].is_running = true;
    nodes_[node.value].is_paused = false;
}

void Network::process_died(Agenda& agenda, Chance& chance, NodeId node)
{
    nodes_[node.value].is_running = false;
    for (std::uint32_t index = 0; index < connections_.size(); ++index)
        for (End const end : {End::client, End::server})
            if (connections_[index].in_use && connections_[index].nodes[at(end)] == node)
                end_died(agenda, chance, index, end);
}

void Network::end_died(Agenda& agenda, Chance& chance, std::uint32_t index, End end)
{
    Connection& connection = connections_[index];
    EndState const state = connection.ends[at(end)];
    if (state == EndState::none || state == EndState::gone)
        return;
    end_parking(agenda, chance, index);
    Lane& lane = connection.lanes[at(end)];
    Instant const now = agenda.now();
    bool const has_cut = segments_.cut(
        lane.under_way, [now](Segment const& segment) { return segment.departure > now; });
    if (has_cut) {
        lane.last_departure = now;
        lane.last_arrival = lane.under_way.empty() ? now : segments_[lane.under_way.last].arrival;
    }
    if (state != EndState::closed)
        close_end(agenda, chance, index, end, now);
    else if (has_cut)  // Its fin among them.
        send_message(agenda, chance, index, end, Segment::Kind::fin, no_handle, 0, 0, now);
}

void Network::host_lost_power(Agenda& agenda, HostId host)
{
    if (!topology_.take_power(host))
        return;
    for (NodeId node; node.value < nodes_.size(); node = node.next())
        if (host_of(node) == host)
            nodes_[node.value].is_running = false;
    for (std::uint32_t index = 0; index < connections_.size(); ++index)
        for (End const end : {End::client, End::server})
            if (connections_[index].in_use && host_at(connections_[index], end) == host)
                end_lost_power(agenda, index, end);
}

void Network::end_lost_power(Agenda& agenda, std::uint32_t index, End end)
{
    Connection& connection = connections_[index];
    EndState const was = connection.ends[at(end)];
    if (was == EndState::none)
        return;
    ENSURE(!is_parked(index), "who disturbs the world says so first");
    if (was == EndState::opening) {
        free_connection(index);
        return;
    }
    connection.ends[at(end)] = EndState::gone;
    if (end == End::client)
        forget_dialed(index);
    Lane& lane = connection.lanes[at(end)];
    Instant const now = agenda.now();
    bool const none_left = lane.parked;
    bool const has_cut = segments_.cut(lane.under_way, [now, none_left](Segment const& segment) {
        return none_left || segment.left > now;
    });
    if (has_cut)
        lane.last_arrival = lane.under_way.empty() ? now : segments_[lane.under_way.last].arrival;
    lane.parked = lane.unacknowledged = lane.retrying = false;
    if (end == End::server) {
        segments_.drop_all(connection.unread);
        connection.is_serving = false;
    }
    free_if_dead(index);
}

void Network::host_has_power(HostId host) { topology_.give_power(host); }

// -- Faults --

void Network::block(HostId from, HostId to) { topology_.block(from, to); }

void Network::unblock(HostId from, HostId to) { topology_.unblock(from, to); }

bool Network::is_blocked(HostId from, HostId to) const { return topology_.is_blocked(from, to); }

void Network::hold(HostId from, HostId to) { topology_.hold(from, to); }

void Network::release(Agenda& agenda, HostId from, HostId to)
{
    if (!topology_.release(from, to))
        return;

    struct Held {
        Instant arrival;
        std::uint64_t event;
        std::uint32_t index;
        End sender;
    };
    std::vector<Held> held;
    LinkId const link = topology_.link_between(from, to);
    for (std::uint32_t index = 0; index < connections_.size(); ++index) {
        if (!connections_[index].in_use)
            continue;
        for (End const sender : {End::client, End::server}) {
            Lane const& lane = connections_[index].lanes[at(sender)];
            if (lane.link != link || lane.parked)
                continue;
            for (std::uint32_t place = lane.under_way.first; place != nil;
                 place = segments_[place].next) {
                Segment const& segment = segments_[place];
                if (segment.arrival <= agenda.now())
                    held.push_back({segment.arrival, segment.event, index, sender});
            }
        }
    }
    std::sort(held.begin(), held.end(), [](Held const& a, Held const& b) {
        return a.arrival != b.arrival ? a.arrival < b.arrival : a.event < b.event;
    });
    for (Held const& one : held) {
        Step const step =
            one.sender == End::client ? Step::arrival_at_server : Step::arrival_at_client;
        schedule(agenda, agenda.now(), step, one.index, other(one.sender));
    }
}

std::uint32_t Network::add_fault(HostId from, HostId to, LinkFault fault)
{
    return topology_.add_fault(from, to, fault);
}

void Network::remove_fault(std::uint32_t fault) { topology_.remove_fault(fault); }

void Network::reset_connections(Agenda& agenda, HostId a, HostId b)
{
    for (std::uint32_t index = 0; index < connections_.size(); ++index) {
        Connection const& connection = connections_[index];
        if (!connection.in_use)
            continue;
        HostId const client = host_at(connection, End::client);
        HostId const server = host_at(connection, End::server);
        if ((client == a && server == b) || (client == b && server == a))
            break_both(agenda, index, DisconnectReason::reset);
    }
}

void Network::set_tcp_rules(TcpRules rules) { rules_ = rules; }

std::size_t Network::connection_count() const
{
    return connections_.size() - free_connections_.size();
}

void Network::list_handles(std::vector<std::uint32_t>& handles) const
{
    auto const list = [&](SegmentList const& segments) {
        for (std::uint32_t place = segments.first; place != nil; place = segments_[place].next)
            if (segments_[place].handle != no_handle)
                handles.push_back(segments_[place].handle);
    };
    for (Connection const& connection : connections_) {
        if (!connection.in_use)
            continue;
        list(connection.lanes[at(End::client)].under_way);
        list(connection.lanes[at(End::server)].under_way);
        list(connection.unread);
    }
    handles.insert(handles.end(), segments_.dropped().begin(), segments_.dropped().end());
}

std::uint64_t Network::messages_sent() const { return messages_sent_; }

std::uint64_t Network::bytes_sent() const { return bytes_sent_; }

}  // namespace odradek::sim
