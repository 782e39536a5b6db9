#include "model/log/producer_state.h"
#include "model/log/producer_snapshot.h"

#include <doctest/doctest.h>

#include "sim/time.h"

using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

struct Spec {
    int sequence{0};
    int count{1};
    int epoch{0};
    std::int64_t offset{0};
    std::int64_t producer{9};
};

RecordBatch batch(Spec spec)
{
    RecordBatch made;
    made.base_offset = Offset{spec.offset};
    made.record_count = spec.count;
    made.producer_id = ProducerId{spec.producer};
    made.producer_epoch = static_cast<std::int16_t>(spec.epoch);
    made.base_sequence = spec.sequence;
    return made;
}

}  // namespace

TEST_CASE("a sequence must follow the last one (KIP-98)")
{
    ProducerState state;
    state.update(batch({.sequence = 10, .count = 5, .epoch = 3}));
    struct {
        char const* what;
        Spec sent;
        Error error;
    } const rows[] = {
        {"next", {.sequence = 15, .epoch = 3}, Error::none},
        {"gap", {.sequence = 16, .epoch = 3}, Error::out_of_order_sequence_number},
        {"old, not a known batch",
         {.sequence = 11, .epoch = 3},
         Error::out_of_order_sequence_number},
        {"older epoch", {.sequence = 15, .epoch = 2}, Error::invalid_producer_epoch},
        {"newer epoch begins at 0", {.sequence = 0, .epoch = 4}, Error::none},
        {"newer epoch begins elsewhere",
         {.sequence = 15, .epoch = 4},
         Error::out_of_order_sequence_number},
        {"unknown producer may begin anywhere (KAFKA-6003)",
         {.sequence = 77, .producer = 4},
         Error::none},
        {"no producer id", {.sequence = -1, .producer = -1}, Error::none},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        auto const verdict = state.check(batch(row.sent));
        CHECK(verdict.error == row.error);
        CHECK_FALSE(verdict.duplicate);
    }
}

TEST_CASE("after 2147483647 comes sequence 0")
{
    ProducerState state;
    state.update(batch({.sequence = 2147483646, .count = 2}));
    CHECK(state.check(batch({.sequence = 0})).error == Error::none);
    CHECK(state.check(batch({.sequence = 1})).error == Error::out_of_order_sequence_number);
    state.update(batch({.sequence = 0, .count = 3, .offset = 2}));
    // A batch that wraps inside is the same batch when it comes again.
    ProducerState wrapping;
    wrapping.update(batch({.sequence = 2147483647, .count = 3, .offset = 40}));
    auto const again = wrapping.check(batch({.sequence = 2147483647, .count = 3}));
    REQUIRE(again.duplicate);
    CHECK(again.duplicate->base_offset == Offset{40});
    CHECK(wrapping.check(batch({.sequence = 2})).error == Error::none);
}

TEST_CASE("of each producer the last five batches are known as duplicates")
{
    ProducerState state;
    for (int i = 0; i < 6; ++i)
        state.update(batch({.sequence = i * 2, .count = 2, .offset = 100 + i * 2}));
    auto const fifth = state.check(batch({.sequence = 2, .count = 2}));
    REQUIRE(fifth.duplicate);
    CHECK(fifth.duplicate->base_offset == Offset{102});
    CHECK(fifth.duplicate->last_offset == Offset{103});
    CHECK(state.check(batch({.sequence = 0, .count = 2})).error ==
          Error::out_of_order_sequence_number);
    // Same first sequence, but other records: not the same batch.
    CHECK(state.check(batch({.sequence = 2, .count = 1})).error ==
          Error::out_of_order_sequence_number);
}

TEST_CASE("a new epoch forgets the batches of the old one")
{
    ProducerState state;
    state.update(batch({.sequence = 0, .epoch = 0}));
    state.update(batch({.sequence = 0, .epoch = 1, .offset = 1}));
    auto const old = state.check(batch({.sequence = 0, .epoch = 0}));
    CHECK(old.error == Error::invalid_producer_epoch);
    CHECK(state.check(batch({.sequence = 0, .epoch = 1})).duplicate->base_offset == Offset{1});
}

TEST_CASE("a snapshot keeps the last batch of each producer")
{
    ProducerState state;
    state.update(batch({.sequence = 0}));
    state.update(batch({.sequence = 1, .offset = 1}));
    state.load(ProducerSnapshot(state.producers()).entries);
    CHECK(state.check(batch({.sequence = 0})).error == Error::out_of_order_sequence_number);
    CHECK(state.check(batch({.sequence = 1})).duplicate);
    CHECK(state.check(batch({.sequence = 2})).error == Error::none);
}

TEST_CASE("a producer that was silent for producer.id.expiration.ms is forgotten")
{
    ProducerState state;
    RecordBatch sent = batch({.sequence = 4});
    sent.max_timestamp = odradek::sim::Instant{} + 100_s;
    state.update(sent);
    state.expire(odradek::sim::Instant{} + 159_s, 60_s);
    CHECK(state.find(ProducerId{9}) != nullptr);
    state.expire(odradek::sim::Instant{} + 160_s, 60_s);
    CHECK(state.find(ProducerId{9}) == nullptr);
}
