// What one event of the whole engine costs: agenda, network, the process's handler, its wishes, the
// digest. A token ring (one thing under way; with a disk or without) and PHOLD (Fujimoto:
// Performance of Time Warp Under Synthetic Workloads, 1990): as many jobs as processes, each going
// from one process to a drawn neighbour as a request, kept there for a drawn time.
#include <cstdint>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "sim/engine_impl.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

namespace world {

using Message = std::uint64_t;
using Out = Outbox<Message, int>;

class Record final : public Blob {
public:
    std::uint64_t size() const override { return 8; }
    void write_to(std::string& bytes) const override { bytes.append(8, '.'); }
};

struct Rules {
    std::uint16_t processes;
    std::uint16_t neighbours{8};
    bool is_ring{false};  // One job, passed on at once; process 0 begins.
    bool writes{false};   // Written to disk before it is passed on.
};

struct Process {
    Rules rules;
    std::uint32_t jobs{0};
    FileId file;

    Peer neighbour(Env const& env, std::uint64_t i) const
    {
        return {NodeId{static_cast<std::uint16_t>((env.self.value + 1 + i) % rules.processes)}, 0};
    }
    void on_start(Env const& env, Out& out)
    {
        for (std::uint16_t i = 0; i < rules.neighbours; ++i)
            out.connect(neighbour(env, i));
        if (rules.writes)
            file = env.open("jobs");
        if (!rules.is_ring)
            keep(env, out);
    }
    void on_connected(Env const& env, Peer peer, Out& out)
    {
        if (rules.is_ring && env.self == NodeId{0})
            out.send(peer, 0, 1);
    }
    void on_disconnected(Env const&, Peer, DisconnectReason, Out&) {}
    void on_request(Env const& env, RequestId request, Message job, Out& out)
    {
        out.reply(request, job);
        if (rules.writes) {
            out.append(file, share<Record>());
            out.flush(file);
        }
        if (rules.is_ring)
            out.send(neighbour(env, 0), 0, job + 1);
        else
            keep(env, out);
    }
    void on_response(Env const&, Peer, std::int32_t, Message, Out&) {}
    void on_timer(Env const& env, Timer, Out& out)
    {
        out.send(neighbour(env, env.below(Site("phold.to"), rules.neighbours)), 0, env.self.value);
    }
    void on_flushed(Env const&, FileId, Out&) {}
    void on_disk_error(Env const&, FileId, DiskError, Out&) {}
    void on_shutdown(Env const&, Out& out) { out.exit(); }

    void keep(Env const& env, Out& out)
    {
        out.arm({0, jobs++ % 16}, env.between(Site("phold.keep"), 1_ms, 3_ms));
    }
};

struct Model {
    using Message = world::Message;
    using Observation = int;
    using Process = world::Process;

    static std::uint64_t wire_size(Message const&) { return 100; }
    static void add_to(Digest& digest, Message const& message) { digest.add(message); }
    static char const* name_of(Message const&) { return "job"; }
    static char const* timer_name(Timer) { return "keep"; }
    static Process reborn(Process const& blueprint, Process const&) { return blueprint; }
};

}  // namespace world

template <class Engine>
void run(benchmark::State& state, Engine engine)
{
    engine.run({.events = 100'000});
    std::uint64_t const before = engine.events_handled();
    for (auto _ : state)
        engine.step();
    auto const handled = static_cast<double>(engine.events_handled() - before);
    state.counters["events"] = benchmark::Counter(handled, benchmark::Counter::kIsRate);
}

LinkQuality links() { return {.latency = Lognormal{300_us, 1200_us}, .bandwidth = 125'000'000}; }

Engine<world::Model> build(world::Rules rules, LinkQuality links, DiskQuality disk = {})
{
    Engine<world::Model> engine(1);
    engine.network().set_default_quality(std::move(links));
    for (std::uint16_t i = 0; i < rules.processes; ++i) {
        std::string const name = std::to_string(i);
        engine.add_process(engine.add_host(name, "", disk), name, world::Process{rules, 0, {}});
        engine.start(NodeId{i});
    }
    return engine;
}

world::Rules ring_of(benchmark::State const& state, bool writes)
{
    return {static_cast<std::uint16_t>(state.range(0)), 1, true, writes};
}

void token_ring(benchmark::State& state) { run(state, build(ring_of(state, false), links())); }

// Nothing is drawn: what the engine itself costs.
void token_ring_plain_links(benchmark::State& state)
{
    run(state, build(ring_of(state, false), {.latency = 300_us}));
}

void token_ring_with_disk(benchmark::State& state)
{
    run(state,
        build(ring_of(state, true), links(), {.write = 10_us, .flush = Lognormal{1_ms, 10_ms}}));
}

void phold(benchmark::State& state)
{
    run(state, build({static_cast<std::uint16_t>(state.range(0))}, links()));
}

}  // namespace

BENCHMARK(token_ring)->Arg(10)->Arg(1000);
BENCHMARK(token_ring_plain_links)->Arg(10);
BENCHMARK(token_ring_with_disk)->Arg(10);
BENCHMARK(phold)->Arg(16)->Arg(256)->Arg(4096);

BENCHMARK_MAIN();
