#include "tests/support/tidy.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace odradek;

namespace {

// ---- The tree ----------------------------------------------------------------------------------

// The repository: as the build says, or the folder above us that looks like it.
std::filesystem::path root()
{
    if (char const* told = std::getenv("ODRADEK_ROOT"))
        return told;
    std::filesystem::path folder = std::filesystem::current_path();
    while (!std::filesystem::exists(folder / "tests/tidy_test.cpp") && folder.has_relative_path())
        folder = folder.parent_path();
    return folder;
}

std::string text_of(std::filesystem::path const& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// Every path of ours below `folder`, relative to the root, in alphabetical order.
std::set<std::string> paths_in(std::string const& folder)
{
    std::set<std::string> paths;
    std::filesystem::path const top = root() / folder;
    if (!std::filesystem::exists(top))
        return paths;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{top}) {
        if (entry.is_regular_file())
            paths.insert(entry.path().lexically_relative(root()).generic_string());
    }
    return paths;
}

// All files in sim/, model/, tools/, tests/ and scenarios/, and the top meson.build, by path.
// `__pycache__` is Python's, not ours.
std::map<std::string, tidy::Source> const& tree()
{
    static std::map<std::string, tidy::Source> const all = [] {
        std::map<std::string, tidy::Source> sources;
        for (std::string const folder : {"sim", "model", "tools", "tests", "scenarios"}) {
            for (std::string const& path : paths_in(folder)) {
                if (path.find("__pycache__") == std::string::npos)
                    sources.emplace(path, tidy::Source{path, text_of(root() / path)});
            }
        }
        sources.emplace("meson.build",
                        tidy::Source{"meson.build", text_of(root() / "meson.build")});
        return sources;
    }();
    return all;
}

std::vector<tidy::Source> builds()
{
    std::vector<tidy::Source> found;
    for (auto const& [path, source] : tree()) {
        if (path.ends_with("meson.build"))
            found.push_back(source);
    }
    return found;
}

// One failure for each finding, in its own words.
void report(tidy::Findings const& findings)
{
    for (tidy::Finding const& finding : findings)
        FAIL_CHECK(finding.text());
}

template <typename Check>
void hold_for_cpp(Check const& check)
{
    int files = 0;
    tidy::Findings findings;
    for (auto const& [path, source] : tree()) {
        if (source.is_cpp()) {
            ++files;
            check(source, findings);
        }
    }
    CHECK_MESSAGE(files > 5, "the tree was not found; set ODRADEK_ROOT");
    report(findings);
}

// ---- The rules ---------------------------------------------------------------------------------

struct Row {
    std::string path;
    std::string line;
    std::string says;  // A part of the only finding's text; empty when the line is fine.
};

template <typename Check>
void judge(std::vector<Row> const& rows, Check const& check)
{
    for (Row const& row : rows) {
        CAPTURE(row.path);
        CAPTURE(row.line);
        tidy::Findings findings;
        check(tidy::Source{row.path, row.line}, findings);
        std::ostringstream found;
        for (tidy::Finding const& finding : findings)
            found << finding.text() << '\n';
        CAPTURE(found.str());
        if (row.says.empty()) {
            CHECK(findings.empty());
        } else {
            REQUIRE(findings.size() == 1);
            CHECK(findings[0].text().find(row.says) != std::string::npos);
        }
    }
}

}  // namespace

TEST_CASE("includes go downward only")
{
    judge(
        {
            {"sim/disk.cpp", "#include \"sim/time.h\"", ""},
            {"sim/disk.cpp", "#include \"model/types.h\"", "sim includes model"},
            {"sim/disk.cpp", "#include \"tools/run.h\"", "sim includes tools"},
            {"sim/disk.cpp", "// #include \"model/types.h\"", ""},
            {"sim/disk.cpp", "#include \"time.h\"", "is not under sim/"},
            {"model/types.h", "#include \"sim/time.h\"", ""},
            {"model/types.h", "#include \"tools/run.h\"", "model includes tools"},
            {"model/types.h", "#include \"tests/support/world.h\"", "model includes tests"},
            {"tools/run.cpp", "#include \"model/cluster.h\"", ""},
            {"tools/run.cpp", "#include \"tests/support/world.h\"", "tools includes tests"},
            {"tests/model/log_test.cpp", "#include \"model/log/log.h\"", ""},
        },
        tidy::check_include_directions);
}

