// The partitions of internal topics as this broker's coordinators write and read them: through its
// replicas, while one of its handlers runs.
#pragma once

#include <algorithm>
#include <utility>

#include "model/broker/image_leaders.h"
#include "model/coordinator/internal_logs.h"
#include "model/replica/replica_manager.h"

namespace odradek::kafka {

class BrokerLogs final : public InternalLogs {
public:
    BrokerLogs(ReplicaManager& replicas, MetadataImage const& image, Env const& env, Out& out)
        : replicas_(replicas), image_(image), env_(env), out_(out)
    {
    }

    void append(TopicPartition partition, BatchRef batch, Duration timeout,
                std::uint64_t ticket) override
    {
        replicas_.append_internal(env_, partition, std::move(batch), timeout, ticket,
                                  ImageLeaders(image_), out_);
    }
    std::optional<std::vector<BatchRef>> read(TopicPartition id) const override
    {
        Partition const* const partition = replicas_.partition(id);
        if (partition == nullptr)
            return std::nullopt;
        std::vector<BatchRef> batches;
        partition->log().for_each_batch([&](BatchRef const& batch) { batches.push_back(batch); });
        return batches;
    }
    bool committed(TopicPartition id) const override
    {
        Partition const* const partition = replicas_.partition(id);
        if (partition == nullptr)
            return false;
        Log const& log = partition->log();
        auto const& epochs = log.epochs().entries();
        return epochs.empty() || log.high_watermark() >= epochs.back().start;
    }

private:
    ReplicaManager& replicas_;
    MetadataImage const& image_;
    Env const& env_;
    Out& out_;
};

}  // namespace odradek::kafka
