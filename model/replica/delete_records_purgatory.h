// DeleteRecords requests that wait for live replicas to start where they were told to. There are
// few of them, and mostly none. Source: kafka.server.DelayedDeleteRecords.
#pragma once

#include <cstdint>
#include <vector>

#include "model/messages/delete_records.h"
#include "model/out.h"
#include "model/replica/waiting.h"

namespace odradek::kafka {

// One partition of a request whose leader has done its part, or refused.
struct DeleteRecordsStatus {
    DeleteRecordsPartitionResponse response;
    Offset required{no_offset};  // Decided when the low watermark is here.
    bool waiting{false};
};

class DeleteRecordsPurgatory {
public:
    // How a partition stands for which one waits.
    struct Standing {
        bool done{false};
        Error error{Error::none};
        Offset low_watermark{no_offset};
    };

    bool empty() const { return waiting_.size() == 0; }
    std::size_t size() const { return waiting_.size(); }
    // `statuses`: at least one is waiting. Answers REQUEST_TIMED_OUT for what still waits at
    // `deadline`.
    void add(Env const& env, RequestId request, Instant deadline,
             std::vector<DeleteRecordsStatus> statuses, Out& out);
    // The low or high watermark of that partition has moved: each request that has it is looked at,
    // with all its partitions. `standing_of(DeleteRecordsStatus const&)` tells of each. Kafka does
    // not look when a leader is one no more; such a request waits until it is told that its time is
    // over.
    template <class StandingOf>
    void check(TopicPartition partition, StandingOf&& standing_of, Out& out)
    {
        for (std::size_t i = 0; i < order_.size();) {
            std::vector<DeleteRecordsStatus>& statuses = waiting_[order_[i]].statuses;
            if (has(statuses, partition))
                for (DeleteRecordsStatus& status : statuses)
                    settle(status, standing_of);
            if (is_waiting(statuses))
                ++i;
            else
                answer(i, out);
        }
    }
    void on_timer(Env const& env, Out& out);

private:
    struct Delayed {
        RequestId request;
        std::vector<DeleteRecordsStatus> statuses;
    };
    static bool has(std::vector<DeleteRecordsStatus> const& statuses, TopicPartition partition);
    static bool is_waiting(std::vector<DeleteRecordsStatus> const& statuses);
    template <class StandingOf>
    static void settle(DeleteRecordsStatus& status, StandingOf&& standing_of)
    {
        if (!status.waiting)
            return;
        Standing const standing = standing_of(status);
        if (!standing.done && standing.error == Error::none)
            return;
        status.waiting = false;
        status.response.error = standing.error;
        status.response.low_watermark = standing.low_watermark;
    }
    void answer(std::size_t index, Out& out);

    Slab<Delayed> waiting_;
    std::vector<WaitId> order_;  // Those that wait, the oldest first.
    Deadlines deadlines_{TimerKind::delayed_delete_records};
};

}  // namespace odradek::kafka
