#include "model/kraft/replicated_log.h"

#include <algorithm>
#include <charconv>

#include "model/log/checkpoint.h"
#include "model/log/producer_snapshot.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// partition.metadata of the metadata log; its topic id is the same everywhere
// (Uuid.METADATA_TOPIC_ID).
class MetadataPartitionFile final : public TextFile {
public:
    std::string text() const override { return "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n"; }
};

constexpr std::string_view folder = "__cluster_metadata-0/";

// The number at the beginning of a file's name, when the name ends so.
std::optional<std::int64_t> base_of(std::string_view name, std::string_view suffix)
{
    if (!name.ends_with(suffix))
        return std::nullopt;
    std::int64_t base = 0;
    auto const [end, error] = std::from_chars(name.data(), name.data() + name.size(), base);
    return error == std::errc{} ? std::optional(base) : std::nullopt;
}

EpochAndOffset key_of(SnapshotRef const& snapshot) { return snapshot->id; }

bool is_before(SnapshotRef const& a, EpochAndOffset b)
{
    return key_of(a).end_offset < b.end_offset ||
           (key_of(a).end_offset == b.end_offset && key_of(a).epoch < b.epoch);
}

}  // namespace

ReplicatedLog::ReplicatedLog(RaftConfig const& config)
    : prefix_(config.directory + std::string(folder)),
      segment_bytes_(config.segment_bytes),
      segment_age_(config.segment_age),
      retention_bytes_(config.retention_bytes),
      retention_age_(config.retention_age)
{
}

std::string ReplicatedLog::path_of(EpochAndOffset snapshot) const
{
    return fmt::format("{}{:020}-{:010}.checkpoint", prefix_, snapshot.end_offset.value,
                       snapshot.epoch.value);
}

std::string ReplicatedLog::recover(Env const& env, Out& out)
{
    std::vector<std::pair<Offset, sim::FileId>> files;
    for (std::uint32_t number = 0; number < env.disk->file_count(); ++number) {
        sim::FileId const file{number};
        std::string const& path = env.disk->path(file);
        if (!env.disk->exists(file) || !path.starts_with(prefix_))
            continue;
        std::string_view const name = std::string_view(path).substr(prefix_.size());
        std::vector<sim::Extent> const& extents = env.read(file);
        if (std::optional<std::int64_t> const base = base_of(name, ".log"))
            files.emplace_back(Offset{*base}, file);
        else if (base_of(name, ".checkpoint")) {
            if (extents.empty() || extents.back().torn()) {
                out.note("snapshot {} is not whole, and counts for nothing", name);
                out.remove(file);
            } else
                snapshots_.push_back(
                    SnapshotRef(static_cast<MetadataSnapshot const*>(extents.back().blob.get())));
        }
    }
    std::sort(files.begin(), files.end());
    std::sort(snapshots_.begin(), snapshots_.end(),
              [](SnapshotRef const& a, SnapshotRef const& b) { return is_before(a, b->id); });
    // Files that were deleted may be there again after a loss of power. Before a gap, or before a
    // snapshot of a later epoch, lies what a snapshot had replaced.
    auto const is_replaced_before = [&](Offset base) {
        return std::any_of(snapshots_.begin(), snapshots_.end(), [&](SnapshotRef const& s) {
            return (base > end_offset() && s->id.end_offset >= base) ||
                   (s->id.end_offset == base && !batches_.empty() &&
                    s->id.epoch > batches_.back()->leader_epoch);
        });
    };
    bool broken = false;
    for (auto const& [base, file] : files) {
        if (!segments_.empty() && base != end_offset() && is_replaced_before(base)) {
            for (MetadataSegment const& old : segments_)
                old.remove(env, prefix_, out);
            segments_.clear();
            batches_.clear();
            bytes_ = 0;
            broken = false;
        } else if (!segments_.empty() && (broken || base != end_offset())) {
            out.note("segment {} does not follow the log that ends at {}, and is deleted",
                     base.value, end_offset().value);
            MetadataSegment(env, prefix_, base).remove(env, prefix_, out);
            continue;
        }
        if (segments_.empty())
            start_ = base;
        MetadataSegment segment(env, prefix_, base);
        std::vector<sim::Extent> const& extents = env.read(file);
        for (sim::Extent const& extent : extents) {
            if (extent.torn())
                break;
            BatchRef batch(static_cast<RecordBatch const*>(extent.blob.get()));
            if (batch->base_offset != end_offset() ||
                (!batches_.empty() && batch->leader_epoch < batches_.back()->leader_epoch))
                break;
            segment.adopt(*batch);
            bytes_ += batch->size_bytes;
            batches_.push_back(std::move(batch));
        }
        if (segment.extents() != extents.size()) {
            broken = true;
            out.note("the metadata log ends at {}, {} torn or loose batches behind it are cut off",
                     end_offset().value, extents.size() - segment.extents());
            out.truncate(file, segment.extents());
        }
        segments_.push_back(std::move(segment));
    }
    if (segments_.empty()) {
        start_ = Offset{0};
        roll(env, start_, out);
    }
    while (!snapshots_.empty() && snapshots_.front()->id.end_offset < start_) {
        out.remove(env.open(path_of(snapshots_.front()->id)));
        snapshots_.erase(snapshots_.begin());
    }
    if (start_ > Offset{0} && snapshots_.empty())
        return fmt::format("the metadata log begins at {}, and there is no snapshot of what is "
                           "before",
                           start_.value);
    recover_files(env, out);
    // It had come as a whole, but the log was not cut yet.
    truncate_to_latest_snapshot(env, out);
    return {};
}

