// What DeleteRecords may do, and what it explains.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::check::test;

namespace {

LogStartRaised raised(int broker, std::int64_t from, std::int64_t to,
                      LogStartReason reason = LogStartReason::client_record_deletion)
{
    return {BrokerId{broker}, orders, Epoch{0}, reason, Offset{from}, Offset{to}, Offset{15}};
}

// Fifteen records in two batches, acknowledged.
void fifteen_records(Court& court)
{
    court.sent(batch(0, 10));
    court.acknowledged(batch(0, 10), 0);
    court.sent(batch(10, 5));
    court.acknowledged(batch(10, 5), 10);
}

void end(Court& court, std::int64_t start)
{
    court.ends_with(1, {stored(0, 0, 0, 10), stored(10, 10, 0, 5)}, 15);
    court.end.replicas.front().log_start = Offset{start};
    court.finish();
}

}  // namespace

TEST_CASE("records that were deleted as asked for are missed by nobody, but those behind are")
{
    struct Row {
        char const* what;
        std::int64_t asked;
        std::int64_t start;
        char const* said;
    };
    for (Row const& row : {
             Row{"inside of a batch", 4, 4, ""},
             Row{"at the end of a batch", 10, 10, ""},
             Row{"all that is committed", -1, 15, ""},
             Row{"three more than was asked for", 4, 7, "log-start-asked 2, lost-write 3"},
             Row{"five of the next batch", 10, 15, "log-start-asked 2, unseen 5"},
         }) {
        CAPTURE(row.what);
        Court court;
        fifteen_records(court);
        court.see(DeletionAsked{9, orders, Offset{row.asked}});
        court.see(raised(1, 0, row.start));
        court.see(raised(2, 0, row.start, LogStartReason::leader_offset_incremented));
        end(court, row.start);
        CHECK(court.said().substr(0, std::string_view(row.said).size()) == row.said);
        CHECK(court.said().empty() == std::string_view(row.said).empty());
    }
}

TEST_CASE("nobody deletes what is not committed, whatever was asked for")
{
    Court court;
    court.see(DeletionAsked{9, orders, Offset{20}});
    court.see(raised(1, 0, 16));
    CHECK(court.said() == "log-start-asked 1");
    CHECK(court.first() == "orders-0: the log of broker-1 starts at 16 (client record deletion), "
                           "but its high watermark is 15");
}

TEST_CASE("what an operator was told is deleted does not come back")
{
    for (bool const back : {false, true}) {
        CAPTURE(back);
        Court court;
        fifteen_records(court);
        court.see(DeletionAsked{9, orders, Offset{4}});
        court.see(raised(1, 0, 4));
        court.see(RecordsDeleted{9, orders, Offset{4}});
        end(court, back ? 0 : 4);
        CHECK(court.said() == (back ? "deleted-stays-deleted 4" : ""));
        CHECK(court.exercised("deleted-stays-deleted") == 1);
    }
}
