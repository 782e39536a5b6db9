// CRC-32C (Castagnoli), which guards a record batch from its attributes to its end, and a snapshot
// of producer state.
#pragma once

#include <cstdint>
#include <string_view>

namespace odradek::kafka {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace odradek::kafka
