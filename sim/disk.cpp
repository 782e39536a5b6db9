#include "sim/disk.h"

#include <algorithm>
#include <utility>

#include "sim/backend.h"
#include "sim/damage.h"
#include "sim/ensure.h"
#include "sim/memory_backend.h"

namespace odradek::sim {

namespace {

// Asked per file: the actor is the host's number and the file's (Disk::actor).
constexpr Site read_latency("disk.read");
constexpr Site write_latency("disk.write");
constexpr Site flush_latency("disk.flush");
constexpr Site read_error("disk.read-error");
constexpr Site write_error("disk.write-error");
constexpr Site flush_error("disk.flush-error");
constexpr Site flush_lie("disk.flush-lie");

Duration draw(Chance& chance, Site site, Actor actor, Distribution const& distribution)
{
    std::int64_t const latency = distribution.is_constant()
                                     ? distribution.lowest()
                                     : chance.sample_int(site, actor, distribution);
    return {std::max<std::int64_t>(latency, 0)};
}

// Rounded up to the next nanosecond.
Duration time_to_move(std::uint64_t bytes, std::uint64_t bandwidth)
{
    if (bandwidth == 0)
        return {};
    __extension__ using Wide = unsigned __int128;
    Wide const ns = (Wide{bytes} * 1'000'000'000 + bandwidth - 1) / bandwidth;
    Wide const most = static_cast<Wide>(Duration::forever().ns);
    return {static_cast<std::int64_t>(std::min(ns, most))};
}

}  // namespace

char const* to_string(DiskError error)
{
    switch (error) {
    case DiskError::none:
        return "none";
    case DiskError::no_space:
        return "no space left";
    case DiskError::io_error:
        return "I/O error";
    case DiskError::flush_failed:
        return "flush failed";
    case DiskError::gone:
        return "device gone";
    }
    return "?";
}

char const* to_string(PowerLoss model)
{
    switch (model) {
    case PowerLoss::keep_all:
        return "keep-all";
    case PowerLoss::lose_unsynced:
        return "lose-unsynced";
    case PowerLoss::lose_random_unsynced:
        return "lose-random-unsynced";
    case PowerLoss::torn_tail:
        return "torn-tail";
    }
    return "?";
}

// -- The backend ----------------------------------------------------------------------------------

BackendOwner::BackendOwner(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

BackendOwner::BackendOwner(BackendOwner const& other)
{
    ENSURE(other.backend_->can_clone(), "a disk is copied only if its backend can be copied");
    backend_ = other.backend_->clone();
    ENSURE(backend_ != nullptr, "a backend that can be copied gives its copy");
}

BackendOwner::BackendOwner(BackendOwner&&) noexcept = default;

BackendOwner& BackendOwner::operator=(BackendOwner other) noexcept
{
    std::swap(backend_, other.backend_);
    return *this;
}

BackendOwner::~BackendOwner() = default;

// -- Files ----------------------------------------------------------------------------------------

Disk::Disk(HostId host, DiskQuality quality)
    : Disk(host, std::move(quality), std::make_unique<MemoryBackend>())
{
}

Disk::Disk(HostId host, DiskQuality quality, std::unique_ptr<Backend> backend)
    : host_(host), quality_(std::move(quality)), backend_(std::move(backend))
{
    ENSURE(backend_.get() != nullptr, "a disk has a backend");
    refresh_conditions();
}

CachedFile const& Disk::file(FileId id) const
{
    ENSURE(id.value < files_.size(), "a file has been opened before it is named");
    return files_[id.value];
}

CachedFile& Disk::existing(FileId id)
{
    ENSURE(file(id).exists(), "only a file that exists is changed");
    return files_[id.value];
}

// As a backend knows it.
FileName Disk::name_of(FileId id) const { return {host_, id, files_[id.value].durable_path()}; }

FileId Disk::open(std::string_view path)
{
    ENSURE(!path.empty(), "a file has a path");
    auto const before = [this](FileId id, std::string_view wanted) {
        return files_[id.value].path() < wanted;
    };
    auto const at = std::lower_bound(by_path_.begin(), by_path_.end(), path, before);
    if (at != by_path_.end() && files_[at->value].path() == path) {
        FileId const id = *at;
        CachedFile& found = files_[id.value];
        if (!found.exists()) {
            // The new directory entry is durable, so the removal before it is.
            found.make_durable(found.changes(), backend_.get(), name_of(id));
            found.make_again();
            backend_.get()->create(name_of(id));
            note_new_name(id);
        }
        return id;
    }
    FileId const id{static_cast<std::uint32_t>(files_.size())};
    free_path(path);
    by_path_.insert(at, id);
    files_.emplace_back(std::string(path));
    backend_.get()->create(name_of(id));
    note_new_name(id);
    return id;
}

void Disk::note_new_name(FileId id)
{
    if (!conditions_.loses_names || files_[id.value].changes() != 0)
        return;
    new_names_.push_back({id, journal_end()});
    journal_.push({id, 0, true, true});
}

// A new directory entry is durable at once, so the renaming that left its path free is.
void Disk::free_path(std::string_view path)
{
    if (!renamed_)
        return;
    for (std::size_t i = 0; i < journal_.size(); ++i) {
        FileId const id = journal_[i].file;
        if (files_[id.value].durable_path() == path && files_[id.value].path() != path) {
            force_journal(journal_begin_ + i + 1);
            return;
        }
    }
}

// After a power loss, which may have undone renamings.
void Disk::list_paths()
{
    by_path_.clear();
    for (std::uint32_t i = 0; i < files_.size(); ++i)
        by_path_.push_back(FileId{i});
    std::sort(by_path_.begin(), by_path_.end(), [this](FileId a, FileId b) {
        CachedFile const& left = files_[a.value];
        CachedFile const& right = files_[b.value];
        if (int const order = left.path().compare(right.path()); order != 0)
            return order < 0;
        return left.exists() != right.exists() ? left.exists() : a < b;
    });
    auto const same = [this](FileId a, FileId b) {
        return files_[a.value].path() == files_[b.value].path();
    };
    by_path_.erase(std::unique(by_path_.begin(), by_path_.end(), same), by_path_.end());
    renamed_ = false;
}

std::optional<FileId> Disk::find(std::string_view path) const
{
    auto const before = [this](FileId id, std::string_view wanted) {
        return files_[id.value].path() < wanted;
    };
    auto const at = std::lower_bound(by_path_.begin(), by_path_.end(), path, before);
    if (at == by_path_.end() || files_[at->value].path() != path || !files_[at->value].exists())
        return std::nullopt;
    return *at;
}

std::string const& Disk::path(FileId id) const { return file(id).path(); }

bool Disk::exists(FileId id) const { return file(id).exists(); }

bool Disk::answers(FileId id) const { return !is_gone(id); }

std::size_t Disk::file_count() const { return files_.size(); }

std::uint64_t Disk::size(FileId id) const { return file(id).size(); }

std::vector<Extent> const& Disk::extents(FileId id) const { return file(id).extents(); }

std::uint64_t Disk::used_bytes() const { return used_; }

std::uint64_t Disk::durable_size(Instant now, FileId id) const
{
    CachedFile const& asked = file(id);
    if ((flushes_.empty() || flushes_.front().at > now) &&
        (dirty_.empty() || due(dirty_.front()) > now))
        return asked.durable_valid();
    // As settle_due() will do it, in the order in which it becomes due.
    CachedFile then = asked;
    std::size_t flush = 0;
    std::size_t dirty = 0;
    std::uint64_t journal = journal_begin_;
    for (;;) {
        Instant const flushed = flush < flushes_.size() ? flushes_[flush].at : Instant::never();
        Instant const aged = dirty < dirty_.size() ? due(dirty_[dirty]) : Instant::never();
        if (std::min(flushed, aged) > now || std::min(flushed, aged) == Instant::never())
            return then.durable_valid();
        if (flushed <= aged) {
            Flush const& done = flushes_[flush++];
            if (done.file == id)
                then.make_durable(done.changes, nullptr, name_of(id));
            for (; journal < done.journal; ++journal) {
                JournalEntry const& entry = journal_[journal - journal_begin_];
                if (entry.file == id && !entry.renames)
                    then.commit(entry.change, nullptr, name_of(id));
            }
        } else {
            Dirty const& old = dirty_[dirty++];
            if (old.file == id && !is_gone(id))
                then.age(old.changes);
        }
        then.make_durable(then.written_back(), nullptr, name_of(id));
    }
}

std::vector<Extent> Disk::durable_extents(FileId id) const { return file(id).durable_extents(); }

std::optional<FileId> Disk::first_difference() const
{
    Backend const& kept = backend();
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        FileName const name = name_of(FileId{i});
        std::string ours;
        for (Extent const& extent : files_[i].durable_extents())
            extent.write_to(ours);
        std::string theirs;
        kept.read(name, theirs);
        if (ours != theirs || kept.size(name) != theirs.size())
            return FileId{i};
    }
    return std::nullopt;
}

// -- Operations -----------------------------------------------------------------------------------

Actor Disk::actor(FileId id) const { return Actor{host_.value} << 32 | id.value; }

// After a change of the file: it ages from now on.
void Disk::changed(Instant now, FileId id)
{
    if (!dirty_.empty() && dirty_.back().file == id && dirty_.back().written == now)
        ++dirty_.back().changes;
    else
        dirty_.push({now, id, 1});
}

// The last change of the file goes to the journal.
void Disk::enter(FileId id, bool renames)
{
    journal_.push({id, files_[id.value].changes() - 1, renames});
}

void Disk::force_journal(std::uint64_t end)
{
    for (; journal_begin_ < end; ++journal_begin_) {
        JournalEntry const& entry = journal_.front();
        if (!entry.renames)
            files_[entry.file.value].commit(entry.change, backend_.get(), name_of(entry.file));
        journal_.pop();
    }
}

DiskError Disk::error_of_write(Chance& chance, FileId id, std::uint64_t bytes)
{
    Errors const errors = errors_of(id);
    if (errors.gone)
        return DiskError::gone;
    if (!errors.write.is_never() && chance.happens(write_error, actor(id), errors.write))
        return DiskError::io_error;
    if (bytes > 0 && (used_ > conditions_.room || bytes > conditions_.room - used_))
        return DiskError::no_space;
    return DiskError::none;
}

Completion Disk::append(Instant now, Chance& chance, FileId id, Ref<Blob> blob)
{
    settle(now);
    CachedFile& file = existing(id);
    std::uint64_t const bytes = blob->size();
    Duration const latency = draw(chance, write_latency, actor(id), conditions_.write);
    DiskError const error = error_of_write(chance, id, bytes);
    if (error == DiskError::none) {
        file.append(std::move(blob));
        used_ += bytes;
        changed(now, id);
    } else if (error == DiskError::no_space && conditions_.short_writes &&
               used_ < conditions_.room) {
        file.append(front_of(blob, conditions_.room - used_));
        used_ = conditions_.room;
        changed(now, id);
    }
    return begin(now,
                 {.kind = Operation::Kind::cached, .file = id, .error = error, .before = latency});
}

Completion Disk::truncate(Instant now, Chance& chance, FileId id, std::size_t extents)
{
    settle(now);
    CachedFile& file = existing(id);
    ENSURE(extents <= file.extents().size(), "a file is cut to extents it has");
    Duration const latency = draw(chance, write_latency, actor(id), conditions_.write);
    DiskError const error = error_of_write(chance, id, 0);
    if (error == DiskError::none && extents < file.extents().size()) {
        used_ -= file.size();
        file.cut(extents);
        used_ += file.size();
        changed(now, id);
        enter(id, false);
    }
    return begin(now,
                 {.kind = Operation::Kind::cached, .file = id, .error = error, .before = latency});
}

Completion Disk::remove(Instant now, Chance& chance, FileId id)
{
    settle(now);
    CachedFile& file = existing(id);
    Duration const latency = draw(chance, write_latency, actor(id), conditions_.write);
    DiskError const error = error_of_write(chance, id, 0);
    if (error == DiskError::none) {
        used_ -= file.size();
        file.remove();
        changed(now, id);
        enter(id, false);
    }
    return begin(now,
                 {.kind = Operation::Kind::cached, .file = id, .error = error, .before = latency});
}

Completion Disk::rename(Instant now, Chance& chance, FileId id, std::string_view path)
{
    settle(now);
    CachedFile& file = existing(id);
    ENSURE(!path.empty() && !find(path), "a file is given a path that no other has");
    Duration const latency = draw(chance, write_latency, actor(id), conditions_.write);
    DiskError const error = error_of_write(chance, id, 0);
    if (error == DiskError::none) {
        auto const before = [this](FileId one, std::string_view wanted) {
            return files_[one.value].path() < wanted;
        };
        by_path_.erase(std::lower_bound(by_path_.begin(), by_path_.end(), file.path(), before));
        file.rename(std::string(path));
        auto const at = std::lower_bound(by_path_.begin(), by_path_.end(), path, before);
        if (at != by_path_.end() && files_[at->value].path() == path)
            *at = id;  // Instead of one that was removed.
        else
            by_path_.insert(at, id);
        renamed_ = true;
        changed(now, id);
        enter(id, false);
    }
    return begin(now,
                 {.kind = Operation::Kind::cached, .file = id, .error = error, .before = latency});
}

Completion Disk::flush(Instant now, Chance& chance, FileId id)
{
    settle(now);
    ENSURE(id.value < files_.size(), "a file has been opened before it is named");
    Operation flush{.kind = Operation::Kind::flush, .file = id};
    flush.latency = draw(chance, flush_latency, actor(id), conditions_.flush);
    Errors const errors = errors_of(id);
    if (errors.gone) {
        flush.error = DiskError::gone;
        return begin(now, flush);
    }
    if (chance.happens(flush_error, actor(id), errors.flush))
        flush.error = DiskError::flush_failed;
    else
        flush.lies = !errors.lies.is_never() && chance.happens(flush_lie, actor(id), errors.lies);
    CachedFile::Taken const taken = files_[id.value].take();
    flush.from = taken.from;
    flush.to = taken.to;
    flush.bytes = taken.bytes;
    flush.journal = journal_end();
    return begin(now, flush);
}

Completion Disk::replace(Instant now, Chance& chance, FileId id, Ref<Blob> blob)
{
    settle(now);
    CachedFile& file = existing(id);
    std::uint64_t const bytes = blob->size();
    Operation replace{.kind = Operation::Kind::replacement, .file = id};
    replace.before = draw(chance, write_latency, actor(id), conditions_.write);
    // One flush for the temporary file, one for the directory.
    replace.latency = draw(chance, flush_latency, actor(id), conditions_.flush);
    replace.second_latency = draw(chance, flush_latency, actor(id), conditions_.flush);
    replace.error = error_of_write(chance, id, bytes);
    if (replace.error == DiskError::none &&
        chance.happens(flush_error, actor(id), errors_of(id).flush))
        replace.error = DiskError::flush_failed;
    if (replace.error == DiskError::none) {
        Ratio const lies = errors_of(id).lies;
        replace.lies = !lies.is_never() && chance.happens(flush_lie, actor(id), lies);
        used_ -= file.size();
        file.replace(std::move(blob));
        used_ += file.size();
        changed(now, id);
        enter(id, true);
        CachedFile::Taken const taken = file.take();
        replace.from = taken.from;
        replace.to = taken.to;
        replace.journal = journal_end();
    }
    if (replace.error == DiskError::none || replace.error == DiskError::flush_failed)
        replace.bytes = bytes;
    else
        replace.kind = Operation::Kind::cached;
    return begin(now, replace);
}

Completion Disk::read(Instant now, Chance& chance, FileId id, std::uint64_t bytes)
{
    settle(now);
    ENSURE(bytes <= file(id).size(), "only bytes that are there are read");
    Operation read{.kind = Operation::Kind::read, .file = id};
    read.latency = draw(chance, read_latency, actor(id), conditions_.read);
    read.bytes = bytes;
    Errors const errors = errors_of(id);
    if (errors.gone)
        read.error = DiskError::gone;
    else if (chance.happens(read_error, actor(id), errors.read))
        read.error = DiskError::io_error;
    return begin(now, read);
}

Completion Disk::begin(Instant now, Operation operation)
{
    if (!conditions_.stalled || operation.error == DiskError::gone)
        return carry_out(now, operation);
    operation.number = ++held_last_;
    held_.push_back(operation);
    return {Instant::never(), operation.error, operation.number};
}

Completion Disk::carry_out(Instant now, Operation const& operation)
{
    CachedFile& file = files_[operation.file.value];
    Completion done{now + operation.before, operation.error, operation.number};
    if (is_gone(operation.file))
        return {now, DiskError::gone, operation.number};
    switch (operation.kind) {
    case Operation::Kind::cached:
        break;
    case Operation::Kind::read:
        done.at = transfer(done.at, operation.bytes) + operation.latency;
        break;
    case Operation::Kind::flush:
    case Operation::Kind::replacement:
        done.at = commit(transfer(done.at, operation.bytes), operation.latency);
        // The directory's own flush follows that of the temporary file.
        if (operation.kind == Operation::Kind::replacement)
            done.at = commit(done.at, operation.second_latency);
        if (operation.lies)
            file.believe(operation.from, operation.to);
        else if (done.error == DiskError::none)
            flushes_.push({done.at, operation.file, operation.to, operation.journal});
        else
            file.lose(operation.from, operation.to);
        break;
    }
    return done;
}

// When a flush is done whose bytes have been moved at `ready`. What is asked for while the journal
// is committed waits for the next commit, and all that wait are served by that one together.
Instant Disk::commit(Instant ready, Duration latency)
{
    if (ready < commit_begins_)
        return commit_ends_;  // The next one has yet to begin.
    commit_begins_ = std::max(ready, commit_ends_);
    commit_ends_ = commit_begins_ + latency;
    return commit_ends_;
}

// When the device has moved so many more bytes, from `start` on: it moves them in the order of
// asking, while the flushes before are still waiting for each other.
Instant Disk::transfer(Instant start, std::uint64_t bytes)
{
    moved_ = std::max(moved_, start) + time_to_move(bytes, conditions_.bandwidth);
    return moved_;
}

// -- Time -----------------------------------------------------------------------------------------

Instant Disk::due(Dirty const& dirty) const
{
    return frozen_ ? Instant::never() : dirty.written + quality_.write_back;
}

void Disk::settle(Instant now)
{
    if ((!flushes_.empty() && flushes_.front().at <= now) ||
        (!dirty_.empty() && due(dirty_.front()) <= now))
        settle_due(now);
}

void Disk::settle_due(Instant now)
{
    Backend::Why why = Backend::Why::written_back;
    for (;;) {
        Instant const flushed = flushes_.empty() ? Instant::never() : flushes_.front().at;
        Instant const aged = dirty_.empty() ? Instant::never() : due(dirty_.front());
        if (std::min(flushed, aged) > now || std::min(flushed, aged) == Instant::never()) {
            backend_.get()->settled(now, why);
            return;
        }
        FileId id;
        if (flushed <= aged) {
            why = Backend::Why::flushed;
            id = flushes_.front().file;
            // The journal first: this file may have taken a path that another had to leave.
            force_journal(flushes_.front().journal);
            files_[id.value].make_durable(flushes_.front().changes, backend_.get(), name_of(id));
            flushes_.pop();
        } else {
            id = dirty_.front().file;
            if (is_gone(id)) {
                parked_.push_back(dirty_.front());
                dirty_.pop();
                continue;
            }
            files_[id.value].age(dirty_.front().changes);
            dirty_.pop();
        }
        CachedFile& file = files_[id.value];
        file.make_durable(file.written_back(), backend_.get(), name_of(id));
    }
}

void Disk::process_died(Instant now) { settle(now); }

void Disk::unmount(Instant now)
{
    settle(now);
    if (frozen_)
        return;
    auto const write = [this](FileId id, std::uint64_t changes) {
        if (!is_gone(id))
            files_[id.value].make_durable(changes, backend_.get(), name_of(id));
    };
    // In the journal's order, in which a path is free before another file takes it.
    for (; !journal_.empty(); ++journal_begin_, journal_.pop())
        if (!journal_.front().names)
            write(journal_.front().file, journal_.front().change + 1);
    for (std::uint32_t i = 0; i < files_.size(); ++i)
        write(FileId{i}, files_[i].changes());
    flushes_.clear();
    dirty_.clear();
    new_names_.clear();
    backend_.get()->settled(now, Backend::Why::flushed);
}

}  // namespace odradek::sim
