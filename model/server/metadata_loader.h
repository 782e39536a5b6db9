// What one process has applied of the metadata log: the image of everything that it knows to be
// committed, for whichever roles it runs. Source: MetadataLoader; KIP-630, KIP-631.
#pragma once

#include <optional>

#include "model/metadata/image.h"
#include "model/out.h"

namespace odradek::kafka {

class MetadataLoader {
public:
    MetadataImage const& image() const { return image_; }

    // Applies a batch that is committed. The leader of the quorum, which commits before anybody
    // else, states what it means; `leads` is its epoch.
    void apply(BatchRef const& batch, std::optional<Epoch> leads, Out& out);
    // What was applied since it was last asked, as one delta: publishers get what came together at
    // once.
    std::optional<MetadataDelta> take_delta();

private:
    MetadataImage image_;
    std::optional<MetadataDelta> delta_;
};

}  // namespace odradek::kafka
