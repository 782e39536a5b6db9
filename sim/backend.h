// Where the durable bytes of one host's disk are kept. The disk (sim/disk.h) decides what becomes
// durable and when; a backend is told, in the order in which it becomes so, and decides nothing: a
// run is the same, to the digest, on every backend. tests/sim/backend_test.cpp is what each must
// pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sim/extent.h"
#include "sim/id.h"
#include "sim/time.h"

namespace odradek::sim {

// Which file is meant. A backend may go by the number, which never changes, or by the path: that
// which is durable.
struct FileName {
    HostId host;
    FileId file;
    std::string_view path;  // Relative, '/' between its parts; valid during the call.
};

// A file is created before anything else is said of it. It is a row of extents; each takes as many
// bytes as its blob has, whole or not: the bytes of a torn extent from `valid` on are zeros.
class Backend {
public:
    virtual ~Backend() = default;
    Backend& operator=(Backend const&) = delete;

    virtual std::string_view name() const = 0;  // "memory".

    // -- What has become durable ------------------------------------------------------------------
    // An empty file is there. Also again, after a removal.
    virtual void create(FileName const& file) = 0;
    virtual void append(FileName const& file, Extent const& extent) = 0;
    // Only the first `extents` extents remain, which is `bytes` bytes.
    virtual void truncate(FileName const& file, std::size_t extents, std::uint64_t bytes) = 0;
    // The whole content at once: whoever looks finds the old one or the new one.
    virtual void replace(FileName const& file, Extent const& extent) = 0;
    virtual void remove(FileName const& file) = 0;
    // From here on it is called `path`; no other file is.
    virtual void rename(FileName const& file, std::string_view path) = 0;
    // What was said since the last time is one step of the run, complete at `now`: what is kept is
    // what the disk holds at that moment.
    enum class Why : std::uint8_t {
        written_back,  // Nobody waits for it, nor was anybody promised that it is kept.
        flushed,  // Somebody was: of a backend that outlives this process, all that was said so
                  // far is found again, however process and machine end after this call.
    };
    virtual void settled(Instant now, Why why)
    {
        static_cast<void>(now);
        static_cast<void>(why);
    }

    // -- What is kept -----------------------------------------------------------------------------
    virtual bool exists(FileName const& file) const = 0;
    virtual std::uint64_t size(FileName const& file) const = 0;  // Bytes; 0 if it does not exist.
    // Appends the file's content, size() bytes.
    virtual void read(FileName const& file, std::string& bytes) const = 0;

    // A copy that goes its own way, or nothing if this backend cannot be copied: then the world
    // that uses it cannot be copied either, and can_clone() says so beforehand.
    virtual bool can_clone() const { return false; }
    virtual std::unique_ptr<Backend> clone() const { return nullptr; }

    // Why this backend stopped keeping bytes (the machine's own disk is full), empty while it is
    // well. Never part of a run: the run goes on, and the command line reports it at the end.
    virtual std::string_view failure() const { return {}; }

protected:
    Backend() = default;
    Backend(Backend const&) = default;
};

}  // namespace odradek::sim
