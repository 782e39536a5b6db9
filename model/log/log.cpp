#include "model/log/log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site segment_jitter("log.segment-jitter");

}  // namespace

Log::Files Log::files_of(Env const& env, std::string_view path)
{
    std::string const directory = std::string(path) + "/";
    Files files;
    files.epochs = env.open(directory + "leader-epoch-checkpoint");
    files.metadata = env.open(directory + "partition.metadata");
    return files;
}

Log::Log(TopicPartition partition, sim::Ref<PartitionName> name, sim::Ref<PartitionName> path,
         Files files)
    : partition_(partition), name_(std::move(name)), path_(std::move(path)), files_(files)
{
}

void Log::begin(Env const& env, TopicConfig const& topic, Out& out)
{
    add_segment(env, Offset{0}, topic);
    // What a replica that was never completely made has left.
    if (env.disk->size(active().file()) != 0)
        out.truncate(active().file(), 0);
    if (env.disk->size(files_.epochs) != 0)
        write_epochs(out);
    last_flush_ = env.now;
}

void Log::follow(ProtocolSwitches const& switches)
{
    rules_.epochs_fsynced = switches.leader_epochs_fsynced;
    rules_.producers_outlive_records = switches.producers_outlive_records;
    rules_.high_watermark_follows_roll = switches.high_watermark_follows_roll;
    rules_.high_watermark_follows_full_cut = switches.high_watermark_follows_full_cut;
    producers_.set_rules(ProducerRules(switches));
}

void Log::restart_as(TopicPartition partition, Env const& env, TopicConfig const& topic, Out& out)
{
    partition_ = partition;
    cleaned_to_.reset();
    truncate_fully_and_start_at(env, Offset{0}, topic, out);
}

// segment.jitter.ms is drawn anew for each segment, so that not all logs roll at once.
void Log::add_segment(Env const& env, Offset base, TopicConfig const& topic)
{
    Duration jitter{};
    std::int64_t const most = std::min(topic.segment_jitter, topic.segment).ns / 1'000'000;
    if (most > 0)
        jitter =
            Duration{1'000'000} *
            static_cast<std::int64_t>(env.below(segment_jitter, static_cast<std::uint64_t>(most)));
    segments_.emplace_back(env, path_, base, jitter);
}

bool Log::owns(sim::FileId file) const
{
    return std::any_of(segments_.rbegin(), segments_.rend(),
                       [file](LogSegment const& segment) { return segment.file() == file; });
}

void Log::mark_deleted(Env const& env, Duration delay, Out& out) const
{
    std::string const directory =
        path_->text + "." + std::to_string(partition_.topic.value) + "-delete";
    auto const mark = [&](sim::FileId file) {
        std::string const& path = env.disk->path(file);
        std::string const marked = directory + path.substr(path_->text.size());
        if (auto const older = env.disk->find(marked))
            out.remove(*older);
        out.rename(file, marked);
        out.arm(timer(TimerKind::log_file_delete, file.value), delay);
    };
    mark(files_.epochs);
    mark(files_.metadata);
    auto const mark_segment = [&](LogSegment const& segment) {
        mark(segment.file());
        if (auto const index = segment.offset_index().file())
            mark(*index);
        if (auto const index = segment.time_index().file())
            mark(*index);
        if (auto const index = segment.txn_index().file())
            mark(*index);
    };
    std::for_each(segments_.begin(), segments_.end(), mark_segment);
    if (swap_)
        std::for_each(swap_->old.begin(), swap_->old.end(), mark_segment);
    for (Offset const at : snapshots_)
        if (auto const file = env.disk->find(LogSegment::path(*path_, at, ".snapshot")))
            mark(*file);
}

std::uint64_t Log::size_bytes() const
{
    std::uint64_t bytes = 0;
    for (LogSegment const& segment : segments_)
        bytes += segment.size_bytes();
    return bytes;
}

bool Log::set_high_watermark(Offset high_watermark)
{
    Offset const clamped = std::clamp(high_watermark, start_, end_);
    if (clamped == high_watermark_)
        return false;
    in_old_segment_ = false;
    high_watermark_ = clamped;
    producers_.on_high_watermark(clamped);
    return true;
}

bool Log::raise_start(Offset start, Out& out)
{
    if (start <= start_)
        return false;
    ENSURE(start <= high_watermark_, "a log starts at or below its high watermark");
    start_ = start;
    if (epochs_.truncate_from_start(start))
        write_cut_epochs(out);
    return true;
}

