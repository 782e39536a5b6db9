// `odradek kafka-metadata-quorum describe --status | --replication --run DIR`: what the tool would
// print at a moment of a run. Facts from Kafka's MetadataQuorumCommand.
#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/messages/describe_quorum.h"
#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::DescribeQuorumResponse;
using kafka::QuorumReplicaState;

// The tool reads the run's own clock.
std::optional<std::int64_t> timestamp(sim::Instant time)
{
    return time.ns <= 0 ? std::nullopt : std::optional{epoch_ms(time)};
}

std::string time_text(sim::Instant time, sim::Instant now, bool human_readable)
{
    std::optional<std::int64_t> const ms = timestamp(time);
    if (!ms)
        return "-1";
    return human_readable ? fmt::format("{} ms ago", epoch_ms(now) - *ms) : std::to_string(*ms);
}

QuorumReplicaState const& leader_of(DescribeQuorumResponse const& quorum)
{
    return *std::find_if(
        quorum.voters.begin(), quorum.voters.end(),
        [&](QuorumReplicaState const& voter) { return voter.replica.id == quorum.leader; });
}

bool has_directory(QuorumReplicaState const& state)
{
    return state.replica.directory != kafka::migrating_directory;
}

std::string nodes_text(std::vector<QuorumReplicaState> const& replicas, bool voters)
{
    std::string text;
    for (QuorumReplicaState const& state : replicas) {
        std::int32_t const id = state.replica.id.value;
        text += fmt::format("{}{{\"id\": {}, \"directoryId\": {}", text.empty() ? "" : ", ", id,
                            has_directory(state)
                                ? fmt::format("\"{}\"", to_string(state.replica.directory))
                                : "null");
        if (voters)
            text += fmt::format(", \"endpoints\": [\"CONTROLLER://controller-{}:9093\"]", id);
        text += "}";
    }
    return "[" + text + "]";
}

// How far the slowest voter is behind, and since when.
struct Lag {
    std::int64_t records{0};
    std::int64_t ms{-1};
};

Lag max_follower_lag(DescribeQuorumResponse const& quorum)
{
    QuorumReplicaState const& leader = leader_of(quorum);
    QuorumReplicaState const& slowest =
        *std::min_element(quorum.voters.begin(), quorum.voters.end(),
                          [](QuorumReplicaState const& a, QuorumReplicaState const& b) {
                              return a.log_end < b.log_end;
                          });
    Lag lag{leader.log_end.value - slowest.log_end.value, -1};
    std::optional<std::int64_t> const ours = timestamp(leader.last_caught_up);
    std::optional<std::int64_t> const theirs = timestamp(slowest.last_caught_up);
    if (&leader == &slowest)
        lag.ms = 0;
    else if (ours && theirs)
        lag.ms = *ours - *theirs;
    return lag;
}

std::string status_text(DescribeQuorumResponse const& quorum, std::string const& cluster_id)
{
    Lag const lag = max_follower_lag(quorum);
    return fmt::format("ClusterId:              {}\n"
                       "LeaderId:               {}\n"
                       "LeaderEpoch:            {}\n"
                       "HighWatermark:          {}\n"
                       "MaxFollowerLag:         {}\n"
                       "MaxFollowerLagTimeMs:   {}\n"
                       "CurrentVoters:          {}\n"
                       "CurrentObservers:       {}\n",
                       cluster_id, quorum.leader.value, quorum.leader_epoch.value,
                       quorum.high_watermark.value, lag.records, lag.ms,
                       nodes_text(quorum.voters, true), nodes_text(quorum.observers, false));
}

// The leader first, then the other voters, then observers.
template <class Visit>
void for_each_replica(DescribeQuorumResponse const& quorum, Visit const& visit)
{
    QuorumReplicaState const& leader = leader_of(quorum);
    visit(leader, "Leader");
    for (QuorumReplicaState const& voter : quorum.voters)
        if (&voter != &leader)
            visit(voter, "Follower");
    for (QuorumReplicaState const& observer : quorum.observers)
        visit(observer, "Observer");
}

