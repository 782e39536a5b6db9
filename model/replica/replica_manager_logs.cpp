// The logs of the replicas over time: opened when the process starts, checkpointed, cut by
// retention, closed when it stops. Source: LogManager.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/replica/replica_manager.h"

namespace odradek::kafka {

namespace {

// "orders-0" of "orders-0/leader-epoch-checkpoint"; empty when the file is not in a partition's
// directory.
std::string_view directory_in(std::string_view path)
{
    std::size_t const slash = path.rfind('/');
    if (slash == std::string_view::npos)
        return {};
    std::string_view const name = path.substr(0, slash);
    return name.starts_with(metadata_topic_name) || name.find('/') != std::string_view::npos
               ? std::string_view{}
               : name;
}

// What a checkpoint file says of a partition, if it names it.
std::optional<Offset> checkpointed(Env const& env, sim::FileId file, TopicPartition partition)
{
    auto const* written = whole_file<OffsetCheckpoint>(env.read(file));
    if (written == nullptr)
        return std::nullopt;
    auto const at = std::lower_bound(
        written->entries.begin(), written->entries.end(), partition,
        [](auto const& entry, TopicPartition wanted) { return entry.partition < wanted; });
    return at != written->entries.end() && at->partition == partition ? std::optional(at->offset)
                                                                      : std::nullopt;
}

}  // namespace

// -- Start --------------------------------------------------------------------------------------
void ReplicaManager::begin_load(Env const& env, Out& out)
{
    dirs_.begin_loading(env, out);
    std::map<std::pair<std::uint32_t, std::string>, std::vector<sim::FileId>> found;
    std::size_t const files = env.disk->file_count();
    for (std::uint32_t i = 0; i < files; ++i) {
        sim::FileId const file{i};
        if (!env.disk->exists(file))
            continue;
        std::string_view const path = env.disk->path(file);
        auto const directory = dirs_.of(path);
        if (!directory || !dirs_[*directory].online)
            continue;
        std::string const& in = dirs_[*directory].path;
        std::string_view const name = directory_in(path.substr(in.empty() ? 0 : in.size() + 1));
        if (!name.empty())
            found[{*directory, std::string(name)}].push_back(file);
    }
    unread_.assign(dirs_.all().size(), {});
    reading_.assign(dirs_.all().size(), 0);
    for (auto& [where, own] : found) {
        auto const& [directory, name] = where;
        if (name.ends_with("-delete")) {
            // Its deletion was under way when the life before ended.
            for (sim::FileId const file : own)
                out.arm(timer(TimerKind::log_file_delete, file.value),
                        config_.log_segment_delete_delay);
            continue;
        }
        LogDirectory const& dir = dirs_[directory];
        auto const metadata = env.disk->find(dir.path_of(name) + "/partition.metadata");
        auto const* const whole =
            metadata ? whole_file<PartitionMetadataFile>(env.read(*metadata)) : nullptr;
        if (whole == nullptr)
            continue;  // Never completely made.
        auto const told = [&, partition = whole->partition](sim::FileId file) {
            return checkpointed(env, file, partition);
        };
        Log::Checkpoints const checkpoints{
            told(dir.recovery_points).value_or(Offset{0}), told(dir.log_starts).value_or(Offset{0}),
            told(dir.high_watermarks).value_or(Offset{0}), told(dir.cleaned)};
        for (sim::FileId const file : Log::to_recover(env, own, dir.last, checkpoints))
            unread_[directory].push_back(file);
        opening_.push_back({directory, name, whole->partition, std::move(own), checkpoints});
    }
    for (std::uint32_t i = 0; i < unread_.size(); ++i) {
        // The first is read first.
        std::reverse(unread_[i].begin(), unread_[i].end());
        read_on(env, i, out);
    }
}

// As many at a time as there are threads for it.
void ReplicaManager::read_on(Env const& env, std::uint32_t directory, Out& out)
{
    while (!unread_[directory].empty() &&
           reading_[directory] < std::max(config_.num_recovery_threads_per_data_dir, 1)) {
        sim::FileId const file = unread_[directory].back();
        unread_[directory].pop_back();
        ++reading_[directory];
        out.read(file, env.disk->size(file));
    }
}

bool ReplicaManager::may_load() const
{
    return !loaded_ &&
           std::all_of(reading_.begin(), reading_.end(), [](std::int32_t n) { return n == 0; });
}

void ReplicaManager::load(Env const& env, TopicConfigs const& topics, Out& out)
{
    ReplicaContext const at = context(env, out);
    for (Opening& opening : std::exchange(opening_, {}))
        if (dirs_[opening.directory].online)
            open_log(at, opening, topics.config_of(opening.partition.topic));
    unread_.clear();
    reading_.clear();
    dirs_.mark_loaded();
    loaded_ = true;
    loaded_at_ = env.now;
    arm(out, TimerKind::isr_check, config_.replica_lag_time_max / 2);
    Duration const delay = config_.log_initial_task_delay;
    arm(out, TimerKind::log_retention, delay);
    arm(out, TimerKind::recovery_point_checkpoint, delay);
    arm(out, TimerKind::log_start_checkpoint, delay);
    if (config_.log_flush_scheduler_interval != Duration::forever())
        arm(out, TimerKind::log_flush, delay);
    cleaner_.start(at, partitions_);
}

void ReplicaManager::open_log(ReplicaContext const& at, Opening const& opening,
                              TopicConfig const& topic)
{
    LogDirectory const& dir = dirs_[opening.directory];
    TopicPartition const id = opening.partition;
    std::string const& name = opening.name;
    if (Partition const* const twin = partitions_.find(id)) {
        // Made anew elsewhere while this directory was offline. Kafka does not start with two.
        at.out.note("{}: it is in {} too; the one here is left alone, log end {}", name,
                    dirs_[twin->log().files().directory].shown(), twin->log().end().value);
        return;
    }
    std::string const path = dir.path_of(name);
    Log::Files files = Log::files_of(at.env, path);
    files.directory = opening.directory;
    if (Log::epochs_unreadable(at.env, files)) {
        at.out.note("{}: its leader-epoch-checkpoint is malformed", name);
        return fail_directory(at, opening.directory, "a log in it cannot be opened");
    }
    auto const shared = sim::share<PartitionName>(name);
    Log log(id, shared, path == name ? shared : sim::share<PartitionName>(path), files);
    log.follow(switches_);
    Log::Recovery const recovery =
        log.load(at.env, opening.files, dir.last, opening.checkpoints, topic, switches_, at.out);
    LogRecovered recovered{self_,
                           id,
                           log.end(),
                           log.high_watermark(),
                           recovery.bytes_dropped,
                           {},
                           opening.checkpoints.recovery_point,
                           {}};
    recovered.log_start = log.start();
    for (EpochEntry const& entry : log.epochs().entries())
        recovered.epochs.push_back({entry.epoch, entry.start});
    log.for_each_batch([&](BatchRef const& batch) { recovered.batches.push_back(batch); });
    at.out.observe(std::move(recovered));
    if (at.out.listening()) {
        bool const known = checkpointed(at.env, dir.high_watermarks, id).has_value();
        at.out.note(
            "{}: read back {} batches after {} shutdown: log end {}, high watermark {} ({}); {}",
            name, log.batch_count(), dir.last == LastShutdown::clean ? "a clean" : "an unclean",
            log.end().value, log.high_watermark().value,
            known ? fmt::format("checkpointed {}", opening.checkpoints.high_watermark.value)
                  : std::string("no checkpoint"),
            dir.last == LastShutdown::clean
                ? std::string("nothing is recovered")
                : fmt::format("{} of {} segments recovered, from recovery point {} on",
                              recovery.segments_recovered, log.segments().size(),
                              opening.checkpoints.recovery_point.value));
        if (recovery.why != nullptr)
            at.out.note("{}: {} and what follows is dropped: {} bytes", name, recovery.why,
                        recovery.bytes_dropped);
    }
    add(Partition(id, std::move(log)));
}

// -- Stop ---------------------------------------------------------------------------------------
void ReplicaManager::on_shutdown(Env const& env, Out& out)
{
    stopped_ = true;
    cleaner_.stop();
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition* const partition = partitions_.at(slot))
            if (auto const last = partition->log().close(env, out))
                closing_.push_back(*last);
    if (loaded_)
        checkpoint_high_watermarks(out);
}

