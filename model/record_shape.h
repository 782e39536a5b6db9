// What the records of one sender look like. A synthetic record is known by its sender and its
// number; its key, its value and its headers are functions of these two and of the sender's shape,
// which all of its batches share. So nothing is kept per record, and bytes are made when somebody
// asks for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/distribution.h"
#include "sim/ratio.h"
#include "sim/ref.h"

namespace odradek::kafka {

// Length of a key or value that is null.
inline constexpr std::int32_t null_bytes = -1;

struct RecordHeader {
    std::string key;
    std::optional<std::string> value;  // Nothing: null.

    bool operator==(RecordHeader const&) const = default;
};

class RecordShape final : public sim::Shared {
public:
    enum class Keys : std::uint8_t {
        none,       // Null.
        by_number,  // The record's number modulo the cardinality.
        drawn,      // The batch keeps their numbers (RecordKeys).
    };
    // What values are filled with behind the sender's name and the record's number.
    enum class Filling : std::uint8_t {
        sequence,  // The same text again and again.
        letters,   // A to Z at random, as kafka-producer-perf-test sends.
        random,    // Random bytes.
    };
    struct Description {
        std::string sender;
        Keys keys{Keys::none};
        std::uint64_t cardinality{1};  // Of keys; >= 1.
        Filling filling{Filling::sequence};
        sim::Distribution value_bytes;  // Negative counts as 0.
        sim::Ratio tombstones;          // Share of null values.
        std::uint64_t seed{0};          // Of what differs from record to record.
        std::vector<RecordHeader> headers{};
    };

    explicit RecordShape(Description description);

    Description const& description() const { return description_; }
    Keys keys() const { return description_.keys; }
    bool keyed() const { return keys() != Keys::none; }
    // Of every key: its number in decimal, with leading zeros to one length. null_bytes: no keys.
    std::int32_t key_bytes() const { return key_bytes_; }
    // The number of the key of a record whose key is by_number.
    std::uint64_t key_by_number(std::uint64_t number) const
    {
        return number % description_.cardinality;
    }
    std::string key_text(std::uint64_t key) const;
    // null_bytes: a tombstone.
    std::int32_t value_bytes(std::uint64_t number) const
    {
        return fixed_ ? fixed_bytes_ : drawn_value_bytes(number);
    }
    // Appends value_bytes(number) bytes; none for a tombstone.
    void write_value(std::uint64_t number, std::string& bytes) const;
    std::vector<RecordHeader> const& headers() const { return description_.headers; }
    // The count of headers and all of them, as each record has them in format v2.
    std::uint32_t header_bytes() const { return header_bytes_; }

private:
    std::int32_t drawn_value_bytes(std::uint64_t number) const;

    Description description_;
    std::uint64_t sender_hash_{0};
    std::int32_t key_bytes_{null_bytes};
    bool fixed_{true};  // Every value has the same size.
    std::int32_t fixed_bytes_{0};
    std::uint32_t header_bytes_{1};
};

using ShapeRef = sim::Ref<RecordShape>;

}  // namespace odradek::kafka
