#include "model/controller/election.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace odradek::kafka;

namespace {

std::vector<BrokerId> brokers(std::vector<int> const& ids)
{
    std::vector<BrokerId> list;
    for (int const id : ids)
        list.push_back(BrokerId{id});
    return list;
}

}  // namespace

TEST_CASE("election: who leads, by kind, ISR and who is alive")
{
    struct Row {
        char const* what;
        Election election;
        std::vector<int> isr, alive;
        int leader, next;
        bool unclean;
    };
    // Replicas are always [1, 2, 3].
    Row const rows[] = {
        {"the leader stays if it can", Election::online, {1, 2, 3}, {1, 2, 3}, 2, 2, false},
        {"else the first in the ISR that is alive",
         Election::online,
         {1, 2, 3},
         {2, 3},
         1,
         2,
         false},
        {"replica order counts, not ISR order", Election::online, {3, 2}, {2, 3}, 1, 2, false},
        {"alive but not in the ISR is not enough", Election::online, {1}, {2, 3}, 1, -1, false},
        {"in the ISR but not alive is not enough", Election::online, {2, 3}, {1}, -1, -1, false},
        {"a leader out of the ISR cannot stay", Election::online, {2}, {1, 2}, 1, 2, false},
        {"preferred: back to the first replica",
         Election::preferred,
         {1, 2, 3},
         {1, 2, 3},
         3,
         1,
         false},
        {"preferred, not in the ISR: the leader stays",
         Election::preferred,
         {2, 3},
         {1, 2, 3},
         3,
         3,
         false},
        {"preferred, dead: the leader stays", Election::preferred, {1, 2, 3}, {2, 3}, 3, 3, false},
        {"preferred, both dead: the next one", Election::preferred, {1, 2, 3}, {2}, 3, 2, false},
        {"preferred is never unclean", Election::preferred, {1}, {2, 3}, 1, -1, false},
        {"unclean prefers the ISR", Election::unclean, {3}, {2, 3}, 1, 3, false},
        {"unclean takes anybody alive", Election::unclean, {1}, {2, 3}, 1, 2, true},
        {"unclean needs somebody alive", Election::unclean, {1}, {}, 1, -1, false},
    };
    for (Row const& row : rows) {
        CAPTURE(row.what);
        AcceptableLeader const alive = [&](BrokerId broker) {
            return std::count(row.alive.begin(), row.alive.end(), broker.value) != 0;
        };
        ElectionResult const result = elect_leader(row.election, brokers({1, 2, 3}),
                                                   brokers(row.isr), BrokerId{row.leader}, alive);
        CHECK(result.leader.value == row.next);
        CHECK(result.unclean == row.unclean);
    }
}

TEST_CASE("election: the story says why each replica was or was not chosen")
{
    MetadataImage image;
    std::vector<MetadataRecord> records;
    for (int id = 1; id <= 2; ++id) {
        RegisterBrokerRecord record;
        record.broker = BrokerId{id};
        record.broker_epoch = BrokerEpoch{0};
        record.fenced = id == 1;
        records.push_back(record);
    }
    image.apply(*make_metadata_batch(records, {})->stamped(Offset{0}, Epoch{1}));
    AcceptableLeader const alive = [&](BrokerId broker) { return image.is_active(broker); };
    auto const explain = [&](Election election, std::vector<int> const& isr) {
        ElectionResult const result =
            elect_leader(election, brokers({1, 2, 3}), brokers(isr), BrokerId{1}, alive);
        return explain_election(election, brokers({1, 2, 3}), brokers(isr), BrokerId{1}, image,
                                alive, result);
    };
    CHECK(explain(Election::online, {1, 2, 3}) ==
          "1 is fenced; 2 is in the ISR and alive: chosen; 3 is not registered");
    CHECK(explain(Election::online, {1}) ==
          "1 is fenced; 2 is not in the ISR; 3 is not registered: nobody in the ISR is alive, "
          "nobody leads");
    CHECK(explain(Election::unclean, {1}) ==
          "1 is fenced; 2 is alive but not in the ISR: chosen uncleanly; 3 is not registered");
}
