#include "model/client/cluster_view.h"

#include <doctest/doctest.h>

#include "tests/model/client_world.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {
TopicPartition const orders_0{TopicId{1}, 0};
}

TEST_CASE("a client never goes back to an older leader epoch")
{
    ClusterView view;
    MetadataResponse newer = test::metadata_of(3, 1, Epoch{5});
    newer.topics[0].partitions[0].leader = BrokerId{2};
    CHECK(view.update(newer).progress);
    CHECK_FALSE(view.update(test::metadata_of(3, 1, Epoch{4})).progress);
    CHECK(view.partition(orders_0) == ClusterView::Partition{BrokerId{2}, Epoch{5}});
    REQUIRE(view.leader_node(orders_0) != nullptr);
    CHECK(*view.leader_node(orders_0) == sim::NodeId{2});
}

TEST_CASE("the same epoch may bring news of the leader, but is no progress")
{
    ClusterView view;
    view.update(test::metadata_of(3, 1, Epoch{5}));
    MetadataResponse same = test::metadata_of(3, 1, Epoch{5});
    same.topics[0].partitions[0].leader = no_broker;
    same.topics[0].partitions[0].error = Error::leader_not_available;
    ClusterView::Update const update = view.update(same);
    CHECK_FALSE(update.progress);
    CHECK(update.incomplete);
    CHECK_FALSE(view.leader_node(orders_0));
}

TEST_CASE("a topic deleted and created again starts its epochs anew")
{
    ClusterView view;
    view.update(test::metadata_of(3, 1, Epoch{5}));
    MetadataResponse again = test::metadata_of(3, 1, Epoch{0});
    again.topics[0].topic = TopicId{2};
    CHECK(view.update(again).progress);
    CHECK(view.topic("orders")->id == TopicId{2});
    CHECK(view.partition({TopicId{2}, 0}).leader_epoch == Epoch{0});
}

TEST_CASE("an unknown topic has no leaders until it is known again")
{
    ClusterView view;
    view.update(test::metadata_of(3, 2, Epoch{5}));
    MetadataResponse gone = test::metadata_of(3, 0);
    gone.topics[0].error = Error::unknown_topic_or_partition;
    CHECK(view.update(gone).incomplete);
    CHECK_FALSE(view.leader_node(orders_0));
    view.update(test::metadata_of(3, 2, Epoch{5}));
    REQUIRE(view.leader_node(orders_0) != nullptr);
    CHECK(*view.leader_node(orders_0) == sim::NodeId{1});
}

TEST_CASE("a leader hint counts when it is newer and its broker is known")
{
    ClusterView view;
    view.update(test::metadata_of(3, 1, Epoch{5}));
    CHECK_FALSE(view.update_leader(orders_0, {BrokerId{2}, Epoch{5}}));
    CHECK_FALSE(view.update_leader(orders_0, {BrokerId{7}, Epoch{6}}));
    CHECK_FALSE(view.update_leader(orders_0, {no_broker, Epoch{6}}));
    CHECK_FALSE(view.update_leader({TopicId{8}, 0}, {BrokerId{2}, Epoch{6}}));
    CHECK(view.update_leader(orders_0, {BrokerId{2}, Epoch{6}}));
    REQUIRE(view.leader_node(orders_0) != nullptr);
    CHECK(*view.leader_node(orders_0) == sim::NodeId{2});
}

TEST_CASE("the bootstrap addresses are asked until brokers are known")
{
    ClusterView view(test::nodes(2));
    CHECK(view.nodes() == test::nodes(2));
    view.update(test::metadata_of(3, 1));
    CHECK(view.nodes() == test::nodes(3));
    view.rebootstrap(test::nodes(1));
    CHECK(view.nodes() == test::nodes(1));
    REQUIRE(view.leader_node(orders_0) != nullptr);
    CHECK(*view.leader_node(orders_0) == sim::NodeId{1});
}
