// The default backend: keeps durable extents by reference, 8 bytes each, and makes no bytes until
// read.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/backend.h"

namespace odradek::sim {

class MemoryBackend final : public Backend {
public:
    std::string_view name() const override { return "memory"; }

    void create(FileName const& file) override;
    void append(FileName const& file, Extent const& extent) override;
    void truncate(FileName const& file, std::size_t extents, std::uint64_t bytes) override;
    void replace(FileName const& file, Extent const& extent) override;
    void remove(FileName const& file) override;
    void rename(FileName const& file, std::string_view path) override;

    bool exists(FileName const& file) const override;
    std::uint64_t size(FileName const& file) const override;
    void read(FileName const& file, std::string& bytes) const override;

    bool can_clone() const override { return true; }
    std::unique_ptr<Backend> clone() const override;

    // What is kept, extent by extent.
    std::vector<Extent> extents(FileName const& file) const;

private:
    // An extent that is not whole.
    struct Torn {
        std::uint32_t extent;
        std::uint64_t valid;
    };
    struct Content {
        bool exists{false};
        std::uint64_t size{0};
        std::vector<Ref<Blob>> blobs;
        std::vector<Torn> torn;  // Ascending by extent; nearly always empty.
    };

    Content& content(FileName const& file);
    void cut(Content& content, std::size_t extents);

    std::vector<Content> files_;  // Indexed by FileId.
};

}  // namespace odradek::sim
