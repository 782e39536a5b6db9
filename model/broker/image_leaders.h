// Who leads what, from the broker's own metadata.
#pragma once

#include <optional>

#include "model/metadata/image.h"
#include "model/replica/replica_manager.h"

namespace odradek::kafka {

class ImageLeaders final : public Leaders {
public:
    explicit ImageLeaders(MetadataImage const& image) : image_(image) {}
    std::optional<LeaderHint> leader_of(TopicPartition partition) const override
    {
        PartitionRegistration const* registration = image_.partition(partition);
        if (registration == nullptr)
            return std::nullopt;
        return LeaderHint{registration->leader, registration->leader_epoch};
    }

private:
    MetadataImage const& image_;
};

}  // namespace odradek::kafka
