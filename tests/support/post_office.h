// A post office: clients post letters at their own office and collect what came for them there;
// offices write a letter to disk before they accept it, and forward it until another office has
// accepted it. So an accepted letter is delivered at least once, whatever breaks meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/describe.h"
#include "sim/engine.h"

namespace odradek::sim::post {

struct Letter {
    std::uint64_t id{0};
    NodeId to;
};
DESCRIBE(Letter, id, to)

struct Post {  // Also from office to office.
    Letter letter;
};
DESCRIBE(Post, letter)
struct Accepted {
    std::uint64_t id{0};
};
DESCRIBE(Accepted, id)
struct Collect {  // Answered when there is a letter.
    std::uint32_t incarnation{0};
    std::uint64_t received{0};  // The last letter handed over, which need not be kept any more.
};
DESCRIBE(Collect, incarnation, received)
struct Handed {
    std::uint32_t incarnation{0};  // That asked.
    Letter letter;
};
DESCRIBE(Handed, incarnation, letter)
using Message = std::variant<Post, Accepted, Collect, Handed>;

struct Seen {
    enum class Kind : std::uint8_t { accepted, delivered } kind{};
    std::uint64_t letter{0};
    bool was_asked_for{true};
};
using Out = Outbox<Message, Seen>;

class LetterBlob final : public Blob {
public:
    explicit LetterBlob(Letter letter) : letter_(letter) {}
    Letter letter() const { return letter_; }
    std::uint64_t size() const override { return 400; }
    void write_to(std::string& bytes) const override { bytes.append(400, 'x'); }

private:
    Letter letter_;
};

// Offices are the processes 0 .. offices - 1, clients the others.
struct Town {
    std::uint16_t offices{3};
    std::uint16_t clients{6};
    std::uint32_t letters{50};  // That each incarnation of a client writes.
    Duration gap_max{200'000'000};

