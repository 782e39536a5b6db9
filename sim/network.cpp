#include "sim/network.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::sim {

char const* to_string(DisconnectReason reason)
{
    switch (reason) {
    case DisconnectReason::refused: return "refused";
    case DisconnectReason::closed: return "closed";
    case DisconnectReason::reset: return "reset";
    case DisconnectReason::timed_out: return "timed out";
    }
    return "?";
}

Network::Network(TcpRules rules) : rules_(rules) {}

// -- Topology --------------------------------------------------------------------------------------

HostId Network::add_host(std::string name, std::string rack)
{
    return topology_.add_host(std::move(name), std::move(rack));
}

void Network::add_node(NodeId node, HostId host)
{
    topology_.add_node(node, host);
    nodes_.emplace_back();
}

HostId Network::host_of(NodeId node) const
{
    return topology_.host_of(node);
}

std::size_t Network::host_count() const
{
    return topology_.host_count();
}

std::string const& Network::name_of(HostId host) const
{
    return topology_.name_of(host);
}

std::string const& Network::rack_of(HostId host) const
{
    return topology_.rack_of(host);
}

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

// -- Connections -------------------------------------------------------------------------------------

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

// -- Sending ---------------------------------------------------------------------------------------

std::uint64_t Network::schedule(Agenda& agenda, Instant time, Step step, std::uint32_t index,
                                End node)
{
    Connection const& connection = connections_[index];
    return agenda.schedule(time, EventKind::network, static_cast<std::uint8_t>(step),
                           connection.nodes[at(node)],
                           std::uint64_t{connection.generation} << 32 | index);
}

void Network::put_under_way(Agenda& agenda, std::uint32_t index, End sender, Segment const& segment)
{
    Step const step = sender == End::client ? Step::arrival_at_server : Step::arrival_at_client;
    std::uint32_t const place = segments_.add(segment);
    segments_[place].event = schedule(agenda, segment.arrival, step, index, other(sender));
    segments_.append(connections_[index].lanes[at(sender)].under_way, place);
}

void Network::send_packet(Agenda& agenda, Chance& chance, std::uint32_t index, End sender,
                          Segment::Kind kind, Instant departure)
{
    Lane& lane = connections_[index].lanes[at(sender)];
    Segment segment;
    segment.kind = kind;
    segment.departure = departure;
    segment.left = departure;
    if (lane.link == Topology::loopback) {
        segment.arrival = departure + loopback_latency;
    } else {
        Link& link = topology_.link(lane.link);
        bool const is_handshake = kind == Segment::Kind::syn || kind == Segment::Kind::syn_ack;
        if (is_handshake && link.loses_packet(chance)) {
            schedule_connect_retry(agenda, index);
            return;
        }
        segment.arrival = departure + link.latency(chance, topology_.quality_of(lane.link));
    }
    segment.arrival = std::max(segment.arrival, lane.last_arrival);
    lane.last_arrival = segment.arrival;
    put_under_way(agenda, index, sender, segment);
}

void Network::send_message(Agenda& agenda, Chance& chance, std::uint32_t index, End sender,
                           Segment::Kind kind, std::uint32_t handle, std::int32_t correlation,
                           std::uint64_t bytes, Instant earliest)
{
    Connection& connection = connections_[index];
    if (connection.ends[at(other(sender))] == EndState::closed) {
        // The fin of the other end is on its way; nobody will read this.
        if (handle != no_handle)
            segments_.dropped().push_back(handle);
        return;
    }
    Lane& lane = connection.lanes[at(sender)];
    Segment segment;
    segment.kind = kind;
    segment.handle = handle;
    segment.correlation = correlation;
    segment.departure = std::max({agenda.now(), earliest, lane.last_departure});
    lane.last_departure = segment.departure;
    if (lane.link == Topology::loopback) {
        segment.left = segment.departure;
        segment.arrival = segment.departure + loopback_latency;
    } else {
        Link::Crossing const crossing = topology_.link(lane.link).cross(
            chance, rules_, topology_.quality_of(lane.link), agenda.now(), segment.departure, bytes);
        segment.left = crossing.left;
        segment.arrival = crossing.arrival;
        if (crossing.fate == Link::Crossing::Fate::resets)
            segment.kind = Segment::Kind::breaking;
        else if (crossing.fate == Link::Crossing::Fate::given_up)
            segment.kind = Segment::Kind::doomed;
    }
    segment.arrival = std::max(segment.arrival, lane.last_arrival);
    lane.last_arrival = segment.arrival;
    put_under_way(agenda, index, sender, segment);
}

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

