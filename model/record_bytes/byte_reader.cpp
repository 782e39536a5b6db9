#include "model/record_bytes/byte_reader.h"

#include <fmt/format.h>

namespace odradek::kafka {

void ByteReader::fail_at(std::uint64_t position, std::string what)
{
    if (!problem_)
        problem_ = BytesProblem{position, std::move(what)};
}

std::uint64_t ByteReader::fixed(std::uint64_t bytes)
{
    std::string_view const taken = take(bytes, "a number");
    std::uint64_t number = 0;
    for (char const c : taken)
        number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

std::uint64_t ByteReader::unsigned_varint(int bytes_max)
{
    std::uint64_t const begin = position();
    std::uint64_t number = 0;
    for (int i = 0; i < bytes_max; ++i) {
        std::string_view const one = take(1, "a varint");
        if (one.empty())
            return 0;
        auto const byte = static_cast<unsigned char>(one.front());
        number |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0)
            // As in Java, where what does not fit is shifted out.
            return bytes_max <= 5 ? number & 0xffffffff : number;
    }
    fail_at(begin, fmt::format("a varint of more than {} bytes", bytes_max));
    return 0;
}

std::string_view ByteReader::take(std::uint64_t bytes, std::string_view what)
{
    if (problem_)
        return {};
    if (bytes > left()) {
        fail(fmt::format("{} of {} bytes, where {} are left", what, bytes, left()));
        return {};
    }
    std::string_view const taken = bytes_.substr(at_, bytes);
    at_ += bytes;
    return taken;
}

}  // namespace odradek::kafka
