// An image as the records that lead to it, in the order in which Kafka writes snapshots: features,
// brokers, topics with their partitions, configurations, producer ids. Source:
// org.apache.kafka.image.MetadataImage.write, RaftSnapshotWriter.
#pragma once

#include "model/metadata/image.h"
#include "model/metadata/records.h"

namespace odradek::kafka {

// Of one batch of a snapshot.
inline constexpr std::size_t snapshot_batch_records = 1024;

class RecordVisitor {
public:
    virtual void visit(MetadataRecord record) = 0;

protected:
    ~RecordVisitor() = default;
};

void visit_records(MetadataImage const& image, RecordVisitor& visitor);

}  // namespace odradek::kafka
