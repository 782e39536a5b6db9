// Reads the values of options; what is wrong with one is a UserError that says what would be right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.h"
#include "tools/exit_code.h"

namespace odradek::cli {

// One of a few words; `option` is for the message.
std::string_view choose(std::string_view option, std::string_view value,
                        std::vector<std::string_view> const& words);

bool is_json(std::string_view format);  // Of --format.
enum class Format { text, json, tsv };
Format read_format(std::string_view format);  // Where all three are possible.
ExitCodeStyle read_exit_code_style(std::string_view value);

// Decimal, or hexadecimal with 0x, up to 2^64-1.
std::uint64_t read_seed(std::string_view option, std::string_view value);

struct SeedRange {
    bool has_first{false};  // False: from the scenario's own seed on.
    std::uint64_t first{0};
    std::uint64_t count{1};
};
// "200" or "1..200", both ends included.
SeedRange read_seeds(std::string_view value);

// "9.5s".
sim::Instant read_time(std::string_view option, std::string_view value);

// At least 1.
unsigned read_count(std::string_view option, std::string_view value);

// As a POSIX shell takes it for one word.
std::string shell_word(std::string_view text);

}  // namespace odradek::cli
