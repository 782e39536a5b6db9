#include "model/directory_id.h"

#include <string_view>

namespace odradek::kafka {

std::string to_string(DirectoryId directory)
{
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    // 128 bits and four of padding, six at a time from the top.
    for (int begin = 0; begin < 128; begin += 6) {
        unsigned value = 0;
        for (int bit = begin; bit < begin + 6; ++bit) {
            std::uint64_t const half = bit < 64 ? directory.most : directory.least;
            bool const set = bit < 128 && ((half >> (63 - bit % 64)) & 1U) != 0;
            value = value * 2 + (set ? 1 : 0);
        }
        text += digits[value];
    }
    return text;
}

}  // namespace odradek::kafka
