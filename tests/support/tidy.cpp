#include "tests/support/tidy.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace odradek::tidy {

namespace {

bool starts_with_any(std::string_view text, std::vector<std::string_view> const& prefixes)
{
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return text.starts_with(prefix); });
}

void find(Findings& findings, Source const& source, int line, std::string what)
{
    findings.push_back({source.path, line, std::move(what)});
}

// ---- Layers ------------------------------------------------------------------------------------

std::string top_folder(std::string_view path)
{
    std::size_t const slash = path.find('/');
    return std::string{path.substr(0, slash == std::string_view::npos ? 0 : slash)};
}

std::optional<int> layer_of(std::string_view path)
{
    static std::map<std::string, int> const layers = {
        {"sim", 0}, {"model", 1}, {"tools", 2}, {"tests", 3}};
    auto const found = layers.find(top_folder(path));
    return found == layers.end() ? std::nullopt : std::optional{found->second};
}

// A folder of model/ ("log"), a file in it ("metadata/records") or one in model/ itself ("broker").
struct Part {
    int rank;
    bool is_role{false};  // Talks to other roles by message only.
};

constexpr int words = 0;    // Parts of this rank may use one another.
constexpr int judges = 10;  // And so may the parts above this rank.

// The order inside model/. A new folder or file takes its place here, on purpose and by hand. The
// longest name that fits decides.
std::map<std::string, Part, std::less<>> const& parts_of_model()
{
    static std::map<std::string, Part, std::less<>> const parts = {
        // Kafka's words and arithmetic, which everybody uses.
        {"types", {words}},
        {"directory_id", {words}},
        {"errors", {words}},
        {"metadata_version", {words}},
        {"version", {words}},
        {"switches", {words}},
        {"switch_table", {words}},
        {"switches_controller", {words}},
        {"switches_kraft", {words}},
        {"switches_replication", {words}},
        {"config", {words}},
        {"vocabulary", {words}},
        {"spelling", {words}},
        {"murmur2", {words}},
        {"search_near", {words}},
        {"topic_uuid", {words}},
        {"transaction_state", {words}},
        {"group_state", {words}},
        {"assignor_name", {words}},
        {"codec", {words}},
        {"cluster/names", {words}},
        // Plain values: what a log keeps, what is to be run, what can be seen of a run.
        {"record", {1}},
        {"scenario", {1}},
        {"metadata/records", {2}},
        {"observations", {2}},
        {"messages", {3}},
        {"out", {4}},
        // Pieces of a role.
        {"network", {5}},
        {"log", {5}},
        {"assignors", {5}},  // Who of a group reads what.
        {"metadata", {6}},
        {"coordinator", {6}},  // What keeps its state in a partition of an internal topic.
        // Roles. Those of rank 7 keep their state in a log, or use one.
        {"replica", {6, true}},
        {"kraft", {6}},  // A piece: the log that agrees with itself; its process owns one.
        {"controller", {7, true}},
        {"group", {7, true}},
        {"transaction", {7, true}},
        {"zookeeper", {7, true}},
        {"client", {7, true}},
        {"broker", {8}},
        {"server", {9}},
        // Above every role: who judges the cluster, builds it, and reads or writes about it.
        {"check", {judges}},
        {"cluster", {judges + 1}},
        {"workload", {judges + 1}},
        {"report", {judges + 1}},
        {"run", {judges + 1}},
    };
    return parts;
}

// "model/log/log.h" is of part "log", and so is "model/log.h"; "model/config_table.cpp" is of part
// "config": a file's name may go on after the part's. Empty if no part fits.
std::string part_name(std::string_view path)
{
    std::string_view const rest = path.substr(std::string_view{"model/"}.size());
    std::string longest;
    for (auto const& [name, part] : parts_of_model()) {
        bool const fits = rest.size() > name.size() && rest.starts_with(name) &&
                          std::string_view{"/._"}.find(rest[name.size()]) != std::string_view::npos;
        if (fits && name.size() > longest.size())
            longest = name;
    }
    return longest;
}

