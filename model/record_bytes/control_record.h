// Control records: markers of transactions (KIP-98), and what the quorum of the metadata log says
// to itself (KIP-595, KIP-630, KIP-853). Their key is a version and a type. Source:
// org.apache.kafka.common.record.ControlRecordType, ControlRecordUtils, EndTransactionMarker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace odradek::kafka {

enum class ControlType : std::int16_t {
    abort = 0,
    commit = 1,
    leader_change = 2,
    snapshot_header = 3,
    snapshot_footer = 4,
    kraft_version = 5,
    kraft_voters = 6,
};
char const* to_string(ControlType type);  // Kafka's words, COMMIT.

std::string control_key(ControlType type);
// Nothing: too short, or of a type that nobody knows.
std::optional<ControlType> control_type_of(std::string_view key);

// The end of a transaction in a partition. A batch of it has one record.
class EndTransactionMarker final : public BatchContents {
public:
    EndTransactionMarker(bool committed, std::int32_t coordinator_epoch)
        : committed_(committed), coordinator_epoch_(coordinator_epoch)
    {
    }
    bool committed() const { return committed_; }
    std::int32_t coordinator_epoch() const { return coordinator_epoch_; }

    std::uint64_t size() const override;
    std::string text() const override;
    KeyAndValue record(std::int32_t place) const override;

private:
    bool committed_;
    std::int32_t coordinator_epoch_;
};

// What that batch ends; null: it is no marker.
EndTransactionMarker const* end_marker_of(RecordBatch const& batch);

// A marker as the transaction coordinator has it written: a control batch that is transactional,
// without sequence. The leader stamps it.
sim::Ref<RecordBatch> make_end_transaction_batch(ProducerId producer, std::int16_t producer_epoch,
                                                 bool committed, std::int32_t coordinator_epoch,
                                                 sim::Instant timestamp);

}  // namespace odradek::kafka
