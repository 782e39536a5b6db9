#include <doctest/doctest.h>

#include "model/metadata/records_bytes.h"
#include "model/metadata/records_snapshot.h"
#include "model/record_bytes/batch_reader.h"
#include "model/record_bytes/control_record.h"
#include "model/record_bytes/message_schema.h"
#include "model/topic_uuid.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {

std::string hex(std::string_view bytes)
{
    std::string text;
    for (char const c : bytes) {
        char const* const digits = "0123456789abcdef";
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

// The record as the reader, which goes by Kafka's schemas, sees what the writer has written.
std::string through_bytes(MetadataRecord const& record)
{
    KeyAndValue const bytes = bytes_of(record);
    MessageInFile const message =
        bytes.key ? read_control_record(*control_type_of(*bytes.key), *bytes.value)
                  : read_metadata_record(*bytes.value);
    if (message.problem)
        return "at " + std::to_string(message.problem->position) + ": " + message.problem->what;
    return message.type + " " + std::to_string(message.version) + " " + message.json;
}

std::vector<BrokerId> ids(std::vector<std::int32_t> const& numbers)
{
    std::vector<BrokerId> list;
    for (std::int32_t const number : numbers)
        list.push_back(BrokerId{number});
    return list;
}

}  // namespace

TEST_CASE("a record of the metadata log has the bytes that Kafka's generator would write")
{
    CHECK(hex(*bytes_of(FeatureLevelRecord{"metadata.version", 25}).value) ==
          "010c00"
          "11"
          "6d657461646174612e76657273696f6e"
          "0019"
          "00");
    CHECK(hex(*bytes_of(NoOpRecord{}).value) == "01140000");
    PartitionChangeRecord change;
    change.partition = {metadata_topic, 7};
    change.isr = ids({1, 3});
    change.leader = BrokerId{3};
    CHECK(hex(*bytes_of(change).value) == "010502"
                                          "00000007"
                                          "00000000000000000000000000000001"
                                          "02"
                                          "00"
                                          "09"
                                          "030000000100000003"
                                          "01"
                                          "04"
                                          "00000003");
}

TEST_CASE("every record of the metadata log is read back by Kafka's schema")
{
    std::string const topic = to_string(uuid_of(TopicId{5}));
    RegisterBrokerRecord broker;
    broker.broker = BrokerId{1};
    broker.incarnation = 1;
    broker.broker_epoch = BrokerEpoch{9};
    broker.node = sim::NodeId{4};
    broker.log_dirs = {{0, 100}};
    broker.features = {{"metadata.version", 1, 25}};
    CHECK(through_bytes(broker) ==
          R"(REGISTER_BROKER_RECORD 3 {"brokerId":1,"isMigratingZkBroker":false,)"
          R"("incarnationId":"AAAAAAAAAAAAAAAAAAAAAQ","brokerEpoch":9,"endPoints":[{"name":)"
          R"("PLAINTEXT","host":"node-4","port":9092,"securityProtocol":0}],"features":[{"name":)"
          R"("metadata.version","minSupportedVersion":1,"maxSupportedVersion":25}],"rack":null,)"
          R"("fenced":true,"inControlledShutdown":false,"logDirs":["AAAAAAAAAAAAAAAAAAAAZA"]})");
    CHECK(through_bytes(UnregisterBrokerRecord{BrokerId{1}, BrokerEpoch{9}}) ==
          R"(UNREGISTER_BROKER_RECORD 0 {"brokerId":1,"brokerEpoch":9})");
    CHECK(through_bytes(TopicRecord{"orders", TopicId{5}}) ==
          R"(TOPIC_RECORD 0 {"name":"orders","topicId":")" + topic + R"("})");
    PartitionRecord partition;
    partition.partition = {TopicId{5}, 2};
    partition.replicas = ids({1, 2});
    partition.isr = ids({1});
    partition.leader = BrokerId{1};
    partition.recovery = LeaderRecoveryState::recovering;
    partition.eligible_leader_replicas = ids({2});
    CHECK(
        through_bytes(partition) ==
        R"(PARTITION_RECORD 2 {"partitionId":2,"topicId":")" + topic +
            R"(","replicas":[1,2],"isr":[1],"removingReplicas":[],"addingReplicas":[],"leader":1,)"
            R"("leaderRecoveryState":1,"leaderEpoch":0,"partitionEpoch":0,"directories":[)"
            R"("AAAAAAAAAAAAAAAAAAAAAA","AAAAAAAAAAAAAAAAAAAAAA"],"eligibleLeaderReplicas":[2]})");
    PartitionChangeRecord change;
    change.partition = {TopicId{5}, 2};
    change.isr = ids({});
    change.leader = no_broker;
    change.replicas = ids({1, 2, 3});
    change.removing_replicas = ids({2});
    change.adding_replicas = ids({3});
    change.recovery = LeaderRecoveryState::recovered;
    change.eligible_leader_replicas = ids({1});
    change.last_known_elr = ids({2});
    change.directories = std::vector<DirectoryId>{{0, 100}};
    CHECK(through_bytes(change) ==
          R"(PARTITION_CHANGE_RECORD 2 {"partitionId":2,"topicId":")" + topic +
              R"(","isr":[],"leader":-1,"replicas":[1,2,3],"removingReplicas":[2],)"
              R"("addingReplicas":[3],"leaderRecoveryState":0,"directories":[)"
              R"("AAAAAAAAAAAAAAAAAAAAZA"],"eligibleLeaderReplicas":[1],"lastKnownElr":[2]})");
    CHECK(through_bytes(ConfigRecord{"topic orders", "a", "b"}) ==
          R"(CONFIG_RECORD 0 {"resourceType":2,"resourceName":"orders","name":"a","value":"b"})");
    CHECK(through_bytes(ConfigRecord{"broker ", "a", std::nullopt}) ==
          R"(CONFIG_RECORD 0 {"resourceType":4,"resourceName":"","name":"a","value":null})");
    CHECK(through_bytes(RemoveTopicRecord{TopicId{5}}) ==
          R"(REMOVE_TOPIC_RECORD 0 {"topicId":")" + topic + R"("})");
    CHECK(through_bytes(ProducerIdsRecord{BrokerId{1}, BrokerEpoch{9}, ProducerId{2000}}) ==
          R"(PRODUCER_IDS_RECORD 0 {"brokerId":1,"brokerEpoch":9,"nextProducerId":2000})");
    BrokerRegistrationChangeRecord registration;
    registration.broker = BrokerId{1};
    registration.broker_epoch = BrokerEpoch{9};
    registration.fenced = false;
    registration.in_controlled_shutdown = true;
    CHECK(through_bytes(registration) ==
          R"(BROKER_REGISTRATION_CHANGE_RECORD 2 {"brokerId":1,"brokerEpoch":9,"fenced":-1,)"
          R"("inControlledShutdown":1})");
    CHECK(through_bytes(ClearElrRecord{"orders"}) ==
          R"(CLEAR_ELR_RECORD 0 {"topicName":"orders"})");
    CHECK(through_bytes(LeaderChangeMessage{BrokerId{1}, ids({1, 2}), ids({2})}) ==
          R"(LeaderChange 0 {"version":0,"leaderId":1,"voters":[{"voterId":1},{"voterId":2}],)"
          R"("grantingVoters":[{"voterId":2}]})");
    CHECK(through_bytes(KRaftVersionRecord{1}) ==
          R"(KRaftVersion 0 {"version":0,"kRaftVersion":1})");
    Voter voter;
    voter.key = {BrokerId{1}, {0, 100}};
    voter.node = sim::NodeId{4};
    CHECK(through_bytes(VotersRecord{{voter}}) ==
          R"(KRaftVoters 0 {"version":0,"voters":[{"voterId":1,"voterDirectoryId":)"
          R"("AAAAAAAAAAAAAAAAAAAAZA","endpoints":[{"name":"CONTROLLER","host":"node-4",)"
          R"("port":9093}],"kRaftVersionFeature":{"minSupportedVersion":0,)"
          R"("maxSupportedVersion":1}}]})");
}

