// Ctrl-C, and crashes of our own: neither may lose what repeats the run.
#pragma once

#include <atomic>
#include <string>

namespace odradek::cli {

// Is set by the first SIGINT or SIGTERM; the second ends the program at once with 130.
std::atomic<bool> const& interrupted_flag();
void catch_interrupts();

// From now on a crash (SIGSEGV, SIGABRT, ...) prints the notes of the runs in progress and exits
// with `exit_code` instead of a signal.
void catch_crashes(int exit_code);

// As long as it lives, a crash prints this line.
class CrashNote {
public:
    explicit CrashNote(std::string line);
    ~CrashNote();
    CrashNote(CrashNote const&) = delete;
    CrashNote& operator=(CrashNote const&) = delete;

private:
    std::string line_;
    int slot_;
};

}  // namespace odradek::cli
