// The engine's longer functions; included once, by the file that instantiates the engine for a
// model.
#pragma once

#include <algorithm>

#include <fmt/format.h>

#include "sim/engine.h"
#include "sim/engine_disk.h"
#include "sim/engine_stalls.h"

namespace odradek::sim {

template <class Model>
void Engine<Model>::step()
{
    begin_output();
    Event const event = agenda_.take();
    last_.event = event;
    recent_.add(event);
    ++events_handled_;
    digest_.add(static_cast<std::uint64_t>(event.time.ns));
    digest_.add(event.seq ^ std::uint64_t{event.node} << 48 ^ std::uint64_t{event.kind} << 40);
    try {
        switch (static_cast<EventKind>(event.kind)) {
        case EventKind::network:
            on_network(event);
            break;
        case EventKind::timer:
            on_timer_event(event);
            break;
        case EventKind::flushed:
        case EventKind::disk_error:
            on_disk_event(event);
            break;
        case EventKind::process:
            on_process_event(event);
            break;
        case EventKind::fault:
        case EventKind::tick:
            digest_.add(event.payload);
            break;
        }
    } catch (BrokenLaw const& law) {
        fail(law);
    }
}

template <class Model>
void Engine<Model>::fail(BrokenLaw const& law) const
{
    std::vector<std::string> names;
    for (Node const& node : nodes_)
        names.push_back(node.name);
    throw EngineFailure(law, chance_.seed(), now(), recent_.list(), names);
}

// -- Events

template <class Model>
void Engine<Model>::on_network(Event const& event)
{
    Input input;
    input.kind = Input::Kind::network;
    input.network = network_.on_event(agenda_, chance_, event);
    free_dropped();
    // A server learns nothing of clients that go: it reads requests until there are none.
    bool const servers_end =
        input.network.kind == NetworkInput::Kind::disconnected && input.network.end == End::server;
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
    if (hosts_[node.host.value].clock.monotonic(now()) < slot.deadline) {
        schedule_timer(id, number);  // Moved away meanwhile, or the clock is slow.
        return;
    }
    Input input;
    input.kind = Input::Kind::timer;
    input.timer = number;
    give(id, input);
}

template <class Model>
void Engine<Model>::on_disk_event(Event const& event)
{
    NodeId const node{event.node};
    if (static_cast<std::uint32_t>(event.payload >> 32) != nodes_[node.value].incarnation)
        return;
    Input input;
    input.kind = static_cast<EventKind>(event.kind) == EventKind::flushed ? Input::Kind::flushed
                                                                          : Input::Kind::disk_error;
    input.file = FileId{static_cast<std::uint32_t>(event.payload)};
    input.error = static_cast<DiskError>(event.aux);
    give(node, input);
}

template <class Model>
void Engine<Model>::on_process_event(Event const& event)
{
    NodeId const id{event.node};
    Node& node = nodes_[id.value];
    if (static_cast<std::uint32_t>(event.payload) != node.incarnation ||
        node.state == ProcessState::down)
        return;
    Input input;
    switch (static_cast<ProcessEvent>(event.aux)) {
    case ProcessEvent::start:
        input.kind = Input::Kind::start;
        give(id, input);
        break;
    case ProcessEvent::shutdown:
        input.kind = Input::Kind::shutdown;
        give(id, input);
        break;
    case ProcessEvent::backlog:
        node.backlog_is_due = false;
        if (node.state != ProcessState::running || node.backlog.empty())
            break;
        input = node.backlog.front();
        node.backlog.pop();
        if (!node.backlog.empty()) {
            node.backlog_is_due = true;
            schedule_process(id, ProcessEvent::backlog);
        }
        handle(id, input);
        break;
    }
}

// Gives one input to a process, or keeps it while the process is paused or still has older ones
// waiting.
template <class Model>
void Engine<Model>::give(NodeId id, Input const& input)
{
    Node& node = nodes_[id.value];
    if (node.state == ProcessState::down)
        forget(input);
    else if (node.state == ProcessState::paused || !node.backlog.empty())
        node.backlog.push(input);
    else
        handle(id, input);
}

// Frees what an input carries that nobody will see.
template <class Model>
void Engine<Model>::forget(Input const& input)
{
    if (input.kind == Input::Kind::network && (input.network.kind == NetworkInput::Kind::request ||
                                               input.network.kind == NetworkInput::Kind::response))
        free_message(input.network.handle);
}

// -- Handlers

template <class Model>
void Engine<Model>::handle(NodeId id, Input const& input)
{
    Node& node = nodes_[id.value];
    Env const env = env_of(id);
    if (input.kind == Input::Kind::timer) {
        Timers::Slot& slot = node.timers[input.timer];
        if (!slot.armed || env.now < slot.deadline)
            return;  // Cancelled or moved away while it waited.
        slot.armed = false;
    }
    digest_.add(std::uint64_t{id.value} << 8 | static_cast<std::uint64_t>(input.kind));
    switch (input.kind) {
    case Input::Kind::start:
        node.has_begun = true;
        note_input(id, [&] { return std::string("start"); });
        node.process.on_start(env, out_);
        break;
    case Input::Kind::network:
        handle_network(id, input.network);
        break;
    case Input::Kind::timer: {
        Timer const timer = node.timers[input.timer].timer;
        note_input(id, [&] { return fmt::format("timer {}", Model::timer_name(timer)); });
        node.process.on_timer(env, timer, out_);
        break;
    }
    case Input::Kind::flushed:
        note_input(id, [&] {
            return fmt::format("{} is on disk", hosts_[node.host.value].disk.path(input.file));
        });
        node.process.on_flushed(env, input.file, out_);
        break;
    case Input::Kind::disk_error:
        note_input(id, [&] {
            return fmt::format("{}: {}", hosts_[node.host.value].disk.path(input.file),
                               to_string(input.error));
        });
        node.process.on_disk_error(env, input.file, input.error, out_);
        break;
    case Input::Kind::shutdown:
        note_input(id, [&] { return std::string("asked to shut down"); });
        node.process.on_shutdown(env, out_);
        break;
    }
    carry_out(id);
}

// Process types that have nothing to do with parked requests need no handlers for them.
template <class Process, class Out>
void tell_parked(Process& process, Env const& env, NetworkInput const& in, Out& out)
{
    if constexpr (requires { process.on_parked(env, in.peer, in.correlation, out); })
        process.on_parked(env, in.peer, in.correlation, out);
}
template <class Process, class Which, class Out>
void tell_unparked(Process& process, Env const& env, Which which, ParkedRound const& round,
                   Out& out)
{
    if constexpr (requires { process.on_unparked(env, which, round, out); })
        process.on_unparked(env, which, round, out);
}

template <class Model>
void Engine<Model>::handle_network(NodeId id, NetworkInput const& in)
{
    Process& process = nodes_[id.value].process;
    Env const env = env_of(id);
    switch (in.kind) {
    case NetworkInput::Kind::none:
        break;
    case NetworkInput::Kind::connected:
        note_input(id, [&] { return fmt::format("connected to {}", name_of_node(in.peer.node)); });
        process.on_connected(env, in.peer, out_);
        break;
    case NetworkInput::Kind::disconnected:
        note_input(id, [&] {
            return fmt::format("connection to {} {}", name_of_node(in.peer.node),
                               to_string(in.reason));
        });
        process.on_disconnected(env, in.peer, in.reason, out_);
        break;
    case NetworkInput::Kind::request: {
        Message message = take(in.handle);
        Model::add_to(digest_, message);
        note_input(id, [&] {
            return fmt::format("{} from {}", Model::name_of(message),
                               name_of_node(in.request.client));
        });
        process.on_request(env, in.request, std::move(message), out_);
        break;
    }
    case NetworkInput::Kind::response: {
        Message message = take(in.handle);
        Model::add_to(digest_, message);
        note_input(id, [&] {
            return fmt::format("{} from {}", Model::name_of(message), name_of_node(in.peer.node));
        });
        process.on_response(env, in.peer, in.correlation, std::move(message), out_);
        break;
    }
    case NetworkInput::Kind::parked:
        note_input(id,
                   [&] { return fmt::format("request parked by {}", name_of_node(in.peer.node)); });
        tell_parked(process, env, in, out_);
        if (env.drifts)  // Its rounds cannot be reckoned on the world's clock.
            out_.unpark(in.peer);
        break;
    case NetworkInput::Kind::unparked: {
        note_input(id, [&] {
            return fmt::format("request {} {} unparked", in.end == End::server ? "of" : "to",
                               name_of_node(in.peer.node));
        });
        std::optional<ParkedRound> const round = env.parked(in.request);
        if (round && in.end == End::server)
            tell_unparked(process, env, in.request, *round, out_);
        else if (round)
            tell_unparked(process, env, in.peer, *round, out_);
        break;
    }
    }
}

template <class Model>
void Engine<Model>::disturb(std::function<void(NodeId)> const& told)
{
    ++disturbances_;
    for (Network::ParkedRequest const& parked : network_.unpark_all(now(), chance_)) {
        NodeId const client = parked.request.client;
        ParkedRound const round = *network_.round(now(), chance_, parked.request);
        call(parked.server, "request unparked", [&](Process& process, Env const& env, Out& out) {
            tell_unparked(process, env, parked.request, round, out);
        });
        told(parked.server);
        call(client, "request unparked", [&](Process& process, Env const& env, Out& out) {
            tell_unparked(process, env, parked.server_peer, round, out);
        });
        told(client);
    }
}

// -- Wishes

template <class Model>
void Engine<Model>::carry_out(NodeId node)
{
    ++calls_;
    Instant ready = now();  // When the disk work so far is complete ...
    bool waits = false;     // ... if it is not held by a stall.
    failed_files_.clear();
    // The list does not move under us: no handler runs in here.
    for (Wish const& wish : out_.wishes()) {
        switch (wish.kind) {
        case WishKind::arm:
            arm(node, wish.timer, wish.delay);
            break;
        case WishKind::cancel:
            nodes_[node.value].timers.cancel(wish.timer);
            break;
        case WishKind::park:
        case WishKind::unpark:
        case WishKind::unpark_request:
        case WishKind::answer_under_way:
        case WishKind::request_under_way:
            carry_out_parked(node, wish);
            break;
        case WishKind::create:
        case WishKind::append:
        case WishKind::truncate:
        case WishKind::flush:
        case WishKind::replace:
        case WishKind::remove:
        case WishKind::rename:
        case WishKind::read:
            if (std::find(failed_files_.begin(), failed_files_.end(), wish.file) !=
                failed_files_.end())
                break;  // It depended on what failed.
            if (!carry_out_disk(node, wish, ready, waits))
                failed_files_.push_back(wish.file);
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
            Wish meant = wish;
            if (!failed_files_.empty() && !survives_disk_error(meant))
                break;
            bool const carries = meant.kind == WishKind::send || meant.kind == WishKind::reply;
            Message* const message = carries ? &out_.messages()[meant.index] : nullptr;
            if (waits || waits_in_line(node, meant))
                stall(node, meant, 0, message);
            else
                carry_out_network(node, meant, message, ready);
            break;
        }
        }
    }
    free_dropped();
}

