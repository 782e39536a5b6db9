#include "model/scenario/json.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace odradek::kafka {

namespace {

// Builds the tree from nlohmann's events. The events carry no places, so a cursor follows them
// through the text: between two tokens there is nothing but white space, comments, commas and
// colons.
class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
    Builder(std::string_view content, int text, Diagnostics& diagnostics)
        : content_{content}, text_{text}, diagnostics_{diagnostics}
    {
        if (content_.substr(0, 3) == "\xef\xbb\xbf")
            cursor_ = 3;
    }

    bool null() override { return scalar(Node::Kind::null); }
    bool boolean(bool value) override
    {
        truth_ = value;
        return scalar(Node::Kind::boolean);
    }
    bool number_integer(number_integer_t) override { return scalar(Node::Kind::number); }
    bool number_unsigned(number_unsigned_t) override { return scalar(Node::Kind::number); }
    bool number_float(number_float_t, string_t const&) override
    {
        return scalar(Node::Kind::number);
    }
    bool string(string_t& value) override
    {
        string_ = std::move(value);
        return scalar(Node::Kind::string);
    }
    bool binary(binary_t&) override { return false; }

    bool start_object(std::size_t) override { return open(Node::Kind::object); }
    bool start_array(std::size_t) override { return open(Node::Kind::array); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override
    {
        Place const place = next_token();
        Node& object = *stack_.back();
        if (Member const* first = object.member(name)) {
            diagnostics_.error(place, path() + "/" + escaped(name),
                               fmt::format("{} is given twice", json_quoted(name)),
                               fmt::format("the first is in line {}", first->place.line));
        }
        object.members.push_back({std::move(name), place, {}});
        return true;
    }

    bool parse_error(std::size_t position, std::string const& token,
                     nlohmann::detail::exception const& error) override
    {
        explain(position, token, error.what());
        return false;
    }

    Node take() { return std::move(root_); }

private:
    Node& slot()
    {
        if (stack_.empty())
            return root_;
        Node& parent = *stack_.back();
        if (parent.kind == Node::Kind::object)
            return parent.members.back().value;
        return parent.items.emplace_back();
    }

    bool scalar(Node::Kind kind)
    {
        Node& node = slot();
        std::size_t const start = token_start();
        node.place = next_token();
        node.kind = kind;
        if (kind == Node::Kind::boolean)
            node.truth = truth_;
        else if (kind == Node::Kind::string)
            node.text = std::move(string_);
        else if (kind == Node::Kind::number)
            node.text = content_.substr(start, cursor_ - start);
        return true;
    }

    bool open(Node::Kind kind)
    {
        Place const place = next_token();
        if (stack_.size() == deepest_nesting) {
            diagnostics_.error(place, path(),
                               fmt::format("more than {} levels deep", deepest_nesting));
            return false;
        }
        Node& node = slot();
        node.kind = kind;
        node.place = place;
        stack_.push_back(&node);
        return true;
    }

    bool close()
    {
        next_token();
        stack_.pop_back();
        return true;
    }

    // Where the token after the cursor starts.
    std::size_t token_start() const
    {
        std::size_t at = cursor_;
        while (at < content_.size()) {
            char const c = content_[at];
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':') {
                ++at;
            } else if (content_.substr(at, 2) == "//") {
                at = std::min(content_.find('\n', at), content_.size());
            } else if (content_.substr(at, 2) == "/*") {
                std::size_t const end = content_.find("*/", at + 2);
                at = end == std::string_view::npos ? content_.size() : end + 2;
            } else {
                break;
            }
        }
        return at;
    }

    Place next_token()
    {
        std::size_t const start = token_start();
        std::size_t end = start + 1;
        char const first = start < content_.size() ? content_[start] : '\0';
        if (first == '"') {
            while (end < content_.size() && content_[end] != '"')
                end += content_[end] == '\\' ? 2 : 1;
            ++end;
        } else if (std::isalnum(static_cast<unsigned char>(first)) != 0 || first == '-') {
            while (end < content_.size() &&
                   (std::isalnum(static_cast<unsigned char>(content_[end])) != 0 ||
                    content_[end] == '+' || content_[end] == '-' || content_[end] == '.'))
                ++end;
        }
        cursor_ = std::min(end, content_.size());
        return diagnostics_.place_at(text_, start, end - start);
    }

    static std::string escaped(std::string_view name)
    {
        std::string text;
        for (char c : name)
            text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
        return text;
    }

    // The pointer of the innermost open container.
    std::string path() const
    {
        std::string text;
        for (std::size_t i = 0; i + 1 < stack_.size(); ++i) {
            Node const& node = *stack_[i];
            if (node.kind == Node::Kind::object)
                text += "/" + escaped(node.members.back().name);
            else
                text += fmt::format("/{}", node.items.size() - 1);
        }
        return text;
    }

