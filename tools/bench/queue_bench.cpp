// The event queue against std::priority_queue over the same 32-byte events, by the hold model: take
// the next event, schedule it again some time later. Jones: An Empirical Comparison of
// Priority-Queue and Event-Set Implementations, 1986. Prints the ratio of the times, and whether
// both gave the same order.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "sim/distribution.h"
#include "sim/queue.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

struct Later {
    bool operator()(Event const& a, Event const& b) const { return happens_before(b, a); }
};

class BinaryHeap {
public:
    void push(Event event)
    {
        event.seq = next_seq_++;
        heap_.push(event);
    }
    Event pop()
    {
        Event const event = heap_.top();
        heap_.pop();
        return event;
    }

private:
    std::uint64_t next_seq_{1};
    std::priority_queue<Event, std::vector<Event>, Later> heap_;
};

struct Load {
    char const* name;
    Distribution increment;
};

std::vector<Load> loads()
{
    return {
        {"exponential", Exponential{1_ms}},
        // Requests, responses and fetches, batching and back-off, heartbeats, session timeouts.
        {"cluster", Mix{{{70, Uniform{50_us, 200_us}},
                         {20, Uniform{1_ms, 5_ms}},
                         {8, Uniform{5_ms, 500_ms}},
                         {2, Uniform{10_s, 45_s}}}}},
        {"ties", Empirical{.values = {1_ms, 2_ms, 3_ms, 4_ms}, .weights = {}}},
    };
}

// One subject with its pending events and the increments to come.
template <class Subject>
class Hold {
public:
    Hold(Distribution const& increment, std::int64_t pending)
    {
        Words words(2026);
        for (Duration& duration : increments_)
            duration = {increment.sample(words)};
        for (std::int64_t i = 0; i < pending; ++i) {
            Event event;
            event.time = Instant{} + next_increment();
            subject_.push(event);
        }
        // One round, so that the pending events are as old as they come in the long run.
        for (std::int64_t i = 0; i < pending; ++i)
            step();
    }

    Event step()
    {
        Event event = subject_.pop();
        Event const taken = event;
        event.time = event.time + next_increment();
        subject_.push(event);
        return taken;
    }

private:
    Duration next_increment() { return increments_[next_++ % increments_.size()]; }

    std::vector<Duration> increments_ = std::vector<Duration>(1 << 16);
    std::size_t next_{0};
    Subject subject_;
};

std::uint64_t checksum(std::uint64_t sum, Event const& event)
{
    return (sum ^ static_cast<std::uint64_t>(event.time.ns) ^ event.seq << 40) * 0x9e3779b97f4a7c15;
}

template <class Subject>
void hold(benchmark::State& state, Distribution const& increment, std::int64_t pending)
{
    Hold<Subject> model(increment, pending);
    std::uint64_t sum = 0;
    for (auto _ : state)
        sum = checksum(sum, model.step());
    benchmark::DoNotOptimize(sum);
}

template <class Subject>
std::uint64_t order_of(Distribution const& increment, std::int64_t pending)
{
    Hold<Subject> model(increment, pending);
    std::uint64_t sum = 0;
    for (std::int64_t i = 0; i < 2 * pending + 100'000; ++i)
        sum = checksum(sum, model.step());
    return sum;
}

// Prints as usual, and keeps the least thread CPU time of the repetitions of each benchmark.
class Reporter : public benchmark::ConsoleReporter {
public:
    void ReportRuns(std::vector<Run> const& runs) override
    {
        for (Run const& run : runs) {
            if (run.run_type != Run::RT_Iteration || run.error_occurred)
                continue;
            auto const [at, fresh] =
                least_.emplace(run.run_name.function_name, run.GetAdjustedCPUTime());
            if (!fresh)
                at->second = std::min(at->second, run.GetAdjustedCPUTime());
        }
        ConsoleReporter::ReportRuns(runs);
    }

    double least(std::string const& name) const
    {
        auto const found = least_.find(name);
        return found == least_.end() ? 0 : found->second;
    }

private:
    std::map<std::string, double> least_;
};

struct Row {
    std::string load;
    std::int64_t pending;
    bool same_order;

    std::string name(char const* subject) const
    {
        return fmt::format("{} {} {}", subject, load, pending);
    }
};

}  // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 1;
    std::vector<Row> rows;
    for (Load const& load : loads()) {
        for (std::int64_t const pending : {100, 1'000, 10'000, 100'000, 1'000'000}) {
            bool const same = order_of<BinaryHeap>(load.increment, pending) ==
                              order_of<Queue>(load.increment, pending);
            Row const row{load.name, pending, same};
            rows.push_back(row);
            for (auto const& [subject, run] :
                 {std::pair{"heap", &hold<BinaryHeap>}, std::pair{"queue", &hold<Queue>}}) {
                Distribution const increment = load.increment;
                auto* const body = run;
                benchmark::RegisterBenchmark(
                    row.name(subject).c_str(),
                    [=](benchmark::State& state) { body(state, increment, pending); })
                    ->Repetitions(5)
                    ->MinTime(0.05);
            }
        }
    }
    Reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);

    fmt::print("\n{:<12} {:>9} {:>22} {:>10} {:>6}  {}\n", "increments", "pending",
               "std::priority_queue ns", "queue ns", "ratio", "order");
    bool all_same = true;
    for (Row const& row : rows) {
        double const heap = reporter.least(row.name("heap"));
        double const queue = reporter.least(row.name("queue"));
        all_same = all_same && row.same_order;
        fmt::print("{:<12} {:>9} {:>22.1f} {:>10.1f} {:>6.2f}  {}\n", row.load, row.pending, heap,
                   queue, heap > 0 ? queue / heap : 0, row.same_order ? "same" : "DIFFERENT");
    }
    return all_same ? 0 : 1;
}
