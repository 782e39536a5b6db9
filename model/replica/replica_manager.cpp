// Life, metadata and routing; requests are in replica_manager_requests.cpp.
#include "model/replica/replica_manager.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

using namespace sim::literals;

constexpr std::string_view high_watermark_file = "replication-offset-checkpoint";
constexpr Duration delete_delay = 60_s;  // file.delete.delay.ms, Kafka's default.

// "orders-0" of "orders-0/00000000000000000000.log"; empty when it is no replica's data file.
std::string_view directory_of(std::string_view path)
{
    std::size_t const slash = path.rfind('/');
    if (slash == std::string_view::npos || path.substr(slash + 1) != Log::data_file_name)
        return {};
    std::string_view const directory = path.substr(0, slash);
    return directory.starts_with(metadata_topic_name) ? std::string_view{} : directory;
}

}  // namespace

ReplicaManager::ReplicaManager(BrokerId self, BrokerConfig const& config, ProtocolSwitches switches)
    : self_(self),
      config_(config),
      switches_(switches),
      sessions_(config.max_incremental_fetch_sessions, switches.session_caches_leader_epoch),
      fetchers_(config)
{
}

ReplicaContext ReplicaManager::context(Env const& env, Out& out) const
{
    return {self_, broker_epoch_, config_, switches_, brokers_, env, out};
}

void ReplicaManager::on_start(Env const& env, LastShutdown last, Out& out)
{
    checkpoint_ = env.open(high_watermark_file);
    if (auto const* written = whole_file<OffsetCheckpoint>(env.read(checkpoint_)))
        checkpointed_ = written->entries;
    std::size_t const files = env.disk->file_count();
    for (std::uint32_t i = 0; i < files; ++i) {
        std::string const directory(directory_of(env.disk->path(sim::FileId{i})));
        if (directory.empty() || !env.disk->exists(sim::FileId{i}))
            continue;
        Log::Files const own = Log::files_of(env, directory);
        auto const* const metadata = whole_file<PartitionMetadataFile>(env.read(own.metadata));
        if (metadata == nullptr)
            continue;  // Removed, or never completely made.
        TopicPartition const id = metadata->partition;
        Log log(id, sim::share<PartitionName>(directory), own);
        auto const written = std::find_if(checkpointed_.begin(), checkpointed_.end(),
                                          [&](auto const& entry) { return entry.partition == id; });
        bool const known = written != checkpointed_.end();
        Log::Recovery const recovery =
            log.recover(env, last, known ? written->offset : Offset{0}, out);
        out.observe(
            LogRecovered{self_, id, log.end(), log.high_watermark(), recovery.bytes_dropped});
        if (out.listening()) {
            out.note(
                "{}: read back {} batches after {} shutdown: log end {}, high watermark {} ({})",
                directory, log.batch_count(),
                last == LastShutdown::clean ? "a clean" : "an unclean", log.end().value,
                log.high_watermark().value,
                known ? fmt::format("checkpointed {}", written->offset.value)
                      : std::string("no checkpoint"));
            if (recovery.why != nullptr)
                out.note("{}: {} and what follows is dropped: {} bytes", directory, recovery.why,
                         recovery.bytes_dropped);
        }
        partitions_.add(Partition(id, std::move(log)));
    }
    arm(out, TimerKind::isr_check, config_.replica_lag_time_max / 2);
}

void ReplicaManager::arm(Out& out, TimerKind kind, Duration period) const
{
    out.arm(timer(kind), period);
}

void ReplicaManager::set_controller(Env const& env, std::optional<NodeId> controller, Out& out)
{
    alter_partition_.set_controller(context(env, out), controller);
}