    void explain(std::size_t position, std::string const& token, std::string const& what)
    {
        // nlohmann counts the characters it has read, the offending one included.
        std::size_t const next = token_start();
        std::size_t const read = std::min(position > 0 ? position - 1 : 0, content_.size());
        char const found = next < content_.size() ? content_[next] : '\0';
        bool const after_comma =
            content_.substr(cursor_, next - cursor_).find(',') != std::string_view::npos;
        auto const at = [&](std::size_t offset) { return diagnostics_.place_at(text_, offset, 1); };

        if (what.find("ill-formed UTF-8") != std::string::npos) {
            diagnostics_.error(at(read), {}, "this byte is not UTF-8", "save the file as UTF-8");
        } else if (what.find("control character") != std::string::npos) {
            diagnostics_.error(at(next), {}, "a string ends at the end of its line",
                               "close it with \", or write \\n for a line break in it");
        } else if (what.find("missing closing quote") != std::string::npos) {
            diagnostics_.error(at(next), {}, "this string is never closed");
        } else if (what.find("invalid string") != std::string::npos) {
            diagnostics_.error(
                at(read), {}, "this escape means nothing in JSON",
                "write \\\\ for a backslash; \\\" \\/ \\b \\f \\n \\r \\t \\uXXXX are the others");
        } else if (what.find("number overflow") != std::string::npos) {
            diagnostics_.error(diagnostics_.place_at(text_, next, token.size()), {},
                               "this number is too large for any use");
        } else if (next >= content_.size()) {
            explain_end();
        } else if (after_comma && (found == '}' || found == ']')) {
            std::size_t const comma = content_.find(',', cursor_);
            diagnostics_.error(at(comma), {}, fmt::format("a comma before '{}'", found),
                               "JSON has no trailing commas: remove it");
        } else if (what.find("object separator") != std::string::npos) {
            diagnostics_.error(at(next), {}, "a colon is missing between field name and value");
        } else if (!after_comma && wants_comma() &&
                   std::string_view{"\"{[-0123456789tfn"}.find(found) != std::string_view::npos) {
            diagnostics_.error(at(next), {}, "a comma is missing before this");
        } else if (found == '\'') {
            diagnostics_.error(at(next), {}, "a string in single quotes",
                               "JSON strings are written with \"");
        } else if (what.find("object key") != std::string::npos) {
            diagnostics_.error(at(next), {},
                               fmt::format("expected a field name, found '{}'", found),
                               "field names are written in double quotes");
        } else if (stack_.empty() && cursor_ > 3) {
            diagnostics_.error(at(next), {}, "something follows the scenario's last '}'");
        } else {
            std::string const word = shown(next);
            std::string hint = "values are strings, numbers, true, false, null, objects and arrays";
            if (word == "'True'" || word == "'False'")
                hint = "JSON writes true and false in lower case";
            else if (word == "'None'" || word == "'nil'")
                hint = "JSON writes null";
            diagnostics_.error(diagnostics_.place_at(text_, next, word.size() - 2), {},
                               fmt::format("expected a value, found {}", word), hint);
        }
    }

    void explain_end()
    {
        std::size_t const last = content_.empty() ? 0 : content_.size() - 1;
        Place const place = diagnostics_.place_at(text_, last, 1);
        if (stack_.empty())
            diagnostics_.error(place, {}, "the file is empty",
                               "a scenario is a JSON object: { \"version\": 1, ... }");
        else
            diagnostics_.error(
                place, {}, "the file ends too early",
                fmt::format("the {} opened in line {} is not closed",
                            stack_.back()->kind == Node::Kind::object ? "'{'" : "'['",
                            stack_.back()->place.line));
    }

    // Whether a value has just ended inside a container.
    bool wants_comma() const
    {
        if (stack_.empty() || cursor_ == 0)
            return false;
        char const before = content_[cursor_ - 1];
        std::size_t const next = token_start();
        bool const colon =
            content_.substr(cursor_, next - cursor_).find(':') != std::string_view::npos;
        return !colon && before != '{' && before != '[';
    }

    std::string shown(std::size_t at) const
    {
        std::size_t end = at;
        while (end < content_.size() &&
               std::isalnum(static_cast<unsigned char>(content_[end])) != 0)
            ++end;
        return "'" + std::string{content_.substr(at, std::max<std::size_t>(end - at, 1))} + "'";
    }

    std::string_view content_;
    int text_;
    Diagnostics& diagnostics_;
    std::size_t cursor_{0};
    Node root_;
    std::vector<Node*> stack_;  // Containers that are open; each stays put until it is closed.
    bool truth_{false};
    std::string string_;
};

}  // namespace

Member const* Node::member(std::string_view name) const
{
    // The last of a duplicate wins, as in most readers; it has been reported anyway.
    for (auto it = members.rbegin(); it != members.rend(); ++it) {
        if (it->name == name)
            return &*it;
    }
    return nullptr;
}

Member* Node::member(std::string_view name)
{
    return const_cast<Member*>(static_cast<Node const*>(this)->member(name));
}

