// One host's disk: files of extents over a page cache. A process crash keeps the page cache
// (everything written); a power loss keeps what was flushed or written back, plus a drawn part of
// the rest, possibly torn in the middle of an extent. What programs promise each other rests on
// that difference.
//
// Changes of one file (append, truncate, replace, remove) reach the disk in the order in which they
// were made, as on a journaling file system with ordered metadata (ext4 data=ordered, XFS): a power
// loss keeps a prefix of them. So a cut that was neither flushed nor written back is undone and the
// old tail is there again, but never the old tail together with what was appended after the cut.
// Files know no order among each other.
//
// The disk decides what happens when; a Backend (sim/backend.h) keeps the bytes that are durable
// and is told in the order they become so. Content is lazy: an extent holds a reference to an
// immutable Blob that is turned into bytes only when a backend or a torn write asks.
//
// Nothing here schedules events: each operation answers when it is complete, and the engine makes
// what a process sends afterwards wait for that moment. The page cache shows a change at once; what
// has completed by time alone (flushes, the kernel's write-back) is worked out at the next call, in
// order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cached_file.h"
#include "sim/chance.h"
#include "sim/distribution.h"
#include "sim/extent.h"
#include "sim/fifo.h"
#include "sim/id.h"
#include "sim/ratio.h"
#include "sim/ref.h"
#include "sim/time.h"

namespace odradek::sim {

enum class DiskError : std::uint8_t {
    none,
    no_space,      // ENOSPC: nothing of the write was kept.
    io_error,      // EIO on read or write.
    flush_failed,  // fsync said EIO; the kernel has marked the pages clean: they may never reach
                   // the disk.
    gone,          // The device does not answer any more.
};
char const* to_string(DiskError error);

// When an operation is complete and how it ended. An operation that begins while the disk is
// stalled has a number in `held`, and `at` is never(): remove_fault() says when it completes, with
// that number.
struct Completion {
    Instant at;
    DiskError error{DiskError::none};
    std::uint32_t held{0};
};

// What a power loss does to bytes that were written but are not durable yet.
enum class PowerLoss : std::uint8_t {
    keep_all,              // The kernel happened to have written everything back.
    lose_unsynced,         // Everything not flushed and not yet written back is gone.
    lose_random_unsynced,  // Each file keeps a drawn prefix of its changes, every length equally
                           // likely.
    torn_tail,  // As lose_random_unsynced, but if the last change kept is an append, it is
                // cut somewhere inside.
};
char const* to_string(PowerLoss model);

struct DiskQuality {
    Distribution read{};   // Per operation, after its bytes were moved.
    Distribution write{};  // Into the page cache; costs nothing else.
    // fsync, after its bytes were moved. The journal is committed by one at a time; all that are
    // asked for meanwhile are served by the next (group commit, as ext4 and XFS do).
    Distribution flush{};
    std::uint64_t bandwidth{0};  // Bytes per second that reads and flushes move; 0 is unlimited.
    std::uint64_t capacity{0};   // Bytes; 0 is unlimited.
    PowerLoss power_loss{PowerLoss::lose_unsynced};
    // The kernel has written a dirty page back after this long (30 s is Linux's
    // dirty_expire_centisecs); forever() is never. Takes no bandwidth from flushes and reads.
    Duration write_back{30'000'000'000};
    // Of an extent that a power loss makes the machine read from the device again: a bit of it has
    // turned over.
    Ratio bit_rot{};
};

// A fault, undone by its number. Several at once: of each distribution the latest counts, of
// bandwidth and room the least; errors of several faults are independent of each other.
struct DiskFault {
    // Only what lies below this directory, "d0"; empty: the whole disk. A directory can be gone or
    // have errors; the rest is the disk's.
    std::string under{};
    // Instead of the disk's own while the fault lasts.
    std::optional<Distribution> read{};
    std::optional<Distribution> write{};
    std::optional<Distribution> flush{};
    std::optional<std::uint64_t> bandwidth{};  // Bytes per second; the least counts.
    // What begins meanwhile completes when the last stall is gone, and nothing is written back.
    // What began before completes when it was said to.
    bool stalled{false};
    bool full{false};  // Appends and replacements fail with no_space.
    // What is left, when the fault begins, until no_space.
    std::optional<std::uint64_t> free_bytes{};
    Ratio read_errors{};  // Of a read: fails with io_error. {1, 1} is always.
    // Of an append, cut, replacement or removal: fails with io_error and changes nothing.
    Ratio write_errors{};
    // Of a flush: fails with flush_failed, and what it should have written counts as clean from
    // then on. It can still be read, but no later flush writes it: a power loss shows zeros in its
    // place (Extent), or the end of the file if nothing after it became durable. A failed
    // replacement changes nothing.
    Ratio flush_errors{};
    // Of a flush or replacement: it completes as if all were well, and nothing has become durable
    // (a drive that keeps it in a cache of its own). The kernel's write-back or a flush that does
    // not lie makes it durable later.
    Ratio flush_lies{};
    // Of an append that finds too little room: what has room is written before no_space is said,
    // as write(2) does. Else nothing is.
    bool short_writes{false};
    // A new file's directory entry is durable only with the next flush of any file, which forces
    // the journal, or with the first of its bytes that is written back; a power loss before that
    // may take the file away. Else it is durable at once, as after an fsync of the directory.
    bool loses_names{false};
    // Every operation fails at once and changes nothing; nothing is written back.
    bool gone{false};
};

// An operation that waited for the end of a stall; `completion.held` is its number.
struct Resumed {
    FileId file;
    Completion completion;
};

// What a power loss did to one file, for the story.
struct LostBytes {
    FileId file;
    std::uint64_t kept{0};      // Bytes that are there and are what was written.
    std::uint64_t lost{0};      // Bytes that could be read before and cannot any more.
    std::uint64_t restored{0};  // Bytes that were cut, replaced or removed and are there again.