// -- Append -------------------------------------------------------------------------------------
Log::Appended Log::append_as_leader(Env const& env, RecordBatch const& sent, Epoch epoch,
                                    TopicConfig const& topic, Duration producer_id_expiration,
                                    Out& out, AppendOrigin const& origin)
{
    Appended result;
    // LogValidator: a topic's own codec is applied before sizes are judged once more.
    sim::Ref<RecordBatch> converted;
    bool const fits = static_cast<std::int64_t>(sent.size_bytes) <= topic.max_message_bytes;
    if (fits && topic.compression && *topic.compression != sent.codec && sent.synthetic())
        converted = sent.recompressed(*topic.compression);
    RecordBatch const& batch = converted ? *converted : sent;
    if (static_cast<std::int64_t>(batch.size_bytes) > topic.max_message_bytes) {
        result.error = Error::message_too_large;
        return result;
    }
    // LogValidator: nobody could ever say that such a record is out of date.
    if (topic.cleanup_policy.compacts && batch.synthetic() && batch.record_count != 0 &&
        !batch.key(0)) {
        result.error = Error::invalid_record;
        return result;
    }
    if (static_cast<std::int64_t>(batch.size_bytes) > topic.segment_bytes) {
        result.error = Error::record_list_too_large;
        return result;
    }
    expire_producers(env, producer_id_expiration);
    ProducerState::Verdict const verdict = producers_.check(batch, origin);
    if (verdict.error != Error::none) {
        result.error = verdict.error;
        result.expected_sequence = verdict.expected_sequence;
        return result;
    }
    if (verdict.done_already) {
        result.done_already = true;
        result.base_offset = end_;
        result.last_offset = end_ - 1;
        return result;
    }
    if (verdict.duplicate) {
        result.base_offset = verdict.duplicate->base_offset;
        result.last_offset = verdict.duplicate->last_offset;
        return result;
    }
    bool const append_time = topic.message_timestamp_type == TimestampType::log_append_time;
    result.batch = batch.stamped(end_, epoch, append_time ? std::optional{env.wall} : std::nullopt);
    result.base_offset = end_;
    result.last_offset = result.batch->last_offset();
    append(env, result.batch, topic, out);
    return result;
}

void Log::append_as_follower(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out)
{
    ENSURE(batch->base_offset >= end_, "a follower appends at the end of its log");
    append(env, std::move(batch), topic, out);
}

bool Log::forget_refused(Env const& env, Out& out)
{
    active().forget_refused(env, out);
    Offset const end = std::max(active().end(), active().base());
    if (end >= end_)
        return false;
    end_ = end;
    high_watermark_ = std::min(high_watermark_, end_);
    lower_recovery_point(end_);
    rebuild_producers(env, end_, out);
    return true;
}

void Log::append(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out)
{
    if (epochs_.assign(batch->leader_epoch, batch->base_offset))
        write_epochs(out);
    if (char const* const full = active().full_for(*batch, topic))
        roll(env, topic, full, out);
    note_producer(env, *batch, active(), out);
    end_ = batch->end_offset();
    active().append(env, std::move(batch), topic, out);
    if (end_ - flush_asked_ >= topic.flush_messages) {
        flush(env, out);
        awaited_flush_ = flushes_asked_;
    }
}

// A new segment at the end of the log. The old one is flushed in the background; until then it is
// beyond the recovery point.
void Log::roll(Env const& env, TopicConfig const& topic, char const* why, Out& out)
{
    if (active().base() == end_)
        return;  // An empty segment begins there already.
    active().close(env, out);
    out.note("{}: rolls a new segment at offset {}, for {}; the old one begins at {} and has {} "
             "bytes",
             name(), end_.value, why, active().base().value, active().size_bytes());
    add_segment(env, end_, topic);
    in_old_segment_ = !rules_.high_watermark_follows_roll && high_watermark_ == end_;
    take_snapshot(env, false, out);
    out.arm(timer(TimerKind::log_rolled, active().file().value), {});
}

// -- Flush --------------------------------------------------------------------------------------
void Log::ask_flush(Offset end, sim::FileId file)
{
    flush_asked_ = std::max(flush_asked_, end);
    flushing_.push({end, file});
    ++flushes_asked_;
}

