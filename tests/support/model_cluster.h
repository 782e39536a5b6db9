// A whole cluster for a test: a small scenario, changed where the test wants it different, and the
// few words a test speaks in. It is named in the words of scenario files: "orders-0", "broker-1".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cluster/cluster.h"

namespace odradek::kafka::test {

// Three brokers on three racks, topic "orders" (1 partition, replication factor 3, led by broker 1,
// min.insync.replicas 2), producer "payments" (acks=all, 100 records/s from 5 s), reader "audit";
// 60 s and 30 s to settle. `set`: "/json/pointer=value" each. Fails the test when the scenario is
// refused.
Scenario make_scenario(std::vector<std::string> const& set = {});

class ModelCluster {
public:
    explicit ModelCluster(std::vector<std::string> const& set = {}, std::uint64_t seed = 7);

    Cluster is;  // Everything not said below.

    // -- Who. As the controller has it now; a partition that does not exist (yet) has nobody.
    NodeId broker(std::int32_t id) const;
    NodeId controller() const { return is.controllers().front(); }
    NodeId client(std::string_view name) const;                                    // "payments[0]"
    std::int32_t leader(std::string_view partition = "orders-0") const;            // -1: nobody.
    std::vector<std::int32_t> isr(std::string_view partition = "orders-0") const;  // Ascending.
    std::vector<std::int32_t> replicas(std::string_view partition = "orders-0") const;
    std::vector<std::int32_t> followers(std::string_view partition = "orders-0") const;
    std::int32_t epoch(std::string_view partition = "orders-0") const;
    bool fenced(std::int32_t id) const;
    bool running(std::int32_t id) const { return is.engine().running(broker(id)); }
    // A broker's replica; null when it has none.
    Partition const* replica(std::int32_t id, std::string_view partition = "orders-0") const;
    Producer const& producer(std::string_view name = "payments[0]") const;
    Reader const& reader(std::string_view name = "audit[0]") const;

    // -- Time, in seconds of the run.
    void run_until(double seconds);
    // Until something is so, and at most until then; whether it came to be so.
    bool run_until(double seconds, std::function<bool()> const& is_so);
    // To the end.
    RunResult finish() { return is.run(); }

    // -- What the story says, from now on.
    void listen();
    std::string const& story() const { return *story_; }

private:
    PartitionRegistration const& registration(std::string_view partition) const;

    std::shared_ptr<std::string> story_;
};

// By name; null when it was never exercised or there is no such thing.
check::Violation const* find_violation(RunResult const& result, std::string_view name);
sim::Property const& find_law(RunResult const& result, std::string_view name);
ExpectationResult const* find_expectation(RunResult const& result, std::string_view name);

}  // namespace odradek::kafka::test
