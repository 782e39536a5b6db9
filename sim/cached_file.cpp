#include "sim/cached_file.h"

#include <algorithm>
#include <utility>

#include "sim/backend.h"
#include "sim/damage.h"
#include "sim/ensure.h"

namespace odradek::sim {

namespace {

std::uint64_t bytes_of(std::vector<Extent> const& extents)
{
    std::uint64_t bytes = 0;
    for (Extent const& extent : extents)
        bytes += extent.blob->size();
    return bytes;
}

}  // namespace

CachedFile::CachedFile(std::string path) : path_(std::move(path)) {}

// -- Changes --------------------------------------------------------------------------------------

void CachedFile::append(Ref<Blob> blob)
{
    std::uint64_t const bytes = blob->size();
    extents_.push_back({std::move(blob), bytes});
    size_ += bytes;
    ++changes_;
}

void CachedFile::turn(Turn::Kind kind, std::size_t kept)
{
    auto const first = extents_.begin() + static_cast<std::ptrdiff_t>(kept);
    std::vector<Extent> removed(std::make_move_iterator(first),
                                std::make_move_iterator(extents_.end()));
    extents_.erase(first, extents_.end());
    size_ -= bytes_of(removed);
    turns_.push_back({kind, changes_, kept, std::move(removed), {}, false});
    ++changes_;
}

void CachedFile::cut(std::size_t extents)
{
    ENSURE(extents <= extents_.size(), "a file is cut to extents it has");
    turn(Turn::Kind::cut, extents);
}

void CachedFile::replace(Ref<Blob> blob)
{
    turn(Turn::Kind::replacement, 0);
    std::uint64_t const bytes = blob->size();
    extents_.push_back({std::move(blob), bytes});
    size_ += bytes;
}

void CachedFile::remove()
{
    turn(Turn::Kind::removal, 0);
    exists_ = false;
}

void CachedFile::rename(std::string path)
{
    turn(Turn::Kind::renaming, extents_.size());
    turns_.back().was = std::exchange(path_, std::move(path));
}

std::string const& CachedFile::durable_path() const
{
    for (Turn const& turn : turns_)
        if (turn.kind == Turn::Kind::renaming)
            return turn.was;
    return path_;
}

void CachedFile::forget()
{
    ENSURE(extents_.empty() && changes_ == 0, "only a file without content is forgotten");
    exists_ = false;
}

void CachedFile::make_again()
{
    ENSURE(!exists_, "a file is made where there is none");
    ENSURE(durable_ == changes_, "a file is made again only after its removal is durable");
    exists_ = true;
}

// -- Which extent a change appended ---------------------------------------------------------------

bool CachedFile::is_lost(std::uint64_t change) const
{
    for (Range const& range : lost_)
        if (range.from <= change && change < range.to)
            return true;
    return false;
}

// The extent that `change`, an append or a replacement, put at `position`: in the page cache, or
// with the first later change that took it away.
Extent const& CachedFile::extent_of(std::uint64_t change, std::size_t position) const
{
    for (Turn const& turn : turns_)
        if (turn.change > change && turn.kept <= position)
            return turn.removed[position - turn.kept];
    return extents_[position];
}

// How many extents the file had before `change`, which is not durable (or has yet to come).
std::size_t CachedFile::extents_before(std::uint64_t change) const
{
    std::uint64_t since = durable_;
    std::size_t extents = durable_extents_;
    for (Turn const& turn : turns_) {
        if (turn.change >= change)
            break;
        since = turn.change + 1;
        extents = turn.kept + (turn.kind == Turn::Kind::replacement ? 1 : 0);
    }
    return extents + static_cast<std::size_t>(change - since);
}

// -- Becoming durable -----------------------------------------------------------------------------

CachedFile::Taken CachedFile::take()
{
    Taken taken{std::max(taken_, durable_), changes_, 0};
    taken_ = changes_;
    // What was appended and taken away again needs no writing.
    std::size_t first = extents_before(taken.from);
    for (Turn const& turn : turns_)
        if (turn.change >= taken.from)
            first = std::min(first, turn.kept);
    for (std::size_t i = first; i < extents_.size(); ++i)
        taken.bytes += extents_[i].blob->size();
    return taken;
}

void CachedFile::lose(std::uint64_t from, std::uint64_t to)
{
    from = std::max(from, durable_);
    if (from < to)
        lost_.push_back({from, to});
}

void CachedFile::believe(std::uint64_t from, std::uint64_t to)
{
    for (Turn& turn : turns_)
        turn.believed = turn.believed || (from <= turn.change && turn.change < to);
}

std::uint64_t CachedFile::written_back(std::uint64_t more) const
{
    std::uint64_t changes = aged_ + more;
    for (Turn const& turn : turns_)
        if (turn.kind == Turn::Kind::replacement && !turn.believed)
            return std::min(changes, turn.change);
    return changes;
}

void CachedFile::append_durable(Extent extent, Backend* backend, FileName const& name)
{
    durable_bytes_ += extent.blob->size();
    durable_valid_ += extent.valid;
    ++durable_extents_;
    if (backend != nullptr)
        backend->append(name, extent);
}

// Where the file is called what it is after the `index`-th of the turns.
std::string_view CachedFile::path_after(std::size_t index) const
{
    for (std::size_t i = index + 1; i < turns_.size(); ++i)
        if (turns_[i].kind == Turn::Kind::renaming)
            return turns_[i].was;
    return path_;
}

void CachedFile::turn_durable(std::size_t index, Backend* backend, FileName& name)
{
    Turn const& turn = turns_[index];
    if (turn.kind == Turn::Kind::renaming) {
        std::string_view const path = path_after(index);
        if (backend != nullptr)
            backend->rename(name, path);
        name.path = path;
        return;
    }
    if (turn.kind == Turn::Kind::cut) {
        for (Extent const& extent : turn.removed) {
            durable_bytes_ -= extent.blob->size();
            durable_valid_ -= extent.valid;
        }
        while (!flaws_.empty() && flaws_.back().extent >= turn.kept) {
            durable_valid_ += turn.removed[flaws_.back().extent - turn.kept].valid;
            durable_valid_ -= flaws_.back().is.valid;
            flaws_.pop_back();
        }
        durable_extents_ = turn.kept;
        if (backend != nullptr)
            backend->truncate(name, turn.kept, durable_bytes_);
        return;
    }
    flaws_.clear();
    durable_extents_ = 0;
    durable_bytes_ = 0;
    durable_valid_ = 0;
    if (turn.kind == Turn::Kind::removal) {
        if (backend != nullptr)
            backend->remove(name);
        return;
    }
    Extent const& content = extent_of(turn.change, 0);
    durable_extents_ = 1;
    durable_bytes_ = content.blob->size();
    durable_valid_ = content.valid;
    if (backend != nullptr)
        backend->replace(name, content);
}

void CachedFile::make_durable(std::uint64_t changes, Backend* backend, FileName name)
{
    if (changes <= durable_)
        return;
    std::uint64_t change = durable_;
    durable_ = changes;
    if (turns_.empty() && lost_.empty()) {
        for (; change < changes; ++change)
            append_durable(extents_[durable_extents_], backend, name);
        return;
    }
    // What comes before a replacement or a removal never needs to reach the disk.
    std::size_t next = 0;
    for (std::size_t i = 0; i < turns_.size() && turns_[i].change < changes; ++i) {
        if (turns_[i].kind == Turn::Kind::removal || turns_[i].kind == Turn::Kind::replacement) {
            next = i;
            change = turns_[i].change;
        }
    }
    for (std::size_t i = 0; i < next; ++i)
        if (turns_[i].kind == Turn::Kind::renaming)
            turn_durable(i, backend, name);
    for (; change < changes; ++change) {
        if (next < turns_.size() && turns_[next].change == change) {
            turn_durable(next, backend, name);
            ++next;
            continue;
        }
        Extent extent = extent_of(change, durable_extents_);
        if (is_lost(change)) {
            extent.valid = 0;
            flaws_.push_back({durable_extents_, extent});
        }
        append_durable(std::move(extent), backend, name);
    }
    turns_.erase(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(next));
    while (!lost_.empty() && lost_.front().to <= durable_)
        lost_.erase(lost_.begin());
}

void CachedFile::commit(std::uint64_t change, Backend* backend, FileName name)
{
    if (change < durable_ || !lost_.empty())
        return;
    std::size_t least = durable_extents_;
    std::size_t turn = 0;
    for (; turn < turns_.size() && turns_[turn].change != change; ++turn) {
        if (turns_[turn].kind == Turn::Kind::removal ||
            turns_[turn].kind == Turn::Kind::replacement)
            return;  // A replacement before it has yet to be renamed.
        least = std::min(least, turns_[turn].kept);
    }
    ENSURE(turn < turns_.size(), "a turn that is not durable is remembered");
    if (turns_[turn].kind == Turn::Kind::removal || turns_[turn].kind == Turn::Kind::replacement) {
        make_durable(change + 1, backend, name);
        return;
    }
    std::size_t const kept = turns_[turn].kept;
    least = std::min(least, kept);
    // What was durable and is no more, with the first cut that took it away.
    for (std::size_t at = least; at < durable_extents_; ++at) {
        auto const cut = std::find_if(turns_.begin(), turns_.end(),
                                      [at](Turn const& one) { return one.kept <= at; });
        Extent const& extent = cut->removed[at - cut->kept];
        Flaw const* const flaw = flaw_at(at);
        durable_bytes_ -= extent.blob->size();
        durable_valid_ -= flaw != nullptr ? flaw->is.valid : extent.valid;
    }
    while (!flaws_.empty() && flaws_.back().extent >= least)
        flaws_.pop_back();
    if (least < durable_extents_ && backend != nullptr)
        backend->truncate(name, least, durable_bytes_);
    durable_extents_ = least;
    durable_ = change + 1 - (kept - least);
    for (std::size_t i = 0; i <= turn; ++i)
        if (turns_[i].kind == Turn::Kind::renaming)
            turn_durable(i, backend, name);
    turns_.erase(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(turn) + 1);
}

// What the page cache shows of a durable extent, or showed before it was taken away.
Extent& CachedFile::shown_durable(std::size_t position)
{
    for (Turn& turn : turns_)
        if (turn.kept <= position)
            return turn.removed[position - turn.kept];
    return extents_[position];
}

CachedFile::Flaw const* CachedFile::flaw_at(std::size_t position) const
{
    auto const at = std::find_if(flaws_.begin(), flaws_.end(),
                                 [position](Flaw const& flaw) { return flaw.extent >= position; });
    return at != flaws_.end() && at->extent == position ? &*at : nullptr;
}

void CachedFile::rot(std::size_t position, std::uint64_t bit, bool hidden, Backend& backend,
                     FileName const& name)
{
    ENSURE(position < durable_extents_, "only what is on the disk rots there");
    Extent& shown = shown_durable(position);
    Flaw const* const flaw = flaw_at(position);
    Extent const before = flaw != nullptr ? flaw->is : shown;
    Extent const after = with_rotten_bit(before, bit);
    durable_valid_ -= before.valid - after.valid;
    // A flaw is there because the page cache has something better: it stays that way.
    if (flaw != nullptr) {
        flaws_[static_cast<std::size_t>(flaw - flaws_.data())].is = after;
    } else if (hidden) {
        auto const at = std::find_if(flaws_.begin(), flaws_.end(),
                                     [position](Flaw const& one) { return one.extent > position; });
        flaws_.insert(at, {position, after});
    } else {
        shown = after;
    }
    // The backend knows appends and cuts.
    std::vector<Extent> const now = durable_extents();
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < position; ++i)
        bytes += now[i].blob->size();
    backend.truncate(name, position, bytes);
    for (std::size_t i = position; i < now.size(); ++i)
        backend.append(name, now[i]);
}

