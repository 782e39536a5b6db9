#include "sim/plugin_backend.h"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <fmt/format.h>

#include "sim/backend_plugin.h"
#include "sim/ensure.h"

namespace odradek::sim {

namespace {

constexpr std::uint64_t collected_max = 4U << 20;

// The first function that is missing; null if all are there.
char const* missing_function(odradek_backend const& backend)
{
    std::pair<bool, char const*> const functions[] = {
        {backend.open != nullptr, "open"},       {backend.create != nullptr, "create"},
        {backend.append != nullptr, "append"},   {backend.truncate != nullptr, "truncate"},
        {backend.replace != nullptr, "replace"}, {backend.remove != nullptr, "remove"},
        {backend.rename != nullptr, "rename"},   {backend.settle != nullptr, "settle"},
        {backend.exists != nullptr, "exists"},   {backend.size_of != nullptr, "size_of"},
        {backend.read != nullptr, "read"},       {backend.failure != nullptr, "failure"},
        {backend.close != nullptr, "close"},
    };
    for (auto const& [there, name] : functions)
        if (!there)
            return name;
    return nullptr;
}

}  // namespace

odradek_backend const& load_backend(std::string const& library)
{
    std::error_code error;
    if (!std::filesystem::exists(library, error))
        throw StorageError(library, "does not exist", "name the shared library of a backend");
    // Without a slash the system would look elsewhere.
    std::string const path = library.find('/') == library.npos ? "./" + library : library;
    void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        char const* const why = ::dlerror();
        throw StorageError(library, fmt::format("cannot be loaded: {}",
                                                why != nullptr ? why : "no reason was given"));
    }
    auto* const entry =
        reinterpret_cast<odradek_backend_entry_function*>(::dlsym(handle, ODRADEK_BACKEND_ENTRY));
    if (entry == nullptr)
        throw StorageError(
            library,
            fmt::format("is no storage backend: it has no function {}", ODRADEK_BACKEND_ENTRY),
            "see sim/backend_plugin.h");
    odradek_backend const* const backend = entry(ODRADEK_BACKEND_VERSION);
    if (backend == nullptr)
        throw StorageError(library,
                           fmt::format("does not offer version {} of the interface, the only one "
                                       "that this build knows",
                                       ODRADEK_BACKEND_VERSION));
    if (backend->version != ODRADEK_BACKEND_VERSION)
        throw StorageError(library, fmt::format("offers version {} of the interface; this build "
                                                "knows version {}",
                                                backend->version, ODRADEK_BACKEND_VERSION));
    if (backend->size < sizeof(odradek_backend))
        throw StorageError(library,
                           fmt::format("has a table of {} bytes; version {} has {}", backend->size,
                                       ODRADEK_BACKEND_VERSION, sizeof(odradek_backend)),
                           "compile it against this build's sim/backend_plugin.h");
    if (char const* const missing = missing_function(*backend))
        throw StorageError(library, fmt::format("has no function \"{}\" in its table", missing));
    if (backend->name == nullptr || *backend->name == '\0')
        throw StorageError(library, "has no name in its table");
    return *backend;
}

// One host's part of the storage.
class PluginBackend final : public Backend {
public:
    PluginBackend(PluginStorage& storage, std::string host_name)
        : storage_(&storage), host_name_(std::move(host_name))
    {
    }

    std::string_view name() const override { return storage_->name(); }

    void create(FileName const& file) override
    {
        ENSURE(!storage_->is_well() || !exists(file), "a file is created where there is none");
        if (file.file.value >= paths_.size())
            paths_.resize(file.file.value + 1);
        if (paths_[file.file.value].empty())
            paths_[file.file.value] = host_name_ + "/" + std::string(file.path);
        tell(file, call().create);
    }
    void append(FileName const& file, Extent const& extent) override
    {
        bring(extent);
        tell(file, call().append, bytes().data(), bytes().size());
    }
    void truncate(FileName const& file, std::size_t, std::uint64_t bytes) override
    {
        tell(file, call().truncate, bytes);
    }
    void replace(FileName const& file, Extent const& extent) override
    {
        bring(extent);
        tell(file, call().replace, bytes().data(), bytes().size());
    }
    void remove(FileName const& file) override { tell(file, call().remove); }
    void rename(FileName const& file, std::string_view path) override
    {
        std::string to = host_name_ + "/" + std::string(path);
        tell(file, call().rename, static_cast<char const*>(to.c_str()));
        paths_[file.file.value] = std::move(to);
    }
    void settled(Instant now, Why why) override { storage_->settled(now, why); }

