// The engine's longer functions; included once, by the file that instantiates the engine for a model.
#pragma once

#include <fmt/format.h>

#include "sim/engine.h"

namespace odradek::sim {

template <class Model>
void Engine<Model>::step()
{
    begin_output();
    Event const event = agenda_.take();
    last_.event = event;
    ++events_handled_;
    digest_.add(static_cast<std::uint64_t>(event.time.ns));
    digest_.add(event.seq ^ std::uint64_t{event.node} << 48 ^ std::uint64_t{event.kind} << 40);
    switch (static_cast<EventKind>(event.kind)) {
    case EventKind::network:
        on_network(event);
        break;
    case EventKind::timer:
        on_timer_event(event);
        break;
    case EventKind::flushed:
    case EventKind::disk_error: {
        NodeId const node{event.node};
        if (static_cast<std::uint32_t>(event.payload >> 32) != nodes_[node.value].incarnation)
            break;
        Waiting input;
        input.kind = static_cast<EventKind>(event.kind) == EventKind::flushed
                         ? Waiting::Kind::flushed
                         : Waiting::Kind::disk_error;
        input.file = FileId{static_cast<std::uint32_t>(event.payload)};
        input.error = static_cast<DiskError>(event.aux);
        give(node, input);
        break;
    }
    case EventKind::process:
        on_process_event(event);
        break;
    case EventKind::fault:
    case EventKind::tick:
        break;
    }
}

template <class Model>
void Engine<Model>::on_network(Event const& event)
{
    Waiting input;
    input.kind = Waiting::Kind::network;
    input.network = network_.on_event(agenda_, chance_, event);
    free_dropped();
    // A server learns nothing of clients that go: it reads requests until there are none.
    bool const servers_end = input.network.kind == NetworkInput::Kind::disconnected
                             && input.network.end == End::server;
    if (input.network.kind != NetworkInput::Kind::none && !servers_end)
        give(input.network.to, input);
}

template <class Model>
void Engine<Model>::on_timer_event(Event const& event)
{
    NodeId const id{event.node};
    Node& node = nodes_[id.value];
    std::uint32_t const number = static_cast<std::uint32_t>(event.payload >> 32);
    Timers::Slot& slot = node.timers[number];
    if (slot.generation != static_cast<std::uint32_t>(event.payload))
        return;
    slot.pending = false;
    if (!slot.armed)
        return;
    Clock const& clock = hosts_[node.host.value].clock;
    Duration const left = slot.deadline - clock.monotonic(now());
    if (left > Duration{}) {  // Moved away meanwhile, or the clock is slow.
        Timer const timer = slot.timer;
        slot.armed = false;
        arm(id, timer, left);
        return;
    }
    slot.armed = false;
    Waiting input;
    input.kind = Waiting::Kind::timer;
    input.timer = number;
    give(id, input);
}

template <class Model>
void Engine<Model>::on_process_event(Event const& event)
{
    NodeId const id{event.node};
    Node& node = nodes_[id.value];
    if (static_cast<std::uint32_t>(event.payload) != node.incarnation
        || node.state == ProcessState::down)
        return;
    switch (static_cast<ProcessEvent>(event.aux)) {
    case ProcessEvent::start: {
        Waiting input;
        input.kind = Waiting::Kind::start;
        give(id, input);
        break;
    }
    case ProcessEvent::shutdown: {
        Waiting input;
        input.kind = Waiting::Kind::shutdown;
        give(id, input);
        break;
    }
    case ProcessEvent::backlog: {
        if (node.state != ProcessState::running || node.backlog.empty())
            break;
        Waiting const input = node.backlog.front();
        node.backlog.pop();
        if (!node.backlog.empty())
            schedule_process(id, ProcessEvent::backlog);
        handle(id, input);
        break;
    }
    }
}

// Gives one input to a process, or keeps it while the process is paused or still has older ones waiting.
template <class Model>
void Engine<Model>::give(NodeId id, Waiting const& input)
{
    Node& node = nodes_[id.value];
    bool const waits = node.state == ProcessState::paused
                       || (node.state == ProcessState::running && !node.backlog.empty());
    if (waits)
        node.backlog.push(input);
    else
        handle(id, input);
}

template <class Model>
void Engine<Model>::handle(NodeId id, Waiting const& input)
{
    Node& node = nodes_[id.value];
    if (node.state == ProcessState::down) {
        if (input.kind == Waiting::Kind::network && input.network.handle != Network::no_handle
            && (input.network.kind == NetworkInput::Kind::request
                || input.network.kind == NetworkInput::Kind::response))
            take(input.network.handle);
        return;
    }
    Env const env = env_of(id);
    digest_.add(std::uint64_t{id.value} << 8 | static_cast<std::uint64_t>(input.kind));
    switch (input.kind) {
    case Waiting::Kind::start:
        note_input(id, [&] { return std::string("start"); });
        node.process.on_start(env, out_);
        break;
    case Waiting::Kind::network: {
        NetworkInput const& in = input.network;
        switch (in.kind) {
        case NetworkInput::Kind::none:
            return;
        case NetworkInput::Kind::connected:
            note_input(id, [&] { return fmt::format("connected to {}", name_of_node(in.peer.node)); });
            node.process.on_connected(env, in.peer, out_);
            break;
        case NetworkInput::Kind::disconnected:
            note_input(id, [&] {
                return fmt::format("connection to {} {}", name_of_node(in.peer.node),
                                   to_string(in.reason));
            });
            node.process.on_disconnected(env, in.peer, in.reason, out_);
            break;
        case NetworkInput::Kind::request: {
            Message message = take(in.handle);
            Model::add_to(digest_, message);
            note_input(id, [&] {
                return fmt::format("{} from {}", Model::name_of(message),
                                   name_of_node(in.request.client));
            });
            node.process.on_request(env, in.request, std::move(message), out_);
            break;
        }
        case NetworkInput::Kind::response: {
            Message message = take(in.handle);
            Model::add_to(digest_, message);
            note_input(id, [&] {
                return fmt::format("{} from {}", Model::name_of(message), name_of_node(in.peer.node));
            });
            node.process.on_response(env, in.peer, in.correlation, std::move(message), out_);
            break;
        }
        }
        break;
    }
    case Waiting::Kind::timer: {
        Timer const timer = node.timers[input.timer].timer;
        note_input(id, [&] { return fmt::format("timer {}", Model::timer_name(timer)); });
        node.process.on_timer(env, timer, out_);
        break;
    }
    case Waiting::Kind::flushed:
        note_input(id, [&] {
            return fmt::format("{} is on disk", hosts_[node.host.value].disk.path(input.file));
        });
        node.process.on_flushed(env, input.file, out_);
        break;
    case Waiting::Kind::disk_error:
        note_input(id, [&] {
            return fmt::format("{}: {}", hosts_[node.host.value].disk.path(input.file),
                               to_string(input.error));
        });
        node.process.on_disk_error(env, input.file, input.error, out_);
        break;
    case Waiting::Kind::shutdown:
        note_input(id, [&] { return std::string("asked to shut down"); });
        node.process.on_shutdown(env, out_);
        break;
    }
    carry_out(id);
}

template <class Model>
void Engine<Model>::carry_out(NodeId node)
{
    Instant ready = now();      // When the disk work so far is complete.
    std::uint32_t held = 0;     // The operation on a stalled disk that it waits for instead.
    // The vector may not move under us: handlers do not run in here.
    for (Wish const& wish : out_.wishes()) {
        switch (wish.kind) {
        case WishKind::arm:
            arm(node, wish.timer, wish.delay);
            break;
        case WishKind::cancel:
            nodes_[node.value].timers[nodes_[node.value].timers.slot_of(wish.timer)].armed = false;
            break;
        case WishKind::append:
        case WishKind::truncate:
        case WishKind::flush:
        case WishKind::replace:
        case WishKind::remove:
            if (!carry_out_disk(node, wish, ready, held))
                return;  // The rest depended on it.
            break;
        case WishKind::exit:
            die(node);
            return;
        case WishKind::connect:
        case WishKind::close:
        case WishKind::send:
        case WishKind::reply:
        case WishKind::finish:
        case WishKind::hang_up: {
            bool const carries = wish.kind == WishKind::send || wish.kind == WishKind::reply;
            Message* message = carries ? &out_.messages()[wish.index] : nullptr;
            if (held != 0) {
                Stalled waiting{node, nodes_[node.value].incarnation, held, wish, std::nullopt};
                if (carries)
                    waiting.message = std::move(*message);
                stalled_.push_back(std::move(waiting));
            } else
                carry_out_network(node, wish, message, ready);
            break;
        }
        }
    }
    free_dropped();
}

template <class Model>
bool Engine<Model>::carry_out_disk(NodeId node, Wish const& wish, Instant& ready, std::uint32_t& held)
{
    Disk& disk = hosts_[nodes_[node.value].host.value].disk;
    Completion done;
    switch (wish.kind) {
    case WishKind::append:
        done = disk.append(now(), chance_, wish.file, std::move(out_.blobs()[wish.index]));
        break;
    case WishKind::truncate:
        done = disk.truncate(now(), chance_, wish.file, wish.extents);
        break;
    case WishKind::flush:
        done = disk.flush(now(), chance_, wish.file);
        break;
    case WishKind::replace:
        done = disk.replace(now(), chance_, wish.file, std::move(out_.blobs()[wish.index]));
        break;
    default:
        done = disk.remove(now(), chance_, wish.file);
        break;
    }
    std::uint32_t const incarnation = nodes_[node.value].incarnation;
    if (done.error != DiskError::none) {
        schedule_disk(node, incarnation, wish.file, done.at == Instant::never() ? now() : done.at,
                      done.error);
        return false;
    }
    if (done.held != 0)
        held = done.held;
    else
        ready = std::max(ready, done.at);
    if (wish.kind == WishKind::flush && wish.notify) {
        if (held != 0)
            stalled_.push_back({node, incarnation, held, wish, std::nullopt});
        else
            schedule_disk(node, incarnation, wish.file, ready, DiskError::none);
    }
    return true;
}

template <class Model>
void Engine<Model>::carry_out_network(NodeId node, Wish const& wish, Message* message, Instant ready)
{
    switch (wish.kind) {
    case WishKind::connect:
        network_.connect(agenda_, chance_, node, wish.peer, ready);
        break;
    case WishKind::close:
        network_.close(agenda_, chance_, node, wish.peer, ready);
        break;
    case WishKind::send: {
        std::uint64_t const bytes = Model::wire_size(*message);
        std::uint32_t const handle = keep(std::move(*message));
        if (!network_.send(agenda_, chance_, node, wish.peer, wish.correlation, handle, bytes, ready))
            take(handle);
        break;
    }
    case WishKind::reply: {
        std::uint64_t const bytes = Model::wire_size(*message);
        std::uint32_t const handle = keep(std::move(*message));
        if (!network_.reply(agenda_, chance_, node, wish.request, handle, bytes, ready))
            take(handle);
        break;
    }
    case WishKind::finish:
        network_.reply(agenda_, chance_, node, wish.request, Network::no_handle, 0, ready);
        break;
    case WishKind::hang_up:
        network_.hang_up(agenda_, chance_, node, wish.request, ready);
        break;
    default:
        break;
    }
}

template <class Model>
void Engine<Model>::arm(NodeId id, Timer timer, Duration delay)
{
    Node& node = nodes_[id.value];
    Clock const& clock = hosts_[node.host.value].clock;
    std::uint32_t const number = node.timers.slot_of(timer);
    Timers::Slot& slot = node.timers[number];
    delay = std::max(delay, Duration{});
    slot.armed = true;
    slot.deadline = clock.monotonic(now()) + delay;
    Duration const wait = clock.in_world_time(now(), delay);
    if (wait == Duration::forever())
        return;  // The clock stands still; clock_changed() arms it anew.
    Instant const when = now() + wait;
    if (slot.pending && slot.scheduled <= when)
        return;
    ++slot.generation;
    slot.pending = true;
    slot.scheduled = when;
    agenda_.schedule(when, EventKind::timer, 0, id, std::uint64_t{number} << 32 | slot.generation);
}

template <class Model>
void Engine<Model>::start(NodeId id)
{
    Node& node = nodes_[id.value];
    if (node.state != ProcessState::down || !has_power(node.host))
        return;
    ++node.incarnation;
    node.state = ProcessState::running;
    node.process = node.incarnation == 1 ? node.blueprint
                                         : Model::reborn(node.blueprint, node.process);
    network_.process_started(id);
    schedule_process(id, ProcessEvent::start);
}

template <class Model>
void Engine<Model>::crash(NodeId id)
{
    if (running(id))
        die(id);
}

template <class Model>
void Engine<Model>::die(NodeId id)
{
    Node& node = nodes_[id.value];
    node.state = ProcessState::down;
    node.timers.forget_all();
    while (!node.backlog.empty()) {
        handle(id, node.backlog.front());  // Down: only frees what it carries.
        node.backlog.pop();
    }
    std::erase_if(stalled_, [&](Stalled const& s) { return s.node == id; });
    network_.process_died(agenda_, chance_, id);
    free_dropped();
    hosts_[node.host.value].disk.process_died(now());
}

template <class Model>
void Engine<Model>::pause(NodeId id)
{
    if (nodes_[id.value].state == ProcessState::running)
        nodes_[id.value].state = ProcessState::paused;
}

template <class Model>
void Engine<Model>::resume(NodeId id)
{
    Node& node = nodes_[id.value];
    if (node.state != ProcessState::paused)
        return;
    node.state = ProcessState::running;
    if (!node.backlog.empty())
        schedule_process(id, ProcessEvent::backlog);
}

template <class Model>
std::vector<LostBytes> Engine<Model>::lose_power(HostId id, std::optional<PowerLoss> model)
{
    Host& host = hosts_[id.value];
    if (host.power_losses++ > 0)
        return {};
    network_.host_lost_power(agenda_, id);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        if (nodes_[i].host == id)
            crash(NodeId{static_cast<std::uint16_t>(i)});
    free_dropped();
    return host.disk.lose_power(now(), chance_, model);
}

template <class Model>
void Engine<Model>::power_on(HostId id)
{
    Host& host = hosts_[id.value];
    if (host.power_losses == 0 || --host.power_losses > 0)
        return;
    network_.host_has_power(id);
}

template <class Model>
void Engine<Model>::clock_changed(HostId host)
{
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Node& node = nodes_[i];
        if (node.host != host)
            continue;
        Instant const reading = hosts_[host.value].clock.monotonic(now());
        for (std::uint32_t number = 0; number < node.timers.size(); ++number) {
            Timers::Slot& slot = node.timers[number];
            if (!slot.armed)
                continue;
            slot.pending = false;  // What is scheduled may be too late now.
            ++slot.generation;
            arm(NodeId{static_cast<std::uint16_t>(i)}, slot.timer, slot.deadline - reading);
        }
    }
}

