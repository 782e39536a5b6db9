#include "tools/load.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include <sys/stat.h>

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

kafka::ReadResult load(std::string const& file, Arguments const& arguments)
{
    kafka::ReadOptions options;
    options.set = arguments.set;
    options.lenient_config = arguments.lenient_config;
    options.read_file = [](std::string const& path) -> std::optional<std::string> {
        try {
            return read_file(path);
        } catch (UserError const&) {
            return std::nullopt;  // The reader says so at the place that names the file.
        }
    };
    return kafka::read_scenario(read_file(file), file, options);
}

}  // namespace odradek::cli