    bool exists(FileName const& file) const override
    {
        odradek_file const name = plain(file);
        return name.path != nullptr && call().exists(storage_->store_, &name) != 0;
    }
    std::uint64_t size(FileName const& file) const override
    {
        odradek_file const name = plain(file);
        return name.path != nullptr ? call().size_of(storage_->store_, &name) : 0;
    }
    void read(FileName const& file, std::string& bytes) const override
    {
        std::uint64_t const more = size(file);
        if (more == 0)
            return;
        odradek_file const name = plain(file);
        std::size_t const start = bytes.size();
        bytes.resize(start + more);
        storage_->note(call().read(storage_->store_, &name, 0, bytes.data() + start, more));
    }
    std::string_view failure() const override { return storage_->failure_; }

private:
    odradek_backend const& call() const { return storage_->call_; }
    std::string& bytes() { return storage_->bytes_; }

    odradek_file plain(FileName const& file) const
    {
        std::uint32_t const number = file.file.value;
        bool const known = number < paths_.size() && !paths_[number].empty();
        return {file.host.value, number, known ? paths_[number].c_str() : nullptr};
    }
    void bring(Extent const& extent)
    {
        bytes().clear();
        if (storage_->is_well())
            extent.write_to(bytes());
        storage_->collected_ += bytes().size();
    }
    template <class Function, class... Values>
    void tell(FileName const& file, Function* function, Values... values)
    {
        if (!storage_->is_well())
            return;
        odradek_file const name = plain(file);
        ENSURE(name.path != nullptr, "a backend is told of files that exist");
        storage_->changed_ = true;
        storage_->note(function(storage_->store_, &name, values...));
    }

    PluginStorage* storage_;
    std::string host_name_;
    std::vector<std::string> paths_;  // By FileId; empty: never created.
};

PluginStorage::PluginStorage(odradek_backend const& backend, DataDirectory directory, bool sync)
    : call_(backend), directory_(std::move(directory)), name_(backend.name)
{
    std::array<char, 512> error{};
    store_ = call_.open(directory_.path().c_str(), sync ? 0 : ODRADEK_NO_SYNC, error.data(),
                        error.size());
    error.back() = '\0';
    if (store_ == nullptr)
        throw StorageError(
            directory_.path(),
            fmt::format("cannot be used by the backend {}: {}", name_,
                        error.front() != '\0' ? error.data() : "it gives no reason"));
}

PluginStorage::~PluginStorage()
{
    if (store_ != nullptr)
        call_.close(store_);
}

std::unique_ptr<Backend> PluginStorage::backend(HostId, std::string_view host_name)
{
    return std::make_unique<PluginBackend>(*this, std::string(host_name));
}

void PluginStorage::settled(Instant now, Backend::Why why)
{
    // What nobody waits for is settled together.
    if (why == Backend::Why::written_back && collected_ < collected_max)
        return;
    collected_ = 0;
    if (!std::exchange(changed_, false) || !is_well())
        return;
    note(call_.settle(store_, now.ns));
}

void PluginStorage::note(int error)
{
    if (error == 0 || !is_well())
        return;
    char const* const why = call_.failure(store_);
    failure_ = fmt::format("{}: {}: {}", directory_.path(), name_,
                           why != nullptr && *why != '\0' ? why : "it failed and gives no reason");
}

void PluginStorage::finish(Instant now) { settled(now, Backend::Why::flushed); }

}  // namespace odradek::sim
