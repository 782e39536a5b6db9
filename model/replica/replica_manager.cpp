// Life, metadata and routing; requests are in replica_manager_requests.cpp.
#include "model/replica/replica_manager.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

ReplicaManager::ReplicaManager(BrokerId self, BrokerConfig const& config, ProtocolSwitches switches)
    : self_(self),
      config_(config),
      switches_(switches),
      sessions_(config.max_incremental_fetch_sessions, switches.session_caches_leader_epoch),
      fetchers_(config),
      dirs_(self, config.log_dirs, config.metadata_log_dir),
      cleaner_(config),
      hosted_(dirs_.all().size(), 0),
      unclean_(dirs_.all().size(), false),
      leader_quota_(config.leader_replication_throttled_rate, config.replication_quota_window_num,
                    config.replication_quota_window_size),
      follower_quota_(config.follower_replication_throttled_rate,
                      config.replication_quota_window_num, config.replication_quota_window_size),
      checkpointed_(dirs_.all().size()),
      recovery_points_(dirs_.all().size()),
      log_starts_(dirs_.all().size()),
      cleaned_(dirs_.all().size())
{
}

ReplicaContext ReplicaManager::context(Env const& env, Out& out)
{
    return {self_,    broker_epoch_,
            config_,  switches_,
            brokers_, env,
            out,      follower_quota_.any_throttled() ? &follower_quota_ : nullptr,
            &cut_};
}

void ReplicaManager::arm(Out& out, TimerKind kind, Duration period) const
{
    out.arm(timer(kind), period);
}

void ReplicaManager::set_controller(Env const& env, std::optional<NodeId> controller, Out& out)
{
    alter_partition_.set_controller(context(env, out), controller);
}

// -- Metadata ---------------------------------------------------------------------------------
void ReplicaManager::on_brokers_changed(Env const& env, BrokerDirectory const& brokers, Out& out)
{
    brokers_ = brokers;
    fetchers_.on_brokers_changed(context(env, out), partitions_);
}

void ReplicaManager::on_brokers_changed(Env const& env, std::vector<BrokerEntry> const& changed,
                                        std::vector<BrokerId> const& removed, Out& out)
{
    for (BrokerEntry const& entry : changed)
        brokers_.put(entry);
    for (BrokerId const broker : removed)
        brokers_.remove(broker);
    fetchers_.on_brokers_changed(context(env, out), partitions_);
}

void ReplicaManager::apply(Env const& env, std::vector<PartitionState> const& changed,
                           std::vector<TopicPartition> const& removed, Out& out)
{
    ReplicaContext const at = context(env, out);
    for (PartitionState const& state : changed) {
        if (std::find(state.replicas.begin(), state.replicas.end(), self_) ==
            state.replicas.end()) {
            stop_hosting(at, state.partition);
            continue;
        }
        if (offline_.contains(state.partition))
            continue;
        // KAFKA-14296: a broker on its way out would not hear that others lead.
        if (shutting_down_ && !switches_.demoted_while_shutting_down && state.leader != self_)
            continue;
        std::uint32_t const slot = host(at, state);
        if (slot == PartitionTable::none)
            continue;
        note_directory(state, slot);
        Partition& partition = *partitions_.at(slot);
        Partition::Changed const what = state.leader == self_
                                            ? partition.become_leader(at, state)
                                            : partition.become_follower(at, state);
        if (what.role || what.high_watermark)
            changed_.push_back(slot);
        else
            wake_sessions(at, slot);  // Who is in sync may be another.
        followed_.push_back(slot);
        if (partition.topic().cleanup_policy.compacts)
            cleaner_.wake(at);
    }
    for (TopicPartition const partition : removed)
        stop_hosting(at, partition);
    fetchers_.update(at, partitions_, followed_);
    followed_.clear();
    wake_changed(at);
    look_at_directories(at);
    if (!std::exchange(checkpointing_, true))
        arm(out, TimerKind::high_watermark_checkpoint,
            config_.replica_high_watermark_checkpoint_interval);
}

