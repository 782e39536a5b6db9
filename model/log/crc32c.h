// CRC-32C (Castagnoli), as record batches and snapshots of producers carry it.
#pragma once

#include <cstdint>
#include <string_view>

namespace odradek::kafka {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace odradek::kafka
