#include "sim/ensure.h"

#include <cstring>

#include <fmt/format.h>

namespace odradek::sim {

BrokenLaw::BrokenLaw(char const* where, int at_line, char const* broken) noexcept
    : file(where), line(at_line), law(broken)
{
    // A build directory inside the repository names its sources "../sim/queue.cpp".
    while (std::strncmp(file, "../", 3) == 0)
        file += 3;
}

std::string to_string(BrokenLaw const& broken)
{
    return fmt::format("{}:{}: broken law: {}", broken.file, broken.line, broken.law);
}

void break_law(char const* file, int line, char const* law) { throw BrokenLaw(file, line, law); }

}  // namespace odradek::sim
