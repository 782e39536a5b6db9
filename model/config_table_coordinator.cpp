// Keys of brokers that concern groups, transactions, share groups, streams groups, quotas and
// tiered storage. Facts: GroupCoordinatorConfig, TransactionLogConfig,
// TransactionStateManagerConfig, ProducerStateManagerConfig, ShareGroupConfig,
// ShareCoordinatorConfig, QuotaConfig, RemoteLogManagerConfig; KIP-1030 for 4.0.
#include "model/config_table.h"

namespace odradek::kafka {

std::string_view coordinator_key_table()
{
    return R"table(
group.initial.rebalance.delay.ms B int 3000 sim
    How long the coordinator of an empty group waits for more members.
group.min.session.timeout.ms B int 6000 sim
    The shortest session timeout a member may ask for.
group.max.session.timeout.ms B int 1800000 sim
    The longest session timeout a member may ask for.
group.max.size B int 2147483647 >=1 sim
    How many members a group may have.
group.coordinator.rebalance.protocols B list classic,4.0:classic|consumer,4.1:classic|consumer|streams refuse
    Which rebalance protocols the coordinator speaks.
group.coordinator.append.linger.ms B int 10,4.0:5 refuse
    How long the coordinator gathers records before it writes them.
group.coordinator.threads B int 1,4.0:4 >=1 none
    Threads of the coordinator.
group.coordinator.new.enable B bool true refuse
    Whether the coordinator of KIP-848 is used.
group.consumer.session.timeout.ms B int 45000 >=1 refuse
    Session timeout of members under KIP-848.
group.consumer.min.session.timeout.ms B int 45000 >=1 refuse
    The shortest a group may set.
group.consumer.max.session.timeout.ms B int 60000 >=1 refuse
    The longest a group may set.
group.consumer.heartbeat.interval.ms B int 5000 >=1 refuse
    Heartbeat interval of members under KIP-848.
group.consumer.min.heartbeat.interval.ms B int 5000 >=1 refuse
    The shortest a group may set.
group.consumer.max.heartbeat.interval.ms B int 15000 >=1 refuse
    The longest a group may set.
group.consumer.max.size B int 2147483647 >=1 refuse
    How many members a group may have under KIP-848.
group.consumer.assignors B list uniform|range refuse
    The broker's assignors, the default first.
group.consumer.migration.policy B enum bidirectional {bidirectional,upgrade,downgrade,disabled} refuse
    Whether groups move between the classic protocol and KIP-848.
group.consumer.regex.refresh.interval.ms B int 600000 >=10000 refuse +4.0
    How often subscribed patterns are matched anew.
group.share.enable B bool false refuse x4.2
    Whether share groups are served (KIP-932).
group.share.session.timeout.ms B int 45000 >=1 refuse
    Session timeout of share group members.
group.share.min.session.timeout.ms B int 45000 >=1 refuse
    The shortest a share group may set.
group.share.max.session.timeout.ms B int 60000 >=1 refuse
    The longest a share group may set.
group.share.heartbeat.interval.ms B int 5000 >=1 refuse
    Heartbeat interval of share group members.
group.share.min.heartbeat.interval.ms B int 5000 >=1 refuse
    The shortest a share group may set.
group.share.max.heartbeat.interval.ms B int 15000 >=1 refuse
    The longest a share group may set.
group.share.max.size B int 200 refuse
    How many members a share group may have.
group.share.max.groups B short 10 refuse x4.1
    How many share groups a cluster may have.
group.share.max.share.sessions B int 2000 refuse +4.1
    How many share sessions a broker remembers.
group.share.assignors B list simple refuse +4.1
    Assignors of share groups.
group.share.delivery.count.limit B int 5 2..10 refuse
    How often a record is delivered before it is given up.
group.share.partition.max.record.locks B int 200,4.1:2000 >=100 refuse
    How many records of a partition may be under way.
group.share.record.lock.duration.ms B int 30000 1000..3600000 refuse
    How long a delivered record is locked.
group.share.min.record.lock.duration.ms B int 15000 1000..30000 refuse
    The shortest a share group may set.
group.share.max.record.lock.duration.ms B int 60000 30000..3600000 refuse
    The longest a share group may set.
group.share.persister.class.name B string org.apache.kafka.server.share.persister.DefaultStatePersister refuse
    Class that keeps share groups' state.
share.fetch.purgatory.purge.interval.requests B int 1000 none
    How often finished share fetches are cleared from the waiting room.
share.coordinator.state.topic.num.partitions B int 50 >=1 refuse
    Partitions of __share_group_state.
share.coordinator.state.topic.replication.factor B short 3 >=1 refuse
    Replication factor of __share_group_state.
share.coordinator.state.topic.min.isr B short 2 >=1 refuse
    min.insync.replicas of __share_group_state.
share.coordinator.state.topic.segment.bytes B int 104857600 >=1 refuse
    Segment size of __share_group_state.
share.coordinator.state.topic.compression.codec B int 0 refuse
    Codec of __share_group_state.
share.coordinator.threads B int 1 >=1 none
    Threads of the share coordinator.
share.coordinator.snapshot.update.records.per.snapshot B int 500 >=0 refuse
    Updates between two snapshots of a share group's state.
share.coordinator.write.timeout.ms B int 5000 >=1 refuse
    How long a write of the share coordinator may take.
share.coordinator.load.buffer.size B int 5242880 >=1 none
    Buffer for loading share groups' state.
share.coordinator.append.linger.ms B int 10,4.1:5 refuse
    How long the share coordinator gathers records.
share.coordinator.cold.partition.snapshot.interval.ms B int 300000 >=1 refuse +4.1
    How often idle share partitions are snapshot.
group.streams.session.timeout.ms B int 45000 >=1 refuse +4.1
    Session timeout of streams group members (KIP-1071).
group.streams.min.session.timeout.ms B int 45000 >=1 refuse +4.1
    The shortest a streams group may set.
group.streams.max.session.timeout.ms B int 60000 >=1 refuse +4.1
    The longest a streams group may set.
group.streams.heartbeat.interval.ms B int 5000 >=1 refuse +4.1
    Heartbeat interval of streams group members.
group.streams.min.heartbeat.interval.ms B int 5000 >=1 refuse +4.1
    The shortest a streams group may set.
group.streams.max.heartbeat.interval.ms B int 15000 >=1 refuse +4.1
    The longest a streams group may set.
group.streams.max.size B int 2147483647 >=1 refuse +4.1
    How many members a streams group may have.
group.streams.num.standby.replicas B int 0 >=0 refuse +4.1
    Standby copies of a task.
group.streams.max.standby.replicas B int 2 >=0 refuse +4.1
    The most a streams group may set.
offset.metadata.max.bytes B int 4096 sim
    How much text may accompany a committed offset.
offsets.load.buffer.size B int 5242880 >=1 none
    Buffer for loading committed offsets.
offsets.commit.timeout.ms B int 5000 >=1 sim
    How long a commit of offsets may take.
offsets.commit.required.acks B short -1 refuse x4.0
    Acknowledgements a commit of offsets waits for.
offsets.retention.minutes B int 10080 >=1 sim
    How long committed offsets of an empty group are kept.
offsets.retention.check.interval.ms B long 600000 >=1 sim
    How often they are checked.
offsets.topic.num.partitions B int 50 >=1 sim
    Partitions of __consumer_offsets.
offsets.topic.replication.factor B short 3 >=1 sim
    Replication factor of __consumer_offsets.
offsets.topic.segment.bytes B int 104857600 >=1 sim
    Segment size of __consumer_offsets.
offsets.topic.compression.codec B int 0 refuse
    Codec of __consumer_offsets.
transaction.state.log.num.partitions B int 50 >=1 sim
    Partitions of __transaction_state.
transaction.state.log.replication.factor B short 3 >=1 sim
    Replication factor of __transaction_state.
transaction.state.log.min.isr B int 2 >=1 sim
    min.insync.replicas of __transaction_state.
transaction.state.log.segment.bytes B int 104857600 >=1 sim
    Segment size of __transaction_state.
transaction.state.log.load.buffer.size B int 5242880 >=1 none
    Buffer for loading transactions.
transaction.max.timeout.ms B int 900000 >=1 sim
    The longest transaction timeout a producer may ask for.
transactional.id.expiration.ms B int 604800000 >=1 sim
    How long an idle transactional id is remembered.
transaction.abort.timed.out.transaction.cleanup.interval.ms B int 10000 >=1 sim
    How often open transactions are checked for their timeout.
transaction.remove.expired.transaction.cleanup.interval.ms B int 3600000 >=1 sim
    How often transactional ids are checked for expiration.
transaction.partition.verification.enable B bool true sim
    Whether a broker asks the coordinator before it takes a transactional write (KIP-890).
transaction.two.phase.commit.enable B bool false refuse +4.1
    Whether an outside coordinator may decide transactions (KIP-939).
add.partitions.to.txn.retry.backoff.ms B int 20 >=1 sim +4.0
    How long a broker waits before it tries to add a partition to a transaction again.
add.partitions.to.txn.retry.backoff.max.ms B int 100 >=0 sim +4.0
    How long it tries in all.
producer.id.expiration.ms B int 86400000 >=1 sim
    How long a broker remembers an idle producer's sequence numbers.
producer.id.expiration.check.interval.ms B int 600000 >=1 refuse
    How often they are checked.
quota.window.num BC int 11 >=1 none
    Samples of client quotas.
quota.window.size.seconds BC int 1 >=1 none
    Length of a sample of client quotas.
controller.quota.window.num BC int 11 >=1 none
    Samples of the controller's mutation quota.
controller.quota.window.size.seconds BC int 1 >=1 none
    Length of a sample of the controller's mutation quota.
replication.quota.window.num B int 11 >=1 sim
    Samples of replication quotas.
replication.quota.window.size.seconds B int 1 >=1 sim
    Length of a sample of replication quotas.
alter.log.dirs.replication.quota.window.num B int 11 >=1 none
    Samples of the quota for moves between directories.
alter.log.dirs.replication.quota.window.size.seconds B int 1 >=1 none
    Length of a sample of that quota.
leader.replication.throttled.rate B long 9223372036854775807 >=0 sim
    Bytes per second that throttled leaders send.
follower.replication.throttled.rate B long 9223372036854775807 >=0 sim
    Bytes per second that throttled followers fetch.
client.quota.callback.class BC string - refuse
    Class that decides client quotas.
remote.log.storage.system.enable B bool false refuse
    Whether tiered storage exists.
remote.log.storage.manager.class.name B string - refuse
    Class that stores remote segments.
remote.log.storage.manager.class.path B string - none
    Where that class is found.
remote.log.storage.manager.impl.prefix B string rsm.config. none
    Prefix of that class's keys.
remote.log.metadata.manager.class.name B string org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager none
    Class that stores remote segments' metadata.
remote.log.metadata.manager.class.path B string - none
    Where that class is found.
remote.log.metadata.manager.impl.prefix B string rlmm.config. none
    Prefix of that class's keys.
remote.log.metadata.manager.listener.name B string - none
    The listener that class uses.
remote.log.metadata.custom.metadata.max.bytes B int 128 >=0 none
    How much a storage class may add to a segment's metadata.
remote.log.index.file.cache.total.size.bytes B long 1073741824 >=1 none
    Local room for remote indexes.
remote.log.manager.thread.pool.size B int 10,4.0:2 >=1 none
    Threads of tiered storage.
remote.log.manager.copier.thread.pool.size B int -1,4.0:10 none
    Threads that copy segments away.
remote.log.manager.expiration.thread.pool.size B int -1,4.0:10 none
    Threads that delete remote segments.
remote.log.manager.follower.thread.pool.size B int 2 >=1 none +4.1
    Threads that follow remote metadata.
remote.log.manager.task.interval.ms B long 30000 >=1 none
    How often segments are copied and deleted.
remote.log.manager.copy.max.bytes.per.second B long 9223372036854775807 none
    Limit of copying away.
remote.log.manager.copy.quota.window.num B int 11 >=1 none
    Samples of that limit.
remote.log.manager.copy.quota.window.size.seconds B int 1 >=1 none
    Length of a sample of that limit.
remote.log.manager.fetch.max.bytes.per.second B long 9223372036854775807 none
    Limit of reading remote segments.
remote.log.manager.fetch.quota.window.num B int 11 >=1 none
    Samples of that limit.
remote.log.manager.fetch.quota.window.size.seconds B int 1 >=1 none
    Length of a sample of that limit.
remote.log.reader.threads B int 10 >=1 none
    Threads that read remote segments.
remote.log.reader.max.pending.tasks B int 100 >=1 none
    How many remote reads may wait.
remote.fetch.max.wait.ms B int 500 >=1 none
    How long a remote read is waited for.
remote.list.offsets.request.timeout.ms B long 30000 >=1 none
    How long a remote search for an offset is waited for.
log.local.retention.ms B long -2 >=-2 refuse
    How long segments stay local after they were copied; -2: as retention.
log.local.retention.bytes B long -2 >=-2 refuse
    How much stays local after it was copied; -2: as retention.
)table";
}

}  // namespace odradek::kafka
