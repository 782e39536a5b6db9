// The cluster of a run folder, run again up to a moment: what Kafka's own tools are asked about.
#pragma once

#include <memory>
#include <vector>

#include "model/client/admin.h"
#include "model/cluster/cluster.h"
#include "tools/app.h"
#include "tools/run_folder.h"

namespace odradek::cli {

struct SavedCluster {
    SavedRun saved;
    std::unique_ptr<kafka::Cluster> cluster;

    kafka::KafkaVersion version() const { return cluster->scenario().run.kafka; }
    std::uint64_t seed() const { return saved.seed; }
};

// Of --run and --at. Without --at: as the run ended, and then its digest must be the saved one
// (UserError 3 if not). `verb` is for messages.
SavedCluster replay_saved_run(Arguments const& arguments, std::string_view verb);

// The same, stopped before the end so that it can still be asked for something and run on.
SavedCluster replay_to_ask(Arguments const& arguments, std::string_view verb);

// Has the cluster's admin ask, and runs on until it has its answer. Null: none came in time.
kafka::AdminResult const* ask(kafka::Cluster& cluster, kafka::AdminRequest request,
                              sim::Duration patience = sim::Duration{30'000'000'000});
// The same for what brokers are asked; the admin client itself gives up within its
// default.api.timeout.ms, so that an answer there is. In the order of the order.
std::vector<kafka::BrokerAnswer> ask_brokers(kafka::Cluster& cluster, kafka::BrokerOrder order);

}  // namespace odradek::cli
