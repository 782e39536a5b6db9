#include "model/scenario/selector.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/spelling.h"

namespace odradek::kafka {

namespace {

enum class Shape { word, node, client, name, partition, directory };

struct KindRow {
    SelectorKind kind;
    std::string_view word;
    Shape shape;
    std::string_view example;
};

constexpr std::array<KindRow, 21> kinds{{
    {SelectorKind::all, "all", Shape::word, "all"},
    {SelectorKind::brokers, "brokers", Shape::word, "brokers"},
    {SelectorKind::controllers, "controllers", Shape::word, "controllers"},
    {SelectorKind::zookeepers, "zookeepers", Shape::word, "zookeepers"},
    {SelectorKind::clients, "clients", Shape::word, "clients"},
    {SelectorKind::majority, "majority", Shape::word, "majority"},
    {SelectorKind::minority, "minority", Shape::word, "minority"},
    {SelectorKind::minority_third, "minority-third", Shape::word, "minority-third"},
    {SelectorKind::primaries, "primaries", Shape::word, "primaries"},
    {SelectorKind::broker, "broker", Shape::node, "broker:3"},
    {SelectorKind::controller, "controller", Shape::node, "controller:active"},
    {SelectorKind::zookeeper, "zk", Shape::node, "zk:0"},
    {SelectorKind::client, "client", Shape::client, "client:shop[1]"},
    {SelectorKind::rack, "rack", Shape::name, "rack:az1"},
    {SelectorKind::leader, "leader", Shape::partition, "leader:orders-0"},
    {SelectorKind::follower, "follower", Shape::partition, "follower:orders-0"},
    {SelectorKind::isr, "isr", Shape::partition, "isr:orders-0"},
    {SelectorKind::preferred, "preferred", Shape::partition, "preferred:orders-0"},
    {SelectorKind::coordinator, "coordinator", Shape::name, "coordinator:billing"},
    {SelectorKind::txn_coordinator, "txn-coordinator", Shape::name, "txn-coordinator:biller-1"},
    {SelectorKind::directory, "directory", Shape::directory, "directory:1/0"},
}};

KindRow const& row_of(SelectorKind kind)
{
    return *std::find_if(kinds.begin(), kinds.end(),
                         [&](KindRow const& r) { return r.kind == kind; });
}

std::optional<std::int32_t> number(std::string_view text)
{
    std::int32_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.front() == '-' || error != std::errc{} ||
        end != text.data() + text.size())
        return std::nullopt;
    return value;
}

// "3", "*" or "[1-3]" into `first` and `last`.
bool read_index(std::string_view text, SelectorTerm& term)
{
    if (text == "*")
        return true;
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        std::string_view const inside = text.substr(1, text.size() - 2);
        std::size_t const dash = inside.find('-');
        if (dash == std::string_view::npos)
            return false;
        term.first = number(inside.substr(0, dash));
        term.last = number(inside.substr(dash + 1));
        return term.first && term.last && *term.first <= *term.last;
    }
    term.first = number(text);
    term.last = term.first;
    return term.first.has_value();
}

bool is_name(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '_' || c == '-';
    });
}

bool read_client(std::string_view text, SelectorTerm& term)
{
    if (text == "*")
        return true;
    std::size_t const bracket = text.find('[');
    term.name = text.substr(0, bracket);
    if (bracket != std::string_view::npos) {
        std::string_view const index = text.substr(bracket);
        if (index.size() < 3 || index.back() != ']')
            return false;
        std::string_view const inside = index.substr(1, index.size() - 2);
        bool const range = inside.find('-') != std::string_view::npos;
        if (!read_index(range ? index : inside, term))
            return false;
    }
    return is_name(term.name);
}

bool read_partition(std::string_view text, SelectorTerm& term)
{
    std::size_t const range = text.rfind("-[");
    std::size_t const dash = range != std::string_view::npos ? range : text.rfind('-');
    if (dash == std::string_view::npos)
        return false;
    term.name = text.substr(0, dash);
    return is_name(term.name) && read_index(text.substr(dash + 1), term);
}

bool read_directory(std::string_view text, SelectorTerm& term)
{
    std::size_t const slash = text.find('/');
    if (slash == std::string_view::npos)
        return false;
    term.directory = number(text.substr(slash + 1));
    return read_index(text.substr(0, slash), term) && term.directory;
}

std::string index_text(SelectorTerm const& term)
{
    if (!term.first)
        return "*";
    if (term.last && *term.last != *term.first)
        return fmt::format("[{}-{}]", *term.first, *term.last);
    return fmt::format("{}", *term.first);
}

}  // namespace

std::string_view to_string(SelectorKind kind) { return row_of(kind).word; }

