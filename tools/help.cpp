#include "tools/help.h"

#include <vector>

#include <fmt/format.h>

#include "model/spelling.h"
#include "tools/app.h"
#include "tools/paragraph.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

constexpr std::size_t indent = 30;

// `left` and, beside it from column `indent` on, `right`.
std::string row(std::string const& left, std::string_view right)
{
    std::string text = "  " + left;
    if (text.size() + 2 > indent)
        text += '\n' + std::string(indent, ' ');
    else
        text.append(indent - text.size(), ' ');
    flow(text, indent, indent, right);
    return text;
}

std::string label(OptionInfo const& option)
{
    std::string text;
    for (std::string const& name : option.names)
        if (!name.starts_with("--") && !option.positional)
            text += name + ", ";
    text += option.names.front();
    if (!option.positional && !option.value.empty())
        text += " " + option.value;
    return text;
}

std::string options_of(VerbInfo const& verb)
{
    std::string text;
    for (OptionInfo const& option : verb.options)
        text += row(label(option), option.doc);
    return text;
}

std::string usage_of(VerbInfo const& verb)
{
    std::string usage = "odradek " + verb.name;
    for (OptionInfo const& option : verb.options)
        if (option.positional)
            usage += verb.name == "configs" || verb.name == "help" || verb.name == "switches" ||
                             option.value.starts_with("NAME")
                         ? fmt::format(" [{}]", option.value)
                         : " " + option.value;
    return usage + " [OPTION]...";
}

char const* examples_of(std::string_view verb)
{
    if (verb == "run")
        return "Examples:\n"
               "  odradek run scenarios/replication/leader-crash.json --story\n"
               "  odradek run scenarios/replication/leader-crash.json --seeds 1..200 --jobs 8\n"
               "  odradek run x.json --set /run/duration=10s --out out\n"
               "\n"
               "stdout is the result, stderr everything else; its last line repeats the run.\n"
               "Exit codes: 0 everything held; 1 something did not; 2 inconclusive;\n"
               "3 not deterministic; 64 usage; 65 invalid scenario; 70 internal error;\n"
               "74 a file cannot be read or written; 130 interrupted.\n";
    if (verb == "museum")
        return "Examples:\n"
               "  odradek museum list\n"
               "  odradek museum run truncation-high-watermark --until-caught\n"
               "  odradek museum run --all --seeds 100\n"
               "\n"
               "A flaw is a protocol switch turned back, a feature off, or a configuration. It is\n"
               "caught when one of its judges speaks; the fix must hold over the same seeds.\n"
               "Exit codes: 0 caught, and the fix holds; 1 it was not, or does not; others as of\n"
               "`run`.\n";
    if (verb == "examples")
        return "Examples:\n"
               "  odradek examples copy leader-crash\n"
               "  odradek run leader-crash --story\n";
    if (verb == "validate")
        return "Exit codes: 0 no errors (perhaps warnings); 65 errors; 74 a file cannot be read.\n";
    if (verb == "configs")
        return "Examples:\n"
               "  odradek configs min.insync.replicas\n"
               "  odradek configs --scope producer --kafka 3.9\n";
    if (verb == "kafka-topics")
        return "Example:\n"
               "  odradek run x.json --out out\n"
               "  odradek kafka-topics --describe --run out/x/latest --at 10.2s\n"
               "\n"
               "Runs the saved scenario again with its seed, up to that moment.\n";
    if (verb == "kafka-consumer-groups")
        return "Examples:\n"
               "  odradek kafka-consumer-groups --list --run out/x/latest\n"
               "  odradek kafka-consumer-groups --describe --group billing --run out/x/latest "
               "--at 30s\n";
    if (verb == "kafka-configs")
        return "Examples:\n"
               "  odradek kafka-configs --describe --topic orders --run out/x/latest\n"
               "  odradek kafka-configs --describe --broker 1 --all --run out/x/latest\n";
    if (verb == "kafka-metadata-quorum")
        return "Examples:\n"
               "  odradek kafka-metadata-quorum describe --status --run out/x/latest\n"
               "  odradek kafka-metadata-quorum describe --replication --run out/x/latest\n";
    if (verb == "kafka-reassign-partitions")
        return "Examples:\n"
               "  odradek kafka-reassign-partitions --list --run out/x/latest --at 35s\n"
               "  odradek kafka-reassign-partitions --verify \\\n"
               "      --reassignment-json-file moves.json --run out/x/latest\n";
    if (verb == "kafka-leader-election")
        return "Example:\n"
               "  odradek kafka-leader-election --election-type preferred \\\n"
               "      --all-topic-partitions --run out/x/latest --at 35s\n"
               "\n"
               "Runs the saved scenario again up to that moment, asks the controller, and goes on\n"
               "until it has answered. Nothing is written.\n";
    if (verb == "kafka-get-offsets")
        return "Examples:\n"
               "  odradek kafka-get-offsets --topic orders --run out/x/latest --at 35s\n"
               "  odradek kafka-get-offsets --topic-partitions orders:0-2 --time earliest \\\n"
               "      --run out/x/latest\n"
               "\n"
               "Runs the saved scenario again up to that moment and asks the leaders. A partition\n"
               "without such an offset is left out.\n";
    if (verb == "kafka-delete-records")
        return "Example:\n"
               "  echo "
               "'{\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":100}],"
               "\"version\":1}' \\\n"
               "      > offsets.json\n"
               "  odradek kafka-delete-records --offset-json-file offsets.json \\\n"
               "      --run out/x/latest --at 35s\n"
               "\n"
               "Runs the saved scenario again up to that moment, asks the leaders, and goes on\n"
               "until they have answered. Nothing is written.\n";
    if (verb == "kafka-log-dirs")
        return "Example:\n"
               "  odradek kafka-log-dirs --describe --broker-list 1,2 --topic-list orders \\\n"
               "      --run out/x/latest --at 35s\n";
    if (verb == "completions")
        return "Examples:\n"
               "  odradek completions bash > ~/.local/share/bash-completion/completions/odradek\n"
               "  odradek completions fish > ~/.config/fish/completions/odradek.fish\n";
    return "";
}

