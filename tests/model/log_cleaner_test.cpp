// Compaction of one log over a real disk: what stays, when tombstones go, and what is left when the
// process dies between any two steps.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "model/log/cleaning.h"
#include "tests/model/keyed_batch.h"
#include "tests/model/log_shelf.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;
namespace sim = odradek::sim;

namespace {

TopicConfig compacted(std::int64_t segment_bytes = 400)
{
    TopicConfig topic = topic_config();
    topic.cleanup_policy = {true, false};
    topic.segment_bytes = segment_bytes;
    topic.delete_retention = 100_s;
    topic.index_interval_bytes = 100;
    return topic;
}

// What a reader of the whole log has in the end: by key, the number of its latest value.
using Table = std::map<std::uint64_t, std::uint64_t>;

Table table(Log const& log)
{
    Table latest;
    log.for_each_batch([&](BatchRef const& batch) {
        for (std::int32_t place = 0; place < batch->record_count; ++place)
            if (std::optional<std::uint64_t> const key = batch->key(place)) {
                if (batch->tombstone(place))
                    latest.erase(*key);
                else
                    latest[*key] = batch->record(place).number;
            }
    });
    return latest;
}

std::vector<std::int64_t> offsets(Log const& log)
{
    std::vector<std::int64_t> all;
    log.for_each_batch([&](BatchRef const& batch) {
        for (std::int32_t place = 0; place < batch->record_count; ++place)
            all.push_back(batch->offset(place).value);
    });
    return all;
}

std::vector<std::string> listing(Shelf const& shelf, std::string const& ending)
{
    std::vector<std::string> names;
    for (sim::FileId const file : shelf.files())
        if (std::string const& path = shelf.disk.path(file); path.ends_with(ending))
            names.push_back(path.substr(std::string("orders-0/").size()));
    std::sort(names.begin(), names.end());
    return names;
}

struct Cleaned {
    Shelf shelf;
    TopicConfig topic;
    // So many wishes are carried out; then the process dies. Nothing: all.
    std::optional<std::size_t> budget;
    std::size_t carried{0};
    std::vector<LogCompacted> facts;
    std::uint64_t next_number{0};

