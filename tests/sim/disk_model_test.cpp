// The disk against a naive account of the same operations: after every power loss, what is found
// must be a state that the file was in, no older than what was durable, torn at most at its tail.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "sim/disk.h"
#include "sim/words.h"
#include "tests/sim/text_blob.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;
using namespace odradek::sim::test;

namespace {

constexpr Duration write_back = 200_ms;

// Bytes of one extent, of which the first `valid` are what was written.
struct Piece {
    std::string bytes;
    std::size_t valid;
};

std::string written(std::vector<Piece> const& pieces)
{
    std::string all;
    for (Piece const& piece : pieces) {
        all += piece.bytes.substr(0, piece.valid);
        all.append(piece.bytes.size() - piece.valid, '.');
    }
    return all;
}

struct Change {
    enum class Kind { append, cut, replace, remove, nothing } kind;
    std::string bytes;
    std::size_t kept;
    Instant at;
    bool taken{false};
    bool lost{false};
};

// A file as a list of changes to what was there at first; every state is made anew from it.
struct NaiveFile {
    std::vector<Piece> base;
    std::vector<Change> changes;
    std::vector<std::pair<Instant, std::size_t>> flushes;  // When how many changes are durable.

    // The journal has this cut or removal: it moves before the appends that are not durable, and
    // what it left of them becomes the last of the changes up to it.
    void commit(std::size_t cut, std::size_t durable)
    {
        if (cut < durable || cut >= changes.size())
            return;
        std::vector<Change> appends;
        std::size_t least = state(durable).size();
        for (std::size_t i = durable; i < changes.size(); ++i)
            if (changes[i].lost || (i < cut && changes[i].kind == Change::Kind::replace))
                return;
        if (changes[cut].kind == Change::Kind::remove) {
            committed = cut + 1;
            return;
        }
        std::size_t size = least;
        for (std::size_t i = durable; i <= cut; ++i) {
            if (changes[i].kind == Change::Kind::append) {
                appends.push_back(changes[i]);
                ++size;
            } else if (changes[i].kind == Change::Kind::cut) {
                least = std::min(least, changes[i].kept);
                while (size > changes[i].kept) {
                    --size;
                    if (!appends.empty())
                        appends.pop_back();
                }
            }
        }
        std::size_t const first = cut + 1 - appends.size();
        for (std::size_t i = durable; i <= cut; ++i) {
            bool const keeps = i >= first;
            changes[i].kind = keeps ? Change::Kind::append : Change::Kind::nothing;
            changes[i].bytes = keeps ? appends[i - first].bytes : "";
        }
        if (first > durable) {
            changes[first - 1].kind = Change::Kind::cut;
            changes[first - 1].kept = least;
        }
        committed = first;
    }
    std::size_t committed{0};

    // With `cached` as a process sees it, else as the disk would have it.
    std::vector<Piece> state(std::size_t count, bool cached = false) const
    {
        std::vector<Piece> pieces = base;
        for (std::size_t i = 0; i < count; ++i) {
            Change const& change = changes[i];
            if (change.kind != Change::Kind::append && change.kind != Change::Kind::nothing)
                pieces.resize(change.kept);
            if (change.kind == Change::Kind::append || change.kind == Change::Kind::replace)
                pieces.push_back({change.bytes, change.lost && !cached ? 0 : change.bytes.size()});
        }
        return pieces;
    }
    std::size_t durable(Instant now, Instant aging_now) const
    {
        std::size_t count = committed;
        for (auto const& flush : flushes)
            if (flush.first <= now)
                count = std::max(count, flush.second);
        while (count < changes.size() && changes[count].kind != Change::Kind::replace &&
               changes[count].at + write_back <= aging_now)
            ++count;
        return count;
    }
};

struct Pending {
    std::size_t file;
    std::size_t from;
    std::size_t to;
    std::size_t journal;  // How many of its entries the flush forces.
};

// A cut or removal, as the journal of all files has them in order.
struct JournalEntry {
    std::size_t file;
    std::size_t change;
};

struct Comparison {
    Comparison(PowerLoss model, std::uint64_t seed)
        : random(mix64(seed)), chance(seed), disk(HostId{1}, quality(model)), how(model)
    {
        for (std::size_t i = 0; i < 3; ++i) {
            ids.push_back(disk.open("file-" + std::to_string(i)));
            files.emplace_back();
        }
    }

