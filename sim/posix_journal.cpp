#include "sim/posix_journal.h"

#include <bit>
#include <cstring>

#include "sim/digest.h"

namespace odradek::sim {

namespace {

constexpr std::size_t head_bytes = 12;
constexpr std::size_t path_bytes_max = 65535;

template <class Number>
void put(std::string& bytes, Number number)
{
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
}

template <class Number>
bool take(std::string_view& bytes, Number& number)
{
    if (bytes.size() < sizeof(Number))
        return false;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    number = static_cast<Number>(value);
    bytes.remove_prefix(sizeof(Number));
    return true;
}

std::uint64_t entry_check(std::uint64_t number, std::string_view payload)
{
    Digest digest;
    digest.add(number);
    digest.add(content_check(payload));
    return digest.low();
}

bool has_content(JournalChange::Kind kind)
{
    return kind == JournalChange::Kind::append || kind == JournalChange::Kind::replace;
}

bool take_change(std::string_view& bytes, JournalChange& change)
{
    std::uint8_t kind = 0;
    if (!take(bytes, kind) || !take(bytes, change.file))
        return false;
    change.kind = static_cast<JournalChange::Kind>(kind);
    switch (change.kind) {
    case JournalChange::Kind::name:
    case JournalChange::Kind::rename: {
        std::uint16_t length = 0;
        if (!take(bytes, length) || bytes.size() < length)
            return false;
        change.path = bytes.substr(0, length);
        bytes.remove_prefix(length);
        return true;
    }
    case JournalChange::Kind::create:
    case JournalChange::Kind::remove:
        return true;
    case JournalChange::Kind::append:
    case JournalChange::Kind::truncate:
    case JournalChange::Kind::replace:
        return take(bytes, change.bytes) &&
               (!has_content(change.kind) || take(bytes, change.check));
    }
    return false;
}

}  // namespace

std::uint64_t content_check(std::string_view bytes)
{
    Digest digest;
    digest.add(std::uint64_t{bytes.size()});
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        if constexpr (std::endian::native == std::endian::big)
            word = __builtin_bswap64(word);
        digest.add(word);
        bytes.remove_prefix(8);
    }
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    digest.add(word);
    return digest.low();
}

void append_change(std::string& changes, JournalChange const& change)
{
    put(changes, static_cast<std::uint8_t>(change.kind));
    put(changes, change.file);
    switch (change.kind) {
    case JournalChange::Kind::name:
    case JournalChange::Kind::rename: {
        std::string_view const path = std::string_view(change.path).substr(0, path_bytes_max);
        put(changes, static_cast<std::uint16_t>(path.size()));
        changes += path;
        break;
    }
    case JournalChange::Kind::create:
    case JournalChange::Kind::remove:
        break;
    case JournalChange::Kind::append:
    case JournalChange::Kind::truncate:
    case JournalChange::Kind::replace:
        put(changes, change.bytes);
        if (has_content(change.kind))
            put(changes, change.check);
        break;
    }
}

std::string encode_entry(std::uint64_t number, JournalEntry::Kind kind, Instant now,
                         std::string_view changes)
{
    std::string payload;
    payload.reserve(9 + changes.size());
    put(payload, static_cast<std::uint64_t>(now.ns));
    put(payload, static_cast<std::uint8_t>(kind));
    payload += changes;
    std::string bytes;
    bytes.reserve(head_bytes + payload.size());
    put(bytes, static_cast<std::uint32_t>(payload.size()));
    put(bytes, entry_check(number, payload));
    bytes += payload;
    return bytes;
}

std::optional<JournalEntry> JournalReader::next()
{
    std::string_view bytes = rest_;
    std::uint32_t length = 0;
    std::uint64_t check = 0;
    if (!take(bytes, length) || !take(bytes, check) || bytes.size() < length)
        return std::nullopt;
    std::string_view payload = bytes.substr(0, length);
    if (entry_check(number_, payload) != check)
        return std::nullopt;
    JournalEntry entry;
    std::uint64_t now = 0;
    std::uint8_t kind = 0;
    if (!take(payload, now) || !take(payload, kind))
        return std::nullopt;
    entry.now = Instant{static_cast<std::int64_t>(now)};
    entry.kind = static_cast<JournalEntry::Kind>(kind);
    while (!payload.empty()) {
        JournalChange change;
        if (!take_change(payload, change))
            return std::nullopt;
        entry.changes.push_back(std::move(change));
    }
    rest_ = bytes.substr(length);
    ++number_;
    return entry;
}

}  // namespace odradek::sim
