// What a log remembers of producers, and the snapshots beside its segments. Source:
// ProducerStateManager, UnifiedLog.rebuildProducerState.
#include <algorithm>
#include <optional>
#include <vector>

#include "model/log/log.h"
#include "model/log/producer_snapshot.h"

namespace odradek::kafka {

namespace {

// producer.id.expiration.check.interval.ms, Kafka's default; not a documented key.
constexpr Duration expiration_check_interval{600'000'000'000};

}  // namespace

void Log::take_snapshot(Env const& env, bool fsync, Out& out)
{
    if (!snapshots_.empty() && snapshots_.back() >= end_)
        return;
    sim::FileId const file = env.open(LogSegment::path(*path_, end_, ".snapshot"));
    out.create(file);
    out.truncate(file, 0);
    out.append(file, sim::share<ProducerSnapshot>(producers_.producers()));
    if (fsync)
        out.flush(file);
    snapshots_.push_back(end_);
}

void Log::delete_snapshot(Env const& env, Offset at, Duration delay, Out& out)
{
    std::erase(snapshots_, at);
    std::string const path = LogSegment::path(*path_, at, ".snapshot");
    auto const file = env.disk->find(path);
    if (!file)
        return;
    if (delay == Duration{})
        return out.remove(*file);
    if (auto const older = env.disk->find(path + ".deleted"))
        out.remove(*older);
    out.rename(*file, path + ".deleted");
    out.arm(timer(TimerKind::log_file_delete, file->value), delay);
}

void Log::rebuild_producers(Env const& env, Offset end, Out& out)
{
    producers_.clear();
    Offset from = start_;
    while (!snapshots_.empty()) {
        Offset const at = snapshots_.back();
        auto const file = env.disk->find(LogSegment::path(*path_, at, ".snapshot"));
        auto const* whole = file ? whole_file<ProducerSnapshot>(env.read(*file)) : nullptr;
        bool const out_of_range = at > end || at <= start_;
        if (out_of_range || whole == nullptr) {
            // What is not whole counts for nothing: the one before is tried.
            if (!out_of_range)
                out.note("{}: the snapshot of producers at {} is not whole, and is deleted", name(),
                         at.value);
            delete_snapshot(env, at, {}, out);
            continue;
        }
        producers_.load(whole->entries);
        from = at;
        break;
    }
    for (std::size_t s = segment_of(from); s < segments_.size(); ++s)
        for (LogSegment::Stored const& stored : segments_[s].batches())
            if (stored.base >= from && stored.base < end)
                producers_.update(*stored.batch);
    producers_.on_high_watermark(high_watermark_);
}

void Log::note_producer(Env const& env, RecordBatch const& batch, LogSegment& segment, Out& out)
{
    std::optional<CompletedTxn> const ended = producers_.update(batch);
    if (ended && ended->aborted)
        segment.append_aborted(env,
                               {ended->producer_id, ended->first_offset, ended->last_offset,
                                producers_.last_stable_offset(*ended)},
                               out);
}

// TransactionIndex.collectAbortedTxns, over segments.
void Log::collect_aborted(Offset from, Offset upper, std::vector<AbortedTxn>& aborted) const
{
    for (std::size_t s = segment_of(from); s < segments_.size(); ++s)
        for (AbortedTxn const& entry : segments_[s].txn_index().entries()) {
            if (entry.last_offset >= from && entry.first_offset < upper)
                aborted.push_back(entry);
            if (entry.last_stable_offset >= upper)
                return;
        }
}

Offset Log::last_stable_offset() const
{
    std::optional<Offset> const unstable = producers_.first_unstable_offset();
    return unstable ? std::min(high_watermark_, std::max(*unstable, start_)) : high_watermark_;
}

void Log::load_producers(Env const& env, bool clean, Out& out)
{
    // Of those that belong to no segment the last may stay: it was taken when the log was closed.
    std::optional<Offset> stray;
    for (Offset const at : std::vector<Offset>(snapshots_)) {
        bool const of_segment =
            std::any_of(segments_.begin(), segments_.end(),
                        [at](LogSegment const& segment) { return segment.base() == at; });
        if (of_segment)
            continue;
        if (stray)
            delete_snapshot(env, *stray, {}, out);
        stray = at;
    }
    if (stray && *stray < active().base())
        delete_snapshot(env, *stray, {}, out);
    if (clean && snapshots_.empty()) {
        producers_.clear();
        return;
    }
    rebuild_producers(env, end_, out);
}

// Kafka looks every ten minutes; so do we, at the first append after the moment it would have.
void Log::expire_producers(Env const& env, Duration expiration)
{
    if (env.now < next_expiration_check_)
        return;
    Duration const late = (env.now - next_expiration_check_) % expiration_check_interval;
    producers_.expire(env.wall - late, expiration);
    next_expiration_check_ = env.now - late + expiration_check_interval;
}

}  // namespace odradek::kafka
