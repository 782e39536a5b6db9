#include "model/group/group_coordinator.h"

#include <algorithm>

#include "model/coordinator/append_error.h"
#include "model/coordinator/internal_topic.h"
#include "model/record_bytes/control_record.h"

namespace odradek::kafka {

void GroupShard::replay_batch(RecordBatch const& batch)
{
    ++position;
    if (EndTransactionMarker const* const marker = end_marker_of(batch)) {
        offsets.complete(batch.producer_id, marker->committed(), latest_wins);
        return;
    }
    apply_offsets(batch, position);
    CoordinatorRecords const* const contents = coordinator_records_of(batch);
    if (contents == nullptr)
        return;
    for (CoordinatorRecord const& record : contents->records) {
        if (offset_key_of(record))
            continue;
        if (GroupMetadataValue const* const value = group_of(record))
            groups.insert_or_assign(record.name, ClassicGroup::from_log(record.name, value->is));
        else
            groups.erase(record.name);
    }
}

void GroupShard::apply_offsets(RecordBatch const& batch, std::uint64_t at)
{
    CoordinatorRecords const* const contents = coordinator_records_of(batch);
    if (contents == nullptr)
        return;
    ProducerId const transaction = batch.transactional ? batch.producer_id : no_producer;
    for (CoordinatorRecord const& record : contents->records)
        if (auto const key = offset_key_of(record)) {
            GroupPartition const partition{key->topic, key->partition};
            if (OffsetCommitValue const* const value = offset_of(record))
                offsets.apply(key->group, partition, value->is, at, transaction);
            else
                offsets.forget(key->group, partition);
        }
}

ClassicGroup* GroupShard::find(std::string const& group)
{
    auto const at = groups.find(group);
    return at == groups.end() ? nullptr : &at->second;
}

void GroupCoordinator::on_election(GroupContext const& at, std::int32_t partition, Epoch epoch)
{
    on_resignation(at, partition);
    shards_.on_election(partition, epoch, at.out);
    shards_.find(partition)->shard.latest_wins = at.switches.later_commit_wins;
}

void GroupCoordinator::on_resignation(GroupContext const& at, std::int32_t partition)
{
    if (Entry* const entry = shards_.find(partition))
        for (auto& [id, group] : entry->shard.groups)
            fail_waiting(at, group, Error::not_coordinator);
    shards_.on_resignation(partition);
}

void GroupCoordinator::on_loaded(GroupContext const& at, Entry& entry)
{
    for (auto& [id, group] : entry.shard.groups)
        for (auto const& [member_id, member] : group.members())
            expect(at, *group.member(member_id), member.session_timeout);
    if (!expiring_) {
        expiring_ = true;
        at.out.arm(timer(TimerKind::offset_expiration), at.config.offsets_retention_check_interval);
    }
    std::uint64_t entries = entry.shard.groups.size();
    for (auto const& [group, offsets] : entry.shard.offsets.all())
        entries += offsets.size();
    at.out.note("coordinator of {} groups and their offsets in __consumer_offsets-{}, epoch {}",
                entry.shard.groups.size(), entry.partition, entry.epoch.value);
    if (auto const topic = at.cluster.offsets_topic())
        at.out.observe(CoordinatorLoaded{at.self, {*topic, entry.partition}, entry.epoch, entries});
}

std::pair<GroupCoordinator::Entry*, Error> GroupCoordinator::find(GroupContext const& at,
                                                                  std::string const& group)
{
    if (!at.cluster.offsets_topic())
        return {nullptr, Error::not_coordinator};
    return shards_.active(internal_partition_of(group, at.cluster.offsets_partitions()));
}

// Applied, and answered, when it is replicated.
void GroupCoordinator::append(GroupContext const& at, Entry& entry,
                              std::vector<CoordinatorRecord> records, Then then,
                              ProducerId producer, std::int16_t producer_epoch)
{
    BatchRef batch = make_coordinator_batch(std::move(records), at.env.wall);
    if (producer != no_producer) {
        auto* transactional = new RecordBatch(*batch);
        transactional->producer_id = producer;
        transactional->producer_epoch = producer_epoch;
        transactional->transactional = true;
        batch = BatchRef(transactional);
    }
    std::uint64_t const ticket = ++last_ticket_;
    appends_.emplace(ticket, Append{entry.partition, entry.epoch, ++entry.shard.position, batch,
                                    std::move(then)});
    at.logs.append({*at.cluster.offsets_topic(), entry.partition}, std::move(batch),
                   at.config.offsets_commit_timeout, ticket);
}

void GroupCoordinator::on_appended(GroupContext const& at, std::uint64_t ticket, Error error)
{
    auto const found = appends_.find(ticket);
    if (found == appends_.end())
        return;
    Append const append = std::move(found->second);
    appends_.erase(found);
    Entry* const entry = shards_.find(append.partition);
    error = coordinator_error(error);
    if (entry == nullptr || entry->epoch != append.epoch)
        error = Error::not_coordinator;
    bool const of_offsets = std::holds_alternative<OffsetsWritten>(append.then) ||
                            std::holds_alternative<Deleted>(append.then);
    if (of_offsets)
        on_offsets_written(at, append, error);
    else
        on_group_written(at, append, error);
}

bool GroupCoordinator::owns(Timer timer)
{
    auto const kind = static_cast<TimerKind>(timer.kind);
    return kind == TimerKind::group_load || kind == TimerKind::group_due ||
           kind == TimerKind::offset_expiration;
}

void GroupCoordinator::on_timer(GroupContext const& at, Timer timer)
{
    switch (static_cast<TimerKind>(timer.kind)) {
    case TimerKind::group_load: {
        auto const topic = at.cluster.offsets_topic();
        auto const partition = static_cast<std::int32_t>(timer.index);
        if (!topic)
            return;
        if (Entry* const entry = shards_.load(partition, {*topic, partition}, at.logs))
            on_loaded(at, *entry);
        return;
    }
    case TimerKind::group_due:
        armed_ = Instant::never();
        work_off_timers(at);
        return;
    case TimerKind::offset_expiration:
        expiring_ = !shards_.empty();
        if (expiring_) {
            at.out.arm(timer, at.config.offsets_retention_check_interval);
            expire_offsets(at);
        }
        return;
    default:
        return;
    }
}

bool GroupCoordinator::on_request(GroupContext const& at, RequestId request, Message const& message)
{
    if (auto const* joining = std::get_if<JoinGroupRequest>(&message))
        join(at, request, *joining);
    else if (auto const* syncing = std::get_if<SyncGroupRequest>(&message))
        sync(at, request, *syncing);
    else if (auto const* beat = std::get_if<HeartbeatRequest>(&message))
        heartbeat(at, request, *beat);
    else if (auto const* leaving = std::get_if<LeaveGroupRequest>(&message))
        leave(at, request, *leaving);
    else if (auto const* committing = std::get_if<OffsetCommitRequest>(&message))
        commit(at, request, *committing);
    else if (auto const* transactional = std::get_if<TxnOffsetCommitRequest>(&message))
        commit_in_transaction(at, request, *transactional);
    else if (auto const* fetching = std::get_if<OffsetFetchRequest>(&message))
        fetch(at, request, *fetching);
    else if (auto const* forgetting = std::get_if<OffsetDeleteRequest>(&message))
        delete_offsets(at, request, *forgetting);
    else if (auto const* deleting = std::get_if<DeleteGroupsRequest>(&message))
        delete_group(at, request, *deleting);
    else if (auto const* described = std::get_if<DescribeGroupsRequest>(&message))
        describe(at, request, *described);
    else if (std::holds_alternative<ListGroupsRequest>(message))
        list(at, request);
    else
        return false;
    return true;
}

}  // namespace odradek::kafka
