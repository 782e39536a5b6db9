// A log directory's id (KIP-858): a random UUID, kept in the directory's meta.properties, unique in
// the cluster. Source: org.apache.kafka.common.DirectoryId, Uuid.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "sim/digest.h"

namespace odradek::kafka {

struct DirectoryId {
    std::uint64_t most{0};
    std::uint64_t least{0};

    constexpr auto operator<=>(DirectoryId const&) const = default;
    // The first hundred mean something else than a directory.
    constexpr bool reserved() const { return most == 0 && least < 100; }
};

// Placed before brokers told of their directories; counts as online.
inline constexpr DirectoryId migrating_directory{0, 0};
// The broker has yet to choose one; counts as online.
inline constexpr DirectoryId unassigned_directory{0, 1};
// In a directory that failed before the controller knew which; counts as offline.
inline constexpr DirectoryId lost_directory{0, 2};

// 22 characters of base64url, as Kafka prints a UUID: "AAAAAAAAAAAAAAAAAAAAAQ".
std::string to_string(DirectoryId directory);

// How messages and records that hold one are printed, digested and measured (sim/describe.h).
inline void print_to(std::string& out, DirectoryId directory) { out += to_string(directory); }
inline void add_to(sim::Digest& digest, DirectoryId directory)
{
    digest.add(directory.most);
    digest.add(directory.least);
}
constexpr std::uint64_t wire_size_of(DirectoryId) { return 16; }

}  // namespace odradek::kafka