    explicit Cleaned(TopicConfig const& config = compacted()) : topic(config)
    {
        shelf.log = shelf.open(topic);
        shelf.settle();
    }
    void append(KeyedSpec const& spec)
    {
        auto const done = shelf.log.append_as_leader(shelf.env, *keyed(spec, next_number), Epoch{0},
                                                     topic, seconds(86'400), shelf.out);
        REQUIRE(done.error == Error::none);
        shelf.settle();
        shelf.log.set_high_watermark(shelf.log.end());
    }
    // The active segment is closed: another begins.
    void close_segment()
    {
        std::size_t const before = shelf.log.segments().size();
        while (shelf.log.segments().size() == before)
            append({.keys = {999}});
        shelf.log.flush_rolled(shelf.env, shelf.out);
        shelf.settle();
        shelf.tell_flushed();
        shelf.flush();
    }
    bool carry_out()
    {
        Out all = std::move(shelf.out);
        shelf.out = Out{};
        for (Observation& fact : all.observations())
            if (auto* compacted = std::get_if<LogCompacted>(&fact))
                facts.push_back(std::move(*compacted));
        for (sim::Wish const& wish : all.wishes()) {
            if (wish.kind == sim::WishKind::arm)
                continue;
            if (budget && carried == *budget)
                return false;
            ++carried;
            switch (wish.kind) {
            case sim::WishKind::append:
                shelf.out.append(wish.file, all.blobs()[wish.index]);
                break;
            case sim::WishKind::rename:
                shelf.out.rename(wish.file,
                                 static_cast<sim::PathText const&>(*all.blobs()[wish.index]).text);
                break;
            case sim::WishKind::create:
                shelf.out.create(wish.file);
                break;
            case sim::WishKind::truncate:
                shelf.out.truncate(wish.file, wish.extents);
                break;
            case sim::WishKind::flush:
                shelf.out.flush(wish.file);
                break;
            case sim::WishKind::remove:
                shelf.out.remove(wish.file);
                break;
            default:
                break;
            }
            shelf.settle();
            shelf.env.now = shelf.env.now + 1_ms;
        }
        return true;
    }
    Cleanable look(ProtocolSwitches const& switches = {}) const
    {
        return cleanable(shelf.log, topic, shelf.env.wall, switches);
    }
    Cleaning begin(std::int64_t map_bytes = 24'000) const
    {
        return {orders_0, shelf.log, look(), {map_bytes, {9, 10}, 150}, shelf.env.wall};
    }
    // How it ended; nothing: the process died.
    std::optional<Cleaning::Step::Kind> go_on(Cleaning& cleaning)
    {
        using Kind = Cleaning::Step::Kind;
        for (;;) {
            auto const step = cleaning.go_on(shelf.env, BrokerId{1}, shelf.log, topic, shelf.out);
            if (!carry_out())
                return std::nullopt;
            shelf.env.now = shelf.env.now + step.pause;
            if (step.kind != Kind::again && step.kind != Kind::io && step.kind != Kind::pause)
                return step.kind;
        }
    }
    Cleaning clean(std::int64_t map_bytes = 24'000)
    {
        Cleaning cleaning = begin(map_bytes);
        CHECK(go_on(cleaning) == Cleaning::Step::Kind::complete);
        shelf.log.set_cleaned_to(cleaning.cleaned_to());
        return cleaning;
    }
    std::string disagreement() const
    {
        std::uint64_t compared = 0;
        return shelf.log.disagreement(compared);
    }
};

}  // namespace

TEST_CASE("of each key the latest record stays, at its offset")
{
    Cleaned log;
    log.append({.keys = {1, 2, 3}});
    log.append({.keys = {1, 4}});
    log.append({.keys = {2, 1}});
    log.close_segment();
    Table const before = table(log.shelf.log);
    Offset const end = log.shelf.log.end();
    Cleaning const cleaning = log.clean();
    CHECK(table(log.shelf.log) == before);
    CHECK(log.shelf.log.end() == end);
    // 1, 2 of the first batch and 1 of the second have later records.
    std::vector<std::int64_t> const left = offsets(log.shelf.log);
    CHECK(std::vector<std::int64_t>(left.begin(), left.begin() + 4) ==
          std::vector<std::int64_t>{2, 4, 5, 6});
    CHECK(cleaning.statistics().records_left < cleaning.statistics().records_read);
    CHECK(log.disagreement().empty());
    CHECK(listing(log.shelf, ".cleaned").empty());
    CHECK(listing(log.shelf, ".swap").empty());
    CHECK(listing(log.shelf, ".log.deleted").size() == 1);
}

TEST_CASE("a read goes over what compaction has taken")
{
    Cleaned log;
    for (int i = 0; i < 12; ++i)
        log.append({.keys = {1}});
    log.close_segment();
    log.clean();
    std::vector<BatchRef> batches;
    log.shelf.log.read(log.shelf.env, Offset{0}, log.shelf.log.end(), 1000, true, batches);
    REQUIRE_FALSE(batches.empty());
    CHECK(batches.front()->base_offset > Offset{0});
    Offset next{0};
    std::size_t found = 0;
    while (next < log.shelf.log.end()) {
        batches.clear();
        REQUIRE(log.shelf.log.read(log.shelf.env, next, log.shelf.log.end(), 1000, true, batches) !=
                0);
        REQUIRE(batches.back()->end_offset() > next);
        found += batches.size();
        next = batches.back()->end_offset();
    }
    CHECK(found == log.shelf.log.batch_count());
}

TEST_CASE("the last batch of a producer and the last of the cleaned part stay, if only as a header")
{
    Cleaned log;
    log.append({.keys = {1}, .producer = ProducerId{7}, .sequence = 0});
    log.append({.keys = {1}, .producer = ProducerId{7}, .sequence = 1});
    log.append({.keys = {1}});
    for (int i = 0; i < 4; ++i)
        log.append({.keys = {1}});
    log.close_segment();
    Offset const upper = log.shelf.log.segments().back().base();
    log.clean();
    std::vector<BatchRef> left;
    log.shelf.log.for_each_batch([&](BatchRef const& batch) { left.push_back(batch); });
    CHECK(left.front()->base_offset == Offset{1});
    CHECK(left.front()->record_count == 0);
    CHECK(left.front()->base_sequence == 1);
    CHECK(left.front()->size_bytes == 61);
    CHECK(std::any_of(left.begin(), left.end(),
                      [&](BatchRef const& batch) { return batch->end_offset() == upper; }));
    // Who opens the log knows the producer's last sequence again.
    log.shelf.reopen(LastShutdown::unclean, {.recovery_point = log.shelf.log.recovery_point()},
                     log.topic);
    auto const* known = log.shelf.log.producers().find(ProducerId{7});
    REQUIRE(known != nullptr);
    CHECK(known->last()->last_sequence == 1);
}

TEST_CASE("a tombstone stays for delete.retention.ms from its first cleaning on (KIP-534)")
{
    Cleaned log;
    log.shelf.env.wall = Instant{} + 1000_s;
    log.append({.keys = {1, 2}});
    log.append({.keys = {1}, .tombstones = true});
    log.close_segment();
    log.clean();
    auto const tombstone = [&]() -> BatchRef {
        BatchRef found;
        log.shelf.log.for_each_batch([&](BatchRef const& batch) {
            if (batch->record_count > 0 && batch->tombstone(0))
                found = batch;
        });
        return found;
    };
    REQUIRE(tombstone());
    CHECK(tombstone()->base_offset == Offset{2});
    CHECK(tombstone()->delete_horizon == Instant{} + 1100_s);
    CHECK(offsets(log.shelf.log).front() == 1);
    // Before its time.
    log.shelf.env.wall = Instant{} + 1099_s;
    log.close_segment();
    log.clean();
    REQUIRE(tombstone());
    CHECK(tombstone()->delete_horizon == Instant{} + 1100_s);
    log.shelf.env.wall = Instant{} + 1100_s;
    log.close_segment();
    log.clean();
    CHECK_FALSE(tombstone());
    CHECK(table(log.shelf.log).count(1) == 0);
}

TEST_CASE("records without a key are dropped")
{
    Cleaned log;
    TopicConfig const policy = log.topic;
    log.topic.cleanup_policy = {};
    log.shelf.append({.records = 3}, 0, log.topic);
    log.topic = policy;
    log.append({.keys = {1}});
    log.close_segment();
    CHECK(log.clean().statistics().without_key == 3);
    CHECK(offsets(log.shelf.log).front() == 3);
}

TEST_CASE("a compacted topic takes no record without a key")
{
    Shelf shelf;
    CHECK(shelf.append({.records = 3}, 0, compacted()).error == Error::invalid_record);
    CHECK(shelf.log.end() == Offset{0});
}

TEST_CASE("what is not committed is not cleaned (KAFKA-13194)")
{
    Cleaned log;
    for (int i = 0; i < 20; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i % 3)}});
    auto const& segments = log.shelf.log.segments();
    REQUIRE(segments.size() > 3);
    CHECK(log.look().first_uncleanable == segments.back().base());
    Offset const middle = segments[1].base() + 1;
    log.shelf.log.set_high_watermark(middle);
    CHECK(log.look().first_uncleanable == segments[1].base());
    ProtocolSwitches without;
    without.compaction_below_high_watermark = false;
    CHECK(log.look(without).first_uncleanable == segments.back().base());
}

TEST_CASE("min.compaction.lag.ms keeps young segments, max.compaction.lag.ms makes old ones due")
{
    Cleaned log;
    log.shelf.env.wall = Instant{} + 1000_s;
    for (int i = 0; i < 20; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i)},
                    .time = Instant{} + 900_s + Duration{i * 1'000'000'000LL}});
    auto const& segments = log.shelf.log.segments();
    REQUIRE(segments.size() > 2);
    log.topic.min_compaction_lag = 95_s;  // What is from 905 s on is too young.
    Cleanable const found = log.look();
    REQUIRE(found.first_uncleanable < segments.back().base());
    CHECK(found.first_uncleanable <= Offset{5});
    log.topic.min_compaction_lag = {};
    log.topic.min_cleanable_ratio = {1, 1};
    CHECK_FALSE(log.look().due(log.topic));
    log.topic.max_compaction_lag = 99_s;
    CHECK(log.look().overdue == 1_s);
    CHECK(log.look().due(log.topic));
}

TEST_CASE("the share of dirty bytes says whether a log is due")
{
    Cleaned log;
    CHECK_FALSE(log.look().due(log.topic));
    for (int i = 0; i < 20; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i)}});
    CHECK(log.look().clean_bytes == 0);
    CHECK(log.look().due(log.topic));
    log.clean();
    Cleanable const clean = log.look();
    CHECK(clean.dirty_bytes == 0);
    CHECK_FALSE(clean.due(log.topic));
    CHECK(clean.first_dirty == log.shelf.log.segments().back().base());
}

