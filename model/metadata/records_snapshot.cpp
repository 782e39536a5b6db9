#include "model/metadata/records_snapshot.h"

#include "model/metadata/records_bytes.h"

namespace odradek::kafka {

namespace {

// The records of one control batch.
class ControlRecords final : public BatchContents {
public:
    explicit ControlRecords(std::vector<KeyAndValue> records) : records_(std::move(records)) {}
    std::uint64_t size() const override
    {
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < records_.size(); ++i)
            bytes += record_bytes_of(records_[i], static_cast<std::int32_t>(i));
        return bytes;
    }
    std::string text() const override { return "control records\n"; }
    KeyAndValue record(std::int32_t place) const override
    {
        return records_[static_cast<std::size_t>(place)];
    }

private:
    std::vector<KeyAndValue> records_;
};

BatchRef control_batch(std::vector<KeyAndValue> records, Offset base, Epoch epoch,
                       sim::Instant timestamp)
{
    RecordBatch batch;
    batch.base_offset = base;
    batch.leader_epoch = epoch;
    batch.record_count = static_cast<std::int32_t>(records.size());
    batch.control = true;
    batch.base_timestamp = timestamp;
    batch.max_timestamp = timestamp;
    batch.contents = sim::Ref<BatchContents>(new ControlRecords(std::move(records)));
    batch.size_bytes = static_cast<std::uint32_t>(batch_header_bytes + batch.contents->size());
    return sim::share<RecordBatch>(batch);
}

// RecordsSnapshotWriter: the header, and with kraft.version 1 that version and the voters, are one
// batch; the footer is another, behind what the owner of the log has written.
BatchRef first_batch(MetadataSnapshot const& snapshot)
{
    std::vector<KeyAndValue> records{snapshot_header(snapshot.last_contained_timestamp)};
    if (snapshot.kraft_version > 0)
        records.push_back(bytes_of(KRaftVersionRecord{snapshot.kraft_version}));
    if (snapshot.voters)
        records.push_back(bytes_of(VotersRecord{*snapshot.voters}));
    return control_batch(std::move(records), Offset{0}, snapshot.id.epoch,
                         snapshot.last_contained_timestamp);
}

BatchRef last_batch(MetadataSnapshot const& snapshot, Offset base)
{
    return control_batch({snapshot_footer()}, base, snapshot.id.epoch,
                         snapshot.last_contained_timestamp);
}

}  // namespace

std::uint64_t MetadataSnapshot::size() const
{
    return first_batch(*this)->size_bytes + (contents ? contents->size() : 0) +
           last_batch(*this, {})->size_bytes;
}

void MetadataSnapshot::write_to(std::string& bytes) const
{
    BatchRef const first = first_batch(*this);
    first->write_to(bytes);
    Offset end = first->end_offset();
    if (contents)
        end = contents->write_snapshot(end, id.epoch, last_contained_timestamp, bytes);
    last_batch(*this, end)->write_to(bytes);
}

}  // namespace odradek::kafka