template <class Model>
void Engine<Model>::carry_out_network(NodeId node, Wish const& wish, Message* message,
                                      Instant ready)
{
    switch (wish.kind) {
    case WishKind::connect:
        forget_unread(node, wish);
        network_.connect(agenda_, chance_, node, wish.peer, ready);
        break;
    case WishKind::close:
        forget_unread(node, wish);
        network_.close(agenda_, chance_, node, wish.peer, ready);
        break;
    case WishKind::send: {
        std::uint64_t const bytes = Model::wire_size(*message);
        std::uint32_t const handle = keep(std::move(*message));
        if (!network_.send(agenda_, chance_, node, wish.peer, wish.correlation, handle, bytes,
                           ready))
            free_message(handle);
        break;
    }
    case WishKind::reply: {
        std::uint64_t const bytes = Model::wire_size(*message);
        std::uint32_t const handle = keep(std::move(*message));
        if (!network_.reply(agenda_, chance_, node, wish.request, handle, bytes, ready))
            free_message(handle);
        break;
    }
    case WishKind::finish:
        network_.reply(agenda_, chance_, node, wish.request, Network::no_handle, 0, ready);
        break;
    case WishKind::hang_up:
        forget_unread(node, wish);
        network_.hang_up(agenda_, chance_, node, wish.request, ready);
        break;
    default:
        break;
    }
}

