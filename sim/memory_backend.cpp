#include "sim/memory_backend.h"

#include "sim/ensure.h"

namespace odradek::sim {

MemoryBackend::Content& MemoryBackend::content(FileName const& file)
{
    ENSURE(exists(file), "a backend is told of files that exist");
    return files_[file.file.value];
}

void MemoryBackend::create(FileName const& file)
{
    ENSURE(!exists(file), "a file is created where there is none");
    if (file.file.value >= files_.size())
        files_.resize(file.file.value + 1);
    files_[file.file.value].exists = true;
}

void MemoryBackend::append(FileName const& file, Extent const& extent)
{
    Content& kept = content(file);
    if (extent.torn())
        kept.torn.push_back({static_cast<std::uint32_t>(kept.blobs.size()), extent.valid});
    kept.size += extent.blob->size();
    kept.blobs.push_back(extent.blob);
}

void MemoryBackend::cut(Content& kept, std::size_t extents)
{
    ENSURE(extents <= kept.blobs.size(), "a file is cut to extents it has");
    for (std::size_t i = extents; i < kept.blobs.size(); ++i)
        kept.size -= kept.blobs[i]->size();
    kept.blobs.resize(extents);
    while (!kept.torn.empty() && kept.torn.back().extent >= extents)
        kept.torn.pop_back();
}

void MemoryBackend::truncate(FileName const& file, std::size_t extents, std::uint64_t bytes)
{
    Content& kept = content(file);
    cut(kept, extents);
    ENSURE(kept.size == bytes, "the disk and its backend agree on the length of a cut file");
}

void MemoryBackend::replace(FileName const& file, Extent const& extent)
{
    cut(content(file), 0);
    append(file, extent);
}

void MemoryBackend::remove(FileName const& file) { content(file) = Content{}; }

void MemoryBackend::rename(FileName const& file, std::string_view)
{
    ENSURE(exists(file), "a file that exists gets another name");  // It goes by the number.
}

bool MemoryBackend::exists(FileName const& file) const
{
    return file.file.value < files_.size() && files_[file.file.value].exists;
}

std::uint64_t MemoryBackend::size(FileName const& file) const
{
    return exists(file) ? files_[file.file.value].size : 0;
}

std::vector<Extent> MemoryBackend::extents(FileName const& file) const
{
    std::vector<Extent> result;
    if (!exists(file))
        return result;
    Content const& kept = files_[file.file.value];
    result.reserve(kept.blobs.size());
    for (Ref<Blob> const& blob : kept.blobs)
        result.push_back({blob, blob->size()});
    for (Torn const& torn : kept.torn)
        result[torn.extent].valid = torn.valid;
    return result;
}

void MemoryBackend::read(FileName const& file, std::string& bytes) const
{
    for (Extent const& extent : extents(file))
        extent.write_to(bytes);
}

std::unique_ptr<Backend> MemoryBackend::clone() const
{
    return std::make_unique<MemoryBackend>(*this);
}

}  // namespace odradek::sim