void ReplicaManager::checkpoint_closed(Out& out)
{
    checkpoint_recovery_points(out);
    checkpoint_log_starts(out);
}

// -- Now and then -------------------------------------------------------------------------------
// Unlike Kafka: a file that would say the same again is not written.
template <class OffsetOf>
void ReplicaManager::checkpoint(std::vector<std::vector<OffsetCheckpoint::Entry>>& before,
                                sim::FileId LogDirectory::*file, OffsetOf&& offset_of, Out& out)
{
    std::vector<std::vector<OffsetCheckpoint::Entry>> entries(dirs_.all().size());
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot))
            if (std::optional<Offset> const offset = offset_of(partition->log()))
                entries[partition->log().files().directory].push_back(
                    {partition->id(), *offset, partition->log().shared_name()});
    auto const same = [](auto const& a, auto const& b) {
        return a.partition == b.partition && a.offset == b.offset;
    };
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        if (!dirs_[i].online)
            continue;
        std::sort(entries[i].begin(), entries[i].end(),
                  [](auto const& a, auto const& b) { return a.partition < b.partition; });
        if (std::equal(entries[i].begin(), entries[i].end(), before[i].begin(), before[i].end(),
                       same))
            continue;
        out.replace(dirs_[i].*file, sim::share<OffsetCheckpoint>(entries[i]));
        before[i] = std::move(entries[i]);
    }
}

void ReplicaManager::checkpoint_high_watermarks(Out& out)
{
    if (std::exchange(watermarks_moved_, false))
        checkpoint(
            checkpointed_, &LogDirectory::high_watermarks,
            [](Log const& log) { return std::optional(log.high_watermark()); }, out);
}

