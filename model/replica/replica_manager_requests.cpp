// Produce and Fetch: the hot path. What concerns one partition is in Partition.
#include <algorithm>
#include <utility>

#include "model/replica/replica_manager.h"

namespace odradek::kafka {

namespace {

// Whether what a follower asks for says that it has all before it (KAFKA-8400, KAFKA-13141).
bool tells_position(ProtocolSwitches const& switches, FetchPartitionResponse const& response)
{
    if (response.error == Error::offset_out_of_range)
        return !switches.no_position_from_failed_fetch;
    if (response.error != Error::none)
        return false;
    return !response.diverging_epoch || !switches.no_position_from_diverging_fetch;
}

}  // namespace

// -- Produce ----------------------------------------------------------------------------------
void ReplicaManager::on_produce(Env const& env, RequestId request, ProduceRequest const& message,
                                Leaders const& leaders, Out& out)
{
    ReplicaContext const at = context(env, out);
    if (!message.transactional_id.value.empty() && begin_verification(at, request, message))
        return;
    append_produce(at, request, message, {}, {}, leaders);
}

void ReplicaManager::append_produce(ReplicaContext const& at, RequestId request,
                                    ProduceRequest const& message,
                                    std::vector<VerificationGuard> const& guards,
                                    std::vector<Error> const& errors, Leaders const& leaders)
{
    Env const& env = at.env;
    Out& out = at.out;
    bool const known_acks = message.acks >= -1 && message.acks <= 1;
    std::vector<ProduceStatus> statuses(message.partitions.size());
    bool any_error = false;
    bool any_appended = false;
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        ProduceStatus& status = statuses[i];
        status.response.partition = message.partitions[i].partition;
        AppendOrigin origin;
        if (!guards.empty())
            origin.guard = guards[i];
        if (!known_acks)
            status.response.error = Error::invalid_required_acks;
        else if (!errors.empty() && errors[i] != Error::none)
            status.response.error = errors[i];
        else
            produce_one(at, message.partitions[i], message.acks, leaders, status, origin);
        any_error |= status.response.error != Error::none;
        any_appended |= status.response.error == Error::none;
    }
    // Followers that wait for records are answered before the producer, whose answer may wait for
    // them.
    wake_changed(at);
    look_at_directories(at);

    if (message.acks == 0) {
        if (any_error) {
            out.note(
                "a produce with acks=0 failed; its producer learns it by the closed connection");
            out.hang_up(request);
        } else {
            out.finish(request);
        }
        return;
    }
    bool waiting = false;
    if (message.acks == -1 && any_appended)
        for (ProduceStatus& status : statuses) {
            if (status.response.error != Error::none)
                continue;
            Partition const& partition = *partitions_.at(status.slot);
            Partition::AckState const state = partition.acknowledged(status.required);
            status.waiting = !state.done;
            status.response.error = state.error;
            if (state.error != Error::none)
                status.response.base_offset = no_offset;
            waiting |= status.waiting;
        }
    if (waiting) {
        produces_.add(env, request, env.now + message.timeout, std::move(statuses), out);
        return;
    }
    ProduceResponse response;
    response.partitions.reserve(statuses.size());
    for (ProduceStatus& status : statuses)
        response.partitions.push_back(std::move(status.response));
    out.reply(request, std::move(response));
}

void ReplicaManager::produce_one(ReplicaContext const& at, ProducePartition const& wanted,
                                 std::int16_t acks, Leaders const& leaders, ProduceStatus& status,
                                 AppendOrigin const& origin)
{
    std::uint32_t const slot = partitions_.slot_of(wanted.partition);
    if (slot == PartitionTable::none) {
        status.response.current_leader = leaders.leader_of(wanted.partition);
        status.response.error = missing(wanted.partition, status.response.current_leader,
                                        Error::unknown_topic_or_partition);
        return;
    }
    Partition& partition = *partitions_.at(slot);
    if (dirs_.several() && partition.is_leader() && !partition.log().writable(at.env)) {
        suspects_.push_back(partition.log().files().directory);
        status.response.error = Error::kafka_storage_error;
        return;
    }
    Partition::Produced const produced = partition.append(at, *wanted.batch, acks, origin);
    Log::Appended const& appended = produced.appended;
    status.slot = slot;
    status.response.error = appended.error;
    if (appended.error == Error::not_leader_or_follower) {
        status.response.current_leader = partition.leader_hint();  // KIP-951
        if (at.out.listening())
            at.out.note("{}: refuse a produce: the leader is {} in epoch {}", partition.name(),
                        partition.leader().value, partition.leader_epoch().value);
    }
    if (appended.error != Error::none)
        return;
    status.response.base_offset = appended.base_offset;
    status.response.log_start_offset = partition.log().start();
    status.required = appended.last_offset + 1;
    status.flush_ticket = partition.log().flush_ticket();
    if (appended.batch)
        changed_.push_back(slot);
}

