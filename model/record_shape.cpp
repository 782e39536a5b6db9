#include "model/record_shape.h"

#include <algorithm>
#include <limits>

#include "model/record_size.h"
#include "sim/words.h"

namespace odradek::kafka {

namespace {

// Sizes beyond it are no values that anybody could send.
constexpr std::int64_t value_bytes_max = std::numeric_limits<std::int32_t>::max() / 2;

std::uint64_t hash_of(std::string const& text)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    for (char const c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return sim::mix64(hash);
}

std::int32_t as_size(std::int64_t bytes)
{
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(bytes, 0, value_bytes_max));
}

}  // namespace

RecordShape::RecordShape(Description description) : description_(std::move(description))
{
    description_.cardinality = std::max<std::uint64_t>(description_.cardinality, 1);
    sender_hash_ = hash_of(description_.sender);
    if (keyed())
        key_bytes_ = static_cast<std::int32_t>(std::to_string(description_.cardinality - 1).size());
    bool const same = description_.tombstones.is_never() || description_.tombstones.is_always();
    fixed_ = same && description_.value_bytes.is_constant();
    fixed_bytes_ = description_.tombstones.is_always() ? null_bytes
                                                       : as_size(description_.value_bytes.lowest());
    header_bytes_ = varint_bytes(static_cast<std::int64_t>(headers().size()));
    for (RecordHeader const& header : headers())
        header_bytes_ += field_bytes(static_cast<std::int32_t>(header.key.size())) +
                         field_bytes(header.value ? static_cast<std::int32_t>(header.value->size())
                                                  : null_bytes);
}

std::string RecordShape::key_text(std::uint64_t key) const
{
    std::string const digits = std::to_string(key);
    auto const width = static_cast<std::size_t>(std::max(key_bytes_, 0));
    return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

std::int32_t RecordShape::drawn_value_bytes(std::uint64_t number) const
{
    sim::Words words(sim::mix64(description_.seed ^ sim::mix64(number)));
    sim::Ratio const tombstones = description_.tombstones;
    if (!tombstones.is_never() && words.below(tombstones.denominator) < tombstones.numerator)
        return null_bytes;
    return as_size(description_.value_bytes.sample(words));
}

void RecordShape::write_value(std::uint64_t number, std::string& bytes) const
{
    std::int32_t const size = value_bytes(number);
    if (size <= 0)
        return;
    std::size_t const begin = bytes.size();
    std::size_t const end = begin + static_cast<std::size_t>(size);
    std::string name = description_.sender + ":" + std::to_string(number) + " ";
    // The number tells records apart; where there is no room for all, its end does.
    if (name.size() > static_cast<std::size_t>(size)) {
        bytes.append(name, name.size() - 1 - std::min<std::size_t>(name.size() - 1, end - begin),
                     end - begin);
        return;
    }
    if (description_.filling == Filling::sequence) {
        while (bytes.size() < end)
            bytes.append(name, 0, end - bytes.size());
        return;
    }
    bytes += name;
    sim::Words words(sender_hash_ ^ sim::mix64(number));
    bool const letters = description_.filling == Filling::letters;
    while (bytes.size() < end) {
        std::uint64_t word = words.next();
        for (int i = 0; i < 8 && bytes.size() < end; ++i, word >>= 8) {
            auto const byte = static_cast<unsigned char>(word & 0xff);
            bytes += letters ? static_cast<char>('A' + byte * 26 / 256) : static_cast<char>(byte);
        }
    }
}

}  // namespace odradek::kafka