void Log::flush(Env const& env, Out& out)
{
    for (LogSegment& segment : segments_)
        if (segment.end() > flush_asked_ && &segment != &active())
            segment.flush(env, false, out);
    active().flush(env, true, out);
    last_flush_ = env.now;
    ask_flush(end_, active().file());
}

void Log::flush_rolled(Env const& env, Out& out)
{
    Offset const end = active().base();
    if (flush_asked_ >= end)
        return;
    if (segments_.size() == 1)
        return;  // Retention has taken what was to be flushed.
    if (auto const snapshot = env.disk->find(LogSegment::path(*path_, end, ".snapshot")))
        out.flush(*snapshot);
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i)
        if (segments_[i].end() > flush_asked_ || i + 2 == segments_.size())
            segments_[i].flush(env, i + 2 == segments_.size(), out);
    ask_flush(end, segments_[segments_.size() - 2].file());
}

std::optional<sim::FileId> Log::close(Env const& env, Out& out)
{
    finish_swap(env, out);
    bool const flushes = dirty();
    active().close(env, out);
    if (flushes)
        flush(env, out);
    take_snapshot(env, true, out);
    return flushes ? std::optional(active().file()) : std::nullopt;
}

bool Log::on_flushed()
{
    if (flushing_.empty())
        return false;
    ++flushes_done_;
    Offset const end = flushing_.front().end;
    flushing_.pop();
    if (end <= recovery_point_)
        return false;
    recovery_point_ = end;
    return true;
}

void Log::lower_recovery_point(Offset end)
{
    recovery_point_ = std::min(recovery_point_, end);
    flush_asked_ = std::min(flush_asked_, end);
    for (std::size_t i = 0; i < flushing_.size(); ++i)
        flushing_[i].end = std::min(flushing_[i].end, end);
}

// -- Epochs and truncation ----------------------------------------------------------------------
void Log::begin_epoch(Epoch epoch, Out& out)
{
    if (epochs_.assign(epoch, end_))
        write_epochs(out);
}

bool Log::truncate_to(Env const& env, Offset end, TopicConfig const& topic, Out& out)
{
    if (end >= end_) {
        if (epochs_.truncate_from_end(end_))
            write_cut_epochs(out);
        return false;
    }
    finish_swap(env, out);
    if (end < active().base())
        ++cuts_;
    if (end < segments_.front().base()) {
        truncate_fully_and_start_at(env, end, topic, out);
        return true;
    }
    while (segments_.size() > 1 && active().base() > end) {
        active().mark_deleted(env, topic.file_delete_delay, out);
        segments_.pop_back();
    }
    active().truncate_to(env, end, out);
    if (cleaned_to_)
        cleaned_to_ = std::min(*cleaned_to_, active().base());
    end_ = end;
    start_ = std::min(start_, end_);
    high_watermark_ = std::min(high_watermark_, end_);
    lower_recovery_point(end_);
    if (epochs_.truncate_from_end(end))
        write_cut_epochs(out);
    while (!snapshots_.empty() && snapshots_.back() > end_)
        delete_snapshot(env, snapshots_.back(), {}, out);
    rebuild_producers(env, end_, out);
    return true;
}

void Log::truncate_fully_and_start_at(Env const& env, Offset start, TopicConfig const& topic,
                                      Out& out)
{
    finish_swap(env, out);
    ++cuts_;
    if (cleaned_to_)
        cleaned_to_ = std::min(*cleaned_to_, start);
    // A segment that begins where the new one does is emptied and used again.
    std::vector<LogSegment> old = std::exchange(segments_, {});
    for (LogSegment& segment : old) {
        if (segment.base() == start) {
            segment.truncate_to(env, start, out);
            segments_.push_back(std::move(segment));
        } else {
            segment.mark_deleted(env, topic.file_delete_delay, out);
        }
    }
    if (segments_.empty())
        add_segment(env, start, topic);
    start_ = end_ = start;
    // KAFKA-9491: it may lie before the start of the log else.
    if (rules_.high_watermark_follows_full_cut)
        high_watermark_ = start;
    lower_recovery_point(start);
    while (!snapshots_.empty())
        delete_snapshot(env, snapshots_.back(), {}, out);
    producers_.clear();
    epochs_.clear();
    write_cut_epochs(out);
}

