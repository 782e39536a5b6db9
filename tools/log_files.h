// The files that kafka-dump-log is asked about: on this machine, or on the disks of a run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/app.h"

namespace odradek::cli {

struct LogFile {
    std::string path;  // As it is shown.
    std::string bytes;

    std::string name() const;  // Behind the last slash.
    // "log" of "orders-0/00000000000000000000.log"; empty if there is none.
    std::string suffix() const;
    // The number that a segment's files are named after.
    std::optional<std::int64_t> base_offset() const;
};

class LogFiles {
public:
    virtual ~LogFiles() = default;
    // Nothing: there is no such file.
    virtual std::optional<LogFile> find(std::string const& path) const = 0;
    // All there are, as --files takes them; empty where that cannot be said.
    virtual std::vector<std::string> names() const = 0;
    // The file beside that one, of another kind: "log" of an index.
    std::optional<LogFile> beside(LogFile const& file, std::string const& suffix) const;
};

// Of --run and --at, or else of this machine.
std::unique_ptr<LogFiles> open_log_files(Arguments const& arguments);

}  // namespace odradek::cli