TEST_CASE("a checkpoint that cannot be makes everything dirty again")
{
    Cleaned log;
    for (int i = 0; i < 20; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i)}});
    log.shelf.log.set_cleaned_to(Offset{1000});
    CHECK(log.look().reset);
    CHECK(log.look().first_dirty == Offset{0});
    log.shelf.log.set_cleaned_to(Offset{5});
    CHECK_FALSE(log.look().reset);
    log.shelf.log.raise_start(Offset{10}, log.shelf.out);
    CHECK(log.look().reset);
    CHECK(log.look().first_dirty == Offset{10});
}

TEST_CASE("segments that have become small are made one, up to segment.bytes")
{
    Cleaned log;
    for (int i = 0; i < 60; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i % 2)}});
    std::size_t const before = log.shelf.log.segments().size();
    log.clean();
    for (int i = 0; i < 20; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i % 2)}});
    log.clean();
    CHECK(log.shelf.log.segments().size() <= before / 2);
    for (LogSegment const& segment : log.shelf.log.segments())
        CHECK(segment.size_bytes() <= 400);
    CHECK(log.disagreement().empty());
}

TEST_CASE("keys that do not fit into the map wait for the next cleaning")
{
    Cleaned log;
    for (int i = 0; i < 60; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i % 30)}});
    Table const before = table(log.shelf.log);
    // 24 bytes a key, filled to nine tenths: 9 keys.
    Cleaning const first = log.clean(240);
    CHECK(first.map_full());
    CHECK(first.cleaned_to() == Offset{9});
    CHECK(table(log.shelf.log) == before);
    while (log.look().due(log.topic))
        log.clean(240);
    CHECK(table(log.shelf.log) == before);
}

