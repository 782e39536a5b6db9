// What an admin client asks of brokers instead of the controller: of each partition's leader,
// looked up by metadata, or of brokers by their ids. What fails for the moment is looked up and
// asked again, until all have their final answer or the time is over. Source:
// org.apache.kafka.clients.admin.internals.{AdminApiDriver, PartitionLeaderStrategy,
// DeleteRecordsHandler, ListOffsetsHandler, DescribeLogDirs of KafkaAdminClient}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/client/cluster_view.h"
#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

// Delete what is before an offset (KIP-107); -1: all that is committed.
struct DeleteRecordsOrder {
    struct Partition {
        std::string topic;
        std::int32_t partition{0};
        Offset before;
    };
    std::vector<Partition> partitions;
};

// Which offset is that of a time, or of the words that stand for one (messages/list_offsets.h).
struct ListOffsetsOrder {
    struct Partition {
        std::string topic;
        std::int32_t partition{0};
        std::int64_t timestamp{latest_timestamp};
    };
    std::vector<Partition> partitions;
    bool read_committed{false};
};

// What is in the log directories of these brokers.
struct DescribeLogDirsOrder {
    std::vector<BrokerId> brokers;
};

using BrokerOrder = std::variant<DeleteRecordsOrder, ListOffsetsOrder, DescribeLogDirsOrder>;

// What has come of it for one partition, or for one broker.
struct BrokerAnswer {
    std::string topic;
    std::int32_t partition{0};
    BrokerId broker{no_broker};  // Of DescribeLogDirs; then there is no partition.
    Error error{Error::none};    // REQUEST_TIMED_OUT: no final answer in time.
    Error last{Error::none};     // ... and this was the last one that was not final.
    Offset offset{no_offset};    // The low watermark, or the offset looked for.
    std::int64_t timestamp{no_timestamp};
    Epoch leader_epoch{no_epoch};
    std::vector<DescribedLogDir> log_dirs;

    bool operator==(BrokerAnswer const&) const = default;
};

class BrokerCall {
public:
    // `bootstrap`: brokers to ask first. `timeout`: how long a leader may wait for its followers.
    BrokerCall(std::uint32_t client, BrokerOrder const& order, std::vector<NodeId> bootstrap,
               Duration timeout);

    // Sends what can be sent. When it is to be called again, if nothing happens before.
    Instant run(Env const& env, NetworkClient& network, Out& out);
    void on_response(Env const& env, NodeId from, std::int32_t correlation, Message const& message,
                     Out& out);
    void on_lost(Env const& env, NetworkClient::Lost const& lost, Out& out);
    bool done() const;
    // All that has no answer yet will have none.
    void give_up();
    std::vector<BrokerAnswer> const& answers() const { return answers_; }

private:
    enum class Stage : std::uint8_t { lookup, ask, under_way, done };
    struct Key {
        Stage stage{Stage::lookup};
        BrokerId target{no_broker};
        TopicPartition partition;  // Known once it was looked up.
        std::int64_t wanted{0};    // Offset or timestamp.
    };
    struct UnderWay {
        NodeId node;
        std::int32_t correlation{0};
        bool lookup{false};
        std::vector<std::size_t> keys;
    };
    bool of_brokers() const { return kind_ == Kind::describe_log_dirs; }
    void add(BrokerAnswer answer, std::int64_t wanted);
    void look_up(Env const& env, NetworkClient& network, Out& out);
    void ask(Env const& env, NetworkClient& network, Out& out);
    Message request_for(std::vector<std::size_t> const& keys, Out& out) const;
    void on_metadata(Env const& env, MetadataResponse const& response, Out& out);
    void on_deleted(Env const& env, DeleteRecordsPartitionResponse const& answer, Out& out);
    void on_listed(Env const& env, ListOffsetsPartitionResponse const& answer, Out& out);
    std::size_t find(TopicPartition partition) const;
    // Final, or to be tried again.
    void settle(Env const& env, std::size_t key, Error error, Out& out);
    void again(Env const& env, std::size_t key, Stage from, Error error, Out& out);
    std::string name_of(std::size_t key) const;

    enum class Kind : std::uint8_t { delete_records, list_offsets, describe_log_dirs };
    std::uint32_t client_;
    Kind kind_;
    bool read_committed_{false};
    std::vector<NodeId> bootstrap_;
    Duration timeout_;
    std::vector<Key> keys_;
    std::vector<BrokerAnswer> answers_;  // By key.
    ClusterView view_;
    std::vector<UnderWay> under_way_;
    std::size_t asked_{0};  // Which node is asked for metadata.
    Instant retry_at_;
    int failures_{0};
};

// "delete records of 3 partitions".
std::string describe(BrokerOrder const& order);

}  // namespace odradek::kafka
