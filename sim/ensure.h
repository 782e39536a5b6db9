// ENSURE: a law of our own code, always on, in release too. A broken law throws BrokenLaw; the
// engine catches it at the top, adds seed, time and the last events, and passes it on. Nobody else
// catches it.
#pragma once

#include <exception>
#include <string>

namespace odradek::sim {

// A law that does not hold: a bug of ours, never a mistake of the user or an error of the simulated
// world. `file` and `law` are string literals.
struct BrokenLaw : std::exception {
    char const* file;  // From the root of the repository where the build allows: "sim/queue.cpp".
    int line;
    char const*
        law;  // The law in words, as it should have been: "no event is scheduled in the past".

    BrokenLaw(char const* file, int line, char const* law) noexcept;
    char const* what() const noexcept override { return law; }
};

// "sim/queue.cpp:40: broken law: no event is scheduled in the past".
std::string to_string(BrokenLaw const& broken);

// Throws BrokenLaw. Out of line and cold, so that a law costs its caller one predicted branch.
[[noreturn, gnu::cold]] void break_law(char const* file, int line, char const* law);

}  // namespace odradek::sim

// One condition each; `law` is a string literal that says what must be true.
#define ENSURE(condition, law)                                                                     \
    (__builtin_expect(!(condition), 0) ? ::odradek::sim::break_law(__FILE__, __LINE__, law)        \
                                       : static_cast<void>(0))