void ReplicaManager::on_topic_config(Env const& env, TopicId topic, TopicConfig const& config,
                                     Out& out)
{
    bool hosted = false;
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition* const partition = partitions_.at(slot);
            partition && partition->id().topic == topic) {
            partition->set_topic_config(config);
            hosted = true;
        }
    if (hosted && config.cleanup_policy.compacts)
        cleaner_.wake(context(env, out));
}

void ReplicaManager::delete_strays(Env const& env, Out& out)
{
    ReplicaContext const at = context(env, out);
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot);
            partition && !partition->is_leader() && partition->follower_role() == nullptr)
            stop_hosting(at, partition->id());
    followed_.clear();  // Nobody followed them.
}

// -- What wakes whom --------------------------------------------------------------------------
void ReplicaManager::wake(ReplicaContext const& at, std::uint32_t slot, Error gone)
{
    watermarks_moved_ = true;
    produces_.check(slot, partitions_.at(slot), gone, at.out);
    check_deletes(at, slot);
    wake_sessions(at, slot);
    fetches_.check(slot, partitions_, hold(at), ready_);
    answer_fetches(at);
}

void ReplicaManager::wake_changed(ReplicaContext const& at)
{
    for (std::uint32_t const slot : changed_)
        wake(at, slot);
    changed_.clear();
    answer_fetches(at);
    // LogCleanerManager.maybeTruncateCheckpoint
    if (std::exchange(cut_, false))
        checkpoint_cleaned(at.out);
}

void ReplicaManager::take_proposal(ReplicaContext const& at, Partition& partition)
{
    IsrProposal const& proposal = *partition.leader_role()->pending;
    if (alter_partition_.submit(at, proposal)) {
        alter_partition_.send(at);
        return;
    }
    at.out.note("{}: an older ISR proposal is not answered yet, so this one is withdrawn",
                partition.name());
    partition.withdraw_proposal(at);
}

// -- Its channels -----------------------------------------------------------------------------
bool ReplicaManager::owns(Peer peer) const
{
    return fetchers_.owns(peer) || alter_partition_.owns(peer);
}

void ReplicaManager::on_connected(Env const& env, Peer peer, Out& out)
{
    ReplicaContext const at = context(env, out);
    if (fetchers_.owns(peer))
        fetchers_.on_connected(at, partitions_, peer);
    else
        alter_partition_.on_connected(at, peer);
}

void ReplicaManager::on_disconnected(Env const& env, Peer peer, Out& out)
{
    ReplicaContext const at = context(env, out);
    if (fetchers_.owns(peer))
        fetchers_.on_disconnected(at, partitions_, peer);
    else
        alter_partition_.on_disconnected(at, peer);
}

void ReplicaManager::on_response(Env const& env, Peer peer, std::int32_t correlation,
                                 Message const& message, Out& out)
{
    if (stopped_)
        return;  // The fetchers stop before the logs are closed (BrokerServer.shutdown).
    ReplicaContext const at = context(env, out);
    if (auto const* fetched = std::get_if<FetchResponse>(&message)) {
        if (dirs_.several()) {
            for (FetchPartitionResponse const& part : fetched->partitions)
                if (Partition const* const partition = partitions_.find(part.partition);
                    partition && !part.batches.empty() && !partition->log().writable(env))
                    suspects_.push_back(partition->log().files().directory);
            look_at_directories(at);
        }
        fetchers_.on_fetch_response(at, partitions_, peer, correlation, *fetched, changed_);
    } else if (auto const* offsets = std::get_if<ListOffsetsResponse>(&message)) {
        fetchers_.on_list_offsets_response(at, partitions_, peer, correlation, *offsets, changed_);
    } else if (auto const* epochs = std::get_if<OffsetsForLeaderEpochResponse>(&message)) {
        fetchers_.on_epochs_response(at, partitions_, peer, correlation, *epochs, changed_);
    } else if (auto const* altered = std::get_if<AlterPartitionResponse>(&message)) {
        for (AlterPartitionManager::Answer const& answer :
             alter_partition_.on_response(at, peer, correlation, *altered)) {
            std::uint32_t const slot = partitions_.slot_of(answer.response.partition);
            if (slot == PartitionTable::none)
                continue;
            Partition& partition = *partitions_.at(slot);
            Partition::Decided const decided =
                partition.on_alter_partition(at, answer.number, answer.response);
            if (decided.resend)
                take_proposal(at, partition);
            if (decided.high_watermark)
                changed_.push_back(slot);
            else
                wake_sessions(at, slot);
        }
        alter_partition_.send(at);
    }
    wake_changed(at);
    look_at_directories(at);
}