    static DiskQuality quality(PowerLoss model)
    {
        DiskQuality quality;
        quality.write = 10_us;
        quality.flush = Uniform{100_us, 20_ms};
        quality.bandwidth = 100'000;
        quality.power_loss = model;
        quality.write_back = write_back;
        return quality;
    }

    Instant aging_now() const { return frozen ? frozen_since : now; }

    void add(std::size_t i, Change change)
    {
        if (change.kind == Change::Kind::cut || change.kind == Change::Kind::remove)
            journal.push_back({i, files[i].changes.size()});
        files[i].changes.push_back(std::move(change));
    }

    // What flushes that are complete by now have forced.
    void settle()
    {
        while (!forced.empty() && forced.front().first <= now) {
            Instant const at = forced.front().first;
            Duration const tick{1};
            for (; journaled < forced.front().second; ++journaled) {
                JournalEntry const& entry = journal[journaled];
                if (entry.file >= files.size())
                    continue;  // Of a file that was made anew since.
                NaiveFile& file = files[entry.file];
                std::size_t const durable = file.durable(at, std::min(aging_now(), at - tick));
                journal_moves += entry.change >= durable ? 1 : 0;
                file.commit(entry.change, durable);
            }
            forced.erase(forced.begin());
        }
    }

    void flushed(Pending const& pending, Completion const& done)
    {
        if (done.error == DiskError::none)
            forced.push_back({done.at, pending.journal});
        if (pending.file >= files.size())
            return;  // Of a file that was made anew since.
        NaiveFile& file = files[pending.file];
        if (done.error == DiskError::none)
            file.flushes.push_back({done.at, pending.to});
        else
            for (std::size_t i = std::max(pending.from, file.durable(now, aging_now()));
                 i < pending.to; ++i)
                file.changes[i].lost = true;
    }

    void begin_flush(std::size_t i, Completion const& done)
    {
        NaiveFile& file = files[i];
        Pending pending{i, file.durable(now, aging_now()), file.changes.size(), journal.size()};
        for (std::size_t c = 0; c < file.changes.size(); ++c) {
            if (file.changes[c].taken)
                pending.from = std::max(pending.from, c + 1);
            file.changes[c].taken = true;
        }
        if (done.held != 0)
            held.push_back({done.held, pending});
        else
            flushed(pending, done);
    }

    void step()
    {
        settle();
        std::size_t const i = random.below(files.size());
        NaiveFile& file = files[i];
        if (!disk.exists(ids[i])) {
            disk.open("file-" + std::to_string(i));
            file = NaiveFile{};
            for (JournalEntry& entry : journal)
                if (entry.file == i)
                    entry.file = files.size();
            for (auto& [number, pending] : held)
                if (pending.file == i)
                    pending.file = files.size();
        }
        std::uint64_t const what = random.below(1000);
        if (what < 400) {
            std::string content;
            for (std::uint64_t n = 1 + random.below(20); n > 0; --n)
                content += static_cast<char>('a' + random.below(26));
            disk.append(now, chance, ids[i], text(content));
            add(i, {Change::Kind::append, content, 0, now});
        } else if (what < 550) {
            begin_flush(i, disk.flush(now, chance, ids[i]));
        } else if (what < 620) {
            std::size_t const extents = disk.extents(ids[i]).size();
            std::size_t const kept = random.below(extents + 1);
            disk.truncate(now, chance, ids[i], kept);
            if (kept < extents)
                add(i, {Change::Kind::cut, "", kept, now});
        } else if (what < 660) {
            std::string const content = "R" + std::to_string(random.below(1'000'000));
            Completion const done = disk.replace(now, chance, ids[i], text(content));
            if (done.error == DiskError::none) {
                add(i, {Change::Kind::replace, content, 0, now});
                begin_flush(i, done);
            }
        } else if (what < 670) {
            disk.remove(now, chance, ids[i]);
            add(i, {Change::Kind::remove, "", 0, now});
        } else if (what < 700) {
            if (failing == 0)
                failing = disk.add_fault(now, {.flush_errors = {1, 2}});
            else
                disk.remove_fault(now, std::exchange(failing, 0));
        } else if (what < 720) {
            toggle_stall();
        } else if (what < 730) {
            Disk copy = disk;
            disk = std::move(copy);
        } else if (what < 760) {
            lose_power();
        } else {
            now = now + Duration{static_cast<std::int64_t>(random.below(30'000'000))};
        }
        settle();
        for (std::size_t f = 0; f < files.size(); ++f)
            compare(f);
    }

