// The records of __transaction_state: a transactional id, and its transaction as it stands. Source:
// kafka.coordinator.transaction.TransactionLog; TransactionLogKey.json, TransactionLogValue.json.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/coordinator/coordinator_record.h"
#include "model/observations.h"

namespace odradek::kafka {

class TransactionLogValue final : public CoordinatorValue {
public:
    // `names`: of the topics of its partitions, as the file has them. `flexible`: with the fields
    // of transaction.version 1 (version 1 of the record).
    TransactionLogValue(TransactionSnapshot snapshot,
                        std::vector<std::pair<TopicId, std::string>> topic_names, bool flexible)
        : is(std::move(snapshot)), names(std::move(topic_names)), flexible_(flexible)
    {
    }
    TransactionSnapshot is;
    std::vector<std::pair<TopicId, std::string>> names;

    std::string bytes() const override;
    std::string text() const override;

private:
    std::string name_of(TopicId topic) const;

    bool flexible_;
};

std::string transaction_log_key(std::string const& transactional_id);
// Null: a tombstone.
TransactionLogValue const* transaction_of(CoordinatorRecord const& record);

}  // namespace odradek::kafka
