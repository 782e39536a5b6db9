// What the network does with segments: the TCP of its connections. Handshake, arrival in order,
// retransmission with backoff (RFC 6298), giving up, resets. The rest of Network is in network.cpp.
#include <algorithm>
#include <utility>

#include "sim/ensure.h"
#include "sim/network.h"

namespace odradek::sim {

// -- Sending --

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
        if (parked_ != 0)
            catch_up(agenda.now(), chance, index);
        Link& link = topology_.link(lane.link);
        if (link.loses_packet(chance)) {
            // The packet that asked for it is sent again, like a SYN, or its sender does so
            // already.
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
    Lane& lane = connection.lanes[at(sender)];
    if (connection.ends[at(other(sender))] == EndState::closed) {
        // The fin of the other end is on its way; nobody will read this. But while nobody
        // acknowledges it either, the sender's kernel counts.
        if (handle != no_handle)
            segments_.dropped().push_back(handle);
        bool const is_answered = passes(connection, sender) && passes(connection, other(sender));
        if (!is_answered && !lane.retrying)
            schedule_retransmission(agenda, index, sender);
        return;
    }
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
        if (parked_ != 0)
            catch_up(agenda.now(), chance, index);
        Link::Crossing const crossing =
            topology_.link(lane.link).cross(chance, rules_, topology_.quality_of(lane.link),
                                            agenda.now(), segment.departure, bytes);
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

void Network::close_end(Agenda& agenda, Chance& chance, std::uint32_t index, End end,
                        Instant earliest)
{
    end_parking(agenda, chance, index);
    Connection& connection = connections_[index];
    EndState const was = std::exchange(connection.ends[at(end)], EndState::closed);
    if (end == End::client)
        forget_dialed(index);
    bool const is_heard = is_alive(connection.ends[at(other(end))]);
    if (was != EndState::open || !is_heard) {
        // An opening connection is nothing to the server yet; the end of a broken one is told
        // anyway.
        if (was == EndState::opening)
            free_connection(index);
        else
            free_if_dead(index);
        return;
    }
    // Where that was waiting for a retransmission the other kernel still counts them.
    segments_.drop_all(connection.lanes[at(other(end))].under_way);
    if (end == End::server) {
        segments_.drop_all(connection.unread);
        connection.is_serving = false;
    }
    send_message(agenda, chance, index, end, Segment::Kind::fin, no_handle, 0, 0, earliest);
}

// -- Events --

NetworkInput Network::on_event(Agenda& agenda, Chance& chance, Event const& event)
{
    auto const index = static_cast<std::uint32_t>(event.payload);
    if (connections_[index].generation != event.payload >> 32)
        return {};
    switch (static_cast<Step>(event.aux)) {
    case Step::arrival_at_server:
        return on_arrival(agenda, chance, index, End::client);
    case Step::arrival_at_client:
        return on_arrival(agenda, chance, index, End::server);
    case Step::retransmission_by_client:
        return on_retransmission(agenda, chance, index, End::client);
    case Step::retransmission_by_server:
        return on_retransmission(agenda, chance, index, End::server);
    case Step::connect_retry:
        return on_connect_retry(agenda, chance, index);
    case Step::next_request:
        return on_next_request(agenda, index);
    case Step::client_is_told:
        return on_told(index, End::client);
    case Step::server_is_told:
        return on_told(index, End::server);
    case Step::parked:
        return on_parked(index, true, End::client);
    case Step::client_unparked:
        return on_parked(index, false, End::client);
    case Step::server_unparked:
        return on_parked(index, false, End::server);
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
    case Segment::Kind::reset:
        segments_.drop(segments_.pop(lane.under_way));
        return {};
    default:
        break;
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
    case Segment::Kind::doomed:
        return give_up(index, sender);
    case Segment::Kind::message:
    case Segment::Kind::fin:
        break;
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
    case EndState::closed:
        segments_.drop(segments_.pop(lane.under_way));
        return {};
    case EndState::open:
        break;
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

void Network::schedule_next_request(Agenda& agenda, std::uint32_t index)
{
    Connection& connection = connections_[index];
    if (std::exchange(connection.reads_on, true))
        return;
    schedule(agenda, connection.reads_on_at, Step::next_request, index, End::server);
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
    ENSURE(!is_parked(index), "who disturbs the world says so first");
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

}  // namespace odradek::sim