template <class Model>
void Engine<Model>::carry_out_parked(NodeId node, Wish const& wish)
{
    auto const name = [&](auto take) {
        std::uint32_t const handle = keep(std::move(out_.messages()[wish.index]));
        if (!take(handle))
            free_message(handle);
    };
    switch (wish.kind) {
    case WishKind::park:
        network_.park(agenda_, chance_, node, wish.request, {wish.delay, wish.extents, wish.index});
        break;
    case WishKind::unpark:
        network_.unpark(agenda_, chance_, node, wish.peer);
        break;
    case WishKind::unpark_request:
        network_.unpark(agenda_, chance_, node, wish.request);
        break;
    case WishKind::answer_under_way:
        name([&](std::uint32_t handle) {
            return network_.answer_under_way(agenda_, node, wish.request, handle);
        });
        break;
    case WishKind::request_under_way:
        name([&](std::uint32_t handle) {
            return network_.request_under_way(agenda_, node, wish.peer, wish.correlation, handle);
        });
        break;
    default:
        break;
    }
}

// A process that closes a connection reads no more from it, not even what waits in its backlog.
template <class Model>
void Engine<Model>::forget_unread(NodeId id, Wish const& wish)
{
    Node& node = nodes_[id.value];
    if (node.backlog.empty())
        return;
    Fifo<Input> kept;
    for (; !node.backlog.empty(); node.backlog.pop()) {
        Input const& input = node.backlog.front();
        NetworkInput const& in = input.network;
        bool is_unread = input.kind == Input::Kind::network;
        if (wish.kind == WishKind::hang_up)
            is_unread = is_unread && in.end == End::server &&
                        in.request.connection == wish.request.connection &&
                        in.request.generation == wish.request.generation;
        else
            is_unread = is_unread && in.peer == wish.peer && in.end == End::client;
        if (is_unread)
            forget(input);
        else
            kept.push(input);
    }
    node.backlog = std::move(kept);
}

