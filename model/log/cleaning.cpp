#include "model/log/cleaning.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "sim/ensure.h"
#include "sim/wide.h"

namespace odradek::kafka {

namespace {

// Between two renamings; what a directory's change takes.
constexpr Duration swap_step{100'000};
// Until a flush that is under way is looked for again.
constexpr Duration flush_poll{1'000'000};

// Segments that hold offsets from `from` on and begin before `to`.
std::vector<Offset> bases(Log const& log, Offset from, Offset to)
{
    std::vector<Offset> found;
    for (LogSegment const& segment : log.segments()) {
        if (segment.base() >= to)
            break;
        if (segment.base() <= from)
            found.clear();
        found.push_back(segment.base());
    }
    return found;
}

}  // namespace

// -- Which log ----------------------------------------------------------------------------------
bool Cleanable::due(TopicConfig const& topic) const
{
    if (total_bytes() == 0)
        return false;
    sim::Ratio const least = topic.min_cleanable_ratio;
    return (overdue > Duration{} && dirty_bytes > 0) ||
           sim::UnsignedWide{dirty_bytes} * least.denominator >
               sim::UnsignedWide{total_bytes()} * least.numerator;
}

bool Cleanable::dirtier_than(Cleanable const& other) const
{
    return sim::UnsignedWide{dirty_bytes} * other.total_bytes() >
           sim::UnsignedWide{other.dirty_bytes} * total_bytes();
}

Cleanable cleanable(Log const& log, TopicConfig const& topic, Instant wall,
                    ProtocolSwitches const& switches)
{
    Cleanable found;
    std::vector<LogSegment> const& segments = log.segments();
    Offset const active = segments.back().base();
    found.first_dirty = log.cleaned_to().value_or(log.start());
    if (found.first_dirty < log.start() || found.first_dirty > log.end()) {
        found.first_dirty = log.start();
        found.reset = true;
    }
    // Closed segments from the one that holds an offset on.
    auto const closed_from = [&](Offset from) {
        auto const after = std::upper_bound(
            segments.begin(), segments.end(), from,
            [](Offset wanted, LogSegment const& segment) { return wanted < segment.base(); });
        return after == segments.begin() ? segments.begin() : after - 1;
    };
    auto const last = segments.end() - 1;

    Offset limit = active;
    if (switches.compaction_below_high_watermark)
        limit = std::min(limit, log.last_stable_offset());
    if (topic.min_compaction_lag > Duration{})
        for (auto at = closed_from(found.first_dirty); at < last; ++at)
            if (at->largest_timestamp() > wall - topic.min_compaction_lag) {
                limit = std::min(limit, at->base());
                break;
            }
    limit = std::max(limit, found.first_dirty);
    found.first_uncleanable = limit > active ? active : closed_from(limit)->base();

    for (auto at = segments.begin(); at != segments.end() && at->base() < found.first_dirty; ++at)
        found.clean_bytes += at->size_bytes();
    for (auto at = closed_from(std::min(found.first_dirty, found.first_uncleanable));
         at < last && at->base() < found.first_uncleanable; ++at)
        found.dirty_bytes += at->size_bytes();

    if (topic.max_compaction_lag != Duration::forever() && found.first_dirty <= active) {
        std::optional<Instant> earliest;
        for (auto at = closed_from(found.first_dirty); at < last; ++at)
            if (!at->empty())
                if (Instant const first = at->batches().front().batch->max_timestamp;
                    first > Instant{} && (!earliest || first < *earliest))
                    earliest = first;
        Instant const until = wall - topic.max_compaction_lag;
        if (earliest && *earliest < until)
            found.overdue = until - *earliest;
    }
    return found;
}

// -- How it goes on -----------------------------------------------------------------------------
Cleaning::Cleaning(TopicPartition partition, Log const& log, Cleanable const& what,
                   Memory const& memory, Instant wall)
    : partition_(partition),
      first_dirty_(what.first_dirty),
      first_uncleanable_(what.first_uncleanable),
      wall_(Instant{wall.ms() * 1'000'000}),
      cuts_(log.cuts()),
      buffer_bytes_(memory.buffer_bytes),
      map_(memory.map_bytes, memory.map_load),
      segments_(bases(log, what.first_dirty, what.first_uncleanable))
{
    if (!segments_.empty())
        batch_ = segment_at(log, segments_.front()).index_of(first_dirty_);
    log.collect_aborted(log.start(), first_uncleanable_, aborted_);
}

LogSegment const& Cleaning::segment_at(Log const& log, Offset base) const
{
    auto const& all = log.segments();
    auto const at = std::lower_bound(
        all.begin(), all.end(), base,
        [](LogSegment const& segment, Offset wanted) { return segment.base() < wanted; });
    ENSURE(at != all.end() && at->base() == base, "a log that is cleaned keeps its segments");
    return *at;
}

bool Cleaning::next_stretch(Log const& log)
{
    for (; segment_ < segments_.size(); ++segment_, batch_ = 0) {
        auto const& batches = segment_at(log, segments_[segment_]).batches();
        Stretch stretch{segments_[segment_], batch_, batch_, 0};
        while (stretch.to < batches.size() &&
               (stretch.to == stretch.from ||
                stretch.bytes + batches[stretch.to].batch->size_bytes <= buffer_bytes_))
            stretch.bytes += batches[stretch.to++].batch->size_bytes;
        if (stretch.to == stretch.from) {
            // OffsetMap.updateLatestOffset: all of a segment is known, up to where the next begins.
            if (phase_ == Phase::map)
                map_.raise_latest((segment_ + 1 < segments_.size() ? segments_[segment_ + 1]
                                                                   : first_uncleanable_) -
                                  1);
            continue;
        }
        batch_ = stretch.to;
        stretch_ = stretch;
        return true;
    }
    return false;
}

Cleaning::Step Cleaning::read(Env const& env, Log const& log, Out& out)
{
    LogSegment const& segment = segment_at(log, stretch_->segment);
    bool corrupt = segment.torn();
    for (std::size_t i = stretch_->from; i < stretch_->to && !corrupt; ++i)
        corrupt = segment.as_read(*env.disk, i)->damaged;
    if (corrupt)
        return {.kind = Step::Kind::corrupt};
    if (log.awaits_flush(segment.file())) {
        // What the log itself waits for of that file must not be taken for what we wait for.
        batch_ = stretch_->from;
        stretch_.reset();
        return {.kind = Step::Kind::pause, .pause = flush_poll};
    }
    out.read(segment.file(), stretch_->bytes);
    return {.kind = Step::Kind::io, .file = segment.file()};
}

Cleaning::Step Cleaning::go_on(Env const& env, BrokerId self, Log& log, TopicConfig const& topic,
                               Out& out)
{
    if (log.cuts() != cuts_) {
        abandon(out);
        return {.kind = Step::Kind::aborted};
    }
    if (stretch_) {
        // It has come.
        std::uint64_t bytes = stretch_->bytes;
        if (phase_ == Phase::map)
            map_stretch(log);
        else
            bytes += copy_stretch(env, log, topic, out);
        stretch_.reset();
        return {.kind = Step::Kind::again, .bytes = bytes};
    }
    switch (phase_) {
    case Phase::map:
        if (!full_ && next_stretch(log))
            return read(env, log, out);
        group(log, topic);
        phase_ = Phase::next_group;
        return {.kind = Step::Kind::again};
    case Phase::next_group:
        return begin_group(env, log, out);
    case Phase::copy:
        if (next_stretch(log))
            return read(env, log, out);
        cleaned_->set_age_of(segment_at(log, segments_.back()));
        // Unlike Kafka: what was aborted stays in the index although its data may be gone.
        for (Offset const base : segments_)
            for (AbortedTxn const& entry : segment_at(log, base).txn_index().entries())
                cleaned_->append_aborted(env, entry, out);
        cleaned_->close(env, out);
        cleaned_->flush(env, true, out);
        phase_ = Phase::flush;
        return {.kind = Step::Kind::io, .file = cleaned_->file()};
    case Phase::flush:
        return end_group(self, log, out);
    case Phase::swap:
        if (log.swap_on(env, topic, out))
            return {.kind = Step::Kind::pause, .pause = swap_step};
        phase_ = Phase::next_group;
        return {.kind = Step::Kind::again};
    case Phase::done:
        break;
    }
    return {.kind = Step::Kind::complete};
}

void Cleaning::abandon(Out& out)
{
    if (cleaned_)
        cleaned_->discard(out);
    cleaned_.reset();
    stretch_.reset();
    phase_ = Phase::done;
}

// -- The map ------------------------------------------------------------------------------------
void Cleaning::map_stretch(Log const& log)
{
    auto const& batches = segment_at(log, stretch_->segment).batches();
    for (std::size_t i = stretch_->from; i < stretch_->to; ++i) {
        RecordBatch const& batch = *batches[i].batch;
        // Markers and what was aborted are not in it.
        if (!batch.control && batch.synthetic() && !was_aborted(batch))
            for (std::int32_t place = 0; place < batch.record_count; ++place) {
                std::optional<CompactionKey> const key = compaction_key(batch, place);
                if (!key || batch.offset(place) < first_dirty_)
                    continue;
                if (!map_.put(*key, batch.offset(place))) {
                    full_ = true;
                    return;
                }
            }
        if (batch.last_offset() >= first_dirty_)
            map_.raise_latest(batch.last_offset());
    }
}

// -- What becomes one segment -------------------------------------------------------------------
void Cleaning::group(Log const& log, TopicConfig const& topic)
{
    std::vector<Offset> const all = bases(log, Offset{0}, cleaned_to());
    std::uint64_t bytes = 0;
    std::size_t offsets = 0;
    std::size_t times = 0;
    auto const index_bytes = static_cast<std::size_t>(topic.segment_index_bytes);
    for (std::size_t i = 0; i < all.size(); ++i) {
        LogSegment const& segment = segment_at(log, all[i]);
        std::uint64_t const more = segment.size_bytes();
        std::size_t const more_offsets =
            segment.offset_index().entries().size() * OffsetIndexEntry::bytes;
        std::size_t const more_times =
            segment.time_index().entries().size() * TimeIndexEntry::bytes;
        Offset const last = (i + 1 < all.size() ? all[i + 1] : first_uncleanable_) - 1;
        bool const fits =
            !groups_.empty() && bytes + more <= static_cast<std::uint64_t>(topic.segment_bytes) &&
            offsets + more_offsets <= index_bytes && times + more_times <= index_bytes &&
            (more == 0 ||
             last - groups_.back().front() <= std::numeric_limits<std::int32_t>::max());
        if (!fits) {
            groups_.emplace_back();
            bytes = offsets = times = 0;
        }
        groups_.back().push_back(all[i]);
        bytes += more;
        offsets += more_offsets;
        times += more_times;
    }
}

Cleaning::Step Cleaning::begin_group(Env const& env, Log const& log, Out& out)
{
    if (group_ == groups_.size()) {
        phase_ = Phase::done;
        return {.kind = Step::Kind::complete};
    }
    segments_ = groups_[group_++];
    segment_ = batch_ = 0;
    cleaned_ = log.make_cleaned(env, segments_.front(), out);
    last_batches_.clear();
    for (ProducerEntry const& known : log.producers().producers())
        if (BatchMetadata const* const last = known.last())
            last_batches_.emplace_back(known.producer_id, last->last_offset);
    phase_ = Phase::copy;
    return {.kind = Step::Kind::again};
}

// -- What stays ---------------------------------------------------------------------------------
// CleanedTransactionMetadata.onBatchRead.
bool Cleaning::was_aborted(RecordBatch const& batch) const
{
    if (!batch.transactional || batch.control || aborted_.empty())
        return false;
    return std::any_of(aborted_.begin(), aborted_.end(), [&](AbortedTxn const& entry) {
        return entry.producer_id == batch.producer_id && entry.first_offset <= batch.base_offset &&
               batch.base_offset < entry.last_offset;
    });
}

// Is that batch what is remembered of an active producer? Its last sequence must stay. A marker
// would count here too, when it is the last of its producer.
bool Cleaning::last_of_producer(RecordBatch const& batch) const
{
    auto const at =
        std::lower_bound(last_batches_.begin(), last_batches_.end(), batch.producer_id,
                         [](auto const& known, ProducerId wanted) { return known.first < wanted; });
    return at != last_batches_.end() && at->first == batch.producer_id &&
           at->second == batch.last_offset();
}

// Cleaner.shouldRetainRecord, checkBatchRetention; MemoryRecords.filterTo. Empty: nothing does.
BatchRef Cleaning::filter(BatchRef const& batch, TopicConfig const& topic)
{
    statistics_.records_read += batch->record_count;
    if (batch->control || !batch->synthetic()) {
        // Markers stay until all of their transaction is gone and their horizon has passed.
        statistics_.records_left += batch->record_count;
        return batch;
    }
    std::vector<std::int32_t> dropped;
    bool tombstones = false;
    bool const aborted = was_aborted(*batch);
    for (std::int32_t place = 0; place < batch->record_count; ++place) {
        Offset const offset = batch->offset(place);
        bool keep = offset > map_.latest() && !aborted;
        if (!keep && !aborted) {
            if (std::optional<CompactionKey> const key = compaction_key(*batch, place)) {
                bool const has_value = !batch->tombstone(place) || !batch->delete_horizon ||
                                       wall_ < *batch->delete_horizon;
                keep = offset >= map_.find(*key) && has_value;
            } else {
                ++statistics_.without_key;
            }
        }
        if (keep)
            tombstones |= batch->tombstone(place);
        else
            dropped.push_back(place);
    }
    auto const left = batch->record_count - static_cast<std::int32_t>(dropped.size());
    statistics_.records_left += left;
    if (left == 0) {
        if (!last_of_producer(*batch) && batch->end_offset() != first_uncleanable_)
            return {};
        return dropped.empty() ? batch : batch->without(dropped);
    }
    // KIP-534: from the first time that it is met on, a tombstone lasts so long.
    bool const stamps = tombstones && !batch->delete_horizon;
    if (dropped.empty() && !stamps)
        return batch;
    std::optional<Instant> horizon;
    if (stamps)
        horizon = wall_ + topic.delete_retention;
    return batch->without(dropped, horizon);
}

std::uint64_t Cleaning::copy_stretch(Env const& env, Log const& log, TopicConfig const& topic,
                                     Out& out)
{
    auto const& batches = segment_at(log, stretch_->segment).batches();
    std::uint64_t written = 0;
    for (std::size_t i = stretch_->from; i < stretch_->to; ++i) {
        statistics_.bytes_read += batches[i].batch->size_bytes;
        BatchRef kept = filter(batches[i].batch, topic);
        if (!kept)
            continue;
        written += kept->size_bytes;
        cleaned_->append(env, std::move(kept), topic, out);
    }
    statistics_.bytes_left += written;
    return written;
}

Cleaning::Step Cleaning::end_group(BrokerId self, Log& log, Out& out)
{
    for (Offset const base : segments_)
        if (log.awaits_flush(segment_at(log, base).file()))
            return {.kind = Step::Kind::pause, .pause = flush_poll};
    LogSegment const& last = segment_at(log, segments_.back());
    Offset const end = (&last + 1)->base();  // The active one is never cleaned.
    LogCompacted compacted{self, partition_,        segments_.front(),    end,
                           {},   map_.latest() + 1, log.high_watermark(), wall_};
    for (LogSegment::Stored const& stored : cleaned_->batches())
        compacted.batches.push_back(stored.batch);
    std::size_t const before = segments_.size();
    out.note("{}: {} from {} to {} are written anew: {} batches, {} bytes stay", log.name(),
             before == 1 ? std::string("the segment") : fmt::format("{} segments", before),
             segments_.front().value, end.value, compacted.batches.size(), cleaned_->size_bytes());
    log.replace_segments(std::move(*cleaned_), last.base() + 1, out);
    cleaned_.reset();
    out.observe(std::move(compacted));
    phase_ = Phase::swap;
    return {.kind = Step::Kind::pause, .pause = swap_step};
}

}  // namespace odradek::kafka
