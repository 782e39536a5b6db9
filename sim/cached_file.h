// One file of a disk: what the page cache shows, what is durable, and the changes between the two.
// They become durable in the order in which they were made, so the durable content is always what
// the file once was; a power loss chooses how far that has come. Knows no time: sim/disk.h does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/extent.h"

namespace odradek::sim {

class Backend;
struct FileName;

// Changes are numbered from 0, since the file was made or lost power. A number also stands for the
// state of the file after so many changes: durable() <= changes().
class CachedFile {
public:
    explicit CachedFile(std::string path);

    std::string const& path() const { return path_; }  // In the page cache.
    std::string const& durable_path() const;
    bool exists() const { return exists_; }
    std::uint64_t size() const { return size_; }  // Bytes of extents().
    // The page cache's view.
    std::vector<Extent> const& extents() const { return extents_; }
    std::uint64_t changes() const { return changes_; }

    // -- Changes ----------------------------------------------------------------------------------
    void append(Ref<Blob> blob);
    void cut(std::size_t extents);
    void replace(Ref<Blob> blob);
    void remove();
    void rename(std::string path);
    // The directory never had it: after a power loss of a file without durable content.
    void forget();
    // Makes a removed file again, empty; everything before has been made durable.
    void make_again();

    // -- Becoming durable -------------------------------------------------------------------------
    std::uint64_t durable() const { return durable_; }
    // Bytes that are durable and are what was written.
    std::uint64_t durable_valid() const { return durable_valid_; }
    std::uint64_t durable_bytes() const { return durable_bytes_; }
    // The durable content.
    std::vector<Extent> durable_extents() const;

    // A flush takes charge of the changes that no flush has yet: they are clean from now on.
    // `bytes` is what it has to move.
    struct Taken {
        std::uint64_t from;
        std::uint64_t to;
        std::uint64_t bytes;
    };
    Taken take();
    // What was appended by these changes will never be written, though it counts as clean: when it
    // becomes durable, it does so as a hole.
    void lose(std::uint64_t from, std::uint64_t to);
    // The file system's journal has the cut, renaming or removal with this number, so it is
    // durable, ahead of appends before it that are not: what it left of those counts as appended
    // after it, and ages like the last changes before it. Nothing is done while a write of the file
    // is lost.
    void commit(std::uint64_t change, Backend* backend, FileName name);
    // So many more changes are old enough to be written back.
    void age(std::uint64_t changes) { aged_ += changes; }
    // A flush said that these changes are durable, and it lied: a replacement among them was
    // renamed and becomes durable as everything else does.
    void believe(std::uint64_t from, std::uint64_t to);
    // How far write-back has come, if so many more changes have aged. It does not make a
    // replacement durable: that is not renamed before its own flush is complete.
    std::uint64_t written_back(std::uint64_t more = 0) const;
    // The first `changes` changes are durable. Tells the backend, if there is one.
    void make_durable(std::uint64_t changes, Backend* backend, FileName name);

    // Turns over one bit of a durable extent. The page cache shows the damage too, unless it still
    // has what was written and hides it until power is lost.
    void rot(std::size_t extent, std::uint64_t bit, bool hidden, Backend& backend,
             FileName const& name);

    // -- Power loss
    // ---------------------------------------------------------------------------------- How many
    // bytes can be torn off the end of the state after `changes` changes: those of the last
    // change's extent, if it is an append that is not durable and not a hole; else 0.
    std::uint64_t tearable(std::uint64_t changes) const;
    struct Loss {
        std::uint64_t kept{0};
        std::uint64_t lost{0};
        std::uint64_t restored{0};
    };
    // The page cache is gone; the state after `changes` changes is durable, less `torn` bytes of
    // its last extent.
    Loss lose_power(std::uint64_t changes, std::uint64_t torn, Backend& backend,
                    FileName const& name);

private:
    // A change that is not an append and is not durable yet: it takes extents away, or none.
    struct Turn {
        enum class Kind : std::uint8_t { cut, replacement, removal, renaming } kind;
        std::uint64_t change;         // Its number.
        std::size_t kept;             // How many extents it left; a replacement adds one to these.
        std::vector<Extent> removed;  // To be put back if it is undone.
        std::string was;              // Renaming: the path before.
        bool believed{false};         // A replacement whose flush lied.
    };
    // A durable extent that is not what the page cache shows.
    struct Flaw {
        std::size_t extent;
        Extent is;
    };
    // Changes from..to-1.
    struct Range {
        std::uint64_t from;
        std::uint64_t to;
    };

    void turn(Turn::Kind kind, std::size_t kept);
    bool is_lost(std::uint64_t change) const;
    Extent& shown_durable(std::size_t position);
    Flaw const* flaw_at(std::size_t position) const;
    Extent const& extent_of(std::uint64_t change, std::size_t position) const;
    std::size_t extents_before(std::uint64_t change) const;
    void undo_to_durable(std::vector<Extent>& extents) const;
    void append_durable(Extent extent, Backend* backend, FileName const& name);
    std::string_view path_after(std::size_t index) const;
    void turn_durable(std::size_t index, Backend* backend, FileName& name);

    std::string path_;
    std::vector<Extent> extents_;
    std::vector<Turn> turns_;  // Ascending, all from `durable_` on.
    std::vector<Range> lost_;  // Ascending.
    std::vector<Flaw> flaws_;  // Ascending.
    std::uint64_t size_{0};
    std::uint64_t changes_{0};
    std::uint64_t taken_{0};          // How many changes some flush has taken charge of.
    std::uint64_t aged_{0};           // How many are old enough to be written back.
    std::uint64_t durable_{0};        // How many are durable.
    std::size_t durable_extents_{0};  // How many extents the durable content has,
    std::uint64_t durable_bytes_{0};  // their bytes,
    std::uint64_t durable_valid_{0};  // and how many of these are what was written.
    bool exists_{true};
};

}  // namespace odradek::sim