TEST_CASE("inside model, a part includes only parts below it")
{
    judge(
        {
            {"model/record.h", "#include \"model/types.h\"", ""},
            {"model/types.h", "#include \"model/record.h\"", "types includes record"},
            {"model/messages/fetch.h", "#include \"model/record.h\"", ""},
            {"model/messages/fetch.h", "#include \"model/log/log.h\"", "messages includes log"},
            {"model/log/log.cpp", "#include \"model/log/segment.h\"", ""},
            {"model/replica/leader.cpp", "#include \"model/log/log.h\"", ""},
            {"model/metadata/image.h", "#include \"model/broker.h\"", "metadata includes broker"},
            {"model/controller/controller.cpp", "#include \"model/metadata/image.h\"", ""},
            {"model/broker.cpp", "#include \"model/replica/leader.h\"", ""},
            {"model/broker/routes.cpp", "#include \"model/controller/controller.h\"", ""},
            {"model/broker.cpp", "#include \"model/cluster.h\"", "broker includes cluster"},
            {"model/cluster.cpp", "#include \"model/scenario/scenario.h\"", ""},
            {"model/scenario_json.cpp", "#include \"model/cluster.h\"",
             "scenario includes cluster"},
            {"model/config_table.cpp", "#include \"model/version.h\"", ""},
            {"model/messages/alter_partition.h", "#include \"model/metadata/records.h\"", ""},
            {"model/messages/fetch.h", "#include \"model/metadata/image.h\"",
             "messages includes metadata"},
            {"model/check/history.h", "#include \"model/cluster/names.h\"", ""},
            {"model/check/history.h", "#include \"model/cluster/process.h\"",
             "check includes cluster"},
            {"model/cluster/names.h", "#include \"model/cluster/process.h\"",
             "cluster/names includes cluster"},
            {"model/gadget.h", "#include \"model/types.h\"",
             "gadget.h:0: has no place in the order"},
        },
        tidy::check_include_directions);
}

TEST_CASE("no role includes another role, and no role knows its judges")
{
    judge(
        {
            {"model/replica/leader.cpp", "#include \"model/replica/isr.h\"", ""},
            {"model/client/producer.cpp", "#include \"model/replica/leader.h\"",
             "role client includes role replica"},
            {"model/controller/controller.cpp", "#include \"model/group/group.h\"",
             "role controller includes role group"},
            {"model/replica/leader.cpp", "#include \"model/check/laws.h\"",
             "replica includes check"},
            {"model/broker.cpp", "#include \"model/check/laws.h\"", "broker includes check"},
            {"model/cluster.cpp", "#include \"model/check/laws.h\"", ""},
            {"model/check/durability.cpp", "#include \"model/log/log.h\"", ""},
            {"tools/run.cpp", "#include \"model/check/laws.h\"", ""},
        },
        tidy::check_include_directions);
}

