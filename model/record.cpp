#include "model/record.h"

#include <algorithm>

#include "model/record_bytes/batch_writer.h"
#include "model/record_bytes/compression_model.h"
#include "sim/ensure.h"

namespace odradek::kafka {

KeyAndValue BatchContents::record(std::int32_t) const { return {}; }

Offset BatchContents::write_snapshot(Offset base, Epoch, sim::Instant, std::string&) const
{
    return base;
}

std::int64_t RecordTimes::at(std::int32_t offset_delta) const
{
    auto const after = std::upper_bound(
        runs.begin(), runs.end(), offset_delta,
        [](std::int32_t delta, TimeRun const& run) { return delta < run.offset_delta; });
    ENSURE(after != runs.begin(), "the first time of a batch is that of its first record");
    return (after - 1)->ms;
}

// DefaultRecordBatch.incrementSequence: from 2^31-1 on to 0.
std::int32_t RecordBatch::sequence(std::int32_t place) const
{
    if (base_sequence < 0)
        return -1;
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(base_sequence) +
                                      static_cast<std::uint32_t>(offset_delta(place))) &
                                     0x7fffffff);
}

std::int64_t RecordBatch::create_time_ms(std::int32_t place) const
{
    return times ? times->at(offset_delta(place)) : base_timestamp.ms();
}

std::int64_t RecordBatch::timestamp_ms(std::int32_t place) const
{
    return timestamp_type == TimestampType::log_append_time ? max_timestamp.ms()
                                                            : create_time_ms(place);
}

std::optional<std::uint64_t> RecordBatch::key(std::int32_t place) const
{
    if (!shape || !shape->keyed())
        return std::nullopt;
    if (shape->keys() == RecordShape::Keys::by_number)
        return shape->key_by_number(record(place).number);
    return keys->keys[static_cast<std::size_t>(offset_delta(place))];
}

std::int32_t RecordBatch::key_bytes(std::int32_t) const
{
    return shape ? shape->key_bytes() : null_bytes;
}

std::int32_t RecordBatch::value_bytes(std::int32_t place) const
{
    return shape ? shape->value_bytes(record(place).number) : 0;
}

std::string RecordBatch::key_text(std::int32_t place) const
{
    auto const number = key(place);
    return number ? shape->key_text(*number) : std::string{};
}

std::string RecordBatch::value_text(std::int32_t place) const
{
    std::string bytes;
    if (shape)
        shape->write_value(record(place).number, bytes);
    return bytes;
}

std::uint32_t RecordBatch::record_size(std::int32_t place) const
{
    return record_bytes(offset_delta(place), create_time_ms(place) - disk_base_timestamp().ms(),
                        key_bytes(place), value_bytes(place), shape ? shape->header_bytes() : 1);
}

void RecordBatch::compute_size()
{
    std::uint64_t raw = 0;
    std::uint64_t values = 0;
    for (std::int32_t place = 0; place < record_count; ++place) {
        raw += record_size(place);
        values += static_cast<std::uint64_t>(std::max(value_bytes(place), 0));
    }
    Compressible const is = compressible(shape.get(), raw, values, record_count);
    size_bytes = static_cast<std::uint32_t>(batch_header_bytes + compressed_bytes(codec, is));
}

void RecordBatch::write_to(std::string& bytes) const { write_batch(*this, bytes); }

sim::Ref<RecordBatch> RecordBatch::stamped(Offset base, Epoch epoch,
                                           std::optional<sim::Instant> append_time) const
{
    auto* batch = new RecordBatch(*this);
    batch->base_offset = base;
    batch->leader_epoch = epoch;
    if (append_time) {
        batch->timestamp_type = TimestampType::log_append_time;
        batch->max_timestamp = *append_time;
    }
    return sim::Ref<RecordBatch>(batch);
}

sim::Ref<RecordBatch> RecordBatch::rotten() const
{
    auto* batch = new RecordBatch(*this);
    batch->damaged = true;
    return sim::Ref<RecordBatch>(batch);
}

sim::Ref<RecordBatch> RecordBatch::recompressed(Codec with) const
{
    ENSURE(synthetic(), "only records of producers are compressed");
    auto* batch = new RecordBatch(*this);
    batch->codec = with;
    batch->compute_size();
    return sim::Ref<RecordBatch>(batch);
}

sim::Ref<RecordBatch> RecordBatch::without(std::vector<std::int32_t> const& places,
                                           std::optional<sim::Instant> horizon) const
{
    auto* batch = new RecordBatch(*this);
    sim::Ref<RecordBatch> const made(batch);
    if (places.empty() && (!horizon || delete_horizon))
        return made;
    std::vector<std::int32_t> left;
    auto dropped = places.begin();
    std::int64_t max_ms = 0;
    for (std::int32_t place = 0; place < record_count; ++place) {
        if (dropped != places.end() && *dropped == place) {
            ++dropped;
            continue;
        }
        max_ms = left.empty() ? timestamp_ms(place) : std::max(max_ms, timestamp_ms(place));
        left.push_back(offset_delta(place));
    }
    ENSURE(dropped == places.end(), "records are dropped in order, from a batch that has them");
    batch->record_count = static_cast<std::int32_t>(left.size());
    if (left.empty()) {
        // DefaultRecordBatch.writeEmptyHeader: not compressed, no horizon, the maximum stays.
        batch->codec = Codec::none;
        batch->delete_horizon.reset();
        batch->kept = sim::share<KeptRecords>(last_offset_delta(), std::move(left));
        batch->size_bytes = static_cast<std::uint32_t>(batch_header_bytes);
        return made;
    }
    if (!delete_horizon)
        batch->delete_horizon = horizon;
    // What is written anew counts from the time of its first record; records that bear the time of
    // the append lose their own.
    if (timestamp_type == TimestampType::log_append_time) {
        batch->base_timestamp = max_timestamp;
        batch->times = {};
    } else {
        if (times)
            batch->base_timestamp = sim::Instant{times->at(left.front()) * std::int64_t{1'000'000}};
        if (max_ms != max_timestamp.ms())
            batch->max_timestamp = sim::Instant{max_ms * std::int64_t{1'000'000}};
    }
    batch->kept = sim::share<KeptRecords>(last_offset_delta(), std::move(left));
    // What is not synthetic has one record, or is never compacted: its size stays.
    if (synthetic())
        batch->compute_size();
    return made;
}

}  // namespace odradek::kafka