void Network::schedule_next_request(Agenda& agenda, std::uint32_t index)
{
    Connection& connection = connections_[index];
    if (std::exchange(connection.reads_on, true))
        return;
    schedule(agenda, connection.reads_on_at, Step::next_request, index, End::server);
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
            connection.nodes[at(End::client)] == peer.node &&
            connection.channel == peer.channel &&
            is_alive(connection.ends[at(End::server)]))
            close_end(agenda, chance, index, End::server, earliest);
    }
}

void Network::close_end(Agenda& agenda, Chance& chance, std::uint32_t index, End end,
                        Instant earliest)
{
    Connection& connection = connections_[index];
    EndState const was = std::exchange(connection.ends[at(end)], EndState::closed);
    if (end == End::client)
        forget_dialed(index);
    bool const is_heard = is_alive(connection.ends[at(other(end))]);
    if (was != EndState::open || !is_heard) {
        // An opening connection is nothing to the server yet; the end of a broken one is told anyway.
        if (was == EndState::opening)
            free_connection(index);
        else
            free_if_dead(index);
        return;
    }
    Lane& towards = connection.lanes[at(other(end))];
    segments_.drop_all(towards.under_way);
    towards.parked = towards.unacknowledged = towards.retrying = false;
    if (end == End::server) {
        segments_.drop_all(connection.unread);
        connection.is_serving = false;
    }
    send_message(agenda, chance, index, end, Segment::Kind::fin, no_handle, 0, 0, earliest);
}

// -- Events ----------------------------------------------------------------------------------------

NetworkInput Network::on_event(Agenda& agenda, Chance& chance, Event const& event)
{
    auto const index = static_cast<std::uint32_t>(event.payload);
    if (connections_[index].generation != event.payload >> 32)
        return {};
    switch (static_cast<Step>(event.aux)) {
    case Step::arrival_at_server: return on_arrival(agenda, chance, index, End::client);
    case Step::arrival_at_client: return on_arrival(agenda, chance, index, End::server);
    case Step::retransmission_by_client:
        return on_retransmission(agenda, chance, index, End::client);
    case Step::retransmission_by_server:
        return on_retransmission(agenda, chance, index, End::server);
    case Step::connect_retry: return on_connect_retry(agenda, chance, index);
    case Step::next_request: return on_next_request(agenda, index);
    case Step::client_is_told: return on_told(index, End::client);
    case Step::server_is_told: return on_told(index, End::server);
    }
    return {};
}

NetworkInput Network::on_arrival(Agenda& agenda, Chance& chance, std::uint32_t index, End sender)
{
    Connection& connection = connections_[index];
    Lane& lane = connection.lanes[at(sender)];
    if (lane.under_way.empty() || lane.parked)
        return {};
    Segment const& segment = segments_[lane.under_way.first];
    if (segment.arrival > agenda.now())
        return {};
    if (segment.kind == Segment::Kind::doomed)
        return give_up(index, sender);
    if (topology_.has_obstacles()) {
        if (!passes(connection, sender))
            return on_lost(agenda, index, sender);
        if (topology_.link(lane.link).is_held())
            return {};  // release() calls again.
    }
    return deliver(agenda, chance, index, sender);
}

// The first segment under way does not get through.
NetworkInput Network::on_lost(Agenda& agenda, std::uint32_t index, End sender)
{
    Connection& connection = connections_[index];
    Lane& lane = connection.lanes[at(sender)];
    switch (segments_[lane.under_way.first].kind) {
    case Segment::Kind::syn:
    case Segment::Kind::syn_ack:
    case Segment::Kind::refusal:
        segments_.drop(segments_.pop(lane.under_way));
        schedule_connect_retry(agenda, index);
        return {};
    case Segment::Kind::reset: segments_.drop(segments_.pop(lane.under_way)); return {};
    default: break;
    }
    if (connection.ends[at(sender)] == EndState::gone) {
        // Nobody is there to retransmit it, so nothing behind it can be read either.
        segments_.drop_all(lane.under_way);
        return {};
    }
    lane.parked = true;
    schedule_retransmission(agenda, index, sender);
    return {};
}

