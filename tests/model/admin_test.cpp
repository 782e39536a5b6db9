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
