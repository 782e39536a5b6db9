// Numbers that name things, each kind its own type: a node cannot be passed where a host is meant.
#pragma once

#include <compare>
#include <cstdint>

namespace odradek::sim {

// `value` is the only way back to the number.
template <class Tag, class Rep>
struct Id {
    Rep value{};

    constexpr Id() = default;
    constexpr explicit Id(Rep v) : value(v) {}
    constexpr auto operator<=>(Id const&) const = default;
    constexpr Id next() const { return Id{static_cast<Rep>(value + 1)}; }
};

// A process: one state machine on one host. Dense from 0, so it indexes vectors.
using NodeId = Id<struct NodeTag, std::uint16_t>;

// A machine with one clock, one disk and one network card. Dense from 0.
using HostId = Id<struct HostTag, std::uint16_t>;

// A file of one host's disk. Dense from 0 within the host; never reused.
using FileId = Id<struct FileTag, std::uint32_t>;

}  // namespace odradek::sim
