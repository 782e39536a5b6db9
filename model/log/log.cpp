#include "model/log/log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// producer.id.expiration.check.interval.ms, Kafka's default; not a documented key.
constexpr Duration expiration_check_interval{600'000'000'000};

}  // namespace

Log::Files Log::files_of(Env const& env, std::string_view path)
{
    std::string const directory = std::string(path) + "/";
    Files files;
    files.data = env.open(directory + std::string(data_file_name));
    files.epochs = env.open(directory + "leader-epoch-checkpoint");
    files.metadata = env.open(directory + "partition.metadata");
    return files;
}

Log::Log(TopicPartition partition, sim::Ref<PartitionName> name, Files files)
    : partition_(partition), name_(std::move(name)), files_(files)
{
}

Log::Recovery Log::recover(Env const& env, LastShutdown last, Offset checkpointed, Out& out,
                           bool epoch_zero)
{
    Recovery result;
    std::vector<sim::Extent> const& extents = env.read(files_.data);
    if (auto const* epochs = whole_file<LeaderEpochCheckpoint>(env.read(files_.epochs)))
        epochs_ = LeaderEpochCache(epochs->entries);
    std::vector<EpochEntry> const written = epochs_.entries();
    // Recovery of a segment drops the epochs that begin in it and takes them from its batches.
    if (!epoch_zero && last == LastShutdown::unclean)
        epochs_.clear();

    batches_.reserve(extents.size());
    for (sim::Extent const& extent : extents) {
        auto const* batch = dynamic_cast<RecordBatch const*>(extent.blob.get());
        if ((extent.torn() || batch == nullptr) && last == LastShutdown::clean) {
            torn_.push_back(batches_.size());
            continue;
        }
        if (extent.torn() || batch == nullptr)
            result.why = "a torn batch";
        else if (!batches_.empty() && batch->base_offset < end_)
            result.why = "an offset that goes back";
        if (result.why != nullptr)
            break;
        if (batches_.empty())
            start_ = batch->base_offset;
        // KAFKA-10432: the batches tell the epochs, epoch 0 included, where the file does not.
        bool const told = epoch_zero || batch->leader_epoch > Epoch{0};
        if (std::optional<Epoch> const latest = epochs_.latest_epoch();
            told && (!latest || batch->leader_epoch > *latest))
            epochs_.assign(batch->leader_epoch, batch->base_offset);
        producers_.update(*batch);
        end_ = batch->end_offset();
        size_bytes_ += batch->size_bytes;
        batches_.push_back({batch->base_offset, BatchRef(batch)});
    }
    if (result.why != nullptr) {
        for (std::size_t i = batches_.size(); i < extents.size(); ++i)
            result.bytes_dropped += static_cast<std::int64_t>(extents[i].blob->size());
        cut_file(out);
    }
    epochs_.truncate_from_end(end_);
    epochs_.truncate_from_start(start_);
    if (epochs_.entries() != written)
        write_epochs(out);
    // A clean shutdown left a snapshot of the producers, and recovery has nothing to read after it.
    if (last == LastShutdown::clean)
        producers_.keep_last_batches();
    flushed_end_ = last == LastShutdown::clean ? end_ : start_;
    last_flush_ = env.now;
    high_watermark_ = std::clamp(checkpointed, start_, end_);
    return result;
}

bool Log::set_high_watermark(Offset high_watermark)
{
    Offset const clamped = std::clamp(high_watermark, start_, end_);
    if (clamped == high_watermark_)
        return false;
    high_watermark_ = clamped;
    return true;
}

bool Log::raise_start(Offset start, Out& out)
{
    if (start <= start_)
        return false;
    ENSURE(start <= high_watermark_, "a log starts at or below its high watermark");
    start_ = start;
    if (epochs_.truncate_from_start(start))
        write_epochs(out);
    return true;
}

Log::Appended Log::append_as_leader(Env const& env, RecordBatch const& sent, Epoch epoch,
                                    TopicConfig const& topic, Duration producer_id_expiration,
                                    Out& out)
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
    if (static_cast<std::int64_t>(batch.size_bytes) > topic.segment_bytes) {
        result.error = Error::record_list_too_large;
        return result;
    }
    expire_producers(env, producer_id_expiration);
    ProducerState::Verdict const verdict = producers_.check(batch);
    if (verdict.error != Error::none) {
        result.error = verdict.error;
        result.expected_sequence = verdict.expected_sequence;
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
    std::uint32_t const flushes = flushes_asked_;
    append(env, result.batch, topic, out);
    result.flushed = flushes_asked_ != flushes;
    return result;
}

void Log::append_as_follower(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out)
{
    ENSURE(batch->base_offset >= end_, "a follower appends at the end of its log");
    append(env, std::move(batch), topic, out);
}

