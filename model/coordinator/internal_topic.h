// Which partition of an internal topic a group or a transactional id falls on: the leader of that
// partition coordinates it. Source: TransactionStateManager.partitionFor,
// GroupMetadataManager.partitionFor, java.lang.String.hashCode, Utils.abs.
#pragma once

#include <cstdint>
#include <string_view>

namespace odradek::kafka {

// 31 * h + character, wrapping; of characters that are no more than a byte.
constexpr std::int32_t java_hash(std::string_view text)
{
    std::uint32_t hash = 0;
    for (char const c : text)
        hash = hash * 31 + static_cast<unsigned char>(c);
    return static_cast<std::int32_t>(hash);
}

// Utils.abs: of the smallest number 0.
constexpr std::int32_t internal_partition_of(std::string_view key, std::int32_t partitions)
{
    std::int32_t const hash = java_hash(key);
    std::int32_t const positive = hash == INT32_MIN ? 0 : hash < 0 ? -hash : hash;
    return positive % partitions;
}

}  // namespace odradek::kafka
