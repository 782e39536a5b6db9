#include "model/replica/partition_table.h"

#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

std::uint32_t PartitionTable::slot_of(TopicPartition partition) const
{
    if (partition.topic.value >= topics_.size())
        return none;
    std::vector<std::uint32_t> const& numbers = topics_[partition.topic.value];
    auto const number = static_cast<std::size_t>(partition.partition);
    return number < numbers.size() ? numbers[number] : none;
}

Partition* PartitionTable::find(TopicPartition partition)
{
    std::uint32_t const slot = slot_of(partition);
    return slot == none ? nullptr : &*slots_[slot];
}

Partition const* PartitionTable::find(TopicPartition partition) const
{
    std::uint32_t const slot = slot_of(partition);
    return slot == none ? nullptr : &*slots_[slot];
}

std::uint32_t PartitionTable::slot_of_file(sim::FileId file) const
{
    auto const owns = [&](std::uint32_t slot) {
        return slot < slots() && slots_[slot] && slots_[slot]->log().owns(file);
    };
    if (file.value < slots_by_file_.size() && owns(slots_by_file_[file.value]))
        return slots_by_file_[file.value];
    for (std::uint32_t slot = 0; slot < slots(); ++slot)
        if (owns(slot)) {
            if (slots_by_file_.size() <= file.value)
                slots_by_file_.resize(file.value + 1, none);
            return slots_by_file_[file.value] = slot;
        }
    return none;
}

std::uint32_t PartitionTable::add(Partition partition)
{
    TopicPartition const id = partition.id();
    ENSURE(slot_of(id) == none, "a partition is hosted once");
    ENSURE(id.partition >= 0, "partitions are numbered from 0");
    std::uint32_t slot{};
    if (free_.empty()) {
        slot = slots();
        slots_.emplace_back(std::move(partition));
    } else {
        slot = free_.back();
        free_.pop_back();
        slots_[slot] = std::move(partition);
    }
    if (topics_.size() <= id.topic.value)
        topics_.resize(id.topic.value + 1);
    std::vector<std::uint32_t>& numbers = topics_[id.topic.value];
    if (numbers.size() <= static_cast<std::size_t>(id.partition))
        numbers.resize(static_cast<std::size_t>(id.partition) + 1, none);
    numbers[static_cast<std::size_t>(id.partition)] = slot;
    return slot;
}

void PartitionTable::remove(TopicPartition partition)
{
    std::uint32_t const slot = slot_of(partition);
    if (slot == none)
        return;
    topics_[partition.topic.value][static_cast<std::size_t>(partition.partition)] = none;
    slots_[slot].reset();
    free_.push_back(slot);
}

}  // namespace odradek::kafka
