#include "model/client/producer_batch.h"

#include <algorithm>
#include <limits>

#include "model/record_bytes/compression_model.h"

namespace odradek::kafka {

std::int32_t next_sequence(std::int32_t sequence, std::int32_t records)
{
    constexpr std::int32_t last = std::numeric_limits<std::int32_t>::max();
    return sequence > last - records ? records - (last - sequence) - 1 : sequence + records;
}

std::int32_t ProducerBatch::last_sequence() const
{
    return next_sequence(base_sequence, records - 1);
}

void ProducerBatch::add(Arrivals const& arrivals_of, Arrivals::Record const& record,
                        std::uint32_t bytes, Instant timestamp)
{
    if (records == 0) {
        first_number = record.number;
        base_timestamp = timestamp;
        max_timestamp = timestamp;
        shape = arrivals_of.shape();
    } else {
        max_timestamp = std::max(max_timestamp, timestamp);
        std::int64_t const last_ms = times.empty() ? base_timestamp.ms() : times.back().ms;
        if (timestamp.ms() != last_ms) {
            if (times.empty())
                times.push_back({0, last_ms});
            times.push_back({records, timestamp.ms()});
        }
        std::uint64_t const delta = record.number - first_number;
        bool const consecutive = deltas.empty() && delta == static_cast<std::uint64_t>(records);
        if (!consecutive) {
            if (deltas.empty())
                for (std::int32_t i = 0; i < records; ++i)
                    deltas.push_back(static_cast<std::uint32_t>(i));
            deltas.push_back(static_cast<std::uint32_t>(delta));
        }
    }
    if (arrivals_of.draws_keys())
        keys.push_back(static_cast<std::uint32_t>(record.key));
    if (record.value_bytes > 0)
        value_bytes += static_cast<std::uint64_t>(record.value_bytes);
    arrivals_of.remember(record, arrivals);
    raw_bytes += bytes;
    size_bytes = estimated_bytes();
    ++records;
}

CompressionRatio ProducerBatch::close()
{
    closed = true;
    if (codec == Codec::none || raw_bytes == 0)
        return {};
    std::uint64_t const bytes =
        compressed_bytes(codec, compressible(shape.get(), raw_bytes, value_bytes, records));
    size_bytes = static_cast<std::uint32_t>(batch_header_bytes + bytes);
    return CompressionRatio::of(bytes, raw_bytes);
}

BatchRef const& ProducerBatch::freeze(std::uint32_t client)
{
    if (wire)
        return wire;
    close();
    auto* batch = new RecordBatch;
    wire = BatchRef(batch);
    batch->codec = codec;
    batch->record_count = records;
    batch->size_bytes = size_bytes;
    batch->producer_id = producer_id;
    batch->producer_epoch = producer_epoch;
    batch->base_sequence = base_sequence;
    batch->transactional = transactional;
    batch->base_timestamp = base_timestamp;
    batch->max_timestamp = max_timestamp;
    batch->client = client;
    batch->first_number = first_number;
    if (!deltas.empty())
        batch->numbers = sim::share<RecordNumbers>(deltas);
    if (!keys.empty())
        batch->keys = sim::share<RecordKeys>(keys);
    if (!times.empty())
        batch->times = sim::share<RecordTimes>(times);
    batch->shape = shape;
    return wire;
}

BatchId BatchPool::acquire()
{
    if (free_.empty()) {
        batches_.emplace_back();
        generations_.push_back(0);
        return static_cast<BatchId>(batches_.size() - 1);
    }
    BatchId const id = free_.back();
    free_.pop_back();
    return id;
}

void BatchPool::release(BatchId id)
{
    // Keeps the capacity of its vectors for the next batch.
    ProducerBatch& old = batches_[id];
    ProducerBatch fresh;
    fresh.deltas = std::move(old.deltas);
    fresh.deltas.clear();
    fresh.keys = std::move(old.keys);
    fresh.keys.clear();
    fresh.times = std::move(old.times);
    fresh.times.clear();
    fresh.arrivals = std::move(old.arrivals);
    fresh.arrivals.clear();
    old = std::move(fresh);
    ++generations_[id];
    free_.push_back(id);
}

}  // namespace odradek::kafka
