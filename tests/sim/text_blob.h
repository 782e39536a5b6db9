// A blob that is just text, for tests of files.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/extent.h"

namespace odradek::sim::test {

class TextBlob final : public Blob {
public:
    explicit TextBlob(std::string text) : text_(std::move(text)) {}
    std::uint64_t size() const override { return text_.size(); }
    void write_to(std::string& bytes) const override { bytes += text_; }

private:
    std::string text_;
};

inline Ref<Blob> text(std::string content) { return share<TextBlob>(std::move(content)); }

// What a file of these extents holds, zeros shown as '.'.
inline std::string text_of(std::vector<Extent> const& extents)
{
    std::string bytes;
    for (Extent const& extent : extents)
        extent.write_to(bytes);
    for (char& byte : bytes)
        if (byte == '\0')
            byte = '.';
    return bytes;
}

}  // namespace odradek::sim::test
