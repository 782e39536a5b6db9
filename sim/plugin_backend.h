// The backend of somebody else: a shared library with the C interface of sim/backend_plugin.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sim/backend.h"
#include "sim/posix_directory.h"
#include "sim/storage.h"

struct odradek_backend;
struct odradek_store;

namespace odradek::sim {

// Loads the library, which stays until the process ends, and looks at what it offers. StorageError
// if there is no such file, if it cannot be loaded or is no backend, or is one of another version.
odradek_backend const& load_backend(std::string const& library);

class PluginStorage final : public Storage {
public:
    // Of an empty directory. StorageError if the library cannot use it. Without `sync` settle()
    // does not wait for the machine's disk.
    PluginStorage(odradek_backend const& backend, DataDirectory directory, bool sync);
    ~PluginStorage() override;

    std::string_view name() const override { return name_; }
    std::unique_ptr<Backend> backend(HostId host, std::string_view host_name) override;
    void finish(Instant now) override;
    std::string failure() const override { return failure_; }

private:
    friend class PluginBackend;

    void settled(Instant now, Backend::Why why);
    // Remembers why, if the library says that a call has failed.
    void note(int error);
    bool is_well() const { return failure_.empty(); }

    odradek_backend const& call_;
    DataDirectory directory_;
    std::string name_;
    odradek_store* store_{nullptr};
    bool changed_{false};         // Since the last step was settled.
    std::uint64_t collected_{0};  // And how many bytes.
    std::string failure_;
    std::string bytes_;  // Of the extent under way.
};

}  // namespace odradek::sim
