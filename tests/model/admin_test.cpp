#include "model/client/admin.h"

#include <doctest/doctest.h>

#include "tests/model/client_world.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

using World = test::ClientWorld<Admin>;

CreateTopicsRequest topic(std::string name)
{
    CreateTopicsRequest request;
    request.name = std::move(name);
    request.partitions = 3;
    return request;
}

}  // namespace

TEST_CASE("topics are created one after the other, in the order asked for")
{
    World w(Admin(0, "admin", {}, test::nodes(1)), 1,
            [](NodeId, Message const&) { return test::Answer{CreateTopicsResponse{}}; });
    w.client.create_topic(topic("a"));
    w.client.create_topic(topic("b"));
    CHECK_FALSE(w.client.done());
    w.start();
    w.run_until({1'000'000'000});
    CHECK(w.client.done());
    REQUIRE(w.client.results().size() == 2);
    CHECK(w.client.results()[0].what == "create topic a");
    CHECK(w.client.results()[1].error == Error::none);
    CHECK(w.all<ClientFinished>().size() == 1);
    CHECK(w.requests_of<CreateTopicsRequest>() == 2);
}

TEST_CASE("the next controller is asked when one is not it, or is down")
{
    World w(Admin(0, "admin", {}, test::nodes(3)), 1, [](NodeId node, Message const&) {
        return test::Answer{
            CreateTopicsResponse{node == NodeId{3} ? Error::none : Error::not_controller, ""}};
    });
    w.down = {NodeId{1}};
    w.client.create_topic(topic("a"));
    w.start();
    w.run_until({5'000'000'000});
    REQUIRE(w.client.results().size() == 1);
    CHECK(w.client.results()[0].error == Error::none);
    CHECK(w.client.results()[0].at < Instant{500'000'000});
}

TEST_CASE("a final error is reported with its message")
{
    World w(Admin(0, "admin", {}, test::nodes(1)), 1, [](NodeId, Message const&) {
        return test::Answer{
            CreateTopicsResponse{Error::invalid_replication_factor, "only 2 brokers"}};
    });
    w.client.create_topic(topic("a"));
    w.start();
    w.run_until({1'000'000'000});
    REQUIRE(w.client.results().size() == 1);
    CHECK(w.client.results()[0].error == Error::invalid_replication_factor);
    CHECK(w.client.results()[0].message == "only 2 brokers");
    CHECK(w.requests_of<CreateTopicsRequest>() == 1);
}

TEST_CASE("a request is given up after default.api.timeout.ms")
{
    World w(Admin(0, "admin", {}, test::nodes(2)), 1,
            [](NodeId, Message const&) { return test::Answer{}; });
    w.down = {NodeId{1}, NodeId{2}};
    w.client.create_topic(topic("a"));
    w.start();
    w.run_until({100'000'000'000});
    REQUIRE(w.client.results().size() == 1);
    CHECK(w.client.results()[0].error == Error::request_timed_out);
    CHECK(w.client.results()[0].at == Instant{60'000'000'000});
}

TEST_CASE("a topic that exists after a lost answer counts as created")
{
    int asked = 0;
    World w(Admin(0, "admin", {}, test::nodes(1)), 1, [&](NodeId, Message const&) -> test::Answer {
        if (++asked == 1)
            return {std::nullopt, true};
        return {CreateTopicsResponse{Error::topic_already_exists, ""}};
    });
    w.client.create_topic(topic("a"));
    w.start();
    w.run_until({10'000'000'000});
    REQUIRE(w.client.results().size() == 1);
    CHECK(w.client.results()[0].error == Error::none);
}

TEST_CASE("an election that was not needed is no failure")
{
    World w(Admin(0, "admin", {}, test::nodes(1)), 1,
            [](NodeId, Message const& message) -> test::Answer {
                ElectLeadersResponse response;
                for (TopicPartition const p : std::get<ElectLeadersRequest>(message).partitions)
                    response.partitions.push_back({p, p.partition == 0 ? Error::election_not_needed
                                                      : p.partition == 1
                                                          ? Error::none
                                                          : Error::preferred_leader_not_available});
                return {response};
            });
    w.start();
    w.with([&](Env const& env, Out& out) {
        w.client.elect_leaders(env, {false, {{TopicId{1}, 0}, {TopicId{1}, 1}}}, out);
        w.client.elect_leaders(env, {false, {{TopicId{1}, 0}, {TopicId{1}, 2}}}, out);
    });
    w.run_until({10'000'000'000});
    REQUIRE(w.client.results().size() == 2);
    CHECK(w.client.results()[0].error == Error::none);
    CHECK(w.client.results()[1].error == Error::preferred_leader_not_available);
    CHECK(w.client.results()[1].elected.partitions.size() == 2);
}

// -- What is asked of brokers -------------------------------------------------------------------

namespace {

// Brokers 1 and 2 on nodes 1 and 2; orders has two partitions, of which they lead one each.
MetadataResponse two_leaders(int leader_of_0)
{
    MetadataResponse response;
    for (int i = 1; i <= 2; ++i)
        response.brokers.push_back({BrokerId{i}, NodeId{static_cast<std::uint16_t>(i)}, ""});
    MetadataTopic orders;
    orders.name = "orders";
    orders.topic = TopicId{1};
    orders.partitions.push_back({Error::none, 0, BrokerId{leader_of_0}, Epoch{0}, {}, {}});
    orders.partitions.push_back({Error::none, 1, BrokerId{2}, Epoch{0}, {}, {}});
    response.topics.push_back(orders);
    return response;
}

Admin asking_brokers() { return {0, "admin", {}, test::nodes(1), test::nodes(2)}; }

DeleteRecordsOrder both(std::int64_t before)
{
    return {{{"orders", 0, Offset{before}}, {"orders", 1, Offset{before}}}};
}

}  // namespace

TEST_CASE("each leader is asked to delete records of its partitions, and all answers are gathered")
{
    World w(asking_brokers(), 1, [](NodeId node, Message const& message) {
        if (std::holds_alternative<MetadataRequest>(message))
            return test::Answer{two_leaders(1)};
        auto const& request = std::get<DeleteRecordsRequest>(message);
        REQUIRE(request.partitions.size() == 1);
        DeleteRecordsResponse response;
        response.partitions.push_back(
            {request.partitions[0].partition,
             node == NodeId{1} ? Error::none : Error::offset_out_of_range,
             node == NodeId{1} ? request.partitions[0].offset : no_offset});
        return test::Answer{response};
    });
    w.client.ask(AdminRequest(BrokerOrder(both(7))));
    w.start();
    w.run_until({1'000'000'000});
    REQUIRE(w.client.results().size() == 1);
    AdminResult const& result = w.client.results()[0];
    CHECK(result.error == Error::offset_out_of_range);
    REQUIRE(result.answers.size() == 2);
    CHECK(result.answers[0].offset == Offset{7});
    CHECK(result.answers[1].error == Error::offset_out_of_range);
    CHECK(w.all<DeletionAsked>().size() == 2);
    CHECK(w.all<RecordsDeleted>().size() == 1);
}

TEST_CASE("who leads is looked up again when a leader was the wrong one, or is gone")
{
    for (bool const gone : {false, true}) {
        CAPTURE(gone);
        int lookups = 0;
        World w(asking_brokers(), 1, [&](NodeId node, Message const& message) {
            if (std::holds_alternative<MetadataRequest>(message))
                return test::Answer{two_leaders(++lookups == 1 ? 1 : 2)};
            test::Answer answer{ListOffsetsResponse{}};
            if (node == NodeId{1} && gone)
                return test::Answer{std::nullopt, true};
            ListOffsetsResponse response;
            for (ListOffsetsPartition const& asked :
                 std::get<ListOffsetsRequest>(message).partitions)
                response.partitions.push_back(
                    {asked.partition,
                     node == NodeId{1} ? Error::not_leader_or_follower : Error::none,
                     Offset{40 + asked.partition.partition}, Epoch{1}});
            return test::Answer{response};
        });
        w.client.ask(AdminRequest(BrokerOrder(
            ListOffsetsOrder{{{"orders", 0, latest_timestamp}, {"orders", 1, latest_timestamp}}})));
        w.start();
        w.run_until({5'000'000'000});
        REQUIRE(w.client.results().size() == 1);
        CHECK(w.client.results()[0].error == Error::none);
        CHECK(w.client.results()[0].answers[0].offset == Offset{40});
        CHECK(w.client.results()[0].answers[1].offset == Offset{41});
        CHECK(lookups == 2);
    }
}

TEST_CASE("a topic that nobody knows is waited for by who deletes, and is an error for who lists")
{
    World w(asking_brokers(), 1, [](NodeId, Message const&) {
        MetadataResponse response = two_leaders(1);
        response.topics[0].error = Error::unknown_topic_or_partition;
        response.topics[0].partitions.clear();
        return test::Answer{response};
    });
    w.client.ask(AdminRequest(BrokerOrder(ListOffsetsOrder{{{"orders", 0, latest_timestamp}}})));
    w.client.ask(AdminRequest(BrokerOrder(both(7))));
    w.start();
    w.run_until({1'000'000'000});
    REQUIRE(w.client.results().size() == 1);
    CHECK(w.client.results()[0].error == Error::unknown_topic_or_partition);
    w.run_until({70'000'000'000});
    REQUIRE(w.client.results().size() == 2);
    CHECK(w.client.results()[1].error == Error::request_timed_out);
    CHECK(w.client.results()[1].answers[0].last == Error::unknown_topic_or_partition);
}