void check_model_include(Source const& source, Include const& include, Findings& findings)
{
    std::string const from_name = part_name(source.path);
    std::string const to_name = part_name(include.path);
    auto const from = parts_of_model().find(from_name);
    auto const to = parts_of_model().find(to_name);
    if (from == parts_of_model().end() || to == parts_of_model().end() || from_name == to_name)
        return;  // A part without a place is a finding of its own.
    if (from->second.is_role && to->second.is_role) {
        find(findings, source, include.line,
             "role " + from_name + " includes role " + to_name +
                 "; roles talk by message, and what both need belongs into a lower part");
        return;
    }
    bool const are_peers = to->second.rank == from->second.rank &&
                           (to->second.rank == words || to->second.rank > judges);
    if (to->second.rank >= from->second.rank && !are_peers)
        find(findings, source, include.line,
             from_name + " includes " + to_name +
                 ", which is not below it; the order is types < record < messages < log < replica, "
                 "kraft, metadata < controller, group, transaction, zookeeper, client < broker < "
                 "server < check < cluster");
}

// ---- Packages ----------------------------------------------------------------------------------

struct Home {
    std::string_view include;               // What an include of the package starts with.
    std::vector<std::string_view> sources;  // Where it may be included; "" is everywhere.
    bool in_headers;
    std::string_view right;
};

constexpr std::string_view codecs_live =
    "the codecs of record batches live in model/record_bytes/codec_*.cpp";

std::vector<Home> const& homes()
{
    static std::vector<Home> const all = {
        // First match decides, so the exception stands before its rule.
        {"fmt/ranges.h", {""}, false, "fmt/ranges.h is heavy: include it in a .cpp"},
        {"fmt/chrono.h", {"tools/"}, false, "there is no calendar in a run; chrono is for tools"},
        {"fmt/", {""}, true, ""},
        {"nlohmann/json_fwd.hpp",
         {"sim/trace", "model/scenario", "model/config", "model/report", "tools/", "tests/"},
         true,
         "JSON lives in sim/trace*, model/scenario*, model/config*, model/report* and tools"},
        {"nlohmann/",
         {"sim/trace", "model/scenario", "model/config", "model/report", "tools/", "tests/"},
         false,
         "JSON lives in the .cpp of sim/trace*, model/scenario*, model/config*, model/report* and "
         "in tools; a header takes nlohmann/json_fwd.hpp"},
        {"CLI/", {"tools/"}, false, "the command line lives in the .cpp of tools"},
        {"doctest/", {"tests/"}, false, "doctest lives in the .cpp of tests"},
        {"boost/graph/",
         {"model/check/", "tools/explain"},
         false,
         "Boost.Graph lives in the .cpp of model/check and tools/explain*"},
        {"boost/crc.hpp",
         {"model/record_bytes/crc32c"},
         false,
         "checksums of Kafka's files live in model/record_bytes/crc32c.cpp"},
        {"boost/", {}, false, "of Boost we use the graph library and the checksum only"},
        {"zlib.h", {"model/record_bytes/codec_"}, false, codecs_live},
        {"snappy.h", {"model/record_bytes/codec_"}, false, codecs_live},
        {"lz4.h", {"model/record_bytes/codec_"}, false, codecs_live},
        {"lz4frame.h", {"model/record_bytes/codec_"}, false, codecs_live},
        {"zstd.h", {"model/record_bytes/codec_"}, false, codecs_live},
        {"benchmark/", {"tools/bench"}, false, "Google Benchmark lives in tools/bench*"},
        {"valijson/", {"tests/"}, false, "schema validation is for tests"},
        {"xxhash.h", {"sim/"}, false, "the digest is made in sim"},
        {"unistd.h", {"tools/", "tests/", "sim/posix"}, false, "the system is for tools"},
        {"sys/", {"tools/", "tests/", "sim/posix"}, false, "the system is for tools"},
        {"fcntl.h", {"tools/", "tests/", "sim/posix"}, false, "the system is for tools"},
        {"stdint.h", {"sim/backend_plugin.h"}, true, "only the C interface is C; <cstdint>"},
        {"stddef.h", {"sim/backend_plugin.h"}, true, "only the C interface is C; <cstddef>"},
        {"lmdb.h", {"sim/backends/"}, false, "LMDB lives in the example of a storage backend"},
        {"dlfcn.h", {"tools/", "sim/"}, false, "plug-ins are loaded in a .cpp of sim or tools"},
    };
    return all;
}

