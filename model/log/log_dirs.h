// A broker's log directories (log.dirs; more than one is JBOD): which of them this life of the
// process can use, how each was left by the life before, and where the next replica goes. A
// directory that fails is offline until the process ends (KIP-112). Sources: LogManager,
// LogDirFailureChannel, MetaPropertiesEnsemble, CleanShutdownFileHandler; KIP-858, KIP-966.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/log/checkpoint.h"
#include "model/log/log.h"
#include "model/out.h"
#include "model/switches.h"

namespace odradek::kafka {

// .kafka_cleanshutdown: written last in an orderly shutdown into each directory, removed before
// anything of it is loaded (KAFKA-10471). Names the broker epoch of the life that ended (KIP-966).
class CleanShutdownFile final : public TextFile {
public:
    explicit CleanShutdownFile(BrokerEpoch epoch) : broker_epoch(epoch) {}
    std::string text() const override;

    BrokerEpoch broker_epoch;
};

// meta.properties: whose directory it is, and its id.
class MetaPropertiesFile final : public TextFile {
public:
    MetaPropertiesFile(BrokerId broker, DirectoryId directory) : node(broker), id(directory) {}
    std::string text() const override;

    BrokerId node;
    DirectoryId id;
};

// One of them, by its place in log.dirs.
struct LogDirectory {
    std::string path;  // As BrokerConfig::log_dirs has it.
    DirectoryId id{unassigned_directory};
    bool online{false};
    LastShutdown last{LastShutdown::unclean};
    bool loaded{false};           // Its logs have been read back.
    sim::FileId clean_shutdown;   // The files beside the logs.
    sim::FileId high_watermarks;  // replication-offset-checkpoint
    sim::FileId recovery_points;  // recovery-point-offset-checkpoint
    sim::FileId log_starts;       // log-start-offset-checkpoint
    sim::FileId cleaned;          // cleaner-offset-checkpoint

    // "d0/orders-0/..." of "orders-0/...".
    std::string path_of(std::string_view file) const;
    std::string shown() const { return path.empty() ? std::string("the log directory") : path; }
};

class LogDirs {
public:
    LogDirs(BrokerId broker, std::vector<std::string> paths, std::string metadata_path);

    // The process starts: takes the directories that can be read, and formats those that are new.
    void open(Env const& env, Out& out);
    // The logs of these are about to be loaded: from here on the end of this life is unclean unless
    // it says otherwise.
    void begin_loading(Env const& env, Out& out);

    std::vector<LogDirectory> const& all() const { return dirs_; }
    LogDirectory const& operator[](std::uint32_t index) const { return dirs_[index]; }
    bool several() const { return dirs_.size() > 1; }
    bool any_online() const;
    bool any_offline() const;
    std::vector<DirectoryId> online_ids() const;  // Ascending.
    std::optional<std::uint32_t> online_with_id(DirectoryId id) const;
    // The directory a file is in; nothing for a file of a metadata log that is kept elsewhere.
    std::optional<std::uint32_t> of(std::string_view file) const;
    // Is the metadata log in that directory?
    bool holds_metadata(std::uint32_t index) const;
    // Prefix of the metadata log's files: "" or ending in '/'.
    std::string metadata_prefix() const;

    // Where a new replica goes: the online directory with the fewest; the first in log.dirs of
    // several (LogManager.nextLogDirs). `counts`: replicas by directory.
    std::uint32_t next(std::vector<std::size_t> const& counts) const;

    // What the clean-shutdown files say, if every directory is there and all say the same: the
    // broker epoch of the life before (KIP-966, LogManager.readBrokerEpochFromCleanShutdownFiles).
    BrokerEpoch previous_broker_epoch(Env const& env) const;
    void mark_loaded();
    // Writes the file into `directory`, if it may be called clean (KAFKA-15375).
    void write_clean_shutdown(Env const& env, std::uint32_t directory, BrokerEpoch epoch,
                              ProtocolSwitches const& switches, Out& out) const;

    void set_offline(std::uint32_t index) { dirs_[index].online = false; }

private:
    BrokerId broker_;
    std::string metadata_path_;
    std::vector<LogDirectory> dirs_;
};

}  // namespace odradek::kafka
