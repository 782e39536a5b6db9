#include "model/log/segment.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "model/search_near.h"
#include "sim/ensure.h"

namespace odradek::kafka {

std::string offset_name(Offset offset) { return fmt::format("{:020}", offset.value); }

std::int64_t to_millis(Instant wall) { return wall.ns / 1'000'000; }

std::string LogSegment::path(PartitionName const& directory, Offset base, std::string_view suffix)
{
    return fmt::format("{}/{:020}{}", directory.text, base.value, suffix);
}

std::string_view to_string(SegmentSuffix suffix)
{
    return suffix == SegmentSuffix::none      ? ""
           : suffix == SegmentSuffix::cleaned ? ".cleaned"
                                              : ".swap";
}

std::string LogSegment::path(std::string_view kind) const
{
    std::string made = path(*directory_, base_, kind);
    made += to_string(suffix_);
    return made;
}

LogSegment::LogSegment(Env const& env, sim::Ref<PartitionName> directory, Offset base,
                       Duration jitter, SegmentSuffix suffix)
    : directory_(std::move(directory)),
      base_(base),
      created_(env.wall),
      jitter_(jitter),
      suffix_(suffix)
{
    file_ = env.open(path(".log"));
}

LogSegment::LogSegment(Env const& env, sim::Ref<PartitionName> directory, Offset base,
                       Duration jitter, sim::FileId file)
    : directory_(std::move(directory)),
      base_(base),
      file_(file),
      created_(env.wall),
      jitter_(jitter)
{
}

// -- When it is full ----------------------------------------------------------------------------
bool LogSegment::index_full(TopicConfig const& topic) const
{
    auto const bytes = static_cast<std::size_t>(topic.segment_index_bytes);
    std::size_t const times_max = bytes / TimeIndexEntry::bytes;
    return offsets_.entries().size() >= bytes / OffsetIndexEntry::bytes ||
           times_.entries().size() + 1 >= times_max;
}

char const* LogSegment::full_for(RecordBatch const& batch, TopicConfig const& topic) const
{
    if (static_cast<std::int64_t>(size_) > topic.segment_bytes - std::int64_t{batch.size_bytes})
        return "segment.bytes";
    if (!empty() && topic.segment != Duration::forever()) {
        // By the times of records: of its first batch and of this one.
        Duration const waited = batch.max_timestamp - batches_.front().batch->max_timestamp;
        if (waited > topic.segment - jitter_)
            return "segment.ms";
    }
    if (index_full(topic))
        return "segment.index.bytes";
    if (batch.last_offset().value - base_.value > std::numeric_limits<std::int32_t>::max())
        return "offsets that no longer fit an index";
    return nullptr;
}

// -- Changes ------------------------------------------------------------------------------------
void LogSegment::note_time(RecordBatch const& batch)
{
    // By milliseconds: of equals the first.
    if (offset_of_largest_timestamp_ == no_offset ||
        to_millis(batch.max_timestamp) > to_millis(largest_timestamp_)) {
        largest_timestamp_ = batch.max_timestamp;
        offset_of_largest_timestamp_ = batch.last_offset();
    }
}

void LogSegment::append_time(Env const& env, Out& out)
{
    if (offset_of_largest_timestamp_ == no_offset)
        return;
    TimeIndexEntry const entry{
        to_millis(largest_timestamp_),
        static_cast<std::uint32_t>(offset_of_largest_timestamp_.value - base_.value)};
    if (!times_.entries().empty() && entry.timestamp_ms <= times_.entries().back().timestamp_ms)
        return;
    times_.push(
        env, [this] { return path(".timeindex"); }, entry, out);
}

void LogSegment::append(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out)
{
    auto const position = static_cast<std::uint32_t>(size_);
    Offset const base = batch->base_offset;
    note_time(*batch);
    out.append(file_, batch);
    if (since_index_entry_ > static_cast<std::uint64_t>(topic.index_interval_bytes)) {
        offsets_.push(
            env, [this] { return path(".index"); },
            {static_cast<std::uint32_t>(batch->last_offset().value - base_.value), position}, out);
        append_time(env, out);
        since_index_entry_ = 0;
    }
    since_index_entry_ += batch->size_bytes;
    size_ += batch->size_bytes;
    batches_.push_back({base, position, std::move(batch)});
}

void LogSegment::truncate_to(Env const& env, Offset end, Out& out)
{
    while (!empty() && batches_.back().batch->end_offset() > end)
        batches_.pop_back();
    cut_file(env, out);
    offsets_.truncate_to(base_, end, out);
    times_.truncate_to(base_, end, out);
    cut_aborted(env, end, out);
    since_index_entry_ = 0;
    offset_of_largest_timestamp_ = no_offset;
    for (Stored const& stored : batches_)
        note_time(*stored.batch);
    if (size_ == 0)
        created_ = env.wall;
}

void LogSegment::forget_refused(Env const& env, Out& out)
{
    std::vector<sim::Extent> const& all = env.read(file_);
    bool const cut_short = !all.empty() && all.back().blob->damage() == sim::Damage::cut_short;
    bool const known = !torn_.empty() && torn_.back() == batches_.size();
    std::size_t const whole =
        all.size() - std::min(all.size(), torn_.size() + (cut_short && !known ? 1 : 0));
    if (whole >= batches_.size())
        return;
    batches_.resize(whole, batches_.front());
    size_ = 0;
    for (sim::Extent const& extent : all)
        size_ += extent.blob->size();
    if (cut_short && !known)
        torn_.push_back(whole);
    offsets_.truncate_to(base_, end(), out);
    times_.truncate_to(base_, end(), out);
    cut_aborted(env, end(), out);
    offset_of_largest_timestamp_ = no_offset;
    for (Stored const& stored : batches_)
        note_time(*stored.batch);
}

void LogSegment::cut_file(Env const& env, Out& out)
{
    while (!torn_.empty() && torn_.back() >= batches_.size())
        torn_.pop_back();
    std::vector<sim::Extent> const& all = env.read(file_);
    size_ = 0;
    // What this very call has appended is not there yet: its batches tell.
    if (torn_.empty())
        size_ = empty() ? 0 : batches_.back().position + batches_.back().batch->size_bytes;
    else
        for (std::size_t i = 0; i < extents() && i < all.size(); ++i)
            size_ += all[i].blob->size();
    out.truncate(file_, extents());
}

void LogSegment::append_aborted(Env const& env, AbortedTxn const& aborted, Out& out)
{
    txns_.push(
        env, [this] { return path(".txnindex"); }, aborted, out);
    txns_.write(env, path(".txnindex"), out);
}

// TransactionIndex.truncateTo: with the markers at or behind `end` their entries go.
void LogSegment::cut_aborted(Env const& env, Offset end, Out& out)
{
    auto const at = std::partition_point(
        txns_.entries().begin(), txns_.entries().end(),
        [end](AbortedTxn const& aborted) { return aborted.last_offset < end; });
    if (at == txns_.entries().end())
        return;
    txns_.cut(static_cast<std::size_t>(at - txns_.entries().begin()), out);
    txns_.write(env, path(".txnindex"), out);
}

void LogSegment::close(Env const& env, Out& out)
{
    append_time(env, out);
    offsets_.write(env, path(".index"), out);
    times_.write(env, path(".timeindex"), out);
}

void LogSegment::flush(Env const& env, bool notify, Out& out)
{
    // What is not flushed of an index is made anew: the records are durable with the first.
    out.flush(file_, notify);
    offsets_.flush(env, path(".index"), out);
    times_.flush(env, path(".timeindex"), out);
    txns_.flush(env, path(".txnindex"), out);
}

// Kafka renames at once and deletes later, so that who is still reading may go on.
void LogSegment::mark_deleted(Env const& env, Duration delay, Out& out)
{
    auto const mark = [&](sim::FileId file, std::string_view suffix) {
        std::string const marked = path(suffix) + ".deleted";
        if (auto const older = env.disk->find(marked))
            out.remove(*older);
        out.rename(file, marked);
        out.arm(timer(TimerKind::log_file_delete, file.value), delay);
    };
    mark(file_, ".log");
    if (offsets_.file())
        mark(*offsets_.file(), ".index");
    if (times_.file())
        mark(*times_.file(), ".timeindex");
    if (txns_.file())
        mark(*txns_.file(), ".txnindex");
}

void LogSegment::rename(SegmentSuffix suffix, Out& out)
{
    suffix_ = suffix;
    out.rename(file_, path(".log"));
    offsets_.rename(path(".index"), out);
    times_.rename(path(".timeindex"), out);
    txns_.rename(path(".txnindex"), out);
}

void LogSegment::discard(Out& out) const
{
    out.remove(file_);
    if (offsets_.file())
        out.remove(*offsets_.file());
    if (times_.file())
        out.remove(*times_.file());
    if (txns_.file())
        out.remove(*txns_.file());
}

// -- Opening ------------------------------------------------------------------------------------
void LogSegment::adopt(BatchRef batch)
{
    note_time(*batch);
    Offset const base = batch->base_offset;
    auto const position = static_cast<std::uint32_t>(size_);
    size_ += batch->size_bytes;
    batches_.push_back({base, position, std::move(batch)});
}

void LogSegment::adopt_torn(std::uint64_t bytes)
{
    torn_.push_back(batches_.size());
    size_ += bytes;
}

bool LogSegment::load_indexes(Env const& env, std::optional<sim::FileId> offsets,
                              std::optional<sim::FileId> times, std::optional<sim::FileId> txns)
{
    bool sound = true;
    if (offsets)
        sound = offsets_.load(env, *offsets);
    if (times)
        sound = times_.load(env, *times) && sound;
    else if (!empty())
        sound = false;  // Whoever closes a segment writes at least one entry.
    if (txns)
        sound = txns_.load(env, *txns) && sound;
    auto const ascends = [](auto const& entries, auto key) {
        return std::is_sorted(entries.begin(), entries.end(),
                              [key](auto const& a, auto const& b) { return key(a) < key(b); });
    };
    return sound && ascends(offsets_.entries(), [](auto const& e) { return e.relative_offset; }) &&
           ascends(times_.entries(), [](auto const& e) { return e.timestamp_ms; }) &&
           ascends(txns_.entries(), [](auto const& e) { return e.last_offset; });
}

void LogSegment::rebuild_indexes(Env const& env, TopicConfig const& topic, Out& out)
{
    offsets_.reset(out);
    times_.reset(out);
    Instant const largest = largest_timestamp_;
    Offset const at = offset_of_largest_timestamp_;
    offset_of_largest_timestamp_ = no_offset;
    std::uint32_t last_entry = 0;
    for (Stored const& stored : batches_) {
        RecordBatch const& batch = *stored.batch;
        note_time(batch);
        if (stored.position - last_entry > static_cast<std::uint32_t>(topic.index_interval_bytes)) {
            offsets_.push(
                env, [this] { return path(".index"); },
                {static_cast<std::uint32_t>(batch.last_offset().value - base_.value),
                 stored.position},
                out);
            append_time(env, out);
            last_entry = stored.position;
        }
    }
    ENSURE(offset_of_largest_timestamp_ == at && (empty() || largest_timestamp_ == largest),
           "the latest time of a segment is that of its batches");
    since_index_entry_ = 0;
    append_time(env, out);
    offsets_.write(env, path(".index"), out);
    times_.write(env, path(".timeindex"), out);
}

// -- Reading ------------------------------------------------------------------------------------
BatchRef LogSegment::as_read(sim::Disk const& disk, std::size_t index) const
{
    BatchRef const& batch = batches_[index].batch;
    auto const before = std::upper_bound(torn_.begin(), torn_.end(), index);
    std::size_t const at = index + static_cast<std::size_t>(before - torn_.begin());
    std::vector<sim::Extent> const& all = disk.extents(file_);
    // What this very call has appended is not there yet.
    if (at >= all.size() || !all[at].torn() || batch->damaged)
        return batch;
    return batch->rotten();
}

std::size_t LogSegment::index_of(Offset offset) const
{
    if (offset >= end())
        return batches_.size();
    // The last entry at or before the offset says from where to look, the next one to where.
    auto const& entries = offsets_.entries();
    std::int64_t const relative = offset.value - base_.value;
    std::size_t const after = search_back(entries, [&](OffsetIndexEntry const& entry) {
        return std::int64_t{entry.relative_offset} <= relative;
    });
    auto const at_position = [&](std::uint32_t position) {
        return search_back(batches_,
                           [&](Stored const& stored) { return stored.position < position; });
    };
    std::size_t const low = after == 0 ? 0 : at_position(entries[after - 1].position);
    std::size_t const high =
        after == entries.size() ? batches_.size() : at_position(entries[after].position) + 1;
    // The file is read from there on, up to the batch that reaches beyond the offset: the last that
    // begins at or before it, or the next.
    std::size_t const begins_after =
        search_back(batches_, [&](Stored const& stored) { return stored.base <= offset; });
    std::size_t const found = std::clamp(begins_after, low, std::max(low, high));
    bool const reaches = found > low && batches_[found - 1].batch->end_offset() > offset;
    return reaches ? found - 1 : found;
}

}  // namespace odradek::kafka
