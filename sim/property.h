// The three kinds of property, and marks. A law that was never put to the test is reported as
// vacuous: each property counts how often it was exercised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::sim {

enum class PropertyKind : std::uint8_t {
    always,      // Must hold each time it is looked at.
    sometimes,   // Must be seen at least once (in a run, or over many).
    eventually,  // Must hold at the end, when everything is healed.
};

// One law and what has been seen of it.
struct Property {
    std::string name;
    PropertyKind kind{PropertyKind::always};
    std::string law;             // In words.
    std::uint64_t exercised{0};  // How often its premise was true and it was looked at.
    std::uint64_t violated{0};   // always, eventually: how often it did not hold.
    std::uint64_t seen{0};       // sometimes: how often it was the case.

    bool vacuous() const { return exercised == 0; }
};

// Branches that a test wants to know were taken: `marks.hit("fetch: diverging epoch")`.
class Marks {
public:
    void hit(std::string_view name)
    {
        for (Mark& mark : marks_)
            if (mark.name == name) {
                ++mark.count;
                return;
            }
        marks_.push_back({std::string(name), 1});
    }
    std::uint64_t count(std::string_view name) const
    {
        for (Mark const& mark : marks_)
            if (mark.name == name)
                return mark.count;
        return 0;
    }

private:
    struct Mark {
        std::string name;
        std::uint64_t count;
    };
    std::vector<Mark> marks_;  // In the order first hit.
};

}  // namespace odradek::sim