TEST_CASE("each package has one home")
{
    judge(
        {
            {"sim/time.cpp", "#include <fmt/format.h>", ""},
            {"sim/time.h", "#include <fmt/ranges.h>", "include it in a .cpp"},
            {"sim/trace_json.cpp", "#include <nlohmann/json.hpp>", ""},
            {"sim/network.cpp", "#include <nlohmann/json.hpp>", "not at home"},
            {"model/scenario/reader.cpp", "#include <nlohmann/json.hpp>", ""},
            {"model/scenario/scenario.h", "#include <nlohmann/json_fwd.hpp>", ""},
            {"model/scenario/scenario.h", "#include <nlohmann/json.hpp>", "json_fwd.hpp"},
            {"model/broker.cpp", "#include <nlohmann/json.hpp>", "not at home"},
            {"tools/run.cpp", "#include <nlohmann/json.hpp>", ""},
            {"tools/main.cpp", "#include <CLI/CLI.hpp>", ""},
            {"model/cluster.cpp", "#include <CLI/CLI.hpp>", "not at home"},
            {"tests/sim/time_test.cpp", "#include <doctest/doctest.h>", ""},
            {"tests/support/world.h", "#include <doctest/doctest.h>", "not at home"},
            {"sim/time.cpp", "#include <doctest/doctest.h>", "not at home"},
            {"model/check/isolation.cpp", "#include <boost/graph/adjacency_list.hpp>", ""},
            {"model/check/isolation.h", "#include <boost/graph/adjacency_list.hpp>", "not at home"},
            {"model/broker.cpp", "#include <boost/graph/adjacency_list.hpp>", "not at home"},
            {"sim/queue.cpp", "#include <boost/heap/d_ary_heap.hpp>", "of Boost we use"},
            {"tools/bench/queue.cpp", "#include <benchmark/benchmark.h>", ""},
            {"sim/queue.cpp", "#include <benchmark/benchmark.h>", "not at home"},
            {"sim/queue.cpp", "#include <absl/hash/hash.h>", "no package we know"},
            {"sim/queue.cpp", "#include <vector>", ""},
            {"sim/queue.cpp", "#include <random>", "keyed dice"},
            {"model/broker.cpp", "#include <chrono>", "sim::Instant"},
            {"tools/run.cpp", "#include <chrono>", ""},
            {"tools/run.cpp", "#include <unistd.h>", ""},
            {"sim/disk.cpp", "#include <unistd.h>", "the system is for tools"},
        },
        tidy::check_package_homes);
}

TEST_CASE("what would make two runs differ is banned by name")
{
    judge(
        {
            {"sim/a.cpp", "auto t = std::chrono::system_clock::now();", "system_clock"},
            {"tools/a.cpp", "auto t = std::chrono::system_clock::now();", "system_clock"},
            {"model/a.cpp", "auto t = std::chrono::steady_clock::now();", "steady_clock"},
            {"tools/a.cpp", "auto t = std::chrono::steady_clock::now();", ""},
            {"sim/a.cpp", "std::random_device device;", "random_device"},
            {"tools/a.cpp", "std::random_device device;", ""},
            {"sim/a.cpp", "int x = rand();", "rand in sim"},
            {"sim/a.cpp", "int operand = strand(1);", ""},
            {"tests/a.cpp", "std::mt19937_64 generator{7};", "mt19937_64"},
            {"sim/a.cpp", "std::uniform_int_distribution<int> die{1, 6};", "distribution"},
            {"model/a.cpp", "std::shuffle(begin, end, dice);", "std::shuffle"},
            {"model/a.cpp", "dice.shuffle(replicas);", ""},
            {"model/a.cpp", "std::hash<int>{}(1);", "std::hash"},
            {"tools/a.cpp", "thread_local int depth = 0;", "thread_local"},
            {"tests/a.cpp", "std::this_thread::sleep_for(1ms);", "sleep_for"},
            {"model/replica/a.cpp", "double lag = 0;", "double in model"},
            {"sim/a.h", "constexpr float ratio{1};", "float in sim"},
            {"model/report.cpp", "double mean = 0;", ""},
            {"model/client/perf_report.cpp", "double mean = 0;", ""},
            {"tools/a.cpp", "double mean = 0;", ""},
            {"sim/a.cpp", "char const* home = std::getenv(\"HOME\");", "getenv"},
            {"tools/a.cpp", "char const* home = std::getenv(\"NO_COLOR\");", ""},
            {"sim/a.cpp", "fmt::print(\"here\");", "fmt::print"},
            {"model/a.cpp", "std::cout << 1;", "std::cout"},
            {"model/a.cpp", "std::printf(\"x\");", "printf"},
            {"model/a.cpp", "std::map<Node*, int> ages;", "ordered by address"},
            {"model/a.cpp", "std::map<NodeId, Node*> nodes;", ""},
            {"model/a.cpp", "static int runs = 0;", "a static that changes"},
            {"model/a.cpp", "static std::map<int, int> const table = {{1, 2}};", ""},
            {"model/a.cpp", "static constexpr int api_key = 52;", ""},
            {"model/a.h", "static Offset first();", ""},
        },
        tidy::check_banned_calls);
}

