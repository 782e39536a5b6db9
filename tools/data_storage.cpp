#include "tools/data_storage.h"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>
#include <sys/resource.h>

#include "sim/plugin_backend.h"
#include "sim/posix_backend.h"
#include "tools/build_version.h"
#include "tools/path_part.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

constexpr std::string_view plugin_prefix = "plugin:";

UserError user_error(sim::StorageError const& error)
{
    return {ExitCode::io, error.path, error.message, error.suggestion};
}

// "sim" and "file" are other names.
std::string canonical(std::string const& name)
{
    if (name == "sim")
        return "memory";
    return name == "file" ? "posix" : name;
}

// Of a run: what the system allows this process, shared among those that run at the same time.
std::size_t descriptors_for(unsigned jobs)
{
    rlimit limit{};
    std::size_t all = 1024;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        all = static_cast<std::size_t>(limit.rlim_cur);
    return std::clamp<std::size_t>(all / 2 / std::max(jobs, 1U), 4, 512);
}

}  // namespace

DataPlan plan_data(Arguments const& arguments, Sweep const& sweep, unsigned jobs)
{
    DataPlan plan;
    plan.backend = canonical(arguments.backend);
    bool const typed = !plan.backend.empty();
    for (Variant const& variant : sweep.variants) {
        std::string const& asked = variant.scenario->storage.backend;
        if (plan.backend.empty())
            plan.backend = asked;
        else if (!typed && plan.backend != asked)
            throw usage_error("the variants ask for different storage backends",
                              "choose one with --backend");
    }
    plan.directory = arguments.data;
    plan.sync = !arguments.no_fsync;
    plan.several = sweep.run_count() > 1;
    plan.jobs = jobs;
    bool const plugin = plan.backend.starts_with(plugin_prefix);
    if (plan.backend != "memory" && plan.backend != "posix" && !plugin)
        throw usage_error(fmt::format("--backend: \"{}\" is no storage backend", plan.backend),
                          "memory, posix or plugin:PATH/TO/LIB.so");
    if (plan.backend == "memory") {
        if (!plan.directory.empty())
            throw usage_error("--data: the backend memory keeps no files",
                              "add --backend posix, or leave --data out");
        if (arguments.no_fsync)
            throw usage_error("--no-fsync: the backend memory keeps no files",
                              "add --backend posix --data DIR, or leave it out");
        return plan;
    }
    if (plan.directory.empty())
        throw usage_error(fmt::format("the storage backend {} needs a directory{}", plan.backend,
                                      typed ? "" : ", and the scenario asks for it"),
                          typed ? "say where with --data DIR"
                                : "say where with --data DIR, or run it with --backend memory");
    if (plugin) {
        try {
            static_cast<void>(sim::load_backend(plan.backend.substr(plugin_prefix.size())));
        } catch (sim::StorageError const& error) {
            throw user_error(error);
        }
    }
    if (plan.several &&
        std::filesystem::exists(std::filesystem::path(plan.directory) / sim::data_marker))
        throw io_error(plan.directory,
                       "holds the files of one run, and several runs need a directory around "
                       "theirs; choose another --data");
    return plan;
}

std::unique_ptr<sim::Storage> open_data(DataPlan const& plan, kafka::Scenario const& scenario,
                                        std::uint64_t seed)
{
    if (plan.backend == "memory")
        return nullptr;
    std::filesystem::path path(plan.directory);
    if (plan.several)
        path = path / path_part(scenario.variant) / std::to_string(seed);
    try {
        bool const plugin = plan.backend.starts_with(plugin_prefix);
        odradek_backend const* const library =
            plugin ? &sim::load_backend(plan.backend.substr(plugin_prefix.size())) : nullptr;
        sim::DataDirectory directory =
            sim::DataDirectory::create(path.string(), {{"backend", plan.backend},
                                                       {"scenario", scenario.name},
                                                       {"variant", scenario.variant},
                                                       {"seed", std::to_string(seed)},
                                                       {"build", build}});
        if (plugin)
            return std::make_unique<sim::PluginStorage>(*library, std::move(directory), plan.sync);
        sim::PosixStorage::Options options;
        options.sync = plan.sync;
        options.descriptors_max = descriptors_for(plan.jobs);
        return std::make_unique<sim::PosixStorage>(std::move(directory), options);
    } catch (sim::StorageError const& error) {
        throw user_error(error);
    }
}

}  // namespace odradek::cli
