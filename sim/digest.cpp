#include "sim/digest.h"

#include <fmt/format.h>

namespace odradek::sim {

std::string Digest::text() const { return fmt::format("{:016x}{:016x}", high_, low_); }

}  // namespace odradek::sim
