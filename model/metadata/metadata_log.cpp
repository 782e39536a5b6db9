#include "model/metadata/metadata_log.h"

#include <algorithm>

#include "sim/ensure.h"

namespace odradek::kafka {

std::size_t MetadataLog::recover(Env const& env, std::string const& directory, Out& out)
{
    file_ = env.open(directory + metadata_log_path);
    batches_.clear();
    std::vector<sim::Extent> const& extents = env.read(file_);
    for (sim::Extent const& extent : extents) {
        if (extent.torn())
            break;
        BatchRef batch(static_cast<RecordBatch const*>(extent.blob.get()));
        if (batch->base_offset != end_offset() || batch->leader_epoch < last_epoch())
            break;
        batches_.push_back(std::move(batch));
    }
    std::size_t const dropped = extents.size() - batches_.size();
    if (dropped != 0) {
        out.note("the metadata log ends at {}, {} torn or loose batches behind it are cut off",
                 end_offset().value, dropped);
        out.truncate(file_, batches_.size());
    }
    return dropped;
}

void MetadataLog::append(BatchRef batch, Out& out)
{
    ENSURE(batch->base_offset == end_offset(), "the metadata log has no gaps");
    ENSURE(batch->leader_epoch >= last_epoch(), "epochs of the metadata log do not go back");
    out.append(file_, batch);
    batches_.push_back(std::move(batch));
}

void MetadataLog::truncate_to(Offset end, Out& out)
{
    while (!batches_.empty() && batches_.back()->end_offset() > end)
        batches_.pop_back();
    out.truncate(file_, batches_.size());
}

std::size_t MetadataLog::find(Offset offset) const
{
    auto const at = std::lower_bound(
        batches_.begin(), batches_.end(), offset,
        [](BatchRef const& batch, Offset wanted) { return batch->end_offset() <= wanted; });
    return static_cast<std::size_t>(at - batches_.begin());
}

std::vector<BatchRef> MetadataLog::read(Offset from, Offset end, std::uint64_t max_bytes) const
{
    std::vector<BatchRef> found;
    std::uint64_t bytes = 0;
    for (std::size_t i = find(from); i < batches_.size() && batches_[i]->end_offset() <= end; ++i) {
        bytes += batches_[i]->size_bytes;
        if (!found.empty() && bytes > max_bytes)
            break;
        found.push_back(batches_[i]);
    }
    return found;
}

EpochAndOffset MetadataLog::end_of(Epoch epoch) const
{
    auto const at = std::upper_bound(
        batches_.begin(), batches_.end(), epoch,
        [](Epoch wanted, BatchRef const& batch) { return wanted < batch->leader_epoch; });
    if (at == batches_.begin())
        return {Epoch{0}, Offset{0}};
    BatchRef const& last = *(at - 1);
    return {last->leader_epoch, last->end_offset()};
}

std::string QuorumState::text() const
{
    return fmt::format(R"({{"leaderId":{},"leaderEpoch":{},"votedId":{},"appliedOffset":0,)"
                       R"("currentVoters":[],"data_version":0}})",
                       leader_id.value, leader_epoch.value, voted_id.value);
}

std::uint64_t QuorumState::size() const { return text().size(); }

void QuorumState::write_to(std::string& bytes) const { bytes += text(); }

}  // namespace odradek::kafka