NetworkInput Network::deliver(Agenda& agenda, Chance& chance, std::uint32_t index, End sender)
{
    Connection& connection = connections_[index];
    Lane& lane = connection.lanes[at(sender)];
    EndState& client = connection.ends[at(End::client)];
    switch (segments_[lane.under_way.first].kind) {
    case Segment::Kind::syn:
        segments_.free(segments_.pop(lane.under_way));
        on_syn(agenda, chance, index);
        return {};
    case Segment::Kind::syn_ack: {
        segments_.free(segments_.pop(lane.under_way));
        if (client != EndState::opening)
            return {};
        client = EndState::open;
        NetworkInput input;
        input.kind = NetworkInput::Kind::connected;
        input.to = connection.nodes[at(End::client)];
        input.end = End::client;
        input.peer = {connection.nodes[at(End::server)], connection.channel};
        return input;
    }
    case Segment::Kind::refusal: {
        NetworkInput input;
        if (client == EndState::opening)
            input = disconnected(connection, End::client, DisconnectReason::refused);
        free_connection(index);
        return input;
    }
    case Segment::Kind::reset: {
        // Only an end that knows nothing of the connection answers so.
        NetworkInput input;
        End const receiver = other(sender);
        if (connection.ends[at(receiver)] == EndState::open)
            input = disconnected(connection, receiver, DisconnectReason::reset);
        if (connection.ends[at(receiver)] != EndState::broken)
            free_connection(index);
        return input;
    }
    case Segment::Kind::breaking:
        break_both(agenda, index, DisconnectReason::reset);
        return {};
    case Segment::Kind::doomed: return give_up(index, sender);
    case Segment::Kind::message:
    case Segment::Kind::fin: break;
    }
    return deliver_content(agenda, chance, index, sender);
}

NetworkInput Network::deliver_content(Agenda& agenda, Chance& chance, std::uint32_t index,
                                      End sender)
{
    Connection& connection = connections_[index];
    Lane& lane = connection.lanes[at(sender)];
    End const receiver = other(sender);
    switch (connection.ends[at(receiver)]) {
    case EndState::none:
    case EndState::gone:
        // The reset may get lost; then a retransmission asks again.
        send_packet(agenda, chance, index, receiver, Segment::Kind::reset, agenda.now());
        if (connection.ends[at(sender)] != EndState::gone) {
            lane.parked = true;
            if (!lane.retrying)
                schedule_retransmission(agenda, index, sender);
        }
        return {};
    case EndState::opening:
    case EndState::broken:
    case EndState::closed: segments_.drop(segments_.pop(lane.under_way)); return {};
    case EndState::open: break;
    }

    bool const is_acknowledged = passes(connection, receiver);
    if (!is_acknowledged && connection.ends[at(sender)] != EndState::gone) {
        lane.unacknowledged = true;
        if (!lane.retrying)
            schedule_retransmission(agenda, index, sender);
    }
    std::uint32_t const segment = segments_.pop(lane.under_way);
    if (receiver == End::client)
        return read(index, receiver, segment);
    bool const is_muted = connection.is_serving || !connection.unread.empty() ||
                          agenda.now() < connection.reads_on_at;
    if (!is_muted)
        return read(index, receiver, segment);
    segments_.append(connection.unread, segment);
    if (!connection.is_serving)
        schedule_next_request(agenda, index);
    return {};
}

// The process at `reader` gets the segment.
NetworkInput Network::read(std::uint32_t index, End reader, std::uint32_t place)
{
    Connection& connection = connections_[index];
    Segment const segment = segments_[place];
    segments_.free(place);
    if (segment.kind == Segment::Kind::fin) {
        NetworkInput const input = disconnected(connection, reader, DisconnectReason::closed);
        free_connection(index);
        return input;
    }
    NetworkInput input;
    input.kind = reader == End::server ? NetworkInput::Kind::request : NetworkInput::Kind::response;
    input.to = connection.nodes[at(reader)];
    input.end = reader;
    input.peer = {connection.nodes[at(other(reader))], connection.channel};
    input.correlation = segment.correlation;
    input.handle = segment.handle;
    if (reader == End::server) {
        input.request = {index, connection.generation, segment.correlation, input.peer.node};
        connection.is_serving = true;
        connection.serving = segment.correlation;
    }
    return input;
}

