// A mistake of the user, or a file that cannot be read or written. Thrown by the verbs, caught in
// main.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "tools/exit_code.h"

namespace odradek::cli {

struct UserError : std::exception {
    ExitCode code;
    std::string file;        // Or empty.
    std::string message;     // What is wrong, without full stop.
    std::string suggestion;  // What would be right; may be empty.

    UserError(ExitCode code_, std::string file_, std::string message_, std::string suggestion_ = {})
        : code(code_),
          file(std::move(file_)),
          message(std::move(message_)),
          suggestion(std::move(suggestion_))
    {
    }
    char const* what() const noexcept override { return message.c_str(); }
};

inline UserError usage_error(std::string message, std::string suggestion = {})
{
    return {ExitCode::usage, {}, std::move(message), std::move(suggestion)};
}

inline UserError io_error(std::string path, std::string reason)
{
    return {ExitCode::io, std::move(path), std::move(reason)};
}

}  // namespace odradek::cli
