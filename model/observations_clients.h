// What producers, readers and admins do, as facts (observations.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// The producer gave the batch's records to a partition: send() was called for each. Said once a
// batch, when it is first sent (its content is final then).
struct RecordsSent {
    std::uint32_t client{0};
    TopicPartition partition;
    BatchRef batch;
};
DESCRIBE(RecordsSent, client, partition, batch)

// The producer's callbacks said success. `base_offset` may be unknown (-1: acks=0 or a duplicate).
struct RecordsAcknowledged {
    std::uint32_t client{0};
    TopicPartition partition;
    BatchRef batch;
    Offset base_offset{no_offset};
    std::int16_t acks{-1};
};
DESCRIBE(RecordsAcknowledged, client, partition, batch, base_offset, acks)

// The producer's callbacks said failure. Definite: the broker answered that it did not keep them,
// or they were never sent; otherwise nobody knows (Jepsen's info, not fail).
struct RecordsFailed {
    std::uint32_t client{0};
    TopicPartition partition;
    BatchRef batch;
    Error error{Error::none};
    bool definite{false};
};
DESCRIBE(RecordsFailed, client, partition, batch, error, definite)

// A produce request's partition came back with an error (it may be retried).
struct ProduceError {
    std::uint32_t client{0};
    TopicPartition partition;
    Error error{Error::none};
};
DESCRIBE(ProduceError, client, partition, error)

// A poll returned these batches of one partition; of them, records from `from` on and before `to`
// were given out (max.poll.records may cut a batch in two).
struct RecordsConsumed {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset from;
    Offset high_watermark;  // The broker's, as the answer said: what was visible then.
    std::vector<BatchRef> batches;
    Offset to;
    BrokerId broker{no_broker};  // Who served them: a follower, maybe (KIP-392).
    bool read_committed{false};  // Then `batches` has nothing that was aborted, as far as is known.
};
DESCRIBE(RecordsConsumed, client, partition, from, high_watermark, batches, to, broker,
         read_committed)

// An operator asks for the deletion of everything before `offset`; -1: of all that is committed.
struct DeletionAsked {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset offset;
};
DESCRIBE(DeletionAsked, client, partition, offset)

// ... and was told that every live replica starts at `low_watermark` or later.
struct RecordsDeleted {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset low_watermark;
};
DESCRIBE(RecordsDeleted, client, partition, low_watermark)

// The position was set by auto.offset.reset.
struct OffsetReset {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset to;
    std::string reason;
};
DESCRIBE(OffsetReset, client, partition, to, reason)

struct MetadataRefreshed {
    std::uint32_t client{0};
};
DESCRIBE(MetadataRefreshed, client)

struct ProducerIdAllocated {
    std::uint32_t client{0};
    ProducerId producer_id;
    std::int16_t producer_epoch{0};
};
DESCRIBE(ProducerIdAllocated, client, producer_id, producer_epoch)

// The client has nothing left to do: all records are settled, or the reader is stopped.
struct ClientFinished {
    std::uint32_t client{0};
};
DESCRIBE(ClientFinished, client)

}  // namespace odradek::kafka
