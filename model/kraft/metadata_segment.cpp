#include "model/kraft/metadata_segment.h"

#include <fmt/format.h>

namespace odradek::kafka {

namespace {

// index.interval.bytes, which nobody sets for the metadata log.
constexpr std::uint64_t index_interval = 4096;

}  // namespace

std::string MetadataSegment::path(std::string_view folder, Offset base, std::string_view kind)
{
    return fmt::format("{}{:020}{}", folder, base.value, kind);
}

MetadataSegment::MetadataSegment(Env const& env, std::string_view folder, Offset base)
    : base_(base), file_(env.open(path(folder, base, ".log"))), created_(env.wall)
{
}

void MetadataSegment::begin(Env const& env, std::string_view folder, Out& out)
{
    for (std::string_view const kind : {".index", ".timeindex"}) {
        sim::FileId const file = env.open(path(folder, base_, kind));
        out.create(file);
        if (env.disk->size(file) != 0)
            out.truncate(file, 0);
    }
}

void MetadataSegment::append(Env const& env, std::string_view folder, BatchRef const& batch,
                             Out& out)
{
    std::uint64_t const position = bytes_;
    adopt(*batch);
    out.append(file_, batch);
    index(env, folder, *batch, position, out);
}

void MetadataSegment::adopt(RecordBatch const& batch)
{
    if (extents_ == 0)
        created_ = batch.base_timestamp;
    ++extents_;
    bytes_ += batch.size_bytes;
}

void MetadataSegment::drop_last(RecordBatch const& batch)
{
    --extents_;
    bytes_ -= batch.size_bytes;
}

void MetadataSegment::cut(Env const& env, std::string_view folder, Offset end, Out& out)
{
    out.truncate(file_, extents_);
    offsets_.truncate_to(base_, end, out);
    times_.truncate_to(base_, end, out);
    offsets_.write(env, path(folder, base_, ".index"), out);
    times_.write(env, path(folder, base_, ".timeindex"), out);
    since_entry_ = 0;
    latest_ms_ = times_.entries().empty() ? -1 : times_.entries().back().timestamp_ms;
    at_latest_ = times_.entries().empty()
                     ? base_
                     : base_ + std::int64_t{times_.entries().back().relative_offset};
}

void MetadataSegment::begin_indexes(Env const& env, std::string_view folder, Out& out)
{
    // What an earlier life has left counts for nothing.
    begin(env, folder, out);
    offsets_ = {};
    times_ = {};
    since_entry_ = 0;
    latest_ms_ = -1;
}

void MetadataSegment::index(Env const& env, std::string_view folder, RecordBatch const& batch,
                            std::uint64_t position, Out& out)
{
    if (std::int64_t const ms = batch.max_timestamp.ns / 1'000'000; ms > latest_ms_) {
        latest_ms_ = ms;
        at_latest_ = batch.last_offset();
    }
    if (since_entry_ > index_interval) {
        std::string const index = path(folder, base_, ".index");
        offsets_.push(
            env, [&] { return index; },
            {static_cast<std::uint32_t>(batch.last_offset().value - base_.value),
             static_cast<std::uint32_t>(position)},
            out);
        offsets_.write(env, index, out);
        index_time(env, folder, out);
        since_entry_ = 0;
    }
    since_entry_ += batch.size_bytes;
}

void MetadataSegment::index_time(Env const& env, std::string_view folder, Out& out)
{
    auto const& known = times_.entries();
    if (latest_ms_ < 0 || (!known.empty() && latest_ms_ <= known.back().timestamp_ms))
        return;
    std::string const index = path(folder, base_, ".timeindex");
    times_.push(
        env, [&] { return index; },
        {latest_ms_, static_cast<std::uint32_t>(at_latest_.value - base_.value)}, out);
    times_.write(env, index, out);
}

void MetadataSegment::close(Env const& env, std::string_view folder, Out& out)
{
    index_time(env, folder, out);
    out.flush(file_);
    offsets_.flush(env, path(folder, base_, ".index"), out);
    times_.flush(env, path(folder, base_, ".timeindex"), out);
}

void MetadataSegment::remove(Env const& env, std::string_view folder, Out& out) const
{
    out.remove(file_);
    for (std::string_view const kind : {".index", ".timeindex", ".snapshot"})
        if (auto const file = env.disk->find(path(folder, base_, kind)))
            out.remove(*file);
}

}  // namespace odradek::kafka
