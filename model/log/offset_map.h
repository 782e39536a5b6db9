// The latest offset of each key in a stretch of a log, as far as memory goes. Kafka keeps 24 bytes
// an entry, a hash of the key and an offset, and so takes two keys of one hash for one; here keys
// are known exactly. Source: SkimpyOffsetMap.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "model/record.h"
#include "model/types.h"
#include "sim/ratio.h"
#include "sim/wide.h"

namespace odradek::kafka {

// What a record is known by in a compacted topic: keys are equal when number and length are.
struct CompactionKey {
    std::uint64_t number{0};
    std::int32_t bytes{0};

    auto operator<=>(CompactionKey const&) const = default;
};

// Nothing: the record has no key. The batch must be synthetic.
inline std::optional<CompactionKey> compaction_key(RecordBatch const& batch, std::int32_t place)
{
    std::optional<std::uint64_t> const number = batch.key(place);
    return number ? std::optional(CompactionKey{*number, batch.key_bytes(place)}) : std::nullopt;
}

class OffsetMap {
public:
    static constexpr std::int64_t entry_bytes = 24;

    // Of a buffer of so many bytes, filled up to a share of it (log.cleaner.io.buffer.load.factor).
    OffsetMap(std::int64_t buffer_bytes, sim::Ratio load_factor)
        : most_(static_cast<std::size_t>(
              sim::UnsignedWide(std::max<std::int64_t>(buffer_bytes, 0) / entry_bytes) *
              load_factor.numerator / load_factor.denominator))
    {
    }

    // False: it is full, and nothing was put.
    bool put(CompactionKey key, Offset offset)
    {
        if (entries_.size() >= most_)
            return false;
        entries_[key] = offset;
        latest_ = offset;
        return true;
    }
    // -1: none.
    Offset find(CompactionKey key) const
    {
        auto const at = entries_.find(key);
        return at == entries_.end() ? no_offset : at->second;
    }
    // Up to where it speaks for the log.
    Offset latest() const { return latest_; }
    void raise_latest(Offset offset) { latest_ = std::max(latest_, offset); }
    std::size_t size() const { return entries_.size(); }

private:
    std::size_t most_;
    std::map<CompactionKey, Offset> entries_;
    Offset latest_{no_offset};
};

}  // namespace odradek::kafka
