// The indexes of one segment: entries in memory, and how much of them the file has. A file gets
// whole pages while the segment is written to, and the rest when it is flushed or closed: what a
// memory-mapped file is on a machine. After an unclean shutdown they are made anew from the log,
// from the recovery point on. Source: AbstractIndex, OffsetIndex, TimeIndex.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/out.h"
#include "model/types.h"

namespace odradek::kafka {

// Big-endian, as all numbers in Kafka's files.
void put_int32(std::string& bytes, std::int32_t value);
void put_int64(std::string& bytes, std::int64_t value);

// NNN.index: the batch with that offset in it begins at that byte of the .log.
struct OffsetIndexEntry {
    static constexpr std::uint32_t bytes = 8;
    std::uint32_t relative_offset;  // To the segment's base; of the batch's last record.
    std::uint32_t position;

    void write_to(std::string& out) const;
    bool operator==(OffsetIndexEntry const&) const = default;
};

// NNN.timeindex: no record up to that offset is later than that time.
struct TimeIndexEntry {
    static constexpr std::uint32_t bytes = 12;
    std::int64_t timestamp_ms;
    std::uint32_t relative_offset;

    void write_to(std::string& out) const;
    bool operator==(TimeIndexEntry const&) const = default;
};

// A stretch of an index file.
template <class Entry>
class IndexPage final : public sim::Blob {
public:
    explicit IndexPage(std::vector<Entry> list) : entries(std::move(list)) {}
    std::uint64_t size() const override { return entries.size() * Entry::bytes; }
    void write_to(std::string& out) const override
    {
        for (Entry const& entry : entries)
            entry.write_to(out);
    }

    std::vector<Entry> entries;
};

template <class Entry>
class SegmentIndex {
public:
    static constexpr std::size_t page_entries = 4096 / Entry::bytes;

    std::vector<Entry> const& entries() const { return entries_; }
    std::optional<sim::FileId> file() const { return file_; }
    // The file's entries are read; what is torn counts for nothing. False: it is not an index.
    bool load(Env const& env, sim::FileId file)
    {
        file_ = file;
        for (sim::Extent const& extent : env.read(file)) {
            auto const* page = dynamic_cast<IndexPage<Entry> const*>(extent.blob.get());
            if (page == nullptr || extent.torn())
                return false;
            entries_.insert(entries_.end(), page->entries.begin(), page->entries.end());
        }
        written_ = entries_.size();
        return true;
    }
    // Whole pages go to the file, which is made when it is needed; only then is path_of() asked.
    template <class PathOf>
    void push(Env const& env, PathOf const& path_of, Entry entry, Out& out)
    {
        entries_.push_back(entry);
        if (entries_.size() - written_ >= page_entries)
            write(env, path_of(), out);
    }
    // All goes to the file.
    void write(Env const& env, std::string_view path, Out& out)
    {
        if (written_ == entries_.size())
            return;
        if (!file_) {
            file_ = env.open(path);
            out.create(*file_);  // An older file of that path may be about to go.
        }
        auto const from = entries_.begin() + static_cast<std::ptrdiff_t>(written_);
        out.append(*file_, sim::share<IndexPage<Entry>>(std::vector<Entry>(from, entries_.end())));
        written_ = entries_.size();
        unflushed_ = true;
    }
    void flush(Env const& env, std::string_view path, Out& out)
    {
        write(env, path, out);
        if (file_ && std::exchange(unflushed_, false))
            out.flush(*file_);
    }
    // Its file, if it has one, is called otherwise from here on.
    void rename(std::string path, Out& out)
    {
        if (file_)
            out.rename(*file_, std::move(path));
    }
    // Only entries of what lies before `end` stay; `base`: of the segment.
    void truncate_to(Offset base, Offset end, Out& out)
    {
        auto const at =
            std::partition_point(entries_.begin(), entries_.end(), [&](Entry const& entry) {
                return base + std::int64_t{entry.relative_offset} < end;
            });
        cut(static_cast<std::size_t>(at - entries_.begin()), out);
    }
    // Only the first `count` entries stay.
    void cut(std::size_t count, Out& out)
    {
        if (count >= entries_.size())
            return;
        entries_.resize(count);
        if (written_ <= count)
            return;
        out.truncate(*file_, 0);
        written_ = 0;
        unflushed_ = true;
    }
    // Empties it and its file; what is not in the order of an index goes too.
    void reset(Out& out)
    {
        entries_.clear();
        if (file_) {
            out.truncate(*file_, 0);
            unflushed_ = true;
        }
        written_ = 0;
    }

private:
    std::vector<Entry> entries_;
    std::optional<sim::FileId> file_;
    std::size_t written_{0};  // So many of the entries are in the file.
    bool unflushed_{false};
};

}  // namespace odradek::kafka
