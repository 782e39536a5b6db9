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
        {"RecordsAppended", "a replica has appended records"},
        {"RecordsAcknowledged", "a producer has seen records acknowledged"},
        {"ProduceError", "a producer has seen an error"},
        {"RecordsConsumed", "a consumer has been given records"},
        {"OffsetReset", "a consumer has reset its position"},
        {"TopicCreated", "the controller has created a topic"},
        {"ProcessCrashed", "a process has crashed"},
        {"ProcessStarted", "a process has started"},
        {"PowerLost", "a host has lost power"},
        {"ProducerIdAllocated", "a producer has been given its id"},
        {"MetadataRefreshed", "a client has new metadata"},
        {"ReassignmentStarted", "replicas of a partition are being moved", false},
        {"ProducerFenced", "a producer has been fenced by a newer one", false},
        {"TransactionBegin", "a transaction has begun", false},
        {"TransactionCompletedAfterFailover", "a new coordinator has completed a transaction",
         false},
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
        {"replicas-identical-after-settle", "at the end all replicas are equal"},
        {"epoch-cache-consistent", "the leader-epoch cache agrees with the log", false},
        {"producer-sequence-gapless", "a producer's sequence numbers have no gaps", false},
        {"lso-le-hw", "the last stable offset is not above the high watermark", false},
        {"txn-atomic", "a transaction is visible in whole or not at all", false},
        {"metadata-log-agree", "metadata logs agree below their high watermark", false},
        {"controller-unique-per-epoch", "one active controller per epoch", false},
        {"group-single-owner", "a partition has one owner in a generation", false},
        {"offset-commit-fenced", "a fenced member commits nothing", false},
        {"retention-safe", "retention deletes nothing above the high watermark", false},
        {"compaction-keeps-latest", "compaction keeps each key's latest record", false},
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
        {"poll-skip", "a consumer's polls skipped records", false},
        {"nonmonotonic-poll", "a consumer's polls went back", false},
        {"int-poll-skip", "one poll skipped records", false},
        {"int-nonmonotonic-poll", "one poll went back", false},
        {"nonmonotonic-send", "a producer's records were stored out of order", false},
        {"int-nonmonotonic-send", "one transaction's records were stored out of order", false},
        {"int-send-skip", "other records lie between one transaction's", false},
        {"precommitted-read", "a record was read before its transaction was committed", false},
        {"G0", "writes of transactions interleave", false},
        {"G1a", "a record of an aborted transaction was read", false},
        {"G1c", "transactions read from each other in a circle", false},
    };
    return words;
}

std::vector<Word> const& known_final_states()
{
    static std::vector<Word> const words{
        {"all-partitions-online", "every partition has a leader"},
        {"isr-full", "every replica is in sync"},
        {"preferred-leaders", "every partition is led by its first replica"},
        {"replicas-identical", "all replicas of a partition are equal"},
        {"controller-present", "there is an active controller"},
        {"groups-stable", "every group is stable", false},
        {"lag-zero", "every group has read everything"},
        {"no-hanging-transactions", "no transaction is open", false},
    };
    return words;
}

std::vector<Word> const& known_features()
{
    static std::vector<Word> const words{
        {"eligible.leader.replicas.version",
         "replicas outside the ISR that are safe to elect (KIP-966); only 0"},
        {"metadata.version", "the metadata format; run.kafka decides", false},
        {"kraft.version", "1: dynamic voters (KIP-853)", false},
        {"transaction.version", "the transaction protocol (KIP-890)", false},
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
