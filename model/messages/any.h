// Every message there is. A visit that forgets one does not compile.
#pragma once

#include <string>
#include <variant>

#include "model/messages/add_offsets_to_txn.h"
#include "model/messages/add_partitions_to_txn.h"
#include "model/messages/add_raft_voter.h"
#include "model/messages/alter_partition.h"
#include "model/messages/alter_partition_reassignments.h"
#include "model/messages/api_versions.h"
#include "model/messages/assign_replicas_to_dirs.h"
#include "model/messages/begin_quorum_epoch.h"
#include "model/messages/broker_heartbeat.h"
#include "model/messages/broker_registration.h"
#include "model/messages/create_partitions.h"
#include "model/messages/create_topics.h"
#include "model/messages/delete_records.h"
#include "model/messages/delete_topics.h"
#include "model/messages/describe_groups.h"
#include "model/messages/describe_log_dirs.h"
#include "model/messages/describe_quorum.h"
#include "model/messages/elect_leaders.h"
#include "model/messages/end_quorum_epoch.h"
#include "model/messages/end_txn.h"
#include "model/messages/fetch.h"
#include "model/messages/fetch_snapshot.h"
#include "model/messages/find_coordinator.h"
#include "model/messages/group_heartbeat.h"
#include "model/messages/incremental_alter_configs.h"
#include "model/messages/init_producer_id.h"
#include "model/messages/join_group.h"
#include "model/messages/list_offsets.h"
#include "model/messages/list_partition_reassignments.h"
#include "model/messages/metadata.h"
#include "model/messages/offset_commit.h"
#include "model/messages/offset_fetch.h"
#include "model/messages/offsets_for_leader_epoch.h"
#include "model/messages/produce.h"
#include "model/messages/remove_raft_voter.h"
#include "model/messages/sync_group.h"
#include "model/messages/unregister_broker.h"
#include "model/messages/update_features.h"
#include "model/messages/update_raft_voter.h"
#include "model/messages/vote.h"
#include "model/messages/write_txn_markers.h"

namespace odradek::kafka {

using AnyMessage = std::variant<
    ProduceRequest, ProduceResponse, FetchRequest, FetchResponse, ListOffsetsRequest,
    ListOffsetsResponse, MetadataRequest, MetadataResponse, CreateTopicsRequest,
    CreateTopicsResponse, InitProducerIdRequest, InitProducerIdResponse, ElectLeadersRequest,
    ElectLeadersResponse, AlterPartitionRequest, AlterPartitionResponse, BrokerRegistrationRequest,
    BrokerRegistrationResponse, BrokerHeartbeatRequest, BrokerHeartbeatResponse,
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, DeleteTopicsRequest,
    DeleteTopicsResponse, CreatePartitionsRequest, CreatePartitionsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, UpdateFeaturesRequest,
    UpdateFeaturesResponse, UnregisterBrokerRequest, UnregisterBrokerResponse,
    AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, VoteRequest, VoteResponse,
    BeginQuorumEpochRequest, BeginQuorumEpochResponse, EndQuorumEpochRequest,
    EndQuorumEpochResponse, FetchSnapshotRequest, FetchSnapshotResponse, AddRaftVoterRequest,
    AddRaftVoterResponse, RemoveRaftVoterRequest, RemoveRaftVoterResponse, UpdateRaftVoterRequest,
    UpdateRaftVoterResponse, DescribeQuorumRequest, DescribeQuorumResponse, ApiVersionsRequest,
    ApiVersionsResponse, OffsetsForLeaderEpochRequest, OffsetsForLeaderEpochResponse,
    DeleteRecordsRequest, DeleteRecordsResponse, DescribeLogDirsRequest, DescribeLogDirsResponse,
    FindCoordinatorRequest, FindCoordinatorResponse, AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse, AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, EndTxnRequest,
    EndTxnResponse, WriteTxnMarkersRequest, WriteTxnMarkersResponse, JoinGroupRequest,
    JoinGroupResponse, SyncGroupRequest, SyncGroupResponse, HeartbeatRequest, HeartbeatResponse,
    LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest, OffsetCommitResponse,
    TxnOffsetCommitRequest, TxnOffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
    OffsetDeleteRequest, OffsetDeleteResponse, ListGroupsRequest, ListGroupsResponse,
    DescribeGroupsRequest, DescribeGroupsResponse, DeleteGroupsRequest, DeleteGroupsResponse>;

// A class of its own, so that the members every file needs are compiled once and not in each.
struct Message : AnyMessage {
    using AnyMessage::AnyMessage;
    Message(Message const& other);
    Message(Message&& other) noexcept;
    Message& operator=(Message const& other);
    Message& operator=(Message&& other) noexcept;
    ~Message();
};

// "ProduceRequest", "FetchResponse".
char const* name_of(Message const& message);
// The name and every field.
std::string to_string(Message const& message);
// Bytes on the wire, frame and header included.
std::uint64_t wire_size(Message const& message);
void add_to(sim::Digest& digest, Message const& message);

}  // namespace odradek::kafka
