#include "tools/signals.h"

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace odradek::cli {

namespace {

std::atomic<bool> interrupted{false};
std::atomic<int> crash_exit_code{70};
std::array<std::atomic<char const*>, 64> crash_lines{};

// Handlers may call what is async-signal-safe, and nothing else.
void say(char const* text)
{
    [[maybe_unused]] ssize_t const written = write(STDERR_FILENO, text, std::strlen(text));
}

void on_interrupt(int)
{
    if (interrupted.exchange(true))
        _exit(130);
}

void on_crash(int signal)
{
    say("odradek: internal error: crashed with ");
    say(signal == SIGSEGV   ? "SIGSEGV"
        : signal == SIGABRT ? "SIGABRT"
        : signal == SIGFPE  ? "SIGFPE"
        : signal == SIGBUS  ? "SIGBUS"
                            : "SIGILL");
    say("; this is a bug of odradek, in one of these runs:\n");
    for (std::atomic<char const*> const& line : crash_lines)
        if (char const* text = line.load())
            say(text);
    _exit(crash_exit_code);
}

void handle(int signal, void (*handler)(int))
{
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

}  // namespace

std::atomic<bool> const& interrupted_flag() { return interrupted; }

void catch_interrupts()
{
    handle(SIGINT, on_interrupt);
    handle(SIGTERM, on_interrupt);
}

void catch_crashes(int exit_code)
{
    crash_exit_code = exit_code;
#ifndef __SANITIZE_ADDRESS__  // It knows more about a crash than we do.
    for (int const signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL})
        handle(signal, on_crash);
#endif
}

CrashNote::CrashNote(std::string line) : line_(std::move(line) + "\n"), slot_(-1)
{
    for (std::size_t i = 0; i < crash_lines.size() && slot_ < 0; ++i) {
        char const* expected = nullptr;
        if (crash_lines[i].compare_exchange_strong(expected, line_.c_str()))
            slot_ = static_cast<int>(i);
    }
}

CrashNote::~CrashNote()
{
    if (slot_ >= 0)
        crash_lines[static_cast<std::size_t>(slot_)] = nullptr;
}

}  // namespace odradek::cli
