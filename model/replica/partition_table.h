// The replicas a broker hosts: dense, found by topic and partition number without a search.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/replica/partition.h"

namespace odradek::kafka {

class PartitionTable {
public:
    static constexpr std::uint32_t none = 0xffffffff;

    // `none` when it is not hosted.
    std::uint32_t slot_of(TopicPartition partition) const;
    Partition* find(TopicPartition partition);
    Partition const* find(TopicPartition partition) const;
    // Slots are numbered from 0; one may be free.
    std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
    Partition* at(std::uint32_t slot) { return slots_[slot] ? &*slots_[slot] : nullptr; }
    Partition const* at(std::uint32_t slot) const
    {
        return slots_[slot] ? &*slots_[slot] : nullptr;
    }
    // The one whose log has that segment file, if any.
    std::uint32_t slot_of_file(sim::FileId file) const;

    std::uint32_t add(Partition partition);
    void remove(TopicPartition partition);

private:
    std::vector<std::optional<Partition>> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<std::vector<std::uint32_t>> topics_;  // By topic id, then partition number.
    // By file: where it was found last. Only a hint.
    mutable std::vector<std::uint32_t> slots_by_file_;
};

}  // namespace odradek::kafka