std::string replication_text(DescribeQuorumResponse const& quorum, bool human_readable)
{
    QuorumReplicaState const& leader = leader_of(quorum);
    std::vector<std::vector<std::string>> rows;
    for_each_replica(quorum, [&](QuorumReplicaState const& state, char const* status) {
        rows.push_back({std::to_string(state.replica.id.value), to_string(state.replica.directory),
                        std::to_string(state.log_end.value),
                        std::to_string(leader.log_end.value - state.log_end.value),
                        time_text(state.last_fetch, quorum.now, human_readable),
                        time_text(state.last_caught_up, quorum.now, human_readable), status});
    });
    return table_of({"NodeId", "DirectoryId", "LogEndOffset", "Lag", "LastFetchTimestamp",
                     "LastCaughtUpTimestamp", "Status"},
                    rows);
}

std::string json_text(DescribeQuorumResponse const& quorum, std::string const& cluster_id)
{
    Lag const lag = max_follower_lag(quorum);
    Json replicas = Json::array();
    for_each_replica(quorum, [&](QuorumReplicaState const& state, char const* status) {
        auto const time = [&](sim::Instant moment) {
            std::optional<std::int64_t> const ms = timestamp(moment);
            return ms ? Json(*ms) : Json();
        };
        replicas.push_back(
            {{"nodeId", state.replica.id.value},
             {"directoryId",
              has_directory(state) ? Json(to_string(state.replica.directory)) : Json()},
             {"status", status},
             {"logEndOffset", state.log_end.value},
             {"lastFetchTimestamp", time(state.last_fetch)},
             {"lastCaughtUpTimestamp", time(state.last_caught_up)}});
    });
    return dump({{"schema", "odradek/kafka-metadata-quorum/1"},
                 {"clusterId", cluster_id},
                 {"leaderId", quorum.leader.value},
                 {"leaderEpoch", quorum.leader_epoch.value},
                 {"highWatermark", quorum.high_watermark.value},
                 {"maxFollowerLag", lag.records},
                 {"maxFollowerLagTimeMs", lag.ms},
                 {"replicas", replicas}});
}

}  // namespace

ExitCode kafka_metadata_quorum(Arguments const& arguments)
{
    if (arguments.action.empty())
        throw usage_error("kafka-metadata-quorum needs to know what to do", "describe");
    std::string_view const action = choose("kafka-metadata-quorum", arguments.action,
                                           {"describe", "add-controller", "remove-controller"});
    if (action != "describe")
        throw usage_error(
            fmt::format("kafka-metadata-quorum {} does not change a finished run", action),
            "let the scenario do it");
    if (arguments.status && arguments.replication)
        throw usage_error("Only one of --status or --replication should be specified with describe "
                          "sub-command");
    if (!arguments.status && !arguments.replication)
        throw usage_error(
            "One of --status or --replication must be specified with describe sub-command");
    if (arguments.status && arguments.human_readable)
        throw usage_error("The option --human-readable is only supported along with --replication");
    bool const json = is_json(arguments.format);
    SavedCluster const opened = replay_saved_run(arguments, "kafka-metadata-quorum");
    DescribeQuorumResponse const quorum = opened.cluster->describe_quorum();
    if (quorum.error != kafka::Error::none) {
        // No leader: nobody answers, and the tool gives up.
        fmt::print(stderr, "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for "
                           "a node assignment. Call: describeMetadataQuorum\n");
        return ExitCode::violated;
    }
    std::string const cluster_id = cluster_id_text(opened.seed());
    fmt::print("{}", json               ? json_text(quorum, cluster_id)
                     : arguments.status ? status_text(quorum, cluster_id)
                                        : replication_text(quorum, arguments.human_readable));
    return ExitCode::held;
}

}  // namespace odradek::cli
