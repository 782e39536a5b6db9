// A directory of this machine for one test, gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace odradek::test {

class TemporaryDirectory {
public:
    TemporaryDirectory()
    {
        std::string name =
            (std::filesystem::temp_directory_path() / "odradek-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary directory can be made");
        path_ = name;
    }
    TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_))
    {
        other.path_.clear();
    }
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    ~TemporaryDirectory()
    {
        std::error_code ignored;
        if (!path_.empty())
            std::filesystem::remove_all(path_, ignored);
    }

    std::string const& path() const { return path_; }
    std::string operator/(std::string const& below) const { return path_ + "/" + below; }

private:
    std::string path_;
};

}  // namespace odradek::test