    bool operator==(LostBytes const&) const = default;
};

class Backend;
struct FileName;

// Owns a backend; a copy owns a copy of all that the backend keeps.
class BackendOwner {
public:
    explicit BackendOwner(std::unique_ptr<Backend> backend);
    BackendOwner(BackendOwner const& other);
    BackendOwner(BackendOwner&&) noexcept;
    BackendOwner& operator=(BackendOwner other) noexcept;
    ~BackendOwner();

    Backend* get() const { return backend_.get(); }

private:
    std::unique_ptr<Backend> backend_;
};

// A value: a copy of it goes its own way, with a copy of its backend.
class Disk {
public:
    Disk(HostId host, DiskQuality quality);  // Over a MemoryBackend.
    Disk(HostId host, DiskQuality quality, std::unique_ptr<Backend> backend);

    // The file of that path, made (empty, its directory entry durable) if there is none. Opening
    // takes no time and does not fail, whatever fault there is. A path keeps its number until its
    // file is renamed.
    FileId open(std::string_view path);
    std::optional<FileId> find(std::string_view path) const;  // Of a file that exists.
    std::string const& path(FileId file) const;
    bool exists(FileId file) const;
    // The device of that file answers: what is asked of it now does not fail with `gone`.
    bool answers(FileId file) const;
    std::size_t file_count() const;         // Files ever made; their numbers are below it.
    std::uint64_t size(FileId file) const;  // Bytes, in the page cache.
    // What a process reads back: the page cache's view, in order.
    std::vector<Extent> const& extents(FileId file) const;
    // What a power loss now surely keeps: bytes that are durable and are what was written.
    std::uint64_t durable_size(Instant now, FileId file) const;
    std::uint64_t used_bytes() const;