template <class Model>
void Engine<Model>::remove_disk_fault(HostId host, std::uint32_t fault)
{
    std::vector<Resumed> const resumed = hosts_[host.value].disk.remove_fault(now(), fault);
    if (resumed.empty())
        return;
    std::vector<Stalled> waiting = std::move(stalled_);
    stalled_.clear();
    for (Stalled& item : waiting) {
        Completion const* done = nullptr;
        if (nodes_[item.node.value].host == host)
            for (Resumed const& operation : resumed)
                if (operation.completion.held == item.held)
                    done = &operation.completion;
        if (done == nullptr)
            stalled_.push_back(std::move(item));
        else if (done->error != DiskError::none)
            schedule_disk(item.node, item.incarnation, item.wish.file, done->at, done->error);
        else if (item.wish.kind == WishKind::flush)
            schedule_disk(item.node, item.incarnation, item.wish.file, done->at, DiskError::none);
        else
            carry_out_network(item.node, item.wish, item.message ? &*item.message : nullptr, done->at);
    }
    free_dropped();
}

// Tells a process that a flush is complete or that a disk operation failed.
template <class Model>
void Engine<Model>::schedule_disk(NodeId node, std::uint32_t incarnation, FileId file, Instant at,
                                  DiskError error)
{
    EventKind const kind = error == DiskError::none ? EventKind::flushed : EventKind::disk_error;
    agenda_.schedule(std::max(at, now()), kind, static_cast<std::uint8_t>(error), node,
                     std::uint64_t{incarnation} << 32 | file.value);
}

}  // namespace odradek::sim
