// Every kind of process of a cluster, as one value that the engine can hold, copy and start anew.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "model/client/admin.h"
#include "model/client/producer.h"
#include "model/client/reader.h"
#include "model/out.h"
#include "model/server/server.h"
#include "sim/engine.h"

namespace odradek::kafka {

class Process {
public:
    using Kinds = std::variant<Server, Producer, Reader, Admin>;

    explicit Process(Kinds kind) : kind_(std::move(kind)) {}

    // Null when it is none: as<Producer>(), and of a server as<Broker>() and as<Controller>().
    template <class Kind>
    Kind* as()
    {
        return const_cast<Kind*>(std::as_const(*this).as<Kind>());
    }
    template <class Kind>
    Kind const* as() const
    {
        if constexpr (std::is_same_v<Kind, Broker> || std::is_same_v<Kind, Controller>) {
            Server const* server = std::get_if<Server>(&kind_);
            if (server == nullptr)
                return nullptr;
            if constexpr (std::is_same_v<Kind, Broker>)
                return server->broker();
            else
                return server->controller();
        } else
            return std::get_if<Kind>(&kind_);
    }

    void on_start(Env const& env, Out& out)
    {
        std::visit([&](auto& p) { p.on_start(env, out); }, kind_);
    }
    void on_connected(Env const& env, Peer peer, Out& out)
    {
        std::visit([&](auto& p) { p.on_connected(env, peer, out); }, kind_);
    }
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out)
    {
        std::visit([&](auto& p) { p.on_disconnected(env, peer, reason, out); }, kind_);
    }
    void on_request(Env const& env, RequestId request, Message message, Out& out)
    {
        std::visit([&](auto& p) { p.on_request(env, request, std::move(message), out); }, kind_);
    }
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message message, Out& out)
    {
        std::visit([&](auto& p) { p.on_response(env, peer, correlation, std::move(message), out); },
                   kind_);
    }
    void on_parked(Env const& env, Peer peer, std::int32_t correlation, Out& out)
    {
        if (Broker* broker = as<Broker>())
            broker->on_parked(env, peer, correlation, out);
    }
    void on_unparked(Env const& env, RequestId request, sim::ParkedRound const& round, Out& out)
    {
        if (Broker* broker = as<Broker>())
            broker->on_unparked(env, request, round, out);
    }
    void on_unparked(Env const& env, Peer peer, sim::ParkedRound const& round, Out& out)
    {
        if (Broker* broker = as<Broker>())
            broker->on_unparked(env, peer, round, out);
    }
    void on_timer(Env const& env, Timer timer, Out& out)
    {
        std::visit([&](auto& p) { p.on_timer(env, timer, out); }, kind_);
    }
    void on_flushed(Env const& env, sim::FileId file, Out& out)
    {
        std::visit([&](auto& p) { p.on_flushed(env, file, out); }, kind_);
    }
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out)
    {
        std::visit([&](auto& p) { p.on_disk_error(env, file, error, out); }, kind_);
    }
    void on_shutdown(Env const& env, Out& out)
    {
        std::visit([&](auto& p) { p.on_shutdown(env, out); }, kind_);
    }

private:
    Kinds kind_;
};

// What the engine needs to know of Kafka.
struct KafkaModel {
    using Message = kafka::Message;
    using Observation = kafka::Observation;
    using Process = kafka::Process;

    static std::uint64_t wire_size(Message const& message) { return kafka::wire_size(message); }
    static void add_to(sim::Digest& digest, Message const& message)
    {
        kafka::add_to(digest, message);
    }
    static char const* name_of(Message const& message) { return kafka::name_of(message); }
    static char const* timer_name(Timer timer);
    // A server begins with what its disk gives back. An application remembers what it did (which
    // record comes next); its clients begin anew.
    static Process reborn(Process const& blueprint, Process const& dead);
};

using Engine = sim::Engine<KafkaModel>;

}  // namespace odradek::kafka

extern template class odradek::sim::Engine<odradek::kafka::KafkaModel>;