    NodeId home_of(NodeId client) const
    {
        return NodeId{static_cast<std::uint16_t>(client.value % offices)};
    }
};

constexpr std::uint8_t posting = 0;  // Channels: a request to collect waits for its letter.
constexpr std::uint8_t collecting = 1;
constexpr std::uint16_t retry = 1;  // Timers: connect (again); the index is the peer.
constexpr std::uint16_t write = 2;
constexpr Duration retry_after{100'000'000};
// A peer whose host lost its power says nothing, so who waits for an answer asks anew after a
// while.
constexpr Duration patience{3'000'000'000};

inline Timer retry_of(Peer peer)
{
    return {retry, std::uint32_t{peer.node.value} << 8 | peer.channel};
}
inline Peer peer_of(Timer timer)
{
    return {NodeId{static_cast<std::uint16_t>(timer.index >> 8)},
            static_cast<std::uint8_t>(timer.index)};
}

// What both kinds have in common; also the handlers that one of them does not need.
struct Process {
    Town town;
    std::map<std::uint64_t, Letter> kept;  // Not yet accepted (client) or passed on (office).
    std::map<Peer, bool> connected;
    // Office.
    FileId letters, gone;
    std::map<std::uint64_t, bool> known;
    std::map<NodeId, std::pair<RequestId, std::uint32_t>> collectors;
    // Client.
    std::uint32_t written{0};
    std::uint64_t received{0};

    bool is_office(NodeId node) const { return node.value < town.offices; }

    void on_start(Env const& env, Out& out)
    {
        if (!is_office(env.self)) {
            out.connect({town.home_of(env.self), posting});
            out.connect({town.home_of(env.self), collecting});
            out.arm({write}, {});
            return;
        }
        letters = env.open("letters");
        gone = env.open("gone");
        for (Extent const& extent : env.read(letters))
            if (!extent.torn()) {
                Letter const letter = static_cast<LetterBlob const&>(*extent.blob).letter();
                kept[letter.id] = letter;
                known[letter.id] = true;
            }
        for (Extent const& extent : env.read(gone))
            if (!extent.torn())
                kept.erase(static_cast<LetterBlob const&>(*extent.blob).letter().id);
        out.note("has {} letters to pass on", kept.size());
        for (std::uint16_t i = 0; i < town.offices; ++i)
            if (NodeId{i} != env.self)
                out.connect({NodeId{i}, posting});
    }
    void on_connected(Env const& env, Peer peer, Out& out)
    {
        connected[peer] = true;
        if (peer.channel == collecting)
            ask(peer, Collect{env.incarnation, received}, out);
        for (auto const& [id, letter] : kept)
            if (peer.channel == posting && goes_to(env, letter, peer))
                ask(peer, Post{letter}, out);
    }
    void on_disconnected(Env const&, Peer peer, DisconnectReason, Out& out)
    {
        connected[peer] = false;
        out.arm(retry_of(peer), retry_after);
    }
    void on_timer(Env const& env, Timer timer, Out& out)
    {
        if (timer.kind == retry) {
            out.connect(peer_of(timer));
            return;
        }
        Letter letter{std::uint64_t{env.self.value} << 48 | std::uint64_t{env.incarnation} << 32 |
                          ++written,
                      {}};
        letter.to = NodeId{
            static_cast<std::uint16_t>(town.offices + env.below(Site("post.to"), town.clients))};
        kept[letter.id] = letter;
        Peer const home{town.home_of(env.self), posting};
        if (connected[home])
            ask(home, Post{letter}, out);
        if (written < town.letters)
            out.arm({write}, env.between(Site("post.gap"), Duration{1'000'000}, town.gap_max));
    }
    void on_request(Env const& env, RequestId request, Message message, Out& out)
    {
        if (auto const* post = std::get_if<Post>(&message)) {
            if (!std::exchange(known[post->letter.id], true)) {
                kept[post->letter.id] = post->letter;
                out.append(letters, share<LetterBlob>(post->letter));
            }
            out.flush(letters);
            out.reply(request, Accepted{post->letter.id});
            Peer const next{town.home_of(post->letter.to), posting};
            if (next.node == env.self)
                hand_over(post->letter.to, out);
            else if (connected[next] && kept.contains(post->letter.id))
                ask(next, Post{post->letter}, out);
        } else {
            auto const& collect = std::get<Collect>(message);
            pass_on(collect.received, out);
            collectors[request.client] = {request, collect.incarnation};
            hand_over(request.client, out);
        }
    }
    void on_response(Env const& env, Peer peer, std::int32_t, Message message, Out& out)
    {
        if (auto const* accepted = std::get_if<Accepted>(&message)) {
            if (is_office(env.self))
                pass_on(accepted->id, out);
            else if (kept.erase(accepted->id) != 0)
                out.observe({Seen::Kind::accepted, accepted->id});
            for (auto const& [id, letter] : kept)
                if (goes_to(env, letter, peer))
                    return;
            out.cancel(retry_of(peer));
            return;
        }
        auto const& handed = std::get<Handed>(message);
        received = handed.letter.id;
        out.observe({Seen::Kind::delivered, received,
                     handed.incarnation == env.incarnation && handed.letter.to == env.self});
        ask(peer, Collect{env.incarnation, received}, out);
    }
    void on_flushed(Env const&, FileId, Out&) {}
    void on_disk_error(Env const&, FileId, DiskError, Out& out) { out.exit(); }
    void on_shutdown(Env const&, Out& out) { out.exit(); }

    void ask(Peer peer, Message message, Out& out)
    {
        out.send(peer, 0, std::move(message));
        out.arm(retry_of(peer), patience);
    }
    bool goes_to(Env const& env, Letter const& letter, Peer peer) const
    {
        return !is_office(env.self) || town.home_of(letter.to) == peer.node;
    }
    void pass_on(std::uint64_t id, Out& out)
    {
        auto const letter = kept.find(id);
        if (letter == kept.end())
            return;
        out.append(gone, share<LetterBlob>(letter->second));
        kept.erase(letter);
    }
    void hand_over(NodeId client, Out& out)
    {
        auto const collector = collectors.find(client);
        if (collector == collectors.end())
            return;
        for (auto const& [id, letter] : kept)
            if (letter.to == client) {
                auto const [request, incarnation] = collector->second;
                out.reply(request, Handed{incarnation, letter});
                collectors.erase(collector);
                return;
            }
    }
};

struct Model {
    using Message = post::Message;
    using Observation = Seen;
    using Process = post::Process;

    static std::uint64_t wire_size(Message const& m)
    {
        return std::visit([](auto const& one) { return sim::wire_size(one); }, m) + 400;
    }
    static void add_to(Digest& digest, Message const& m)
    {
        digest.add(m.index());
        std::visit([&](auto const& one) { sim::add_to(digest, one); }, m);
    }
    static std::string name_of(Message const& m)
    {
        return std::visit([](auto const& one) { return describe_name(&one) + (" " + print(one)); },
                          m);
    }
    static char const* timer_name(Timer timer) { return timer.kind == retry ? "retry" : "write"; }
    static Process reborn(Process const& blueprint, Process const&) { return blueprint; }
};
using Engine = sim::Engine<Model>;

// Every process on a host of its own; all started.
inline Engine build(std::uint64_t seed, Town const& town, LinkQuality const& links = {},
                    DiskQuality const& disks = {})
{
    Engine engine(seed);
    engine.network().set_default_quality(links);
    for (std::uint16_t i = 0; i < town.offices + town.clients; ++i) {
        std::string const name = i < town.offices ? "office-" + std::to_string(i)
                                                  : "client-" + std::to_string(i - town.offices);
        engine.add_process(engine.add_host(name, "", disks), name,
                           Process{town, {}, {}, {}, {}, {}, {}, 0, 0});
        engine.start(NodeId{i});
    }
    return engine;
}

}  // namespace odradek::sim::post

extern template class odradek::sim::Engine<odradek::sim::post::Model>;
