#include "model/log/producer_snapshot.h"

#include "model/log/segment_index.h"
#include "model/record_bytes/crc32c.h"

namespace odradek::kafka {

namespace {

void put_int16(std::string& bytes, std::int16_t value)
{
    auto const bits = static_cast<std::uint16_t>(value);
    bytes += static_cast<char>(bits >> 8);
    bytes += static_cast<char>(bits & 0xff);
}

}  // namespace

ProducerSnapshot::ProducerSnapshot(std::vector<ProducerEntry> const& remembered)
{
    entries.reserve(remembered.size());
    for (ProducerEntry const& entry : remembered) {
        ProducerEntry& kept = entries.emplace_back(entry);
        if (entry.count > 1) {
            kept.batches[0] = *entry.last();
            kept.count = 1;
        }
    }
}

void ProducerSnapshot::write_to(std::string& bytes) const
{
    std::string list;
    put_int32(list, static_cast<std::int32_t>(entries.size()));
    for (ProducerEntry const& entry : entries) {
        BatchMetadata const last = entry.last() == nullptr ? BatchMetadata{} : *entry.last();
        put_int64(list, entry.producer_id.value);
        put_int16(list, entry.epoch);
        put_int32(list, last.last_sequence);
        put_int64(list, last.last_offset.value);
        put_int32(list, static_cast<std::int32_t>(last.last_offset.value - last.base_offset.value));
        put_int64(list, entry.last_timestamp.ns / 1'000'000);
        put_int32(list, entry.coordinator_epoch);
        put_int64(list, entry.txn_first_offset.value);
    }
    put_int16(bytes, 1);
    put_int32(bytes, static_cast<std::int32_t>(crc32c(list)));
    bytes += list;
}

}  // namespace odradek::kafka
