#include "model/log/segment_index.h"

namespace odradek::kafka {

namespace {

void put(std::string& bytes, std::uint64_t value, int width)
{
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xff);
}

}  // namespace

void put_int32(std::string& bytes, std::int32_t value)
{
    put(bytes, static_cast<std::uint32_t>(value), 4);
}

void put_int64(std::string& bytes, std::int64_t value)
{
    put(bytes, static_cast<std::uint64_t>(value), 8);
}

void OffsetIndexEntry::write_to(std::string& out) const
{
    put(out, relative_offset, 4);
    put(out, position, 4);
}

void TimeIndexEntry::write_to(std::string& out) const
{
    put_int64(out, timestamp_ms);
    put(out, relative_offset, 4);
}

}  // namespace odradek::kafka
