// The small files beside the logs: each is replaced whole and durably. As Kafka writes them: version,
// number of lines, lines.
// Source: LeaderEpochCheckpointFile, OffsetCheckpointFile, PartitionMetadataFile.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/log/leader_epoch_cache.h"
#include "model/types.h"
#include "sim/disk.h"
#include "sim/ref.h"

namespace odradek::kafka {

// A partition's directory name, "orders-0", shared by everything that says it.
struct PartitionName : sim::Shared {
    explicit PartitionName(std::string name) : text(std::move(name)) {}
    std::string text;
};

// A small text file. The text is made when somebody asks; its size is that of the text.
class TextFile : public sim::Blob {
public:
    std::uint64_t size() const final { return text().size(); }
    void write_to(std::string& bytes) const final { bytes += text(); }
    virtual std::string text() const = 0;
};

// <partition>/leader-epoch-checkpoint.
class LeaderEpochCheckpoint final : public TextFile {
public:
    explicit LeaderEpochCheckpoint(std::vector<EpochEntry> list) : entries(std::move(list)) {}
    std::string text() const override;

    std::vector<EpochEntry> entries;
};

// replication-offset-checkpoint: the high watermarks of all replicas of a broker.
class OffsetCheckpoint final : public TextFile {
public:
    struct Entry {
        TopicPartition partition;
        Offset offset;
        sim::Ref<PartitionName> name;
    };
    explicit OffsetCheckpoint(std::vector<Entry> list) : entries(std::move(list)) {}
    std::string text() const override;

    std::vector<Entry> entries;  // By partition, ascending.
};

// <partition>/partition.metadata: which topic of that name it is (KIP-516).
class PartitionMetadataFile final : public TextFile {
public:
    explicit PartitionMetadataFile(TopicPartition owner) : partition(owner) {}
    std::string text() const override;

    TopicPartition partition;
};

// The content of a file that is replaced whole; null when it was never written or is not a T.
template <class T>
T const* whole_file(std::vector<sim::Extent> const& extents)
{
    if (extents.empty() || extents.back().torn())
        return nullptr;
    return dynamic_cast<T const*>(extents.back().blob.get());
}

}  // namespace odradek::kafka
