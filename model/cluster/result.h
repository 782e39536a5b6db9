// What a run comes to: the verdict and the facts behind it, ready for printing as text or JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/check/history.h"
#include "sim/property.h"
#include "sim/time.h"

namespace odradek::kafka {

// How one thing that the scenario expects came out.
struct ExpectationResult {
    enum class Kind : std::uint8_t { allow, require, sometimes, metric, final_state } kind{};
    std::string name;  // "lost-write", "isr-full", "produce.ack.latency p99 <= 15 s".
    bool held{true};
    std::string detail;   // What was found, in words: "412 times", "p99 was 20 s".
    bool vacuous{false};  // It holds because there was nothing to look at.
};

// What one client did, for reports.
struct ClientResult {
    std::string name;      // "payments-0"
    std::string workload;  // "payments"
    bool producer{false};
    std::uint64_t records_sent{0};
    std::uint64_t records_acknowledged{0};
    std::uint64_t records_failed{0};   // Definitely not written.
    std::uint64_t records_unknown{0};  // Nobody can say.
    std::uint64_t records_consumed{0};
    std::int64_t latency_avg_us{0};  // From send() to acknowledgement.
    std::int64_t latency_p50_us{0};
    std::int64_t latency_p95_us{0};
    std::int64_t latency_p99_us{0};
    std::int64_t latency_p999_us{0};
    std::int64_t latency_max_us{0};
    std::uint64_t produce_requests{0};
    std::vector<std::string> perf_lines;  // As kafka-producer-perf-test prints them.
};

struct PartitionResult {
    std::string name;  // "orders-0"
    check::PartitionEnd controller;
    std::int64_t high_watermark{-1};  // The leader's.
    std::int64_t log_end{-1};
};

struct RunResult {
    enum class Verdict : std::uint8_t {
        held,
        violated,
        inconclusive,  // A budget ran out first.
    };
    Verdict verdict{Verdict::held};
    std::string inconclusive_because;
    std::string scenario;
    std::string variant;
    std::uint64_t seed{0};
    std::string digest;
    std::uint64_t events{0};
    sim::Instant end;

    // Violations that the scenario neither allows nor requires come first.
    std::vector<check::Violation> violations;
    std::vector<bool> expected;  // By violation: allowed or required.
    std::vector<ExpectationResult> expectations;
    std::vector<sim::Property> properties;
    std::vector<ClientResult> clients;
    std::vector<PartitionResult> partitions;

    // What happened, counted.
    std::uint64_t elections{0};
    std::uint64_t unclean_elections{0};
    std::uint64_t isr_shrinks{0};
    std::uint64_t isr_expansions{0};
    std::uint64_t truncations{0};
    std::uint64_t process_crashes{0};
    std::uint64_t power_losses{0};
    std::uint64_t faults{0};
    std::uint64_t faults_skipped{0};  // Over the chaos budget.
    std::uint64_t messages{0};
    std::uint64_t bytes_on_the_wire{0};
};

char const* to_string(RunResult::Verdict verdict);

}  // namespace odradek::kafka
