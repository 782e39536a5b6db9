// Who is fenced and who is told so, and in which order a producer's records are written.
#include <doctest/doctest.h>

#include "model/record_bytes/control_record.h"
#include "tests/model/check/court.h"

namespace odradek::kafka::check::test {

namespace {

constexpr ProducerId pid{7};
constexpr TopicId states{3};

void ready(Court& court, std::uint32_t client = 0)
{
    court.see(TransactionalProducerReady{client, "clerk", pid, 0});
}

void begins(Court& court, std::uint64_t number) { court.see(TransactionBegan{0, number, "clerk"}); }

void turns(Court& court, TransactionState to, std::int16_t epoch, std::int32_t coordinator = 0)
{
    TransactionStateChanged change;
    change.broker = BrokerId{1};
    change.state_partition = 3;
    change.coordinator_epoch = coordinator;
    change.transactional_id = "clerk";
    change.to = to;
    change.producer_id = pid;
    change.producer_epoch = epoch;
    court.see(change);
}

void refused(Court& court, Error error, std::int32_t coordinator = 0)
{
    court.see(EndRefused{BrokerId{1}, coordinator, "clerk", pid, 0, error});
}

void loads(Court& court, std::int32_t partition)
{
    court.see(CoordinatorLoaded{BrokerId{2}, {states, partition}, Epoch{1}, 1});
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
        refused(court, error);
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
    refused(court, Error::invalid_txn_state);
    CHECK(court.said() == "");
}

TEST_CASE("fenced-is-told: a deposed coordinator does not know what its successor has aborted")
{
    for (std::int32_t const answering : {4, 5}) {
        CAPTURE(answering);
        Court court;
        ready(court);
        begins(court, 0);
        turns(court, TransactionState::prepare_abort, 1, 5);
        refused(court, Error::invalid_txn_state, answering);
        CHECK(court.said() == (answering == 4 ? "" : "fenced-is-told 1"));
    }
}

TEST_CASE("fenced-is-told: with the next transaction the producer is fenced no more")
{
    Court court;
    ready(court);
    begins(court, 0);
    turns(court, TransactionState::prepare_abort, 1);
    begins(court, 1);
    refused(court, Error::invalid_txn_state);
    CHECK(court.said() == "");
}

TEST_CASE("fenced-is-told: a leader that has the marker refuses an older epoch by saying so")
{
    for (Error const error : {Error::invalid_producer_epoch, Error::invalid_txn_state}) {
        CAPTURE(to_string(error));
        Court court;
        ready(court);
        auto const marker = make_end_transaction_batch(pid, 2, false, 0, {});
        court.appended(1, marker->stamped(Offset{4}, Epoch{0}), true);
        court.see(BatchRefused{BrokerId{1}, orders, pid, 1, error});
        CHECK(court.said() == (error == Error::invalid_txn_state ? "fenced-is-told 1" : ""));
    }
}

TEST_CASE("epochs-not-wasted: one step takes one epoch")
{
    for (std::int16_t const epoch : {std::int16_t{1}, std::int16_t{2}}) {
        CAPTURE(epoch);
        Court court;
        ready(court);
        turns(court, TransactionState::empty, 0);
        turns(court, TransactionState::prepare_abort, epoch);
        CHECK(court.exercised("epochs-not-wasted") == 1);
        CHECK(court.said() == (epoch == 1 ? "" : "epochs-not-wasted 1"));
    }
}

TEST_CASE("epochs-not-wasted: one more for each coordinator of that partition in between")
{
    for (std::int32_t const partition : {3, 4}) {
        CAPTURE(partition);
        Court court;
        court.names.add_topic(states, "__transaction_state");
        ready(court);
        turns(court, TransactionState::empty, 0);
        loads(court, partition);
        turns(court, TransactionState::prepare_abort, 2, 1);
        CHECK(court.said() == (partition == 3 ? "" : "epochs-not-wasted 1"));
    }
}

TEST_CASE("epochs-not-wasted: what a deposed coordinator still acts on is no step")
{
    Court court;
    ready(court);
    turns(court, TransactionState::empty, 9, 5);
    turns(court, TransactionState::empty, 3, 4);
    turns(court, TransactionState::prepare_abort, 10, 5);
    CHECK(court.said() == "");
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
