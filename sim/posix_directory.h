// A directory of this machine that holds the files of one run, and no other: what says that it is
// ours (`odradek.meta`), and what keeps a second process out of it (`.lock`, with flock(2), so that
// the lock ends with its process, however that ends).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::sim {

constexpr char const* data_marker = "odradek.meta";
constexpr char const* data_lock = ".lock";
// What this build writes into the marker, and the only format that it reads.
constexpr int data_format = 1;

// Lines of the marker: what made the directory, in order. "backend" is one of them.
using DataFacts = std::vector<std::pair<std::string, std::string>>;

// A file descriptor, closed with its owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();

    int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }

private:
    int number_{-1};
};

// Holds the lock while it lives.
class DataDirectory {
public:
    // Makes the directory where there is none, takes the lock and writes the marker. StorageError
    // if it holds anything: files of an earlier run are never overwritten, nor is what is not ours.
    static DataDirectory create(std::string const& path, DataFacts facts);
    // A directory that create() has made, for whoever reads it. StorageError if it is none, if it
    // has another format, or while another process holds the lock.
    static DataDirectory open(std::string const& path);

    std::string const& path() const { return path_; }
    DataFacts const& facts() const { return facts_; }
    std::string fact(std::string_view name) const;  // Empty if it is not told.

private:
    DataDirectory() = default;
    void take_lock();

    std::string path_;
    DataFacts facts_;
    Descriptor lock_;
};

// "No space left on device", for an errno; never of the locale.
std::string error_text(int error);

// fsync of a directory: the names in it are durable. False with errno.
bool sync_directory(std::string const& path);
// The whole content at once, by a temporary file beside it, fsync and rename. False with errno.
bool write_whole_file(std::string const& path, std::string_view bytes);
// False with errno.
bool read_whole_file(std::string const& path, std::string& bytes);

}  // namespace odradek::sim
