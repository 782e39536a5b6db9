#include "tools/terminal.h"

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "sim/time.h"

namespace odradek::cli {

namespace {

std::string_view environment(char const* name)
{
    char const* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) != 0; }

std::int64_t now_ms()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// "3.1M", "820k": a progress line is read at a glance.
std::string rounded(std::uint64_t number)
{
    if (number >= 10'000'000)
        return fmt::format("{}M", number / 1'000'000);
    if (number >= 1'000'000)
        return fmt::format("{}.{}M", number / 1'000'000, number % 1'000'000 / 100'000);
    return number >= 10'000 ? fmt::format("{}k", number / 1'000) : std::to_string(number);
}

}  // namespace

bool shows_color(std::string_view when, std::FILE* stream)
{
    if (when != "auto")
        return when == "always";
    if (!environment("NO_COLOR").empty())
        return false;
    std::string_view const force = environment("CLICOLOR_FORCE");
    if (!force.empty() && force != "0")
        return true;
    return environment("TERM") != "dumb" && is_terminal(stream);
}

std::string Paint::painted(std::string_view text, char const* code) const
{
    return on ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string{text};
}

std::string paint_diagnostics(std::string text, Paint const& paint)
{
    if (!paint.on)
        return text;
    std::string result;
    std::size_t begin = 0;
    while (begin < text.size()) {
        std::size_t const end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        std::string line = text.substr(begin, end - begin);
        begin = end;
        // A line of the file itself begins with a blank; the head of a diagnostic does not.
        if (!line.starts_with(' ')) {
            std::size_t const error = line.find(" error: ");
            std::size_t const warning = line.find(" warning: ");
            if (error < warning)
                line.replace(error + 1, 6, paint.bad("error:"));
            else if (warning != std::string::npos)
                line.replace(warning + 1, 8, paint.warning("warning:"));
        }
        result += line;
    }
    return result;
}

Stopwatch::Stopwatch() : begun_(now_ms()) {}

std::int64_t Stopwatch::milliseconds() const { return now_ms() - begun_; }

ProgressLine::ProgressLine(bool wanted)
    : wanted_(wanted),
      overwrites_(is_terminal(stderr) && environment("CI").empty() &&
                  environment("TERM") != "dumb"),
      next_ms_(overwrites_ ? 500 : 30'000)
{
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(Progress const& progress)
{
    std::int64_t const elapsed = watch_.milliseconds();
    if (!wanted_ || elapsed < next_ms_)
        return;
    next_ms_ = elapsed + (overwrites_ ? 200 : 30'000);
    auto const per_second = progress.events * 1000 / static_cast<std::uint64_t>(elapsed);
    std::string line = fmt::format("{}/{} runs", progress.runs_done, progress.runs);
    if (progress.failed != 0)
        line += fmt::format(", {} failed", progress.failed);
    line += fmt::format(
        ", {} virtual, {}x real time, {} events/s",
        sim::to_string(sim::Duration{progress.virtual_ns / 1'000'000'000 * 1'000'000'000}),
        progress.virtual_ns / 1'000'000 / elapsed, rounded(per_second));
    if (progress.runs_done != 0 && progress.runs_done < progress.runs) {
        auto const done = static_cast<std::int64_t>(progress.runs_done);
        auto const left = static_cast<std::int64_t>(progress.runs - progress.runs_done);
        line += fmt::format(", about {} s left", (elapsed * left / done + 999) / 1000);
    }
    if (overwrites_)
        fmt::print(stderr, "\r\033[K{}", line.substr(0, 78));
    else
        fmt::print(stderr, "odradek: {}\n", line);
    std::fflush(stderr);
    visible_ = overwrites_;
}

void ProgressLine::clear()
{
    if (visible_)
        fmt::print(stderr, "\r\033[K");
    visible_ = false;
}

}  // namespace odradek::cli
