#include "tools/log_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/saved_cluster.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

class FilesHere final : public LogFiles {
public:
    std::optional<LogFile> find(std::string const& path) const override
    {
        std::error_code none;
        if (!std::filesystem::is_regular_file(path, none))
            return std::nullopt;
        std::ifstream in(path, std::ios::binary);
        if (!in)
            throw io_error(path, "cannot be read");
        return LogFile{path,
                       {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}};
    }
    std::vector<std::string> names() const override { return {}; }
};

// "broker-1/d0/orders-0/00000000000000000000.log": the node, then the path on its disk.
class FilesOfRun final : public LogFiles {
public:
    explicit FilesOfRun(SavedCluster cluster) : cluster_(std::move(cluster)) {}

    std::optional<LogFile> find(std::string const& path) const override
    {
        for (auto const& [name, disk] : disks()) {
            if (!path.starts_with(name + "/"))
                continue;
            auto const file = disk->find(path.substr(name.size() + 1));
            if (!file)
                continue;
            LogFile found{path, {}};
            for (sim::Extent const& extent : disk->extents(*file))
                extent.write_to(found.bytes);
            return found;
        }
        return std::nullopt;
    }
    std::vector<std::string> names() const override
    {
        std::vector<std::string> all;
        for (auto const& [name, disk] : disks())
            for (std::uint32_t i = 0; i < disk->file_count(); ++i)
                if (disk->exists(sim::FileId{i}))
                    all.push_back(name + "/" + disk->path(sim::FileId{i}));
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

private:
    std::vector<std::pair<std::string, sim::Disk const*>> disks() const
    {
        std::vector<std::pair<std::string, sim::Disk const*>> all;
        kafka::Cluster const& cluster = *cluster_.cluster;
        auto const add = [&](sim::NodeId node) {
            all.emplace_back(cluster.engine().name_of_node(node),
                             &cluster.engine().disk(cluster.engine().host_of(node)));
        };
        for (sim::NodeId const node : cluster.brokers())
            add(node);
        for (sim::NodeId const node : cluster.controllers())
            add(node);
        return all;
    }

    SavedCluster cluster_;
};

}  // namespace

std::string LogFile::name() const { return path.substr(path.find_last_of('/') + 1); }

std::string LogFile::suffix() const
{
    std::string const file = name();
    std::size_t const dot = file.find_last_of('.');
    return dot == std::string::npos ? std::string{} : file.substr(dot + 1);
}

std::optional<std::int64_t> LogFile::base_offset() const
{
    std::string const file = name();
    std::int64_t offset = 0;
    std::size_t digits = 0;
    for (; digits < file.size() && digits < 19 + 1 && file[digits] >= '0' && file[digits] <= '9';
         ++digits)
        if (__builtin_mul_overflow(offset, 10, &offset) ||
            __builtin_add_overflow(offset, file[digits] - '0', &offset))
            return std::nullopt;
    return digits == 0 ? std::nullopt : std::optional{offset};
}

std::optional<LogFile> LogFiles::beside(LogFile const& file, std::string const& suffix) const
{
    std::size_t const name = file.path.find_last_of('/') + 1;
    return find(file.path.substr(0, file.path.find('.', name)) + "." + suffix);
}

std::unique_ptr<LogFiles> open_log_files(Arguments const& arguments)
{
    if (arguments.run_folder.empty()) {
        if (!arguments.at.empty())
            throw usage_error("--at is a moment of a run", "name its folder with --run DIR");
        return std::make_unique<FilesHere>();
    }
    return std::make_unique<FilesOfRun>(replay_saved_run(arguments, "kafka-dump-log"));
}

}  // namespace odradek::cli