void ReplicaManager::on_shutdown(Env const& env, Out& out)
{
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition* const partition = partitions_.at(slot);
            partition && partition->log().dirty())
            partition->log().flush(env, out);
    checkpoint_high_watermarks(out);
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
        std::uint32_t const slot = host(at, state);
        Partition& partition = *partitions_.at(slot);
        Partition::Changed const what = state.leader == self_
                                            ? partition.become_leader(at, state)
                                            : partition.become_follower(at, state);
        if (what.role || what.high_watermark)
            changed_.push_back(slot);
        else
            wake_sessions(at, slot);  // Who is in sync may be another.
        followed_.push_back(slot);
    }
    for (TopicPartition const partition : removed)
        stop_hosting(at, partition);
    fetchers_.update(at, partitions_, followed_);
    followed_.clear();
    wake_changed(at);
    if (!std::exchange(checkpointing_, true))
        arm(out, TimerKind::high_watermark_checkpoint,
            config_.replica_high_watermark_checkpoint_interval);
}

std::uint32_t ReplicaManager::host(ReplicaContext const& at, PartitionState const& state)
{
    std::uint32_t const known = partitions_.slot_of(state.partition);
    if (known != PartitionTable::none)
        return known;
    std::string const name = state.topic_name + "-" + std::to_string(state.partition.partition);
    Log::Files const files = Log::files_of(at.env, name);
    // An older topic of that name may have left its replica here (KIP-516).
    bool const used = std::erase_if(doomed_, [&](Doomed const& doomed) {
                          return doomed.files.data == files.data;
                      }) != 0;
    std::uint32_t const stray = partitions_.slot_of_file(files.data);
    if (stray != PartitionTable::none) {
        at.out.note("{}: what is here belongs to an older topic of that name; drop it, log end {}",
                    name, partitions_.at(stray)->log().end().value);
        release(at, stray);
    }
    Log log(state.partition, sim::share<PartitionName>(name), files);
    if (used || stray != PartitionTable::none || !at.env.read(files.data).empty() ||
        !at.env.read(files.epochs).empty())
        log.truncate_fully_and_start_at(Offset{0}, at.out);
    at.out.replace(files.metadata, sim::share<PartitionMetadataFile>(state.partition));
    at.out.note("{}: a new, empty replica", name);
    std::uint32_t const slot = partitions_.add(Partition(state.partition, std::move(log)));
    sessions_.slot_taken(slot, state.partition);
    watermarks_moved_ = true;
    return slot;
}

// Nobody fetches it, from here or by us, and nobody waits for it any more.
void ReplicaManager::release(ReplicaContext const& at, std::uint32_t slot)
{
    std::vector<FetchSessions::Watch> const watches = sessions_.watches(slot);
    sessions_.slot_freed(at.env.now, slot, partitions_);
    partitions_.remove(partitions_.at(slot)->id());
    fetchers_.update(at, partitions_, {slot});
    for (FetchSessions::Watch const& watch : watches)
        wake_session(at, watch);
    wake(at, slot);
}

void ReplicaManager::stop_hosting(ReplicaContext const& at, TopicPartition partition)
{
    std::uint32_t const slot = partitions_.slot_of(partition);
    if (slot == PartitionTable::none)
        return;
    Partition& gone = *partitions_.at(slot);
    at.out.note("{}: no replica of it is placed here any more; delete it, log end {}", gone.name(),
                gone.log().end().value);
    doomed_.push_back({at.env.now + delete_delay, gone.log().files()});
    release(at, slot);
}

void ReplicaManager::on_topic_config(TopicId topic, TopicConfig const& config)
{
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition* const partition = partitions_.at(slot);
            partition && partition->id().topic == topic)
            partition->set_topic_config(config);
}

void ReplicaManager::delete_strays(Env const& env, Out& out)
{
    ReplicaContext const at = context(env, out);
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot);
            partition && !partition->is_leader() && partition->follower_role() == nullptr)
            stop_hosting(at, partition->id());
}

// -- What wakes whom --------------------------------------------------------------------------
void ReplicaManager::wake(ReplicaContext const& at, std::uint32_t slot)
{
    watermarks_moved_ = true;
    produces_.check(slot, partitions_.at(slot), at.out);
    wake_sessions(at, slot);
    fetches_.check(slot, partitions_, ready_);
    answer_fetches(at);
}

