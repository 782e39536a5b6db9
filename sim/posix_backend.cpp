#include "sim/posix_backend.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/ensure.h"

namespace odradek::sim {

namespace {

using Kind = JournalChange::Kind;

// False with errno.
bool write_at(int file, std::string_view bytes, std::uint64_t at)
{
    while (!bytes.empty()) {
        ssize_t const wrote = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        at += static_cast<std::uint64_t>(wrote);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

std::string folder_of(std::string_view path)
{
    std::size_t const slash = path.rfind('/');
    return std::string(path.substr(0, slash == path.npos ? 0 : slash));
}

// Every part of a path names something in the directory above it, and nothing else.
bool is_plain(std::string_view path)
{
    if (path.find('\0') != path.npos)
        return false;
    for (;;) {
        std::size_t const slash = path.find('/');
        std::string_view const part = path.substr(0, slash);
        if (part.empty() || part == "." || part == "..")
            return false;
        if (slash == path.npos)
            return true;
        path.remove_prefix(slash + 1);
    }
}

// Below a host's directory, whose name is not one of ours.
bool is_good(std::string_view path)
{
    return is_plain(path) && path.front() != '.' && !path.starts_with("odradek.");
}

}  // namespace

// One host's part of the storage.
class PosixBackend final : public Backend {
public:
    PosixBackend(PosixStorage& storage, std::string host_name)
        : storage_(&storage), host_name_(std::move(host_name))
    {
    }

    std::string_view name() const override { return storage_->name(); }

    void create(FileName const& file) override { storage_->create(number_of(file)); }
    void append(FileName const& file, Extent const& extent) override
    {
        storage_->append(known(file), extent);
    }
    void truncate(FileName const& file, std::size_t, std::uint64_t bytes) override
    {
        storage_->truncate(known(file), bytes);
    }
    void replace(FileName const& file, Extent const& extent) override
    {
        storage_->replace(known(file), extent);
    }
    void remove(FileName const& file) override { storage_->remove(known(file)); }
    void rename(FileName const& file, std::string_view path) override
    {
        storage_->rename(known(file), host_name_ + "/" + std::string(path));
    }
    void settled(Instant now, Why why) override { storage_->settled(now, why); }

    bool exists(FileName const& file) const override
    {
        return is_known(file) && storage_->files_[numbers_[file.file.value]].exists;
    }
    std::uint64_t size(FileName const& file) const override
    {
        return exists(file) ? storage_->files_[numbers_[file.file.value]].size : 0;
    }
    void read(FileName const& file, std::string& bytes) const override
    {
        if (exists(file))
            storage_->read(numbers_[file.file.value], bytes);
    }
    std::string_view failure() const override { return storage_->failure_; }

private:
    static constexpr std::uint32_t none = 0xffffffff;

    bool is_known(FileName const& file) const
    {
        return file.file.value < numbers_.size() && numbers_[file.file.value] != none;
    }
    std::uint32_t known(FileName const& file) const
    {
        ENSURE(exists(file), "a backend is told of files that exist");
        return numbers_[file.file.value];
    }
    std::uint32_t number_of(FileName const& file)
    {
        ENSURE(!exists(file), "a file is created where there is none");
        if (file.file.value >= numbers_.size())
            numbers_.resize(file.file.value + 1, none);
        std::uint32_t& number = numbers_[file.file.value];
        if (number == none)
            number = storage_->number_of(host_name_ + "/" + std::string(file.path));
        return number;
    }

    PosixStorage* storage_;
    std::string host_name_;
    std::vector<std::uint32_t> numbers_;  // By FileId.
};

PosixStorage::PosixStorage(DataDirectory directory, Options options)
    : directory_(std::move(directory)), options_(options)
{
    options_.descriptors_max = std::max<std::size_t>(options_.descriptors_max, 1);
    std::string const path = full(data_journal);
    journal_ =
        Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0666));
    if (!journal_)
        throw StorageError(path, fmt::format("cannot be made: {}", error_text(errno)));
    if (options_.sync)
        touched_folders_.insert("");
}

PosixStorage::~PosixStorage() = default;

std::unique_ptr<Backend> PosixStorage::backend(HostId, std::string_view host_name)
{
    return std::make_unique<PosixBackend>(*this, std::string(host_name));
}

std::uint32_t PosixStorage::number_of(std::string path)
{
    ENSURE(is_good(path), "a path leads to a file below its host's directory");
    files_.push_back({.path = std::move(path)});
    return static_cast<std::uint32_t>(files_.size() - 1);
}

// -- What is told ---------------------------------------------------------------------------------

void PosixStorage::say(JournalChange::Kind kind, std::uint32_t number, std::uint64_t bytes,
                       std::string_view content, std::string path)
{
    if (!is_well())
        return;
    ENSURE(!finished_, "nothing is said to a storage that is finished");
    File& file = files_[number];
    if (!file.named) {
        append_change(changes_, {.kind = Kind::name, .file = number, .path = file.path});
        file.named = true;
    }
    JournalChange change{.kind = kind, .file = number, .bytes = bytes};
    if (!content.empty() || kind == Kind::replace)
        change.check = content_check(content);
    change.path = path;
    append_change(changes_, change);
    pending_.push_back({kind, number, bytes, std::move(path)});
    if (content_.size() >= options_.pending_max)
        write_down(JournalEntry::Kind::part, last_now_);
}

void PosixStorage::create(std::uint32_t number)
{
    files_[number].exists = true;
    files_[number].size = 0;
    say(Kind::create, number, 0, {});
}

void PosixStorage::append(std::uint32_t number, Extent const& extent)
{
    std::uint64_t const bytes = extent.blob->size();
    files_[number].size += bytes;
    if (!is_well() || bytes == 0)
        return;
    std::size_t const start = content_.size();
    extent.write_to(content_);
    say(Kind::append, number, bytes, std::string_view(content_).substr(start));
}

void PosixStorage::truncate(std::uint32_t number, std::uint64_t bytes)
{
    ENSURE(bytes <= files_[number].size, "a file is cut to bytes it has");
    files_[number].size = bytes;
    say(Kind::truncate, number, bytes, {});
}

void PosixStorage::replace(std::uint32_t number, Extent const& extent)
{
    std::uint64_t const bytes = extent.blob->size();
    files_[number].size = bytes;
    if (!is_well())
        return;
    std::size_t const start = content_.size();
    extent.write_to(content_);
    say(Kind::replace, number, bytes, std::string_view(content_).substr(start));
}

void PosixStorage::remove(std::uint32_t number)
{
    files_[number].exists = false;
    files_[number].size = 0;
    say(Kind::remove, number, 0, {});
}

void PosixStorage::rename(std::uint32_t number, std::string path)
{
    ENSURE(is_good(path), "a path leads to a file below its host's directory");
    say(Kind::rename, number, 0, {}, std::move(path));
}

void PosixStorage::settled(Instant now, Backend::Why why)
{
    last_now_ = now;
    if (why == Backend::Why::written_back || !is_well())
        return;
    // Also what was written in parts before wants its sync.
    if (pending_.empty() && touched_.empty() && touched_folders_.empty())
        return;
    ++counts_.steps;
    write_down(JournalEntry::Kind::step, now);
    sync_all();
}

void PosixStorage::finish(Instant now)
{
    settled(now, Backend::Why::flushed);
    if (finished_ || !is_well())
        return;
    write_journal(JournalEntry::Kind::closed, now);
    sync_all();
    for (Slot& slot : slots_)
        slot.descriptor = {};
    finished_ = true;
}

void PosixStorage::read(std::uint32_t number, std::string& bytes)
{
    write_down(JournalEntry::Kind::part, last_now_);
    if (!is_well())
        return;
    std::string const path = full(files_[number].path);
    if (!read_whole_file(path, bytes))
        fail(path, "cannot be read", errno);
}

// -- What is done ---------------------------------------------------------------------------------

void PosixStorage::fail(std::string const& path, std::string_view what, int error)
{
    if (is_well())
        failure_ = fmt::format("{}: {}: {}", path, what, error_text(error));
    pending_.clear();
    content_ = {};
    changes_ = {};
    slots_.clear();
}

// The changes so far, in the journal and in the files.
void PosixStorage::write_down(JournalEntry::Kind kind, Instant now)
{
    if (!is_well() || (pending_.empty() && kind == JournalEntry::Kind::part))
        return;
    write_journal(kind, now);
    make_changes();
    pending_.clear();
    content_.clear();
}

void PosixStorage::write_journal(JournalEntry::Kind kind, Instant now)
{
    std::string const entry = encode_entry(entries_++, kind, now, changes_);
    changes_.clear();
    std::string_view rest = entry;
    while (!rest.empty()) {
        ssize_t const wrote = ::write(journal_.number(), rest.data(), rest.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return fail(full(data_journal), "cannot be written", errno);
        rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
    // What is in the files is in the journal, also after the machine has failed.
    if (options_.sync) {
        ++counts_.syncs;
        if (::fdatasync(journal_.number()) != 0)
            fail(full(data_journal), "cannot be synced", errno);
    }
}

void PosixStorage::make_changes()
{
    std::string_view content = content_;
    for (std::size_t i = 0; i < pending_.size() && is_well();) {
        Change const change = std::move(pending_[i]);
        File& file = files_[change.file];
        std::uint64_t bytes = change.bytes;
        ++i;
        switch (change.kind) {
        case Kind::create:
            make_file(file);
            break;
        case Kind::append:
            // Those of one file that follow each other are written at once.
            for (; i < pending_.size() && pending_[i].kind == change.kind &&
                   pending_[i].file == change.file;
                 ++i)
                bytes += pending_[i].bytes;
            write_at_end(change.file, content.substr(0, bytes));
            content.remove_prefix(bytes);
            break;
        case Kind::truncate: {
            int const open = descriptor(change.file);
            if (open >= 0 && ::ftruncate(open, static_cast<off_t>(bytes)) != 0)
                fail(full(file.path), "cannot be cut", errno);
            file.ended = bytes;
            touch(change.file);
            break;
        }
        case Kind::replace:
            replace_content(change.file, content.substr(0, bytes));
            content.remove_prefix(bytes);
            break;
        case Kind::remove:
            let_go(file);
            if (::unlink(full(file.path).c_str()) != 0)
                fail(full(file.path), "cannot be removed", errno);
            file.ended = 0;
            touch_folder_of(file);
            break;
        case Kind::rename:
            move_file(file, change.path);
            break;
        case Kind::name:
            break;
        }
    }
}

void PosixStorage::make_folder(std::string const& folder)
{
    if (folder.empty() || !folders_.insert(folder).second)
        return;
    std::string const above = folder_of(folder);
    make_folder(above);
    if (::mkdir(full(folder).c_str(), 0777) != 0 && errno != EEXIST)
        return fail(full(folder), "cannot be made", errno);
    if (options_.sync)
        touched_folders_.insert(above);
}

void PosixStorage::make_file(File& file)
{
    make_folder(folder_of(file.path));
    if (!is_well())
        return;
    std::string const path = full(file.path);
    ++counts_.opens;
    Descriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!made && (errno == EMFILE || errno == ENFILE)) {
        for (Slot& slot : slots_)
            if (slot.descriptor)
                let_go(files_[slot.file]);
        made = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    }
    if (!made)
        return fail(path, "cannot be made", errno);
    file.ended = 0;
    touch_folder_of(file);
}

void PosixStorage::write_at_end(std::uint32_t number, std::string_view bytes)
{
    int const open = descriptor(number);
    if (open < 0)
        return;
    ++counts_.writes;
    File& file = files_[number];
    if (!write_at(open, bytes, file.ended))
        return fail(full(file.path), "cannot be written", errno);
    file.ended += bytes.size();
    touch(number);
}

void PosixStorage::replace_content(std::uint32_t number, std::string_view bytes)
{
    File& file = files_[number];
    let_go(file);
    std::string const beside = full(data_replacement);
    ++counts_.opens;
    ++counts_.writes;
    Descriptor const made(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!made || !write_at(made.number(), bytes, 0))
        return fail(beside, "cannot be written", errno);
    if (options_.sync) {
        ++counts_.syncs;
        if (::fdatasync(made.number()) != 0)
            return fail(beside, "cannot be synced", errno);
    }
    if (::rename(beside.c_str(), full(file.path).c_str()) != 0)
        return fail(full(file.path), "cannot be replaced", errno);
    file.ended = bytes.size();
    touch_folder_of(file);
}

// An open descriptor goes along.
void PosixStorage::move_file(File& file, std::string path)
{
    make_folder(folder_of(path));
    if (!is_well())
        return;
    if (::rename(full(file.path).c_str(), full(path).c_str()) != 0)
        return fail(full(file.path), "cannot be renamed", errno);
    touch_folder_of(file);
    file.path = std::move(path);
    touch_folder_of(file);
}

void PosixStorage::touch(std::uint32_t number)
{
    if (!options_.sync || files_[number].touched)
        return;
    files_[number].touched = true;
    touched_.push_back(number);
}

void PosixStorage::touch_folder_of(File const& file)
{
    if (options_.sync)
        touched_folders_.insert(folder_of(file.path));
}

// Each file and directory once, however often it was changed.
void PosixStorage::sync_all()
{
    if (!options_.sync)
        return;
    for (std::uint32_t const number : std::exchange(touched_, {})) {
        File& file = files_[number];
        file.touched = false;
        if (!file.exists || !is_well())
            continue;
        int const open = descriptor(number);
        ++counts_.syncs;
        if (open >= 0 && ::fdatasync(open) != 0)
            fail(full(file.path), "cannot be synced", errno);
    }
    for (std::string const& folder : std::exchange(touched_folders_, {})) {
        ++counts_.syncs;
        if (is_well() && !sync_directory(full(folder)))
            fail(full(folder), "cannot be synced", errno);
    }
}

// -- Descriptors ----------------------------------------------------------------------------------

// Of a file that exists; the one that was not used for longest makes room. Negative: it failed.
int PosixStorage::descriptor(std::uint32_t number)
{
    File& file = files_[number];
    if (!is_well())
        return -1;
    if (file.slot != no_slot) {
        slots_[file.slot].used = ++uses_;
        return slots_[file.slot].descriptor.number();
    }
    std::uint32_t slot = static_cast<std::uint32_t>(slots_.size());
    if (slots_.size() < options_.descriptors_max) {
        slots_.emplace_back();
    } else {
        slot = 0;
        for (std::uint32_t i = 1; i < slots_.size(); ++i)
            if (slots_[i].used < slots_[slot].used)
                slot = i;
        if (slots_[slot].descriptor)
            let_go(files_[slots_[slot].file]);
    }
    std::string const path = full(file.path);
    ++counts_.opens;
    Descriptor opened(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!opened && (errno == EMFILE || errno == ENFILE)) {
        // Somebody else in this process needs many: make do with fewer.
        for (Slot& other : slots_)
            if (other.descriptor)
                let_go(files_[other.file]);
        opened = Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    }
    if (!opened) {
        fail(path, "cannot be opened", errno);
        return -1;
    }
    slots_[slot] = {std::move(opened), number, ++uses_};
    file.slot = slot;
    return slots_[slot].descriptor.number();
}

void PosixStorage::let_go(File& file)
{
    if (file.slot == no_slot)
        return;
    slots_[file.slot].descriptor = {};
    slots_[file.slot].used = 0;
    file.slot = no_slot;
}

}  // namespace odradek::sim
