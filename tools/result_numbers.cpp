#include "tools/result_numbers.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/digest.h"

namespace odradek::cli {

namespace {

using kafka::ClientResult;
using kafka::RunResult;

// The clients of one workload, over all seeds.
struct WorkloadSum {
    std::string name;
    bool producer{false};
    std::uint64_t clients{0};
    std::uint64_t sent{0};
    std::uint64_t acknowledged{0};
    std::uint64_t failed{0};
    std::uint64_t unknown{0};
    std::uint64_t consumed{0};
    std::int64_t latency_sum_us{0};
    std::int64_t p99_us{0};
    std::int64_t max_us{0};

    void add(ClientResult const& client)
    {
        producer = client.producer;
        ++clients;
        sent += client.records_sent;
        acknowledged += client.records_acknowledged;
        failed += client.records_failed;
        unknown += client.records_unknown;
        consumed += client.records_consumed;
        latency_sum_us +=
            client.latency_avg_us * static_cast<std::int64_t>(client.records_acknowledged);
        p99_us = std::max(p99_us, client.latency_p99_us);
        max_us = std::max(max_us, client.latency_max_us);
    }
};

std::string latency(std::int64_t us) { return sim::to_string(sim::Duration{us * 1000}); }

std::string line_of(WorkloadSum const& workload, bool many_seeds)
{
    if (!workload.producer)
        return fmt::format("    {}: {} records consumed\n", workload.name, workload.consumed);
    std::string text = fmt::format(
        "    {}: {} records sent, {} acknowledged, {} failed, {} unknown\n", workload.name,
        workload.sent, workload.acknowledged, workload.failed, workload.unknown);
    if (workload.acknowledged == 0)
        return text;
    text += fmt::format(
        "    {}: latency avg {}, p99 {}{}, max {}\n", workload.name,
        latency(workload.latency_sum_us / static_cast<std::int64_t>(workload.acknowledged)),
        latency(workload.p99_us),
        workload.clients == 1 ? ""
        : many_seeds          ? " in the slowest run"
                              : " of the slowest client",
        latency(workload.max_us));
    return text;
}

std::string clients_text(std::vector<RunRecord const*> const& runs)
{
    std::vector<WorkloadSum> sums;
    for (RunRecord const* run : runs)
        for (ClientResult const& client : run->result.clients) {
            auto found = std::find_if(sums.begin(), sums.end(), [&](WorkloadSum const& sum) {
                return sum.name == client.workload;
            });
            if (found == sums.end())
                found = sums.insert(sums.end(), WorkloadSum{.name = client.workload});
            found->add(client);
        }
    std::string text;
    for (WorkloadSum const& sum : sums)
        text += line_of(sum, runs.size() > 1);
    return text;
}

// Kafka's own words: `kafka-producer-perf-test` prints a line each 5 s, and a last one over all.
std::string perf_text(std::vector<RunRecord const*> const& runs, bool verbose)
{
    std::string text;
    if (runs.size() != 1)
        return text;
    for (ClientResult const& client : runs.front()->result.clients) {
        std::size_t const lines = client.perf_lines.size();
        for (std::size_t i = verbose || lines == 0 ? 0 : lines - 1; i < lines; ++i)
            text += fmt::format("    {}: {}\n", client.name, client.perf_lines[i]);
    }
    return text;
}

// What was to be seen sometimes, and in how many runs it was.
std::string sometimes_text(std::vector<RunRecord const*> const& runs)
{
    std::string text;
    auto const& first = runs.front()->result.expectations;
    for (kafka::ExpectationResult const& expectation : first) {
        if (expectation.kind != kafka::ExpectationResult::Kind::sometimes)
            continue;
        auto const reached = std::count_if(runs.begin(), runs.end(), [&](RunRecord const* run) {
            auto const& all = run->result.expectations;
            return std::any_of(all.begin(), all.end(), [&](kafka::ExpectationResult const& each) {
                return each.kind == expectation.kind && each.name == expectation.name && each.held;
            });
        });
        text += runs.size() == 1
                    ? fmt::format("    sometimes, {}: {}\n", expectation.name, expectation.detail)
                    : fmt::format("    sometimes, {}: in {} of {} seeds\n", expectation.name,
                                  reached, runs.size());
    }
    return text;
}

// What the end of a run should be like, where there was nothing to look at in any run.
std::vector<std::string> untested_states(std::vector<RunRecord const*> const& runs)
{
    std::vector<std::string> names;
    for (kafka::ExpectationResult const& each : runs.front()->result.expectations)
        if (std::all_of(runs.begin(), runs.end(), [&](RunRecord const* run) {
                auto const& all = run->result.expectations;
                return std::any_of(all.begin(), all.end(), [&](auto const& other) {
                    return other.name == each.name && other.vacuous;
                });
            }))
            names.push_back(each.name);
    return names;
}

// Most runs leave most laws alone: which ones is for those who ask.
std::string vacuous_text(std::vector<RunRecord const*> const& runs, bool verbose)
{
    constexpr std::size_t named_at_most = 8;
    std::vector<std::string> const laws = untested_laws(runs);
    std::string names;
    auto const add = [&](std::string const& name) { names += (names.empty() ? "" : ", ") + name; };
    if (verbose || laws.size() <= named_at_most)
        std::for_each(laws.begin(), laws.end(), add);
    else
        add(fmt::format("{} laws (-v names them)", laws.size()));
    for (std::string const& name : untested_states(runs))
        add(name);
    return names.empty() ? names : fmt::format("    never put to the test: {}\n", names);
}

std::string digest_text(std::vector<RunRecord const*> const& runs)
{
    if (runs.size() == 1)
        return fmt::format("    digest {}\n", runs.front()->result.digest);
    sim::Digest digest;
    for (RunRecord const* run : runs)
        digest.add(std::string_view{run->result.digest});
    return fmt::format("    digest of all {} digests {}\n", runs.size(), digest.text());
}

}  // namespace

std::vector<std::string> untested_laws(std::vector<RunRecord const*> const& runs)
{
    std::vector<std::string> names;
    if (runs.empty())
        return names;
    for (sim::Property const& property : runs.front()->result.properties)
        if (std::all_of(runs.begin(), runs.end(), [&](RunRecord const* run) {
                auto const& all = run->result.properties;
                auto const found =
                    std::find_if(all.begin(), all.end(), [&](sim::Property const& each) {
                        return each.name == property.name;
                    });
                return found == all.end() || found->vacuous();
            }))
            names.push_back(property.name);
    return names;
}

std::string numbers_text(std::vector<RunRecord const*> const& all, Variant const& variant,
                         bool verbose)
{
    std::vector<RunRecord const*> runs;
    for (RunRecord const* run : all)
        if (run->outcome != Outcome::broken)
            runs.push_back(run);
    if (runs.empty())
        return {};
    auto const sum = [&](std::uint64_t RunResult::*counter) {
        std::uint64_t total = 0;
        for (RunRecord const* run : runs)
            total += run->result.*counter;
        return total;
    };
    std::string title =
        variant.scenario->variant.empty() ? "what happened" : variant.scenario->variant;
    if (runs.size() > 1)
        title += fmt::format(", {} seeds together", runs.size());
    std::string text = fmt::format("  {}\n", title);
    text += fmt::format(
        "    elections {} ({} unclean), ISR shrinks {}, ISR expansions {}, truncations {}\n",
        sum(&RunResult::elections), sum(&RunResult::unclean_elections),
        sum(&RunResult::isr_shrinks), sum(&RunResult::isr_expansions),
        sum(&RunResult::truncations));
    text +=
        fmt::format("    crashes {}, power losses {}, faults {}, faults skipped over budget {}\n",
                    sum(&RunResult::process_crashes), sum(&RunResult::power_losses),
                    sum(&RunResult::faults), sum(&RunResult::faults_skipped));
    return text + clients_text(runs) + perf_text(runs, verbose) + sometimes_text(runs) +
           vacuous_text(runs, verbose) + digest_text(runs) + "\n";
}

}  // namespace odradek::cli
