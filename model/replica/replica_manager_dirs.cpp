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

// Until the thread that looks after failed log directories has taken one offline; as long as it
// waits for the lock on all replicas (ReplicaManager.handleLogDirFailure).
constexpr Duration handling_of_failed_append{500'000'000};

}  // namespace

// -- Stop ----------------------------------------------------------------------------------------
// KAFKA-10723, KAFKA-19221: a directory of which a log could not be closed is not clean.
void ReplicaManager::write_clean_shutdown(Env const& env, Out& out)
{
    if (loaded_)
        checkpoint_closed(out);
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
    cleaner_.abandon(at, partition, dirs_[partitions_.at(slot)->log().files().directory].online);
    std::vector<FetchSessions::Watch> const watches = sessions_.watches(slot);
    sessions_.slot_freed(at.env, slot, partitions_);
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

// The log in that directory, if it is one that is about to be deleted.
std::optional<Log> ReplicaManager::take_leaving(std::string_view path)
{
    auto const at = std::find_if(leaving_.begin(), leaving_.end(),
                                 [&](Leaving const& one) { return one.log.path() == path; });
    if (at == leaving_.end())
        return std::nullopt;
    std::optional<Log> log(std::move(at->log));
    leaving_.erase(at);
    return log;
}

// The replica whose log is in that directory of the disk.
std::uint32_t ReplicaManager::slot_of_directory(std::string_view path) const
{
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot);
            partition && partition->log().path() == path)
            return slot;
    return PartitionTable::none;
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
    std::string const path = dir.path_of(name);
    // An older topic of that name may have left its replica here (KIP-516).
    std::optional<Log> log = take_leaving(path);
    bool const used = at.env.disk->find(path + "/partition.metadata").has_value();
    if (std::uint32_t const stray = used ? slot_of_directory(path) : PartitionTable::none;
        stray != PartitionTable::none) {
        at.out.note("{}: what is here belongs to an older topic of that name; drop it, log end {}",
                    name, partitions_.at(stray)->log().end().value);
        log = std::move(partitions_.at(stray)->log());
        remove(at, partitions_.at(stray)->id());
        at.out.arm(timer(TimerKind::log_leaves), {});
        followed_.push_back(stray);
        wake(at, stray);
    }
    if (log) {
        log->restart_as(state.partition, at.env, state.topic, at.out);
    } else {
        Log::Files files = Log::files_of(at.env, path);
        files.directory = *directory;
        auto const shared = sim::share<PartitionName>(name);
        log.emplace(state.partition, shared,
                    path == name ? shared : sim::share<PartitionName>(path), files);
        log->follow(at.switches);
        log->begin(at.env, state.topic, at.out);
    }
    at.out.replace(log->files().metadata, sim::share<PartitionMetadataFile>(state.partition));
    if (dirs_.several())
        at.out.note("{}: a new, empty replica in {}", name, dir.shown());
    else
        at.out.note("{}: a new, empty replica", name);
    return add(Partition(state.partition, std::move(*log)));
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
    // Its directory is renamed after this input, if it is not used again until then.
    leaving_.push_back({std::move(gone.log()), gone.topic().file_delete_delay});
    at.out.arm(timer(TimerKind::log_leaves), {});
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
    ReplicaContext const at = context(env, out);
    std::uint32_t const slot = partitions_.slot_of_file(file);
    bool const append = loaded_ && slot != PartitionTable::none &&
                        (error == sim::DiskError::no_space || error == sim::DiskError::io_error);
    if (append)
        out.observe(AppendFailed{self_, partitions_.at(slot)->id()});
    // KAFKA-10778: nothing may be written behind it until somebody has taken the directory offline.
    if (append && !switches_.appends_fenced_after_error &&
        partitions_.at(slot)->forget_refused(at)) {
        produces_.check(slot, nullptr, Error::kafka_storage_error, out);
        out.arm(timer(TimerKind::failed_append, directory), handling_of_failed_append);
        return;
    }
    fail_directory(at, directory, to_string(error));
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
    if (!loaded_ && directory < reading_.size()) {
        // Nothing more is read of it, so nobody waits for it.
        unread_[directory].clear();
        reading_[directory] = 0;
    }
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
        Log const& log = partitions_.find(id)->log();
        std::erase_if(closing_, [&](sim::FileId file) { return log.owns(file); });
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

void ReplicaManager::on_topic_deleted(TopicId topic)
{
    set_throttled(topic, {}, {});
    std::erase_if(offline_, [&](auto const& one) { return one.first.topic == topic; });
}

void ReplicaManager::set_config(BrokerConfig const& config)
{
    config_ = config;
    leader_quota_.set_bound(config.leader_replication_throttled_rate);
    follower_quota_.set_bound(config.follower_replication_throttled_rate);
}

}  // namespace odradek::kafka