// -- Fetch ------------------------------------------------------------------------------------
void ReplicaManager::on_fetch(Env const& env, RequestId request, FetchRequest const& message,
                              Leaders const& leaders, Out& out)
{
    ReplicaContext const at = context(env, out);
    // KIP-227, FetchManager.newContext. What a session that ends here kept waiting gets an answer.
    if (message.session_epoch == initial_session_epoch ||
        message.session_epoch == final_session_epoch) {
        if (message.session != no_fetch_session)
            sessions_.close(env, message.session, partitions_);
        answer_orphans(at);
        if (message.session_epoch == initial_session_epoch) {
            FetchSessions::Index const index = sessions_.create(env, message, partitions_);
            answer_orphans(at);
            if (index != FetchSessions::none)
                return on_session_fetch(at, request, message, index, true, leaders);
        }
    } else {
        FetchSessions::Index index = FetchSessions::none;
        Error const error = sessions_.resume(env, message, partitions_, index);
        answer_orphans(at);
        if (error != Error::none) {
            out.note("refuse a fetch in session {} at epoch {}: {}", message.session,
                     message.session_epoch, to_string(error));
            FetchResponse response;
            response.error = error;
            response.session = message.session;
            out.reply(request, std::move(response));
            return;
        }
        if (index != FetchSessions::none)
            return on_session_fetch(at, request, message, index, false, leaders);
    }
    bool urgent = message.partitions.empty() || message.max_wait <= Duration{};
    std::uint64_t const bytes = read(at, message, &leaders, true, urgent);
    wake_changed(at);
    auto const min_bytes =
        static_cast<std::uint64_t>(std::clamp(message.min_bytes, 0, config_.fetch_max_bytes));
    if (!urgent && bytes < min_bytes && message.replica == no_broker)
        for (FetchPartition const& wanted : message.partitions)
            urgent |= partitions_.find(wanted.partition)->must_answer(message, wanted);
    if (urgent || bytes >= min_bytes) {
        count_throttled(at, message);
        out.reply(request, std::exchange(response_, {}));
        return;
    }
    fetches_.add(env, request, message, env.now + message.max_wait, partitions_, out);
}

std::uint64_t ReplicaManager::read(ReplicaContext const& at, FetchRequest const& fetch,
                                   Leaders const* leaders, bool arriving, bool& urgent)
{
    response_ = {};
    response_.partitions.resize(fetch.partitions.size());
    Reading reading = begin_reading(at, fetch, leaders, arriving);
    for (std::size_t i = 0; i < fetch.partitions.size(); ++i)
        read_one(at, fetch.partitions[i], partitions_.slot_of(fetch.partitions[i].partition),
                 reading, response_.partitions[i]);
    urgent |= reading.urgent;
    return reading.bytes;
}

ReplicaManager::Reading ReplicaManager::begin_reading(ReplicaContext const& at,
                                                      FetchRequest const& fetch,
                                                      Leaders const* leaders, bool arriving) const
{
    Reading reading{fetch, leaders, arriving, nullptr, 0, 0, false};
    if (fetch.replica != no_broker && arriving)
        reading.registered = at.brokers.find(fetch.replica);
    reading.left =
        static_cast<std::uint64_t>(std::max(std::min(fetch.max_bytes, config_.fetch_max_bytes), 0));
    return reading;
}

