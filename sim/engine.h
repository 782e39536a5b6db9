// The engine: takes the next event, gives it to the process it is for, carries out what the process
// wished, folds everything into the digest. The whole running world is one value: copy the engine
// and the copy runs on independently.
//
// What the processes are is the model's business. A Model names:
//     Message, Observation      variants of the model
//     Process                   one copyable state machine with the handlers of sim/node.h
//     static wire_size(Message), add_to(Digest&, Message), name_of(Message), timer_name(Timer)
//     static Process reborn(Process const& blueprint, Process const& dead)
//                               what a restart begins with, apart from the disk
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/agenda.h"
#include "sim/budget.h"
#include "sim/chance.h"
#include "sim/clock.h"
#include "sim/digest.h"
#include "sim/disk.h"
#include "sim/engine_failure.h"
#include "sim/ensure.h"
#include "sim/fifo.h"
#include "sim/memory_backend.h"
#include "sim/network.h"
#include "sim/node.h"
#include "sim/storage.h"
#include "sim/timers.h"

namespace odradek::sim {

enum class ProcessState : std::uint8_t {
    down,  // No process; its host may be up.
    running,
    paused,  // Stopped by a fault (a long garbage collection): inputs wait.
};

// What the last step was about, for stories, judges and reports. Texts are made only for listeners.
struct Happening {
    Event event;
    bool to_process{false};  // A process was given an input.
    NodeId node;             // Which.
    std::string what;        // "fetch request from broker 2", when listening.
};

template <class Model>
class Engine {
public:
    using Message = typename Model::Message;
    using Observation = typename Model::Observation;
    using Process = typename Model::Process;
    using Out = Outbox<Message, Observation>;

    explicit Engine(std::uint64_t seed) : chance_(seed) {}

    // -- Building
    // `storage` keeps the disk's durable bytes; null: they are kept in memory.
    HostId add_host(std::string name, std::string rack, DiskQuality disk,
                    Storage* storage = nullptr)
    {
        HostId const id = network_.add_host(name, std::move(rack));
        std::unique_ptr<Backend> backend =
            storage != nullptr ? storage->backend(id, name) : std::make_unique<MemoryBackend>();
        hosts_.push_back(Host{Clock{}, Disk(id, std::move(disk), std::move(backend)), 0});
        return id;
    }
    // The run is over: every host that has power is shut down in order, for whoever looks at its
    // files afterwards. Not part of the run.
    void unmount_disks()
    {
        for (Host& host : hosts_)
            if (host.power_losses == 0)
                host.disk.unmount(now());
    }
    // The process is down until start().
    NodeId add_process(HostId host, std::string name, Process process)
    {
        NodeId const id{static_cast<std::uint16_t>(nodes_.size())};
        network_.add_node(id, host);
        Process blueprint = process;
        nodes_.push_back(
            Node{host, std::move(name), std::move(blueprint), std::move(process), {}, {}});
        return id;
    }

    // -- Reading
    Instant now() const { return agenda_.now(); }
    std::size_t node_count() const { return nodes_.size(); }
    std::size_t host_count() const { return hosts_.size(); }
    std::string const& name_of_node(NodeId node) const { return nodes_[node.value].name; }
    HostId host_of(NodeId node) const { return nodes_[node.value].host; }
    // The process's state as it was when it last ran; meaningful also while it is down or paused.
    Process const& process(NodeId node) const { return nodes_[node.value].process; }
    Process& process(NodeId node) { return nodes_[node.value].process; }
    ProcessState state(NodeId node) const { return nodes_[node.value].state; }
    bool running(NodeId node) const { return state(node) != ProcessState::down; }
    std::uint32_t incarnation(NodeId node) const { return nodes_[node.value].incarnation; }
    bool has_power(HostId host) const { return hosts_[host.value].power_losses == 0; }
    Disk& disk(HostId host) { return hosts_[host.value].disk; }
    Disk const& disk(HostId host) const { return hosts_[host.value].disk; }
    Clock& clock(HostId host) { return hosts_[host.value].clock; }
    Network& network() { return network_; }
    Network const& network() const { return network_; }
    Chance& chance() { return chance_; }
    Agenda& agenda() { return agenda_; }
    Digest const& digest() const { return digest_; }
    std::uint64_t events_handled() const { return events_handled_; }
    std::size_t events_pending() const { return agenda_.size(); }

