// Looks at a data directory that somebody has left, in order or not: does each file hold what the
// journal says it must hold, to the byte?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/posix_directory.h"
#include "sim/time.h"

namespace odradek::sim {

struct DataReport {
    struct Remark {
        std::string path;  // Below the directory.
        std::string what;
    };
    DataFacts facts{};
    bool closed{false};                // The run ended and said so.
    std::uint64_t steps{0};            // Steps of the run that are whole.
    Instant now{};                     // The moment of the last of them.
    std::uint64_t entries{0};          // Of the journal.
    std::uint64_t cut_entry{0};        // Bytes of an entry that its process did not finish.
    std::uint64_t files{0};            // That are there, and
    std::uint64_t bytes{0};            // what they hold.
    std::vector<Remark> partial{};     // What is there of the step under way, file by file.
    std::vector<Remark> damaged{};     // What no killed process leaves: somebody else was at it.
    std::vector<std::string> paths{};  // The files that are there, ascending.

    bool good() const { return damaged.empty(); }
};

// The directory is locked meanwhile. Throws StorageError if it cannot be read.
DataReport verify_data(DataDirectory const& directory);

}  // namespace odradek::sim
