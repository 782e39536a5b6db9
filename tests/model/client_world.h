// A small world for one client process: a clock, its timers, connections with a latency, and
// brokers that answer as the test says. Everything a client observes is kept with its moment.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/out.h"
#include "sim/chance.h"

namespace odradek::kafka::test {

struct Seen {
    Instant at;
    Observation what;
};

// What a broker does with a request.
struct Answer {
    std::optional<Message> message;  // Nothing: silence.
    bool disconnect{false};          // ... or the connection breaks instead.
};

template <class Client>
class ClientWorld {
public:
    using Broker = std::function<Answer(NodeId, Message const&)>;

    ClientWorld(Client client_of, std::uint64_t seed, Broker broker_of)
        : client(std::move(client_of)), chance(seed), broker(std::move(broker_of))
    {
    }

    Client client;
    sim::Chance chance;
    Broker broker;
    Duration latency{300'000};  // One way.
    std::set<NodeId> down;      // Refuse connections.
    std::vector<Seen> seen;
    std::vector<std::string> story;
    std::vector<std::pair<Instant, Message>> requests;  // Everything the client sent.
    std::uint64_t handlers{0};
    bool exited{false};
    Instant now;

    Env env()
    {
        Env e;
        e.self = NodeId{9};
        e.incarnation = incarnation_;
        e.now = now;
        e.wall = now + Duration{1'700'000'000'000'000'000};
        e.chance = &chance;
        return e;
    }
    void start()
    {
        ++incarnation_;
        connections_.clear();
        timers_.clear();
        ++life_;
        with([&](Env const& e, Out& out) { client.on_start(e, out); });
    }
    template <class Handler>
    void with(Handler&& handler)
    {
        Out out;
        out.listen(true);
        ++handlers;
        handler(env(), out);
        carry_out(out);
    }
    // False when nothing is left to happen before `until`.
    bool step(Instant until)
    {
        if (events_.empty() || events_.top().at > until)
            return false;
        Event const event = events_.top();
        events_.pop();
        now = event.at;
        if (event.life != life_)
            return true;
        handle(event);
        return true;
    }
    void run_until(Instant until)
    {
        while (step(until)) {
        }
        now = until;
    }
    // Breaks the connection to a node, as the client sees it at once.
    void disconnect(NodeId node)
    {
        auto const it = connections_.find(node);
        if (it == connections_.end())
            return;
        std::uint32_t const id = it->second;
        connections_.erase(it);
        (void)id;
        with([&](Env const& e, Out& out) {
            client.on_disconnected(e, {node, 0}, sim::DisconnectReason::reset, out);
        });
    }
    template <class T>
    std::vector<std::pair<Instant, T>> all() const
    {
        std::vector<std::pair<Instant, T>> found;
        for (Seen const& s : seen)
            if (T const* is = std::get_if<T>(&s.what))
                found.emplace_back(s.at, *is);
        return found;
    }
    template <class T>
    std::size_t requests_of() const
    {
        return static_cast<std::size_t>(
            std::count_if(requests.begin(), requests.end(),
                          [](auto const& r) { return std::holds_alternative<T>(r.second); }));
    }

private:
    enum class Kind { timer, connected, refused, request, response, broken };
    struct Event {
        Instant at;
        std::uint64_t sequence{0};
        Kind kind{};
        std::uint32_t life{0};
        Timer timer;
        std::uint64_t armed{0};
        NodeId node;
        std::uint32_t connection{0};
        std::int32_t correlation{0};
        std::size_t message{0};
    };
    struct Later {
        bool operator()(Event const& a, Event const& b) const
        {
            return std::pair(a.at, a.sequence) > std::pair(b.at, b.sequence);
        }
    };
    void add(Event event)
    {
        event.sequence = next_sequence_++;
        event.life = life_;
        events_.push(event);
    }
    void handle(Event const& event)
    {
        switch (event.kind) {
        case Kind::timer: {
            auto const it = timers_.find(event.timer);
            if (it == timers_.end() || it->second != event.armed)
                return;
            timers_.erase(it);
            with([&](Env const& e, Out& out) { client.on_timer(e, event.timer, out); });
            return;
        }
        case Kind::connected:
            if (is_open(event))
                with([&](Env const& e, Out& out) { client.on_connected(e, {event.node, 0}, out); });
            return;
        case Kind::refused:
            with([&](Env const& e, Out& out) {
                client.on_disconnected(e, {event.node, 0}, sim::DisconnectReason::refused, out);
            });
            return;
        case Kind::request: {
            if (!is_open(event))
                return;
            Answer answer = broker(event.node, messages_[event.message]);
            Event next = event;
            next.at = now + latency;
            if (answer.disconnect) {
                next.kind = Kind::broken;
            } else if (answer.message) {
                next.kind = Kind::response;
                next.message = messages_.size();
                messages_.push_back(*answer.message);
            } else {
                return;
            }
            add(next);
            return;
        }
        case Kind::response:
            if (is_open(event))
                with([&](Env const& e, Out& out) {
                    client.on_response(e, {event.node, 0}, event.correlation,
                                       messages_[event.message], out);
                });
            return;
        case Kind::broken:
            if (is_open(event)) {
                connections_.erase(event.node);
                with([&](Env const& e, Out& out) {
                    client.on_disconnected(e, {event.node, 0}, sim::DisconnectReason::closed, out);
                });
            }
            return;
        }
    }
    bool is_open(Event const& event) const
    {
        auto const it = connections_.find(event.node);
        return it != connections_.end() && it->second == event.connection;
    }
    void carry_out(Out& out)
    {
        for (auto& note : out.notes())
            story.push_back(to_string(now) + "  " + note);
        for (Observation& what : out.observations())
            seen.push_back({now, std::move(what)});
        for (sim::Wish const& wish : out.wishes()) {
            Event event;
            event.node = wish.peer.node;
            switch (wish.kind) {
            case sim::WishKind::connect:
                if (down.contains(wish.peer.node)) {
                    event.kind = Kind::refused;
                    event.at = now + latency * 2;
                    add(event);
                    break;
                }
                event.connection = connections_[wish.peer.node] = ++next_connection_;
                event.kind = Kind::connected;
                event.at = now + latency * 2;
                add(event);
                break;
            case sim::WishKind::close:
                connections_.erase(wish.peer.node);
                break;
            case sim::WishKind::send: {
                requests.emplace_back(now, out.messages()[wish.index]);
                event.kind = Kind::request;
                event.at = now + latency;
                auto const it = connections_.find(wish.peer.node);
                if (it == connections_.end())
                    break;
                event.connection = it->second;
                event.correlation = wish.correlation;
                event.message = messages_.size();
                messages_.push_back(out.messages()[wish.index]);
                add(event);
                break;
            }
            case sim::WishKind::arm:
                event.kind = Kind::timer;
                event.timer = wish.timer;
                event.armed = timers_[wish.timer] = ++next_armed_;
                event.at = now + std::max(wish.delay, Duration{});
                add(event);
                break;
            case sim::WishKind::cancel:
                timers_.erase(wish.timer);
                break;
            case sim::WishKind::park:
            case sim::WishKind::unpark:
            case sim::WishKind::unpark_request:
            case sim::WishKind::answer_under_way:
            case sim::WishKind::request_under_way:
                break;
            case sim::WishKind::exit:
                exited = true;
                break;
            default:
                break;
            }
        }
    }

    std::priority_queue<Event, std::vector<Event>, Later> events_;
    std::vector<Message> messages_;
    std::map<NodeId, std::uint32_t> connections_;
    std::map<Timer, std::uint64_t> timers_;
    std::uint64_t next_sequence_{0};
    std::uint32_t next_connection_{0};
    std::uint64_t next_armed_{0};
    std::uint32_t incarnation_{0};
    std::uint32_t life_{0};
};

// A topic "orders" (id 1) whose partition p is led by broker 1 + p % brokers, at node 1 + p %
// brokers.
inline MetadataResponse metadata_of(std::int32_t brokers, std::int32_t partitions,
                                    Epoch epoch = Epoch{0})
{
    MetadataResponse response;
    for (std::int32_t b = 1; b <= brokers; ++b)
        response.brokers.push_back({BrokerId{b}, NodeId{static_cast<std::uint16_t>(b)}, ""});
    MetadataTopic topic;
    topic.name = "orders";
    topic.topic = TopicId{1};
    for (std::int32_t p = 0; p < partitions; ++p) {
        MetadataPartition partition;
        partition.partition = p;
        partition.leader = BrokerId{1 + p % brokers};
        partition.leader_epoch = epoch;
        topic.partitions.push_back(partition);
    }
    response.topics.push_back(topic);
    return response;
}

inline std::vector<NodeId> nodes(std::uint16_t count)
{
    std::vector<NodeId> all;
    for (std::uint16_t n = 1; n <= count; ++n)
        all.push_back(NodeId{n});
    return all;
}

}  // namespace odradek::kafka::test
