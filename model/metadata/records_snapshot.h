// A snapshot of the metadata log (KIP-630): what its records before `id` led to, and what the
// quorum itself must remember of them. Immutable; files and messages share it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/metadata/records.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/extent.h"

namespace odradek::kafka {

class MetadataSnapshot final : public sim::Blob {
public:
    EpochAndOffset id;                      // Ends before this offset; epoch of its last record.
    sim::Instant last_contained_timestamp;  // Of the last record in it.
    std::int16_t kraft_version{0};
    std::optional<std::vector<Voter>> voters;  // With kraft.version 1.
    // What it holds for the owner of the log, who knows what it is.
    sim::Ref<BatchContents> contents;

    std::uint64_t size() const override;
    void write_to(std::string& bytes) const override;
};
using SnapshotRef = sim::Ref<MetadataSnapshot>;

}  // namespace odradek::kafka