// Standard headers that bring what a run must not have.
std::map<std::string, std::string> const& banned_standard_headers()
{
    static std::map<std::string, std::string> const banned = {
        {"chrono", "time is sim::Instant and sim::Duration"},
        {"ctime", "time is sim::Instant and sim::Duration"},
        {"random", "chance is drawn from sim's keyed dice"},
        {"thread", "a run has one thread; many runs are the tools' business"},
        {"mutex", "a run has one thread; many runs are the tools' business"},
        {"atomic", "a run has one thread; many runs are the tools' business"},
        {"future", "a run has one thread; many runs are the tools' business"},
        {"iostream", "stdout belongs to tools; say it in a note"},
        {"locale", "a run knows no locale"},
        {"cmath", "libm differs between machines; decide in integers"},
    };
    return banned;
}

// ---- Banned calls ------------------------------------------------------------------------------

struct Ban {
    std::vector<std::string_view> words;
    std::vector<std::string_view> folders;  // Where it is banned.
    std::vector<std::string_view> except;   // Files that may, by the start of their path.
    std::string_view right;
};

std::vector<Ban> const& bans()
{
    static std::vector<std::string_view> const all = {"sim/", "model/", "tools/", "tests/"};
    static std::vector<std::string_view> const run = {"sim/", "model/"};
    static std::vector<Ban> const list = {
        {{"system_clock", "high_resolution_clock", "gettimeofday", "localtime", "gmtime"},
         all,
         {},
         "nothing here may know the date; a run's time is sim::Instant"},
        {{"steady_clock", "clock_gettime"},
         all,
         {"tools/"},  // They report how long a run took.
         "a run's time is sim::Instant; only tools measure wall time"},
        {{"random_device"},
         all,
         {"tools/"},  // `--seed random` asks the system once, and prints the answer.
         "chance is drawn from sim's keyed dice"},
        {{"rand", "srand", "drand48", "mt19937", "mt19937_64", "minstd_rand",
          "default_random_engine", "uniform_int_distribution", "uniform_real_distribution",
          "normal_distribution", "lognormal_distribution", "exponential_distribution",
          "bernoulli_distribution", "discrete_distribution", "poisson_distribution",
          "geometric_distribution", "random_shuffle", "std::shuffle", "std::sample"},
         all,
         {},
         "its answers differ between standard libraries; draw from sim's dice and distributions"},
        {{"std::hash"}, all, {}, "it differs between standard libraries; order by value"},
        {{"thread_local"}, all, {}, "two engines may live in one process; pass what is needed"},
        {{"sleep", "usleep", "nanosleep", "sleep_for", "sleep_until"},
         all,
         {},
         "nothing waits for wall time; arm a timer in virtual time"},
        {{"float", "double"},
         run,
         {"model/report",               // Decimals for a reader, after the run.
          "model/client/perf_report"},  // Kafka's own summary of a performance test.
         "floats differ between machines; use integers, or a ratio of integers"},
        {{"getenv", "setlocale"}, run, {}, "a run reads no environment; pass an option"},
        {{"printf", "fprintf", "vprintf", "puts", "putchar", "fputs", "std::cout", "std::cerr",
          "std::clog", "fmt::print"},
         run,
         {},
         "stdout and stderr belong to tools; return the text or say it in a note"},
        {{"reinterpret_cast<std::uintptr_t>", "std::less<void*>"},
         run,
         {},
         "an address differs from run to run; order by id"},
    };
    return list;
}

// `std::map<Node*, ...>` and its like: walked in the order of addresses.
bool is_ordered_by_pointer(std::string_view line)
{
    for (std::string_view container : {"std::map<", "std::set<", "std::multimap<"}) {
        std::size_t const at = line.find(container);
        if (at == std::string_view::npos)
            continue;
        std::size_t const key = at + container.size();
        std::size_t const end = line.find_first_of(",<>", key);
        std::string_view const type =
            line.substr(key, end == std::string_view::npos ? end : end - key);
        if (type.find('*') != std::string_view::npos)
            return true;
    }
    return false;
}

// `static int runs = 0;`: what one engine leaves there, the next one finds.
bool is_mutable_static(std::string_view line)
{
    std::size_t const at = find_word(line, "static");
    if (at == std::string_view::npos || has_word(line, "const") || has_word(line, "constexpr"))
        return false;
    std::size_t const end = line.find_first_of("=;{(", at);
    return end != std::string_view::npos && line[end] != '(';
}

}  // namespace

std::string Finding::text() const { return path + ":" + std::to_string(line) + ": " + what; }