    // Appends to the page cache. With an error nothing of it was kept.
    Completion append(Instant now, Chance&, FileId file, Ref<Blob> blob);
    // Cuts the file to its first `extents` extents; durable when written back, or with the next
    // flush of any file: that forces the journal of the file system, which keeps cuts and removals
    // in order.
    Completion truncate(Instant now, Chance&, FileId file, std::size_t extents);
    // fsync: all that was appended or cut before is durable once complete.
    Completion flush(Instant now, Chance&, FileId file);
    // Small files that are replaced whole: temporary file, fsync, rename, fsync of the directory.
    // After a power loss before completion the old content is there (but the models that keep more
    // than they must may keep the new one), afterwards the new one. Needs room for both.
    Completion replace(Instant now, Chance&, FileId file, Ref<Blob> blob);
    // Reads from the device, not from the page cache.
    Completion read(Instant now, Chance&, FileId file, std::uint64_t bytes);
    // Deletes the file; its path keeps the number. Durable when a cut would be.
    Completion remove(Instant now, Chance&, FileId file);
    // From here on the file is called `path`, which no other file may be; it keeps its number.
    // Durable when a cut would be: renamings, cuts and removals keep their order.
    Completion rename(Instant now, Chance&, FileId file, std::string_view path);

    // Nothing written is lost; operations under way complete, held ones too.
    void process_died(Instant now);
    // What is not durable is lost, by `model` or else the disk's own; flushes that are not complete
    // count for nothing, and held operations will never complete. Faults stay. Answers with the
    // files that changed, ascending.
    std::vector<LostBytes> lose_power(Instant now, Chance&, std::optional<PowerLoss> model = {});

    // The device is exchanged for an empty one of its make while the host has no power. Paths keep
    // their numbers; faults stay.
    void wipe();

    std::uint32_t add_fault(Instant now, DiskFault fault);
    // Answers, if this was the last stall, with the operations that were held, in the order in
    // which they began; they go on from now.
    std::vector<Resumed> remove_fault(Instant now, std::uint32_t fault);
    void set_power_loss(PowerLoss model);

    // A bit of what is on the device turns over: any bit of any durable byte below the directory
    // `under` (empty: of the whole disk) is as likely. `hidden`: the page cache still has what was
    // written, and shows it until power is lost; else it has let go of it. Nothing if nothing is
    // durable there.
    struct RottenBit {
        FileId file;
        std::uint64_t byte{0};  // Of the file.
    };
    std::optional<RottenBit> rot(Instant now, Chance&, std::string_view under, bool hidden);

    // Tells the backend what has become durable up to `now`; called when a run ends or is saved.
    void settle(Instant now);
    // The run is over: what the page cache shows becomes durable, as when a machine is shut down in
    // order; not on a disk or in a directory that is stalled or gone, nor what a failed flush lost.
    void unmount(Instant now);

