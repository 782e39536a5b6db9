// Exit codes: what a script, a test runner or `git bisect run` learns of a command.
#pragma once

namespace odradek::cli {

enum class ExitCode : int {
    held = 0,          // Everything held; expected violations that occurred count as held.
    violated = 1,      // A violation, a failed bound or end state, or a required violation missing.
    inconclusive = 2,  // A budget or --until came first, or a `sometimes` was never reached.
    nondeterminism = 3,  // Same build, scenario and seed, and yet another digest.
    usage = 64,
    invalid = 65,   // The scenario.
    internal = 70,  // A bug of ours.
    io = 74,
    interrupted = 130,
};

enum class ExitCodeStyle { plain, meson, bisect };

// The number to exit with. meson: 77 skips, 99 is an error that no expected failure hides. bisect:
// 125 skips a commit; 130 stops the bisection.
constexpr int number(ExitCode code, ExitCodeStyle style)
{
    switch (code) {
    case ExitCode::held:
    case ExitCode::violated:
    case ExitCode::interrupted:
        return static_cast<int>(code);
    case ExitCode::inconclusive:
        if (style == ExitCodeStyle::meson)
            return 77;
        break;
    default:
        break;
    }
    switch (style) {
    case ExitCodeStyle::plain:
        break;
    case ExitCodeStyle::meson:
        return 99;
    case ExitCodeStyle::bisect:
        return 125;
    }
    return static_cast<int>(code);
}

}  // namespace odradek::cli