TEST_CASE("a log that is cut below its active segment is cleaned no further")
{
    Cleaned log;
    for (int i = 0; i < 30; ++i)
        log.append({.keys = {static_cast<std::uint32_t>(i % 3)}});
    log.shelf.log.set_cleaned_to(Offset{20});
    Cleaning cleaning = log.begin();
    auto const first =
        cleaning.go_on(log.shelf.env, BrokerId{1}, log.shelf.log, log.topic, log.shelf.out);
    CHECK(first.kind == Cleaning::Step::Kind::io);
    log.shelf.settle();
    log.shelf.truncate(8, log.topic);
    CHECK(log.shelf.log.cleaned_to() == log.shelf.log.segments().back().base());
    CHECK(log.go_on(cleaning) == Cleaning::Step::Kind::aborted);
    CHECK(log.facts.empty());
    CHECK(listing(log.shelf, ".cleaned").empty());
}

TEST_CASE("what changes the log in the middle of a swap goes through with it first")
{
    for (int steps = 0; steps < 3; ++steps) {
        CAPTURE(steps);
        Cleaned log;
        for (int i = 0; i < 30; ++i)
            log.append({.keys = {static_cast<std::uint32_t>(i % 3)}});
        Cleaning cleaning = log.begin();
        while (!log.shelf.log.swapping()) {
            cleaning.go_on(log.shelf.env, BrokerId{1}, log.shelf.log, log.topic, log.shelf.out);
            REQUIRE(log.carry_out());
        }
        for (int i = 0; i < steps; ++i) {
            log.shelf.log.swap_on(log.shelf.env, log.topic, log.shelf.out);
            REQUIRE(log.carry_out());
        }
        log.shelf.truncate(8, log.topic);
        CHECK_FALSE(log.shelf.log.swapping());
        CHECK(listing(log.shelf, ".swap").empty());
        CHECK(log.shelf.log.end() == Offset{8});
        log.shelf.reopen(LastShutdown::unclean, Log::Checkpoints{}, log.topic);
        CHECK(log.disagreement().empty());
        CHECK(log.shelf.log.end() <= Offset{8});
    }
}

