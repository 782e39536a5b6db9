// What the judges know of every replica: a mirror of its log made from what it said it did, and of
// each batch that was cut away again, when and by whom. From it a verdict tells the life of a
// record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/check/batch_words.h"
#include "model/check/by_partition.h"
#include "model/check/history.h"

namespace odradek::kafka::check {

// The records of one producer batch, wherever copies of it are.
struct BatchIdentity {
    std::uint32_t client{0};
    std::uint64_t first_number{0};

    explicit BatchIdentity(RecordBatch const& batch)
        : client(batch.client), first_number(batch.first_number)
    {
    }
    BatchIdentity() = default;
    auto operator<=>(BatchIdentity const&) const = default;
};

// Is one a copy of the other, whatever compaction has taken from either?
bool same_batch(RecordBatch const& a, RecordBatch const& b);

struct Entry {
    Offset base;  // Beside the reference, so that a search stays in one array.
    Offset end;
    BatchRef batch;
    Moment appended;
};

struct Cut {
    BrokerId broker;
    BatchRef batch;
    Moment appended;
    Moment cut;
    bool by_power_loss{false};  // Else truncated.
};

struct LeaderEra {
    BrokerId broker;
    Epoch epoch;
    Offset log_end;
    Offset high_watermark;
    Moment begun;
    bool unclean{false};
};

struct Mirror {
    BrokerId broker;
    std::vector<Entry> log;
    Offset end{0};
    // After the last time it was read back from the disk: below this it was as before.
    Offset kept{0};
};

struct PartitionLedger {
    std::vector<Mirror> mirrors;  // By broker id.
    std::vector<LeaderEra> eras;  // In order.
    std::vector<Cut> cuts;
    // The controller elected from outside the ISR in that epoch; the leader has yet to say so.
    bool unclean_pending{false};
    Epoch unclean_epoch;
    bool unclean_ever{false};
    bool compacted{false};  // Some replica was: offsets have gaps.

    Mirror& mirror(BrokerId broker);
    // Has anybody led in a later epoch? Then one of this epoch only hears late of it.
    bool led_later(Epoch epoch) const;
    // The batch that holds the offset in a mirror; null when it does not.
    static Entry const* find(Mirror const& mirror, Offset offset);
};

class Ledger {
public:
    void see(Fact const& fact);
    PartitionLedger& of(TopicPartition partition) { return partitions_[partition]; }

    // The life of the record at `index` of a batch that was acknowledged and is not there any more:
    // one line a fact, with its moment.
    void tell_life(RecordBatch const& batch, TopicPartition partition, Moment acknowledged,
                   std::int16_t acks, Names const& names, Violation& violation);

private:
    void cut(TopicPartition partition, BrokerId broker, Offset to, Moment at);
    void recover(LogRecovered const& recovered, Moment at);
    void compact(LogCompacted const& compacted);

    ByPartition<PartitionLedger> partitions_;
};

}  // namespace odradek::kafka::check
