#include "model/check/compaction.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

#include "model/log/offset_map.h"

namespace odradek::kafka::check {

namespace {

struct Record {
    Offset offset;
    RecordId id;
    bool tombstone{false};
    std::optional<sim::Instant> horizon;  // From when on a tombstone may go.
};

// What one look at a compaction has come to.
struct Findings {
    std::uint64_t count{0};
    std::string first;

    void add(std::string what)
    {
        if (count++ == 0)
            first = std::move(what);
    }
};

}  // namespace

CompactionLaws::CompactionLaws(Verdicts& verdicts)
    : keeps_latest_(
          verdicts.add_law("compaction-keeps-latest", sim::PropertyKind::always,
                           "compaction keeps each key's latest committed record, and the order")),
      below_high_watermark_(verdicts.add_law("compaction-below-high-watermark",
                                             sim::PropertyKind::always,
                                             "compaction looks only at what is committed"))
{
}

void CompactionLaws::see(Fact const& fact, Ledger& ledger, Names const& names,
                         Verdicts& verdicts) const
{
    auto const* compacted = std::get_if<LogCompacted>(&fact.is);
    if (compacted == nullptr)
        return;
    Violation violation;
    violation.partition = compacted->partition;
    violation.time = fact.time;
    violation.events = {fact.event};
    std::string const who = fmt::format(
        "{}: broker-{} has compacted from {} to {}", names.partition(compacted->partition),
        compacted->broker.value, compacted->from.value, compacted->to.value);
    verdicts.exercised(below_high_watermark_);
    if (compacted->mapped > compacted->high_watermark) {
        Violation above = violation;
        above.what = fmt::format("{} with what it found before {}, and its high watermark is {}",
                                 who, compacted->mapped.value, compacted->high_watermark.value);
        verdicts.violated(below_high_watermark_, std::move(above));
    }

    Mirror const& mirror = ledger.of(compacted->partition).mirror(compacted->broker);
    auto const by_base = [](Entry const& entry, Offset base) { return entry.base < base; };
    auto const first =
        std::lower_bound(mirror.log.begin(), mirror.log.end(), compacted->from, by_base);
    auto const last = std::lower_bound(first, mirror.log.end(), compacted->to, by_base);
    Findings wrong;
    // Records that are gone, by key.
    std::map<CompactionKey, std::vector<Record>> gone;
    auto left = compacted->batches.begin();
    std::uint64_t looked = 0;
    for (auto entry = first; entry != last; ++entry) {
        RecordBatch const& before = *entry->batch;
        RecordBatch const* after = nullptr;
        if (left != compacted->batches.end() && (*left)->base_offset == entry->base) {
            after = left->get();
            ++left;
            if (!same_batch(before, *after))
                wrong.add(fmt::format("at {} was {}, and {} is there now", entry->base.value,
                                      names.record(first_record(before)),
                                      names.record(first_record(*after))));
        }
        if (!before.synthetic())
            continue;
        std::int32_t kept = 0;
        for (std::int32_t place = 0; place < before.record_count; ++place) {
            ++looked;
            if (after != nullptr && kept < after->record_count &&
                after->offset_delta(kept) == before.offset_delta(place)) {
                ++kept;
                continue;
            }
            if (auto const key = compaction_key(before, place))
                gone[*key].push_back({before.offset(place), before.record(place),
                                      before.tombstone(place), before.delete_horizon});
        }
        if (after != nullptr && kept != after->record_count)
            wrong.add(
                fmt::format("the batch at {} has records now that it had not", entry->base.value));
    }
    if (left != compacted->batches.end())
        wrong.add(
            fmt::format("a batch is at {} now, and none began there", (*left)->base_offset.value));
    verdicts.exercised(keeps_latest_, looked);

    // What the whole log has of those keys: the latest committed record, and the oldest that stays.
    std::map<CompactionKey, Offset> latest;
    std::map<CompactionKey, Offset> oldest_left;
    if (!gone.empty())
        for (Entry const& entry : mirror.log) {
            if (!entry.batch->synthetic())
                continue;
            for (std::int32_t place = 0; place < entry.batch->record_count; ++place) {
                auto const key = compaction_key(*entry.batch, place);
                auto const is_gone = key ? gone.find(*key) : gone.end();
                if (is_gone == gone.end())
                    continue;
                Offset const offset = entry.batch->offset(place);
                if (offset < compacted->high_watermark)
                    latest[*key] = offset;
                bool const stays = std::none_of(
                    is_gone->second.begin(), is_gone->second.end(),
                    [offset](Record const& record) { return record.offset == offset; });
                if (stays)
                    oldest_left.emplace(*key, offset);
            }
        }
    for (auto const& [key, records] : gone)
        for (Record const& record : records) {
            auto const newest = latest.find(key);
            if (newest != latest.end() && newest->second > record.offset)
                continue;  // A later one is committed.
            if (record.tombstone && record.horizon && *record.horizon <= compacted->wall) {
                auto const older = oldest_left.find(key);
                if (older != oldest_left.end() && older->second < record.offset)
                    wrong.add(fmt::format("the tombstone {} at {} is gone, and what it deleted is "
                                          "still there, at {}",
                                          names.record(record.id), record.offset.value,
                                          older->second.value));
                continue;
            }
            wrong.add(fmt::format("{} at {} is gone, and no later record of its key is committed{}",
                                  names.record(record.id), record.offset.value,
                                  record.tombstone ? "; it is a tombstone before its time" : ""));
        }
    if (wrong.count == 0)
        return;
    violation.count = wrong.count;
    violation.what = fmt::format("{}: {}", who, wrong.first);
    verdicts.violated(keeps_latest_, std::move(violation));
}

}  // namespace odradek::kafka::check
