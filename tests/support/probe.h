// A process without a will of its own: it writes down what it is given, answers each request with the
// same text (unless told to keep it), and does what a test has it do through Engine::call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sim/engine.h"

namespace odradek::sim::probe {

using Out = Outbox<std::string, int>;

struct Process {
    std::vector<std::string> log;  // Survives restarts.
    std::vector<RequestId> asked;
    bool answers{true};

    void on_start(Env const& env, Out& out)
    {
        log.push_back(fmt::format("start {}", env.incarnation));
        out.note("life {}", env.incarnation);
        asked.clear();
    }
    void on_connected(Env const&, Peer peer, Out&)
    {
        log.push_back(fmt::format("connected {}", peer.node.value));
    }
    void on_disconnected(Env const&, Peer peer, DisconnectReason reason, Out&)
    {
        log.push_back(fmt::format("disconnected {} {}", peer.node.value, to_string(reason)));
    }
    void on_request(Env const&, RequestId request, std::string message, Out& out)
    {
        log.push_back("request " + message);
        asked.push_back(request);
        if (answers)
            out.reply(request, std::move(message));
    }
    void on_response(Env const&, Peer, std::int32_t, std::string message, Out&)
    {
        log.push_back("response " + message);
    }
    void on_timer(Env const& env, Timer timer, Out&)
    {
        log.push_back(fmt::format("timer {}.{} at {} ms", timer.kind, timer.index, env.now.ms()));
    }
    void on_flushed(Env const&, FileId file, Out&)
    {
        log.push_back(fmt::format("flushed {}", file.value));
    }
    void on_disk_error(Env const&, FileId file, DiskError error, Out&)
    {
        log.push_back(fmt::format("file {}: {}", file.value, to_string(error)));
    }
    void on_shutdown(Env const&, Out& out)
    {
        log.push_back("shutdown");
        out.exit();
        out.arm({99}, {});
    }
};

struct Model {
    using Message = std::string;
    using Observation = int;
    using Process = probe::Process;

    static std::uint64_t wire_size(Message const& message) { return message.size(); }
    static void add_to(Digest& digest, Message const& message)
    {
        digest.add(std::string_view(message));
    }
    static Message const& name_of(Message const& message) { return message; }
    static std::uint16_t timer_name(Timer timer) { return timer.kind; }
    static Process reborn(Process const&, Process const& dead) { return dead; }
};
using Engine = sim::Engine<Model>;

}  // namespace odradek::sim::probe

extern template class odradek::sim::Engine<odradek::sim::probe::Model>;
