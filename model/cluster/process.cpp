#include "model/cluster/process.h"

#include "sim/engine_impl.h"

namespace odradek::kafka {

char const* KafkaModel::timer_name(Timer timer)
{
    switch (static_cast<TimerKind>(timer.kind)) {
    case TimerKind::network_client:
        return "connections";
    case TimerKind::broker_heartbeat:
        return "heartbeat";
    case TimerKind::broker_registration:
        return "registration";
    case TimerKind::metadata_fetch:
        return "metadata fetch";
    case TimerKind::replica_fetch:
        return "replica fetch";
    case TimerKind::isr_check:
        return "ISR check";
    case TimerKind::high_watermark_checkpoint:
        return "high-watermark checkpoint";
    case TimerKind::delayed_produce:
        return "produce timeout";
    case TimerKind::delayed_delete_records:
        return "delete records timeout";
    case TimerKind::delayed_fetch:
        return "fetch max wait";
    case TimerKind::alter_partition:
        return "AlterPartition retry";
    case TimerKind::session_expiry:
        return "session expiry";
    case TimerKind::metadata_idle:
        return "idle metadata log";
    case TimerKind::delayed_metadata_fetch:
        return "metadata fetch max wait";
    case TimerKind::log_flush:
        return "log flush";
    case TimerKind::producer_wake:
        return "records arrive";
    case TimerKind::producer_linger:
        return "linger or delivery timeout";
    case TimerKind::producer_metadata:
        return "metadata refresh";
    case TimerKind::reader_poll:
        return "poll";
    case TimerKind::reader_metadata:
        return "metadata refresh";
    case TimerKind::admin_retry:
        return "retry";
    case TimerKind::preferred_election:
        return "preferred election check";
    case TimerKind::unclean_election:
        return "unclean election check";
    case TimerKind::quorum:
        return "quorum";
    case TimerKind::metadata_append:
        return "metadata append linger";
    case TimerKind::assign_replicas:
        return "directory assignments";
    case TimerKind::log_dir_failure:
        return "log directory failure timeout";
    case TimerKind::log_rolled:
        return "flush of a rolled segment";
    case TimerKind::log_file_delete:
        return "file deletion";
    case TimerKind::log_leaves:
        return "deletion of a log";
    case TimerKind::log_retention:
        return "retention check";
    case TimerKind::recovery_point_checkpoint:
        return "recovery-point checkpoint";
    case TimerKind::log_start_checkpoint:
        return "log-start checkpoint";
    case TimerKind::log_cleaner:
        return "log cleaner";
    case TimerKind::failed_append:
        return "failed append told";
    case TimerKind::coordinator_load:
        return "transactions are read";
    case TimerKind::transaction_abort:
        return "transaction timeouts";
    case TimerKind::transaction_expiration:
        return "transactional id expiration";
    case TimerKind::transaction_markers:
        return "transaction markers";
    case TimerKind::add_partitions_retry:
        return "partitions are added again";
    case TimerKind::group_load:
        return "groups are read";
    case TimerKind::group_due:
        return "group timeouts";
    case TimerKind::offset_expiration:
        return "offset expiration";
    case TimerKind::group_heartbeat:
        return "group membership";
    }
    return "timer";
}

Process KafkaModel::reborn(Process const& blueprint, Process const& dead)
{
    // Client processes begin a new life in on_start.
    return dead.as<Server>() != nullptr ? blueprint : dead;
}

}  // namespace odradek::kafka

template class odradek::sim::Engine<odradek::kafka::KafkaModel>;
