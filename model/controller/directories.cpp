#include "model/controller/directories.h"

#include <algorithm>

#include "model/controller/elections.h"

namespace odradek::kafka {

namespace {

std::string text_of(std::vector<DirectoryId> const& directories) { return sim::print(directories); }

}  // namespace

void take_offline_directories(ControllerView const& cluster, BrokerHeartbeatRequest const& request,
                              std::vector<MetadataRecord>& records, Out& out)
{
    if (request.offline_log_dirs.empty() || !cluster.metadata_version().directory_assignment())
        return;
    BrokerRegistration const& registration = *cluster.image.broker(request.broker);
    std::vector<DirectoryId> failed;
    std::vector<DirectoryId> online;
    for (DirectoryId const directory : registration.directories) {
        bool const is_offline =
            std::find(request.offline_log_dirs.begin(), request.offline_log_dirs.end(),
                      directory) != request.offline_log_dirs.end();
        (is_offline ? failed : online).push_back(directory);
    }
    if (failed.empty())
        return;
    std::vector<TopicPartition> there;
    cluster.image.replicas_of(request.broker).for_each([&](TopicPartition partition) {
        DirectoryId const directory =
            cluster.image.partition(partition)->directory_of(request.broker);
        if (std::find(failed.begin(), failed.end(), directory) != failed.end())
            there.push_back(partition);
    });
    out.note("broker {} lost directories {}, {} are left: it leaves the ISR of {} partitions",
             request.broker.value, text_of(failed), text_of(online), there.size());
    update_leader_and_isr(cluster, {.leaving = request.broker}, there, records, out);
    BrokerRegistrationChangeRecord change;
    change.broker = request.broker;
    change.broker_epoch = registration.epoch;
    change.log_dirs = std::move(online);
    records.push_back(std::move(change));
}

Decision<AssignReplicasToDirsResponse>
decide_assign_replicas(ControllerView const& cluster, AssignReplicasToDirsRequest const& request,
                       Out& out)
{
    Decision<AssignReplicasToDirsResponse> decision;
    if (!cluster.metadata_version().directory_assignment()) {
        decision.response.error = Error::unsupported_version;
        return decision;
    }
    decision.response.error =
        check_broker_epoch(cluster.image, request.broker, request.broker_epoch);
    if (decision.response.error != Error::none)
        return decision;
    BrokerRegistration const& registration = *cluster.image.broker(request.broker);
    std::vector<TopicPartition> in_offline_directory;
    for (AssignedReplica const& replica : request.replicas) {
        AssignedReplicaResponse& answer = decision.response.replicas.emplace_back();
        answer.partition = replica.partition;
        answer.directory = replica.directory;
        std::optional<TopicView> const topic = cluster.image.topic(replica.partition.topic);
        PartitionRegistration const* const now = cluster.image.partition(replica.partition);
        if (!topic) {
            answer.error = Error::unknown_topic_id;
        } else if (now == nullptr) {
            answer.error = Error::unknown_topic_or_partition;
        } else if (!now->has_replica(request.broker)) {
            answer.error = Error::not_leader_or_follower;
        } else {
            PartitionChange change{replica.partition, *now, now->isr};
            change.directory.emplace(request.broker, replica.directory);
            build(cluster, change, rules_of(cluster, *topic), {}, decision.records, out);
            if (!registration.has_online_directory(replica.directory))
                in_offline_directory.push_back(replica.partition);
        }
        out.detail("{} of broker {} is in directory {}: {}",
                   cluster.image.name_of(replica.partition), request.broker.value,
                   to_string(replica.directory), to_string(answer.error));
    }
    if (!in_offline_directory.empty()) {
        out.note("broker {} has {} partitions in directories that are offline: it leaves their ISR",
                 request.broker.value, in_offline_directory.size());
        std::sort(in_offline_directory.begin(), in_offline_directory.end());
        update_leader_and_isr(cluster, {.leaving = request.broker}, in_offline_directory,
                              decision.records, out);
    }
    return decision;
}

}  // namespace odradek::kafka
