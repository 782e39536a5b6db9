// JSON with places: the tree that a scenario is decoded from. Every value knows where it was
// written, and numbers keep their text, so that nothing passes through a double.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/diagnostics.h"

namespace odradek::kafka {

struct Member;

struct Node {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind{Kind::null};
    bool truth{false};            // Of a boolean.
    std::string text;             // A string's value, or a number as written.
    std::vector<Node> items;      // Of an array.
    std::vector<Member> members;  // Of an object, in the file's order.
    Place place;
    std::string pointer;  // Set by `assign_pointers`.

    Member const* member(std::string_view name) const;
    Member* member(std::string_view name);
};

struct Member {
    std::string name;
    Place place;  // Of the key.
    Node value;
};

std::string_view kind_name(Node::Kind kind);  // "a string", "an object", ...

// What lies deeper is refused: no scenario needs it, and a hostile file must not exhaust the stack.
inline constexpr std::size_t deepest_nesting = 64;

// Parses strict JSON plus `//` and `/* */` comments. Syntax errors and duplicate keys go to
// `diagnostics`; nothing is returned when the text could not be read to its end.
std::optional<Node> parse_json(std::string_view content, int text, Diagnostics& diagnostics);

// Gives every value its JSON Pointer, from `prefix` on.
void assign_pointers(Node& node, std::string const& prefix);

// RFC 7396: members of `patch` replace or, when null, remove those of `target`; objects are merged.
Node merge_patch(Node target, Node const& patch);

// The value at a JSON Pointer (RFC 6901), or null if there is none.
Node const* value_at(Node const& root, std::string_view pointer);

// Puts a value at a pointer: replaces, or adds a member to an object, or appends to an array ("-").
// What is missing on the way becomes an object. False if a step leads into something that has no
// members.
bool put_value(Node& root, std::string_view pointer, Node value);

// The steps of a JSON Pointer; nothing if it is not one.
std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer);

// A value as compact JSON.
std::string to_json_text(Node const& node);

// A string as a JSON string, quotes included.
std::string json_quoted(std::string_view text);

}  // namespace odradek::kafka
