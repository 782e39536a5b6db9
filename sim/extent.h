// What files are made of: stretches of immutable content that become bytes only when somebody asks.
#pragma once

#include <cstdint>
#include <string>

#include "sim/ref.h"

namespace odradek::sim {

// Why content is not what some process wrote whole.
enum class Damage : std::uint8_t {
    none,
    cut_short,  // Its append ended where the disk was full.
    rot,        // A bit has turned over since; sim/damage.h.
};

// Immutable content of a stretch of a file; made into bytes only when asked.
class Blob : public Shared {
public:
    virtual std::uint64_t size() const = 0;  // Bytes; never changes.
    // Appends exactly size() bytes.
    virtual void write_to(std::string& bytes) const = 0;
    // Of what processes write, none.
    virtual Damage damage() const { return Damage::none; }
};

// A stretch of a file. `valid` < blob->size() when only a part survived (a torn write): the bytes
// from `valid` on are not what was written but zeros, as in blocks that were allocated and never
// written. It takes blob->size() bytes of its file all the same. `valid` is 0 for data that a
// failed flush lost. Where bits have rotted, `valid` ends before the first one, and the bytes from
// there on are the blob's own, which is then the disk's (Damage::rot).
struct Extent {
    Ref<Blob> blob;
    std::uint64_t valid{0};

    // Not what somebody wrote: whoever reads it finds that its checksum is wrong.
    bool torn() const { return valid != blob->size() || blob->damage() != Damage::none; }
    // Appends blob->size() bytes: what the file really holds here.
    void write_to(std::string& bytes) const;

    bool operator==(Extent const&) const = default;  // The same blob, not merely equal bytes.
};

}  // namespace odradek::sim
