#include "model/server/metadata_loader.h"

#include <utility>

#include "model/controller/commit_observations.h"

namespace odradek::kafka {

void MetadataLoader::apply(BatchRef const& batch, std::optional<Epoch> leads, Out& out)
{
    if (leads) {
        out.observe(MetadataCommitted{*leads, batch->base_offset, batch->end_offset()});
        for (Observation& fact : observations_of(metadata_records_of(*batch), image_, min_isr_))
            out.observe(std::move(fact));
    }
    if (before_)
        return image_.apply(*batch);
    if (!delta_)
        delta_.emplace();
    image_.apply(*batch, &*delta_);
}

void MetadataLoader::load(MetadataImage const& snapshot)
{
    // What was applied and not told yet is in the snapshot too.
    if (!before_)
        before_ = told_;
    image_ = snapshot;
    delta_.reset();
}

std::optional<MetadataDelta> MetadataLoader::take_delta()
{
    if (before_) {
        delta_ = MetadataDelta::between(*before_, image_);
        before_.reset();
    }
    if (delta_)
        told_ = image_;
    return std::exchange(delta_, {});
}

}  // namespace odradek::kafka