    // -- Listening. Changes nothing but what is told.
    void listen(Telling telling) { out_.listen(telling); }
    void listen(bool listening) { out_.listen(listening); }
    Happening const& last() const { return last_; }
    std::vector<std::string> const& notes() { return out_.notes(); }
    std::vector<Observation> const& observations() const { return out_.observations(); }

    // -- Running
    // Is
    // there an event at or before `end`?
    bool has_event_until(Instant end) const
    {
        return !agenda_.empty() && agenda_.next_time() <= end;
    }
    // Handles the next event; there must be one. An event of kind fault or tick is the owner's: it
    // is only taken, and the owner acts on last().event. Throws EngineFailure when a law of ours
    // breaks.
    void step();
    // Steps as far as the budget goes; `after(*this)` is called after each event and ends the run
    // by returning false. When time is up or nothing is left, time has passed to `until`.
    template <class After>
    Stop run(Budget const& budget, After&& after)
    {
        for (std::uint64_t handled = 0;; ++handled) {
            if (!has_event_until(budget.until)) {
                if (budget.until != Instant::never() && budget.until > now())
                    advance_to(budget.until);
                return agenda_.empty() ? Stop::nothing_left : Stop::time_is_up;
            }
            if (handled == budget.events)
                return Stop::events_used_up;
            step();
            if (!after(*this))
                return Stop::told_to;
        }
    }
    Stop run(Budget const& budget)
    {
        return run(budget, [](Engine&) { return true; });
    }
    // Lets time pass without events; for the end of a run.
    void advance_to(Instant time) { agenda_.advance_to(time); }
    // Asks for an event of the owner's own (kind fault or tick).
    void schedule(Instant time, EventKind kind, std::uint8_t aux, std::uint64_t payload)
    {
        agenda_.schedule(time, kind, aux, NodeId{}, payload);
    }

    // -- What can be done to processes and hosts
    void start(NodeId node);
    // The process is gone at once; the page cache stays.
    void crash(NodeId node);
    // Asks it to stop in order; it exits by itself.
    void shut_down(NodeId node) { schedule_process(node, ProcessEvent::shutdown); }
    void pause(NodeId node);
    void resume(NodeId node);
    // Every process of the host is gone and the page cache with it. Counted: the host has power
    // again when power_on() was called as often.
    std::vector<LostBytes> lose_power(HostId host, std::optional<PowerLoss> model = {});
    // The host is up; its processes are down until started.
    void power_on(HostId host);
    // Timers measure by the host's clock: call after changing it.
    void clock_changed(HostId host);
    // Ends a disk fault; what waited for a stalled disk goes on.
    void remove_disk_fault(HostId host, std::uint32_t fault);
    // Calls a handler of a running process outside its own events, as `what` in the story. False:
    // the process is down, paused or about to start, and was not called.
    template <class Handler>
    bool call(NodeId node, std::string_view what, Handler&& handler)
    {
        begin_output();
        Node& n = nodes_[node.value];
        if (n.state != ProcessState::running || !n.has_begun)
            return false;
        try {
            note_input(node, [&] { return std::string(what); });
            digest_.add(std::uint64_t{node.value} << 8 | called);
            Env const env = env_of(node);
            handler(n.process, env, out_);
            carry_out(node);
        } catch (BrokenLaw const& law) {
            fail(law);
        }
        return true;
    }

    // Whoever is about to disturb the world (a fault, or the end of one: links, processes, hosts,
    // clocks) says so first: what is parked is unparked, both ends are told while everything is as
    // it was. `told(node)` is called after each handler.
    void disturb(std::function<void(NodeId)> const& told);
    std::uint64_t disturbances() const { return disturbances_; }

    // -- For tests and the end of a run

    // ENSUREs that every message is in one place only: free, on the network, or waiting for a
    // paused process. Takes time in proportion to what is under way.
    void check_messages() const;
    // Messages on the network or waiting for a paused process.
    std::size_t messages_under_way() const { return messages_.size() - free_messages_.size(); }

private:
    enum class ProcessEvent : std::uint8_t { start, shutdown, backlog };
    static constexpr std::uint64_t called = 0xff;  // In the digest, instead of a kind of input.