std::string verb_rows(std::vector<VerbInfo> const& commands)
{
    std::string text;
    for (VerbInfo const& verb : commands)
        if (!verb.name.empty())
            text += row(verb.name, verb.doc);
    return text;
}

}  // namespace

std::string short_help()
{
    return fmt::format("odradek: what would Kafka do?\n\n"
                       "  odradek run scenarios/replication/leader-crash.json\n"
                       "  odradek run scenarios/replication/leader-crash.json --seed 7 --story\n\n"
                       "Verbs:\n{}\n"
                       "`odradek help VERB` says more.\n",
                       verb_rows(describe_commands()));
}

std::string help_of(std::string_view name)
{
    std::vector<VerbInfo> const commands = describe_commands();
    std::vector<std::string_view> names;
    for (VerbInfo const& verb : commands) {
        if (verb.name == name) {
            if (name.empty())
                return fmt::format(
                    "{}\n\nUsage: odradek VERB [OPTION]...\n\nVerbs:\n{}\nOptions:\n{}", verb.doc,
                    verb_rows(commands), options_of(verb));
            std::string const examples = examples_of(name);
            std::string about;
            flow(about, 0, 0, verb.doc);
            return fmt::format("{}\nUsage: {}\n\n{}{}{}", about, usage_of(verb), options_of(verb),
                               examples.empty() ? "" : "\n", examples);
        }
        if (!verb.name.empty())
            names.push_back(verb.name);
    }
    throw usage_error(fmt::format("there is no verb \"{}\"", name),
                      kafka::did_you_mean(kafka::nearest_names(name, names)));
}

}  // namespace odradek::cli
