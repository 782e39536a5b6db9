// Offsets: committed, in transactions or not, fetched, deleted, expired; and what a coordinator
// says of its groups. Source: OffsetMetadataManager, GroupCoordinatorService.
#include <algorithm>

#include <fmt/format.h>

#include "model/coordinator/internal_topic.h"
#include "model/group/group_coordinator.h"

namespace odradek::kafka {

namespace {

template <class Response, class Request>
void answer_all(GroupContext const& at, RequestId request, Request const& message, Error error)
{
    Response response;
    for (OffsetCommitPartition const& wanted : message.partitions)
        response.partitions.push_back({wanted.partition, error});
    at.out.reply(request, std::move(response));
}

}  // namespace

// The records of a commit; what each partition is answered goes into `then`.
std::vector<CoordinatorRecord> GroupCoordinator::offsets_to_write(
    GroupContext const& at, std::vector<OffsetCommitPartition> const& asked, OffsetsWritten& then)
{
    std::vector<CoordinatorRecord> records;
    for (OffsetCommitPartition const& wanted : asked) {
        std::string const topic = at.cluster.topic_name(wanted.partition.topic);
        CommittedPartition& answer = then.partitions.emplace_back();
        answer.partition = wanted.partition;
        if (topic.empty() || !at.cluster.has_partition(wanted.partition)) {
            answer.error = Error::unknown_topic_or_partition;
        } else if (static_cast<std::int64_t>(wanted.metadata.size()) >
                   at.config.offset_metadata_max_bytes) {
            answer.error = Error::offset_metadata_too_large;
        } else {
            records.push_back(
                offset_record(then.group, topic, wanted.partition.partition,
                              {wanted.offset, wanted.leader_epoch, wanted.metadata, at.env.wall}));
        }
    }
    return records;
}

void GroupCoordinator::commit(GroupContext const& at, RequestId request,
                              OffsetCommitRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    if (entry == nullptr)
        return answer_all<OffsetCommitResponse>(at, request, message, error);
    ClassicGroup* group = entry->shard.find(message.group);
    Error refused = Error::none;
    if (group == nullptr) {
        // Somebody who keeps only offsets here makes a group by it.
        if (message.generation >= 0)
            refused = Error::illegal_generation;
        else if (!message.member_id.empty())
            refused = Error::unknown_member_id;
        else
            group = &entry->shard.groups.try_emplace(message.group, message.group).first->second;
    } else {
        refused = group->validate_commit(message.member_id, message.instance_id, message.generation,
                                         false);
    }
    if (refused != Error::none) {
        at.out.note("{}: {} of generation {} may not commit: {}", message.group,
                    message.member_id.empty() ? "a stranger" : message.member_id,
                    message.generation, to_string(refused));
        return answer_all<OffsetCommitResponse>(at, request, message, refused);
    }
    // A commit is as good as a heartbeat.
    if (!message.member_id.empty())
        if (ClassicMember* const member = group->member(message.member_id))
            expect(at, *member, member->session_timeout);
    OffsetsWritten then{
        message.group, message.member_id, message.generation, request, false, no_producer, {}};
    std::vector<CoordinatorRecord> records = offsets_to_write(at, message.partitions, then);
    if (records.empty()) {
        at.out.reply(request, OffsetCommitResponse{std::move(then.partitions)});
        return;
    }
    append(at, *entry, std::move(records), std::move(then));
}

void GroupCoordinator::commit_in_transaction(GroupContext const& at, RequestId request,
                                             TxnOffsetCommitRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    if (entry == nullptr)
        return answer_all<TxnOffsetCommitResponse>(at, request, message, error);
    ClassicGroup* group = entry->shard.find(message.group);
    Error refused = Error::none;
    // KIP-447: who is no member of this generation any more is fenced. Without, any producer may
    // commit for the group.
    bool const checked = at.switches.transactional_commit_fenced;
    if (group == nullptr) {
        if (message.generation >= 0 && checked)
            refused = Error::illegal_generation;
        else
            group = &entry->shard.groups.try_emplace(message.group, message.group).first->second;
    } else if (checked) {
        refused = group->validate_commit(message.member_id, message.instance_id, message.generation,
                                         true);
    }
    if (refused != Error::none) {
        at.out.note("{}: {} of generation {} may not commit in transaction {}: {}", message.group,
                    message.member_id.empty() ? "a stranger" : message.member_id,
                    message.generation, message.transactional_id, to_string(refused));
        return answer_all<TxnOffsetCommitResponse>(at, request, message, refused);
    }
    OffsetsWritten then{message.group,
                        message.member_id,
                        message.generation,
                        request,
                        true,
                        message.producer_id,
                        {}};
    std::vector<CoordinatorRecord> records = offsets_to_write(at, message.partitions, then);
    if (records.empty()) {
        at.out.reply(request, TxnOffsetCommitResponse{std::move(then.partitions)});
        return;
    }
    append(at, *entry, std::move(records), std::move(then), message.producer_id,
           message.producer_epoch);
}

void GroupCoordinator::on_offsets_written(GroupContext const& at, Append const& append, Error error)
{
    Entry* const entry = shards_.find(append.partition);
    if (error == Error::none)
        entry->shard.apply_offsets(*append.batch, append.position);
    if (auto const* deleted = std::get_if<Deleted>(&append.then)) {
        if (error == Error::none)
            at.out.note("{}: {} is forgotten", deleted->group,
                        deleted->delete_group ? "the group" : "what it had committed");
        if (deleted->delete_group)
            at.out.reply(*deleted->delete_group, DeleteGroupsResponse{error});
        if (deleted->delete_offsets)
            at.out.reply(*deleted->delete_offsets,
                         OffsetDeleteResponse{error, deleted->partitions});
        return;
    }
    OffsetsWritten written = std::get<OffsetsWritten>(append.then);
    if (error != Error::none) {
        at.out.note("{}: a commit of {} partitions could not be written: {}", written.group,
                    written.partitions.size(), to_string(error));
        for (CommittedPartition& partition : written.partitions)
            if (partition.error == Error::none)
                partition.error = error;
    } else {
        CoordinatorRecords const& records = *coordinator_records_of(*append.batch);
        for (CoordinatorRecord const& record : records.records)
            if (auto const key = offset_key_of(record)) {
                OffsetAndMetadata const& is = offset_of(record)->is;
                auto const topic = at.cluster.topic_id(key->topic);
                at.out.detail("{}: {}-{} is committed up to {}{}", written.group, key->topic,
                              key->partition, is.offset.value,
                              written.transactional ? ", if its transaction is" : "");
                if (topic && !written.transactional)
                    at.out.observe(OffsetCommitted{at.self,
                                                   written.group,
                                                   written.member,
                                                   written.generation,
                                                   {*topic, key->partition},
                                                   is.offset,
                                                   false});
            }
    }
    if (written.transactional)
        at.out.reply(written.request, TxnOffsetCommitResponse{std::move(written.partitions)});
    else
        at.out.reply(written.request, OffsetCommitResponse{std::move(written.partitions)});
}

void GroupCoordinator::on_marker(GroupContext const& at, std::int32_t partition,
                                 ProducerId producer, bool committed)
{
    Entry* const entry = shards_.find(partition);
    if (entry == nullptr || entry->loading)
        return;  // It is read from the log.
    ++entry->shard.position;
    for (OffsetStore::Decided const& one :
         entry->shard.offsets.complete(producer, committed, entry->shard.latest_wins)) {
        auto const topic = at.cluster.topic_id(one.partition.topic);
        at.out.detail("{}: {}-{} is committed up to {} by the transaction of producer {}{}",
                      one.group, one.partition.topic, one.partition.partition, one.is.offset.value,
                      producer.value, one.overtaken ? ", but something later was" : "");
        if (topic && !one.overtaken)
            at.out.observe(OffsetCommitted{at.self,
                                           one.group,
                                           {},
                                           no_generation,
                                           {*topic, one.partition.partition},
                                           one.is.offset,
                                           true});
    }
}

void GroupCoordinator::fetch(GroupContext const& at, RequestId request,
                             OffsetFetchRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    OffsetFetchResponse response;
    if (entry == nullptr) {
        response.error = error;
        at.out.reply(request, std::move(response));
        return;
    }
    OffsetStore const& offsets = entry->shard.offsets;
    // KAFKA-9346: whoever takes over waits until it is decided what was committed before.
    bool const stable = message.require_stable && at.switches.fetch_waits_for_transactions;
    auto const add = [&](TopicPartition partition, std::string const& topic) {
        FetchedOffset& answer = response.partitions.emplace_back();
        answer.partition = partition;
        GroupPartition const named{topic, partition.partition};
        if (stable && offsets.has_pending(message.group, named)) {
            answer.error = Error::unstable_offset_commit;
        } else if (OffsetStore::Committed const* const committed =
                       offsets.find(message.group, named)) {
            answer.offset = committed->is.offset;
            answer.leader_epoch = committed->is.leader_epoch;
            answer.metadata = committed->is.metadata;
        }
    };
    if (message.all) {
        if (OffsetStore::OfGroup const* const all = offsets.of(message.group))
            for (auto const& [partition, committed] : *all)
                if (auto const topic = at.cluster.topic_id(partition.topic))
                    add({*topic, partition.partition}, partition.topic);
    } else {
        for (TopicPartition const partition : message.partitions)
            add(partition, at.cluster.topic_name(partition.topic));
    }
    at.out.reply(request, std::move(response));
}

void GroupCoordinator::delete_offsets(GroupContext const& at, RequestId request,
                                      OffsetDeleteRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    OffsetDeleteResponse response;
    ClassicGroup* const group = entry == nullptr ? nullptr : entry->shard.find(message.group);
    response.error = entry == nullptr              ? error
                     : group == nullptr            ? Error::group_id_not_found
                     : group->is(GroupState::dead) ? Error::group_id_not_found
                                                   : Error::none;
    // A group that is not of consumers may lose them only when nobody is in it.
    if (response.error == Error::none && !group->is(GroupState::empty) &&
        group->protocol_type() != consumer_protocol_type)
        response.error = Error::non_empty_group;
    if (response.error != Error::none) {
        at.out.reply(request, std::move(response));
        return;
    }
    std::vector<CoordinatorRecord> records;
    for (TopicPartition const partition : message.partitions) {
        std::string const topic = at.cluster.topic_name(partition.topic);
        CommittedPartition& answer = response.partitions.emplace_back();
        answer.partition = partition;
        if (topic.empty())
            answer.error = Error::unknown_topic_or_partition;
        else if (group->subscribes_to(topic))
            answer.error = Error::group_subscribed_to_topic;
        else if (entry->shard.offsets.find(message.group, {topic, partition.partition}) != nullptr)
            records.push_back(offset_tombstone(message.group, topic, partition.partition));
    }
    if (records.empty()) {
        at.out.reply(request, std::move(response));
        return;
    }
    append(at, *entry, std::move(records),
           Deleted{message.group, std::nullopt, request, std::move(response.partitions)});
}

void GroupCoordinator::delete_group(GroupContext const& at, RequestId request,
                                    DeleteGroupsRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    ClassicGroup* const group = entry == nullptr ? nullptr : entry->shard.find(message.group);
    Error const why = entry == nullptr               ? error
                      : group == nullptr             ? Error::group_id_not_found
                      : group->is(GroupState::dead)  ? Error::group_id_not_found
                      : group->is(GroupState::empty) ? Error::none
                                                     : Error::non_empty_group;
    if (why != Error::none) {
        at.out.reply(request, DeleteGroupsResponse{why});
        return;
    }
    std::vector<CoordinatorRecord> records;
    if (OffsetStore::OfGroup const* const all = entry->shard.offsets.of(message.group))
        for (auto const& [partition, committed] : *all)
            records.push_back(
                offset_tombstone(message.group, partition.topic, partition.partition));
    records.push_back(group_tombstone(message.group));
    entry->shard.groups.erase(message.group);
    append(at, *entry, std::move(records), Deleted{message.group, request, std::nullopt, {}});
}

void GroupCoordinator::list(GroupContext const& at, RequestId request)
{
    ListGroupsResponse response;
    for (Entry const& entry : shards_.entries()) {
        if (entry.loading) {
            response.error = Error::coordinator_load_in_progress;
            break;
        }
        for (auto const& [id, group] : entry.shard.groups)
            response.groups.push_back({id, group.protocol_type(), group.state()});
    }
    at.out.reply(request, std::move(response));
}

void GroupCoordinator::describe(GroupContext const& at, RequestId request,
                                DescribeGroupsRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    DescribeGroupsResponse response;
    response.group = message.group;
    response.error = error;
    if (entry != nullptr)
        if (ClassicGroup* const group = entry->shard.find(message.group))
            response = group->describe();
    at.out.reply(request, std::move(response));
}

// KIP-211: an offset lives as long as its group has members, and then for
// offsets.retention.minutes; one of a topic that nobody subscribes to for as long after its commit.
void GroupCoordinator::expire_offsets(GroupContext const& at)
{
    Duration const retention = at.config.offsets_retention;
    for (Entry& entry : shards_.entries()) {
        if (entry.loading)
            continue;
        std::vector<std::string> ids;
        for (auto const& [id, group] : entry.shard.groups)
            ids.push_back(id);
        for (std::string const& id : ids) {
            ClassicGroup& group = *entry.shard.find(id);
            bool const empty = group.is(GroupState::empty);
            bool const simple = group.protocol_type().empty();
            bool const may = !at.switches.offsets_of_active_groups_kept || simple || empty ||
                             group.is(GroupState::stable);
            std::vector<CoordinatorRecord> records;
            OffsetStore::OfGroup const* const all = entry.shard.offsets.of(id);
            std::size_t kept = 0;
            if (all != nullptr)
                for (auto const& [partition, committed] : *all) {
                    Instant const since =
                        empty && !simple && at.switches.offsets_of_active_groups_kept
                            ? group.state_since()
                            : committed.is.committed_at;
                    bool const wanted = at.switches.offsets_of_active_groups_kept && !empty &&
                                        !simple && group.subscribes_to(partition.topic);
                    if (may && !wanted && at.env.wall - since >= retention &&
                        !entry.shard.offsets.has_pending(id, partition))
                        records.push_back(
                            offset_tombstone(id, partition.topic, partition.partition));
                    else
                        ++kept;
                }
            if (!records.empty())
                at.out.note("{}: {} offsets expire, {} stay", id, records.size(), kept);
            if (empty && kept == 0 && !entry.shard.offsets.has_pending(id)) {
                records.push_back(group_tombstone(id));
                entry.shard.groups.erase(id);
            }
            if (!records.empty())
                append(at, entry, std::move(records), Deleted{id, std::nullopt, std::nullopt, {}});
        }
    }
}

void GroupCoordinator::on_topic_deleted(GroupContext const& at, std::string const& name)
{
    for (Entry& entry : shards_.entries()) {
        if (entry.loading)
            continue;
        std::vector<CoordinatorRecord> records;
        for (auto const& [group, all] : entry.shard.offsets.all())
            for (auto const& [partition, committed] : all)
                if (partition.topic == name)
                    records.push_back(offset_tombstone(group, name, partition.partition));
        if (!records.empty())
            append(at, entry, std::move(records), Deleted{name, std::nullopt, std::nullopt, {}});
    }
}

}  // namespace odradek::kafka