std::string_view kind_name(Node::Kind kind)
{
    switch (kind) {
    case Node::Kind::null:
        return "null";
    case Node::Kind::boolean:
        return "a boolean";
    case Node::Kind::number:
        return "a number";
    case Node::Kind::string:
        return "a string";
    case Node::Kind::array:
        return "an array";
    case Node::Kind::object:
        return "an object";
    }
    return "a value";
}

std::optional<Node> parse_json(std::string_view content, int text, Diagnostics& diagnostics)
{
    Builder builder{content, text, diagnostics};
    bool const strict = true;
    bool const ignore_comments = true;
    if (!nlohmann::json::sax_parse(content.begin(), content.end(), &builder,
                                   nlohmann::json::input_format_t::json, strict, ignore_comments))
        return std::nullopt;
    Node root = builder.take();
    assign_pointers(root, "");
    return root;
}

void assign_pointers(Node& node, std::string const& prefix)
{
    node.pointer = prefix;
    for (Member& member : node.members) {
        std::string step;
        for (char c : member.name)
            step += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
        assign_pointers(member.value, prefix + "/" + step);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i)
        assign_pointers(node.items[i], fmt::format("{}/{}", prefix, i));
}

Node merge_patch(Node target, Node const& patch)
{
    if (patch.kind != Node::Kind::object)
        return patch;
    if (target.kind != Node::Kind::object) {
        target = Node{};
        target.kind = Node::Kind::object;
    }
    target.place = patch.place;
    for (Member const& change : patch.members) {
        Member* old = target.member(change.name);
        if (change.value.kind == Node::Kind::null) {
            std::erase_if(target.members, [&](Member const& m) { return m.name == change.name; });
        } else if (old != nullptr) {
            old->value = merge_patch(std::move(old->value), change.value);
            old->place = change.place;
        } else {
            target.members.push_back(
                {change.name, change.place, merge_patch(Node{}, change.value)});
        }
    }
    return target;
}

std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer)
{
    std::vector<std::string> steps;
    if (pointer.empty())
        return steps;
    if (pointer.front() != '/')
        return std::nullopt;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        if (pointer[i] == '/') {
            steps.emplace_back();
        } else if (pointer[i] == '~') {
            char const next = i + 1 < pointer.size() ? pointer[i + 1] : '\0';
            if (next != '0' && next != '1')
                return std::nullopt;
            steps.back() += next == '0' ? '~' : '/';
            ++i;
        } else {
            steps.back() += pointer[i];
        }
    }
    return steps;
}

namespace {

std::optional<std::size_t> index_of(std::string const& step)
{
    if (step.empty() || step.size() > 6 || (step.size() > 1 && step.front() == '0') ||
        !std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    return static_cast<std::size_t>(std::stoul(step));
}

}  // namespace

Node const* value_at(Node const& root, std::string_view pointer)
{
    auto const steps = pointer_steps(pointer);
    if (!steps)
        return nullptr;
    Node const* node = &root;
    for (std::string const& step : *steps) {
        if (node->kind == Node::Kind::object) {
            Member const* member = node->member(step);
            if (member == nullptr)
                return nullptr;
            node = &member->value;
        } else if (node->kind == Node::Kind::array) {
            auto const index = index_of(step);
            if (!index || *index >= node->items.size())
                return nullptr;
            node = &node->items[*index];
        } else {
            return nullptr;
        }
    }
    return node;
}

bool put_value(Node& root, std::string_view pointer, Node value)
{
    auto const steps = pointer_steps(pointer);
    if (!steps)
        return false;
    Node* node = &root;
    for (std::string const& step : *steps) {
        if (node->kind == Node::Kind::null) {
            node->kind = Node::Kind::object;
            node->place = value.place;
        }
        if (node->kind == Node::Kind::object) {
            if (node->member(step) == nullptr)
                node->members.push_back({step, value.place, {}});
            node = &node->member(step)->value;
        } else if (node->kind == Node::Kind::array) {
            auto const index = step == "-" ? std::optional{node->items.size()} : index_of(step);
            if (!index || *index > node->items.size())
                return false;
            if (*index == node->items.size())
                node->items.emplace_back();
            node = &node->items[*index];
        } else {
            return false;
        }
    }
    *node = std::move(value);
    return true;
}

std::string json_quoted(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_json_text(Node const& node)
{
    std::string text;
    switch (node.kind) {
    case Node::Kind::null:
        return "null";
    case Node::Kind::boolean:
        return node.truth ? "true" : "false";
    case Node::Kind::number:
        return node.text;
    case Node::Kind::string:
        return json_quoted(node.text);
    case Node::Kind::array:
        for (Node const& item : node.items)
            text += (text.empty() ? "" : ",") + to_json_text(item);
        return "[" + text + "]";
    case Node::Kind::object:
        for (Member const& member : node.members)
            text += (text.empty() ? "" : ",") + json_quoted(member.name) + ":" +
                    to_json_text(member.value);
        return "{" + text + "}";
    }
    return text;
}

}  // namespace odradek::kafka
