// Random faults over any engine, drawn from its own chance: each kind comes now and then, to a
// drawn process, for a drawn time. A value; copied with its engine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/engine.h"
#include "sim/timeline.h"

namespace odradek::sim::test {

class Chaos {
public:
    enum Kind : std::uint32_t {
        crash,
        power_loss,
        pause,
        shut_down,
        block_one_way,
        block,
        hold,
        slow,
        lossy,
        reset,
        stall,
        full,
        write_errors,
        gone,
        freeze,
        drift,
        step_clock,
        restart_all,
        kinds
    };

    // Faults begin up to `end`.
    explicit Chaos(Instant end) : timeline_(steps(end)) {}

    template <class Engine>
    void begin(Engine& engine)
    {
        timeline_.begin(engine.agenda(), engine.chance());
    }
    // After each step of the engine.
    template <class Engine>
    void after(Engine& engine)
    {
        Event const& event = engine.last().event;
        if (static_cast<EventKind>(event.kind) != EventKind::fault)
            return;
        if (auto const due = timeline_.on_event(engine.agenda(), engine.chance(), event))
            due->undo ? undo(engine, *due) : act(engine, *due);
    }
    // Undoes what is under way and starts everybody.
    template <class Engine>
    void heal(Engine& engine)
    {
        for (Timeline::Due const& due : timeline_.close())
            undo(engine, due);
        start_all(engine);
    }
    // How often faults of a kind began.
    std::uint64_t count(Kind kind) const { return counts_[kind]; }

private:
    struct Victim {
        NodeId node;
        HostId host, other;
        std::uint32_t fault{0};
    };

    static std::vector<TimelineStep> steps(Instant end)
    {
        std::vector<TimelineStep> steps;
        for (std::uint32_t kind = 0; kind < kinds; ++kind) {
            TimelineStep step;
            step.trigger =
                TimelineStep::Every{.gap = Uniform{Duration{100'000'000}, Duration{6'000'000'000}},
                                    .until = end,
                                    .gap_first = true};
            if (kind != reset && kind != restart_all && kind != shut_down)
                step.lasts = Uniform{Duration{1'000'000}, Duration{2'000'000'000}};
            steps.push_back(std::move(step));
        }
        return steps;
    }
    template <class Engine>
    static void start_all(Engine& engine)
    {
        for (std::uint16_t i = 0; i < engine.node_count(); ++i)
            engine.start(NodeId{i});
    }
    static std::uint16_t draw(Chance& chance, std::uint32_t kind, std::size_t count)
    {
        return static_cast<std::uint16_t>(chance.below(Site("chaos.victim"), kind, count));
    }

    template <class Engine>
    void act(Engine& engine, Timeline::Due due)
    {
        ++counts_[due.step];
        Network& network = engine.network();
        Victim victim;
        victim.node = NodeId{draw(engine.chance(), due.step, engine.node_count())};
        victim.host = engine.host_of(victim.node);
        victim.other = HostId{draw(engine.chance(), due.step, engine.host_count())};
        Disk& disk = engine.disk(victim.host);
        Clock& clock = engine.clock(victim.host);
        Instant const now = engine.now();
        switch (due.step) {
        case crash:
            engine.crash(victim.node);
            break;
        case power_loss:
            engine.lose_power(victim.host, PowerLoss::torn_tail);
            break;
        case pause:
            engine.pause(victim.node);
            break;
        case shut_down:
            engine.shut_down(victim.node);
            break;
        case block_one_way:
            network.block(victim.host, victim.other);
            break;
        case block:
            network.block(victim.host, victim.other);
            network.block(victim.other, victim.host);
            break;
        case hold:
            network.hold(victim.host, victim.other);
            break;
        case slow: {
            LinkFault fault{.is = {.latency = Duration{300'000'000}}, .has_latency = true};
            victim.fault = network.add_fault(victim.host, victim.other, fault);
            break;
        }
        case lossy: {
            LinkFault fault{.is = {.loss = {1, 4}, .reset = {1, 50}}};
            victim.fault = network.add_fault(victim.host, victim.other, fault);
            break;
        }
        case reset:
            network.reset_connections(engine.agenda(), victim.host, victim.other);
            break;
        case stall:
            victim.fault = disk.add_fault(now, {.stalled = true});
            break;
        case full:
            victim.fault = disk.add_fault(now, {.full = true});
            break;
        case write_errors:
            victim.fault = disk.add_fault(now, {.write_errors = {1, 3}});
            break;
        case gone:
            victim.fault = disk.add_fault(now, {.gone = true});
            break;
        case freeze:
            clock.freeze(now);
            engine.clock_changed(victim.host);
            break;
        case drift:
            clock.add_drift(now, 50'000);
            engine.clock_changed(victim.host);
            break;
        case step_clock:
            clock.step(Duration{-5'000'000'000});
            break;
        case restart_all:
            start_all(engine);
            break;
        default:
            break;
        }
        victims_[{due.step, due.occurrence}] = victim;
    }
    template <class Engine>
    void undo(Engine& engine, Timeline::Due due)
    {
        Network& network = engine.network();
        Victim const victim = victims_.at({due.step, due.occurrence});
        Clock& clock = engine.clock(victim.host);
        switch (due.step) {
        case crash:
            engine.start(victim.node);
            break;
        case power_loss:
            engine.power_on(victim.host);
            engine.start(victim.node);
            break;
        case pause:
            engine.resume(victim.node);
            break;
        case block_one_way:
            network.unblock(victim.host, victim.other);
            break;
        case block:
            network.unblock(victim.host, victim.other);
            network.unblock(victim.other, victim.host);
            break;
        case hold:
            network.release(engine.agenda(), victim.host, victim.other);
            break;
        case slow:
        case lossy:
            network.remove_fault(victim.fault);
            break;
        case stall:
        case full:
        case write_errors:
        case gone:
            engine.remove_disk_fault(victim.host, victim.fault);
            break;
        case freeze:
            clock.unfreeze(engine.now());
            engine.clock_changed(victim.host);
            break;
        case drift:
            clock.add_drift(engine.now(), -50'000);
            engine.clock_changed(victim.host);
            break;
        case step_clock:
            clock.step(Duration{5'000'000'000});
            break;
        default:
            break;
        }
    }

    Timeline timeline_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Victim> victims_;
    std::uint64_t counts_[kinds]{};
};

}  // namespace odradek::sim::test
