#include "sim/disk.h"

#include <algorithm>
#include <limits>
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
constexpr Site name_survives("disk.new-name");  // 1: the new file is there after a power loss.
constexpr Site rotten_byte("disk.rot");         // Which byte of all that could.
constexpr Site rotten_bit("disk.rot-bit");      // And which bit of it.
constexpr Site bit_rots("disk.bit-rot");        // Of an extent that is read anew.
constexpr Site survives("disk.power-loss");     // How many of the changes at risk are there again.
constexpr Site torn_bytes("disk.torn-tail");    // How many bytes are torn off, less one.

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

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

Disk::Errors Disk::errors_of(FileId id) const
{
    Errors errors{conditions_.read_errors, conditions_.write_errors, conditions_.flush_errors,
                  conditions_.flush_lies, conditions_.gone};
    if (!conditions_.parts)
        return errors;
    std::string_view const path = files_[id.value].path();
    for (Fault const& fault : faults_) {
        std::string const& under = fault.is.under;
        if (under.empty() || !path.starts_with(under) ||
            !path.substr(under.size()).starts_with('/'))
            continue;
        errors.read = either(errors.read, fault.is.read_errors);
        errors.write = either(errors.write, fault.is.write_errors);
        errors.flush = either(errors.flush, fault.is.flush_errors);
        errors.lies = either(errors.lies, fault.is.flush_lies);
        errors.gone = errors.gone || fault.is.gone;
    }
    return errors;
}

bool Disk::is_gone(FileId id) const
{
    return conditions_.parts ? errors_of(id).gone : conditions_.gone;
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

// -- Power loss -----------------------------------------------------------------------------------

// After how many of its changes the file is found again.
std::uint64_t Disk::survivors(Chance& chance, FileId id, PowerLoss model) const
{
    CachedFile const& file = files_[id.value];
    switch (model) {
    case PowerLoss::keep_all:
        return file.changes();
    case PowerLoss::lose_unsynced:
        return file.durable();
    case PowerLoss::lose_random_unsynced:
    case PowerLoss::torn_tail:
        break;
    }
    return file.durable() + chance.below(survives, actor(id), file.changes() - file.durable() + 1);
}

bool Disk::finds_entry(Chance& chance, JournalEntry const& entry, PowerLoss model,
                       std::vector<std::uint64_t> const& found) const
{
    if (entry.change < found[entry.file.value])
        return true;  // What came after the name is there, so the name is.
    if (!entry.names || model == PowerLoss::lose_unsynced)
        return false;
    return model == PowerLoss::keep_all || chance.below(name_survives, actor(entry.file), 2) == 1;
}

// A machine that starts reads from its devices again.
void Disk::rot_anew(Chance& chance, std::vector<LostBytes>& report)
{
    if (quality_.bit_rot.is_never())
        return;
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        FileId const id{i};
        CachedFile& file = files_[i];
        std::uint64_t const before = file.durable_valid();
        for (std::size_t at = 0; at < file.extents().size(); ++at) {
            std::uint64_t const bytes = file.extents()[at].blob->size();
            if (bytes != 0 && chance.happens(bit_rots, actor(id), quality_.bit_rot))
                file.rot(at, chance.below(rotten_bit, actor(id), bytes * 8), false, *backend_.get(),
                         name_of(id));
        }
        if (file.durable_valid() == before)
            continue;
        auto const at = std::find_if(report.begin(), report.end(), [id](LostBytes const& lost) {
            return lost.file.value >= id.value;
        });
        std::uint64_t const lost = before - file.durable_valid();
        if (at != report.end() && at->file == id) {
            at->kept = file.durable_valid();
            at->lost += lost;
        } else {
            report.insert(at, {id, file.durable_valid(), lost, 0});
        }
    }
}

std::optional<Disk::RottenBit> Disk::rot(Instant now, Chance& chance, std::string_view under,
                                         bool hidden)
{
    settle(now);
    auto const durable_bytes = [&](FileId id) {
        std::string_view const path = files_[id.value].durable_path();
        bool const below = under.empty() ||
                           (path.starts_with(under) && path.substr(under.size()).starts_with('/'));
        return below && !is_gone(id) ? files_[id.value].durable_bytes() : 0;
    };
    std::uint64_t all = 0;
    for (std::uint32_t i = 0; i < files_.size(); ++i)
        all += durable_bytes(FileId{i});
    if (all == 0)
        return std::nullopt;
    std::uint64_t byte = chance.below(rotten_byte, Actor{host_.value} << 32, all);
    FileId id{0};
    for (; byte >= durable_bytes(id); ++id.value)
        byte -= durable_bytes(id);
    RottenBit const rotten{id, byte};
    std::vector<Extent> const extents = files_[id.value].durable_extents();
    std::size_t at = 0;
    for (; byte >= extents[at].blob->size(); ++at)
        byte -= extents[at].blob->size();
    std::uint64_t const bit = byte * 8 + chance.below(rotten_bit, actor(id), 8);
    files_[id.value].rot(at, bit, hidden, *backend_.get(), name_of(id));
    backend_.get()->settled(now, Backend::Why::written_back);
    return rotten;
}

