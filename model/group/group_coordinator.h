// The group coordinator of a broker: of every group whose partition of __consumer_offsets the
// broker leads. Members of a classic group come together in rounds (rebalances); who is a member of
// which generation decides who may commit. What must outlive the coordinator is written to that
// partition and counts when it is replicated.
//
// JoinGroup     | waits until all members have come, or the time for it is over
// SyncGroup     | waits for the leader's assignment, which is written first
// Heartbeat     | keeps a member in the group, and tells it of a rebalance
// LeaveGroup    | the member is gone, the others rebalance
// OffsetCommit  | written, then it counts; TxnOffsetCommit counts from the marker on
// OffsetFetch   | what counts
//
// Source: org.apache.kafka.coordinator.group.{GroupCoordinatorService, GroupMetadataManager,
// OffsetMetadataManager}; KIP-62, KIP-98, KIP-211, KIP-345, KIP-394, KIP-429, KIP-447, KIP-814.
//
// Unlike Kafka: records are not gathered for group.coordinator.append.linger.ms, each write is a
// batch of its own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/coordinator/coordinator_shards.h"
#include "model/group/classic_group.h"
#include "model/group/group_cluster.h"
#include "model/group/offset_store.h"
#include "model/messages/any.h"

namespace odradek::kafka {

// What a broker knows of the groups of one partition of __consumer_offsets.
struct GroupShard {
    std::map<std::string, ClassicGroup> groups;
    OffsetStore offsets;
    std::uint64_t position{0};  // How many batches were written, from the start of the log.
    bool latest_wins{true};     // KAFKA-5247

    // Of the log, in order.
    void replay_batch(RecordBatch const& batch);
    // Offsets in a batch at that position.
    void apply_offsets(RecordBatch const& batch, std::uint64_t at);
    ClassicGroup* find(std::string const& group);
};

class GroupCoordinator {
public:
    // -- Partitions of __consumer_offsets -------------------------------------------------------
    void on_election(GroupContext const& at, std::int32_t partition, Epoch epoch);
    void on_resignation(GroupContext const& at, std::int32_t partition);
    bool coordinates_anything() const { return !shards_.empty(); }
    // Its topic is gone: nobody needs offsets of it.
    void on_topic_deleted(GroupContext const& at, std::string const& topic);

    // -- Requests -------------------------------------------------------------------------------
    // False: not a message of groups.
    bool on_request(GroupContext const& at, RequestId request, Message const& message);

    // -- What it waits for ----------------------------------------------------------------------
    static bool owns_ticket(std::uint64_t ticket) { return (ticket & ticket_mark) != 0; }
    // How an append of its own has ended.
    void on_appended(GroupContext const& at, std::uint64_t ticket, Error error);
    // A producer's transaction has ended in a partition of __consumer_offsets: its marker is
    // replicated.
    void on_marker(GroupContext const& at, std::int32_t partition, ProducerId producer,
                   bool committed);
    static bool owns(Timer timer);
    void on_timer(GroupContext const& at, Timer timer);

    // -- For judges, tools and tests ------------------------------------------------------------
    CoordinatorShards<GroupShard> const& shards() const { return shards_; }

private:
    static constexpr std::uint64_t ticket_mark = std::uint64_t{1} << 63;
    using Entry = CoordinatorShards<GroupShard>::Entry;

    // -- What becomes of an append.
    struct GroupWritten {  // An empty group: nobody waits.
        std::string group;
    };
    struct NewGroup {  // A group that did not exist; the answer was given already.
        std::string group;
    };
    struct AssignmentWritten {  // The leader's SyncGroup.
        std::string group;
        std::int32_t generation{0};
        std::string member;
        std::vector<MemberAssignment> assignments;
    };
    struct StaticRejoin {
        std::string group;
        std::string instance;
        std::string old_member;
        std::string new_member;
        std::string former_leader;
        Duration rebalance_timeout{};
        Duration session_timeout{};
        std::vector<GroupProtocol> protocols;
        RequestId request;
    };
    struct OffsetsWritten {
        std::string group;
        std::string member;
        std::int32_t generation{-1};
        RequestId request;
        bool transactional{false};
        ProducerId producer{no_producer};
        std::vector<CommittedPartition> partitions;  // The answer when all is well.
    };
    struct Deleted {
        std::string group;
        std::optional<RequestId> delete_group;
        std::optional<RequestId> delete_offsets;
        std::vector<CommittedPartition> partitions;
    };
    using Then = std::variant<GroupWritten, NewGroup, AssignmentWritten, StaticRejoin,
                              OffsetsWritten, Deleted>;
    struct Append {
        std::int32_t partition{0};
        Epoch epoch;
        std::uint64_t position{0};
        BatchRef batch;
        Then then;
    };

