// The fetching side of an incremental fetch session with one broker (KIP-227): what the broker has
// been told of each partition, so that a request names only what is new, and which epoch of the
// session comes next. Costs nothing for partitions that stay as they are.
// Source: org.apache.kafka.clients.FetchSessionHandler, FetchMetadata.
#pragma once

#include <cstdint>
#include <vector>

#include "model/messages/fetch.h"
#include "model/types.h"

namespace odradek::kafka {

class FetchSessionHandler {
public:
    // The next request names all partitions: there is no session yet, or not any more.
    bool full() const { return epoch_ == initial_session_epoch; }
    // Begins a request; ask() and forget() fill it.
    void begin(FetchRequest& request);
    // Wants this of a partition: named if the request is full, the partition is new to the session,
    // or something else was asked before.
    void ask(FetchRequest& request, FetchPartition const& wanted);
    // Wants nothing of it any more.
    void forget(FetchRequest& request, TopicPartition partition);
    // What was asked of a partition when it was last named; null when it is not in the session.
    FetchPartition const* asked(TopicPartition partition) const;
    // Partitions in the session.
    std::size_t size() const { return asked_.size(); }

    // The answer to the last request. False when it is of no use: the session is gone at the broker
    // or at another epoch, and the next request will be full.
    bool on_response(FetchResponse const& response);
    // There is no answer, and nobody knows whether the broker took the request: the next one is
    // full and ends the session.
    void on_lost();

    std::int32_t session() const { return session_; }
    std::int32_t next_epoch() const { return epoch_; }

private:
    std::vector<FetchPartition>::iterator place_of(TopicPartition partition);

    std::int32_t session_{no_fetch_session};
    std::int32_t epoch_{initial_session_epoch};  // Of the next request.
    std::vector<FetchPartition> asked_;          // By partition.
    std::uint64_t content_{0};                   // Sum of their fingerprints.
};

}  // namespace odradek::kafka