void ReplicaManager::read_one(ReplicaContext const& at, FetchPartition const& wanted,
                              std::uint32_t slot, Reading& reading,
                              FetchPartitionResponse& response)
{
    response.partition = wanted.partition;
    if (slot == PartitionTable::none) {
        if (reading.leaders != nullptr)
            response.current_leader = reading.leaders->leader_of(wanted.partition);
        response.error =
            missing(wanted.partition, response.current_leader, Error::unknown_topic_id);
        reading.urgent = true;
        return;
    }
    FetchRequest const& fetch = reading.fetch;
    auto const limit = static_cast<std::uint64_t>(std::max(wanted.max_bytes, 0));
    Partition const& partition = *partitions_.at(slot);
    if (config_.rack_aware_replica_selector && fetch.replica == no_broker && !fetch.rack.empty() &&
        partition.send_elsewhere(at, fetch, wanted, response)) {
        reading.urgent = true;
        return;
    }
    // A whole first batch is given however large it is, or nobody could ever get past it (KIP-74).
    partition.read(at, fetch, wanted, std::min(reading.left, limit), reading.bytes == 0, response);
    if (!response.batches.empty() && hold(at).holds(fetch, partition))
        response.batches.clear();
    if (fetch.replica != no_broker && reading.arriving && tells_position(at.switches, response))
        take_position(at, fetch, wanted, slot, reading.registered, response);
    reading.urgent |= response.error != Error::none || response.diverging_epoch.has_value();
    std::uint64_t read_bytes = 0;
    for (BatchRef const& batch : response.batches)
        read_bytes += batch->size_bytes;
    reading.bytes += read_bytes;
    reading.left -= std::min(reading.left, read_bytes);
}

FetchHold ReplicaManager::hold(ReplicaContext const& at)
{
    return {leader_quota_.any_throttled() ? &leader_quota_ : nullptr, at.env.wall};
}

void ReplicaManager::count_throttled(ReplicaContext const& at, FetchRequest const& fetch)
{
    if (fetch.replica == no_broker || !leader_quota_.any_throttled())
        return;
    std::uint64_t bytes = 0;
    for (FetchPartitionResponse const& part : response_.partitions)
        if (leader_quota_.is_throttled(part.partition))
            for (BatchRef const& batch : part.batches)
                bytes += batch->size_bytes;
    if (bytes != 0)
        leader_quota_.record(at.env.wall, bytes);
}

void ReplicaManager::take_position(ReplicaContext const& at, FetchRequest const& fetch,
                                   FetchPartition const& wanted, std::uint32_t slot,
                                   BrokerEntry const* registered, FetchPartitionResponse& response)
{
    Partition& partition = *partitions_.at(slot);
    Partition::Followed const followed =
        partition.on_follower_fetch(at, fetch, wanted, partition.log().end(), registered);
    if (followed.error != Error::none) {
        at.out.note("{}: refuse the fetch of {} in broker epoch {}: it is registered in {}",
                    partition.name(), fetch.replica.value, fetch.replica_epoch.value,
                    registered->broker_epoch.value);
        response = {};
        response.partition = wanted.partition;
        response.error = followed.error;
        response.current_leader = partition.leader_hint();
    }
    if (followed.isr_wanted)
        take_proposal(at, partition);
    if (followed.high_watermark)
        changed_.push_back(slot);
    else
        check_deletes(at, slot);
}

void ReplicaManager::answer_fetches(ReplicaContext const& at)
{
    if (ready_.empty())
        return;
    // The answer to a fetch that arrives now may be in the making.
    FetchResponse kept = std::exchange(response_, {});
    std::vector<std::uint32_t> kept_parts = std::exchange(drafted_, {});
    for (FetchPurgatory::Ready const& ready : ready_) {
        if (ready.session != FetchPurgatory::no_session) {
            answer_session(at, ready);
            continue;
        }
        bool urgent = false;
        read(at, ready.fetch, nullptr, false, urgent);
        // KAFKA-5376: what was aborted is told also by a fetch that has waited.
        if (!at.switches.aborted_list_in_delayed_fetch)
            for (FetchPartitionResponse& part : response_.partitions)
                part.aborted_transactions.value.clear();
        count_throttled(at, ready.fetch);
        at.out.reply(ready.request, std::exchange(response_, {}));
    }
    ready_.clear();
    response_ = std::move(kept);
    drafted_ = std::move(kept_parts);
}

}  // namespace odradek::kafka