void ReplicatedLog::recover_files(Env const& env, Out& out)
{
    sim::FileId const owner = env.open(prefix_ + "partition.metadata");
    if (env.disk->size(owner) == 0)
        out.replace(owner, sim::share<MetadataPartitionFile>());
    auto const* written =
        whole_file<LeaderEpochCheckpoint>(env.read(env.open(prefix_ + "leader-epoch-checkpoint")));
    auto batch = batches_.begin();
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        segments_[i].begin_indexes(env, prefix_, out);
        std::uint64_t position = 0;
        for (; batch != batches_.end() &&
               (i + 1 == segments_.size() || (*batch)->base_offset < segments_[i + 1].base());
             ++batch) {
            segments_[i].index(env, prefix_, **batch, position, out);
            position += (*batch)->size_bytes;
            if ((*batch)->leader_epoch > epochs_.latest_epoch().value_or(no_epoch))
                epochs_.assign((*batch)->leader_epoch, (*batch)->base_offset);
        }
        segments_[i].index_time(env, prefix_, out);
    }
    if (written == nullptr ? !epochs_.entries().empty() : written->entries != epochs_.entries())
        write_epochs(env, out);
}

void ReplicatedLog::write_epochs(Env const& env, Out& out) const
{
    out.replace(env.open(prefix_ + "leader-epoch-checkpoint"),
                sim::share<LeaderEpochCheckpoint>(epochs_.entries()));
}

Epoch ReplicatedLog::last_epoch() const
{
    if (!batches_.empty())
        return batches_.back()->leader_epoch;
    return snapshots_.empty() ? Epoch{0} : snapshots_.back()->id.epoch;
}

SnapshotRef ReplicatedLog::find_snapshot(EpochAndOffset id) const
{
    for (SnapshotRef const& snapshot : snapshots_)
        if (snapshot->id == id)
            return snapshot;
    return {};
}

bool ReplicatedLog::owns(sim::FileId file) const
{
    return std::any_of(segments_.begin(), segments_.end(),
                       [&](MetadataSegment const& one) { return one.file() == file; });
}

