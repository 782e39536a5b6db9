// The engine: takes the next event, gives it to the process it is for, carries out what the process
// wished, folds everything into the digest. The whole running world is one value: copy the engine and the
// copy runs on independently.
//
// What the processes are is the model's business. A Model names:
//     Message, Observation      variants of the model
//     Process                   one copyable state machine with the handlers of sim/node.h
//     static wire_size(Message), add_to(Digest&, Message), name_of(Message), timer_name(Timer)
//     static Process reborn(Process const& blueprint, Process const& dead)
//                               what a restart begins with, apart from the disk
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/agenda.h"
#include "sim/chance.h"
#include "sim/clock.h"
#include "sim/digest.h"
#include "sim/disk.h"
#include "sim/ensure.h"
#include "sim/fifo.h"
#include "sim/network.h"
#include "sim/node.h"
#include "sim/timers.h"

namespace odradek::sim {

enum class ProcessState : std::uint8_t {
    down,      // No process; its host may be up.
    running,
    paused,    // Stopped by a fault (a long garbage collection): inputs wait.
};

// What the last step was about, for stories, judges and reports. Texts are made only for listeners.
struct Happening {
    Event event;
    bool to_process{false};   // A process was given an input.
    NodeId node;              // Which.
    std::string what;         // "fetch request from broker 2", when listening.
};

template <class Model>
class Engine {
public:
    using Message = typename Model::Message;
    using Observation = typename Model::Observation;
    using Process = typename Model::Process;
    using Out = Outbox<Message, Observation>;

    explicit Engine(std::uint64_t seed) : chance_(seed) {}

    // -- Building --------------------------------------------------------------------------------------
    HostId add_host(std::string name, std::string rack, DiskQuality disk)
    {
        HostId const id = network_.add_host(std::move(name), std::move(rack));
        hosts_.push_back(Host{Clock{}, Disk(id, std::move(disk)), 0});
        return id;
    }
    // The process is down until start().
    NodeId add_process(HostId host, std::string name, Process process)
    {
        NodeId const id{static_cast<std::uint16_t>(nodes_.size())};
        network_.add_node(id, host);
        nodes_.push_back(Node{host, std::move(name), process, std::move(process), {}, {}});
        return id;
    }

    // -- Reading ---------------------------------------------------------------------------------------
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

    // -- Listening. Changes nothing but what is told. ----------------------------------------------------
    void listen(bool listening) { out_.listen(listening); }
    Happening const& last() const { return last_; }
    std::vector<std::string> const& notes() { return out_.notes(); }
    std::vector<Observation> const& observations() const { return out_.observations(); }

    // -- Running ---------------------------------------------------------------------------------------
    // Is there an event at or before `end`?
    bool has_event_until(Instant end) const { return agenda_.next_time() <= end; }
    // Handles the next event. An event of kind fault or tick is the owner's: it is only taken, and the
    // owner acts on last().event.
    void step();
    // Lets time pass without events; for the end of a run.
    void advance_to(Instant time) { agenda_.advance_to(time); }
    // Asks for an event of the owner's own (kind fault or tick).
    void schedule(Instant time, EventKind kind, std::uint8_t aux, std::uint64_t payload)
    {
        agenda_.schedule(time, kind, aux, NodeId{}, payload);
    }

    // -- What can be done to processes and hosts ----------------------------------------------------------
    void start(NodeId node);
    // The process is gone at once; the page cache stays.
    void crash(NodeId node);
    // Asks it to stop in order; it exits by itself.
    void shut_down(NodeId node) { schedule_process(node, ProcessEvent::shutdown); }
    void pause(NodeId node);
    void resume(NodeId node);
    // Every process of the host is gone and the page cache with it. Counted: the host has power again
    // when power_on() was called as often.
    std::vector<LostBytes> lose_power(HostId host, std::optional<PowerLoss> model = {});
    // The host is up; its processes are down until started.
    void power_on(HostId host);
    // Timers measure by the host's clock: call after changing it.
    void clock_changed(HostId host);
    // Ends a disk fault; what waited for a stalled disk goes on.
    void remove_disk_fault(HostId host, std::uint32_t fault);
    // Calls a handler of a running process outside its own events, as `what` in the story.
    template <class Handler>
    void call(NodeId node, std::string_view what, Handler&& handler)
    {
        begin_output();
        if (!running(node))
            return;
        Env const env = env_of(node);
        note_input(node, [&] { return std::string(what); });
        handler(nodes_[node.value].process, env, out_);
        carry_out(node);
    }

private:
    enum class ProcessEvent : std::uint8_t { start, shutdown, backlog };

    // An input that waits for a paused process.
    struct Waiting {
        enum class Kind : std::uint8_t {
            start, network, timer, flushed, disk_error, shutdown,
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
        Fifo<Waiting> backlog;
        ProcessState state{ProcessState::down};
        std::uint32_t incarnation{0};
    };
    struct Host {
        Clock clock;
        Disk disk;
        int power_losses{0};
    };
    // What a process may not do before its stalled disk goes on.
    struct Stalled {
        NodeId node;
        std::uint32_t incarnation{0};
        std::uint32_t held{0};  // The disk operation it waits for.
        Wish wish;
        std::optional<Message> message;
    };

    Env env_of(NodeId node)
    {
        Node const& n = nodes_[node.value];
        Host& host = hosts_[n.host.value];
        return {node, n.incarnation, host.clock.monotonic(now()), host.clock.wall(now()), &chance_,
                &host.disk};
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
    void give(NodeId node, Waiting const& input);
    void handle(NodeId node, Waiting const& input);
    void schedule_disk(NodeId node, std::uint32_t incarnation, FileId file, Instant at,
                       DiskError error);
    void carry_out(NodeId node);
    bool carry_out_disk(NodeId node, Wish const& wish, Instant& ready, std::uint32_t& held);
    void carry_out_network(NodeId node, Wish const& wish, Message* message, Instant ready);
    void arm(NodeId node, Timer timer, Duration delay);
    void die(NodeId node);
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
    void free_dropped()
    {
        std::vector<std::uint32_t>& dropped = network_.dropped();
        for (std::uint32_t const handle : dropped) {
            messages_[handle] = Message{};
            free_messages_.push_back(handle);
        }
        dropped.clear();
    }

    Agenda agenda_;
    Chance chance_;
    Network network_;
    std::vector<Host> hosts_;
    std::vector<Node> nodes_;
    std::vector<Message> messages_;  // On their way; the network carries their index.
    std::vector<std::uint32_t> free_messages_;
    std::vector<Stalled> stalled_;
    Digest digest_;
    Out out_;
    Happening last_;
    std::uint64_t events_handled_{0};
};

}  // namespace odradek::sim