void ReplicaManager::checkpoint_recovery_points(Out& out)
{
    checkpoint(
        recovery_points_, &LogDirectory::recovery_points,
        [](Log const& log) { return std::optional(log.recovery_point()); }, out);
}

// Only of logs that do not start where their first segment does.
void ReplicaManager::checkpoint_log_starts(Out& out)
{
    checkpoint(
        log_starts_, &LogDirectory::log_starts,
        [](Log const& log) {
            return log.start() > log.segments().front().base() ? std::optional(log.start())
                                                               : std::nullopt;
        },
        out);
}

void ReplicaManager::delete_old_segments(ReplicaContext const& at)
{
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot);
            partition && !partition->topic().cleanup_policy.compacts)
            retain(at, slot);
    wake_changed(at);
    arm(at.out, TimerKind::log_retention, config_.log_retention_check_interval);
}

void ReplicaManager::retain(ReplicaContext const& at, std::uint32_t slot)
{
    Partition* const partition = partitions_.at(slot);
    Offset const start = partition->log().start();
    Offset const high_watermark = partition->log().high_watermark();
    std::vector<Log::Deleted> const deleted =
        partition->log().delete_old_segments(at.env, partition->topic(), at.switches, at.out);
    for (Log::Deleted const& segment : deleted) {
        at.out.observe(SegmentDeleted{self_, partition->id(), segment.reason, segment.base,
                                      segment.end, segment.largest_timestamp, at.env.wall,
                                      partition->topic().retention, high_watermark});
        at.out.note("{}: deletes the segment from {} to {}, {} bytes: {}", partition->name(),
                    segment.base.value, segment.end.value, segment.bytes,
                    to_string(segment.reason));
    }
    if (partition->log().start() != start)
        changed_.push_back(slot);
}

// The cleaner's threads delete old segments of compacted logs, between one log and the next
// (LogCleaner.cleanFilthiestLog).
void ReplicaManager::after_cleaning(ReplicaContext const& at, LogCleaner::Turn turn)
{
    if (turn.checkpoint)
        checkpoint_cleaned(at.out);
    if (!turn.looked)
        return;
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition const* const partition = partitions_.at(slot);
            partition && partition->topic().cleanup_policy.compacts &&
            !cleaner_.cleans(partition->id()))
            retain(at, slot);
    wake_changed(at);
}

void ReplicaManager::checkpoint_cleaned(Out& out)
{
    checkpoint(
        cleaned_, &LogDirectory::cleaned, [](Log const& log) { return log.cleaned_to(); }, out);
}

// flush.ms: only as often as log.flush.scheduler.interval.ms lets it look.
void ReplicaManager::flush_old(Env const& env, Out& out)
{
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot)
        if (Partition* const partition = partitions_.at(slot);
            partition && partition->log().dirty() &&
            env.now - partition->log().last_flush() >= partition->topic().flush)
            partition->log().flush(env, out);
    arm(out, TimerKind::log_flush, config_.log_flush_scheduler_interval);
}

bool ReplicaManager::on_log_timer(ReplicaContext const& at, Timer which)
{
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::log_rolled:
        if (std::uint32_t const slot = partitions_.slot_of_file(sim::FileId{which.index});
            slot != PartitionTable::none)
            partitions_.at(slot)->log().flush_rolled(at.env, at.out);
        return true;
    case TimerKind::log_file_delete: {
        sim::FileId const file{which.index};
        auto const directory = dirs_.of(at.env.disk->path(file));
        if (at.env.disk->exists(file) && directory && dirs_[*directory].online)
            at.out.remove(file);
        return true;
    }
    case TimerKind::failed_append:
        fail_directory(at, which.index, "an append has failed");
        return true;
    case TimerKind::log_leaves:
        for (Leaving const& leaving : std::exchange(leaving_, {}))
            if (dirs_[leaving.log.files().directory].online)
                leaving.log.mark_deleted(at.env, leaving.delay, at.out);
        // What the checkpoints say of a log must not outlive it: a new one in its place would be
        // recovered by it (LogManager.asyncDelete).
        checkpoint_cleaned(at.out);
        checkpoint_recovery_points(at.out);
        checkpoint_log_starts(at.out);
        return true;
    case TimerKind::log_cleaner:
        after_cleaning(at, cleaner_.on_timer(at, partitions_, which.index));
        return true;
    case TimerKind::log_retention:
        delete_old_segments(at);
        return true;
    case TimerKind::log_flush:
        flush_old(at.env, at.out);
        return true;
    case TimerKind::recovery_point_checkpoint:
        checkpoint_recovery_points(at.out);
        arm(at.out, TimerKind::recovery_point_checkpoint,
            config_.log_flush_offset_checkpoint_interval);
        return true;
    case TimerKind::log_start_checkpoint:
        checkpoint_log_starts(at.out);
        arm(at.out, TimerKind::log_start_checkpoint,
            config_.log_flush_start_offset_checkpoint_interval);
        return true;
    default:
        return false;
    }
}

}  // namespace odradek::kafka