EpochAndOffset ReplicatedLog::end_of(Epoch epoch) const
{
    auto const at =
        std::upper_bound(batches_.begin(), batches_.end(), epoch,
                         [](Epoch e, BatchRef const& batch) { return e < batch->leader_epoch; });
    if (at == batches_.end())
        return end();
    Offset const begins = (*at)->base_offset;
    if (at != batches_.begin())
        return {(*(at - 1))->leader_epoch, begins};
    // It is older than all that is here: where the log begins is what the oldest snapshot ends
    // with.
    if (!snapshots_.empty() && snapshots_.front()->id.end_offset == begins)
        return snapshots_.front()->id;
    return {epoch, begins};
}

ReplicatedLog::Validity ReplicatedLog::validate(Offset offset, Epoch epoch) const
{
    if (start_ == Offset{0} && offset == Offset{0})
        return {Validity::Kind::valid, {Epoch{0}, Offset{0}}};
    if (!snapshots_.empty()) {
        EpochAndOffset const oldest = snapshots_.front()->id;
        if (offset < start_ || (offset == start_ && epoch != oldest.epoch) || epoch < oldest.epoch)
            return {Validity::Kind::snapshot, snapshots_.back()->id};
    }
    EpochAndOffset const own = end_of(epoch);
    if (own.epoch != epoch || own.end_offset < offset)
        return {Validity::Kind::diverging, own};
    return {Validity::Kind::valid, {epoch, offset}};
}

std::size_t ReplicatedLog::index_of(Offset offset) const
{
    auto const at = std::lower_bound(
        batches_.begin(), batches_.end(), offset,
        [](BatchRef const& batch, Offset wanted) { return batch->end_offset() <= wanted; });
    return static_cast<std::size_t>(at - batches_.begin());
}

void ReplicatedLog::read(Offset from, std::uint64_t max_bytes, std::vector<BatchRef>& into) const
{
    std::uint64_t bytes = 0;
    for (std::size_t i = index_of(from); i < batches_.size(); ++i) {
        bytes += batches_[i]->size_bytes;
        if (!into.empty() && bytes > max_bytes)
            return;
        into.push_back(batches_[i]);
    }
}

BatchRef ReplicatedLog::batch_at(Offset offset) const
{
    std::size_t const at = index_of(offset);
    return at < batches_.size() && batches_[at]->base_offset == offset ? batches_[at] : BatchRef{};
}

void ReplicatedLog::append(Env const& env, BatchRef batch, Out& out)
{
    ENSURE(batch->base_offset == end_offset(), "the metadata log has no gaps");
    ENSURE(batches_.empty() || batch->leader_epoch >= batches_.back()->leader_epoch,
           "epochs of the metadata log do not go back");
    if (batch->leader_epoch > epochs_.latest_epoch().value_or(no_epoch)) {
        epochs_.assign(batch->leader_epoch, batch->base_offset);
        write_epochs(env, out);
    }
    MetadataSegment& active = segments_.back();
    if (active.extents() != 0 && (active.bytes() + batch->size_bytes > segment_bytes_ ||
                                  batch->max_timestamp - active.created() > segment_age_)) {
        active.close(env, prefix_, out);
        roll(env, batch->base_offset, out);
    }
    bytes_ += batch->size_bytes;
    segments_.back().append(env, prefix_, batch, out);
    batches_.push_back(std::move(batch));
}

void ReplicatedLog::roll(Env const& env, Offset base, Out& out)
{
    segments_.emplace_back(env, prefix_, base);
    segments_.back().begin(env, prefix_, out);
    if (segments_.size() == 1)
        return;
    sim::FileId const file = env.open(MetadataSegment::path(prefix_, base, ".snapshot"));
    out.create(file);
    out.truncate(file, 0);
    out.append(file, sim::share<ProducerSnapshot>(std::vector<ProducerEntry>{}));
    out.flush(file);
}

Offset ReplicatedLog::truncation_for(EpochAndOffset diverging) const
{
    if (diverging.epoch == Epoch{0})
        return std::min(diverging.end_offset, end_offset());
    EpochAndOffset const own = end_of(diverging.epoch);
    return own.epoch == diverging.epoch ? std::min(own.end_offset, diverging.end_offset)
                                        : own.end_offset;
}

