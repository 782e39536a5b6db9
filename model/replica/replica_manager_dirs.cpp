// Start, stop and log directories of the replicas: which logs are there, where a new one goes, what
// happens when a directory fails. Sources: LogManager, ReplicaManager.handleLogDirFailure,
// Partition.createLogInAssignedDirectoryId; KIP-112, KIP-858.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "model/replica/replica_manager.h"

namespace odradek::kafka {

namespace {

// "orders-0" of "orders-0/00000000000000000000.log"; empty when it is no replica's data file.
std::string_view name_in(std::string_view path)
{
    std::size_t const slash = path.rfind('/');
    if (slash == std::string_view::npos || path.substr(slash + 1) != Log::data_file_name)
        return {};
    std::string_view const name = path.substr(0, slash);
    return name.starts_with(metadata_topic_name) || name.find('/') != std::string_view::npos
               ? std::string_view{}
               : name;
}

}  // namespace

// -- Start and stop ---------------------------------------------------------------------------
void ReplicaManager::load(Env const& env, Out& out)
{
    ReplicaContext const at = context(env, out);
    dirs_.begin_loading(env, out);
    for (std::uint32_t i = 0; i < dirs_.all().size(); ++i)
        if (dirs_[i].online)
            load_directory(at, i);
    dirs_.mark_loaded();
    loaded_ = true;
    arm(out, TimerKind::isr_check, config_.replica_lag_time_max / 2);
}

void ReplicaManager::load_directory(ReplicaContext const& at, std::uint32_t directory)
{
    LogDirectory const& dir = dirs_[directory];
    std::vector<OffsetCheckpoint::Entry>& checkpointed = checkpointed_[directory];
    if (auto const* written = whole_file<OffsetCheckpoint>(at.env.read(dir.high_watermarks)))
        checkpointed = written->entries;
    std::size_t const prefix = dir.path.empty() ? 0 : dir.path.size() + 1;
    std::size_t const files = at.env.disk->file_count();
    for (std::uint32_t i = 0; i < files; ++i) {
        std::string const& path = at.env.disk->path(sim::FileId{i});
        if (dirs_.of(path) != directory || !at.env.disk->exists(sim::FileId{i}))
            continue;
        std::string const name(name_in(std::string_view(path).substr(prefix)));
        if (name.empty())
            continue;
        Log::Files own = Log::files_of(at.env, dir.path_of(name));
        own.directory = directory;
        auto const* const metadata = whole_file<PartitionMetadataFile>(at.env.read(own.metadata));
        if (metadata == nullptr)
            continue;  // Removed, or never completely made.
        TopicPartition const id = metadata->partition;
        if (Partition const* const twin = partitions_.find(id)) {
            // Made anew elsewhere while this directory was offline. Kafka does not start with two.
            at.out.note("{}: it is in {} too; the one here is left alone, log end {}", name,
                        dirs_[twin->log().files().directory].shown(), twin->log().end().value);
            continue;
        }
        Log log(id, sim::share<PartitionName>(name), own);
        auto const written = std::find_if(checkpointed.begin(), checkpointed.end(),
                                          [&](auto const& entry) { return entry.partition == id; });
        bool const known = written != checkpointed.end();
        Log::Recovery const recovery =
            log.recover(at.env, dir.last, known ? written->offset : Offset{0}, at.out,
                        switches_.recover_epoch_zero);
        LogRecovered recovered{self_, id, log.end(), log.high_watermark(), recovery.bytes_dropped,
                               {}};
        recovered.batches.reserve(log.batch_count());
        for (std::size_t b = 0; b < log.batch_count(); ++b)
            recovered.batches.push_back(log.batch(b));
        at.out.observe(std::move(recovered));
        if (at.out.listening()) {
            at.out.note(
                "{}: read back {} batches after {} shutdown: log end {}, high watermark {} ({})",
                name, log.batch_count(), dir.last == LastShutdown::clean ? "a clean" : "an unclean",
                log.end().value, log.high_watermark().value,
                known ? fmt::format("checkpointed {}", written->offset.value)
                      : std::string("no checkpoint"));
            if (recovery.why != nullptr)
                at.out.note("{}: {} and what follows is dropped: {} bytes", name, recovery.why,
                            recovery.bytes_dropped);
        }
        add(Partition(id, std::move(log)));
    }
}

void ReplicaManager::on_shutdown(Env const& env, Out& out)
{
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition* const partition = partitions_.at(slot);
            partition && partition->log().dirty()) {
            partition->log().flush(env, out);
            closing_.push_back(partition->log().files().data);
        }
    if (loaded_)
        checkpoint_high_watermarks(out);
}

