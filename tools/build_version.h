// Which build this is: a seed repeats a run of the same build only.
#pragma once

namespace odradek::cli {

extern char const* const version;  // "0.1.0"
extern char const* const build;    // The commit, "4f2c1a9", with "-dirty" if sources were changed.

}  // namespace odradek::cli
