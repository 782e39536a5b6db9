// Keys of topics, each with the broker key that gives its default. Facts: TopicConfig, LogConfig,
// ServerTopicConfigSynonyms; KIP-1030 for what 4.0 changed.
#include "model/config_table.h"

namespace odradek::kafka {

std::string_view topic_key_table()
{
    return R"table(
min.insync.replicas T int 1 >=1 sim =min.insync.replicas
    How many replicas must be in sync for a write with acks=all to be accepted.
unclean.leader.election.enable T bool false sim =unclean.leader.election.enable
    Whether a replica outside the ISR may become leader when no other is left, losing records.
max.message.bytes T int 1048588 >=0 sim =message.max.bytes
    The largest record batch the topic accepts.
flush.messages T long 9223372036854775807 >=1 sim =log.flush.interval.messages
    How many records a log gathers before it is flushed.
flush.ms T long 9223372036854775807 >=0 sim =log.flush.interval.ms
    How long a record may stay unflushed; looked at every log.flush.scheduler.interval.ms: never.
segment.bytes T int 1073741824 >=14,4.0:1048576 sim =log.segment.bytes
    The size at which a segment is closed.
segment.ms T long 604800000 >=1 sim =log.roll.ms
    The age at which a segment is closed.
segment.jitter.ms T long 0 >=0 sim =log.roll.jitter.ms
    How much of segment.ms is drawn at random.
segment.index.bytes T int 10485760 >=4 sim =log.index.size.max.bytes
    The largest size of an offset index.
index.interval.bytes T int 4096 >=0 sim =log.index.interval.bytes
    How many bytes lie between two entries of an offset index.
retention.bytes T long -1 sim =log.retention.bytes
    How large a partition may grow before its oldest segments are deleted.
retention.ms T long 604800000 >=-1 sim =log.retention.ms
    How long closed segments are kept; -1: for ever.
cleanup.policy T list delete {compact,delete} sim =log.cleanup.policy
    What happens to old segments: deleted, or compacted by key.
delete.retention.ms T long 86400000 >=0 sim =log.cleaner.delete.retention.ms
    How long tombstones survive compaction.
min.compaction.lag.ms T long 0 >=0 sim =log.cleaner.min.compaction.lag.ms
    How long a record stays uncompacted at least.
max.compaction.lag.ms T long 9223372036854775807 >=1 sim =log.cleaner.max.compaction.lag.ms
    How long a record stays uncompacted at most.
min.cleanable.dirty.ratio T double 0.5 0..1 sim =log.cleaner.min.cleanable.ratio
    Share of a log that must be dirty before it is compacted.
file.delete.delay.ms T long 60000 >=0 sim =log.segment.delete.delay.ms
    How long a deleted segment's file stays.
compression.type T enum producer {producer,none,uncompressed,gzip,snappy,lz4,zstd} sim =compression.type
    Codec of stored records; `producer` keeps what came.
compression.gzip.level T int -1 none =compression.gzip.level
    Level of gzip.
compression.lz4.level T int 9 1..17 none =compression.lz4.level
    Level of lz4.
compression.zstd.level T int 3 -131072..22 none =compression.zstd.level
    Level of zstd.
preallocate T bool false none =log.preallocate
    Whether a new segment's file is given its full size at once.
message.format.version T string 3.0-IV1 refuse =log.message.format.version x4.0
    The record format on disk.
message.timestamp.type T enum CreateTime {CreateTime,LogAppendTime} sim =log.message.timestamp.type
    Whether a record bears the producer's time or the broker's.
message.timestamp.difference.max.ms T long 9223372036854775807 >=0 refuse x4.0
    How far a record's time may be from the broker's.
message.timestamp.before.max.ms T long 9223372036854775807 >=0 refuse =log.message.timestamp.before.max.ms
    How far a record's time may lie before the broker's.
message.timestamp.after.max.ms T long 9223372036854775807,4.0:3600000 >=0 refuse
    How far a record's time may lie after the broker's.
message.downconversion.enable T bool true refuse x4.0
    Whether records are rewritten for consumers of old formats.
leader.replication.throttled.replicas T list "" sim
    Replicas whose outgoing copying is throttled.
follower.replication.throttled.replicas T list "" sim
    Replicas whose incoming copying is throttled.
remote.storage.enable T bool false refuse
    Whether old segments move to remote storage.
local.retention.ms T long -2 >=-2 refuse =log.local.retention.ms
    How long segments stay local after they were copied; -2: as retention.ms.
local.retention.bytes T long -2 >=-2 refuse =log.local.retention.bytes
    How much stays local after it was copied; -2: as retention.bytes.
remote.log.copy.disable T bool false refuse
    Whether copying to remote storage is switched off.
remote.log.delete.on.disable T bool false refuse
    Whether switching remote storage off deletes what is there.
)table";
}

}  // namespace odradek::kafka