// KAFKA-10723, KAFKA-19221: a directory of which a log could not be closed is not clean.
void ReplicaManager::write_clean_shutdown(Env const& env, Out& out)
{
    for (std::uint32_t i = 0; i < dirs_.all().size(); ++i) {
        if (unclean_[i] && switches_.clean_marker_needs_flushed_logs) {
            out.note("{}: not everything could be flushed, so nobody says that it is clean",
                     dirs_[i].shown());
            continue;
        }
        dirs_.write_clean_shutdown(env, i, broker_epoch_, switches_, out);
    }
}

// -- Where replicas are -----------------------------------------------------------------------
std::uint32_t ReplicaManager::add(Partition partition)
{
    ++hosted_[partition.log().files().directory];
    TopicPartition const id = partition.id();
    std::uint32_t const slot = partitions_.add(std::move(partition));
    sessions_.slot_taken(slot, id);
    watermarks_moved_ = true;
    return slot;
}

void ReplicaManager::remove(ReplicaContext const& at, TopicPartition partition)
{
    std::uint32_t const slot = partitions_.slot_of(partition);
    std::vector<FetchSessions::Watch> const watches = sessions_.watches(slot);
    sessions_.slot_freed(at.env.now, slot, partitions_);
    --hosted_[partitions_.at(slot)->log().files().directory];
    partitions_.remove(partition);
    for (FetchSessions::Watch const& watch : watches)
        wake_session(at, watch);
}

// KAFKA-16234: what should be here may be on a directory that is offline, and an empty replica
// instead of it would be taken for the one that has the records.
std::optional<std::uint32_t> ReplicaManager::place(ReplicaContext const& at,
                                                   PartitionState const& state) const
{
    if (auto const assigned = dirs_.online_with_id(state.directory))
        return assigned;
    if (dirs_.any_offline() && state.directory != unassigned_directory &&
        at.switches.no_recreate_while_dir_offline)
        return std::nullopt;
    return dirs_.next(hosted_);
}

std::uint32_t ReplicaManager::host(ReplicaContext const& at, PartitionState const& state)
{
    std::uint32_t const known = partitions_.slot_of(state.partition);
    if (known != PartitionTable::none)
        return known;
    std::string const name = state.topic_name + "-" + std::to_string(state.partition.partition);
    std::optional<std::uint32_t> const directory = place(at, state);
    if (!directory) {
        at.out.note("{}: it may be in a log directory that is offline; do not make it anew", name);
        offline_.emplace(state.partition, static_cast<std::uint32_t>(dirs_.all().size()));
        return PartitionTable::none;
    }
    LogDirectory const& dir = dirs_[*directory];
    Log::Files files = Log::files_of(at.env, dir.path_of(name));
    files.directory = *directory;
    // An older topic of that name may have left its replica here (KIP-516).
    bool const used = std::erase_if(doomed_, [&](Doomed const& doomed) {
                          return doomed.files.data == files.data;
                      }) != 0;
    std::uint32_t const stray = partitions_.slot_of_file(files.data);
    if (stray != PartitionTable::none) {
        at.out.note("{}: what is here belongs to an older topic of that name; drop it, log end {}",
                    name, partitions_.at(stray)->log().end().value);
        remove(at, partitions_.at(stray)->id());
        followed_.push_back(stray);
        wake(at, stray);
    }
    Log log(state.partition, sim::share<PartitionName>(name), files);
    if (used || stray != PartitionTable::none || !at.env.read(files.data).empty() ||
        !at.env.read(files.epochs).empty())
        log.truncate_fully_and_start_at(Offset{0}, at.out);
    at.out.replace(files.metadata, sim::share<PartitionMetadataFile>(state.partition));
    if (dirs_.several())
        at.out.note("{}: a new, empty replica in {}", name, dir.shown());
    else
        at.out.note("{}: a new, empty replica", name);
    return add(Partition(state.partition, std::move(log)));
}

