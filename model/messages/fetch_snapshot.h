// FetchSnapshot (API key 59, KIP-630). Who is too far behind the metadata log's leader asks for a
// snapshot of it, piece by piece.
#pragma once

#include <cstdint>
#include <optional>

#include "model/errors.h"
#include "model/metadata/records_snapshot.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// A piece of a snapshot: its bytes from `position` on. Pieces share the snapshot; on the wire a
// piece is as large as its bytes.
struct SnapshotPiece {
    sim::Ref<MetadataSnapshot> of;
    std::uint64_t position{0};
    std::uint64_t bytes{0};

    bool operator==(SnapshotPiece const&) const = default;
};
template <class Visit>
constexpr void describe_fields(SnapshotPiece const& piece, Visit&& visit)
{
    visit("position", piece.position);
    visit("bytes", piece.bytes);
}
inline std::uint64_t wire_size_of(SnapshotPiece const& piece) { return 12 + piece.bytes; }

struct FetchSnapshotResponse {
    Error error{Error::none};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    std::optional<sim::NodeId> leader_node;
    EpochAndOffset snapshot;  // (-1, -1): there is none.
    std::uint64_t size{0};    // Of the whole snapshot.
    SnapshotPiece piece;

    bool operator==(FetchSnapshotResponse const&) const = default;
};
DESCRIBE(FetchSnapshotResponse, error, leader, leader_epoch, leader_node, snapshot, size, piece)

struct FetchSnapshotRequest {
    using Response = FetchSnapshotResponse;
    static constexpr int api_key = 59;

    ClusterId cluster{any_cluster};
    ReplicaKey replica;
    Epoch current_leader_epoch{no_epoch};
    EpochAndOffset snapshot;
    std::int64_t position{0};
    std::int32_t max_bytes{8 * 1024 * 1024};

    bool operator==(FetchSnapshotRequest const&) const = default;
};
DESCRIBE(FetchSnapshotRequest, cluster, replica, current_leader_epoch, snapshot, position,
         max_bytes)

}  // namespace odradek::kafka
