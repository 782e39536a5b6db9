// Before a fetch could tell where logs part (KIP-595), a follower asked first: in each new leader
// epoch its partitions are truncating until the leader has said where their latest epoch ended.
// Source: AbstractFetcherThread.maybeTruncate, truncateToEpochEndOffsets; KIP-101, KIP-279,
// KIP-320, KAFKA-7786.
#include <algorithm>
#include <utility>

#include "model/replica/replica_fetcher.h"

namespace odradek::kafka {

void ReplicaFetchers::ask_epochs(ReplicaContext const& at, PartitionTable& partitions,
                                 Fetcher& fetcher)
{
    fetcher.asked_epochs.clear();
    for (Part const& part : fetcher.parts) {
        if (part.slot == none)
            continue;
        Partition& partition = *partitions.at(part.slot);
        FollowerRole const& role = *partition.follower_role();
        if (!role.truncating || role.failed || role.delayed_until > at.env.now)
            continue;
        if (auto const question = partition.ask_for_epoch(at))
            fetcher.asked_epochs.push_back(*question);
    }
    if (fetcher.asked_epochs.empty() || !client_.make_ready(at.env, fetcher.node, at.out))
        return;
    OffsetsForLeaderEpochRequest request;
    request.replica = at.self;
    request.partitions = fetcher.asked_epochs;
    fetcher.turn = Turn::asking_epochs;
    client_.send(at.env, fetcher.node, std::move(request),
                 static_cast<std::uint64_t>(fetcher.leader.value), at.out);
}

void ReplicaFetchers::on_epochs_response(ReplicaContext const& at, PartitionTable& partitions,
                                         Peer peer, std::int32_t correlation,
                                         OffsetsForLeaderEpochResponse const& response,
                                         std::vector<std::uint32_t>& changed)
{
    auto const request = client_.on_response(at.env, peer, correlation);
    Fetcher* const fetcher = find(peer.node);
    if (!request || fetcher == nullptr || fetcher->turn != Turn::asking_epochs)
        return;
    fetcher->turn = Turn::idle;
    for (EpochEndOffset const& answer : response.partitions) {
        auto const asked = std::find_if(
            fetcher->asked_epochs.begin(), fetcher->asked_epochs.end(),
            [&](OffsetForLeaderPartition const& a) { return a.partition == answer.partition; });
        if (asked != fetcher->asked_epochs.end())
            on_epoch_answer(at, partitions, *fetcher, *asked, answer, changed);
    }
    next(at, partitions, *fetcher);
}

void ReplicaFetchers::on_epoch_answer(ReplicaContext const& at, PartitionTable& partitions,
                                      Fetcher& fetcher, OffsetForLeaderPartition const& asked,
                                      EpochEndOffset const& answer,
                                      std::vector<std::uint32_t>& changed)
{
    Partition* const partition = partitions.find(asked.partition);
    if (partition == nullptr || partition->leader() != fetcher.leader)
        return;
    FollowerRole const* const role = partition->follower_role();
    if (role == nullptr || role->failed || !role->truncating)
        return;
    bool const other_epoch = asked.current_leader_epoch != no_epoch &&
                             asked.current_leader_epoch != partition->leader_epoch();
    if (other_epoch && at.switches.epoch_answer_matches_current) {
        at.out.note("{}: the answer about epoch {} was asked for in epoch {} and we are in {}: "
                    "ask again",
                    partition->name(), asked.leader_epoch.value, asked.current_leader_epoch.value,
                    partition->leader_epoch().value);
        return;
    }
    std::uint32_t const slot = partitions.slot_of(asked.partition);
    has_news(slot);
    if (answer.error == Error::fenced_leader_epoch) {
        partition->fail(at, "the leader knows a newer epoch");
        return;
    }
    if (answer.error != Error::none) {
        at.out.note("{}: the leader {} answers {} to the question where epoch {} ends; again in {}",
                    partition->name(), fetcher.leader.value, to_string(answer.error),
                    asked.leader_epoch.value, to_string(at.config.replica_fetch_backoff));
        delay(at, *partition, slot);
        return;
    }
    partition->on_epoch_end(at, answer);
    changed.push_back(slot);
}

}  // namespace odradek::kafka
