// The metadata log of one node (__cluster_metadata-0): the batches in memory beside their file on
// disk. Controller and brokers keep one each. Unlike Kafka: one segment that is never cut by a
// snapshot.
#pragma once

#include <string>
#include <vector>

#include "model/out.h"

namespace odradek::kafka {

inline constexpr char const* metadata_log_path = "__cluster_metadata-0/00000000000000000000.log";
inline constexpr char const* quorum_state_path = "__cluster_metadata-0/quorum-state";

class MetadataLog {
public:
    // Reads the file back. What is behind the first batch that is torn, or does not follow the one
    // before, is cut off. Returns how many extents were dropped.
    std::size_t recover(Env const& env, std::string const& directory, Out& out);

    // Appends to the page cache; the batch must begin at end_offset() and must not have a lower
    // epoch.
    void append(BatchRef batch, Out& out);
    // Drops every batch that ends beyond `end`.
    void truncate_to(Offset end, Out& out);

    sim::FileId file() const { return file_; }
    Offset end_offset() const
    {
        return batches_.empty() ? Offset{0} : batches_.back()->end_offset();
    }
    Epoch last_epoch() const { return batches_.empty() ? no_epoch : batches_.back()->leader_epoch; }
    std::vector<BatchRef> const& batches() const { return batches_; }
    // Index of the batch that holds `offset`; batches().size() when there is none.
    std::size_t find(Offset offset) const;
    // Whole batches from the one that holds `from` on, all of them before `end`, until `max_bytes`
    // are exceeded; at least one if there is any.
    std::vector<BatchRef> read(Offset from, Offset end, std::uint64_t max_bytes) const;
    // The largest epoch that is not above `epoch`, and where it ends (KIP-101); (0, 0) below all.
    EpochAndOffset end_of(Epoch epoch) const;

private:
    sim::FileId file_;
    std::vector<BatchRef> batches_;
};

// What a voter must not forget (KIP-595, "Quorum State"): written whole, durable before it counts.
class QuorumState final : public sim::Blob {
public:
    QuorumState(BrokerId leader, Epoch epoch, BrokerId voted)
        : leader_id(leader), leader_epoch(epoch), voted_id(voted)
    {
    }
    BrokerId leader_id{no_broker};
    Epoch leader_epoch{0};
    BrokerId voted_id{no_broker};

    std::string text() const;  // As Kafka writes it: JSON, data version 0.
    std::uint64_t size() const override;
    void write_to(std::string& bytes) const override;
};

}  // namespace odradek::kafka