void check_include_directions(Source const& source, Findings& findings)
{
    std::optional<int> const from = layer_of(source.path);
    if (!from)
        return;
    if (source.is_in("model") && part_name(source.path).empty())
        find(findings, source, 0,
             "has no place in the order of model/; give it one in tests/support/tidy.cpp");
    for (Include const& include : includes_of(source)) {
        if (!include.quoted)
            continue;
        std::optional<int> const to = layer_of(include.path);
        if (!to) {
            find(findings, source, include.line,
                 "\"" + include.path +
                     "\" is not under sim/, model/, tools/ or tests/; ours are included from the "
                     "root, packages in <>");
            continue;
        }
        if (*to > *from)
            find(findings, source, include.line,
                 top_folder(source.path) + " includes " + top_folder(include.path) +
                     "; the arrows are tools -> model -> sim, and only tests may know tests");
        else if (*from == 1 && *to == 1)
            check_model_include(source, include, findings);
    }
}

void check_package_homes(Source const& source, Findings& findings)
{
    for (Include const& include : includes_of(source)) {
        if (include.quoted)
            continue;
        if (include.path.find_first_of("/.") == std::string::npos) {
            auto const banned = banned_standard_headers().find(include.path);
            if (banned != banned_standard_headers().end() &&
                (source.is_in("sim") || source.is_in("model")))
                find(findings, source, include.line,
                     "<" + include.path + "> in " + top_folder(source.path) + "; " +
                         banned->second);
            continue;
        }
        auto const home = std::find_if(homes().begin(), homes().end(), [&](Home const& each) {
            return include.path.starts_with(each.include);
        });
        if (home == homes().end())
            find(findings, source, include.line,
                 "<" + include.path +
                     "> belongs to no package we know; name its home in tests/support/tidy.cpp");
        else if (!starts_with_any(source.path, home->sources) ||
                 (source.is_header() && !home->in_headers))
            find(findings, source, include.line,
                 "<" + include.path + "> is not at home here; " + std::string{home->right});
    }
}

void check_banned_calls(Source const& source, Findings& findings)
{
    bool const in_run = source.is_in("sim") || source.is_in("model");
    for (std::size_t i = 0; i < source.code.size(); ++i) {
        std::string const& line = source.code[i];
        int const number = static_cast<int>(i + 1);
        if (line.starts_with("#include"))
            continue;
        for (Ban const& ban : bans()) {
            if (!starts_with_any(source.path, ban.folders) ||
                starts_with_any(source.path, ban.except))
                continue;
            for (std::string_view word : ban.words) {
                if (has_word(line, word))
                    find(findings, source, number,
                         std::string{word} + " in " + top_folder(source.path) + "; " +
                             std::string{ban.right});
            }
        }
        if (in_run && is_ordered_by_pointer(line))
            find(findings, source, number,
                 "a container ordered by address, which differs from run to run; order by id");
        if (in_run && is_mutable_static(line))
            find(findings, source, number,
                 "a static that changes; two engines may live in one process, so pass it");
    }
}

void check_header_form(Source const& source, Findings& findings)
{
    if (!source.is_header())
        return;
    if (source.lines.empty() || !source.lines[0].starts_with("// "))
        find(findings, source, 1,
             "no opening comment; a header begins with what it is, and its source");
    if (std::find(source.lines.begin(), source.lines.end(), "#pragma once") == source.lines.end())
        find(findings, source, 1, "no #pragma once; it stands below the opening comment");
    for (std::size_t i = 0; i < source.code.size(); ++i) {
        if (source.code[i].find("using namespace") != std::string::npos)
            find(findings, source, static_cast<int>(i + 1),
                 "using namespace in a header; write the names out");
    }
}

void check_unordered_walks(Source const& source, std::set<std::string> const& unordered,
                           Findings& findings)
{
    if (!source.is_cpp())
        return;
    for (std::size_t i = 0; i < source.code.size(); ++i) {
        std::string const& line = source.code[i];
        bool walks = false;
        std::size_t const loop = find_word(line, "for");
        std::size_t const colon = line.find(" : ");
        if (loop != std::string::npos && colon != std::string::npos && colon > loop) {
            std::string const range = line.substr(colon);
            walks = range.find("unordered_") != std::string::npos ||
                    std::any_of(unordered.begin(), unordered.end(),
                                [&](std::string const& name) { return has_word(range, name); });
        }
        for (std::string const& name : unordered) {
            std::size_t const at = find_word(line, name);
            if (at != std::string::npos &&
                (line.find(name + ".begin()", at) == at || line.find(name + ".cbegin()", at) == at))
                walks = true;
        }
        if (walks)
            find(findings, source, static_cast<int>(i + 1),
                 "walks an unordered container, whose order differs between standard libraries; "
                 "look things up in it, and walk a std::map or a sorted vector");
    }
}

