// A consumer as its part in the group sees it, while handlers run.
#pragma once

#include "model/client/reader.h"

namespace odradek::kafka {

class Reader::Group final : public ConsumerCoordinator::Consumer {
public:
    Group(Reader& reader, Env const& env, Out& out) : reader_(reader), env_(env), out_(out) {}

    std::vector<OffsetCommitPartition> consumed() const override { return reader_.positions(); }
    void assign(std::vector<TopicPartition> const& partitions) override
    {
        reader_.assign(env_, partitions);
    }
    void stop_fetching() override
    {
        for (Partition& partition : reader_.partitions_)
            partition.pending_revocation = true;
    }
    void on_committed(FetchedOffset const& committed) override
    {
        Partition* const mine = reader_.find(committed.partition);
        if (mine == nullptr || !mine->awaits_committed)
            return;
        mine->awaits_committed = false;
        if (committed.offset == no_offset) {
            mine->reset_reason = "nothing is committed";
            return;
        }
        mine->position = committed.offset;
        mine->position_epoch = committed.leader_epoch;
        out_.note("partition {} goes on at {}, which is committed", committed.partition.partition,
                  committed.offset.value);
        out_.observe(PositionFromCommitted{reader_.client_, reader_.group_->group(),
                                           committed.partition, committed.offset});
    }

private:
    Reader& reader_;
    Env const& env_;
    Out& out_;
};

}  // namespace odradek::kafka
