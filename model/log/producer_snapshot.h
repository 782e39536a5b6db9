// NNN.snapshot: what a partition remembers of each producer at that offset, so that not the whole
// log is read to know it again. Holds the last batch of each producer only. Source:
// ProducerStateManager.writeSnapshot.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/log/producer_state.h"
#include "sim/extent.h"

namespace odradek::kafka {

class ProducerSnapshot final : public sim::Blob {
public:
    static constexpr std::uint64_t entry_bytes = 46;
    static constexpr std::uint64_t header_bytes = 10;  // Version, CRC-32C, number of entries.

    // Of what is remembered, the last batches.
    explicit ProducerSnapshot(std::vector<ProducerEntry> const& remembered);
    std::uint64_t size() const override { return header_bytes + entries.size() * entry_bytes; }
    void write_to(std::string& bytes) const override;

    std::vector<ProducerEntry> entries;  // Of one batch each, by id.
};

}  // namespace odradek::kafka
