// What stdout and stderr can show: colour, and one line of progress. Colour never says anything
// that the words do not say.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace odradek::cli {

// --color, NO_COLOR, CLICOLOR_FORCE and TERM, in this order, then whether it is a terminal.
bool shows_color(std::string_view when, std::FILE* stream);

// Paints words, or leaves them as they are.
struct Paint {
    bool on{false};

    std::string good(std::string_view text) const { return painted(text, "32"); }
    std::string bad(std::string_view text) const { return painted(text, "1;31"); }
    std::string warning(std::string_view text) const { return painted(text, "33"); }
    std::string strong(std::string_view text) const { return painted(text, "1"); }

private:
    std::string painted(std::string_view text, char const* code) const;
};

// Diagnostics with their "error:" and "warning:" painted.
std::string paint_diagnostics(std::string text, Paint const& paint);

// Wall time since it was made; the only clock there is outside a run, and it decides nothing.
class Stopwatch {
public:
    Stopwatch();
    std::int64_t milliseconds() const;

private:
    std::int64_t begun_;
};

// How far many runs are.
struct Progress {
    std::uint64_t runs_done{0};
    std::uint64_t runs{0};
    std::uint64_t failed{0};
    std::uint64_t events{0};
    std::int64_t virtual_ns{0};
};

// On a terminal one line that is overwritten; elsewhere, and where CI is set, a plain line every 30
// s.
class ProgressLine {
public:
    explicit ProgressLine(bool wanted);
    ~ProgressLine();
    ProgressLine(ProgressLine const&) = delete;
    ProgressLine& operator=(ProgressLine const&) = delete;

    void show(Progress const& progress);
    void clear();

private:
    bool wanted_;
    bool overwrites_;
    bool visible_{false};
    std::int64_t next_ms_;
    Stopwatch watch_;
};

}  // namespace odradek::cli
