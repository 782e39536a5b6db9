#include "model/metadata/partition_set.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

constexpr std::size_t chunk_max = 128;

}  // namespace

std::size_t PartitionSet::chunk_of(TopicPartition partition) const
{
    auto const& chunks = root_->chunks;
    auto const after =
        std::partition_point(chunks.begin(), chunks.end(), [&](sim::Ref<Chunk> const& chunk) {
            return chunk->list.front() <= partition;
        });
    return after == chunks.begin() ? 0 : static_cast<std::size_t>(after - chunks.begin()) - 1;
}

bool PartitionSet::contains(TopicPartition partition) const
{
    if (empty())
        return false;
    std::vector<TopicPartition> const& list = root_->chunks[chunk_of(partition)]->list;
    return std::binary_search(list.begin(), list.end(), partition);
}

void PartitionSet::insert(TopicPartition partition)
{
    if (contains(partition))
        return;
    Root& root = sim::own(root_);
    ++root.size;
    if (root.chunks.empty()) {
        root.chunks.push_back(sim::share<Chunk>());
        sim::own(root.chunks.back()).list.push_back(partition);
        return;
    }
    std::size_t const index = chunk_of(partition);
    std::vector<TopicPartition>& list = sim::own(root.chunks[index]).list;
    list.insert(std::lower_bound(list.begin(), list.end(), partition), partition);
    if (list.size() <= chunk_max)
        return;
    // Filled from below, as topics are made, chunks stay full; else they are halved.
    bool const at_end = index + 1 == root.chunks.size() && list.back() == partition;
    auto const from =
        list.begin() + static_cast<std::ptrdiff_t>(at_end ? chunk_max : chunk_max / 2);
    sim::Ref<Chunk> rest = sim::share<Chunk>();
    sim::own(rest).list.assign(from, list.end());
    list.erase(from, list.end());
    root.chunks.insert(root.chunks.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                       std::move(rest));
}

void PartitionSet::erase(TopicPartition partition)
{
    if (!contains(partition))
        return;
    if (size() == 1) {
        root_ = {};
        return;
    }
    Root& root = sim::own(root_);
    --root.size;
    std::size_t const index = chunk_of(partition);
    std::vector<TopicPartition>& list = sim::own(root.chunks[index]).list;
    list.erase(std::lower_bound(list.begin(), list.end(), partition));
    if (list.empty())
        root.chunks.erase(root.chunks.begin() + static_cast<std::ptrdiff_t>(index));
}

std::vector<TopicPartition> PartitionSet::list() const
{
    std::vector<TopicPartition> all;
    all.reserve(size());
    for_each([&](TopicPartition partition) { all.push_back(partition); });
    return all;
}

}  // namespace odradek::kafka