NetworkInput Network::on_next_request(Agenda& agenda, std::uint32_t index)
{
    Connection& connection = connections_[index];
    connection.reads_on = false;
    bool const reads = connection.ends[at(End::server)] == EndState::open &&
                       !connection.is_serving && !connection.unread.empty();
    if (!reads)
        return {};
    ENSURE(agenda.now() >= connection.reads_on_at, "a server reads on when its reply has left");
    return read(index, End::server, segments_.pop(connection.unread));
}

void Network::on_syn(Agenda& agenda, Chance& chance, std::uint32_t index)
{
    Connection& connection = connections_[index];
    if (connection.ends[at(End::client)] != EndState::opening)
        return;
    // An earlier answer was lost; whatever that process said since counts for nothing.
    Lane& back = connection.lanes[at(End::server)];
    segments_.drop_all(back.under_way);
    back.parked = back.unacknowledged = back.retrying = false;
    back.last_departure = agenda.now();
    bool const is_running = nodes_[connection.nodes[at(End::server)].value].is_running;
    connection.ends[at(End::server)] = is_running ? EndState::open : EndState::none;
    send_packet(agenda, chance, index, End::server,
                is_running ? Segment::Kind::syn_ack : Segment::Kind::refusal, agenda.now());
}

void Network::schedule_connect_retry(Agenda& agenda, std::uint32_t index)
{
    Connection& connection = connections_[index];
    if (connection.ends[at(End::client)] != EndState::opening)
        return;
    Instant const due =
        connection.first_syn + rules_.connect_retry_after(connection.connect_retries);
    schedule(agenda, std::max(agenda.now(), due), Step::connect_retry, index, End::client);
}

NetworkInput Network::on_connect_retry(Agenda& agenda, Chance& chance, std::uint32_t index)
{
    Connection& connection = connections_[index];
    if (connection.ends[at(End::client)] != EndState::opening)
        return {};
    if (connection.connect_retries >= rules_.connect_retries_max) {
        NetworkInput const input =
            disconnected(connection, End::client, DisconnectReason::timed_out);
        free_connection(index);
        return input;
    }
    ++connection.connect_retries;
    send_packet(agenda, chance, index, End::client, Segment::Kind::syn, agenda.now());
    return {};
}

void Network::schedule_retransmission(Agenda& agenda, std::uint32_t index, End sender)
{
    Lane& lane = connections_[index].lanes[at(sender)];
    lane.retrying = true;
    lane.retry_at = agenda.now() + rules_.retransmit_after(lane.retransmissions);
    schedule(agenda, lane.retry_at,
             sender == End::client ? Step::retransmission_by_client
                                   : Step::retransmission_by_server,
             index, sender);
}

NetworkInput Network::on_retransmission(Agenda& agenda, Chance& chance, std::uint32_t index,
                                        End sender)
{
    Connection& connection = connections_[index];
    Lane& lane = connection.lanes[at(sender)];
    if (!lane.retrying || lane.retry_at != agenda.now())
        return {};
    lane.retrying = false;
    if (lane.retransmissions >= rules_.retransmissions_max)
        return give_up(index, sender);
    ++lane.retransmissions;

    bool const arrives = passes(connection, sender);
    bool const is_acknowledged = arrives && passes(connection, other(sender));
    if (is_acknowledged) {
        lane.parked = lane.unacknowledged = false;
        // A host that does not know the connection acknowledges nothing.
        if (connection.ends[at(other(sender))] != EndState::gone)
            lane.retransmissions = 0;
        schedule_arrivals_of_due(agenda, index, sender);
        return {};
    }
    // Until something is acknowledged, only the oldest segment is sent again and again.
    lane.parked = true;
    schedule_retransmission(agenda, index, sender);
    bool const is_new = !lane.unacknowledged && !lane.under_way.empty() &&
                        segments_[lane.under_way.first].arrival <= agenda.now();
    if (arrives && is_new && !topology_.link(lane.link).is_held())
        return deliver(agenda, chance, index, sender);
    return {};
}

