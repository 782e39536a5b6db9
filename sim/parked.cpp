// The network's parked requests: rounds of question and empty answer that are reckoned instead of
// made. Each message of a round takes its latency and its time on the wire in its turn among what
// is sent over the same two links, so whatever is sent in real finds the links as they would be.
#include <algorithm>
#include <utility>

#include "sim/ensure.h"
#include "sim/network.h"

namespace odradek::sim {

bool Network::may_park(RequestId request) const
{
    if (!parking_allowed_ || request.connection >= connections_.size())
        return false;
    Connection const& connection = connections_[request.connection];
    if (!connection.in_use || connection.generation != request.generation ||
        !connection.is_serving || connection.serving != request.correlation ||
        connection.ends[at(End::client)] != EndState::open ||
        connection.ends[at(End::server)] != EndState::open || !connection.unread.empty() ||
        nodes_[request.client.value].is_paused)
        return false;
    for (End const end : {End::client, End::server}) {
        Lane const& lane = connection.lanes[at(end)];
        bool const steady =
            lane.link == Topology::loopback || topology_.link(lane.link).is_steady();
        if (!steady || !lane.under_way.empty() || lane.parked || lane.retrying ||
            !topology_.has_power(host_at(connection, end)))
            return false;
    }
    return true;
}

// -- Beginning and end ------------------------------------------------------------------------

void Network::park(Agenda& agenda, Chance& chance, NodeId server, RequestId request,
                   Parking const& parking)
{
    std::uint32_t const index = find_request(server, request);
    ENSURE(index != nil && may_park(request), "only a request that may be parked is");
    ENSURE(!is_parked(index), "a request is parked once");
    Connection& connection = connections_[index];
    if (connection.rounds == nil) {
        if (free_rounds_.empty()) {
            connection.rounds = static_cast<std::uint32_t>(rounds_.size());
            rounds_.emplace_back();
        } else {
            connection.rounds = free_rounds_.back();
            free_rounds_.pop_back();
        }
    }
    std::uint32_t const place = connection.rounds;
    Rounds& rounds = rounds_[place];
    rounds = {};
    rounds.parking = parking;
    rounds.connection = index;
    rounds.correlation = request.correlation;
    rounds.is_on = true;
    rounds.due = agenda.now();
    rounds.answered = rounds.sent = rounds.arrived = Instant::never();
    LinkId const pair = pair_of(connection);
    if (pair != Topology::loopback) {
        if (parked_on_.size() <= pair.value)
            parked_on_.resize(pair.value + std::size_t{1}, nil);
        rounds.next = std::exchange(parked_on_[pair.value], place);
        if (rounds.next != nil)
            rounds_[rounds.next].previous = place;
    }
    ++parked_;
    catch_up(agenda.now(), chance, index);
    schedule(agenda, agenda.now(), Step::parked, index, End::client);
}

bool Network::is_parked(std::uint32_t index) const
{
    std::uint32_t const place = connections_[index].rounds;
    return place != nil && rounds_[place].is_on;
}

void Network::stop_rounds(std::uint32_t index)
{
    Rounds& rounds = rounds_[connections_[index].rounds];
    rounds.is_on = false;
    --parked_;
    if (rounds.next != nil)
        rounds_[rounds.next].previous = rounds.previous;
    if (rounds.previous != nil)
        rounds_[rounds.previous].next = rounds.next;
    else if (LinkId const pair = pair_of(connections_[index]); pair != Topology::loopback)
        parked_on_[pair.value] = rounds.next;
    rounds.next = rounds.previous = nil;
}

// From here on its messages are real; the one that is under way waits to be named.
void Network::unpark_at(Instant now, Chance& chance, std::uint32_t index)
{
    catch_up(now, chance, index);
    stop_rounds(index);
    Connection& connection = connections_[index];
    Rounds const& rounds = rounds_[connection.rounds];
    if (rounds.at == ParkedRound::At::server)
        return;
    End const sender = rounds.at == ParkedRound::At::answer_under_way ? End::server : End::client;
    connection.is_serving = false;
    connection.reads_on_at = rounds.answered;
    connection.lanes[at(sender)].unnamed = true;
    connection.lanes[at(sender)].unnamed_left = rounds.left;
}

void Network::end_parking(Agenda& agenda, Chance& chance, std::uint32_t index)
{
    if (!is_parked(index))
        return;
    unpark_at(agenda.now(), chance, index);
    schedule(agenda, agenda.now(), Step::server_unparked, index, End::server);
    schedule(agenda, agenda.now(), Step::client_unparked, index, End::client);
}

void Network::unpark(Agenda& agenda, Chance& chance, NodeId client, Peer server)
{
    if (std::uint32_t const index = find_dialed(client, server); index != nil)
        end_parking(agenda, chance, index);
}

void Network::unpark(Agenda& agenda, Chance& chance, NodeId server, RequestId request)
{
    if (std::uint32_t const index = find_request(server, request); index != nil)
        end_parking(agenda, chance, index);
}

std::vector<Network::ParkedRequest> Network::unpark_all(Instant now, Chance& chance)
{
    std::vector<ParkedRequest> all;
    for (std::uint32_t index = 0; parked_ != 0 && index < connections_.size(); ++index) {
        if (!is_parked(index))
            continue;
        unpark_at(now, chance, index);
        Connection const& connection = connections_[index];
        NodeId const client = connection.nodes[at(End::client)];
        NodeId const server = connection.nodes[at(End::server)];
        all.push_back(
            {server,
             {index, connection.generation, rounds_[connection.rounds].correlation, client},
             {server, connection.channel}});
    }
    return all;
}

bool Network::answer_under_way(Agenda& agenda, NodeId server, RequestId request,
                               std::uint32_t handle)
{
    std::uint32_t const index = find_request(server, request);
    return index != nil && name_unnamed(agenda, index, End::server, request.correlation, handle);
}

bool Network::request_under_way(Agenda& agenda, NodeId client, Peer server,
                                std::int32_t correlation, std::uint32_t handle)
{
    std::uint32_t const index = find_dialed(client, server);
    return index != nil && name_unnamed(agenda, index, End::client, correlation, handle);
}

bool Network::name_unnamed(Agenda& agenda, std::uint32_t index, End sender,
                           std::int32_t correlation, std::uint32_t handle)
{
    Lane& lane = connections_[index].lanes[at(sender)];
    if (!std::exchange(lane.unnamed, false))
        return false;
    Segment segment;
    segment.kind = Segment::Kind::message;
    segment.handle = handle;
    segment.correlation = correlation;
    segment.departure = lane.last_departure;
    segment.left = lane.unnamed_left;
    segment.arrival = std::max(lane.last_arrival, agenda.now());
    put_under_way(agenda, index, sender, segment);
    return true;
}

// -- Rounds -----------------------------------------------------------------------------------

// Stands for both links between two hosts.
LinkId Network::pair_of(Connection const& connection) const
{
    return std::min(connection.lanes[at(End::client)].link, connection.lanes[at(End::server)].link);
}

// Whatever is parked on the two links of this connection comes to where it would be now.
void Network::catch_up(Instant now, Chance& chance, std::uint32_t index)
{
    Connection const& connection = connections_[index];
    LinkId const pair = pair_of(connection);
    if (pair == Topology::loopback) {  // Where nobody waits for another.
        if (is_parked(index))
            for (Rounds& rounds = rounds_[connection.rounds]; rounds.due <= now;)
                go_on(chance, rounds);
        return;
    }
    if (pair.value >= parked_on_.size())
        return;
    for (;;) {
        std::uint32_t first = nil;
        for (std::uint32_t place = parked_on_[pair.value]; place != nil;
             place = rounds_[place].next)
            if (first == nil || rounds_[place].due < rounds_[first].due)
                first = place;
        if (first == nil || rounds_[first].due > now)
            return;
        go_on(chance, rounds_[first]);
    }
}

void Network::go_on(Chance& chance, Rounds& rounds)
{
    switch (rounds.at) {
    case ParkedRound::At::server:
        rounds.answered = rounds.due;
        rounds.at = ParkedRound::At::answer_under_way;
        cross(chance, rounds, End::server, rounds.parking.answer_bytes);
        return;
    case ParkedRound::At::answer_under_way:
        rounds.sent = rounds.due;
        rounds.at = ParkedRound::At::request_under_way;
        cross(chance, rounds, End::client, rounds.parking.request_bytes);
        return;
    case ParkedRound::At::request_under_way:
        rounds.arrived = rounds.due;
        rounds.at = ParkedRound::At::server;
        rounds.due = rounds.due + rounds.parking.wait;
        return;
    }
}

// As send_message does it.
void Network::cross(Chance& chance, Rounds& rounds, End sender, std::uint64_t bytes)
{
    Lane& lane = connections_[rounds.connection].lanes[at(sender)];
    lane.last_departure = std::max(rounds.due, lane.last_departure);
    Instant arrival = lane.last_departure + loopback_latency;
    rounds.left = lane.last_departure;
    if (lane.link != Topology::loopback) {
        Link::Crossing const crossing =
            topology_.link(lane.link).cross(chance, rules_, topology_.quality_of(lane.link),
                                            rounds.due, lane.last_departure, bytes);
        rounds.left = crossing.left;
        arrival = crossing.arrival;
    }
    lane.last_arrival = std::max(arrival, lane.last_arrival);
    rounds.due = lane.last_arrival;
}

ParkedRound Network::round_of(Rounds const& rounds, Instant now) const
{
    auto const since = [now](Instant then) {
        return then == Instant::never() ? ParkedRound::not_yet : now - then;
    };
    return {rounds.at, since(rounds.answered), since(rounds.sent), since(rounds.arrived),
            rounds.due - now};
}

std::optional<ParkedRound> Network::round(Instant now, Chance& chance, RequestId request)
{
    if (request.connection >= connections_.size())
        return std::nullopt;
    Connection const& connection = connections_[request.connection];
    if (!connection.in_use || connection.generation != request.generation ||
        connection.rounds == nil || rounds_[connection.rounds].correlation != request.correlation)
        return std::nullopt;
    if (is_parked(request.connection))
        catch_up(now, chance, request.connection);
    return round_of(rounds_[connection.rounds], now);
}

std::optional<ParkedRound> Network::round(Instant now, Chance& chance, NodeId client, Peer server)
{
    std::uint32_t const index = find_dialed(client, server);
    if (index == nil || connections_[index].rounds == nil)
        return std::nullopt;
    Connection const& connection = connections_[index];
    return round(now, chance,
                 {index, connection.generation, rounds_[connection.rounds].correlation, client});
}

NetworkInput Network::on_parked(std::uint32_t index, bool begins, End end)
{
    NetworkInput input;
    if (begins != is_parked(index))
        return input;
    Connection const& connection = connections_[index];
    input.kind = begins ? NetworkInput::Kind::parked : NetworkInput::Kind::unparked;
    input.to = connection.nodes[at(end)];
    input.end = end;
    input.peer = {connection.nodes[at(other(end))], connection.channel};
    input.correlation = rounds_[connection.rounds].correlation;
    input.request = {index, connection.generation, input.correlation,
                     connection.nodes[at(End::client)]};
    return input;
}

}  // namespace odradek::sim
