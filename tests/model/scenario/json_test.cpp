#include <doctest/doctest.h>

#include "model/scenario/json.h"

namespace odradek::kafka {

namespace {

Node parsed(char const* text)
{
    Diagnostics diagnostics;
    auto node = parse_json(text, diagnostics.add_text("file", text), diagnostics);
    REQUIRE(node);
    CHECK_FALSE(diagnostics.has_errors());
    return *node;
}

}  // namespace

TEST_CASE("every value knows its line, column, length and pointer")
{
    Node const root = parsed("{\n  // a note: \"x\", 1\n  \"a/b\": [1, -2.50, \"t\\\"wo\"], /* "
                             "more */\n  \"c\" : { \"d\":true }\n}");
    Node const* const text = value_at(root, "/a~1b/2");
    REQUIRE(text != nullptr);
    CHECK(text->text == "t\"wo");
    CHECK(text->place.line == 3);
    CHECK(text->place.column == 21);
    CHECK(text->place.length == 7);
    CHECK(text->pointer == "/a~1b/2");
    CHECK(value_at(root, "/a~1b/1")->text == "-2.50");  // As written, not as a double.
    CHECK(root.member("c")->place.line == 4);
    CHECK(root.member("c")->place.column == 3);
    CHECK(value_at(root, "/c/d")->truth);
    CHECK(value_at(root, "/c/e") == nullptr);
    CHECK(value_at(root, "/a~1b/3") == nullptr);
    CHECK(value_at(root, "/a~1b/01") == nullptr);
}

TEST_CASE("columns count characters, not bytes")
{
    Node const root = parsed("{ \"gr\xc3\xbc\xc3\x9f\": 1 }");
    CHECK(root.members.front().value.place.column == 11);
}

TEST_CASE("a byte order mark does not shift places")
{
    Node const root = parsed("\xef\xbb\xbf{\n \"a\": 1 }");
    CHECK(root.members.front().place.line == 2);
    CHECK(root.members.front().place.column == 2);
}

TEST_CASE("a merge patch adds, replaces, merges and removes")
{
    Node const target = parsed(R"({"a": {"b": 1, "c": 2}, "d": [1, 2], "e": 5})");
    Node const patch = parsed(R"({"a": {"b": null, "x": {"y": null, "z": 1}}, "d": [3], "f": 6})");
    CHECK(to_json_text(merge_patch(target, patch)) ==
          R"({"a":{"c":2,"x":{"z":1}},"d":[3],"e":5,"f":6})");
}

TEST_CASE("a value is put where its pointer says, and what is missing on the way is made")
{
    Node root = parsed(R"({"a": [1, 2]})");
    CHECK(put_value(root, "/a/1", parsed("9")));
    CHECK(put_value(root, "/a/-", parsed("10")));
    CHECK(put_value(root, "/b/c/d~1e", parsed("\"x\"")));
    CHECK(to_json_text(root) == R"({"a":[1,9,10],"b":{"c":{"d/e":"x"}}})");
    CHECK_FALSE(put_value(root, "/a/7", parsed("1")));
    CHECK_FALSE(put_value(root, "/a/x", parsed("1")));
    CHECK_FALSE(put_value(root, "/a/0/x", parsed("1")));
    CHECK_FALSE(put_value(root, "no-slash", parsed("1")));
    CHECK_FALSE(pointer_steps("/a~2"));
}

TEST_CASE("duplicate keys are all reported, at their place")
{
    char const* const text = "{ \"a\": 1,\n  \"a\": 2, \"b\": { \"c\": 1, \"c\": 1 } }";
    Diagnostics diagnostics;
    auto const root = parse_json(text, diagnostics.add_text("f", text), diagnostics);
    REQUIRE(root);
    auto const all = diagnostics.sorted();
    REQUIRE(all.size() == 2);
    CHECK(all[0].line == 2);
    CHECK(all[0].column == 3);
    CHECK(all[0].pointer == "/a");
    CHECK(all[1].pointer == "/b/c");
}

TEST_CASE("a hostile depth is refused and does not exhaust the stack")
{
    std::string const deep(1'000'000, '[');
    Diagnostics diagnostics;
    CHECK_FALSE(parse_json(deep, diagnostics.add_text("f", deep), diagnostics));
    CHECK(diagnostics.sorted().front().message == "more than 64 levels deep");
    std::string const fine = std::string(64, '[') + std::string(64, ']');
    Diagnostics quiet;
    CHECK(parse_json(fine, quiet.add_text("f", fine), quiet));
}

TEST_CASE("a diagnostic shows its line, cut to what surrounds the mark")
{
    Diagnostic const short_line{.file = "f.json",
                                .line = 7,
                                .column = 3,
                                .length = 4,
                                .pointer = "/x",
                                .message = "wrong",
                                .suggestion = "be right",
                                .source_line = "ab\tcdefg"};
    CHECK(render(short_line) ==
          "f.json:7:3: error: /x: wrong; be right\n    7 | ab cdefg\n      |   ^~~~\n");
    Diagnostic const nowhere{.severity = Severity::warning, .file = "f.json", .message = "odd"};
    CHECK(render(nowhere) == "f.json: warning: odd\n");
    Diagnostic long_line{.file = "f",
                         .line = 1,
                         .column = 301,
                         .message = "m",
                         .source_line = std::string(300, 'a') + "X" + std::string(300, 'b')};
    std::string const text = render(long_line);
    CHECK(text.find("...aaa") != std::string::npos);
    CHECK(text.find("bbb...") != std::string::npos);
    std::size_t const mark = text.find('^') - text.find("\n      | ") - 9;
    std::size_t const cell = text.find('X') - text.find("    1 | ") - 8;
    CHECK(mark == cell);
}

}  // namespace odradek::kafka
