#include "tools/load.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include <sys/stat.h>

#include "tools/gallery.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string reason() { return std::strerror(errno); }

}  // namespace

std::string read_file(std::string const& path)
{
    std::unique_ptr<std::FILE, Close> const file(std::fopen(path.c_str(), "rb"));
    if (!file)
        throw io_error(path, "cannot be read: " + reason());
    struct stat status {};
    if (fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode))
        throw io_error(path, "cannot be read: it is a folder");
    std::string text;
    char buffer[1 << 16];
    std::size_t size = 0;
    while ((size = std::fread(buffer, 1, sizeof buffer, file.get())) != 0)
        text.append(buffer, size);
    if (std::ferror(file.get()) != 0)
        throw io_error(path, "cannot be read: " + reason());
    return text;
}

namespace {

// "scenarios/chaos/../base.json" as "scenarios/base.json".
std::string without_dots(std::string const& path)
{
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= path.size();) {
        std::size_t const end = std::min(path.find('/', begin), path.size());
        std::string part = path.substr(begin, end - begin);
        if (part == ".." && !parts.empty())
            parts.pop_back();
        else if (part != ".")
            parts.push_back(std::move(part));
        begin = end + 1;
    }
    std::string text;
    for (std::string const& part : parts)
        text += (text.empty() ? "" : "/") + part;
    return text;
}

}  // namespace

ScenarioText find_scenario(std::string const& file)
{
    try {
        return {file, read_file(file)};
    } catch (UserError const& error) {
        GalleryScenario const* const found = find_in_gallery(file);
        if (found != nullptr)
            return {path_of(*found), std::string{found->text}};
        throw;
    }
}

kafka::ReadResult read_text(ScenarioText const& scenario, kafka::ReadOptions options)
{
    options.read_file = [](std::string const& path) -> std::optional<std::string> {
        try {
            return read_file(path);
        } catch (UserError const&) {
            // The reader says so at the place that names the file.
            GalleryScenario const* const found = find_in_gallery(without_dots(path));
            return found == nullptr ? std::nullopt : std::optional{std::string{found->text}};
        }
    };
    return kafka::read_scenario(scenario.text, scenario.name, options);
}

kafka::ReadResult load(std::string const& file, Arguments const& arguments)
{
    kafka::ReadOptions options;
    options.set = arguments.set;
    options.exhibit = arguments.exhibit;
    options.with_fix = arguments.with_fix;
    options.lenient_config = arguments.lenient_config;
    return read_text(find_scenario(file), options);
}

}  // namespace odradek::cli
