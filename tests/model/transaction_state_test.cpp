#include <doctest/doctest.h>

#include "model/coordinator/internal_topic.h"
#include "model/log/producer_state.h"
#include "model/record_bytes/control_record.h"
#include "model/transaction/transaction_metadata.h"
#include "sim/time.h"

using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

struct Data {
    std::int64_t producer{7};
    int epoch{0};
    int sequence{0};
    std::int64_t offset{0};
    bool transactional{true};
};

RecordBatch data(Data spec)
{
    RecordBatch batch;
    batch.base_offset = Offset{spec.offset};
    batch.record_count = 1;
    batch.producer_id = ProducerId{spec.producer};
    batch.producer_epoch = static_cast<std::int16_t>(spec.epoch);
    batch.base_sequence = spec.sequence;
    batch.transactional = spec.transactional;
    return batch;
}

BatchRef marker(std::int64_t producer, int epoch, bool committed, std::int64_t offset,
                int coordinator_epoch = 1)
{
    auto const made = make_end_transaction_batch(
        ProducerId{producer}, static_cast<std::int16_t>(epoch), committed, coordinator_epoch, {});
    return made->stamped(Offset{offset}, Epoch{0});
}

constexpr AppendOrigin of_coordinator(TransactionVersion version)
{
    AppendOrigin origin;
    origin.kind = AppendOrigin::Kind::coordinator;
    origin.version = version;
    return origin;
}

TransactionMetadata transaction(TransactionState state)
{
    TransactionMetadata made;
    made.transactional_id = "biller";
    made.is.producer_id = ProducerId{7};
    made.is.producer_epoch = 3;
    made.is.timeout = 60_s;
    made.is.state = state;
    return made;
}

}  // namespace

TEST_CASE("a transactional id falls on the partition that Java's hash says")
{
    CHECK(java_hash("") == 0);
    CHECK(java_hash("a") == 97);
    CHECK(java_hash("transactional-id") == 510590431);
    CHECK(java_hash("polygenelubricants") == INT32_MIN);
    CHECK(internal_partition_of("polygenelubricants", 50) == 0);
    CHECK(internal_partition_of("a", 50) == 47);
}

TEST_CASE("what lies behind the first open transaction is not stable, until its marker is "
          "replicated")
{
    ProducerState state;
    CHECK_FALSE(state.first_unstable_offset());
    state.update(data({.producer = 7, .offset = 10}));
    state.update(data({.producer = 8, .offset = 11}));
    CHECK(state.first_unstable_offset() == Offset{10});
    auto const ended = state.update(*marker(7, 0, false, 12));
    REQUIRE(ended);
    CHECK(ended->aborted);
    CHECK(ended->first_offset == Offset{10});
    CHECK(state.last_stable_offset(*ended) == Offset{11});
    state.on_high_watermark(Offset{12});
    CHECK(state.first_unstable_offset() == Offset{10});
    state.on_high_watermark(Offset{13});
    CHECK(state.first_unstable_offset() == Offset{11});
}

TEST_CASE("a marker of a producer without an open transaction ends nothing")
{
    ProducerState state;
    CHECK_FALSE(state.update(*marker(7, 0, true, 0)));
    CHECK_FALSE(state.first_unstable_offset());
}

TEST_CASE("with an epoch for each transaction a marker must be newer than what it ends "
          "(KAFKA-19446), and may come again (KAFKA-19999)")
{
    ProducerState state;
    state.update(data({.epoch = 4, .offset = 0}));
    AppendOrigin const tv2 = of_coordinator(TransactionVersion::tv2);
    CHECK(state.check(*marker(7, 4, true, 1), tv2).error == Error::invalid_producer_epoch);
    CHECK(state.check(*marker(7, 5, true, 1), tv2).error == Error::none);
    state.update(*marker(7, 5, true, 1));
    auto const again = state.check(*marker(7, 5, true, 2), tv2);
    CHECK(again.error == Error::none);
    CHECK(again.done_already);
    // Before, the epoch stays the same.
    state.update(data({.epoch = 5, .offset = 2}));
    CHECK(state.check(*marker(7, 5, true, 3), of_coordinator(TransactionVersion::tv1)).error ==
          Error::none);
}

TEST_CASE("the marker of a coordinator that was replaced is refused")
{
    ProducerState state;
    state.update(data({}));
    state.update(*marker(7, 0, true, 1, 5));
    state.update(data({.sequence = 1, .offset = 2}));
    AppendOrigin const tv1 = of_coordinator(TransactionVersion::tv1);
    CHECK(state.check(*marker(7, 0, true, 3, 4), tv1).error ==
          Error::transaction_coordinator_fenced);
    CHECK(state.check(*marker(7, 0, true, 3, 5), tv1).error == Error::none);
}

