#include "tools/saved_cluster.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "model/scenario/reader.h"
#include "tools/build_version.h"
#include "tools/user_error.h"
#include "tools/values.h"

namespace odradek::cli {

namespace {

using kafka::Cluster;

SavedCluster open(Arguments const& arguments, std::string_view verb)
{
    if (arguments.run_folder.empty())
        throw usage_error(fmt::format("{} needs --run DIR", verb),
                          "the folder that `odradek run FILE --out DIR` has written");
    SavedCluster opened{read_run_folder(arguments.run_folder), nullptr};
    SavedRun const& saved = opened.saved;
    kafka::ReadOptions options;
    options.lenient_config = true;
    kafka::ReadResult const read =
        kafka::read_scenario(saved.scenario_text, saved.scenario_path, options);
    if (read.has_errors() || read.variants.size() != 1) {
        fmt::print(stderr, "{}", kafka::render(read.diagnostics));
        throw UserError{ExitCode::invalid, saved.scenario_path, "is no scenario of this build", {}};
    }
    opened.cluster = std::make_unique<Cluster>(
        std::make_shared<kafka::Scenario const>(read.variants.front()), saved.seed);
    return opened;
}

std::optional<sim::Instant> moment(Arguments const& arguments, SavedRun const& saved)
{
    return arguments.at.empty() ? saved.end : std::optional{read_time("--at", arguments.at)};
}

}  // namespace

SavedCluster replay_saved_run(Arguments const& arguments, std::string_view verb)
{
    SavedCluster opened = open(arguments, verb);
    SavedRun const& saved = opened.saved;
    std::optional<sim::Instant> const at = moment(arguments, saved);
    if (at && *at < opened.cluster->end()) {
        opened.cluster->run_until(*at);
        return opened;
    }
    std::string const digest = opened.cluster->run().digest;
    if (!saved.complete || digest == saved.digest)
        return opened;
    std::string const cause =
        saved.build == build ? "the same build wrote it, so this is a bug of odradek"
                             : fmt::format("build {} wrote it, this is build {}; a run is the same "
                                           "in one build only",
                                           saved.build, build);
    throw UserError{
        ExitCode::nondeterminism, saved.scenario_path,
        fmt::format("the run does not repeat: digest {}, saved was {}", digest, saved.digest),
        cause};
}

SavedCluster replay_to_ask(Arguments const& arguments, std::string_view verb)
{
    SavedCluster opened = open(arguments, verb);
    sim::Instant const last = opened.cluster->end() - sim::Duration{1};
    opened.cluster->run_until(std::min(moment(arguments, opened.saved).value_or(last), last));
    return opened;
}

kafka::AdminResult const* ask(Cluster& cluster, kafka::AdminRequest request, sim::Duration patience)
{
    constexpr sim::Duration between_looks{10'000'000};
    std::size_t const before = cluster.admin().results().size();
    cluster.prolong(patience);
    sim::Instant const deadline = cluster.now() + patience;
    cluster.ask(std::move(request));
    while (cluster.admin().results().size() == before && cluster.now() < deadline)
        cluster.run_until(std::min(deadline, cluster.now() + between_looks));
    return cluster.admin().results().size() == before ? nullptr : &cluster.admin().results().back();
}

std::vector<kafka::BrokerAnswer> ask_brokers(Cluster& cluster, kafka::BrokerOrder order)
{
    constexpr sim::Duration longer_than_the_admin{61'000'000'000};
    kafka::AdminResult const* const result =
        ask(cluster, kafka::AdminRequest(std::move(order)), longer_than_the_admin);
    if (result == nullptr)
        throw UserError{ExitCode::violated,
                        {},
                        "the admin client has no answer",
                        "at that moment it is not started, or busy with what was asked before"};
    return result->answers;
}

}  // namespace odradek::cli