// -- A crash anywhere
// -------------------------------------------------------------------------------
namespace {

// Values, later values, tombstones, and a producer; two cleanings are due.
void fill(Cleaned& log)
{
    log.shelf.env.wall = Instant{} + 1000_s;
    for (std::uint32_t i = 0; i < 24; ++i)
        log.append({.keys = {i % 5, 10 + i % 3},
                    .tombstones = i % 7 == 3,
                    .producer = ProducerId{3},
                    .sequence = static_cast<std::int32_t>(i) * 2});
    log.close_segment();
    log.clean();
    log.shelf.env.wall = Instant{} + 2000_s;  // Tombstones that were met are past their time.
    for (std::uint32_t i = 0; i < 8; ++i)
        log.append({.keys = {i % 4, 20 + i}});
    log.close_segment();
}

}  // namespace

TEST_CASE("whatever step of a cleaning the process dies after, the latest of each key is there")
{
    std::optional<sim::PowerLoss> loss;
    SUBCASE("a crash of the process") {}
    SUBCASE("power is lost, and what was not flushed") { loss = sim::PowerLoss::lose_unsynced; }
    SUBCASE("power is lost, and some of it") { loss = sim::PowerLoss::lose_random_unsynced; }
    SUBCASE("power is lost, and the last write is torn") { loss = sim::PowerLoss::torn_tail; }
    std::size_t steps = 0;
    std::size_t completed_by_loader = 0;
    for (std::size_t budget = 0;; ++budget) {
        Cleaned log;
        log.shelf.chance = sim::Chance(budget + 1);
        fill(log);
        Table const truth = table(log.shelf.log);
        Offset const end = log.shelf.log.end();
        Offset const recovery_point = log.shelf.log.recovery_point();
        std::vector<std::int64_t> const before = offsets(log.shelf.log);
        log.carried = 0;
        log.budget = budget;
        Cleaning cleaning = log.begin();
        bool const died = !log.go_on(cleaning);
        if (loss)
            log.shelf.disk.lose_power(log.shelf.env.now, log.shelf.chance, *loss);
        else
            log.shelf.disk.process_died(log.shelf.env.now);
        log.budget.reset();
        CAPTURE(budget);
        CHECK(recovery_point == end);
        log.shelf.out = Out{};
        log.shelf.out.listen(true);
        log.shelf.log = log.shelf.fresh();
        log.shelf.log.load(log.shelf.env, log.shelf.files(), LastShutdown::unclean,
                           {.recovery_point = recovery_point, .high_watermark = end}, log.topic, {},
                           log.shelf.out);
        for (std::string const& note : log.shelf.out.notes())
            completed_by_loader += note.find("interrupted") != std::string::npos ? 1 : 0;
        log.shelf.settle();
        CHECK(table(log.shelf.log) == truth);
        CHECK(log.shelf.log.end() == end);
        CHECK(log.disagreement().empty());
        std::vector<std::int64_t> const after = offsets(log.shelf.log);
        CHECK(std::is_sorted(after.begin(), after.end()));
        CHECK(std::includes(before.begin(), before.end(), after.begin(), after.end()));
        CHECK(listing(log.shelf, ".cleaned").empty());
        CHECK(listing(log.shelf, ".swap").empty());
        CHECK(listing(log.shelf, ".deleted").empty());
        REQUIRE(log.shelf.log.producers().find(ProducerId{3}) != nullptr);
        CHECK(log.shelf.log.producers().find(ProducerId{3})->last()->last_sequence == 47);
        // And it is cleaned by the next life.
        log.clean();
        CHECK(table(log.shelf.log) == truth);
        if (!died) {
            steps = budget;
            break;
        }
    }
    CHECK(steps > 30);
    // Renamings that no flush has made durable are undone with the power.
    if (loss != sim::PowerLoss::lose_unsynced)
        CHECK(completed_by_loader > 3);
}
