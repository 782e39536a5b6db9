#include "model/record_bytes/control_record.h"

#include <fmt/format.h>

#include "model/record_bytes/big_endian.h"
#include "model/record_bytes/byte_reader.h"

namespace odradek::kafka {

namespace {

constexpr std::int32_t key_bytes = 4;
constexpr std::int32_t marker_value_bytes = 6;

}  // namespace

char const* to_string(ControlType type)
{
    switch (type) {
    case ControlType::abort:
        return "ABORT";
    case ControlType::commit:
        return "COMMIT";
    case ControlType::leader_change:
        return "LEADER_CHANGE";
    case ControlType::snapshot_header:
        return "SNAPSHOT_HEADER";
    case ControlType::snapshot_footer:
        return "SNAPSHOT_FOOTER";
    case ControlType::kraft_version:
        return "KRAFT_VERSION";
    case ControlType::kraft_voters:
        return "KRAFT_VOTERS";
    }
    return "UNKNOWN";
}

std::string control_key(ControlType type)
{
    std::string key;
    put_i16(key, 0);  // Version.
    put_i16(key, static_cast<std::int16_t>(type));
    return key;
}

std::optional<ControlType> control_type_of(std::string_view key)
{
    ByteReader in(key);
    in.i16();
    std::int16_t const type = in.i16();
    if (!in.good() || type < 0 || type > static_cast<std::int16_t>(ControlType::kraft_voters))
        return std::nullopt;
    return static_cast<ControlType>(type);
}

std::uint64_t EndTransactionMarker::size() const
{
    return record_bytes(0, 0, key_bytes, marker_value_bytes);
}

std::string EndTransactionMarker::text() const
{
    return fmt::format("{} coordinator epoch {}\n", committed_ ? "COMMIT" : "ABORT",
                       coordinator_epoch_);
}

KeyAndValue EndTransactionMarker::record(std::int32_t) const
{
    std::string value;
    put_i16(value, 0);  // Version.
    put_i32(value, coordinator_epoch_);
    return {control_key(committed_ ? ControlType::commit : ControlType::abort), value};
}

EndTransactionMarker const* end_marker_of(RecordBatch const& batch)
{
    return batch.control ? dynamic_cast<EndTransactionMarker const*>(batch.contents.get())
                         : nullptr;
}

sim::Ref<RecordBatch> make_end_transaction_batch(ProducerId producer, std::int16_t producer_epoch,
                                                 bool committed, std::int32_t coordinator_epoch,
                                                 sim::Instant timestamp)
{
    auto* batch = new RecordBatch;
    batch->record_count = 1;
    batch->producer_id = producer;
    batch->producer_epoch = producer_epoch;
    batch->transactional = true;
    batch->control = true;
    batch->base_timestamp = timestamp;
    batch->max_timestamp = timestamp;
    batch->contents = sim::share<EndTransactionMarker>(committed, coordinator_epoch);
    batch->size_bytes = static_cast<std::uint32_t>(batch_header_bytes + batch->contents->size());
    return sim::Ref<RecordBatch>(batch);
}

}  // namespace odradek::kafka
