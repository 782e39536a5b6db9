// One host's disk: files of extents over a page cache. A process crash keeps the page cache (everything
// written); a power loss keeps what was flushed or written back, plus a drawn part of the rest, possibly
// torn in the middle of an extent. Kafka's guarantees rest on that difference.
//
// The disk decides what happens when; a Backend (sim/backend.h) keeps the bytes that are durable and is
// told in the order they become so. Content is lazy: an extent holds a reference to an immutable Blob
// that is turned into bytes only when a backend or a torn write asks.
//
// Nothing here schedules events: each operation answers when it is complete, and the engine makes what a
// process sends afterwards wait for that moment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chance.h"
#include "sim/distribution.h"
#include "sim/id.h"
#include "sim/ref.h"
#include "sim/time.h"

namespace odradek::sim {

// Immutable content of a stretch of a file; made into bytes only when asked.
class Blob : public Shared {
public:
    virtual std::uint64_t size() const = 0;  // Bytes.
    // Appends exactly size() bytes.
    virtual void write_to(std::string& bytes) const = 0;
};

// A stretch of a file. `valid` < blob->size() when only a part survived (a torn write): the bytes from
// `valid` on are not what was written.
struct Extent {
    Ref<Blob> blob;
    std::uint64_t valid{0};

    bool torn() const { return valid != blob->size(); }
};

enum class DiskError : std::uint8_t {
    none,
    no_space,     // ENOSPC: nothing of the write was kept.
    io_error,     // EIO on read or write.
    flush_failed, // fsync said EIO; the kernel has marked the pages clean: they may never reach the disk.
    gone,         // The device does not answer any more.
};
char const* to_string(DiskError error);

// When an operation is complete and how it ended.
struct Completion {
    Instant at;
    DiskError error{DiskError::none};
};

// What a power loss does to bytes that were written but are not durable yet.
enum class PowerLoss : std::uint8_t {
    keep_all,              // The kernel happened to have written everything back.
    lose_unsynced,         // Everything not flushed and not yet written back is gone.
    lose_random_unsynced,  // Each file keeps a drawn prefix of it, at extent boundaries.
    torn_tail,             // As lose_random_unsynced, but the last kept extent is cut somewhere inside.
};

struct DiskQuality {
    Distribution read;    // Per operation, before bandwidth.
    Distribution write;   // Into the page cache.
    Distribution flush;   // fsync, before bandwidth.
    std::uint64_t bandwidth{0};  // Bytes per second that reads and flushes move; 0 is unlimited.
    std::uint64_t capacity{0};   // Bytes; 0 is unlimited.
    PowerLoss power_loss{PowerLoss::lose_unsynced};
    Duration write_back{30'000'000'000};  // The kernel writes a dirty page back after this long.
};

// Faults, each undone by number.
struct DiskFault {
    std::optional<Distribution> read, write, flush;  // Replace the disk's own while the fault lasts.
    std::optional<std::uint64_t> bandwidth;          // The minimum counts.
    bool stalled{false};        // Nothing completes until the fault is gone (Completion.at = never()).
    bool full{false};           // Appends fail with no_space.
    bool read_errors{false};
    bool write_errors{false};
    bool flush_errors{false};
    bool gone{false};           // Every operation fails.
};

// One line per file that lost something in a power loss, for the story.
struct LostBytes {
    FileId file;
    std::uint64_t kept{0};  // Bytes that are still there.
    std::uint64_t lost{0};
};

class Backend;

class Disk {
public:
    Disk(HostId host, DiskQuality quality);

    // The file of that path, made (empty, its directory entry durable) if there is none.
    FileId open(std::string_view path);
    std::optional<FileId> find(std::string_view path) const;
    std::string const& path(FileId file) const;
    std::size_t file_count() const;
    std::uint64_t size(FileId file) const;  // Bytes, in the page cache.
    // What a process reads back: the page cache's view, in order.
    std::vector<Extent> const& extents(FileId file) const;
    std::uint64_t durable_size(Instant now, FileId file) const;  // What a power loss now surely keeps.
    std::uint64_t used_bytes() const;

    // Appends to the page cache.
    Completion append(Instant now, Chance&, FileId file, Ref<Blob> blob);
    // Cuts the file to its first `extents` extents; durable with the next flush of the file.
    Completion truncate(Instant now, Chance&, FileId file, std::size_t extents);
    // fsync: all that was appended or cut before is durable once complete.
    Completion flush(Instant now, Chance&, FileId file);
    // Small files that are replaced whole: temporary file, fsync, rename, fsync of the directory. After
    // a power loss before completion the old content is there, afterwards the new one.
    Completion replace(Instant now, Chance&, FileId file, Ref<Blob> blob);
    Completion read(Instant now, Chance&, FileId file, std::uint64_t bytes);
    // Deletes the content; the id stays reserved.
    Completion remove(Instant now, Chance&, FileId file);

    // Nothing written is lost; operations under way complete.
    void process_died(Instant now);
    std::vector<LostBytes> lose_power(Instant now, Chance&);

    std::uint32_t add_fault(Instant now, DiskFault fault);
    void remove_fault(Instant now, std::uint32_t fault);
    void set_power_loss(PowerLoss model);

    // Tells the backend what has become durable up to `now`; called when a run ends or is saved.
    void settle(Instant now);

private:
    HostId host_;
    DiskQuality quality_;
    // (the implementer adds state here; all of it values)
};

}  // namespace odradek::sim
