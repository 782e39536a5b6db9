#include "sim/damage.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::sim {

namespace {

class RottenBlob final : public Blob {
public:
    RottenBlob(Extent of, std::uint64_t bit) : of_(std::move(of)), bit_(bit) {}

    std::uint64_t size() const override { return of_.blob->size(); }
    void write_to(std::string& bytes) const override
    {
        std::size_t const start = bytes.size();
        of_.write_to(bytes);
        char& byte = bytes[start + bit_ / 8];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << bit_ % 8);
    }
    Damage damage() const override { return Damage::rot; }
    Ref<Blob> const& written() const { return as_written(of_.blob); }

private:
    Extent of_;
    std::uint64_t bit_;
};

class FrontBlob final : public Blob {
public:
    FrontBlob(Ref<Blob> of, std::uint64_t bytes) : of_(std::move(of)), bytes_(bytes) {}

    std::uint64_t size() const override { return bytes_; }
    void write_to(std::string& bytes) const override
    {
        std::size_t const start = bytes.size();
        of_->write_to(bytes);
        bytes.resize(start + bytes_);
    }
    Damage damage() const override { return Damage::cut_short; }

private:
    Ref<Blob> of_;
    std::uint64_t bytes_;
};

}  // namespace

Extent with_rotten_bit(Extent const& extent, std::uint64_t bit)
{
    ENSURE(bit / 8 < extent.blob->size(), "a bit that rots is one of the extent");
    return {share<RottenBlob>(extent, bit), std::min(extent.valid, bit / 8)};
}

Ref<Blob> front_of(Ref<Blob> const& blob, std::uint64_t bytes)
{
    ENSURE(bytes != 0 && bytes < blob->size(), "a write that is cut short has written something");
    return share<FrontBlob>(blob, bytes);
}

Ref<Blob> const& as_written(Ref<Blob> const& blob)
{
    auto const* rotten = dynamic_cast<RottenBlob const*>(blob.get());
    return rotten != nullptr ? rotten->written() : blob;
}

}  // namespace odradek::sim
