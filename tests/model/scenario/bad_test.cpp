// The broken scenarios of tests/bad, each with the exact text that its user sees.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "model/scenario/reader.h"

namespace odradek::kafka {

namespace {

std::optional<std::string> read_text(std::string const& path)
{
    std::ifstream file{path, std::ios::binary};
    if (!file)
        return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> scenarios_in(std::string const& folder)
{
    std::vector<std::string> paths;
    for (auto const& entry : std::filesystem::directory_iterator{folder}) {
        if (entry.path().extension() == ".json")
            paths.push_back(folder + "/" + entry.path().filename().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

ReadResult read_file_with_arguments(std::string const& path)
{
    ReadOptions options;
    options.read_file = read_text;
    std::istringstream arguments{read_text(path.substr(0, path.size() - 5) + ".args").value_or("")};
    for (std::string line; std::getline(arguments, line);)
        options.set.push_back(line);
    return read_scenario(read_text(path).value(), path, options);
}

}  // namespace

TEST_CASE("every broken scenario gets the message that its .expected file holds")
{
    std::vector<std::string> const paths = scenarios_in("tests/bad");
    CHECK(paths.size() >= 50);
    for (std::string const& path : paths) {
        CAPTURE(path);
        std::string const expected_path = path.substr(0, path.size() - 5) + ".expected";
        ReadResult const result = read_file_with_arguments(path);
        std::string const told = render(result.diagnostics);
        CHECK_FALSE(told.empty());
        CHECK(result.variants.empty() == result.has_errors());
        if (std::getenv("ODRADEK_UPDATE") != nullptr)
            std::ofstream{expected_path, std::ios::binary} << told;
        CHECK(read_text(expected_path).value_or("(no .expected file)") == told);
    }
}

TEST_CASE("every good scenario is read without a word, and once more from its resolved form")
{
    std::vector<std::string> const paths = scenarios_in("tests/good");
    CHECK_FALSE(paths.empty());
    for (std::string const& path : paths) {
        CAPTURE(path);
        ReadResult const result = read_file_with_arguments(path);
        CHECK(render(result.diagnostics).empty());
        REQUIRE_FALSE(result.variants.empty());
        for (Scenario const& scenario : result.variants) {
            std::string const resolved = resolved_json(scenario);
            ReadResult const again = read_scenario(resolved, "resolved");
            CHECK(render(again.diagnostics).empty());
            REQUIRE(again.variants.size() == 1);
            CHECK(again.variants.front() == scenario);
            CHECK(resolved_json(again.variants.front()) == resolved);
        }
    }
}

}  // namespace odradek::kafka
