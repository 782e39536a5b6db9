#include "model/client/partitioner.h"

#include <algorithm>

namespace odradek::kafka {

namespace {
constexpr sim::Site partition_site("producer.partition");
}

std::vector<std::int64_t> cumulative_weights(PartitionLoad const& load)
{
    std::vector<std::int64_t> weights;
    if (load.partitions.empty() || load.all < 2)
        return weights;
    auto const [least, most] = std::minmax_element(load.queued.begin(), load.queued.end());
    if (*least == *most && load.queued.size() == static_cast<std::size_t>(load.all))
        return weights;
    std::int64_t sum = 0;
    for (std::int32_t const queued : load.queued) {
        sum += *most + 1 - queued;
        weights.push_back(sum);
    }
    return weights;
}

void StickyPartitioner::choose(Env const& env, PartitionLoad const& load,
                               std::vector<std::int32_t> const& available, std::int32_t partitions)
{
    produced_ = 0;
    std::vector<std::int64_t> const weights = cumulative_weights(load);
    if (!weights.empty()) {
        auto const drawn = static_cast<std::int64_t>(
            env.below(partition_site, static_cast<std::uint64_t>(weights.back())));
        auto const at = std::upper_bound(weights.begin(), weights.end(), drawn);
        partition_ = load.partitions[static_cast<std::size_t>(at - weights.begin())];
    } else if (!available.empty()) {
        partition_ = available[env.below(partition_site, available.size())];
    } else {
        partition_ = static_cast<std::int32_t>(
            env.below(partition_site, static_cast<std::uint64_t>(partitions)));
    }
}

}  // namespace odradek::kafka
