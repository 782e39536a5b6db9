#include "model/server/metadata_loader.h"

#include <utility>

#include "model/controller/commit_observations.h"

namespace odradek::kafka {

void MetadataLoader::apply(BatchRef const& batch, std::optional<Epoch> leads, Out& out)
{
    if (leads) {
        out.observe(MetadataCommitted{*leads, batch->base_offset, batch->end_offset()});
        for (Observation& fact : observations_of(metadata_records_of(*batch), image_))
            out.observe(std::move(fact));
    }
    if (!delta_)
        delta_.emplace();
    image_.apply(*batch, &*delta_);
}

std::optional<MetadataDelta> MetadataLoader::take_delta() { return std::exchange(delta_, {}); }

}  // namespace odradek::kafka
