// What files are made of: stretches of immutable content that become bytes only when somebody asks.
#pragma once

#include <cstdint>
#include <string>

#include "sim/ref.h"

namespace odradek::sim {

// Immutable content of a stretch of a file; made into bytes only when asked.
class Blob : public Shared {
public:
    virtual std::uint64_t size() const = 0;  // Bytes; never changes.
    // Appends exactly size() bytes.
    virtual void write_to(std::string& bytes) const = 0;
};

// A stretch of a file. `valid` < blob->size() when only a part survived (a torn write): the bytes
// from `valid` on are not what was written but zeros, as in blocks that were allocated and never
// written. It takes blob->size() bytes of its file all the same. `valid` is 0 for data that a
// failed flush lost.
struct Extent {
    Ref<Blob> blob;
    std::uint64_t valid{0};

    bool torn() const { return valid != blob->size(); }
    // Appends blob->size() bytes: what the file really holds here.
    void write_to(std::string& bytes) const;

    bool operator==(Extent const&) const = default;  // The same blob, not merely equal bytes.
};

}  // namespace odradek::sim
