#include "sim/posix_directory.h"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/storage.h"

namespace odradek::sim {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_line = "odradek data";

[[noreturn]] void fail(std::string const& path, std::string_view what, int error)
{
    throw StorageError(path, fmt::format("{}: {}", what, error_text(error)));
}

bool write_all(int file, std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t const wrote = ::write(file, bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

// A value stays on its line.
std::string one_line(std::string text)
{
    for (char& c : text)
        if (c == '\n' || c == '\r')
            c = ' ';
    return text;
}

std::string marker_text(DataFacts const& facts)
{
    std::string text = fmt::format("{}\nformat={}\n", first_line, data_format);
    for (auto const& [name, value] : facts)
        text += fmt::format("{}={}\n", name, one_line(value));
    return text;
}

// Throws if the text is no marker of a format that we read.
DataFacts read_marker(std::string const& path, std::string_view text)
{
    auto const line = [&text] {
        std::size_t const end = text.find('\n');
        std::string_view const first = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        return first;
    };
    if (line() != first_line)
        throw StorageError(path, "is no marker of a data directory of ours",
                           "was it written by something else?");
    std::string_view const format = line();
    int number = 0;
    bool good = format.starts_with("format=");
    if (good) {
        std::string_view const value = format.substr(7);
        auto const [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        good = error == std::errc{} && end == value.data() + value.size();
    }
    if (!good)
        throw StorageError(path, "does not say the format of its directory", "it is damaged");
    if (number != data_format)
        throw StorageError(
            path, fmt::format("is of format {}; this build reads format {}", number, data_format),
            "use the build that wrote it");
    DataFacts facts;
    while (!text.empty()) {
        std::string_view const fact = line();
        std::size_t const equals = fact.find('=');
        if (equals != fact.npos)
            facts.emplace_back(fact.substr(0, equals), fact.substr(equals + 1));
    }
    return facts;
}

std::string told(DataFacts const& facts, std::string_view name)
{
    for (auto const& [known, value] : facts)
        if (known == name)
            return value;
    return {};
}

}  // namespace

Descriptor::~Descriptor()
{
    if (number_ >= 0)
        ::close(number_);
}

std::string error_text(int error)
{
    // The words are the system's; strerror() would ask the locale.
    switch (error) {
    case EACCES:
        return "Permission denied";
    case EDQUOT:
        return "Disk quota exceeded";
    case EEXIST:
        return "File exists";
    case EIO:
        return "Input/output error";
    case EISDIR:
        return "Is a directory";
    case EMFILE:
        return "Too many open files";
    case ENAMETOOLONG:
        return "File name too long";
    case ENFILE:
        return "Too many open files in system";
    case ENOENT:
        return "No such file or directory";
    case ENOSPC:
        return "No space left on device";
    case ENOTDIR:
        return "Not a directory";
    case EPERM:
        return "Operation not permitted";
    case EROFS:
        return "Read-only file system";
    case EFBIG:
        return "File too large";
    }
    return fmt::format("error {} of the system", error);
}

bool sync_directory(std::string const& path)
{
    Descriptor const directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return directory && ::fsync(directory.number()) == 0;
}

bool write_whole_file(std::string const& path, std::string_view bytes)
{
    std::string const temporary = path + ".tmp";
    {
        Descriptor const file(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
        if (!file || !write_all(file.number(), bytes) || ::fsync(file.number()) != 0)
            return false;
    }
    return ::rename(temporary.c_str(), path.c_str()) == 0 &&
           sync_directory(fs::path(path).parent_path().string());
}

bool read_whole_file(std::string const& path, std::string& bytes)
{
    Descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return false;
    struct stat status {};
    if (::fstat(file.number(), &status) != 0)
        return false;
    std::size_t at = bytes.size();
    // What grows meanwhile is read too: the loop ends at the end of the file, not at its size.
    bytes.resize(at + static_cast<std::size_t>(status.st_size) + 1);
    for (;;) {
        if (at == bytes.size())
            bytes.resize(at + 65536);
        ssize_t const read = ::read(file.number(), bytes.data() + at, bytes.size() - at);
        if (read < 0 && errno == EINTR)
            continue;
        if (read <= 0) {
            bytes.resize(at);
            return read == 0;
        }
        at += static_cast<std::size_t>(read);
    }
}

void DataDirectory::take_lock()
{
    std::string const file = path_ + "/" + data_lock;
    lock_ = Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    // Who may only read has no use for the lock, but sees whether somebody holds it.
    if (!lock_ && (errno == EACCES || errno == EROFS))
        lock_ = Descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!lock_)
        fail(file, "cannot be opened", errno);
    if (::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            fail(file, "cannot be locked", errno);
        std::string holder;
        read_whole_file(file, holder);
        while (!holder.empty() && (holder.back() == '\n' || holder.back() == '\0'))
            holder.pop_back();
        throw StorageError(
            path_, fmt::format("is in use by {}", holder.empty() ? "another process" : holder),
            "wait until it is done, or choose another directory");
    }
    // For the message above.
    if (::ftruncate(lock_.number(), 0) == 0)
        static_cast<void>(write_all(lock_.number(), fmt::format("process {}\n", ::getpid())));
}

DataDirectory DataDirectory::create(std::string const& path, DataFacts facts)
{
    DataDirectory directory;
    directory.path_ = path;
    std::error_code error;
    fs::file_status const status = fs::status(path, error);
    if (fs::exists(status) && !fs::is_directory(status))
        throw StorageError(path, "is no directory", "name a directory that is new or empty");
    fs::create_directories(path, error);
    if (error)
        fail(path, "cannot be made", error.value());
    // A foreign directory does not even get a lock file.
    bool empty = true;
    bool marked = false;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
        std::string const name = at->path().filename().string();
        marked = marked || name == data_marker;
        // Left by a process that was killed before it had said what the directory is.
        empty = empty && (name == data_lock || name == std::string(data_marker) + ".tmp");
    }
    if (error)
        fail(path, "cannot be read", error.value());
    if (!empty && !marked)
        throw StorageError(path, "is not empty and holds no data of ours, so it is left alone",
                           "name a directory that is new or empty");
    directory.take_lock();
    std::string const marker = path + "/" + data_marker;
    std::string text;
    if (read_whole_file(marker, text)) {
        DataFacts const known = read_marker(marker, text);
        std::string earlier;
        for (char const* name : {"scenario", "variant", "seed"})
            if (std::string const value = told(known, name); !value.empty())
                earlier += fmt::format("{}{} {}", earlier.empty() ? "" : ", ", name, value);
        throw StorageError(path,
                           fmt::format("holds the files of an earlier run{}{}{}",
                                       earlier.empty() ? "" : " (", earlier,
                                       earlier.empty() ? "" : ")"),
                           "remove it, or name a directory that is new or empty");
    }
    directory.facts_ = std::move(facts);
    if (!write_whole_file(marker, marker_text(directory.facts_)))
        fail(marker, "cannot be written", errno);
    return directory;
}

DataDirectory DataDirectory::open(std::string const& path)
{
    DataDirectory directory;
    directory.path_ = path;
    std::error_code error;
    fs::file_status const status = fs::status(path, error);
    if (!fs::exists(status))
        throw StorageError(path, "does not exist");
    if (!fs::is_directory(status))
        throw StorageError(path, "is no directory",
                           "name one that `odradek run --backend posix --data DIR` has written");
    std::string const marker = path + "/" + data_marker;
    std::string text;
    if (!read_whole_file(marker, text)) {
        if (errno != ENOENT)
            fail(marker, "cannot be read", errno);
        throw StorageError(path, fmt::format("holds no {}, so it is no data of ours", data_marker),
                           "name one that `odradek run --backend posix --data DIR` has written");
    }
    directory.facts_ = read_marker(marker, text);
    directory.take_lock();
    return directory;
}

std::string DataDirectory::fact(std::string_view name) const { return told(facts_, name); }

}  // namespace odradek::sim
