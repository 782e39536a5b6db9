// `odradek schema`: the JSON schema of scenario files.
#include <cstdio>

#include <fmt/core.h>

#include "model/scenario/reader.h"
#include "tools/verbs.h"

namespace odradek::cli {

ExitCode schema(Arguments const&)
{
    std::string text = kafka::scenario_schema();
    if (!text.ends_with('\n'))
        text += '\n';
    fmt::print("{}", text);
    return ExitCode::held;
}

}  // namespace odradek::cli
