// What one process has applied of the metadata log: the image of everything that it knows to be
// committed, for whichever roles it runs. Source: MetadataLoader; KIP-630, KIP-631.
#pragma once

#include <optional>

#include "model/metadata/image.h"
#include "model/out.h"

namespace odradek::kafka {

class MetadataLoader {
public:
    // `min_isr`: min.insync.replicas of this node's server.properties, which the facts about a
    // partition fall back to.
    explicit MetadataLoader(std::int32_t min_isr = 1) : min_isr_(min_isr) {}

    MetadataImage const& image() const { return image_; }

    // Applies a batch that is committed. The leader of the quorum, which commits before anybody
    // else, states what it means; `leads` is its epoch.
    void apply(BatchRef const& batch, std::optional<Epoch> leads, Out& out);
    // Forgets everything for what a snapshot holds.
    void load(MetadataImage const& snapshot);
    // What was applied since it was last asked, as one delta: publishers get what came together at
    // once.
    std::optional<MetadataDelta> take_delta();

private:
    std::int32_t min_isr_;
    MetadataImage image_;
    MetadataImage told_;  // As of the last delta.
    std::optional<MetadataDelta> delta_;
    // Before a snapshot was loaded that nobody has been told of: the delta is what lies between.
    std::optional<MetadataImage> before_;
};

}  // namespace odradek::kafka
