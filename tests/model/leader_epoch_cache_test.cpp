#include "model/log/leader_epoch_cache.h"

#include <doctest/doctest.h>

#include <vector>

using namespace odradek::kafka;

namespace {

using Entries = std::vector<EpochEntry>;

LeaderEpochCache cache(Entries const& entries)
{
    return LeaderEpochCache(entries);
}

}  // namespace

TEST_CASE("a new epoch drops what begins later or belongs to a later epoch (KIP-101)")
{
    struct {
        char const* what;
        Entries before;
        EpochEntry added;
        Entries after;
        bool changed;
    } const rows[] = {
        {"first", {}, {Epoch{3}, Offset{0}}, {{Epoch{3}, Offset{0}}}, true},
        {"epoch 0 counts (KAFKA-10432)", {}, {Epoch{0}, Offset{0}}, {{Epoch{0}, Offset{0}}}, true},
        {"next", {{Epoch{1}, Offset{0}}}, {Epoch{2}, Offset{7}},
         {{Epoch{1}, Offset{0}}, {Epoch{2}, Offset{7}}}, true},
        {"same again", {{Epoch{1}, Offset{5}}}, {Epoch{1}, Offset{9}}, {{Epoch{1}, Offset{5}}}, false},
        {"same, earlier", {{Epoch{1}, Offset{5}}}, {Epoch{1}, Offset{4}}, {{Epoch{1}, Offset{4}}}, true},
        {"no record in between: the empty epoch goes", {{Epoch{1}, Offset{0}}, {Epoch{2}, Offset{7}}},
         {Epoch{4}, Offset{7}}, {{Epoch{1}, Offset{0}}, {Epoch{4}, Offset{7}}}, true},
        {"an older epoch takes over", {{Epoch{1}, Offset{0}}, {Epoch{5}, Offset{7}}},
         {Epoch{3}, Offset{8}}, {{Epoch{1}, Offset{0}}, {Epoch{3}, Offset{8}}}, true},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        LeaderEpochCache subject = cache(row.before);
        CHECK(subject.assign(row.added.epoch, row.added.start) == row.changed);
        CHECK(subject.entries() == row.after);
    }
}

TEST_CASE("where an epoch ends is where the next known one begins (KIP-279)")
{
    // Epoch 2 at 0..9, epoch 4 at 10..19, epoch 7 from 20 on; the log ends at 30.
    Entries const entries{{Epoch{2}, Offset{0}}, {Epoch{4}, Offset{10}}, {Epoch{7}, Offset{20}}};
    EpochAndOffset const undefined;
    struct {
        char const* what;
        int asked;
        EpochAndOffset answer;
    } const rows[] = {
        {"the latest ends with the log", 7, {Epoch{7}, Offset{30}}},
        {"a known one ends where the next begins", 4, {Epoch{4}, Offset{20}}},
        {"unknown, between: the largest below it", 5, {Epoch{4}, Offset{20}}},
        {"older than all: ends where the first begins", 1, {Epoch{1}, Offset{0}}},
        {"newer than the latest: nothing is known", 8, undefined},
        {"not given", -1, undefined},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        CHECK(cache(entries).end_offset_for(Epoch{row.asked}, Offset{30}) == row.answer);
    }
    CHECK(cache({}).end_offset_for(Epoch{0}, Offset{30}) == undefined);
}

TEST_CASE("truncation takes entries that begin at the cut, too")
{
    Entries const entries{{Epoch{2}, Offset{0}}, {Epoch{4}, Offset{10}}, {Epoch{7}, Offset{20}}};
    LeaderEpochCache subject = cache(entries);
    CHECK_FALSE(subject.truncate_from_end(Offset{21}));
    CHECK(subject.truncate_from_end(Offset{20}));
    CHECK(subject.latest_epoch() == Epoch{4});
    CHECK(subject.truncate_from_start(Offset{12}));
    CHECK(subject.entries() == Entries{{Epoch{4}, Offset{12}}});
    CHECK(subject.truncate_from_end(Offset{0}));
    CHECK_FALSE(subject.latest_epoch());
}

TEST_CASE("a log that starts later keeps the epoch its first record is of")
{
    LeaderEpochCache subject = cache({{Epoch{2}, Offset{0}}, {Epoch{4}, Offset{10}}});
    CHECK(subject.truncate_from_start(Offset{5}));
    CHECK(subject.entries() == Entries{{Epoch{2}, Offset{5}}, {Epoch{4}, Offset{10}}});
    CHECK(subject.truncate_from_start(Offset{10}));
    CHECK(subject.entries() == Entries{{Epoch{4}, Offset{10}}});
}