    // An input for a process; kept while the process is paused.
    struct Input {
        enum class Kind : std::uint8_t {
            start,
            network,
            timer,
            flushed,
            disk_error,
            shutdown,
        } kind{};
        NetworkInput network;
        std::uint32_t timer{0};
        FileId file;
        DiskError error{};
    };
    struct Node {
        HostId host;
        std::string name;
        Process blueprint;
        Process process;
        Timers timers;
        Fifo<Input> backlog;
        ProcessState state{ProcessState::down};
        bool has_begun{false};       // This incarnation has been given its start.
        bool backlog_is_due{false};  // An event that takes from the backlog is in the agenda.
        std::uint32_t incarnation{0};
    };
    struct Host {
        Clock clock;
        Disk disk;
        int power_losses{0};
    };
    // Something that goes on when the disk does: an operation on a stalled disk, or what a process
    // may not send before. Wishes of one handler call are next to each other.
    struct Stalled {
        NodeId node;
        std::uint64_t call{0};  // The handler call it belongs to.
        std::uint32_t held{0};  // The operation's number; 0: not an operation.
        Wish wish;
        std::optional<Message> message;
    };

    Env env_of(NodeId node)
    {
        Node const& n = nodes_[node.value];
        Host& host = hosts_[n.host.value];
        return {node,
                n.incarnation,
                host.clock.monotonic(now()),
                host.clock.wall(now()),
                &chance_,
                &host.disk,
                &network_,
                disturbances_,
                now(),
                host.clock.drift_ppm() != 0 || host.clock.is_frozen()};
    }
    void begin_output()
    {
        out_.clear();
        last_.to_process = false;
        last_.what.clear();
    }
    template <class What>
    void note_input(NodeId node, What&& what)
    {
        last_.to_process = true;
        last_.node = node;
        if (out_.listening())
            last_.what = what();
    }
    void schedule_process(NodeId node, ProcessEvent event)
    {
        agenda_.schedule(now(), EventKind::process, static_cast<std::uint8_t>(event), node,
                         nodes_[node.value].incarnation);
    }
    void on_network(Event const& event);
    void on_process_event(Event const& event);
    void on_timer_event(Event const& event);
    void on_disk_event(Event const& event);
    void give(NodeId node, Input const& input);
    void handle(NodeId node, Input const& input);
    void handle_network(NodeId node, NetworkInput const& input);
    void forget(Input const& input);
    void schedule_disk(NodeId node, std::uint32_t incarnation, FileId file, Instant at,
                       DiskError error);
    void carry_out(NodeId node);
    bool carry_out_disk(NodeId node, Wish const& wish, Instant& ready, bool& waits);
    void carry_out_network(NodeId node, Wish const& wish, Message* message, Instant ready);
    void carry_out_parked(NodeId node, Wish const& wish);
    void stall(NodeId node, Wish const& wish, std::uint32_t held, Message* message);
    bool waits_in_line(NodeId node, Wish const& wish) const;
    static bool same_connection(Wish const& a, Wish const& b);
    static bool survives_disk_error(Wish& wish);
    void forget_unread(NodeId node, Wish const& wish);
    void arm(NodeId node, Timer timer, Duration delay);
    void schedule_timer(NodeId node, std::uint32_t slot);
    void die(NodeId node);
    [[noreturn]] void fail(BrokenLaw const& law) const;
    std::uint32_t keep(Message message)
    {
        if (free_messages_.empty()) {
            messages_.push_back(std::move(message));
            return static_cast<std::uint32_t>(messages_.size() - 1);
        }
        std::uint32_t const handle = free_messages_.back();
        free_messages_.pop_back();
        messages_[handle] = std::move(message);
        return handle;
    }
    Message take(std::uint32_t handle)
    {
        Message message = std::move(messages_[handle]);
        free_messages_.push_back(handle);
        return message;
    }
    void free_message(std::uint32_t handle)
    {
        messages_[handle] = Message{};
        free_messages_.push_back(handle);
    }
    void free_dropped()
    {
        std::vector<std::uint32_t>& dropped = network_.dropped();
        for (std::uint32_t const handle : dropped)
            free_message(handle);
        dropped.clear();
    }

    Agenda agenda_;
    Chance chance_;
    Network network_;
    std::vector<Host> hosts_;
    std::vector<Node> nodes_;
    std::vector<Message> messages_;  // On their way; the network carries their index.
    std::vector<std::uint32_t> free_messages_;
    std::vector<Stalled> stalled_;      // In the order wished.
    std::vector<FileId> failed_files_;  // By the call that is being carried out.
    Digest digest_;
    Out out_;
    Happening last_;
    RecentEvents recent_;
    std::uint64_t events_handled_{0};
    std::uint64_t calls_{0};  // Of handlers.
    std::uint64_t disturbances_{0};
};

}  // namespace odradek::sim