bool ReplicaManager::owns(Timer which) const
{
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::replica_fetch:
    case TimerKind::isr_check:
    case TimerKind::high_watermark_checkpoint:
    case TimerKind::delayed_produce:
    case TimerKind::delayed_fetch:
    case TimerKind::delayed_delete_records:
    case TimerKind::alter_partition:
    case TimerKind::log_rolled:
    case TimerKind::log_file_delete:
    case TimerKind::log_leaves:
    case TimerKind::log_retention:
    case TimerKind::log_flush:
    case TimerKind::recovery_point_checkpoint:
    case TimerKind::log_start_checkpoint:
    case TimerKind::log_cleaner:
    case TimerKind::add_partitions_retry:
    case TimerKind::failed_append:
        return true;
    case TimerKind::network_client:
        return which.index == static_cast<std::uint32_t>(Channel::replica_fetcher) ||
               which.index == static_cast<std::uint32_t>(Channel::alter_partition);
    default:
        return false;
    }
}

void ReplicaManager::on_timer(Env const& env, Timer which, Out& out)
{
    if (stopped_)
        return;
    ReplicaContext const at = context(env, out);
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::replica_fetch:
        return fetchers_.on_timer(at, partitions_,
                                  BrokerId{static_cast<std::int32_t>(which.index)});
    case TimerKind::isr_check:
        return check_isrs(at);
    case TimerKind::high_watermark_checkpoint:
        checkpoint_high_watermarks(out);
        return arm(out, TimerKind::high_watermark_checkpoint,
                   config_.replica_high_watermark_checkpoint_interval);
    case TimerKind::delayed_produce:
        return produces_.on_timer(env, out);
    case TimerKind::add_partitions_retry:
        return ask_coordinators_again(at);
    case TimerKind::delayed_fetch:
        return on_fetch_deadlines(at);
    case TimerKind::delayed_delete_records:
        return deletes_.on_timer(env, out);
    case TimerKind::alter_partition:
        return alter_partition_.on_timer(at);
    case TimerKind::network_client:
        if (which.index == static_cast<std::uint32_t>(Channel::replica_fetcher))
            return fetchers_.on_client_timer(at, partitions_);
        return alter_partition_.on_client_timer(at);
    default:
        ENSURE(on_log_timer(at, which), "the replica manager is given its own timers only");
    }
}

void ReplicaManager::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    if (!loaded_) {
        // Read to the end, so that its log can be opened.
        if (auto const directory = dirs_.of(env.disk->path(file));
            directory && *directory < reading_.size() && reading_[*directory] > 0) {
            --reading_[*directory];
            read_on(env, *directory, out);
        }
        return;
    }
    std::erase(closing_, file);
    if (cleaner_.owns(file)) {
        ReplicaContext const at = context(env, out);
        return after_cleaning(at, cleaner_.on_io(at, partitions_, file));
    }
    std::uint32_t const slot = partitions_.slot_of_file(file);
    if (slot == PartitionTable::none)
        return;
    Log& log = partitions_.at(slot)->log();
    if (log.on_flushed())
        out.observe(LogFlushed{self_, partitions_.at(slot)->id(), log.recovery_point()});
    produces_.check(slot, partitions_.at(slot), Error::unknown_topic_or_partition, out);
}

// -- Periodic ---------------------------------------------------------------------------------
void ReplicaManager::check_isrs(ReplicaContext const& at)
{
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition* const partition = partitions_.at(slot);
            partition && partition->check_isr(at).isr_wanted)
            take_proposal(at, *partition);
    arm(at.out, TimerKind::isr_check, config_.replica_lag_time_max / 2);
}

}  // namespace odradek::kafka
