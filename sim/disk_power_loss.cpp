// What is left of a disk's files when the power is gone, and which bits have rotted meanwhile.
#include <algorithm>
#include <utility>

#include "sim/backend.h"
#include "sim/disk.h"
#include "sim/ensure.h"

namespace odradek::sim {

namespace {

// Asked per file: the actor is the host's number and the file's (Disk::actor).
constexpr Site name_survives("disk.new-name");  // 1: the new file is there after a power loss.
constexpr Site rotten_byte("disk.rot");         // Which byte of all that could.
constexpr Site rotten_bit("disk.rot-bit");      // And which bit of it.
constexpr Site bit_rots("disk.bit-rot");        // Of an extent that is read anew.
constexpr Site survives("disk.power-loss");     // How many of the changes at risk are there again.
constexpr Site torn_bytes("disk.torn-tail");    // How many bytes are torn off, less one.

}  // namespace

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

}  // namespace odradek::sim
