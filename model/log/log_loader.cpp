// Opening a log: which files count, what of it is read again, and where it ends. Source: LogLoader,
// LogSegment.recover.
#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "model/log/log.h"
#include "sim/damage.h"

namespace odradek::kafka {

namespace {

// "orders-0/00000000000000000042.log": the offset, and what comes behind it.
struct NamedByOffset {
    Offset offset;
    std::string_view suffix;  // ".log", ".index.deleted"
};

std::optional<NamedByOffset> named_by_offset(std::string_view path)
{
    constexpr std::size_t digits = 20;
    std::string_view const name = path.substr(path.rfind('/') + 1);
    if (name.size() <= digits || name[digits] != '.')
        return std::nullopt;
    std::int64_t offset = 0;
    for (char const c : name.substr(0, digits)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        offset = offset * 10 + (c - '0');
    }
    return NamedByOffset{Offset{offset}, name.substr(digits)};
}

struct SegmentFiles {
    std::optional<sim::FileId> log;
    std::optional<sim::FileId> offsets;
    std::optional<sim::FileId> times;
    std::optional<sim::FileId> txns;
};

// A partition's directory when what a crash has interrupted is put in order.
struct Listing {
    std::map<Offset, SegmentFiles> segments;  // By what the files are called then.
    std::vector<Offset> snapshots;            // Ascending.
    std::vector<sim::FileId> removed;
    std::vector<std::pair<sim::FileId, std::string>> renamed;
};

// Where what is in a .log.swap ends: LogSegment.readNextOffset.
Offset end_of(Env const& env, sim::FileId file, Offset base)
{
    Offset end = base;
    for (sim::Extent const& extent : env.read(file)) {
        auto const* batch = dynamic_cast<RecordBatch const*>(extent.blob.get());
        if (extent.torn() || batch == nullptr)
            break;
        end = batch->end_offset();
    }
    return end;
}

// LogLoader.removeTempFilesAndCollectSwapFiles and the passes after it. Segments take the place of
// others in steps (log_compaction.cpp): as long as one of the new files is still a .cleaned,
// nothing has happened; when all of them are called .swap, nothing can stop it any more.
Listing list(Env const& env, std::vector<sim::FileId> const& own)
{
    Listing listing;
    struct Named {
        sim::FileId file;
        Offset offset;
        std::string suffix;
    };
    std::vector<Named> files;
    std::vector<Named> swaps;
    std::optional<Offset> least_cleaned;
    for (sim::FileId const file : own) {
        auto const named = named_by_offset(env.disk->path(file));
        if (!named || !env.disk->exists(file))
            continue;
        if (named->suffix.ends_with(".deleted")) {
            listing.removed.push_back(file);
        } else if (named->suffix.ends_with(".cleaned")) {
            listing.removed.push_back(file);
            if (!least_cleaned || named->offset < *least_cleaned)
                least_cleaned = named->offset;
        } else if (named->suffix.ends_with(".swap")) {
            swaps.push_back({file, named->offset, std::string(named->suffix)});
        } else {
            files.push_back({file, named->offset, std::string(named->suffix)});
        }
    }
    std::optional<std::pair<Offset, Offset>> swapped;
    for (Named const& swap : swaps) {
        if (least_cleaned && swap.offset >= *least_cleaned) {
            listing.removed.push_back(swap.file);
            continue;
        }
        if (swap.suffix == ".log.swap") {
            Offset const end = end_of(env, swap.file, swap.offset);
            swapped = swapped ? std::pair(std::min(swapped->first, swap.offset),
                                          std::max(swapped->second, end))
                              : std::pair(swap.offset, end);
        }
    }
    std::vector<Named> there;
    for (Named& file : files) {
        if (swapped && file.offset >= swapped->first && file.offset < swapped->second)
            listing.removed.push_back(file.file);
        else
            there.push_back(std::move(file));
    }
    for (Named& swap : swaps) {
        if (least_cleaned && swap.offset >= *least_cleaned)
            continue;
        constexpr std::string_view suffix = ".swap";
        std::string path = env.disk->path(swap.file);
        path.resize(path.size() - suffix.size());
        // A segment without any record has no range of its own.
        for (Named const& file : there)
            if (file.offset == swap.offset && file.suffix + std::string(suffix) == swap.suffix)
                listing.removed.push_back(file.file);
        std::erase_if(there, [&](Named const& file) {
            return file.offset == swap.offset && file.suffix + std::string(suffix) == swap.suffix;
        });
        listing.renamed.emplace_back(swap.file, std::move(path));
        swap.suffix.resize(swap.suffix.size() - suffix.size());
        there.push_back(std::move(swap));
    }
    for (Named const& file : there) {
        if (file.suffix == ".snapshot")
            listing.snapshots.push_back(file.offset);
        else if (file.suffix == ".log")
            listing.segments[file.offset].log = file.file;
        else if (file.suffix == ".index")
            listing.segments[file.offset].offsets = file.file;
        else if (file.suffix == ".timeindex")
            listing.segments[file.offset].times = file.file;
        else if (file.suffix == ".txnindex")
            listing.segments[file.offset].txns = file.file;
    }
    std::sort(listing.snapshots.begin(), listing.snapshots.end());
    // Indexes of a segment that is gone: a crash came between its files.
    for (auto at = listing.segments.begin(); at != listing.segments.end();) {
        if (at->second.log) {
            ++at;
            continue;
        }
        for (auto const& index : {at->second.offsets, at->second.times, at->second.txns})
            if (index)
                listing.removed.push_back(*index);
        at = listing.segments.erase(at);
    }
    return listing;
}

}  // namespace

bool Log::epochs_unreadable(Env const& env, Files const& files)
{
    std::vector<sim::Extent> const& found = env.read(files.epochs);
    return !found.empty() && whole_file<LeaderEpochCheckpoint>(found) == nullptr;
}

std::vector<sim::FileId> Log::to_recover(Env const& env, std::vector<sim::FileId> const& own,
                                         LastShutdown last, Checkpoints const& checkpoints)
{
    std::vector<sim::FileId> files;
    if (last == LastShutdown::clean)
        return files;
    Listing const listing = list(env, own);
    for (auto at = listing.segments.begin(); at != listing.segments.end(); ++at)
        if (auto const next = std::next(at);
            next == listing.segments.end() || next->first > checkpoints.recovery_point)
            if (env.disk->size(*at->second.log) != 0)
                files.push_back(*at->second.log);
    return files;
}

// What a segment's file has, without judging it.
void Log::adopt_segment(Env const& env, LogSegment& segment)
{
    for (sim::Extent const& extent : env.read(segment.file())) {
        auto const* batch = dynamic_cast<RecordBatch const*>(extent.blob.get());
        // A bit that has rotted in it is found by who reads it.
        auto const* written = dynamic_cast<RecordBatch const*>(sim::as_written(extent.blob).get());
        if (!extent.torn() && batch != nullptr)
            segment.adopt(BatchRef(batch));
        else if (extent.blob->damage() == sim::Damage::rot && written != nullptr)
            segment.adopt(written->rotten());
        else
            segment.adopt_torn(extent.blob->size());
    }
}

// Batch by batch: what is not whole, or goes back, ends the log.
void Log::recover_segment(Env const& env, LogSegment& segment, TopicConfig const& topic,
                          bool epoch_zero, Recovery& result, Out& out)
{
    ++result.segments_recovered;
    rebuild_producers(env, segment.base(), out);
    segment.reset_aborted(out);
    std::uint64_t dropped = 0;
    for (sim::Extent const& extent : env.read(segment.file())) {
        auto const* batch = dynamic_cast<RecordBatch const*>(extent.blob.get());
        if (result.why == nullptr) {
            if (extent.torn() || batch == nullptr)
                result.why = "a torn batch";
            else if (batch->base_offset < segment.end())
                result.why = "an offset that goes back";
        }
        if (result.why != nullptr) {
            dropped += extent.blob->size();
            continue;
        }
        // KAFKA-10432: the batches tell the epochs, epoch 0 included, where the file does not.
        bool const told = epoch_zero || batch->leader_epoch > Epoch{0};
        if (std::optional<Epoch> const latest = epochs_.latest_epoch();
            told && (!latest || batch->leader_epoch > *latest))
            epochs_.assign(batch->leader_epoch, batch->base_offset);
        note_producer(env, *batch, segment, out);
        segment.adopt(BatchRef(batch));
    }
    if (dropped != 0)
        segment.cut_file(env, out);
    result.bytes_dropped += static_cast<std::int64_t>(dropped);
    segment.rebuild_indexes(env, topic, out);
    end_ = segment.end();
    take_snapshot(env, true, out);
}

Log::Recovery Log::load(Env const& env, std::vector<sim::FileId> const& own, LastShutdown last,
                        Checkpoints const& checkpoints, TopicConfig const& topic,
                        ProtocolSwitches const& switches, Out& out)
{
    Recovery result;
    bool const clean = last == LastShutdown::clean;
    if (auto const* epochs = whole_file<LeaderEpochCheckpoint>(env.read(files_.epochs)))
        epochs_ = LeaderEpochCache(epochs->entries);
    std::vector<EpochEntry> const written = epochs_.entries();
    // Recovery of a segment drops the epochs that begin in it and takes them from its batches.
    if (!switches.recover_epoch_zero && !clean)
        epochs_.clear();

    Listing const listing = list(env, own);
    for (sim::FileId const file : listing.removed)
        out.remove(file);
    for (auto const& [file, path] : listing.renamed)
        out.rename(file, path);
    if (!listing.renamed.empty())
        out.note("{}: a compaction was interrupted when all it had to write was written: its files "
                 "take the place of those that they were made from",
                 name());
    snapshots_ = listing.snapshots;
    cleaned_to_ = checkpoints.cleaned;
    std::map<Offset, SegmentFiles> const& files = listing.segments;
    bool broken = false;
    for (auto at = files.begin(); at != files.end(); ++at) {
        Offset const base = at->first;
        auto const next = std::next(at);
        SegmentFiles const& its = at->second;
        LogSegment segment(env, path_, base, {}, *its.log);
        bool const beyond =
            !clean && (next == files.end() || next->first > checkpoints.recovery_point);
        if (beyond && !broken && !segments_.empty() && base != end_ &&
            !topic.cleanup_policy.compacts && switches.recovery_stops_at_a_gap) {
            out.note("{}: the segment at {} does not begin where the one before it ends, at {}",
                     name(), base.value, end_.value);
            result.why = "a gap";
            broken = true;
        }
        if (broken) {
            // What comes behind a segment that was cut is of no use.
            out.note("{}: the segment at {} comes behind what was dropped, and is deleted", name(),
                     base.value);
            result.bytes_dropped += static_cast<std::int64_t>(env.disk->size(*its.log));
            segment.load_indexes(env, its.offsets, its.times, its.txns);
            segment.mark_deleted(env, topic.file_delete_delay, out);
            continue;
        }
        if (segments_.empty())
            start_ = std::max(base, checkpoints.log_start);
        segments_.push_back(std::move(segment));
        end_ = base;
        if (beyond) {
            // Its indexes are made anew: they may be older than what the log has.
            active().load_indexes(env, its.offsets, its.times, its.txns);
            recover_segment(env, active(), topic, switches.recover_epoch_zero, result, out);
            broken = result.why != nullptr;
            continue;
        }
        adopt_segment(env, active());
        end_ = active().end();
        if (!active().load_indexes(env, its.offsets, its.times, its.txns)) {
            out.note("{}: the indexes at {} are not there or not in order, and are made anew",
                     name(), base.value);
            active().rebuild_indexes(env, topic, out);
            rebuild_producers(env, base, out);
            active().reset_aborted(out);
            for (LogSegment::Stored const& stored : active().batches())
                note_producer(env, *stored.batch, active(), out);
        }
    }
    // All that is left lies before where the log starts (DeleteRecords, retention).
    if (!segments_.empty() && end_ < checkpoints.log_start) {
        out.note("{}: the log ends at {}, before its start at {}: all of it is deleted", name(),
                 end_.value, checkpoints.log_start.value);
        for (LogSegment& segment : segments_)
            segment.mark_deleted(env, topic.file_delete_delay, out);
        segments_.clear();
        epochs_.clear();
    }
    if (segments_.empty()) {
        add_segment(env, checkpoints.log_start, topic);
        end_ = checkpoints.log_start;
    }
    start_ = std::max(segments_.front().base(), checkpoints.log_start);
    epochs_.truncate_from_end(end_);
    epochs_.truncate_from_start(start_);
    if (epochs_.entries() != written)
        write_epochs(out);
    // KAFKA-10101: what recovery has read is not durable for having been read.
    bool const advances = clean || !switches.recovery_point_after_flush;
    recovery_point_ = advances ? end_ : std::min(checkpoints.recovery_point, end_);
    flush_asked_ = recovery_point_;
    load_producers(env, clean, out);
    last_flush_ = env.now;
    high_watermark_ = std::clamp(checkpoints.high_watermark, start_, end_);
    producers_.on_high_watermark(high_watermark_);
    return result;
}

}  // namespace odradek::kafka