void Network::schedule_arrivals_of_due(Agenda& agenda, std::uint32_t index, End sender)
{
    Lane const& lane = connections_[index].lanes[at(sender)];
    Step const step = sender == End::client ? Step::arrival_at_server : Step::arrival_at_client;
    for (std::uint32_t place = lane.under_way.first; place != nil; place = segments_[place].next) {
        if (segments_[place].arrival > agenda.now())
            break;
        schedule(agenda, agenda.now(), step, index, other(sender));
    }
}

NetworkInput Network::give_up(std::uint32_t index, End sender)
{
    Connection& connection = connections_[index];
    NetworkInput input;
    if (connection.ends[at(sender)] == EndState::open)
        input = disconnected(connection, sender, DisconnectReason::timed_out);
    if (connection.ends[at(sender)] != EndState::broken)
        connection.ends[at(sender)] = EndState::gone;
    if (sender == End::client)
        forget_dialed(index);
    Lane& lane = connection.lanes[at(sender)];
    segments_.drop_all(lane.under_way);
    lane.parked = lane.unacknowledged = lane.retrying = false;
    if (sender == End::server) {
        segments_.drop_all(connection.unread);
        connection.is_serving = false;
    }
    free_if_dead(index);
    return input;
}

// Both ends see it; each is told by an event of its own.
void Network::break_both(Agenda& agenda, std::uint32_t index, DisconnectReason reason)
{
    Connection& connection = connections_[index];
    if (connection.ends[at(End::client)] == EndState::opening)
        connection.ends[at(End::server)] = EndState::none;  // Its process never heard of it.
    for (End const end : {End::client, End::server}) {
        EndState& state = connection.ends[at(end)];
        segments_.drop_all(connection.lanes[at(end)].under_way);
        Lane& lane = connection.lanes[at(end)];
        lane.parked = lane.unacknowledged = lane.retrying = false;
        if (state == EndState::opening || state == EndState::open) {
            state = EndState::broken;
            connection.reasons[at(end)] = reason;
            Step const step = end == End::client ? Step::client_is_told : Step::server_is_told;
            schedule(agenda, agenda.now(), step, index, end);
        }
    }
    segments_.drop_all(connection.unread);
    connection.is_serving = false;
    free_if_dead(index);
}

NetworkInput Network::on_told(std::uint32_t index, End end)
{
    Connection& connection = connections_[index];
    if (connection.ends[at(end)] != EndState::broken)
        return {};
    NetworkInput const input = disconnected(connection, end, connection.reasons[at(end)]);
    connection.ends[at(end)] = EndState::closed;
    if (end == End::client)
        forget_dialed(index);
    free_if_dead(index);
    return input;
}

// -- Life and death --------------------------------------------------------------------------------

void Network::process_started(NodeId node)
{
    ENSURE(topology_.has_power(host_of(node)), "a process starts on a host with power");
    nodes_[node.value].is_running = true;
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
    Lane& lane = connection.lanes[at(end)];
    Instant const now = agenda.now();
    bool const has_cut =
        segments_.cut(lane.under_way, [now](Segment const& segment) { return segment.departure > now; });
    if (has_cut) {
        lane.last_departure = now;
        lane.last_arrival = lane.under_way.empty()
                                ? now
                                : segments_[lane.under_way.last].arrival;
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
        lane.last_arrival = lane.under_way.empty() ? now
                                                        : segments_[lane.under_way.last].arrival;
    lane.parked = lane.unacknowledged = lane.retrying = false;
    if (end == End::server) {
        segments_.drop_all(connection.unread);
        connection.is_serving = false;
    }
    free_if_dead(index);
}

void Network::host_has_power(HostId host)
{
    topology_.give_power(host);
}

// -- Faults ----------------------------------------------------------------------------------------

void Network::block(HostId from, HostId to)
{
    topology_.block(from, to);
}

void Network::unblock(HostId from, HostId to)
{
    topology_.unblock(from, to);
}

bool Network::is_blocked(HostId from, HostId to) const
{
    return topology_.is_blocked(from, to);
}

void Network::hold(HostId from, HostId to)
{
    topology_.hold(from, to);
}

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

void Network::remove_fault(std::uint32_t fault)
{
    topology_.remove_fault(fault);
}

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

void Network::set_tcp_rules(TcpRules rules)
{
    rules_ = rules;
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

std::uint64_t Network::messages_sent() const
{
    return messages_sent_;
}

std::uint64_t Network::bytes_sent() const
{
    return bytes_sent_;
}

}  // namespace odradek::sim