void check_path_words(std::string_view path, Findings& findings)
{
    static std::set<std::string> const hiding_places = {
        "util", "utils", "utilities", "common", "helper", "helpers", "misc", "core", "stuff"};
    for (std::string const& word : split(path, "/_.-")) {
        if (hiding_places.contains(word))
            findings.push_back({std::string{path}, 0,
                                "\"" + word + "\" in a name says nothing; name what is inside"});
    }
}

void check_lines(Source const& source, Findings& findings)
{
    constexpr std::ptrdiff_t columns = 100;
    std::string const unfinished = std::string{"TO"} + "DO";  // In two, or this line is a finding.
    std::string closing;  // Of a raw string we are in: a table or a JSON text keeps its own lines.
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        std::string const& line = source.lines[i];
        int const number = static_cast<int>(i + 1);
        bool is_data = !closing.empty();
        std::size_t from = 0;
        if (std::size_t const quote = line.find("R\""); closing.empty() && quote != line.npos) {
            std::size_t const opening = line.find('(', quote);
            if (opening != line.npos) {
                is_data = true;
                closing = ")" + line.substr(quote + 2, opening - quote - 2) + "\"";
                from = opening;
            }
        }
        if (!closing.empty() && line.find(closing, from) != line.npos)
            closing.clear();
        std::ptrdiff_t const length =
            std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
        if (length > columns && !is_data)
            find(findings, source, number,
                 std::to_string(length) + " columns; 100 is the end of a line");
        if (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t'))
            find(findings, source, number, "blanks at the end of the line; remove them");
        if (line.find('\t') != std::string::npos)
            find(findings, source, number, "a tab; indent with spaces, and write \\t in a literal");
        if (has_word(line, unfinished))
            find(findings, source, number,
                 unfinished + " left in; do it, or refuse the case with a clear message");
    }
}

void check_is_listed(std::string_view path, std::vector<Source> const& builds, Findings& findings)
{
    for (Source const& build : builds) {
        std::string const folder = build.path.substr(0, build.path.rfind('/') + 1);
        for (std::string const& line : build.lines) {
            std::size_t open = line.find('\'');
            while (open != std::string::npos) {
                std::size_t const close = line.find('\'', open + 1);
                if (close == std::string::npos)
                    break;
                std::string listed = line.substr(open + 1, close - open - 1);
                while (listed.starts_with("../"))  // To the root, and down from there.
                    listed.erase(0, 3);
                // A scenario's row may name it from scenarios/, where all of them lie.
                if (listed == path || folder + listed == path || "scenarios/" + listed == path)
                    return;
                open = line.find('\'', close + 1);
            }
        }
    }
    findings.push_back(
        {std::string{path}, 0,
         path.ends_with(".json")
             ? "no meson.build runs this scenario; list it in tests/meson.build"
             : "no meson.build lists this file; list it in its folder's, or drop it"});
}

std::set<std::string> pointed_at(std::string_view line)
{
    std::set<std::string> targets;
    auto const add_between = [&](std::string_view open, char close) {
        for (std::size_t at = line.find(open); at != std::string_view::npos;) {
            std::size_t const start = at + open.size();
            std::size_t const end = line.find(close, start);
            if (end == std::string_view::npos)
                return;
            targets.emplace(line.substr(start, end - start));
            at = line.find(open, end + 1);
        }
    };
    add_between("](", ')');
    std::erase_if(targets, [](std::string const& target) {
        return target.find("://") != std::string::npos || target.starts_with('#');
    });
    std::set<std::string> const links = std::exchange(targets, {});
    add_between("`", '`');
    std::erase_if(targets, [](std::string const& target) {
        bool const is_ours = starts_with_any(
            target, {"sim/", "model/", "tools/", "tests/", "scenarios/", "subprojects/"});
        return !is_ours || target.find_first_of("*<{ ") != std::string::npos;
    });
    targets.insert(links.begin(), links.end());
    return targets;
}

}  // namespace odradek::tidy