TEST_CASE("a comment and a literal may name what is banned")
{
    judge(
        {
            {"sim/a.cpp", "// Unlike rand(), a draw is keyed.", ""},
            {"sim/a.cpp", "/* double\n   rand() */ int x;", ""},
            {"sim/a.cpp", "out.note(\"rand() of double \\\" sleep\");", ""},
            {"sim/a.cpp", "auto t = R\"(rand()\n\"double)\";", ""},
            {"sim/a.cpp", "int x = 1'000; rand();", "rand"},
            {"sim/a.cpp", "char c = '\"'; rand(); char d = '\"';", "rand"},
            {"sim/a.cpp", "auto t = \"a\"; rand();", "rand"},
            {"sim/a.cpp", "/* one */ rand(); // two", "rand"},
        },
        tidy::check_banned_calls);
}

TEST_CASE("an unordered container may be asked, and not walked")
{
    auto const check = [](tidy::Source const& source, tidy::Findings& findings) {
        tidy::check_unordered_walks(source, tidy::unordered_names(source), findings);
    };
    judge(
        {
            {"sim/a.cpp", "std::unordered_map<int, int> ages;\nfor (auto const& age : ages)",
             "sim/a.cpp:2: walks an unordered container"},
            {"sim/a.cpp",
             "void f(std::unordered_set<int> const& ids)\n{ for (int id : ids) use(id); }",
             "sim/a.cpp:2: walks"},
            {"sim/a.cpp",
             "std::unordered_map<int, std::map<int, int>> deep_{};\nauto i = deep_.begin();",
             "sim/a.cpp:2: walks"},
            {"sim/a.cpp", "std::unordered_map<int, int> ages;\nauto i = ages.find(7);", ""},
            {"sim/a.cpp", "std::unordered_map<int, int> ages;\nfor (int pages : all_pages)", ""},
            {"sim/a.cpp", "std::map<int, int> ages;\nfor (auto const& age : ages)", ""},
        },
        check);
}

TEST_CASE("a header begins with what it is")
{
    judge(
        {
            {"sim/a.h", "// Virtual time.\n#pragma once\n", ""},
            {"sim/a.h", "#pragma once\n", "no opening comment"},
            {"sim/a.h", "// Virtual time.\n", "no #pragma once"},
            {"sim/a.h", "// Time.\n#pragma once\nusing namespace std;\n", "write the names out"},
            {"sim/a.cpp", "#include \"sim/a.h\"\n", ""},
        },
        tidy::check_header_form);
}

TEST_CASE("a line ends before column 101 and leaves nothing undone")
{
    static std::string const just_fits(100, 'x');
    static std::string const too_long(101, 'x');
    static std::string const wide = std::string(98, 'x') + "\xC3\xA9\xC3\xA9";  // Two é.
    static std::string const undone = std::string{"// TO"} + "DO: think";
    judge(
        {
            {"sim/a.cpp", just_fits, ""},
            {"sim/a.cpp", too_long, "101 columns"},
            {"sim/a.cpp", wide, ""},
            {"sim/a.cpp", undone, "left in"},
            {"sim/a.cpp", "int x; ", "blanks at the end"},
            {"sim/a.cpp", "\tint x;", "a tab"},
        },
        tidy::check_lines);
}

TEST_CASE("no name is a hiding place")
{
    tidy::Findings findings;
    tidy::check_path_words("model/utils.h", findings);
    tidy::check_path_words("model/string_helpers.cpp", findings);
    tidy::check_path_words("sim/common/time.h", findings);
    CHECK(findings.size() == 3);
    tidy::check_path_words("model/commonly.h", findings);
    CHECK(findings.size() == 3);
}