    void toggle_stall()
    {
        if (!frozen) {
            stall = disk.add_fault(now, {.stalled = true});
            frozen = true;
            frozen_since = now;
            return;
        }
        std::vector<Resumed> const resumed = disk.remove_fault(now, stall);
        // A flush that fails loses what write-back could not reach during the stall.
        for (Resumed const& one : resumed)
            for (auto const& pending : held)
                if (pending.first == one.completion.held)
                    flushed(pending.second, one.completion);
        held.clear();
        frozen = false;
    }

    void compare(std::size_t i)
    {
        NaiveFile const& file = files[i];
        REQUIRE(text_of(disk.extents(ids[i])) == written(file.state(file.changes.size(), true)));
        std::uint64_t sure = 0;
        for (Piece const& piece : file.state(file.durable(now, aging_now())))
            sure += piece.valid;
        REQUIRE(disk.durable_size(now, ids[i]) == sure);
    }

    void lose_power()
    {
        std::vector<LostBytes> const report = disk.lose_power(now, chance);
        REQUIRE(disk.first_difference() == std::nullopt);
        held.clear();
        for (std::size_t i = 0; i < files.size(); ++i) {
            NaiveFile& file = files[i];
            std::string const found = text_of(disk.extents(ids[i]));
            bool legal = is_legal(file, found);
            // What another file kept may have forced cuts of this one.
            for (std::size_t j = journaled; j < journal.size() && !legal; ++j) {
                if (journal[j].file != i)
                    continue;
                file.commit(journal[j].change, file.durable(now, aging_now()));
                legal = is_legal(file, found);
            }
            REQUIRE(legal);
        }
        forced.clear();
        journal.clear();
        journaled = 0;
        ++losses;
    }

    bool is_legal(NaiveFile& file, std::string const& found)
    {
        std::size_t const least = file.durable(now, aging_now());
        std::size_t const most = file.changes.size();
        bool legal = false;
        for (std::size_t count = least; count <= most && !legal; ++count) {
            if (how == PowerLoss::lose_unsynced && count > least)
                break;
            if (how == PowerLoss::keep_all && count < most)
                continue;
            std::vector<Piece> pieces = file.state(count);
            if (how == PowerLoss::torn_tail && count > least &&
                file.changes[count - 1].kind == Change::Kind::append && pieces.back().valid > 1) {
                for (std::size_t valid = 1; valid < pieces.back().bytes.size() && !legal; ++valid) {
                    pieces.back().valid = valid;
                    legal = accept(file, pieces, found);
                }
                torn += legal ? 1 : 0;
            } else {
                legal = accept(file, pieces, found);
            }
            partial += legal && count > least && count < most ? 1 : 0;
        }
        return legal;
    }

    // Goes on from `pieces` if that is what was found.
    static bool accept(NaiveFile& file, std::vector<Piece> const& pieces, std::string const& found)
    {
        if (written(pieces) != found)
            return false;
        file = NaiveFile{pieces, {}, {}};
        return true;
    }

    Words random;
    Chance chance;
    Disk disk;
    PowerLoss how;
    Instant now{1'000};
    std::vector<FileId> ids;
    std::vector<NaiveFile> files;
    std::vector<std::pair<std::uint32_t, Pending>> held;
    std::vector<JournalEntry> journal;
    std::vector<std::pair<Instant, std::size_t>>
        forced;  // When how much of the journal is durable.
    std::size_t journaled{0};
    int journal_moves{0};
    std::uint32_t failing{0};
    std::uint32_t stall{0};
    bool frozen{false};
    Instant frozen_since;
    int losses{0};
    int torn{0};
    int partial{0};
};

}  // namespace

TEST_CASE("what a power loss leaves is always a legal state of each file, under every model")
{
    for (PowerLoss const model : {PowerLoss::keep_all, PowerLoss::lose_unsynced,
                                  PowerLoss::lose_random_unsynced, PowerLoss::torn_tail}) {
        CAPTURE(to_string(model));
        int losses = 0;
        int torn = 0;
        int partial = 0;
        int moves = 0;
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            CAPTURE(seed);
            Comparison comparison(model, seed);
            for (int step = 0; step < 600; ++step) {
                CAPTURE(step);
                comparison.step();
            }
            losses += comparison.losses;
            torn += comparison.torn;
            partial += comparison.partial;
            moves += comparison.journal_moves;
        }
        CHECK(losses > 500);
        CHECK(moves > 100);
        if (model == PowerLoss::torn_tail)
            CHECK(torn > 100);
        if (model == PowerLoss::lose_random_unsynced)
            CHECK(partial > 100);
    }
}
