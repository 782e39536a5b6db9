// A tagged field of a message (KIP-482): it is there only when it is not its default. What nobody
// says takes no bytes.
#pragma once

namespace odradek::kafka {

template <class T>
struct Tagged {
    T value{};

    bool operator==(Tagged const&) const = default;
};
template <class T, class Visit>
constexpr void describe_fields(Tagged<T> const& field, Visit&& visit)
{
    if (!(field.value == T{}))
        visit("value", field.value);
}
template <class T>
constexpr char const* describe_name(Tagged<T> const*)
{
    return "Tagged";
}

}  // namespace odradek::kafka