// -- Power loss -----------------------------------------------------------------------------------

// Takes back every change that is not durable.
void CachedFile::undo_to_durable(std::vector<Extent>& extents) const
{
    for (auto turn = turns_.rbegin(); turn != turns_.rend(); ++turn) {
        extents.resize(turn->kept);
        extents.insert(extents.end(), turn->removed.begin(), turn->removed.end());
    }
    extents.resize(durable_extents_);
    for (Flaw const& flaw : flaws_)
        extents[flaw.extent] = flaw.is;
}

std::vector<Extent> CachedFile::durable_extents() const
{
    std::vector<Extent> extents = extents_;
    undo_to_durable(extents);
    return extents;
}

std::uint64_t CachedFile::tearable(std::uint64_t changes) const
{
    if (changes <= durable_)
        return 0;
    std::uint64_t const last = changes - 1;
    for (Turn const& turn : turns_)
        if (turn.change == last)
            return 0;
    return is_lost(last) ? 0 : extent_of(last, extents_before(last)).blob->size();
}

CachedFile::Loss CachedFile::lose_power(std::uint64_t changes, std::uint64_t torn, Backend& backend,
                                        FileName const& name)
{
    if (durable_ == changes_ && flaws_.empty()) {
        changes_ = taken_ = aged_ = durable_ = 0;
        return {durable_valid_, 0, 0};
    }
    std::vector<Extent> const before = extents_;
    if (torn == 0) {
        make_durable(changes, &backend, name);
    } else {
        ENSURE(torn <= tearable(changes), "only the last append that is not durable is torn");
        make_durable(changes - 1, &backend, name);
        Extent last = extent_of(changes - 1, durable_extents_);
        last.valid -= torn;
        append_durable(std::move(last), &backend, {name.host, name.file, durable_path()});
        durable_ = changes;
    }
    path_ = std::string(durable_path());
    for (Turn const& turn : turns_)
        exists_ = exists_ || turn.kind == Turn::Kind::removal;
    undo_to_durable(extents_);
    if (torn != 0)
        extents_.back().valid -= torn;
    turns_.clear();
    lost_.clear();
    flaws_.clear();
    size_ = durable_bytes_;
    changes_ = taken_ = aged_ = durable_ = 0;
    ENSURE(bytes_of(extents_) == size_, "what a power loss leaves is what is durable");

    Loss loss{durable_valid_, 0, 0};
    for (std::size_t i = 0; i < std::max(before.size(), extents_.size()); ++i) {
        std::uint64_t const had = i < before.size() ? before[i].valid : 0;
        std::uint64_t const has = i < extents_.size() ? extents_[i].valid : 0;
        bool const same = i < before.size() && i < extents_.size() &&
                          as_written(before[i].blob) == as_written(extents_[i].blob);
        loss.lost += same ? had - std::min(had, has) : had;
        loss.restored += same ? has - std::min(had, has) : has;
    }
    return loss;
}

}  // namespace odradek::sim
