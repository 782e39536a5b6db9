// Kafka's error codes, by Kafka's names and numbers.
// Source: org.apache.kafka.common.protocol.Errors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace odradek::kafka {

enum class Error : std::int16_t {
    unknown_server_error = -1,
    none = 0,
    offset_out_of_range = 1,
    corrupt_message = 2,
    unknown_topic_or_partition = 3,
    leader_not_available = 5,
    not_leader_or_follower = 6,
    request_timed_out = 7,
    broker_not_available = 8,
    replica_not_available = 9,
    message_too_large = 10,
    stale_controller_epoch = 11,
    offset_metadata_too_large = 12,
    network_exception = 13,
    coordinator_load_in_progress = 14,
    coordinator_not_available = 15,
    not_coordinator = 16,
    invalid_topic_exception = 17,
    record_list_too_large = 18,
    not_enough_replicas = 19,
    not_enough_replicas_after_append = 20,
    invalid_required_acks = 21,
    illegal_generation = 22,
    inconsistent_group_protocol = 23,
    invalid_group_id = 24,
    unknown_member_id = 25,
    invalid_session_timeout = 26,
    rebalance_in_progress = 27,
    invalid_timestamp = 32,
    unsupported_version = 35,
    topic_already_exists = 36,
    invalid_partitions = 37,
    invalid_replication_factor = 38,
    invalid_replica_assignment = 39,
    invalid_config = 40,
    not_controller = 41,
    invalid_request = 42,
    policy_violation = 44,
    out_of_order_sequence_number = 45,
    duplicate_sequence_number = 46,
    invalid_producer_epoch = 47,
    invalid_txn_state = 48,
    invalid_producer_id_mapping = 49,
    invalid_transaction_timeout = 50,
    concurrent_transactions = 51,
    transaction_coordinator_fenced = 52,
    operation_not_attempted = 55,
    kafka_storage_error = 56,
    unknown_producer_id = 59,
    non_empty_group = 68,
    group_id_not_found = 69,
    member_id_required = 79,
    preferred_leader_not_available = 80,
    group_max_size_reached = 81,
    fenced_instance_id = 82,
    eligible_leaders_not_available = 83,
    election_not_needed = 84,
    fetch_session_id_not_found = 70,
    invalid_fetch_session_epoch = 71,
    no_reassignment_in_progress = 85,
    topic_deletion_disabled = 73,
    fenced_leader_epoch = 74,
    unknown_leader_epoch = 75,
    stale_broker_epoch = 77,
    offset_not_available = 78,
    group_subscribed_to_topic = 86,
    invalid_record = 87,
    unstable_offset_commit = 88,
    producer_fenced = 90,
    invalid_update_version = 95,
    feature_update_failed = 96,
    unknown_topic_id = 100,
    duplicate_broker_registration = 101,
    broker_id_not_registered = 102,
    fetch_session_topic_id_error = 106,
    ineligible_replica = 107,
    new_leader_elected = 108,
    transactional_id_not_found = 105,
    invalid_registration = 119,
    transaction_abortable = 120,
    inconsistent_voter_set = 94,
    snapshot_not_found = 98,
    position_out_of_range = 99,
    inconsistent_cluster_id = 104,
    invalid_voter_key = 125,
    duplicate_voter = 126,
    voter_not_found = 127,
};

// Kafka's name: "NOT_LEADER_OR_FOLLOWER".
std::string to_string(Error error);

// A client may try again: Kafka's RetriableException classes.
bool is_retriable(Error error);

// A retriable error that says the client's metadata is old: Kafka's InvalidMetadataException
// classes.
bool is_invalid_metadata(Error error);

}  // namespace odradek::kafka
