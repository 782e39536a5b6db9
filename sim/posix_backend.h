// The backend `posix`: real files, one for each file of the run, as DIR/<host>/<path>. What a disk
// of the run says is durable is written, and by default forced to this machine's disk with fsync.
//
// All up to a flush of the run is written together: the changes are first listed in the journal
// (sim/posix_journal.h), then made in order, then every file and directory that was changed is
// synced once. What the run's kernels write back between flushes, which nobody waits for, is
// collected for that, or written unsynced when it has become much. A killed process so leaves whole
// steps and at most one that is there in part, and the journal tells which. Small files that are
// replaced whole are written beside, synced, renamed.
//
// A file holds as many bytes as the run's disk says are durable, so at the end of a run the files
// are what the run's machines would find. What goes wrong on this machine never enters the run.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/backend.h"
#include "sim/posix_directory.h"
#include "sim/posix_journal.h"
#include "sim/storage.h"

namespace odradek::sim {

// A file that is written whole and then renamed to its name; nothing of ours when it is found.
constexpr char const* data_replacement = ".replacement";

class PosixStorage final : public Storage {
public:
    struct Options {
        bool sync{true};                    // Without it files reach the disk when this machine
                                            // likes; a killed process loses nothing by that.
        std::size_t descriptors_max{256};   // Files open at a time.
        std::size_t pending_max{4U << 20};  // Bytes kept in memory until they are written.
    };

    // Of an empty directory.
    PosixStorage(DataDirectory directory, Options options);
    ~PosixStorage() override;

    std::string_view name() const override { return "posix"; }
    std::unique_ptr<Backend> backend(HostId host, std::string_view host_name) override;
    void finish(Instant now) override;
    std::string failure() const override { return failure_; }

    // Says of each how many were made so far.
    struct Counts {
        std::uint64_t steps{0};
        std::uint64_t syncs{0};  // Of files and directories, the journal's among them.
        std::uint64_t writes{0};
        std::uint64_t opens{0};
    };
    Counts const& counts() const { return counts_; }

private:
    friend class PosixBackend;

    struct File {
        std::string path;        // Below the directory, as the changes made so far leave it.
        std::uint64_t size{0};   // As told.
        std::uint64_t ended{0};  // How long the real one is.
        std::uint32_t slot{no_slot};
        bool exists{false};
        bool named{false};    // In the journal.
        bool touched{false};  // Has something to be synced.
    };
    struct Slot {
        Descriptor descriptor;
        std::uint32_t file{0};
        std::uint64_t used{0};
    };
    struct Change {
        JournalChange::Kind kind;
        std::uint32_t file;
        std::uint64_t bytes;
        std::string path{};  // Of a renaming.
    };
    static constexpr std::uint32_t no_slot = 0xffffffff;

    std::uint32_t number_of(std::string path);
    void say(JournalChange::Kind kind, std::uint32_t file, std::uint64_t bytes,
             std::string_view content, std::string path = {});
    void create(std::uint32_t file);
    void append(std::uint32_t file, Extent const& extent);
    void truncate(std::uint32_t file, std::uint64_t bytes);
    void replace(std::uint32_t file, Extent const& extent);
    void remove(std::uint32_t file);
    void rename(std::uint32_t file, std::string path);
    void settled(Instant now, Backend::Why why);
    void read(std::uint32_t file, std::string& bytes);

    void write_down(JournalEntry::Kind kind, Instant now);
    void write_journal(JournalEntry::Kind kind, Instant now);
    void make_changes();
    void make_file(File& file);
    void make_folder(std::string const& folder);
    void write_at_end(std::uint32_t number, std::string_view bytes);
    void move_file(File& file, std::string path);
    void replace_content(std::uint32_t number, std::string_view bytes);
    void sync_all();
    int descriptor(std::uint32_t number);
    void let_go(File& file);
    void touch(std::uint32_t number);
    void touch_folder_of(File const& file);
    void fail(std::string const& path, std::string_view what, int error);
    std::string full(std::string_view path) const
    {
        return directory_.path() + "/" + std::string(path);
    }
    bool is_well() const { return failure_.empty(); }

    DataDirectory directory_;
    Options options_;
    std::vector<File> files_;
    std::set<std::string> folders_;  // Those that were made.
    std::vector<Slot> slots_;        // At most descriptors_max.
    std::uint64_t uses_{0};

    std::vector<Change> pending_;
    std::string content_;  // What the changes add, in their order.
    std::string changes_;  // The same changes, as the journal takes them.
    Instant last_now_{};   // Of the last step.

    std::vector<std::uint32_t> touched_;
    std::set<std::string> touched_folders_;
    Descriptor journal_;
    std::uint64_t entries_{0};
    bool finished_{false};
    std::string failure_;
    Counts counts_;
};

}  // namespace odradek::sim