TEST_CASE("a source or a scenario that no meson.build lists is found")
{
    std::vector<tidy::Source> const builds = {
        {"sim/meson.build", "  'time.cpp',\n"},
        {"tests/meson.build", "  'sim/time_test.cpp',\n  ['replication/leader-crash.json', 60],\n"},
        {"tools/bench/meson.build", "  '../../scenarios/scale/thousand-brokers.json',\n"},
    };
    tidy::Findings findings;
    tidy::check_is_listed("sim/time.cpp", builds, findings);
    tidy::check_is_listed("tests/sim/time_test.cpp", builds, findings);
    tidy::check_is_listed("scenarios/replication/leader-crash.json", builds, findings);
    tidy::check_is_listed("scenarios/scale/thousand-brokers.json", builds, findings);
    CHECK(findings.empty());
    tidy::check_is_listed("model/time.cpp", builds, findings);
    tidy::check_is_listed("scenarios/replication/split.json", builds, findings);
    REQUIRE(findings.size() == 2);
    CHECK(findings[1].text().find("no meson.build runs this scenario") != std::string::npos);
}

TEST_CASE("a page's links and paths are found")
{
    using Targets = std::set<std::string>;
    CHECK(tidy::pointed_at("see [sim](sim/README.md) and `model/log/log.h`, `log_end`") ==
          Targets{"sim/README.md", "model/log/log.h"});
    CHECK(tidy::pointed_at("[a](https://example.org) `sim/*.h` [b](#below) `tests`").empty());
    CHECK(tidy::pointed_at("[License](LICENSE)") == Targets{"LICENSE"});
}

// ---- The house itself --------------------------------------------------------------------------

TEST_CASE("the house: includes go downward only") { hold_for_cpp(tidy::check_include_directions); }

TEST_CASE("the house: packages are at home") { hold_for_cpp(tidy::check_package_homes); }

TEST_CASE("the house: nothing makes two runs differ")
{
    hold_for_cpp(tidy::check_banned_calls);
    hold_for_cpp([](tidy::Source const& source, tidy::Findings& findings) {
        std::set<std::string> names = tidy::unordered_names(source);
        std::string const stem = source.path.substr(0, source.path.rfind('.'));
        for (char const* suffix : {".h", ".cpp"}) {
            auto const sibling = tree().find(stem + suffix);
            if (sibling != tree().end())
                names.merge(tidy::unordered_names(sibling->second));
        }
        tidy::check_unordered_walks(source, names, findings);
    });
}

TEST_CASE("the house: headers say what they are") { hold_for_cpp(tidy::check_header_form); }

TEST_CASE("the house: lines, names and lists are in order")
{
    tidy::Findings findings;
    std::vector<tidy::Source> const all_builds = builds();
    for (auto const& [path, source] : tree()) {
        tidy::check_path_words(path, findings);
        bool const is_script = path.ends_with(".py") || path.ends_with("meson.build");
        if (source.is_cpp() || is_script)
            tidy::check_lines(source, findings);
        bool const is_scenario = source.is_in("scenarios") && path.ends_with(".json");
        if (path.ends_with(".cpp") || is_scenario)
            tidy::check_is_listed(path, all_builds, findings);
    }
    report(findings);
}

TEST_CASE("the house: pages point at what exists")
{
    for (std::string const folder : {".", "sim", "model", "tools", "tests", "scenarios"}) {
        for (std::string const name : {"README.md", "CONTRIBUTING.md"}) {
            std::filesystem::path const page = std::filesystem::path{folder} / name;
            tidy::Source const source{page.lexically_normal().generic_string(),
                                      text_of(root() / page)};
            bool is_output = false;
            for (std::size_t i = 0; i < source.lines.size(); ++i) {
                is_output = is_output != source.lines[i].starts_with("```");
                if (is_output)
                    continue;
                for (std::string const& target : tidy::pointed_at(source.lines[i])) {
                    std::string const path = target.substr(0, target.find('#'));
                    if (!std::filesystem::exists(root() / folder / path) &&
                        !std::filesystem::exists(root() / path))
                        FAIL_CHECK(source.path, ":", i + 1, ": points at ", path,
                                   ", which does not exist; name what does");
                }
            }
        }
    }
}