void ReplicaManager::stop_hosting(ReplicaContext const& at, TopicPartition partition)
{
    offline_.erase(partition);
    std::uint32_t const slot = partitions_.slot_of(partition);
    if (slot == PartitionTable::none)
        return;
    Partition& gone = *partitions_.at(slot);
    at.out.note("{}: no replica of it is placed here any more; delete it, log end {}", gone.name(),
                gone.log().end().value);
    at.out.observe(ReplicaDeleted{self_, partition});
    doomed_.push_back({at.env.now + gone.topic().file_delete_delay, gone.log().files()});
    remove(at, partition);
    followed_.push_back(slot);
    wake(at, slot);
}

// KIP-858: with several directories the controller cannot know where a replica went.
void ReplicaManager::note_directory(PartitionState const& state, std::uint32_t slot)
{
    if (!dirs_.several() && state.directory.reserved())
        return;
    DirectoryId const actual = dirs_[partitions_.at(slot)->log().files().directory].id;
    if (actual != state.directory)
        assignments_.push_back({state.partition, actual});
}

// -- Failure of a directory -------------------------------------------------------------------
void ReplicaManager::on_disk_error(Env const& env, std::uint32_t directory, sim::FileId file,
                                   sim::DiskError error, Out& out)
{
    if (std::erase(closing_, file) != 0)
        unclean_[directory] = true;
    fail_directory(context(env, out), directory, to_string(error));
}

void ReplicaManager::look_at_directories(ReplicaContext const& at)
{
    if (suspects_.empty())
        return;
    for (std::uint32_t const directory : std::exchange(suspects_, {}))
        fail_directory(at, directory, to_string(sim::DiskError::gone));
}

// For as long as this process lives. Replicas in it are no replicas here: who asks for one gets
// KAFKA_STORAGE_ERROR, and it is in nobody's ISR check (KAFKA-7837).
void ReplicaManager::fail_directory(ReplicaContext const& at, std::uint32_t directory,
                                    char const* why)
{
    if (!dirs_[directory].online)
        return;
    dirs_.set_offline(directory);
    failed_.push_back(directory);
    LogDirectoryFailed fact{self_, dirs_[directory].path, {}};
    std::vector<std::uint32_t> slots;
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot);
            partition && partition->log().files().directory == directory) {
            fact.replicas.push_back(partition->id());
            slots.push_back(slot);
        }
    at.out.note("{} has failed ({}): it is offline, and {} replicas with it",
                dirs_[directory].shown(), why, slots.size());
    for (TopicPartition const id : fact.replicas) {
        std::erase(closing_, partitions_.find(id)->log().files().data);
        offline_.emplace(id, directory);
        remove(at, id);
    }
    fetchers_.update(at, partitions_, slots);
    for (std::uint32_t const slot : slots)
        wake(at, slot, Error::kafka_storage_error);
    at.out.observe(std::move(fact));
}

// What is told of a partition that is not hosted, or not any more.
Error ReplicaManager::missing(TopicPartition partition, std::optional<LeaderHint> const& leader,
                              Error unknown) const
{
    if (!offline_.empty() && offline_.contains(partition))
        return Error::kafka_storage_error;
    return leader ? Error::not_leader_or_follower : unknown;
}

// -- Dynamic configuration --------------------------------------------------------------------
void ReplicaManager::set_throttled(TopicId topic, ThrottledPartitions leading,
                                   ThrottledPartitions following)
{
    leader_quota_.set_throttled(topic, std::move(leading));
    follower_quota_.set_throttled(topic, std::move(following));
}

void ReplicaManager::set_config(BrokerConfig const& config)
{
    config_ = config;
    leader_quota_.set_bound(config.leader_replication_throttled_rate);
    follower_quota_.set_bound(config.follower_replication_throttled_rate);
}

}  // namespace odradek::kafka
