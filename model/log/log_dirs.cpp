#include "model/log/log_dirs.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site id_site("broker.directory-id");
constexpr std::string_view clean_shutdown_name = ".kafka_cleanshutdown";
constexpr std::string_view high_watermarks_name = "replication-offset-checkpoint";
constexpr std::string_view recovery_points_name = "recovery-point-offset-checkpoint";
constexpr std::string_view log_starts_name = "log-start-offset-checkpoint";
constexpr std::string_view cleaned_name = "cleaner-offset-checkpoint";
constexpr std::string_view properties_name = "meta.properties";

// DirectoryId.random: not a reserved one.
DirectoryId draw_id(Env const& env)
{
    DirectoryId id;
    do {
        id.most = env.below(id_site, std::uint64_t{1} << 63);
        id.least = env.below(id_site, std::uint64_t{1} << 63);
    } while (id.reserved());
    return id;
}

bool is_below(std::string_view file, std::string_view directory)
{
    return directory.empty() ||
           (file.starts_with(directory) && file.substr(directory.size()).starts_with('/'));
}

}  // namespace

std::string CleanShutdownFile::text() const
{
    return fmt::format("{{\"version\":0,\"brokerEpoch\":{}}}", broker_epoch.value);
}

std::string MetaPropertiesFile::text() const
{
    return fmt::format("version=1\nnode.id={}\ndirectory.id={}\n", node.value, to_string(id));
}

std::string LogDirectory::path_of(std::string_view file) const
{
    return path.empty() ? std::string(file) : path + "/" + std::string(file);
}

LogDirs::LogDirs(BrokerId broker, std::vector<std::string> paths, std::string metadata_path)
    : broker_(broker), metadata_path_(std::move(metadata_path))
{
    if (paths.empty())
        paths.emplace_back();
    for (std::string& path : paths) {
        dirs_.emplace_back();
        dirs_.back().path = std::move(path);
    }
}

void LogDirs::open(Env const& env, Out& out)
{
    for (LogDirectory& dir : dirs_) {
        sim::FileId const properties = env.open(dir.path_of(properties_name));
        dir.clean_shutdown = env.open(dir.path_of(clean_shutdown_name));
        dir.high_watermarks = env.open(dir.path_of(high_watermarks_name));
        dir.recovery_points = env.open(dir.path_of(recovery_points_name));
        dir.log_starts = env.open(dir.path_of(log_starts_name));
        dir.cleaned = env.open(dir.path_of(cleaned_name));
        dir.online = env.disk->answers(properties);
        if (!dir.online) {
            out.note("{} cannot be read, it is offline", dir.shown());
            continue;
        }
        if (auto const* known = whole_file<MetaPropertiesFile>(env.read(properties))) {
            dir.id = known->id;
            continue;
        }
        dir.id = draw_id(env);
        out.replace(properties, sim::share<MetaPropertiesFile>(broker_, dir.id));
    }
}

void LogDirs::begin_loading(Env const& env, Out& out)
{
    for (LogDirectory& dir : dirs_) {
        if (!dir.online)
            continue;
        dir.last = LastShutdown::unclean;
        if (whole_file<CleanShutdownFile>(env.read(dir.clean_shutdown)) == nullptr)
            continue;
        dir.last = LastShutdown::clean;
        // Gone before anything is loaded: a crash from now on is a crash (KAFKA-10471).
        out.remove(dir.clean_shutdown);
    }
}

bool LogDirs::any_online() const
{
    return std::any_of(dirs_.begin(), dirs_.end(), [](LogDirectory const& d) { return d.online; });
}

bool LogDirs::any_offline() const
{
    return std::any_of(dirs_.begin(), dirs_.end(), [](LogDirectory const& d) { return !d.online; });
}

std::vector<DirectoryId> LogDirs::online_ids() const
{
    std::vector<DirectoryId> ids;
    for (LogDirectory const& dir : dirs_)
        if (dir.online)
            ids.push_back(dir.id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::optional<std::uint32_t> LogDirs::online_with_id(DirectoryId id) const
{
    for (std::uint32_t i = 0; i < dirs_.size(); ++i)
        if (dirs_[i].online && dirs_[i].id == id)
            return i;
    return std::nullopt;
}

// The longest path counts: directories may lie in each other.
std::optional<std::uint32_t> LogDirs::of(std::string_view file) const
{
    std::optional<std::uint32_t> found;
    for (std::uint32_t i = 0; i < dirs_.size(); ++i)
        if (is_below(file, dirs_[i].path) &&
            (!found || dirs_[*found].path.size() < dirs_[i].path.size()))
            found = i;
    return found;
}

bool LogDirs::holds_metadata(std::uint32_t index) const
{
    return dirs_[index].path == metadata_path_;
}

std::string LogDirs::metadata_prefix() const
{
    return metadata_path_.empty() ? "" : metadata_path_ + "/";
}

std::uint32_t LogDirs::next(std::vector<std::size_t> const& counts) const
{
    std::optional<std::uint32_t> best;
    for (std::uint32_t i = 0; i < dirs_.size(); ++i)
        if (dirs_[i].online && (!best || counts[i] < counts[*best]))
            best = i;
    ENSURE(best.has_value(), "a broker without a log directory has halted");
    return *best;
}

BrokerEpoch LogDirs::previous_broker_epoch(Env const& env) const
{
    std::optional<BrokerEpoch> epoch;
    for (LogDirectory const& dir : dirs_) {
        if (!dir.online)
            return no_broker_epoch;
        auto const* file = whole_file<CleanShutdownFile>(env.read(dir.clean_shutdown));
        if (file == nullptr || (epoch && *epoch != file->broker_epoch))
            return no_broker_epoch;
        epoch = file->broker_epoch;
    }
    return epoch.value_or(no_broker_epoch);
}

void LogDirs::mark_loaded()
{
    for (LogDirectory& dir : dirs_)
        dir.loaded = dir.online;
}

void LogDirs::write_clean_shutdown(Env const& env, std::uint32_t directory, BrokerEpoch epoch,
                                   ProtocolSwitches const& switches, Out& out) const
{
    LogDirectory const& dir = dirs_[directory];
    if (!dir.online)
        return;
    // KAFKA-15375: what was never loaded was never recovered.
    if (!dir.loaded && dir.last != LastShutdown::clean && switches.clean_marker_needs_loaded_logs) {
        out.note("{}: its logs were never loaded in this life, so nobody says that they are clean",
                 dir.shown());
        return;
    }
    // Removed when this life began.
    out.replace(env.open(dir.path_of(clean_shutdown_name)), sim::share<CleanShutdownFile>(epoch));
}

}  // namespace odradek::kafka
