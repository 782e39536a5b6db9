// A set of partitions inside an image: ascending, and shared between images chunk by chunk, so that
// a copy costs a reference count and a change costs what it touches.
#pragma once

#include <cstddef>
#include <vector>

#include "model/types.h"
#include "sim/ref.h"

namespace odradek::kafka {

class PartitionSet {
public:
    void insert(TopicPartition partition);  // No effect if it is in.
    void erase(TopicPartition partition);   // No effect if it is not.
    bool contains(TopicPartition partition) const;
    std::size_t size() const { return root_ ? root_->size : 0; }
    bool empty() const { return size() == 0; }

    // Calls visit(TopicPartition) ascending.
    template <class Visit>
    void for_each(Visit&& visit) const
    {
        if (root_)
            for (sim::Ref<Chunk> const& chunk : root_->chunks)
                for (TopicPartition const partition : chunk->list)
                    visit(partition);
    }
    std::vector<TopicPartition> list() const;

private:
    struct Chunk final : sim::Shared {
        std::vector<TopicPartition> list;  // Never empty.
    };
    struct Root final : sim::Shared {
        std::vector<sim::Ref<Chunk>> chunks;
        std::size_t size{0};
    };
    // The chunk in which the partition is or would be.
    std::size_t chunk_of(TopicPartition partition) const;

    sim::Ref<Root> root_;  // Empty: no partition.
};

}  // namespace odradek::kafka