// Tells a process that a flush is complete or that a disk operation failed.
// -- Timers

template <class Model>
void Engine<Model>::arm(NodeId id, Timer timer, Duration delay)
{
    Node& node = nodes_[id.value];
    std::uint32_t const number = node.timers.slot_of(timer);
    Timers::Slot& slot = node.timers[number];
    slot.armed = true;
    slot.deadline = hosts_[node.host.value].clock.monotonic(now()) + std::max(delay, Duration{});
    schedule_timer(id, number);
}

// Sees to it that an event looks at an armed timer not later than at its deadline.
template <class Model>
void Engine<Model>::schedule_timer(NodeId id, std::uint32_t number)
{
    Node& node = nodes_[id.value];
    Timers::Slot& slot = node.timers[number];
    Instant const when = hosts_[node.host.value].clock.when(now(), slot.deadline);
    if (when == Instant::never())
        return;  // The clock stands still; clock_changed() comes here again.
    if (slot.pending && slot.scheduled <= when)
        return;
    ++slot.generation;
    slot.pending = true;
    slot.scheduled = when;
    agenda_.schedule(when, EventKind::timer, 0, id, std::uint64_t{number} << 32 | slot.generation);
}

template <class Model>
void Engine<Model>::clock_changed(HostId host)
{
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Timers& timers = nodes_[i].timers;
        if (nodes_[i].host != host)
            continue;
        for (std::uint32_t number = 0; number < timers.size(); ++number) {
            if (!timers[number].armed)
                continue;
            timers[number].pending = false;  // What is scheduled may be too late now.
            schedule_timer(NodeId{static_cast<std::uint16_t>(i)}, number);
        }
    }
}

// -- Life and death

template <class Model>
void Engine<Model>::start(NodeId id)
{
    Node& node = nodes_[id.value];
    if (node.state != ProcessState::down || !has_power(node.host))
        return;
    ++node.incarnation;
    node.state = ProcessState::running;
    node.process =
        node.incarnation == 1 ? node.blueprint : Model::reborn(node.blueprint, node.process);
    network_.process_started(id);
    schedule_process(id, ProcessEvent::start);
}

template <class Model>
void Engine<Model>::crash(NodeId id)
{
    ENSURE(network_.parked_count() == 0, "who disturbs the world says so first");
    if (running(id))
        die(id);
}

template <class Model>
void Engine<Model>::die(NodeId id)
{
    Node& node = nodes_[id.value];
    ++disturbances_;
    node.state = ProcessState::down;
    node.has_begun = false;
    node.backlog_is_due = false;
    node.timers.forget_all();
    for (; !node.backlog.empty(); node.backlog.pop())
        forget(node.backlog.front());
    std::erase_if(stalled_, [&](Stalled const& item) { return item.node == id; });
    network_.process_died(agenda_, chance_, id);
    free_dropped();
    hosts_[node.host.value].disk.process_died(now());
}

template <class Model>
void Engine<Model>::pause(NodeId id)
{
    ENSURE(network_.parked_count() == 0, "who disturbs the world says so first");
    if (nodes_[id.value].state != ProcessState::running)
        return;
    nodes_[id.value].state = ProcessState::paused;
    network_.process_paused(id, true);
}

template <class Model>
void Engine<Model>::resume(NodeId id)
{
    Node& node = nodes_[id.value];
    if (node.state != ProcessState::paused)
        return;
    node.state = ProcessState::running;
    network_.process_paused(id, false);
    if (!node.backlog.empty() && !std::exchange(node.backlog_is_due, true))
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

// -- Messages

template <class Model>
void Engine<Model>::check_messages() const
{
    std::vector<std::uint32_t> handles = free_messages_;
    network_.list_handles(handles);
    for (Node const& node : nodes_)
        for (std::size_t i = 0; i < node.backlog.size(); ++i) {
            Input const& input = node.backlog[i];
            if (input.kind == Input::Kind::network &&
                (input.network.kind == NetworkInput::Kind::request ||
                 input.network.kind == NetworkInput::Kind::response))
                handles.push_back(input.network.handle);
        }
    std::sort(handles.begin(), handles.end());
    ENSURE(handles.size() == messages_.size(), "every message is free or under way");
    for (std::size_t i = 0; i < handles.size(); ++i)
        ENSURE(handles[i] == i, "no message is in two places");
}

}  // namespace odradek::sim