void Log::write_epochs(Out& out)
{
    out.replace(files_.epochs, sim::share<LeaderEpochCheckpoint>(epochs_.entries()));
}

// What a cut takes from it. Between KAFKA-15046 and KAFKA-16541 nobody flushed the new file before
// it took the place of the old one: a power loss could leave an empty or torn one.
void Log::write_cut_epochs(Out& out)
{
    if (rules_.epochs_fsynced)
        return write_epochs(out);
    out.truncate(files_.epochs, 0);
    out.append(files_.epochs, sim::share<LeaderEpochCheckpoint>(epochs_.entries()));
}

// -- Read ---------------------------------------------------------------------------------------
std::size_t Log::segment_of(Offset offset) const
{
    // Mostly it is the last.
    if (segments_.back().base() <= offset)
        return segments_.size() - 1;
    auto const after = std::upper_bound(
        segments_.begin(), segments_.end(), offset,
        [](Offset wanted, LogSegment const& segment) { return wanted < segment.base(); });
    return after == segments_.begin() ? 0 : static_cast<std::size_t>(after - segments_.begin()) - 1;
}

std::uint64_t Log::read(Env const& env, Offset from, Offset bound, std::uint64_t max_bytes,
                        bool at_least_one, std::vector<BatchRef>& batches) const
{
    std::uint64_t bytes = 0;
    // KAFKA-9196: what is asked for lies in a later segment than where the bound seems to be, so
    // that segment is read to its end.
    if (in_old_segment_ && from == bound && bound == high_watermark_)
        bound = end_;
    if (from >= bound)
        return bytes;
    for (std::size_t s = segment_of(from); s < segments_.size() && bytes == 0; ++s) {
        auto const& stored = segments_[s].batches();
        std::size_t i = segments_[s].index_of(from);
        if (i == stored.size())
            continue;  // Nothing at or behind it in this one: the next begins beyond it.
        for (; i < stored.size(); ++i) {
            BatchRef const& batch = stored[i].batch;
            if (batch->end_offset() > bound)
                break;
            if (bytes + batch->size_bytes > max_bytes && !(at_least_one && bytes == 0))
                break;
            bytes += batch->size_bytes;
            batches.push_back(segments_[s].as_read(*env.disk, i));
        }
        break;
    }
    return bytes;
}

Offset Log::end_of_batch_at(Offset offset) const
{
    LogSegment const& segment = segments_[segment_of(offset)];
    std::size_t const index = segment.index_of(offset);
    return index < segment.batches().size() ? segment.batches()[index].batch->end_offset() : offset;
}

std::uint64_t Log::bytes_between(Offset from, Offset bound, std::uint64_t enough) const
{
    std::uint64_t bytes = 0;
    if (from >= bound)
        return bytes;
    for (std::size_t s = segment_of(from); s < segments_.size(); ++s) {
        auto const& stored = segments_[s].batches();
        for (std::size_t i = segments_[s].index_of(from); i < stored.size(); ++i) {
            if (bytes >= enough || stored[i].batch->end_offset() > bound)
                return bytes;
            bytes += stored[i].batch->size_bytes;
        }
    }
    return bytes;
}

std::optional<TimestampAndOffset> Log::offset_by_time(std::int64_t timestamp_ms) const
{
    for (LogSegment const& segment : segments_)
        if (to_millis(segment.largest_timestamp()) >= timestamp_ms)
            return segment.find_by_time(timestamp_ms, start_);
    return std::nullopt;
}

std::optional<TimestampAndOffset> Log::offset_of_latest_time() const
{
    LogSegment const* latest = nullptr;
    for (LogSegment const& segment : segments_)
        if (!segment.empty() && (latest == nullptr || to_millis(segment.largest_timestamp()) >
                                                          to_millis(latest->largest_timestamp())))
            latest = &segment;
    return latest != nullptr ? latest->find_latest_time() : std::nullopt;
}

std::size_t Log::batch_count() const
{
    std::size_t count = 0;
    for (LogSegment const& segment : segments_)
        count += segment.batches().size();
    return count;
}

BatchRef const& Log::batch(std::size_t index) const
{
    for (LogSegment const& segment : segments_) {
        if (index < segment.batches().size())
            return segment.batches()[index].batch;
        index -= segment.batches().size();
    }
    ENSURE(false, "a batch is asked for that the log has");
}

}  // namespace odradek::kafka
