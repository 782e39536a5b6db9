// A token ring: processes in a circle pass one token on. Whoever takes it first writes down on
// which lap, so that neither a crash nor a message sent twice makes a second token or loses the
// only one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "sim/describe.h"
#include "sim/engine.h"

namespace odradek::sim::ring {

struct Pass {
    std::uint64_t lap{0};
};
DESCRIBE(Pass, lap)

struct Taken {
    std::uint64_t lap{0};
};
DESCRIBE(Taken, lap)

using Message = std::variant<Pass, Taken>;

// The process has the token on this lap.
struct Holds {
    NodeId node;
    std::uint64_t lap{0};
};
using Out = Outbox<Message, Holds>;

// A lap, written down.
class LapBlob final : public Blob {
public:
    explicit LapBlob(std::uint64_t lap) : lap_(lap) {}
    std::uint64_t lap() const { return lap_; }
    std::uint64_t size() const override { return 8; }
    void write_to(std::string& bytes) const override
    {
        for (int byte = 0; byte < 8; ++byte)
            bytes += static_cast<char>(lap_ >> 8 * byte);
    }

private:
    std::uint64_t lap_;
};

struct Rules {
    bool persists{true};
    Duration retry{500'000'000};
    Duration hold{0};  // How long a process keeps the token.
};

// The first begins every lap; the others take the token when it is on a later lap than they know.
class Member {
public:
    Member(NodeId next, Rules rules, NodeId first = {}) : next_{next, 0}, first_(first), rules_(rules)
    {
    }

    std::uint64_t lap() const { return lap_; }

    void on_start(Env const& env, Out& out)
    {
        if (rules_.persists) {
            file_ = env.open("laps");
            for (Extent const& extent : env.read(file_))
                lap_ = static_cast<LapBlob const&>(*extent.blob).lap();
        }
        out.connect(next_);
        if (lap_ > 0)
            has_token_ = true;  // Perhaps passed on already; then it is refused.
        else if (env.self == first_)
            take(env, 1, out);
    }
    void on_connected(Env const&, Peer, Out& out)
    {
        is_connected_ = true;
        pass(out);
    }
    void on_disconnected(Env const&, Peer, DisconnectReason reason, Out& out)
    {
        is_connected_ = false;
        out.note("tries again in {}: {}", to_string(rules_.retry), to_string(reason));
        out.arm(retry, rules_.retry);
    }
    void on_request(Env const& env, RequestId request, Message message, Out& out)
    {
        std::uint64_t const lap = std::get<Pass>(message).lap;
        bool const begins_lap = env.self == first_;
        if (begins_lap ? lap == lap_ : lap > lap_)
            take(env, begins_lap ? lap + 1 : lap, out);
        else
            out.note("has had the token on lap {}", lap);
        out.reply(request, Taken{lap});
    }
    void on_response(Env const&, Peer, std::int32_t, Message message, Out&)
    {
        if (std::get<Taken>(message).lap == lap_)
            has_token_ = false;
    }
    void on_timer(Env const&, Timer timer, Out& out)
    {
        if (timer == retry)
            out.connect(next_);
        else
            pass(out);
    }
    void on_flushed(Env const&, FileId, Out& out) { pass_on_later(out); }
    void on_disk_error(Env const&, FileId, DiskError error, Out& out)
    {
        out.note("cannot write the lap down: {}", to_string(error));
        out.exit();
    }
    void on_shutdown(Env const&, Out& out) { out.exit(); }

private:
    static constexpr Timer retry{1, 0};
    static constexpr Timer done{2, 0};

    void take(Env const& env, std::uint64_t lap, Out& out)
    {
        lap_ = lap;
        has_token_ = true;
        out.note("takes the token on lap {}", lap);
        out.observe(Holds{env.self, lap});
        if (rules_.persists) {
            out.append(file_, share<LapBlob>(lap));
            out.flush(file_, true);
        } else
            pass_on_later(out);
    }
    void pass_on_later(Out& out)
    {
        if (rules_.hold == Duration{})
            pass(out);
        else
            out.arm(done, rules_.hold);
    }
    void pass(Out& out)
    {
        if (has_token_ && is_connected_)
            out.send(next_, ++correlation_, Pass{lap_});
    }

    Peer next_;
    NodeId first_;
    Rules rules_;
    FileId file_;
    std::int32_t correlation_{0};
    std::uint64_t lap_{0};
    bool has_token_{false};
    bool is_connected_{false};
};

struct Model {
    using Message = ring::Message;
    using Observation = Holds;
    using Process = Member;

    static std::uint64_t wire_size(Message const&) { return 12; }
    static void add_to(Digest& digest, Message const& message)
    {
        digest.add(message.index());
        std::visit([&](auto const& m) { sim::add_to(digest, m); }, message);
    }
    static char const* name_of(Message const& message)
    {
        return message.index() == 0 ? "Pass" : "Taken";
    }
    static char const* timer_name(Timer timer) { return timer.kind == 1 ? "retry" : "done"; }
    static Process reborn(Process const& blueprint, Process const&) { return blueprint; }
};
using Engine = sim::Engine<Model>;

// A ring of so many processes, one on each host, all started.
inline Engine build(std::uint64_t seed, std::uint16_t members, Rules rules = {},
                    LinkQuality const& links = {}, DiskQuality const& disks = {})
{
    Engine engine(seed);
    engine.network().set_default_quality(links);
    for (std::uint16_t i = 0; i < members; ++i) {
        std::string const name = "member-" + std::to_string(i);
        HostId const host = engine.add_host(name, "", disks);
        engine.add_process(host, name,
                           Member(NodeId{static_cast<std::uint16_t>((i + 1) % members)}, rules));
    }
    for (std::uint16_t i = 0; i < members; ++i)
        engine.start(NodeId{i});
    return engine;
}

}  // namespace odradek::sim::ring

extern template class odradek::sim::Engine<odradek::sim::ring::Model>;
