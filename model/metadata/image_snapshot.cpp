#include "model/metadata/image_snapshot.h"

#include <fmt/format.h>

#include "model/metadata/image_records.h"
#include "model/metadata/records_bytes.h"

namespace odradek::kafka {

namespace {

// Writes batches of as many records as Kafka puts into one.
class SnapshotBatches final : public RecordVisitor {
public:
    SnapshotBatches(Offset base, Epoch epoch, sim::Instant timestamp, std::string& bytes)
        : next_(base), epoch_(epoch), timestamp_(timestamp), bytes_(bytes)
    {
    }
    void visit(MetadataRecord record) override
    {
        records_.push_back(std::move(record));
        if (records_.size() == snapshot_batch_records)
            end_batch();
    }
    Offset end_batch()
    {
        if (!records_.empty()) {
            auto const batch =
                make_metadata_batch(std::move(records_), timestamp_)->stamped(next_, epoch_);
            records_.clear();
            next_ = batch->end_offset();
            batch->write_to(bytes_);
        }
        return next_;
    }

private:
    Offset next_;
    Epoch epoch_;
    sim::Instant timestamp_;
    std::string& bytes_;
    std::vector<MetadataRecord> records_;
};

// The size of the same batches: where a batch begins is all that is kept.
class SnapshotSize final : public RecordVisitor {
public:
    void visit(MetadataRecord record) override
    {
        if (in_batch_ == 0)
            bytes_ += batch_header_bytes;
        bytes_ += record_bytes_of(record, in_batch_);
        in_batch_ = (in_batch_ + 1) % static_cast<std::int32_t>(snapshot_batch_records);
    }
    std::uint64_t bytes() const { return bytes_; }

private:
    std::uint64_t bytes_{0};
    std::int32_t in_batch_{0};
};

std::uint64_t size_of(MetadataImage const& image)
{
    SnapshotSize size;
    visit_records(image, size);
    return size.bytes();
}

}  // namespace

ImageSnapshot::ImageSnapshot(MetadataImage image) : image_(std::move(image)), size_(size_of(image_))
{
}

Offset ImageSnapshot::write_snapshot(Offset base, Epoch epoch, sim::Instant timestamp,
                                     std::string& bytes) const
{
    SnapshotBatches batches(base, epoch, timestamp, bytes);
    visit_records(image_, batches);
    return batches.end_batch();
}

std::string ImageSnapshot::text() const
{
    std::string text;
    for (BrokerRegistration const& broker : image_.brokers())
        text += sim::print(broker) + "\n";
    for (TopicView const& topic : image_.topics()) {
        text += fmt::format("topic {} {}\n", topic.id().value, topic.name());
        for (std::int32_t i = 0; i < topic.partition_count(); ++i)
            text += fmt::format("partition {} {}\n", i, sim::print(topic.partition(i)));
    }
    return text;
}

}  // namespace odradek::kafka
