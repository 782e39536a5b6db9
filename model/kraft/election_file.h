// What a replica must not forget about elections (the file quorum-state, KIP-595), and the identity
// of its directory (KIP-853). Source: ElectionState, FileQuorumStateStore, QuorumStateData.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/types.h"
#include "sim/extent.h"

namespace odradek::kafka {

class ElectionFile final : public sim::Blob {
public:
    BrokerId leader{no_broker};
    Epoch epoch{0};
    std::optional<ReplicaKey> voted;
    std::int16_t version{0};  // 1 with kraft.version 1: the vote names a directory.

    std::string text() const;  // As Kafka writes it.
    std::uint64_t size() const override { return text().size(); }
    void write_to(std::string& bytes) const override { bytes += text(); }
};

// Unlike Kafka, where meta.properties of the log directory says it: here it lies beside the log.
class DirectoryFile final : public sim::Blob {
public:
    explicit DirectoryFile(DirectoryId id) : directory(id) {}
    DirectoryId directory;

    std::string text() const;
    std::uint64_t size() const override { return text().size(); }
    void write_to(std::string& bytes) const override { bytes += text(); }
};

}  // namespace odradek::kafka
