#include "model/vocabulary.h"

#include <algorithm>

namespace odradek::kafka {

std::vector<Word> const& known_events()
{
    static std::vector<Word> const words{
        {"BrokerRegistered", "the controller has registered a broker"},
        {"BrokerFenced", "the controller has fenced a broker"},
        {"BrokerUnfenced", "the controller has unfenced a broker"},
        {"LeaderElected", "a partition has a new leader"},
        {"UncleanLeaderElected", "a partition has a new leader from outside its ISR"},
        {"LeaderResigned", "a broker has stopped leading a partition"},
        {"IsrShrunk", "a replica has left a partition's ISR"},
        {"IsrExpanded", "a replica has joined a partition's ISR"},
        {"HighWatermarkAdvanced", "a leader's high watermark has moved"},
        {"LogTruncated", "a replica has cut off the end of its log"},
        {"LogCompacted", "a replica has compacted a stretch of its log"},
        {"LogRecovered", "a log was opened when its broker started"},
        {"AppendFailed", "the disk has refused an append to a log, or a part of it"},
        {"LogFlushed", "a log's recovery point moved: all before it is durable"},
        {"SegmentDeleted", "retention deleted a segment"},
        {"LogStartRaised", "a log starts later: records were deleted on request"},
        {"DeletionAsked", "an operator asks for records to be deleted"},
        {"RecordsDeleted", "an operator was told that records are deleted"},
        {"RecordsAppended", "a replica has appended records"},
        {"RecordsAcknowledged", "a producer has seen records acknowledged"},
        {"ProduceError", "a producer has seen an error"},
        {"RecordsConsumed", "a consumer has been given records"},
        {"OffsetReset", "a consumer has reset its position"},
        {"TopicCreated", "the controller has created a topic"},
        {"TopicDeleted", "the controller has deleted a topic"},
        {"ConfigChanged", "a dynamic configuration has changed"},
        {"FeatureChanged", "a feature has been finalized at another level"},
        {"BrokerUnregistered", "the controller has forgotten a broker"},
        {"VoteGranted", "a node of the metadata quorum has granted a vote or a pre-vote"},
        {"QuorumCandidacy", "a voter of the metadata quorum stands for leader"},
        {"QuorumLeaderElected", "the metadata quorum has a new leader"},
        {"QuorumLeaderResigned", "the leader of the metadata quorum has stepped down"},
        {"QuorumLeaderDeposed", "the leader of the metadata quorum has heard of a later epoch"},
        {"MetadataTruncated", "a node has cut off the end of its metadata log"},
        {"MetadataSnapshotWritten", "a node has written a snapshot of the metadata"},
        {"MetadataSnapshotLoaded", "a node has replaced its metadata by a snapshot"},
        {"ProcessCrashed", "a process has crashed"},
        {"ProcessStarted", "a process has started"},
        {"PowerLost", "a host has lost power"},
        {"LogDirectoryFailed", "a broker has lost one of its log directories"},
        {"ReplicaDeleted", "a broker has stopped hosting a replica: deleted, or moved away"},
        {"ProducerIdAllocated", "a producer has been given its id"},
        {"MetadataRefreshed", "a client has new metadata"},
        {"ReassignmentStarted", "replicas of a partition are being moved"},
        {"ReassignmentCompleted", "replicas of a partition have been moved"},
        {"ReassignmentCancelled", "replicas of a partition are back where they were"},
        {"ProducerFenced", "a producer has been fenced by a newer one"},
        {"TransactionBegin", "a transaction has begun"},
        {"TransactionEnding", "an application commits or aborts a transaction"},
        {"TransactionCommitted", "an application was told that its transaction is committed"},
        {"TransactionAborted", "an application was told that its transaction is aborted"},
        {"TransactionUnknown", "an application was not told how its transaction ended"},
        {"TransactionStateChanged", "a coordinator has written a transaction's new state"},
        {"TransactionCompletedAfterFailover", "a new coordinator has completed a transaction"},
        {"CoordinatorLoaded", "a broker has become the coordinator of a partition"},
        {"GroupStateChanged", "a group is in another state"},
        {"RebalanceStarted", "members of a group are to come together"},
        {"GroupStable", "a group's members have their assignments"},
        {"OffsetCommitted", "a commit of a group counts"},
        {"OffsetsAcknowledged", "a consumer was told that its commit counts"},
        {"PartitionsAssigned", "a consumer has got its partitions"},
        {"PartitionsRevoked", "a consumer gives partitions back"},
        {"PartitionsLost", "a consumer has lost its partitions"},
        {"PositionFromCommitted", "a consumer goes on where its group has committed"},
        {"RecordsProcessed", "an application has worked on records"},
        {"StaleControllerEpoch", "a stale controller has been fenced", false},
    };
    return words;
}

std::vector<Word> const& known_event_fields()
{
    static std::vector<Word> const words{
        {"topic", "a topic's name"},
        {"partition", "a partition's number"},
        {"broker", "a broker's id"},
        {"leader", "the leader's id"},
        {"epoch", "the leader epoch"},
        {"error", "Kafka's name of an error: NOT_ENOUGH_REPLICAS"},
        {"client", "a client: payments[0]"},
        {"reason", "why it happened"},
        {"transactionalId", "the name of a producer's transactions"},
        {"result", "commit or abort"},
        {"group", "a consumer group"},
        {"generation", "the number of a group's generation"},
        {"state", "the state that a group or a transaction is in now: Stable"},
        {"key", "the key of a configuration, or the name of a feature"},
        {"value", "its value; empty: removed"},
    };
    return words;
}

std::vector<MetricWord> const& known_metrics()
{
    static std::vector<MetricWord> const words{
        {"partition.isr", "how many replicas are in sync"},
        {"partition.leader", "the leader's id; -1: none"},
        {"partition.high-watermark", "the high watermark"},
        {"partition.log-end", "the leader's log end"},
        {"brokers.alive", "how many brokers are registered and not fenced"},
        {"produce.ack.latency", "from send() to acknowledgement", true},
        {"produce.records.acked", "how many records were acknowledged"},
        {"produce.records.failed", "how many records failed"},
        {"consumer.lag", "how many records a consumer is behind"},
        {"partition.leaderless.time", "how long a partition had no leader", true, false},
        {"transaction.open.time", "how long a transaction was open", true, false},
    };
    return words;
}

std::vector<Word> const& known_metric_labels()
{
    static std::vector<Word> const words{
        {"topic", "a topic's name"},       {"partition", "a partition's number"},
        {"broker", "a broker's id"},       {"client", "a client: payments[0]"},
        {"workload", "a workload's name"}, {"group", "a consumer group", false},
    };
    return words;
}

std::vector<Word> const& known_invariants()
{
    static std::vector<Word> const words{
        {"leader-epoch-unique", "one leader per partition and epoch"},
        {"committed-prefix-agree", "logs agree below the lower high watermark"},
        {"fetch-session-agrees", "what is fetched in a session is what a full fetch would fetch"},
        {"hw-monotonic", "a leader's high watermark never goes back"},
        {"isr-contains-leader", "the leader is in its ISR, and the ISR is among the replicas"},
        {"leader-has-committed", "every later leader has what was acknowledged with acks=all"},
        {"isr-has-committed",
         "every member of the ISR has every record below the furthest high watermark"},
        {"isr-within-maximal", "the ISR is among those whom the leader's high watermark waits for"},
        {"offset-epoch-unique", "an offset is given once in a leader epoch"},
        {"deleted-stays-deleted", "what was deleted on request does not come back"},
        {"log-start-asked", "a log starts no later than somebody asked for, or retention deleted"},
        {"log-offsets-ordered", "log start <= high watermark <= log end"},
        {"replicas-identical-after-settle", "at the end all replicas are equal"},
        {"elr-holds-committed", "every eligible leader replica has every committed record"},
        {"isr-elr-disjoint", "no replica is in ISR and ELR at once"},
        {"elr-keeps-minimum", "ISR and ELR together stay at min.insync.replicas"},
        {"elected-leader-alive", "nobody is elected who is fenced"},
        {"isr-members-alive", "nobody joins an ISR who is fenced"},
        {"reassignment-keeps-copies", "a reassignment ends with all its replicas in sync"},
        {"incarnation-keeps-epoch", "one life of a broker has one broker epoch"},
        {"flushed-kept", "a log that is recovered holds everything that was flushed"},
        {"recovery-point-durable", "a recovery point is not ahead of what the disk has"},
        {"retention-not-early", "retention deletes nothing that is younger than it says"},
        {"retention-below-hw", "retention deletes only what is committed"},
        {"indexes-agree", "every entry of an index agrees with the log"},
        {"leader-epochs-recovered", "a log that is read back knows the epochs of its records"},
        {"nothing-behind-failed-append", "a log takes nothing when its disk has refused something"},
        {"compaction-keeps-latest", "compaction keeps each key's latest committed record"},
        {"compaction-below-high-watermark", "compaction looks only at what is committed"},
        {"epoch-cache-consistent", "the leader-epoch cache agrees with the log", false},
        {"producer-sequence-gapless", "a producer's sequence numbers have no gaps", false},
        {"lso-le-hw", "the last stable offset is not above the high watermark"},
        {"txn-atomic", "a transaction is visible in whole or not at all"},
        {"hanging-transaction", "at the end no transaction is open that nobody will end"},
        {"one-open-transaction", "a producer has one transaction open in a partition at a time"},
        {"coordinator-agrees-with-log", "what a coordinator knows is what its log says"},
        {"zombie-never-commits", "a producer that was fenced commits nothing"},
        {"epochs-not-wasted", "a producer's epochs are used one after the other"},
        {"fenced-is-told", "a producer that its coordinator has fenced is told so"},
        {"coordinator-epoch-regress", "a marker is of an earlier coordinator than the one before"},
        {"controller-unique-per-epoch", "an epoch of the metadata quorum has one leader"},
        {"vote-once-per-epoch", "a voter of the metadata quorum votes once in an epoch"},
        {"quorum-epoch-monotonic", "the epoch of a node of the quorum never goes back"},
        {"metadata-log-agree", "metadata logs agree below their high watermark"},
        {"metadata-committed-kept", "every later leader of the quorum has what was committed"},
        {"metadata-hw-monotonic", "the high watermark of a metadata log never goes back"},
        {"majority-reached-hw", "a majority of the voters has what is said to be committed"},
        {"snapshot-at-log-start", "what is before the start of a metadata log is in a snapshot"},
        {"leader-never-loads-snapshot", "a leader of the quorum loads nobody's snapshot"},
        {"deposed-leader-steps-down", "a leader of the quorum that is cut off steps down"},
        {"lone-voter-keeps-leading", "the only voter of a quorum does not resign"},
        {"healthy-leader-not-deposed", "nobody without a majority deposes a leader that has one"},
        {"broker-epoch-monotonic", "each life of a broker has a higher epoch"},
        {"metadata-image-agree", "at one offset every node has the same metadata"},
        {"led-when-possible", "no partition stays without a leader that it could have"},
        {"quorum-led-after-settle", "at the end the metadata quorum has a leader that commits"},
        {"group-single-owner", "a partition has one owner in a generation"},
        {"group-owns-all", "a stable group leaves no partition without an owner"},
        {"committed-offset-monotonic", "what a group has committed does not go back"},
        {"offset-commit-fenced", "a fenced member commits nothing", false},
        {"retention-safe", "retention deletes nothing above the high watermark", false},
    };
    return words;
}

std::vector<Word> const& known_anomalies()
{
    static std::vector<Word> const words{
        {"lost-write", "an acknowledged record below the highest read offset was never read"},
        {"unseen", "an acknowledged record was not read by the end"},
        {"duplicate", "a record was read at two offsets"},
        {"inconsistent-offsets", "one offset was read with two values"},
        {"phantom-read",
         "a record was read that nobody sent, or whose send had failed for certain"},
        {"uncommitted-read", "a record was read that a later leader did not have"},
        {"hw-regress", "a new leader told a client an end before one told earlier"},
        {"poll-skip", "a consumer's polls skipped records", false},
        {"nonmonotonic-poll", "a consumer's polls went back", false},
        {"int-poll-skip", "one poll skipped records", false},
        {"int-nonmonotonic-poll", "one poll went back", false},
        {"nonmonotonic-send", "a producer's records were stored out of order"},
        {"int-nonmonotonic-send", "one transaction's records were stored out of order", false},
        {"int-send-skip", "other records lie between one transaction's", false},
        {"precommitted-read", "a record was read before its transaction was committed"},
        {"lost-processing", "at least once, and committed, but nobody worked on it"},
        {"double-processing", "at most once, but worked on twice"},
        {"G0", "writes of transactions interleave", false},
        {"G1a", "a record of an aborted transaction was read"},
        {"G1c", "transactions read from each other in a circle", false},
    };
    return words;
}

std::vector<Word> const& known_final_states()
{
    static std::vector<Word> const words{
        {"all-partitions-online", "every partition has a leader"},
        {"isr-full", "every replica is in sync"},
        {"reassignments-complete", "no replica is being moved"},
        {"preferred-leaders", "every partition is led by its first replica"},
        {"replicas-identical", "all replicas of a partition are equal"},
        {"controller-present", "there is an active controller"},
        {"groups-stable", "every group is stable, and every partition has its owner"},
        {"lag-zero", "every group has read everything"},
        {"no-hanging-transactions", "no transaction is open"},
    };
    return words;
}

std::vector<Word> const& known_features()
{
    static std::vector<Word> const words{
        {"eligible.leader.replicas.version",
         "1: replicas outside the ISR that are safe to elect (KIP-966); the default from 4.1 on"},
        {"metadata.version", "the metadata format: \"3.6-IV0\"; else the latest of run.kafka"},
        {"kraft.version", "1: dynamic voters (KIP-853); 0: as configured"},
        {"transaction.version",
         "2: each transaction has an epoch of its own (KIP-890), the default from 4.0 on"},
        {"group.version", "1: consumer groups of KIP-848", false},
        {"share.version", "1: share groups (KIP-932)", false},
        {"streams.version", "1: streams groups (KIP-1071)", false},
    };
    return words;
}

Word const* find_word(std::vector<Word> const& words, std::string_view name)
{
    auto const found =
        std::find_if(words.begin(), words.end(), [&](Word const& w) { return w.name == name; });
    return found == words.end() ? nullptr : &*found;
}

std::vector<std::string_view> names_of(std::vector<Word> const& words, bool simulated_only)
{
    std::vector<std::string_view> names;
    for (Word const& word : words) {
        if (word.simulated || !simulated_only)
            names.push_back(word.name);
    }
    return names;
}

}  // namespace odradek::kafka
