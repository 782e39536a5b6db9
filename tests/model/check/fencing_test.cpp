// Who is fenced and who is told so, and in which order a producer's records are written.
#include <doctest/doctest.h>

#include "model/record_bytes/control_record.h"
#include "tests/model/check/court.h"

namespace odradek::kafka::check::test {

namespace {

constexpr ProducerId pid{7};

void ready(Court& court, std::uint32_t client = 0)
{
    court.see(TransactionalProducerReady{client, "clerk", pid, 0});
}

void begins(Court& court, std::uint64_t number) { court.see(TransactionBegan{0, number, "clerk"}); }

void turns(Court& court, TransactionState to, std::int16_t epoch)
{
    TransactionStateChanged change;
    change.broker = BrokerId{1};
    change.transactional_id = "clerk";
    change.to = to;
    change.producer_id = pid;
    change.producer_epoch = epoch;
    court.see(change);
}

void ends(Court& court, Error error)
{
    court.see(TransactionEnded{0, 0, TransactionOutcome::aborted, error});
}

void marked(Court& court, std::int64_t offset, std::int32_t coordinator, std::int32_t epoch = 0)
{
    auto const made = make_end_transaction_batch(pid, 0, false, coordinator, {});
    court.appended(1, made->stamped(Offset{offset}, Epoch{epoch}), true);
}

}  // namespace

TEST_CASE("fenced-is-told: a producer that its coordinator has given up is told so")
{
    for (Error const error : {Error::producer_fenced, Error::invalid_txn_state}) {
        CAPTURE(to_string(error));
        Court court;
        ready(court);
        begins(court, 0);
        turns(court, TransactionState::prepare_abort, 1);
        ends(court, error);
        CHECK(court.exercised("fenced-is-told") == 1);
        CHECK(court.said() == (error == Error::producer_fenced ? "" : "fenced-is-told 1"));
    }
}

TEST_CASE("fenced-is-told: an abort that the application has asked for fences nobody")
{
    Court court;
    ready(court);
    begins(court, 0);
    court.see(TransactionEnding{0, 0, false});
    turns(court, TransactionState::prepare_abort, 1);
    ends(court, Error::invalid_txn_state);
    CHECK(court.said() == "");
}

TEST_CASE("fenced-is-told: of a partition that was written to before an old answer may come")
{
    for (bool const before : {true, false}) {
        CAPTURE(before);
        Court court;
        ready(court);
        begins(court, 0);
        if (before)
            court.sent(batch(0));
        turns(court, TransactionState::prepare_abort, 1);
        if (!before)
            court.sent(batch(0));
        court.see(ProduceError{0, orders, Error::invalid_txn_state});
        CHECK(court.said() == (before ? "" : "fenced-is-told 1"));
    }
}

TEST_CASE("fenced-is-told: with the next transaction the producer is fenced no more")
{
    Court court;
    ready(court);
    begins(court, 0);
    turns(court, TransactionState::prepare_abort, 1);
    begins(court, 1);
    ends(court, Error::invalid_txn_state);
    CHECK(court.said() == "");
}

TEST_CASE("epochs-not-wasted: one step takes one epoch, and a few may be lost with a coordinator")
{
    Court court;
    ready(court);
    turns(court, TransactionState::empty, 0);
    turns(court, TransactionState::prepare_abort, 5);
    CHECK(court.said() == "");
    turns(court, TransactionState::empty, 11);
    CHECK(court.said() == "epochs-not-wasted 1");
}

TEST_CASE("coordinator-epoch-regress: a deposed coordinator writes nothing behind its successor")
{
    Court court;
    ready(court);
    marked(court, 1, 0);
    marked(court, 3, 1);
    marked(court, 5, 1);
    CHECK(court.said() == "");
    marked(court, 7, 0);
    CHECK(court.said() == "coordinator-epoch-regress 1");
}

TEST_CASE("coordinator-epoch-regress: what a deposed leader writes, or wrote alone, is not kept")
{
    Court court;
    ready(court);
    marked(court, 3, 1);
    court.leads(2, 4, 2);  // It does not have it.
    marked(court, 2, 0, 4);
    marked(court, 5, 1, 4);
    marked(court, 6, 0, 3);
    CHECK(court.said() == "");
}

TEST_CASE("nonmonotonic-send: what was sent later and acknowledged lies behind")
{
    for (bool const both : {true, false}) {
        CAPTURE(both);
        Court court;
        court.sent(batch(0));
        court.sent(batch(1));
        court.acknowledged(batch(1), 0);
        if (both)
            court.acknowledged(batch(0), 1);
        court.polled({stored(1, 0), stored(0, 1)});
        court.ends_with(1, {stored(1, 0), stored(0, 1)}, 2);
        court.finish();
        CHECK(court.said() == (both ? "nonmonotonic-send 1" : ""));
    }
}

TEST_CASE("nonmonotonic-send: another client's records, and a copy, are no matter of order")
{
    Court court;
    court.sent(batch(0));
    court.sent(batch(1));
    court.sent(batch(0, 1, 1));
    court.acknowledged(batch(0), 0);
    court.acknowledged(batch(1), 1);
    court.acknowledged(batch(0, 1, 1), 2);
    std::vector<BatchRef> const log{stored(0, 0), stored(1, 1), stored(0, 2, 0, 1, 1),
                                    stored(0, 3)};
    court.polled(log);
    court.ends_with(1, log, 4);
    court.finish();
    CHECK(court.said() == "duplicate 1");
}

}  // namespace odradek::kafka::check::test
