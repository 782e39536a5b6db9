// What a data directory's journal says: every change of its files, in the order in which it was
// made, written before it is made. So whoever finds the directory after its process was killed
// knows what each file must hold, to the byte, and which changes may be there only in part.
//
// odradek.journal is a row of entries: length of the rest (4 bytes), check of it and of the entry's
// number (8 bytes), then moment (8), kind of entry (1) and the changes. All numbers little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.h"

namespace odradek::sim {

constexpr char const* data_journal = "odradek.journal";

struct JournalChange {
    enum class Kind : std::uint8_t {
        name = 1,  // A number stands for this path from now on; files are numbered from 0.
        create,    // `bytes` is 0 in this one and in remove.
        append,
        truncate,  // `bytes` is the length it has afterwards.
        replace,
        remove,
        rename,
    } kind{};
    std::uint32_t file{0};
    std::uint64_t bytes{0};
    std::uint64_t check{0};  // content_check() of what is appended or of the new content.
    std::string path{};      // Of a name, and where a renamed file is from now on.
};

struct JournalEntry {
    enum class Kind : std::uint8_t {
        part = 1,  // A step of the run goes on in the next entry: it was long.
        step,      // A step of the run ends.
        closed,    // The run is over and all that was said is there. Nothing follows.
    } kind{};
    Instant now{};
    std::vector<JournalChange> changes{};
};

// Of bytes that a file holds; differs when one bit does.
std::uint64_t content_check(std::string_view bytes);

// The entry as bytes; `number` counts the entries from 0. Changes are given as append_change()
// writes them.
void append_change(std::string& changes, JournalChange const& change);
std::string encode_entry(std::uint64_t number, JournalEntry::Kind kind, Instant now,
                         std::string_view changes);

// Reads entries until the end or the first that is not whole: the last one a killed process wrote.
class JournalReader {
public:
    explicit JournalReader(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

    std::optional<JournalEntry> next();
    std::uint64_t entries() const { return number_; }  // Read so far.
    // Bytes from the first that belongs to no whole entry to the end; 0: all is read.
    std::uint64_t unread() const { return rest_.size(); }
    std::uint64_t position() const { return size_ - rest_.size(); }

private:
    std::string_view rest_;
    std::uint64_t size_;
    std::uint64_t number_{0};
};

}  // namespace odradek::sim