std::vector<LostBytes> Disk::lose_power(Instant now, Chance& chance, std::optional<PowerLoss> model)
{
    settle(now);
    flushes_.clear();
    dirty_.clear();
    parked_.clear();
    held_.clear();
    moved_ = now;
    commit_begins_ = now;
    commit_ends_ = now;
    PowerLoss const how = model.value_or(quality_.power_loss);
    std::vector<std::uint64_t> found(files_.size());
    for (std::uint32_t i = 0; i < files_.size(); ++i)
        found[i] = files_[i].durable() == files_[i].changes() ? files_[i].changes()
                                                              : survivors(chance, FileId{i}, how);
    // The journal is kept up to the last of its entries that is found.
    std::uint64_t kept = journal_begin_;
    for (std::size_t i = 0; i < journal_.size(); ++i)
        if (finds_entry(chance, journal_[i], how, found))
            kept = journal_begin_ + i + 1;
    force_journal(kept);
    journal_begin_ += journal_.size();
    journal_.clear();
    std::vector<LostBytes> report;
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        FileId const id{i};
        CachedFile& file = files_[i];
        std::uint64_t torn = 0;
        std::uint64_t const changes = std::max(found[i], file.durable());
        if (file.durable() != file.changes()) {
            std::uint64_t const whole = how == PowerLoss::torn_tail ? file.tearable(changes) : 0;
            if (whole >= 2)
                torn = 1 + chance.below(torn_bytes, actor(id), whole - 1);
        }
        used_ -= file.size();
        CachedFile::Loss const loss = file.lose_power(changes, torn, *backend_.get(), name_of(id));
        used_ += file.size();
        if (loss.lost != 0 || loss.restored != 0)
            report.push_back({id, loss.kept, loss.lost, loss.restored});
        ENSURE(!backend().failure().empty() || backend().size(name_of(id)) == file.size(),
               "a backend keeps as many bytes as it was told");
    }
    for (NewName const& name : new_names_)
        if (name.entry >= kept && files_[name.file.value].exists()) {
            backend_.get()->remove(name_of(name.file));
            files_[name.file.value].forget();
        }
    new_names_.clear();
    rot_anew(chance, report);
    if (renamed_)
        list_paths();
    backend_.get()->settled(now, Backend::Why::flushed);
    return report;
}

void Disk::wipe()
{
    ENSURE(flushes_.empty() && dirty_.empty() && held_.empty() && journal_.empty(),
           "a disk is exchanged while its host has no power");
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        CachedFile& file = files_[i];
        if (!file.exists())
            continue;
        used_ -= file.size();
        file.remove();
        file.make_durable(file.changes(), backend_.get(), name_of(FileId{i}));
    }
}

// -- Faults ---------------------------------------------------------------------------------------

void Disk::refresh_conditions()
{
    Conditions all;
    all.read = quality_.read;
    all.write = quality_.write;
    all.flush = quality_.flush;
    all.bandwidth = quality_.bandwidth;
    all.room = quality_.capacity == 0 ? unlimited : quality_.capacity;
    for (Fault const& fault : faults_) {
        DiskFault const& is = fault.is;
        if (!is.under.empty()) {
            all.parts = true;
            continue;
        }
        all.read = is.read.value_or(all.read);
        all.write = is.write.value_or(all.write);
        all.flush = is.flush.value_or(all.flush);
        std::uint64_t const bandwidth = is.bandwidth.value_or(0);
        if (bandwidth != 0 && (all.bandwidth == 0 || bandwidth < all.bandwidth))
            all.bandwidth = bandwidth;
        all.room = std::min(all.room, fault.room);
        all.read_errors = either(all.read_errors, is.read_errors);
        all.write_errors = either(all.write_errors, is.write_errors);
        all.flush_errors = either(all.flush_errors, is.flush_errors);
        all.flush_lies = either(all.flush_lies, is.flush_lies);
        all.short_writes = all.short_writes || is.short_writes;
        all.loses_names = all.loses_names || is.loses_names;
        all.stalled = all.stalled || is.stalled;
        all.gone = all.gone || is.gone;
    }
    conditions_ = std::move(all);
}

std::uint32_t Disk::add_fault(Instant now, DiskFault fault)
{
    settle(now);
    ENSURE(fault.under.empty() || !(fault.stalled || fault.full || fault.free_bytes || fault.read ||
                                    fault.write || fault.flush || fault.bandwidth),
           "a directory can be gone or have errors; how fast and how large is the disk's");
    std::uint64_t room = unlimited;
    if (fault.free_bytes && *fault.free_bytes < unlimited - used_)
        room = used_ + *fault.free_bytes;
    if (fault.full)
        room = 0;
    faults_.push_back({++fault_last_, room, std::move(fault)});
    refresh_conditions();
    frozen_ = conditions_.stalled || conditions_.gone;
    return fault_last_;
}

std::vector<Resumed> Disk::remove_fault(Instant now, std::uint32_t fault)
{
    settle(now);
    auto const at = std::find_if(faults_.begin(), faults_.end(),
                                 [fault](Fault const& one) { return one.number == fault; });
    ENSURE(at != faults_.end(), "a fault is taken away once");
    faults_.erase(at);
    refresh_conditions();
    frozen_ = conditions_.stalled || conditions_.gone;
    // What could not be written back is tried anew.
    std::vector<Dirty> const parked = std::move(parked_);
    parked_.clear();
    for (Dirty const& dirty : parked) {
        if (is_gone(dirty.file))
            parked_.push_back(dirty);
        else
            dirty_.push({now, dirty.file, dirty.changes});
    }
    std::vector<Resumed> resumed;
    if (conditions_.stalled)
        return resumed;
    for (Operation const& operation : held_)
        resumed.push_back({operation.file, carry_out(now, operation)});
    held_.clear();
    return resumed;
}

void Disk::set_power_loss(PowerLoss model) { quality_.power_loss = model; }

}  // namespace odradek::sim
