// DESCRIBE lists a struct's fields once; printing, JSON, digest, wire size and comparison in tests
// derive from that list. A forgotten field does not compile: the structured binding inside counts
// them.
//
//     struct VoteResponse { Error error; Epoch epoch; bool granted; };
//     DESCRIBE(VoteResponse, error, epoch, granted)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "sim/digest.h"
#include "sim/id.h"
#include "sim/ref.h"
#include "sim/time.h"

// Calls `visit(name, field)` for each field in order.
#define DESCRIBE(Type, ...)                                                                        \
    template <class Visit>                                                                         \
    constexpr void describe_fields(Type const& described, Visit&& visit)                           \
    {                                                                                              \
        [[maybe_unused]] auto const& [__VA_ARGS__] = described;                                    \
        ODRADEK_FOR_EACH(ODRADEK_VISIT, __VA_ARGS__)                                               \
    }                                                                                              \
    constexpr char const* describe_name(Type const*) { return #Type; }

// For a struct without fields.
#define DESCRIBE_EMPTY(Type)                                                                       \
    template <class Visit>                                                                         \
    constexpr void describe_fields(Type const&, Visit&&)                                           \
    {                                                                                              \
    }                                                                                              \
    constexpr char const* describe_name(Type const*) { return #Type; }

#define ODRADEK_VISIT(field) visit(#field, field);
#define ODRADEK_PARENS ()
#define ODRADEK_EXPAND(...) ODRADEK_EXPAND3(ODRADEK_EXPAND3(ODRADEK_EXPAND3(__VA_ARGS__)))
#define ODRADEK_EXPAND3(...) ODRADEK_EXPAND2(ODRADEK_EXPAND2(ODRADEK_EXPAND2(__VA_ARGS__)))
#define ODRADEK_EXPAND2(...) ODRADEK_EXPAND1(ODRADEK_EXPAND1(ODRADEK_EXPAND1(__VA_ARGS__)))
#define ODRADEK_EXPAND1(...) __VA_ARGS__
#define ODRADEK_FOR_EACH(macro, ...)                                                               \
    __VA_OPT__(ODRADEK_EXPAND(ODRADEK_FOR_EACH_STEP(macro, __VA_ARGS__)))
#define ODRADEK_FOR_EACH_STEP(macro, first, ...)                                                   \
    macro(first) __VA_OPT__(ODRADEK_FOR_EACH_AGAIN ODRADEK_PARENS(macro, __VA_ARGS__))
#define ODRADEK_FOR_EACH_AGAIN() ODRADEK_FOR_EACH_STEP

namespace odradek::sim {

namespace detail {
struct AnyVisit {
    template <class F>
    constexpr void operator()(char const*, F const&) const
    {
    }
};
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_id = false;
template <class Tag, class Rep>
inline constexpr bool is_id<Id<Tag, Rep>> = true;
template <class T>
inline constexpr bool is_ref = false;
template <class T>
inline constexpr bool is_ref<Ref<T>> = true;
}  // namespace detail

template <class T>
concept Described = requires(T const& t)
{
    describe_fields(t, detail::AnyVisit{});
};

// -- Printing: {name value, name value}; vectors in [ ]; absent optionals as "-".
template <class T>
std::string print(T const& value);

template <class T>
void print_to(std::string& out, T const& value)
{
    if constexpr (std::is_same_v<T, bool>)
        out += value ? "true" : "false";
    else if constexpr (Described<T>) {
        out += '{';
        bool first = true;
        describe_fields(value, [&](char const* name, auto const& field) {
            if (!first)
                out += ", ";
            first = false;
            out += name;
            out += ' ';
            print_to(out, field);
        });
        out += '}';
    } else if constexpr (detail::is_vector<T>) {
        out += '[';
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (i != 0)
                out += ", ";
            print_to(out, value[i]);
        }
        out += ']';
    } else if constexpr (detail::is_optional<T>) {
        if (value)
            print_to(out, *value);
        else
            out += '-';
    } else if constexpr (detail::is_ref<T>) {
        if (value)
            print_to(out, *value);
        else
            out += '-';
    } else if constexpr (detail::is_id<T>)
        out += std::to_string(value.value);
    else if constexpr (std::is_same_v<T, Instant> || std::is_same_v<T, Duration>)
        out += to_string(value);
    else if constexpr (requires { to_string(value); } && !std::is_arithmetic_v<T>)
        out += to_string(value);
    else if constexpr (std::is_enum_v<T>)
        out += std::to_string(static_cast<long long>(value));
    else if constexpr (std::is_same_v<T, char>)
        out += value;
    else if constexpr (std::is_integral_v<T>)
        out += std::to_string(value);
    else
        out += value;
}

template <class T>
std::string print(T const& value)
{
    std::string out;
    print_to(out, value);
    return out;
}

// -- Digest: every field, in order.
template <class T>
void add_to(Digest& digest, T const& value)
{
    if constexpr (Described<T>)
        describe_fields(value, [&](char const*, auto const& field) { add_to(digest, field); });
    else if constexpr (detail::is_vector<T>) {
        digest.add(value.size());
        for (auto const& element : value)
            add_to(digest, element);
    } else if constexpr (detail::is_optional<T>) {
        digest.add(std::uint64_t{value.has_value()});
        if (value)
            add_to(digest, *value);
    } else if constexpr (detail::is_ref<T>) {
        digest.add(std::uint64_t{static_cast<bool>(value)});
        if (value)
            add_to(digest, *value);
    } else if constexpr (detail::is_id<T>)
        digest.add(static_cast<std::uint64_t>(value.value));
    else if constexpr (std::is_same_v<T, Instant> || std::is_same_v<T, Duration>)
        digest.add(static_cast<std::uint64_t>(value.ns));
    else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>)
        digest.add(static_cast<std::uint64_t>(value));
    else
        digest.add(std::string_view(value));
}

// -- Size on the wire, in bytes: integers as wide as they are, strings and arrays with a length.
template <class T>
std::uint64_t wire_size(T const& value)
{
    if constexpr (requires { wire_size_of(value); })
        return wire_size_of(value);
    else if constexpr (Described<T>) {
        std::uint64_t bytes = 0;
        describe_fields(value, [&](char const*, auto const& field) { bytes += wire_size(field); });
        return bytes;
    } else if constexpr (detail::is_vector<T>) {
        std::uint64_t bytes = 4;
        for (auto const& element : value)
            bytes += wire_size(element);
        return bytes;
    } else if constexpr (detail::is_optional<T>)
        return value ? wire_size(*value) : 4;
    else if constexpr (detail::is_ref<T>)
        return value ? wire_size(*value) : 4;
    else if constexpr (detail::is_id<T>)
        return sizeof(value.value);
    else if constexpr (std::is_same_v<T, Instant> || std::is_same_v<T, Duration>)
        return 8;
    else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>)
        return sizeof(T);
    else
        return 2 + std::string_view(value).size();
}

}  // namespace odradek::sim
