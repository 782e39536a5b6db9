// Black box: what clients were told, judged by Jepsen's rules for Kafka and in Jepsen's names
// (jepsen.tests.kafka): lost-write, unseen, duplicate, inconsistent-offsets, nonmonotonic-send;
// and phantom-read for a record that nobody sent or whose send had failed for certain.
//
// A batch is the unit: its records are written and lost together, and mostly read together; where a
// poll cut one in two it is known which records were given out. The final read of every partition,
// from the beginning and up to the high watermark, is the judge's own (Jepsen's final polls), so
// that the laws are put to the test even when the scenario has no reader.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/check/ledger.h"
#include "model/check/verdicts.h"
#include "model/log/offset_map.h"

namespace odradek::kafka::check {

class ClientHistory {
public:
    explicit ClientHistory(Verdicts& verdicts);

    void see(Fact const& fact, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Ledger& ledger, Names const& names, Verdicts& verdicts);

private:
    enum class Outcome : std::uint8_t { unknown, acknowledged, failed };
    struct Send {
        BatchIdentity identity;
        BatchRef batch;
        Moment sent;
        Moment settled;
        Offset offset{no_offset};  // As acknowledged.
        std::int16_t acks{-1};
        Offset place{no_offset};  // Where it was first seen.
        Outcome outcome{Outcome::unknown};
        bool read{false};
    };
    // What one client sent to a partition, in the order sent: its identities ascend.
    struct OfClient {
        std::uint32_t client{0};
        std::vector<Send> sends;
        std::size_t found{0};  // The last one that was looked for; the next is mostly near it.
    };
    // Something was at an offset: told by an acknowledgement or by a poll.
    struct Sighting {
        BatchRef batch;
        Moment at;
        Offset offset;
        bool polled{false};
    };
    struct Partition {
        std::vector<OfClient> clients;  // By client.
        std::vector<Sighting> log;      // By base offset; what was seen first, so none overlap.
        std::size_t sighted{0};         // Where in it the last one was seen.
        std::map<BatchIdentity, Offset> strays;  // Where what nobody sent was first seen.
        // Of batches of which polls gave out a part only: which records.
        std::map<BatchIdentity, std::vector<bool>> partly_read;
        std::set<std::pair<Offset, BatchIdentity>>
            disputed;  // Found at odds with `log`, and counted.
        Offset highest_read{no_offset};
        // Compaction: records of which a later one of the same key is known need not be read.
        bool compacted{false};
        std::map<CompactionKey, Offset> latest;  // That is known, by the end.
        Offset retained_from{0};  // What lies before it is deleted: by retention, as it may,
        Offset asked_to{0};       // or on request, which went no further than this,
        bool all_asked{false};    // or than all that was committed.
    };

    static OfClient& of_client(Partition& partition, std::uint32_t client);
    static Send* find(Partition& partition, BatchIdentity const& identity);
    // `send`: null if nobody sent it.
    void sight(Partition& partition, TopicPartition id, Send* send, BatchRef const& batch,
               Offset offset, bool polled, Moment at, Names const& names, Verdicts& verdicts);
    Send& add(Partition& partition, BatchRef const& batch, Moment at);
    // The batch's records in [from, to) were given out.
    void poll(Partition& partition, TopicPartition id, BatchRef const& batch, Offset from,
              Offset to, Moment at, Names const& names, Verdicts& verdicts);
    void settle(Partition const& partition, TopicPartition id, Send const& send, Ledger& ledger,
                Names const& names, Verdicts& verdicts);
    void judge_order(TopicPartition id, ReplicaEnd const& leader, Moment now, Names const& names,
                     Verdicts& verdicts);
    static void mark_read(Partition& partition, Send& send, RecordBatch const& batch, Offset from,
                          Offset to);
    static void find_latest(Partition& partition);
    // Had compaction reason to take that record?
    static bool compacted_away(Partition const& partition, Send const& send, std::int32_t place);

    ByPartition<Partition> partitions_;
    std::set<TopicId> deleted_;  // Topics: what was in them is gone on purpose.
    std::size_t lost_;
    std::size_t unseen_;
    std::size_t duplicate_;
    std::size_t inconsistent_;
    std::size_t phantom_;
    std::size_t disorder_;
};

}  // namespace odradek::kafka::check