void ReplicatedLog::truncate_to(Env const& env, Offset end, Out& out)
{
    while (!batches_.empty() && batches_.back()->end_offset() > end) {
        while (segments_.back().extents() == 0 && segments_.size() > 1) {
            segments_.back().remove(env, prefix_, out);
            segments_.pop_back();
        }
        segments_.back().drop_last(*batches_.back());
        bytes_ -= batches_.back()->size_bytes;
        batches_.pop_back();
    }
    segments_.back().cut(env, prefix_, end, out);
    if (epochs_.truncate_from_end(end))
        write_epochs(env, out);
}

void ReplicatedLog::add_snapshot(Env const& env, SnapshotRef snapshot, bool fsync, Out& out)
{
    sim::FileId const file = env.open(path_of(snapshot->id));
    if (fsync)
        out.replace(file, snapshot);
    else
        out.append(file, snapshot);
    auto const at =
        std::lower_bound(snapshots_.begin(), snapshots_.end(), snapshot->id,
                         [](SnapshotRef const& s, EpochAndOffset id) { return is_before(s, id); });
    snapshots_.insert(at, std::move(snapshot));
}

bool ReplicatedLog::truncate_to_latest_snapshot(Env const& env, Out& out)
{
    if (snapshots_.empty())
        return false;
    EpochAndOffset const latest = snapshots_.back()->id;
    Epoch const last = batches_.empty() ? Epoch{0} : batches_.back()->leader_epoch;
    bool const reaches_behind =
        latest.epoch > last || (latest.epoch == last && latest.end_offset > end_offset());
    if (!reaches_behind || (batches_.empty() && start_ == latest.end_offset))
        return false;
    for (MetadataSegment const& segment : segments_)
        segment.remove(env, prefix_, out);
    segments_.clear();
    batches_.clear();
    bytes_ = 0;
    start_ = latest.end_offset;
    roll(env, start_, out);
    epochs_.clear();
    write_epochs(env, out);
    while (snapshots_.size() > 1) {
        out.remove(env.open(path_of(snapshots_.front()->id)));
        snapshots_.erase(snapshots_.begin());
    }
    return true;
}

bool ReplicatedLog::clean(Env const& env, Out& out)
{
    Offset const before = start_;
    std::uint64_t snapshot_bytes = 0;
    for (SnapshotRef const& snapshot : snapshots_)
        snapshot_bytes += snapshot->size();
    while (snapshots_.size() >= 2) {
        MetadataSnapshot const& oldest = *snapshots_.front();
        bool const too_much =
            retention_bytes_ >= 0 &&
            bytes_ + snapshot_bytes > static_cast<std::uint64_t>(retention_bytes_);
        bool const too_old =
            retention_age_.ns >= 0 && env.wall - oldest.last_contained_timestamp > retention_age_;
        if (!too_much && !too_old)
            break;
        snapshot_bytes -= oldest.size();
        delete_before(env, snapshots_[1]->id, out);
    }
    return start_ != before;
}

// The log begins where this snapshot ends; whole segments before are deleted.
void ReplicatedLog::delete_before(Env const& env, EpochAndOffset snapshot, Out& out)
{
    while (is_before(snapshots_.front(), snapshot)) {
        out.remove(env.open(path_of(snapshots_.front()->id)));
        snapshots_.erase(snapshots_.begin());
    }
    if (snapshot.end_offset <= start_)
        return;
    start_ = snapshot.end_offset;
    batches_.erase(batches_.begin(),
                   batches_.begin() + static_cast<std::ptrdiff_t>(index_of(start_)));
    while (segments_.size() > 1 && segments_[1].base() <= start_) {
        bytes_ -= segments_.front().bytes();
        segments_.front().remove(env, prefix_, out);
        segments_.erase(segments_.begin());
    }
    if (epochs_.truncate_from_start(start_))
        write_epochs(env, out);
}

}  // namespace odradek::kafka
