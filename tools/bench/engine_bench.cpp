// What one event of the whole engine costs: agenda, network, the process's handler, its wishes, the
// digest. A token ring (one thing under way; with a disk or without) and PHOLD (Fujimoto:
// Performance of Time Warp Under Synthetic Workloads, 1990): as many jobs as processes, each going
// from one process to a drawn neighbour as a request, kept there for a drawn time.
#include <cstdint>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "sim/engine_impl.h"
#include "tests/support/token_ring.h"

template class odradek::sim::Engine<odradek::sim::ring::Model>;

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

namespace phold {

using Message = std::uint64_t;
using Out = Outbox<Message, int>;
constexpr std::uint16_t neighbours = 8;

struct Process {
    std::uint16_t count;
    std::uint32_t jobs{0};

    Peer neighbour(Env const& env, std::uint64_t i) const
    {
        return {NodeId{static_cast<std::uint16_t>((env.self.value + 1 + i) % count)}, 0};
    }
    void on_start(Env const& env, Out& out)
    {
        for (std::uint16_t i = 0; i < neighbours; ++i)
            out.connect(neighbour(env, i));
        keep(env, out);
    }
    void on_connected(Env const&, Peer, Out&) {}
    void on_disconnected(Env const&, Peer, DisconnectReason, Out&) {}
    void on_request(Env const& env, RequestId request, Message job, Out& out)
    {
        out.reply(request, job);
        keep(env, out);
    }
    void on_response(Env const&, Peer, std::int32_t, Message, Out&) {}
    void on_timer(Env const& env, Timer, Out& out)
    {
        out.send(neighbour(env, env.below(Site("phold.to"), neighbours)), 0, env.self.value);
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
    using Message = phold::Message;
    using Observation = int;
    using Process = phold::Process;

    static std::uint64_t wire_size(Message const&) { return 100; }
    static void add_to(Digest& digest, Message const& message) { digest.add(message); }
    static char const* name_of(Message const&) { return "job"; }
    static char const* timer_name(Timer) { return "keep"; }
    static Process reborn(Process const& blueprint, Process const&) { return blueprint; }
};

}  // namespace phold

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

void token_ring(benchmark::State& state)
{
    run(state,
        ring::build(1, static_cast<std::uint16_t>(state.range(0)), {.persists = false}, links()));
}

// Nothing is drawn: what the engine itself costs.
void token_ring_plain_links(benchmark::State& state)
{
    run(state, ring::build(1, static_cast<std::uint16_t>(state.range(0)), {.persists = false},
                           {.latency = 300_us}));
}

void token_ring_with_disk(benchmark::State& state)
{
    run(state, ring::build(1, static_cast<std::uint16_t>(state.range(0)), {}, links(),
                           {.write = 10_us, .flush = Lognormal{1_ms, 10_ms}}));
}

void phold_of(benchmark::State& state)
{
    Engine<phold::Model> engine(1);
    engine.network().set_default_quality(links());
    auto const count = static_cast<std::uint16_t>(state.range(0));
    for (std::uint16_t i = 0; i < count; ++i) {
        std::string const name = std::to_string(i);
        engine.add_process(engine.add_host(name, "", {}), name, phold::Process{count});
    }
    for (std::uint16_t i = 0; i < count; ++i)
        engine.start(NodeId{i});
    run(state, std::move(engine));
}

}  // namespace

BENCHMARK(token_ring)->Arg(10)->Arg(1000);
BENCHMARK(token_ring_plain_links)->Arg(10);
BENCHMARK(token_ring_with_disk)->Arg(10);
BENCHMARK(phold_of)->Arg(16)->Arg(256)->Arg(4096);

BENCHMARK_MAIN();
