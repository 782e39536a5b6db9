// For tests/schema_test.py: prints the scenario schema, or the resolved variants of a file as a
// JSON array.
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "model/scenario/reader.h"

namespace {

std::optional<std::string> read_text(std::string const& path)
{
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return file ? std::optional{text.str()} : std::nullopt;
}

}  // namespace

int main(int argc, char** argv)
{
    using namespace odradek::kafka;
    if (argc < 2)
        return std::fputs(scenario_schema().c_str(), stdout) < 0 ? 1 : 0;
    ReadOptions options;
    options.read_file = read_text;
    ReadResult const result = read_scenario(read_text(argv[1]).value_or(""), argv[1], options);
    std::string all;
    for (Scenario const& scenario : result.variants)
        all += (all.empty() ? "" : ",") + resolved_json(scenario);
    return std::printf("[%s]\n", all.c_str()) < 0 ? 1 : 0;
}
