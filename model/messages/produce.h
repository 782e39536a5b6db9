// Produce (API key 0). Record batches for partitions this broker leads. With acks=0 there is no
// response. The leader answers with the current leader it knows of when it is not it (KIP-951).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/messages/tagged.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// Where the leader is, for a client that asked the wrong broker (KIP-951).
struct LeaderHint {
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};

    bool operator==(LeaderHint const&) const = default;
};
DESCRIBE(LeaderHint, leader, leader_epoch)

struct ProducePartitionResponse {
    TopicPartition partition;
    Error error{Error::none};
    Offset base_offset{no_offset};  // Of the batch in the log; -1 on error.
    Offset log_start_offset{no_offset};
    std::optional<LeaderHint> current_leader;

    bool operator==(ProducePartitionResponse const&) const = default;
};
DESCRIBE(ProducePartitionResponse, partition, error, base_offset, log_start_offset, current_leader)

struct ProduceResponse {
    std::vector<ProducePartitionResponse> partitions;

    bool operator==(ProduceResponse const&) const = default;
};
DESCRIBE(ProduceResponse, partitions)

struct ProducePartition {
    TopicPartition partition;
    BatchRef batch;

    bool operator==(ProducePartition const&) const = default;
};
DESCRIBE(ProducePartition, partition, batch)

struct ProduceRequest {
    using Response = ProduceResponse;
    static constexpr int api_key = 0;

    std::int16_t acks{-1};                  // 0, 1 or -1 (all in-sync replicas).
    sim::Duration timeout{30'000'000'000};  // How long acks=all may wait.
    std::vector<ProducePartition> partitions;
    Tagged<std::string> transactional_id{};  // Of batches that are transactional.
    // v12 (transaction.version 2): the server adds the partitions to the transaction.
    Tagged<bool> adds_partitions{};

    bool operator==(ProduceRequest const&) const = default;
};
DESCRIBE(ProduceRequest, acks, timeout, partitions, transactional_id, adds_partitions)

}  // namespace odradek::kafka
