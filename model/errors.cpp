#include "model/errors.h"

#include <fmt/format.h>

namespace odradek::kafka {

namespace {

struct Row {
    Error error;
    char const* name;
    bool retriable;
    bool invalid_metadata;
};

constexpr Row rows[] = {
    {Error::unknown_server_error, "UNKNOWN_SERVER_ERROR", false, false},
    {Error::none, "NONE", false, false},
    {Error::offset_out_of_range, "OFFSET_OUT_OF_RANGE", false, false},
    {Error::corrupt_message, "CORRUPT_MESSAGE", true, false},
    {Error::unknown_topic_or_partition, "UNKNOWN_TOPIC_OR_PARTITION", true, true},
    {Error::leader_not_available, "LEADER_NOT_AVAILABLE", true, true},
    {Error::not_leader_or_follower, "NOT_LEADER_OR_FOLLOWER", true, true},
    {Error::request_timed_out, "REQUEST_TIMED_OUT", true, false},
    {Error::broker_not_available, "BROKER_NOT_AVAILABLE", false, false},
    {Error::replica_not_available, "REPLICA_NOT_AVAILABLE", true, true},
    {Error::message_too_large, "MESSAGE_TOO_LARGE", false, false},
    {Error::stale_controller_epoch, "STALE_CONTROLLER_EPOCH", false, false},
    {Error::offset_metadata_too_large, "OFFSET_METADATA_TOO_LARGE", false, false},
    {Error::network_exception, "NETWORK_EXCEPTION", true, true},
    {Error::coordinator_load_in_progress, "COORDINATOR_LOAD_IN_PROGRESS", true, false},
    {Error::coordinator_not_available, "COORDINATOR_NOT_AVAILABLE", true, false},
    {Error::not_coordinator, "NOT_COORDINATOR", true, false},
    {Error::invalid_topic_exception, "INVALID_TOPIC_EXCEPTION", false, false},
    {Error::coordinator_not_available, "COORDINATOR_NOT_AVAILABLE", true, false},
    {Error::not_coordinator, "NOT_COORDINATOR", true, false},
    {Error::invalid_txn_state, "INVALID_TXN_STATE", false, false},
    {Error::invalid_producer_id_mapping, "INVALID_PRODUCER_ID_MAPPING", false, false},
    {Error::invalid_transaction_timeout, "INVALID_TRANSACTION_TIMEOUT", false, false},
    {Error::concurrent_transactions, "CONCURRENT_TRANSACTIONS", true, false},
    {Error::transaction_coordinator_fenced, "TRANSACTION_COORDINATOR_FENCED", false, false},
    {Error::transactional_id_not_found, "TRANSACTIONAL_ID_NOT_FOUND", false, false},
    {Error::transaction_abortable, "TRANSACTION_ABORTABLE", false, false},
    {Error::record_list_too_large, "RECORD_LIST_TOO_LARGE", false, false},
    {Error::not_enough_replicas, "NOT_ENOUGH_REPLICAS", true, false},
    {Error::not_enough_replicas_after_append, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", true, false},
    {Error::invalid_required_acks, "INVALID_REQUIRED_ACKS", false, false},
    {Error::illegal_generation, "ILLEGAL_GENERATION", false, false},
    {Error::inconsistent_group_protocol, "INCONSISTENT_GROUP_PROTOCOL", false, false},
    {Error::invalid_group_id, "INVALID_GROUP_ID", false, false},
    {Error::unknown_member_id, "UNKNOWN_MEMBER_ID", false, false},
    {Error::invalid_session_timeout, "INVALID_SESSION_TIMEOUT", false, false},
    {Error::rebalance_in_progress, "REBALANCE_IN_PROGRESS", false, false},
    {Error::invalid_timestamp, "INVALID_TIMESTAMP", false, false},
    {Error::unsupported_version, "UNSUPPORTED_VERSION", false, false},
    {Error::topic_already_exists, "TOPIC_ALREADY_EXISTS", false, false},
    {Error::invalid_partitions, "INVALID_PARTITIONS", false, false},
    {Error::invalid_replication_factor, "INVALID_REPLICATION_FACTOR", false, false},
    {Error::invalid_replica_assignment, "INVALID_REPLICA_ASSIGNMENT", false, false},
    {Error::invalid_config, "INVALID_CONFIG", false, false},
    {Error::not_controller, "NOT_CONTROLLER", true, false},
    {Error::invalid_request, "INVALID_REQUEST", false, false},
    {Error::policy_violation, "POLICY_VIOLATION", false, false},
    {Error::out_of_order_sequence_number, "OUT_OF_ORDER_SEQUENCE_NUMBER", false, false},
    {Error::duplicate_sequence_number, "DUPLICATE_SEQUENCE_NUMBER", false, false},
    {Error::invalid_producer_epoch, "INVALID_PRODUCER_EPOCH", false, false},
    {Error::operation_not_attempted, "OPERATION_NOT_ATTEMPTED", false, false},
    {Error::kafka_storage_error, "KAFKA_STORAGE_ERROR", true, true},
    {Error::unknown_producer_id, "UNKNOWN_PRODUCER_ID", false, false},
    {Error::non_empty_group, "NON_EMPTY_GROUP", false, false},
    {Error::group_id_not_found, "GROUP_ID_NOT_FOUND", false, false},
    {Error::member_id_required, "MEMBER_ID_REQUIRED", false, false},
    {Error::group_max_size_reached, "GROUP_MAX_SIZE_REACHED", false, false},
    {Error::fenced_instance_id, "FENCED_INSTANCE_ID", false, false},
    {Error::group_subscribed_to_topic, "GROUP_SUBSCRIBED_TO_TOPIC", false, false},
    {Error::unstable_offset_commit, "UNSTABLE_OFFSET_COMMIT", true, false},
    {Error::preferred_leader_not_available, "PREFERRED_LEADER_NOT_AVAILABLE", true, true},
    {Error::eligible_leaders_not_available, "ELIGIBLE_LEADERS_NOT_AVAILABLE", true, true},
    {Error::election_not_needed, "ELECTION_NOT_NEEDED", true, true},
    {Error::fetch_session_id_not_found, "FETCH_SESSION_ID_NOT_FOUND", true, false},
    {Error::invalid_fetch_session_epoch, "INVALID_FETCH_SESSION_EPOCH", true, false},
    {Error::no_reassignment_in_progress, "NO_REASSIGNMENT_IN_PROGRESS", false, false},
    {Error::topic_deletion_disabled, "TOPIC_DELETION_DISABLED", false, false},
    {Error::fenced_leader_epoch, "FENCED_LEADER_EPOCH", true, true},
    {Error::unknown_leader_epoch, "UNKNOWN_LEADER_EPOCH", true, false},
    {Error::stale_broker_epoch, "STALE_BROKER_EPOCH", false, false},
    {Error::offset_not_available, "OFFSET_NOT_AVAILABLE", true, false},
    {Error::invalid_record, "INVALID_RECORD", false, false},
    {Error::producer_fenced, "PRODUCER_FENCED", false, false},
    {Error::invalid_update_version, "INVALID_UPDATE_VERSION", false, false},
    {Error::feature_update_failed, "FEATURE_UPDATE_FAILED", false, false},
    {Error::unknown_topic_id, "UNKNOWN_TOPIC_ID", true, true},
    {Error::duplicate_broker_registration, "DUPLICATE_BROKER_REGISTRATION", false, false},
    {Error::broker_id_not_registered, "BROKER_ID_NOT_REGISTERED", false, false},
    {Error::fetch_session_topic_id_error, "FETCH_SESSION_TOPIC_ID_ERROR", true, false},
    {Error::ineligible_replica, "INELIGIBLE_REPLICA", false, false},
    {Error::new_leader_elected, "NEW_LEADER_ELECTED", false, false},
    {Error::invalid_registration, "INVALID_REGISTRATION", false, false},
    {Error::inconsistent_voter_set, "INCONSISTENT_VOTER_SET", false, false},
    {Error::snapshot_not_found, "SNAPSHOT_NOT_FOUND", false, false},
    {Error::position_out_of_range, "POSITION_OUT_OF_RANGE", false, false},
    {Error::inconsistent_cluster_id, "INCONSISTENT_CLUSTER_ID", false, false},
    {Error::invalid_voter_key, "INVALID_VOTER_KEY", false, false},
    {Error::duplicate_voter, "DUPLICATE_VOTER", false, false},
    {Error::voter_not_found, "VOTER_NOT_FOUND", false, false},
};

Row const* find(Error error)
{
    for (Row const& row : rows)
        if (row.error == error)
            return &row;
    return nullptr;
}

}  // namespace

std::string to_string(Error error)
{
    Row const* row = find(error);
    return row != nullptr ? row->name : fmt::format("ERROR_{}", static_cast<int>(error));
}

bool is_retriable(Error error)
{
    Row const* row = find(error);
    return row != nullptr && row->retriable;
}

bool is_invalid_metadata(Error error)
{
    Row const* row = find(error);
    return row != nullptr && row->invalid_metadata;
}

}  // namespace odradek::kafka