void ReplicaManager::wake_changed(ReplicaContext const& at)
{
    for (std::uint32_t const slot : changed_)
        wake(at, slot);
    changed_.clear();
    answer_fetches(at);
}

void ReplicaManager::take_proposal(ReplicaContext const& at, Partition& partition)
{
    IsrProposal const& proposal = *partition.leader_role()->pending;
    if (alter_partition_.submit(proposal)) {
        alter_partition_.send(at);
        return;
    }
    at.out.note("{}: an older ISR proposal is not answered yet, so this one is withdrawn",
                partition.name());
    partition.withdraw_proposal();
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
    ReplicaContext const at = context(env, out);
    if (auto const* fetched = std::get_if<FetchResponse>(&message)) {
        fetchers_.on_fetch_response(at, partitions_, peer, correlation, *fetched, changed_);
    } else if (auto const* offsets = std::get_if<ListOffsetsResponse>(&message)) {
        fetchers_.on_list_offsets_response(at, partitions_, peer, correlation, *offsets, changed_);
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
}

bool ReplicaManager::owns(Timer which) const
{
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::replica_fetch:
    case TimerKind::isr_check:
    case TimerKind::high_watermark_checkpoint:
    case TimerKind::delayed_produce:
    case TimerKind::delayed_fetch:
    case TimerKind::alter_partition:
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
    ReplicaContext const at = context(env, out);
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::replica_fetch:
        return fetchers_.on_timer(at, partitions_,
                                  BrokerId{static_cast<std::int32_t>(which.index)});
    case TimerKind::isr_check:
        return check_isrs(at);
    case TimerKind::high_watermark_checkpoint:
        checkpoint_high_watermarks(out);
        delete_doomed(env, out);
        return arm(out, TimerKind::high_watermark_checkpoint,
                   config_.replica_high_watermark_checkpoint_interval);
    case TimerKind::delayed_produce:
        return produces_.on_timer(env, out);
    case TimerKind::delayed_fetch:
        return on_fetch_deadlines(at);
    case TimerKind::alter_partition:
        return alter_partition_.on_timer(at);
    case TimerKind::network_client:
        if (which.index == static_cast<std::uint32_t>(Channel::replica_fetcher))
            return fetchers_.on_client_timer(at, partitions_);
        return alter_partition_.on_client_timer(at);
    default:
        ENSURE(false, "the replica manager is given its own timers only");
    }
}

void ReplicaManager::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    std::uint32_t const slot = partitions_.slot_of_file(file);
    if (slot == PartitionTable::none)
        return;
    partitions_.at(slot)->log().on_flushed();
    produces_.check(slot, partitions_.at(slot), out);
    static_cast<void>(env);
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

// Unlike Kafka: a file that would say the same again is not written.
void ReplicaManager::checkpoint_high_watermarks(Out& out)
{
    if (!std::exchange(watermarks_moved_, false))
        return;
    std::vector<OffsetCheckpoint::Entry> entries;
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot))
            entries.push_back({partition->id(), partition->log().high_watermark(),
                               partition->log().shared_name()});
    std::sort(entries.begin(), entries.end(),
              [](auto const& a, auto const& b) { return a.partition < b.partition; });
    auto const same = [](auto const& a, auto const& b) {
        return a.partition == b.partition && a.offset == b.offset;
    };
    if (std::equal(entries.begin(), entries.end(), checkpointed_.begin(), checkpointed_.end(),
                   same))
        return;
    out.replace(checkpoint_, sim::share<OffsetCheckpoint>(entries));
    checkpointed_ = std::move(entries);
}

// As Kafka, which renames the directory first: files go a while after their replica. Looked at
// whenever high watermarks are checkpointed.
void ReplicaManager::delete_doomed(Env const& env, Out& out)
{
    std::erase_if(doomed_, [&](Doomed const& doomed) {
        if (doomed.at > env.now)
            return false;
        Log::remove(doomed.files, out);
        return true;
    });
}

}  // namespace odradek::kafka
