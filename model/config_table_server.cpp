// Keys of server.properties: replication, logs, controller, network, metrics, ZooKeeper.
// Facts: ServerConfigs, ReplicationConfigs, KRaftConfigs, QuorumConfig, ServerLogConfigs,
// CleanerConfig, SocketServerConfigs, MetricConfigs, ZkConfigs; KIP-1030 for the defaults that 4.0
// changed.
#include "model/config_table.h"

namespace odradek::kafka {

std::string_view server_key_table()
{
    return R"table(
min.insync.replicas BC int 1 >=1 sim
    How many replicas must be in sync for a write with acks=all to be accepted.
default.replication.factor BC int 1 sim
    Replication factor of topics that do not say theirs.
num.partitions BC int 1 >=1 sim
    Number of partitions of topics that do not say theirs.
unclean.leader.election.enable BC bool false sim
    Whether a replica outside the ISR may become leader when no other is left, losing records.
unclean.leader.election.interval.ms BC long 300000 >=1 refuse
    How often the controller looks for leaderless partitions to elect uncleanly.
replica.lag.time.max.ms B long 30000 sim
    How long a follower may be behind the leader's log end before it leaves the ISR.
replica.fetch.wait.max.ms B int 500 sim
    How long a leader holds a follower's fetch that finds too little.
replica.fetch.min.bytes B int 1 sim
    How many bytes a follower's fetch waits for.
replica.fetch.max.bytes B int 1048576 >=0 sim
    How many bytes of one partition a follower's fetch asks for.
replica.fetch.response.max.bytes B int 10485760 >=0 sim
    How many bytes a follower's fetch asks for in all.
replica.fetch.backoff.ms B int 1000 >=0 sim
    How long a follower waits with a partition after an error.
num.replica.fetchers B int 1 sim only{1}
    Fetcher threads per leader that a broker follows.
replica.high.watermark.checkpoint.interval.ms B long 5000 sim
    How often the high watermarks are written to their checkpoint file.
replica.socket.timeout.ms B int 30000 refuse
    How long a follower waits for the answer to a fetch.
replica.socket.receive.buffer.bytes B int 65536 none
    Socket buffer of the fetchers.
replica.selector.class B string - sim only{org.apache.kafka.common.replica.RackAwareReplicaSelector}
    Which replica a consumer is told to read from (KIP-392).
auto.leader.rebalance.enable BC bool true sim
    Whether the controller gives leadership back to preferred replicas by itself.
leader.imbalance.check.interval.seconds BC long 300 >=1 sim
    How often the controller looks for leaders that are not the preferred replica.
leader.imbalance.per.broker.percentage BC int 10 none x4.0
    Share of a broker's partitions that may be led elsewhere before leadership is given back.
auto.create.topics.enable B bool true sim only{false}
    Whether asking for an unknown topic creates it.
    ! topics come from the scenario only: clusters run as with false
delete.topic.enable BC bool true refuse
    Whether topics can be deleted.
message.max.bytes BC int 1048588 >=0 sim
    The largest record batch a broker accepts.
log.flush.interval.messages B long 9223372036854775807 >=1 sim
    How many records a log gathers before it is flushed.
log.flush.interval.ms B long - sim
    How long a record may stay unflushed; looked at every log.flush.scheduler.interval.ms: never.
log.flush.scheduler.interval.ms B long 9223372036854775807 sim
    How often the flusher looks for logs to flush.
log.flush.offset.checkpoint.interval.ms B int 60000 >=0 sim
    How often the recovery points are written to their checkpoint file.
log.flush.start.offset.checkpoint.interval.ms B int 60000 >=0 sim
    How often the log start offsets are written to their checkpoint file.
log.initial.task.delay.ms B long 30000 >=0 sim
    How long after its start a broker begins flushing, retention and checkpoints.
log.dir B string /tmp/kafka-logs none
    Where logs are kept, if log.dirs is not set.
log.dirs B list - sim
    Where logs are kept; more than one: JBOD.
    ! directories of one disk: they fail one by one, but share its speed and its room
log.dir.failure.timeout.ms B long 30000 >=1 sim
    How long a broker tries to tell the controller about a failed directory before it stops.
cordoned.log.dirs B list "" refuse +4.3
    Directories that take no new replicas.
log.segment.bytes B int 1073741824 >=14,4.0:1048576 sim
    The size at which a log's segment is closed.
log.roll.ms B long - sim
    The age at which a log's segment is closed.
log.roll.hours B int 168 >=1 sim
    The same in hours.
log.roll.jitter.ms B long - sim
    How much of log.roll.ms is drawn at random.
log.roll.jitter.hours B int 0 >=0 sim
    The same in hours.
log.retention.ms B long - sim
    How long closed segments are kept.
log.retention.minutes B int - sim
    The same in minutes.
log.retention.hours B int 168 sim
    The same in hours.
log.retention.bytes B long -1 sim
    How large a log may grow before its oldest segments are deleted.
log.retention.check.interval.ms B long 300000 >=1 sim
    How often logs are checked for segments to delete.
log.cleanup.policy B list delete {compact,delete} sim
    What happens to old segments: deleted, or compacted by key.
log.segment.delete.delay.ms B long 60000 >=0 sim
    How long a deleted segment's file stays.
log.index.size.max.bytes B int 10485760 >=4 sim
    The largest size of an offset index.
log.index.interval.bytes B int 4096 >=0 sim
    How many bytes lie between two entries of an offset index.
log.preallocate B bool false none
    Whether a new segment's file is given its full size at once.
log.cleaner.enable B bool true sim
    Whether compaction runs.
log.cleaner.threads B int 1 >=0 sim
    Compaction threads.
log.cleaner.io.max.bytes.per.second B double 1.7976931348623157E308 sim
    Limit of compaction's reading and writing.
log.cleaner.dedupe.buffer.size B long 134217728 sim
    Memory of compaction's key map.
log.cleaner.io.buffer.size B int 524288 >=0 sim
    Memory of compaction's buffers.
log.cleaner.io.buffer.load.factor B double 0.9 sim
    How full compaction's key map may get.
log.cleaner.backoff.ms B long 15000 >=0 sim
    How long compaction sleeps when there is nothing to do.
log.cleaner.min.cleanable.ratio B double 0.5 0..1 sim
    Share of a log that must be dirty before it is compacted.
log.cleaner.delete.retention.ms B long 86400000 >=0 sim
    How long tombstones survive compaction.
log.cleaner.min.compaction.lag.ms B long 0 >=0 sim
    How long a record stays uncompacted at least.
log.cleaner.max.compaction.lag.ms B long 9223372036854775807 >=1 sim
    How long a record stays uncompacted at most.
log.message.format.version B string 3.0-IV1 refuse x4.0
    The record format on disk.
log.message.timestamp.type B enum CreateTime {CreateTime,LogAppendTime} sim
    Whether a record bears the producer's time or the broker's.
log.message.timestamp.difference.max.ms B long 9223372036854775807 >=0 refuse x4.0
    How far a record's time may be from the broker's.
log.message.timestamp.before.max.ms B long 9223372036854775807 >=0 refuse
    How far a record's time may lie before the broker's.
log.message.timestamp.after.max.ms B long 9223372036854775807,4.0:3600000 >=0 refuse
    How far a record's time may lie after the broker's.
log.message.downconversion.enable B bool true refuse x4.0
    Whether records are rewritten for consumers of old formats.
num.recovery.threads.per.data.dir B int 1,4.0:2 >=1 sim
    Threads that recover logs after a crash, per directory.
num.replica.alter.log.dirs.threads B int - none
    Threads that move replicas between directories.
replica.alter.log.dirs.io.max.bytes.per.second B long 9223372036854775807 none
    Limit of moving replicas between directories.
compression.type BC enum producer {producer,none,uncompressed,gzip,snappy,lz4,zstd} sim
    Codec of stored records; `producer` keeps what came.
compression.gzip.level BC int -1 none
    Level of gzip.
compression.lz4.level BC int 9 1..17 none
    Level of lz4.
compression.zstd.level BC int 3 -131072..22 none
    Level of zstd.
fetch.max.bytes B int 57671680 >=1024 refuse
    How many bytes a broker puts into one fetch response at most.
max.incremental.fetch.session.cache.slots B int 1000 >=0 sim
    How many incremental fetch sessions a broker remembers.
fetch.purgatory.purge.interval.requests B int 1000 none
    How often finished fetches are cleared from the waiting room.
producer.purgatory.purge.interval.requests B int 1000 none
    How often finished produce requests are cleared from the waiting room.
delete.records.purgatory.purge.interval.requests B int 1 none
    How often finished DeleteRecords requests are cleared from the waiting room.
max.request.partition.size.limit BC int 2000 >=1 none
    How many partitions one DescribeTopicPartitions request may ask for.
broker.heartbeat.interval.ms BC int 2000 sim
    How often a broker sends a heartbeat to the controller.
broker.session.timeout.ms BC int 9000 sim
    How long the controller waits for a broker's heartbeat before fencing it.
initial.broker.registration.timeout.ms B int 60000 sim
    How long a starting broker tries to register before it gives up.
controlled.shutdown.enable B bool true sim
    Whether a broker that is stopped hands over its leaderships first.
controlled.shutdown.max.retries B int 3 refuse x4.0
    How often a controlled shutdown is tried (ZooKeeper mode).
controlled.shutdown.retry.backoff.ms B long 5000 refuse x4.0
    How long a controlled shutdown waits between tries (ZooKeeper mode).
metadata.max.idle.interval.ms C int 500 >=0 sim
    How long the active controller lets its log rest before it appends a no-op; 0: never.
metadata.log.dir B string - sim
    Where the metadata log is kept, if not in the first of log.dirs.
metadata.log.dir C string - none
    Where the metadata log is kept.
metadata.log.max.record.bytes.between.snapshots BC long 20971520 >=1 sim
    How many bytes of metadata records lie between two snapshots.
metadata.log.max.snapshot.interval.ms BC long 3600000 >=0 sim
    How long lies between two snapshots of the metadata.
metadata.log.segment.bytes BC int 1073741824 >=12 sim
    The size at which a segment of the metadata log is closed.
metadata.log.segment.ms BC long 604800000 sim
    The age at which a segment of the metadata log is closed.
metadata.max.retention.bytes BC long 104857600 sim
    How large metadata log and snapshots may grow.
metadata.max.retention.ms BC long 604800000 sim
    How long metadata log and snapshots are kept.
server.max.startup.time.ms BC long 9223372036854775807 >=0 refuse
    How long a server may take to start.
process.roles BC list "" {broker,controller} refuse
    Whether the node is broker, controller or both.
    @ say it in cluster.controllers and cluster.brokers
node.id BC int -1 refuse
    The node's id.
    @ ids come from cluster.brokers.firstId
broker.id BC int -1 refuse
    The broker's id.
    @ ids come from cluster.brokers.firstId
broker.id.generation.enable B bool true refuse x4.0
    Whether ZooKeeper may give out broker ids.
reserved.broker.max.id B int 1000 >=0 refuse x4.0
    The largest id that is not given out by ZooKeeper.
broker.rack B string - refuse
    The rack of the broker.
    @ racks come from cluster.brokers.racks
controller.listener.names BC list "" none
    Listeners of the controller.
controller.quorum.voters BC list "" refuse
    The controllers, fixed.
    @ say it in cluster.controllers
controller.quorum.bootstrap.servers BC list "" refuse
    Where to find the controllers.
    @ say it in cluster.controllers
controller.quorum.election.timeout.ms BC int 1000 sim
    How long a voter waits for votes before it starts another election.
controller.quorum.fetch.timeout.ms BC int 2000 sim
    How long a voter goes without the leader before it becomes a candidate.
controller.quorum.election.backoff.max.ms BC int 1000 sim
    How long a candidate waits at most after a lost election.
controller.quorum.append.linger.ms BC int 25 sim
    How long the leader gathers records before it writes them.
controller.quorum.request.timeout.ms BC int 2000 sim
    How long a voter waits for an answer.
controller.quorum.retry.backoff.ms BC int 20 sim
    How long a voter waits before it asks again.
controller.quorum.auto.join.enable BC bool false refuse +4.2
    Whether a controller joins the voters by itself (KIP-853).
controller.socket.timeout.ms BC int 30000 refuse
    How long a broker waits for the controller's answer.
controller.performance.sample.period.ms C long 60000 >=100 none +4.1
    How often the controller logs how busy it was.
controller.performance.always.log.threshold.ms C long 2000 >=0 none +4.1
    From when on the controller logs one slow event.
eligible.leader.replicas.enable BC bool false refuse x4.0
    Whether replicas outside the ISR that are safe to elect are remembered (KIP-966).
inter.broker.protocol.version BC string 3.9-IV0 refuse x4.0
    The version servers speak among themselves.
    @ run.kafka decides
zookeeper.metadata.migration.enable BC bool false refuse x4.0
    Whether the cluster is on its way from ZooKeeper to KRaft.
zookeeper.metadata.migration.min.batch.size BC int 200 >=1 refuse x4.0
    Batch size of the migration from ZooKeeper.
request.timeout.ms BC int 30000 sim
    How long a server waits for another server's answer.
socket.connection.setup.timeout.ms BC long 10000 refuse
    How long a server waits for a connection to another.
socket.connection.setup.timeout.max.ms BC long 30000 refuse
    How long it waits at most after several failures.
listeners BC list PLAINTEXT://:9092 none
    Where the server listens.
advertised.listeners BC list - none
    Where clients are told to connect.
listener.security.protocol.map BC string - none
    Security protocol of each listener.
inter.broker.listener.name BC string - none
    The listener that brokers use among themselves.
control.plane.listener.name B string - none x4.0
    A listener for the controller's requests alone.
early.start.listeners BC string - none
    Listeners that open before authorisation is ready.
socket.send.buffer.bytes BC int 102400 none
    Socket send buffer.
socket.receive.buffer.bytes BC int 102400 none
    Socket receive buffer.
socket.request.max.bytes BC int 104857600 >=1 refuse
    The largest request a server reads.
socket.listen.backlog.size BC int 50 >=1 none
    How many connections may wait to be accepted.
max.connections BC int 2147483647 >=0 refuse
    How many connections a server holds.
max.connections.per.ip BC int 2147483647 >=0 refuse
    How many connections a server holds from one address.
max.connections.per.ip.overrides BC string "" refuse
    The same, by address.
max.connection.creation.rate BC int 2147483647 >=0 refuse
    How many connections a server accepts per second.
connections.max.idle.ms BC long 600000 refuse
    How long an idle connection stays open.
connection.failed.authentication.delay.ms BC int 100 >=0 none
    How long a failed authentication is left unanswered.
queued.max.requests BC int 500 >=1 refuse
    How many requests wait for a thread before the network threads stop reading.
queued.max.request.bytes BC long -1 refuse
    How many bytes of requests wait at most.
num.network.threads BC int 3 >=1 none
    Network threads per listener.
num.io.threads BC int 8 >=1 none
    Threads that process requests.
background.threads BC int 10 >=1 none
    Threads for background work.
create.topic.policy.class.name C string - refuse
    A class that may refuse new topics.
alter.config.policy.class.name C string - refuse
    A class that may refuse configuration changes.
config.providers BC list "" none
    Classes that provide values of other keys.
metrics.num.samples BC int 2 >=1 none
    Samples kept by a metric.
metrics.sample.window.ms BC long 30000 >=1 none
    Length of a metric's sample.
metrics.recording.level BC enum INFO {INFO,DEBUG,TRACE} none
    Which metrics are recorded.
metric.reporters BC list org.apache.kafka.common.metrics.JmxReporter none
    Classes that report metrics.
auto.include.jmx.reporter BC bool true none x4.0
    Whether metrics are reported over JMX.
kafka.metrics.reporters BC list "" none
    Classes that report Yammer metrics.
kafka.metrics.polling.interval.secs BC int 10 >=1 none
    How often they are asked.
telemetry.max.bytes B int 1048576 >=1 none
    How much metric data a broker takes from a client at once.
unstable.api.versions.enable BC bool false none
    Whether API versions under development are offered.
unstable.feature.versions.enable BC bool false none
    Whether feature levels under development are offered.
zookeeper.connect B string - refuse x4.0
    Where ZooKeeper is.
zookeeper.session.timeout.ms B int 18000 refuse x4.0
    How long ZooKeeper waits for a broker before its session expires.
zookeeper.connection.timeout.ms B int - refuse x4.0
    How long a broker waits for ZooKeeper.
zookeeper.max.in.flight.requests B int 10 >=1 refuse x4.0
    How many requests a broker sends to ZooKeeper without waiting.
zookeeper.set.acl B bool false none x4.0
    Whether znodes are protected.
zookeeper.ssl.client.enable B bool false none x4.0
    Whether ZooKeeper is reached over TLS.
zookeeper.clientCnxnSocket B string - none x4.0
    Socket class of the ZooKeeper client.
)table";
}

}  // namespace odradek::kafka
