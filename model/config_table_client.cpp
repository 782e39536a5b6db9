// Keys of producers and consumers. Facts: ProducerConfig, ConsumerConfig, CommonClientConfigs;
// KIP-1030 for linger.ms, KIP-580 for retry.backoff.max.ms, KIP-899/1102 for metadata.recovery.
#include "model/config_table.h"

namespace odradek::kafka {

std::string_view client_key_table()
{
    return R"table(
acks P enum all {all,-1,0,1} sim
    Whose acknowledgement a write waits for: nobody's (0), the leader's (1), the in-sync replicas' (all).
enable.idempotence P bool true sim
    Whether the broker removes duplicates of retried batches and keeps their order.
retries P int 2147483647 >=0 sim
    How often a failed batch is sent again, within delivery.timeout.ms.
max.in.flight.requests.per.connection P int 5 >=1 sim
    How many requests may be under way on one connection.
batch.size P int 16384 >=0 sim
    The largest batch of records for one partition.
linger.ms P long 0,4.0:5 >=0 sim
    How long a batch waits for more records.
buffer.memory P long 33554432 >=0 sim
    How many bytes of records a producer holds before send() blocks.
max.block.ms P long 60000 >=0 sim
    How long send() blocks for memory or metadata.
max.request.size P int 1048576 >=0 sim
    The largest request a producer sends, and the largest record it accepts.
delivery.timeout.ms P int 120000 >=0 sim
    How long a record may take from send() to success or failure.
request.timeout.ms P int 30000 >=0 sim
    How long a client waits for an answer.
request.timeout.ms R int 30000 >=0 sim
    How long a client waits for an answer.
retry.backoff.ms PR long 100 >=0 sim
    How long a client waits before it tries again.
retry.backoff.max.ms PR long 1000 >=0 sim
    How long it waits at most after several failures.
reconnect.backoff.ms PR long 50 >=0 sim
    How long a client waits before it connects again.
reconnect.backoff.max.ms PR long 1000 >=0 sim
    How long it waits at most after several failures.
socket.connection.setup.timeout.ms PR long 10000 sim
    How long a client waits for a connection.
socket.connection.setup.timeout.max.ms PR long 30000 sim
    How long it waits at most after several failures.
metadata.max.age.ms PR long 300000 >=0 sim
    How old metadata may get before it is asked for again.
metadata.max.idle.ms P long 300000 >=5000 refuse
    How long a topic that nothing is sent to stays in a producer's metadata.
metadata.recovery.strategy PR enum none,4.0:rebootstrap {none,rebootstrap} refuse
    Whether a client that knows no reachable broker starts over from bootstrap.servers.
metadata.recovery.rebootstrap.trigger.ms PR long 300000 >=0 refuse +4.0
    How long a client goes without metadata before it starts over.
partitioner.ignore.keys P bool false sim
    Whether records with a key are spread like those without.
partitioner.adaptive.partitioning.enable P bool true sim
    Whether records without a key prefer the partitions of faster brokers (KIP-794).
partitioner.availability.timeout.ms P long 0 >=0 refuse
    How long a broker may take no batch before records without a key avoid it; 0: for ever.
partitioner.class P string - refuse
    A class that chooses partitions.
compression.type P enum none {none,gzip,snappy,lz4,zstd} sim
    Codec of the batches a producer sends.
compression.gzip.level P int -1 none
    Level of gzip.
compression.lz4.level P int 9 1..17 none
    Level of lz4.
compression.zstd.level P int 3 -131072..22 none
    Level of zstd.
transactional.id P string - sim
    The name under which a producer's transactions survive its restarts.
transaction.timeout.ms P int 60000 sim
    How long a transaction may stay open.
transaction.two.phase.commit.enable P bool false refuse +4.1
    Whether an outside coordinator decides transactions (KIP-939).
client.id PR string "" none
    A name for logs and quotas.
    @ clients are named after their workload
bootstrap.servers PR list "" none
    Where a client finds its first broker.
    @ clients know every broker of the cluster
client.dns.lookup PR enum use_all_dns_ips {use_all_dns_ips,resolve_canonical_bootstrap_servers_only} none
    How a client uses DNS.
send.buffer.bytes PR int 131072 >=-1 none
    Socket send buffer.
receive.buffer.bytes P int 32768 >=-1 none
    Socket receive buffer.
receive.buffer.bytes R int 65536 >=-1 none
    Socket receive buffer.
connections.max.idle.ms PR long 540000 refuse
    How long an idle connection stays open.
key.serializer P string - none
    Class that makes bytes of keys.
value.serializer P string - none
    Class that makes bytes of values.
key.deserializer R string - none
    Class that reads keys.
value.deserializer R string - none
    Class that reads values.
interceptor.classes PR list "" refuse
    Classes that see every record.
enable.metrics.push PR bool true none
    Whether the client sends its metrics to the broker.
metric.reporters PR list org.apache.kafka.common.metrics.JmxReporter none
    Classes that report metrics.
auto.include.jmx.reporter PR bool true none x4.0
    Whether metrics are reported over JMX.
metrics.num.samples PR int 2 >=1 none
    Samples kept by a metric.
metrics.sample.window.ms PR long 30000 >=0 none
    Length of a metric's sample.
metrics.recording.level PR enum INFO {INFO,DEBUG,TRACE} none
    Which metrics are recorded.
config.providers PR list "" none
    Classes that provide values of other keys.
auto.offset.reset R enum latest {earliest,latest,none,by_duration:*} sim
    Where a consumer starts when its position is unknown or no longer exists.
isolation.level R enum read_uncommitted {read_uncommitted,read_committed} sim
    Whether records of open and aborted transactions are seen.
fetch.min.bytes R int 1 >=0 sim
    How many bytes a fetch waits for.
fetch.max.bytes R int 52428800 >=0 sim
    How many bytes a fetch asks for in all.
fetch.max.wait.ms R int 500 >=0 sim
    How long a broker holds a fetch that finds too little.
max.partition.fetch.bytes R int 1048576 >=0 sim
    How many bytes of one partition a fetch asks for.
max.poll.records R int 500 >=1 sim
    How many records one poll() returns.
max.poll.interval.ms R int 300000 >=1 sim
    How long a group's member may stay away from poll().
default.api.timeout.ms R int 60000 >=0 sim
    How long a consumer's calls take at most.
check.crcs R bool true refuse
    Whether a consumer checks the records' checksums.
group.id R string - refuse
    The consumer's group.
    @ the workload's "group" says it
group.instance.id R string - sim
    The name of a static member (KIP-345); {member} in it is the client's number.
group.protocol R enum classic {classic,consumer} sim only{classic}
    Which rebalance protocol is used (KIP-848).
group.remote.assignor R string - refuse
    Which of the broker's assignors is used.
partition.assignment.strategy R list - sim
    Classes that divide partitions among members.
session.timeout.ms R int 45000 sim
    How long the coordinator waits for a member's heartbeat.
heartbeat.interval.ms R int 3000 sim
    How often a member sends a heartbeat.
enable.auto.commit R bool true sim
    Whether positions are committed by themselves.
    @ the workload's "commit" says it; without a group nothing is committed
auto.commit.interval.ms R int 5000 >=0 sim
    How often they are.
exclude.internal.topics R bool true refuse
    Whether a pattern leaves out internal topics.
allow.auto.create.topics R bool true sim only{false}
    Whether asking for an unknown topic creates it.
    ! topics come from the scenario only: readers run as with false
client.rack R string "" sim
    The client's rack, for reading from a near replica (KIP-392).
share.acknowledgement.mode R enum implicit {implicit,explicit} refuse +4.1
    How a share group's consumer acknowledges records (KIP-932).
)table";
}

}  // namespace odradek::kafka
