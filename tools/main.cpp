// The command line `odradek`: finds the verb, and turns what goes wrong into words and an exit
// code.
#include <cstdio>
#include <exception>
#include <map>
#include <string_view>

#include <fmt/core.h>

#include "sim/ensure.h"
#include "tools/build_version.h"
#include "tools/error_text.h"
#include "tools/help.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Verb = ExitCode (*)(Arguments const&);

std::map<std::string_view, Verb> const& verbs()
{
    static std::map<std::string_view, Verb> const all{
        {"run", run},
        {"museum", museum},
        {"storage", storage},
        {"examples", examples},
        {"validate", validate},
        {"schema", schema},
        {"configs", configs},
        {"switches", switches},
        {"kafka-delete-records", kafka_delete_records},
        {"kafka-dump-log", kafka_dump_log},
        {"kafka-get-offsets", kafka_get_offsets},
        {"kafka-log-dirs", kafka_log_dirs},
        {"kafka-topics", kafka_topics},
        {"kafka-consumer-groups", kafka_consumer_groups},
        {"kafka-configs", kafka_configs},
        {"kafka-features", kafka_features},
        {"kafka-metadata-quorum", kafka_metadata_quorum},
        {"kafka-reassign-partitions", kafka_reassign_partitions},
        {"kafka-transactions", kafka_transactions},
        {"kafka-leader-election", kafka_leader_election},
        {"completions", completions},
    };
    return all;
}

// The format and exit code that were asked for, also when the rest cannot be understood.
struct Wishes {
    bool json{false};
    ExitCodeStyle style{ExitCodeStyle::plain};
};

Wishes wishes_in(int argc, char const* const* argv)
{
    Wishes wishes;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        std::string_view const next = i + 1 < argc ? argv[i + 1] : "";
        auto const says = [&](std::string_view option, std::string_view value) {
            return (word == option && next == value) ||
                   (word.starts_with(option) && word.substr(option.size()).starts_with('=') &&
                    word.substr(option.size() + 1) == value);
        };
        wishes.json = wishes.json || says("--format", "json");
        if (says("--exit-code-style", "meson"))
            wishes.style = ExitCodeStyle::meson;
        if (says("--exit-code-style", "bisect"))
            wishes.style = ExitCodeStyle::bisect;
    }
    return wishes;
}

ExitCode perform(Arguments const& arguments)
{
    if (arguments.version) {
        fmt::print("odradek {} ({})\n", version, build);
        return ExitCode::held;
    }
    if (arguments.verb == "help" || arguments.help) {
        fmt::print("{}", help_of(arguments.verb == "help" ? arguments.word : arguments.verb));
        return ExitCode::held;
    }
    if (arguments.verb.empty()) {
        fmt::print("{}", short_help());
        return ExitCode::held;
    }
    return verbs().at(arguments.verb)(arguments);
}

ExitCode guarded(int argc, char const* const* argv, Wishes const& wishes)
{
    try {
        ExitCode const code = perform(parse_arguments(argc, argv));
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            throw io_error("<stdout>", "cannot be written");
        return code;
    } catch (UserError const& error) {
        report(error, wishes.json);
        return error.code;
    } catch (sim::BrokenLaw const& broken) {
        report(UserError{ExitCode::internal, {}, sim::to_string(broken), bug_hint}, wishes.json);
    } catch (std::exception const& error) {
        report(UserError{ExitCode::internal, {}, error.what(), bug_hint}, wishes.json);
    }
    return ExitCode::internal;
}

}  // namespace

}  // namespace odradek::cli

int main(int argc, char** argv)
{
    using namespace odradek::cli;
    Wishes const wishes = wishes_in(argc, argv);
    return number(guarded(argc, argv, wishes), wishes.style);
}
