// Where the disks of one run keep their durable bytes: a place, and one backend for each host in
// it. What goes wrong there (the machine's own disk is full, the directory is not ours) never
// enters the run.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sim/backend.h"
#include "sim/id.h"
#include "sim/time.h"

namespace odradek::sim {

// A place that cannot be used: a mistake of whoever named it, or an error of this machine.
struct StorageError : std::exception {
    std::string path;
    std::string message;     // What is wrong, without full stop.
    std::string suggestion;  // What would be right; may be empty.

    StorageError(std::string path_, std::string message_, std::string suggestion_ = {})
        : path(std::move(path_)), message(std::move(message_)), suggestion(std::move(suggestion_))
    {
    }
    char const* what() const noexcept override { return message.c_str(); }
};

// Outlives the backends that it gave out.
class Storage {
public:
    virtual ~Storage() = default;
    Storage& operator=(Storage const&) = delete;

    virtual std::string_view name() const = 0;  // "posix".
    // For a host that has none yet. `host_name` is different for each host of a run.
    virtual std::unique_ptr<Backend> backend(HostId host, std::string_view host_name) = 0;
    // The run is over and nothing will be said any more: all is kept and the place is let go.
    virtual void finish(Instant now) = 0;
    // Why bytes are missing, empty if all is well.
    virtual std::string failure() const = 0;

protected:
    Storage() = default;
    Storage(Storage const&) = default;
};

}  // namespace odradek::sim