    // -- For tests and exports --------------------------------------------------------------------
    Backend const& backend() const { return *backend_.get(); }
    // What is durable as far as the backend has been told.
    std::vector<Extent> durable_extents(FileId file) const;
    // The first file of which the backend keeps something else than that.
    std::optional<FileId> first_difference() const;

private:
    // A flush under way: the file's first `changes` changes are durable at `at`.
    struct Flush {
        Instant at;
        FileId file;
        std::uint64_t changes;
        std::uint64_t journal;  // How many journal entries it forces.
    };
    // A change of a file that the journal orders: a cut, a removal, a renaming, a replacement.
    struct JournalEntry {
        FileId file;
        std::uint64_t change;
        bool renames{false};  // A replacement: durable by its own flush.
        bool names{false};    // The file was made, and has no change yet.
    };
    // A file that was made, until its name is durable, and its entry of the journal.
    struct NewName {
        FileId file;
        std::uint64_t entry;
    };
    // Changes of one file made at one moment, until they are written back.
    struct Dirty {
        Instant written;
        FileId file;
        std::uint32_t changes;
    };
    // An operation that has begun, and what it needs of the device.
    struct Operation {
        enum class Kind : std::uint8_t { cached, flush, replacement, read } kind;
        FileId file;
        DiskError error{DiskError::none};
        Duration before{};          // Until the device is needed.
        Duration latency{};         // Of the device.
        Duration second_latency{};  // Of a replacement: of the directory's flush.
        std::uint64_t bytes{0};     // To be moved.
        std::uint64_t from{0};      // Changes from..to-1 of the file become durable.
        std::uint64_t to{0};
        std::uint64_t journal{0};
        std::uint32_t number{0};  // If it was held.
        bool lies{false};
    };
    struct Fault {
        std::uint32_t number;
        std::uint64_t room;  // used_bytes() may not exceed this.
        DiskFault is;
    };
    // The disk's quality and its faults, taken together.
    struct Conditions {
        Distribution read, write, flush;
        std::uint64_t bandwidth{0};
        std::uint64_t room{0};
        Ratio read_errors, write_errors, flush_errors, flush_lies;
        bool short_writes{false};
        bool loses_names{false};
        bool stalled{false};
        bool gone{false};
        bool parts{false};  // Some fault is of a directory only.
    };
    // What may go wrong with one file.
    struct Errors {
        Ratio read, write, flush, lies;
        bool gone{false};
    };

    CachedFile const& file(FileId id) const;
    CachedFile& existing(FileId id);
    FileName name_of(FileId id) const;
    void refresh_conditions();
    Errors errors_of(FileId id) const;
    bool is_gone(FileId id) const;
    Actor actor(FileId id) const;
    DiskError error_of_write(Chance&, FileId, std::uint64_t bytes);
    Completion begin(Instant now, Operation operation);
    Completion carry_out(Instant now, Operation const& operation);
    Instant transfer(Instant now, std::uint64_t bytes);
    Instant commit(Instant ready, Duration latency);
    void changed(Instant now, FileId id);
    void enter(FileId id, bool renames);
    void note_new_name(FileId id);
    void free_path(std::string_view path);
    void list_paths();
    std::uint64_t journal_end() const { return journal_begin_ + journal_.size(); }
    void force_journal(std::uint64_t end);
    Instant due(Dirty const& dirty) const;
    void settle_due(Instant now);
    bool finds_entry(Chance&, JournalEntry const& entry, PowerLoss,
                     std::vector<std::uint64_t> const& found) const;
    void rot_anew(Chance&, std::vector<LostBytes>& report);
    std::uint64_t survivors(Chance&, FileId, PowerLoss) const;

    HostId host_;
    DiskQuality quality_;
    BackendOwner backend_;
    std::vector<CachedFile> files_;   // Indexed by FileId.
    std::vector<FileId> by_path_;     // Sorted by path; of two with one path that which exists.
    std::vector<NewName> new_names_;  // In the order in which they were made.
    bool renamed_{false};             // Some file was, since the last power loss.
    std::uint64_t used_{0};           // Bytes of all files in the page cache.
    Fifo<Flush> flushes_;             // Ascending in time: one after the other.
    Fifo<Dirty> dirty_;               // Ascending in time.
    Fifo<JournalEntry> journal_;      // What no flush has forced yet,
    std::uint64_t journal_begin_{0};  // and how many entries were before.
    Instant moved_;                   // When the device has moved all bytes asked for so far.
    Instant commit_begins_;      // Of the journal: the latest one, which may have yet to begin,
    Instant commit_ends_;        // and when it is complete.
    bool frozen_{false};         // Stalled or gone: nothing is written back.
    std::vector<Fault> faults_;  // Ascending in number.
    Conditions conditions_;
    std::vector<Operation> held_;  // In the order in which they began.
    std::vector<Dirty> parked_;    // Old enough, but their directory is gone.
    std::uint32_t fault_last_{0};
    std::uint32_t held_last_{0};
};

}  // namespace odradek::sim