    static TopicNames
    names_of(GroupContext const& at,
             std::vector<std::pair<std::string, std::vector<TopicPartition>>> const& assignments);
    std::pair<Entry*, Error> find(GroupContext const& at, std::string const& group);
    void append(GroupContext const& at, Entry& entry, std::vector<CoordinatorRecord> records,
                Then then, ProducerId producer = no_producer, std::int16_t producer_epoch = -1);

    // -- Joining (group_joins.cpp)
    void join(GroupContext const& at, RequestId request, JoinGroupRequest const& message);
    void join_new(GroupContext const& at, Entry& entry, ClassicGroup& group, RequestId request,
                  JoinGroupRequest const& message);
    void join_known(GroupContext const& at, Entry& entry, ClassicGroup& group, RequestId request,
                    JoinGroupRequest const& message);
    void add_member(GroupContext const& at, Entry& entry, ClassicGroup& group, RequestId request,
                    JoinGroupRequest const& message, std::string const& id);
    void update_member(GroupContext const& at, Entry& entry, ClassicGroup& group,
                       ClassicMember& member, RequestId request, JoinGroupRequest const& message,
                       char const* why);
    void rejoin_static(GroupContext const& at, Entry& entry, ClassicGroup& group, RequestId request,
                       JoinGroupRequest const& message, std::string const& new_id);
    void answer_join(GroupContext const& at, ClassicGroup const& group, RequestId request,
                     std::string const& member, bool skip_assignment = false);
    void sync(GroupContext const& at, RequestId request, SyncGroupRequest const& message);
    void heartbeat(GroupContext const& at, RequestId request, HeartbeatRequest const& message);
    void leave(GroupContext const& at, RequestId request, LeaveGroupRequest const& message);

    // -- Rebalances (group_rebalance.cpp)
    void rebalance_or_complete(GroupContext const& at, Entry& entry, ClassicGroup& group,
                               std::string const& why);
    void prepare_rebalance(GroupContext const& at, Entry& entry, ClassicGroup& group,
                           std::string const& why);
    void complete_join_if_all_came(GroupContext const& at, Entry& entry, ClassicGroup& group);
    void complete_join(GroupContext const& at, Entry& entry, ClassicGroup& group);
    void propagate_assignment(GroupContext const& at, ClassicGroup& group, Error error);
    void remove_member(GroupContext const& at, Entry& entry, ClassicGroup& group,
                       std::string const& id, std::string const& why);
    void change_state(GroupContext const& at, ClassicGroup& group, GroupState before,
                      std::string const& why);
    void fail_waiting(GroupContext const& at, ClassicGroup& group, Error error);
    void expect(GroupContext const& at, ClassicMember& member, Duration within);
    void wake_at(GroupContext const& at, Instant when);
    void work_off_timers(GroupContext const& at);
    void on_group_due(GroupContext const& at, Entry& entry, ClassicGroup& group);
    void on_join_due(GroupContext const& at, Entry& entry, ClassicGroup& group);
    void expire_pending_syncs(GroupContext const& at, Entry& entry, ClassicGroup& group);
    void on_static_rejoin(GroupContext const& at, ClassicGroup& group, StaticRejoin const& rejoin,
                          Error error);
    void on_loaded(GroupContext const& at, Entry& entry);

    // -- Offsets (group_offsets.cpp)
    void commit(GroupContext const& at, RequestId request, OffsetCommitRequest const& message);
    static std::vector<CoordinatorRecord>
    offsets_to_write(GroupContext const& at, std::vector<OffsetCommitPartition> const& asked,
                     OffsetsWritten& then);
    void commit_in_transaction(GroupContext const& at, RequestId request,
                               TxnOffsetCommitRequest const& message);
    void fetch(GroupContext const& at, RequestId request, OffsetFetchRequest const& message);
    void delete_offsets(GroupContext const& at, RequestId request,
                        OffsetDeleteRequest const& message);
    void delete_group(GroupContext const& at, RequestId request,
                      DeleteGroupsRequest const& message);
    void list(GroupContext const& at, RequestId request);
    void describe(GroupContext const& at, RequestId request, DescribeGroupsRequest const& message);
    void expire_offsets(GroupContext const& at);
    void on_group_written(GroupContext const& at, Append const& append, Error error);
    void on_offsets_written(GroupContext const& at, Append const& append, Error error);

    CoordinatorShards<GroupShard> shards_{TimerKind::group_load};
    std::map<std::uint64_t, Append> appends_;  // Under way, by ticket.
    std::uint64_t last_ticket_{ticket_mark};
    Instant armed_{Instant::never()};
    bool expiring_{false};  // The timer for it runs.
};

}  // namespace odradek::kafka