Parsed<SelectorTerm> parse_selector_term(std::string_view text)
{
    SelectorTerm term;
    std::string_view rest = text;
    if (!rest.empty() && rest.front() == '!') {
        term.negated = true;
        rest.remove_prefix(1);
    }
    if (!rest.empty() && rest.back() == ')') {
        std::size_t const open = rest.rfind('(');
        auto const count = open == std::string_view::npos
                               ? std::nullopt
                               : number(rest.substr(open + 1, rest.size() - open - 2));
        if (!count || *count == 0)
            return {{},
                    fmt::format("\"{}\" has a count that is not one or more", text),
                    "two random brokers are \"broker:*(2)\""};
        term.count = count;
        rest = rest.substr(0, open);
    }
    std::size_t const colon = rest.find(':');
    std::string_view const word = rest.substr(0, colon);
    auto const row =
        std::find_if(kinds.begin(), kinds.end(), [&](KindRow const& r) { return r.word == word; });
    if (row == kinds.end()) {
        std::vector<std::string_view> words;
        for (KindRow const& known : kinds)
            words.push_back(known.word);
        std::string hint = did_you_mean(nearest_names(word, words));
        return {
            {},
            fmt::format("\"{}\" is no selector", text),
            hint.empty()
                ? "selectors are such as \"broker:3\", \"leader:orders-0\", \"rack:az1\" or \"all\""
                : hint};
    }
    term.kind = row->kind;
    bool const has_rest = colon != std::string_view::npos;
    if ((row->shape == Shape::word) == has_rest) {
        return {{},
                has_rest ? fmt::format("\"{}\" takes nothing after a colon", word)
                         : fmt::format("\"{}\" does not say which", text),
                fmt::format("write it as \"{}\"", row->example)};
    }
    std::string_view const after = has_rest ? rest.substr(colon + 1) : std::string_view{};
    bool good = true;
    switch (row->shape) {
    case Shape::word:
        break;
    case Shape::node:
        if (term.kind == SelectorKind::controller && after == "active")
            term.active = true;
        else
            good = read_index(after, term);
        break;
    case Shape::client:
        good = read_client(after, term);
        break;
    case Shape::name:
        term.name = after;
        good = is_name(after);
        break;
    case Shape::partition:
        good = read_partition(after, term);
        break;
    case Shape::directory:
        good = read_directory(after, term);
        break;
    }
    if (!good) {
        std::string hint = fmt::format("it is written as \"{}\"", row->example);
        if (row->shape == Shape::node)
            hint = fmt::format("it is \"{0}:3\", \"{0}:[1-3]\", \"{0}:*\" or \"{0}:*(2)\"{1}", word,
                               term.kind == SelectorKind::controller ? ", or \"controller:active\""
                                                                     : "");
        else if (row->shape == Shape::partition)
            hint = fmt::format("a partition is a topic, a dash and a number: \"{}\"", row->example);
        return {{}, fmt::format("cannot read \"{}\" in the selector \"{}\"", after, text), hint};
    }
    return {term};
}

std::string to_string(SelectorTerm const& term)
{
    KindRow const& row = row_of(term.kind);
    std::string text = term.negated ? "!" : "";
    text += row.word;
    switch (row.shape) {
    case Shape::word:
        break;
    case Shape::node:
        text += ":" + (term.active ? "active" : index_text(term));
        break;
    case Shape::client:
        text += ":" + (term.name.empty() ? "*" : term.name);
        if (term.first)
            text += term.last != term.first ? index_text(term) : "[" + index_text(term) + "]";
        break;
    case Shape::name:
        text += ":" + term.name;
        break;
    case Shape::partition:
        text += ":" + term.name + "-" + index_text(term);
        break;
    case Shape::directory:
        text += fmt::format(":{}/{}", index_text(term), term.directory.value_or(0));
        break;
    }
    if (term.count)
        text += fmt::format("({})", *term.count);
    return text;
}

std::string to_string(Selector const& selector)
{
    std::string text;
    for (SelectorTerm const& term : selector.terms)
        text += (text.empty() ? "" : ", ") + to_string(term);
    return text;
}

Parsed<std::vector<std::string>> expand_range(std::string_view text)
{
    std::size_t const open = text.find('[');
    if (open == std::string_view::npos)
        return {std::vector<std::string>{std::string{text}}};
    std::size_t const close = text.find(']', open);
    std::string const shape = "a range is \"t-[0-3]\", which is t-0, t-1, t-2 and t-3";
    if (close == std::string_view::npos)
        return {{}, fmt::format("\"{}\" has a '[' without ']'", text), shape};
    SelectorTerm range;
    if (!read_index(text.substr(open, close - open + 1), range) ||
        text.find('[', close) != std::string_view::npos)
        return {{}, fmt::format("\"{}\" is no range of names", text), shape};
    if (*range.last - *range.first >= 10'000)
        return {{}, fmt::format("\"{}\" is more than 10000 names", text), {}};
    std::vector<std::string> names;
    for (std::int32_t i = *range.first; i <= *range.last; ++i)
        names.push_back(fmt::format("{}{}{}", text.substr(0, open), i, text.substr(close + 1)));
    return {names};
}

}  // namespace odradek::kafka