TEST_CASE("a batch of the metadata log is as large as its bytes")
{
    auto const batch = make_metadata_batch({FeatureLevelRecord{"metadata.version", 25},
                                            TopicRecord{"orders", TopicId{1}}, NoOpRecord{}},
                                           sim::Instant{std::int64_t{1'000'000'000}});
    std::string bytes;
    batch->stamped(Offset{10}, Epoch{2})->write_to(bytes);
    CHECK(bytes.size() == batch->size_bytes);
    BatchReader reader(bytes);
    auto const read = reader.next();
    REQUIRE(read.has_value());
    CHECK_FALSE(read->problem.has_value());
    CHECK_FALSE(read->control());
    CHECK(read_records(*read).records.size() == 3);
    CHECK(make_metadata_batch({LeaderChangeMessage{}}, {})->control);
}

TEST_CASE("a snapshot begins with a header and ends with a footer")
{
    MetadataSnapshot snapshot;
    snapshot.id = {Epoch{3}, Offset{10}};
    snapshot.kraft_version = 1;
    snapshot.voters = std::vector<Voter>(3);
    std::string bytes;
    snapshot.write_to(bytes);
    CHECK(bytes.size() == snapshot.size());
    BatchReader reader(bytes);
    std::vector<ControlType> types;
    while (auto const batch = reader.next()) {
        CHECK_FALSE(batch->problem.has_value());
        CHECK(batch->control());
        for (RecordInFile const& record : read_records(*batch).records) {
            types.push_back(*control_type_of(*record.key));
            CHECK_FALSE(read_control_record(types.back(), *record.value).problem.has_value());
        }
    }
    CHECK_FALSE(reader.problem().has_value());
    CHECK(types == std::vector<ControlType>{ControlType::snapshot_header,
                                            ControlType::kraft_version, ControlType::kraft_voters,
                                            ControlType::snapshot_footer});
}