void Log::append(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out)
{
    if (epochs_.assign(batch->leader_epoch, batch->base_offset))
        write_epochs(out);
    producers_.update(*batch);
    end_ = batch->end_offset();
    size_bytes_ += batch->size_bytes;
    out.append(files_.data, batch);
    Offset const base = batch->base_offset;
    batches_.push_back({base, std::move(batch)});
    if (end_ - flushed_end_ >= topic.flush_messages)
        flush(env, out);
}

void Log::flush(Env const& env, Out& out)
{
    flushed_end_ = end_;
    last_flush_ = env.now;
    ++flushes_asked_;
    out.flush(files_.data, true);
}

void Log::begin_epoch(Epoch epoch, Out& out)
{
    if (epochs_.assign(epoch, end_))
        write_epochs(out);
}

bool Log::truncate_to(Offset end, Out& out)
{
    if (end >= end_) {
        if (epochs_.truncate_from_end(end_))
            write_epochs(out);
        return false;
    }
    if (batches_.empty() || end < batches_.front().base) {
        truncate_fully_and_start_at(end, out);
        return true;
    }
    bool producers_lost = false;
    while (!batches_.empty() && batches_.back().batch->end_offset() > end) {
        producers_lost |= batches_.back().batch->producer_id != no_producer;
        size_bytes_ -= batches_.back().batch->size_bytes;
        batches_.pop_back();
    }
    cut_file(out);
    end_ = end;
    start_ = std::min(start_, end_);
    high_watermark_ = std::min(high_watermark_, end_);
    flushed_end_ = std::min(flushed_end_, end_);
    if (epochs_.truncate_from_end(end))
        write_epochs(out);
    if (producers_lost)
        rebuild_producers();
    return true;
}

void Log::truncate_fully_and_start_at(Offset start, Out& out)
{
    out.truncate(files_.data, 0);
    batches_.clear();
    torn_.clear();
    size_bytes_ = 0;
    start_ = end_ = high_watermark_ = flushed_end_ = start;
    producers_.clear();
    epochs_.clear();
    write_epochs(out);
}

void Log::remove(Files const& files, Out& out)
{
    out.remove(files.data);
    out.remove(files.epochs);
    out.remove(files.metadata);
}

std::size_t Log::index_of(Offset offset) const
{
    if (offset >= end_)
        return batches_.size();
    // Readers are mostly near the end: look at the last batches before searching.
    std::size_t low = 0;
    std::size_t high = batches_.size();
    for (std::size_t step = 4; high > 0; step *= 4) {
        std::size_t const probe = high > step ? high - step : 0;
        if (batches_[probe].base <= offset) {
            low = probe;
            break;
        }
        high = probe;
    }
    auto const begin = batches_.begin();
    auto const after = std::upper_bound(
        begin + static_cast<std::ptrdiff_t>(low), begin + static_cast<std::ptrdiff_t>(high), offset,
        [](Offset wanted, Stored const& stored) { return wanted < stored.base; });
    auto const index = static_cast<std::size_t>(after - begin);
    return index > 0 && batches_[index - 1].batch->end_offset() > offset ? index - 1 : index;
}

std::uint64_t Log::read(Offset from, Offset bound, std::uint64_t max_bytes, bool at_least_one,
                        std::vector<BatchRef>& batches) const
{
    std::uint64_t bytes = 0;
    if (from >= bound)
        return bytes;
    for (std::size_t i = index_of(from); i < batches_.size(); ++i) {
        BatchRef const& batch = batches_[i].batch;
        if (batch->end_offset() > bound)
            break;
        if (bytes + batch->size_bytes > max_bytes && !(at_least_one && bytes == 0))
            break;
        bytes += batch->size_bytes;
        batches.push_back(batch);
    }
    return bytes;
}

std::uint64_t Log::bytes_between(Offset from, Offset bound, std::uint64_t enough) const
{
    std::uint64_t bytes = 0;
    if (from >= bound)
        return bytes;
    for (std::size_t i = index_of(from); i < batches_.size() && bytes < enough; ++i) {
        if (batches_[i].batch->end_offset() > bound)
            break;
        bytes += batches_[i].batch->size_bytes;
    }
    return bytes;
}

// The file ends with the last batch.
void Log::cut_file(Out& out)
{
    while (!torn_.empty() && torn_.back() >= batches_.size())
        torn_.pop_back();
    out.truncate(files_.data, batches_.size() + torn_.size());
}

void Log::write_epochs(Out& out)
{
    out.replace(files_.epochs, sim::share<LeaderEpochCheckpoint>(epochs_.entries()));
}

void Log::rebuild_producers()
{
    producers_.clear();
    for (Stored const& stored : batches_)
        producers_.update(*stored.batch);
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