TEST_CASE("the first batch of a transaction must show that the coordinator vouches for it, and a "
          "marker makes that worthless (KIP-890)")
{
    ProducerState state;
    AppendOrigin origin;
    origin.verification = true;
    RecordBatch const first = data({});
    CHECK(state.check(first, origin).error == Error::invalid_txn_state);
    origin.guard = state.begin_verification(first, {});
    CHECK(origin.guard != no_guard);
    CHECK(state.check(first, origin).error == Error::none);
    state.update(*marker(7, 0, false, 0));
    CHECK(state.check(first, origin).error == Error::invalid_txn_state);
    // Of a transaction that is open nobody asks.
    VerificationGuard const other = state.begin_verification(first, {});
    CHECK(other != origin.guard);
    state.update(data({.offset = 1}));
    CHECK(state.begin_verification(first, {}) == no_guard);
    CHECK(state.check(data({.sequence = 1, .offset = 2}), origin).error == Error::none);
}

TEST_CASE("while a batch is verified, none behind it goes first")
{
    ProducerState state;
    AppendOrigin origin;
    origin.verification = true;
    origin.guard = state.begin_verification(data({.sequence = 3}), {});
    CHECK(state.check(data({.sequence = 4}), origin).error == Error::out_of_order_sequence_number);
    CHECK(state.check(data({.sequence = 3}), origin).error == Error::none);
}

TEST_CASE("outside its transaction a producer writes nothing while one is open")
{
    ProducerState state;
    state.update(data({}));
    CHECK(state.check(data({.sequence = 1, .transactional = false})).error ==
          Error::invalid_txn_state);
}

TEST_CASE("a producer with an open transaction is not forgotten")
{
    ProducerState state;
    state.update(data({.producer = 7}));
    state.update(data({.producer = 8, .transactional = false}));
    state.expire(odradek::sim::Instant{} + 3600_s, 1_s);
    CHECK(state.find(ProducerId{7}) != nullptr);
    CHECK(state.find(ProducerId{8}) == nullptr);
}

TEST_CASE("a transaction goes from state to state in Kafka's order")
{
    using S = TransactionState;
    struct Row {
        S from;
        S to;
        bool tv1;
        bool tv2;
    };
    for (Row const& row : {
             Row{S::empty, S::ongoing, true, true},
             Row{S::ongoing, S::ongoing, true, true},
             Row{S::ongoing, S::prepare_commit, true, true},
             Row{S::empty, S::prepare_commit, false, false},
             Row{S::empty, S::prepare_abort, false, true},
             Row{S::complete_commit, S::prepare_abort, false, true},
             Row{S::prepare_commit, S::complete_commit, true, true},
             Row{S::prepare_commit, S::complete_abort, false, false},
             Row{S::prepare_abort, S::complete_abort, true, true},
             Row{S::ongoing, S::empty, false, false},
             Row{S::ongoing, S::dead, false, false},
             Row{S::complete_abort, S::dead, true, true},
         }) {
        CAPTURE(name_of(row.from));
        CAPTURE(name_of(row.to));
        CHECK(may_follow(row.from, row.to, false) == row.tv1);
        CHECK(may_follow(row.from, row.to, true) == row.tv2);
    }
}

TEST_CASE("each end of a transaction takes an epoch since transaction.version 2, and the last one "
          "an id")
{
    TransactionMetadata plain = transaction(TransactionState::ongoing);
    CHECK(plain.prepare_end({.commit = true}, {}).producer_epoch == 3);

    TransactionMetadata bumped = transaction(TransactionState::ongoing);
    bumped.complete(bumped.prepare_end({.commit = true, .client = TransactionVersion::tv2}, {}));
    CHECK(bumped.is.producer_epoch == 4);
    CHECK(bumped.is.last_producer_epoch == 3);
    bumped.complete(bumped.prepare_complete({}));
    CHECK(bumped.is.state == TransactionState::complete_commit);
    CHECK(bumped.is.producer_epoch == 4);

    TransactionMetadata last = transaction(TransactionState::ongoing);
    last.is.producer_epoch = 32766;
    last.complete(last.prepare_end(
        {.commit = false, .client = TransactionVersion::tv2, .next_id = ProducerId{9}}, {}));
    CHECK(last.is.producer_epoch == 32767);
    last.complete(last.prepare_complete({}));
    CHECK(last.is.producer_id == ProducerId{9});
    CHECK(last.is.producer_epoch == 0);
    CHECK(last.is.previous_producer_id == ProducerId{7});
}

TEST_CASE("a producer that asks again for its new epoch is given the same one (KIP-360)")
{
    TransactionMetadata made = transaction(TransactionState::empty);
    made.complete(*made.prepare_increment_epoch(60_s, ProducerIdAndEpoch{ProducerId{7}, 3}, {}));
    CHECK(made.is.producer_epoch == 4);
    made.complete(*made.prepare_increment_epoch(60_s, ProducerIdAndEpoch{ProducerId{7}, 3}, {}));
    CHECK(made.is.producer_epoch == 4);
    CHECK_FALSE(made.prepare_increment_epoch(60_s, ProducerIdAndEpoch{ProducerId{7}, 2}, {}));
}
