// What a coordinator tells its clients when what it has decided could not be appended to its log.
// Source: TransactionStateManager.appendTransactionToLog, CoordinatorOperationExceptionHelper,
// GroupMetadataManager.appendGroupMetadataErrorToResponseError.
#pragma once

#include "model/errors.h"

namespace odradek::kafka {

inline Error coordinator_error(Error append)
{
    switch (append) {
    case Error::unknown_topic_or_partition:
    case Error::not_enough_replicas:
    case Error::not_enough_replicas_after_append:
    case Error::request_timed_out:
        return Error::coordinator_not_available;
    case Error::not_leader_or_follower:
    case Error::kafka_storage_error:
        return Error::not_coordinator;
    case Error::message_too_large:
    case Error::record_list_too_large:
        return Error::unknown_server_error;
    default:
        return append;
    }
}

}  // namespace odradek::kafka
