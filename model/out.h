// The simulator's vocabulary with Kafka's messages and observations filled in: what every role's
// handlers take.
#pragma once

#include "model/messages/any.h"
#include "model/observations.h"
#include "sim/node.h"

namespace odradek::kafka {

using Out = sim::Outbox<Message, Observation>;
using sim::Duration;
using sim::Env;
using sim::Instant;
using sim::NodeId;
using sim::Peer;
using sim::RequestId;
using sim::Timer;

// Every timer of every role; `index` of a Timer tells instances apart.
enum class TimerKind : std::uint16_t {
    network_client,  // index: channel of the NetworkClient
    broker_heartbeat,
    broker_registration,
    metadata_fetch,
    replica_fetch,  // index: leader's broker id
    isr_check,
    high_watermark_checkpoint,
    delayed_produce,
    delayed_fetch,
    alter_partition,
    session_expiry,
    metadata_idle,
    delayed_metadata_fetch,
    log_flush,
    producer_wake,
    producer_linger,
    producer_metadata,
    reader_poll,
    reader_metadata,
    admin_retry,
    preferred_election,
    unclean_election,
    metadata_append,  // the metadata log's append linger
    quorum,           // whatever the metadata quorum does next
    assign_replicas,  // to log directories: try again
    log_dir_failure,  // index: the directory's place in log.dirs
    log_rolled,       // index: the new segment's file; the old one is flushed in the background
    log_file_delete,  // index: a file that was renamed, to be deleted now
    log_leaves,       // what is hosted no more is marked deleted
    log_retention,
    recovery_point_checkpoint,
    log_start_checkpoint,
    log_cleaner,    // index: the cleaner's thread
    failed_append,  // index: the directory; before KAFKA-10778 it was told late
    delayed_delete_records,
    coordinator_load,        // index: partition of __transaction_state; it is read now
    transaction_abort,       // open transactions are checked for their timeout
    transaction_expiration,  // idle transactional ids are forgotten
    transaction_markers,     // markers whose leader is not known, appends that are tried again
    add_partitions_retry,    // a produce whose transaction was still ending asks again
    group_load,              // index: partition of __consumer_offsets; it is read now
    group_due,               // a session, a rebalance or a member's sync is over
    offset_expiration,       // of groups that nobody is in
    group_heartbeat,         // what a member of a group does next by itself
};
constexpr Timer timer(TimerKind kind, std::uint32_t index = 0)
{
    return {static_cast<std::uint16_t>(kind), index};
}

// Connections between two processes, one channel a purpose; requests on one never wait behind
// another's.
enum class Channel : std::uint8_t {
    client,  // producer, reader, admin
    replica_fetcher,
    metadata_fetcher,
    lifecycle,  // registration and heartbeats
    alter_partition,
    producer_ids,
    quorum,       // every request of the metadata quorum
    directories,  // which replica is in which log directory
    auto_topics,  // internal topics are created
    txn_markers,
    add_partitions,     // brokers ask whether a partition is in a transaction
    group_coordinator,  // of consumers
};

}  // namespace odradek::kafka
