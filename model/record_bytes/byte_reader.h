// Reads numbers and stretches out of bytes that may hold anything. The first thing that goes wrong
// is remembered, with its position; from then on every answer is 0 or empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace odradek::kafka {

// What is wrong with some bytes, and where.
struct BytesProblem {
    std::uint64_t position{0};
    std::string what;

    bool operator==(BytesProblem const&) const = default;
};

class ByteReader {
public:
    // `begin` is the position of the first of these bytes in whatever they are a part of.
    explicit ByteReader(std::string_view bytes, std::uint64_t begin = 0)
        : bytes_(bytes), begin_(begin)
    {
    }

    std::int8_t i8() { return static_cast<std::int8_t>(fixed(1)); }
    std::int16_t i16() { return static_cast<std::int16_t>(fixed(2)); }
    std::int32_t i32() { return static_cast<std::int32_t>(fixed(4)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
    std::int64_t i64() { return static_cast<std::int64_t>(fixed(8)); }
    // Zig-zag, of at most 5 and 10 bytes; a longer one is wrong.
    std::int32_t varint() { return static_cast<std::int32_t>(unzigzag(unsigned_varint(5))); }
    std::int64_t varlong() { return unzigzag(unsigned_varint(10)); }
    // A varint without sign, of at most that many bytes.
    std::uint64_t unsigned_varint(int bytes_max = 5);
    std::string_view take(std::uint64_t bytes, std::string_view what);

    std::uint64_t position() const { return begin_ + at_; }
    std::uint64_t left() const { return bytes_.size() - at_; }
    bool good() const { return !problem_; }
    std::optional<BytesProblem> const& problem() const { return problem_; }
    // Remembers that, unless something went wrong before.
    void fail(std::string what) { fail_at(position(), std::move(what)); }
    void fail_at(std::uint64_t position, std::string what);

private:
    std::uint64_t fixed(std::uint64_t bytes);
    static std::int64_t unzigzag(std::uint64_t n)
    {
        return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
    }

    std::string_view bytes_;
    std::uint64_t begin_;
    std::uint64_t at_{0};
    std::optional<BytesProblem> problem_;
};

}  // namespace odradek::kafka
