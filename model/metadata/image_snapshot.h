// What a snapshot of the metadata log holds for controllers and brokers: the image of everything
// before it. Unlike Kafka, which writes the image out as records and reads them back: it is shared,
// and only as large as those records would be. Source: MetadataImage.write, SnapshotGenerator;
// KIP-630.
#pragma once

#include "model/metadata/image.h"
#include "model/record.h"

namespace odradek::kafka {

class ImageSnapshot final : public BatchContents {
public:
    explicit ImageSnapshot(MetadataImage image);

    MetadataImage const& image() const { return image_; }
    std::uint64_t size() const override { return size_; }
    std::string text() const override;
    Offset write_snapshot(Offset base, Epoch epoch, sim::Instant timestamp,
                          std::string& bytes) const override;

private:
    MetadataImage image_;
    std::uint64_t size_{0};
};

}  // namespace odradek::kafka
