// What transactions promise to those who read, and what a leader's log says of them.
#include <doctest/doctest.h>

#include "model/record_bytes/control_record.h"
#include "tests/model/check/court.h"

namespace odradek::kafka::check::test {

namespace {

constexpr ProducerId pid{7};

// One record of payments[0], in a transaction.
BatchRef in_transaction(std::uint64_t number, std::int16_t epoch = 0, std::int64_t offset = -1)
{
    RecordBatch made = *batch(number);
    made.transactional = true;
    made.producer_id = pid;
    made.producer_epoch = epoch;
    made.base_sequence = static_cast<std::int32_t>(number);
    auto const shared = sim::share<RecordBatch>(made);
    return offset < 0 ? shared : shared->stamped(Offset{offset}, Epoch{0});
}

BatchRef marker(bool committed, std::int64_t offset, std::int16_t epoch = 0)
{
    return make_end_transaction_batch(pid, epoch, committed, 0, {})
        ->stamped(Offset{offset}, Epoch{0});
}

// payments[0] is "clerk" and sends records 0 and 1 in its first transaction.
struct Clerk : Court {
    Clerk()
    {
        see(TransactionalProducerReady{0, "clerk", pid, 0});
        see(TransactionBegan{0, 0, "clerk"});
        sent(in_transaction(0));
        sent(in_transaction(1));
    }
    void asks(bool commit) { see(TransactionEnding{0, 0, commit}); }
    void ended(TransactionOutcome how) { see(TransactionEnded{0, 0, how, Error::none}); }
    void both_acknowledged()
    {
        acknowledged(in_transaction(0), 0);
        acknowledged(in_transaction(1), 1);
    }
    void read_committed(BatchRef const& what)
    {
        RecordsConsumed consumed;
        consumed.client = 1;
        consumed.partition = orders;
        consumed.from = what->base_offset;
        consumed.to = what->end_offset();
        consumed.batches = {what};
        consumed.read_committed = true;
        see(consumed);
    }
    // The leader's log in the end: all of it is committed.
    void ends(std::vector<BatchRef> const& log)
    {
        ends_with(1, log, static_cast<std::int64_t>(log.back()->end_offset().value));
        finish();
    }
};

}  // namespace

TEST_CASE("G1a: what is read read_committed is of no aborted transaction")
{
    for (bool const committed : {true, false}) {
        CAPTURE(committed);
        Clerk court;
        court.both_acknowledged();
        court.asks(committed);
        court.ended(committed ? TransactionOutcome::committed : TransactionOutcome::aborted);
        court.read_committed(in_transaction(0, 0, 0));
        CHECK(court.exercised("G1a") == 1);
        CHECK(court.said() == (committed ? "" : "G1a 1"));
    }
}

TEST_CASE("G1a: an aborted transaction is not visible in the end, whether it was read or not")
{
    for (bool const committed : {true, false}) {
        CAPTURE(committed);
        Clerk court;
        court.both_acknowledged();
        court.asks(false);
        court.ended(TransactionOutcome::aborted);
        court.ends({in_transaction(0, 0, 0), in_transaction(1, 0, 1), marker(committed, 2)});
        CHECK(court.exercised("G1a") == 1);
        CHECK(court.said() == (committed ? "G1a 2" : ""));
    }
}

TEST_CASE("precommitted-read: nothing is read before its application asks for the commit")
{
    for (bool const asked : {true, false}) {
        CAPTURE(asked);
        Clerk court;
        court.both_acknowledged();
        if (asked)
            court.asks(true);
        court.read_committed(in_transaction(0, 0, 0));
        CHECK(court.said() == (asked ? "" : "precommitted-read 1"));
    }
}

TEST_CASE("txn-atomic: what was committed is there in whole")
{
    for (bool const whole : {true, false}) {
        CAPTURE(whole);
        Clerk court;
        court.both_acknowledged();
        court.asks(true);
        court.ended(TransactionOutcome::committed);
        std::vector<BatchRef> log{in_transaction(0, 0, 0), marker(true, 1)};
        if (whole)
            log = {in_transaction(0, 0, 0), in_transaction(1, 0, 1), marker(true, 2)};
        court.ends(log);
        CHECK(court.exercised("txn-atomic") == 1);
        bool const says = court.said().find("txn-atomic 1") != std::string::npos;
        CHECK(says == !whole);
    }
}

TEST_CASE("txn-atomic: a transaction of which nothing is known puts nothing to the test")
{
    Clerk court;
    court.ends({stored(9, 0)});
    CHECK(court.exercised("txn-atomic") == 0);
}

TEST_CASE("one-open-transaction: none of another epoch is opened, and no older one is written")
{
    for (std::int16_t const epoch : {std::int16_t{1}, std::int16_t{2}, std::int16_t{0}}) {
        CAPTURE(epoch);
        Clerk court;
        court.appended(1, in_transaction(0, 1, 0), true);
        court.appended(1, in_transaction(1, epoch, 1), true);
        CHECK(court.said() == (epoch == 1 ? "" : "one-open-transaction 1"));
    }
}

TEST_CASE("one-open-transaction: behind its marker the next may begin")
{
    Clerk court;
    court.appended(1, in_transaction(0, 1, 0), true);
    court.appended(1, marker(true, 1, 1), true);
    court.appended(1, in_transaction(1, 2, 2), true);
    CHECK(court.exercised("one-open-transaction") == 3);
    CHECK(court.said() == "");
}

TEST_CASE("zombie-never-commits: who asks after another has its id is refused")
{
    for (bool const before : {true, false}) {
        CAPTURE(before);
        Clerk court;
        if (before)
            court.asks(true);
        court.see(TransactionalProducerReady{1, "clerk", pid, 1});
        if (!before)
            court.asks(true);
        court.ended(TransactionOutcome::committed);
        CHECK(court.said() == (before ? "" : "zombie-never-commits 1"));
    }
}

TEST_CASE("hanging-transaction: what is open in a log is known to a coordinator")
{
    for (bool const known : {true, false}) {
        CAPTURE(known);
        Clerk court;
        if (known) {
            TransactionEnd transaction;
            transaction.broker = BrokerId{2};
            transaction.transactional_id = "clerk";
            transaction.is.producer_id = pid;
            transaction.is.producer_epoch = 0;
            transaction.is.state = TransactionState::ongoing;
            transaction.is.partitions = {orders};
            court.end.transactions.push_back(transaction);
        }
        court.ends({in_transaction(0, 0, 0)});
        CHECK(court.exercised("hanging-transaction") == 1);
        bool const says = court.said().find("hanging-transaction") != std::string::npos;
        CHECK(says == !known);
    }
}

TEST_CASE("lso-le-hw: the last stable offset is not above the high watermark")
{
    for (std::int64_t const stable : {1, 2}) {
        CAPTURE(stable);
        Clerk court;
        court.ends_with(1, {in_transaction(0, 0, 0)}, 1);
        court.end.replicas.front().last_stable_offset = Offset{stable};
        court.finish();
        bool const says = court.said().find("lso-le-hw") != std::string::npos;
        CHECK(says == (stable == 2));
    }
}

}  // namespace odradek::kafka::check::test
