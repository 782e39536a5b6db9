// `odradek completions SHELL`: scripts made from the options themselves.
#include <cstdio>

#include <fmt/core.h>

#include "tools/app.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

std::string in_single_quotes(std::string_view text)
{
    std::string quoted;
    for (char const c : text)
        quoted += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    return "'" + quoted + "'";
}

bool takes_file(OptionInfo const& option) { return option.value.starts_with("FILE"); }
bool takes_folder(OptionInfo const& option) { return option.value == "DIR"; }

// The words of "text|json"; none for a placeholder such as N.
std::string words_of(OptionInfo const& option)
{
    std::string words;
    if (option.value.find('|') == std::string::npos || option.value.find_first_of("NA") == 0)
        return words;
    for (char const c : option.value)
        words += c == '|' ? ' ' : c;
    return words;
}

std::string verb_names(std::vector<VerbInfo> const& commands)
{
    std::string names;
    for (VerbInfo const& verb : commands)
        if (!verb.name.empty())
            names += (names.empty() ? "" : " ") + verb.name;
    return names;
}

std::string option_names(VerbInfo const& verb)
{
    std::string names;
    for (OptionInfo const& option : verb.options)
        if (!option.positional)
            for (std::string const& name : option.names)
                names += (names.empty() ? "" : " ") + name;
    return names;
}

// What a positional of the verb can be, for bash and zsh.
std::string bash_positional(VerbInfo const& verb, std::vector<VerbInfo> const& commands)
{
    for (OptionInfo const& option : verb.options) {
        if (!option.positional)
            continue;
        if (takes_file(option))
            return "COMPREPLY=($(compgen -f -- \"$word\"))";
        if (option.value == "KEY")
            return "COMPREPLY=($(compgen -W \"$(odradek configs 2>/dev/null | cut -d' ' -f1)\" -- "
                   "\"$word\"))";
        std::string const words = option.value == "VERB" ? verb_names(commands) : words_of(option);
        return fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\"))", in_single_quotes(words));
    }
    return "COMPREPLY=()";
}

void print_bash(std::vector<VerbInfo> const& commands)
{
    fmt::print("# bash completion of odradek\n"
               "_odradek()\n{{\n"
               "    local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
               "    local verb= i\n"
               "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "        [[ ${{COMP_WORDS[i]}} == -* ]] || {{ verb=${{COMP_WORDS[i]}}; break; }}\n"
               "    done\n"
               "    COMPREPLY=()\n"
               "    case $verb,$previous in\n");
    for (VerbInfo const& verb : commands)
        for (OptionInfo const& option : verb.options) {
            if (option.positional || option.value.empty())
                continue;
            std::string const words = words_of(option);
            std::string const reply =
                takes_folder(option) ? "COMPREPLY=($(compgen -d -- \"$word\"))"
                : words.empty()      ? ":"
                                     : fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\"))",
                                                   in_single_quotes(words));
            for (std::string const& name : option.names)
                fmt::print("        {},{}) {}; return ;;\n", verb.name, name, reply);
        }
    fmt::print("    esac\n"
               "    case $verb,$word in\n");
    for (VerbInfo const& verb : commands) {
        fmt::print("        {},-*) COMPREPLY=($(compgen -W {} -- \"$word\")) ;;\n", verb.name,
                   in_single_quotes(option_names(verb)));
        if (!verb.name.empty())
            fmt::print("        {},*) {} ;;\n", verb.name, bash_positional(verb, commands));
    }
    fmt::print("        ,*) COMPREPLY=($(compgen -W {} -- \"$word\")) ;;\n"
               "    esac\n"
               "}}\n"
               "complete -o filenames -o bashdefault -F _odradek odradek\n",
               in_single_quotes(verb_names(commands)));
}

// In zsh's _arguments, colons and brackets are syntax.
std::string zsh_doc(std::string_view doc)
{
    std::string text;
    for (char const c : doc) {
        if (c == '[' || c == ']' || c == ':')
            text += '\\';
        text += c;
    }
    return text;
}

std::string zsh_action(OptionInfo const& option, std::vector<VerbInfo> const& commands)
{
    if (takes_file(option))
        return "_files";
    if (takes_folder(option))
        return "_files -/";
    if (option.value == "VERB")
        return fmt::format("({})", verb_names(commands));
    if (option.value == "KEY")
        return "(${(f)\"$(odradek configs 2>/dev/null | cut -d\" \" -f1)\"})";
    std::string const words = words_of(option);
    return words.empty() ? " " : fmt::format("({})", words);
}

void print_zsh(std::vector<VerbInfo> const& commands)
{
    fmt::print("#compdef odradek\n"
               "_odradek()\n{{\n"
               "    local -a verbs\n"
               "    verbs=(\n");
    for (VerbInfo const& verb : commands)
        if (!verb.name.empty())
            fmt::print("        {}\n", in_single_quotes(verb.name + ":" + zsh_doc(verb.doc)));
    fmt::print("    )\n"
               "    if (( CURRENT == 2 )); then\n"
               "        _describe verb verbs\n"
               "        return\n"
               "    fi\n"
               "    local verb=$words[2]\n"
               "    shift words\n"
               "    (( CURRENT-- ))\n"
               "    case $verb in\n");
    for (VerbInfo const& verb : commands) {
        if (verb.name.empty())
            continue;
        fmt::print("        {})\n            _arguments", verb.name);
        for (OptionInfo const& option : verb.options) {
            if (option.positional) {
                fmt::print(
                    " \\\n                {}",
                    in_single_quotes(fmt::format("{}:{}:{}", option.repeats ? "*" : "1",
                                                 option.value, zsh_action(option, commands))));
                continue;
            }
            for (std::string const& name : option.names) {
                std::string spec =
                    (option.repeats ? "*" : "") + name + "[" + zsh_doc(option.doc) + "]";
                if (!option.value.empty())
                    spec += ":" + zsh_doc(option.value) + ":" + zsh_action(option, commands);
                fmt::print(" \\\n                {}", in_single_quotes(spec));
            }
        }
        fmt::print("\n            ;;\n");
    }
    fmt::print("    esac\n"
               "}}\n"
               "_odradek \"$@\"\n");
}

void print_fish(std::vector<VerbInfo> const& commands)
{
    fmt::print("# fish completion of odradek\ncomplete -c odradek -f\n");
    for (VerbInfo const& verb : commands) {
        if (!verb.name.empty())
            fmt::print("complete -c odradek -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                       in_single_quotes(verb.doc));
        std::string const when = verb.name.empty()
                                     ? "__fish_use_subcommand"
                                     : fmt::format("\"__fish_seen_subcommand_from {}\"", verb.name);
        for (OptionInfo const& option : verb.options) {
            std::string line = "complete -c odradek -n " + when;
            std::string const words =
                option.value == "VERB" ? verb_names(commands) : words_of(option);
            if (!option.positional)
                for (std::string const& name : option.names)
                    line +=
                        name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            if (!option.value.empty() && !option.positional)
                line += " -x";
            if (takes_file(option))
                line += " -F";
            else if (takes_folder(option))
                line += " -a '(__fish_complete_directories)'";
            else if (option.value == "KEY")
                line += " -a '(odradek configs 2>/dev/null | cut -d\" \" -f1)'";
            else if (!words.empty())
                line += " -a " + in_single_quotes(words);
            fmt::print("{} -d {}\n", line, in_single_quotes(option.doc));
        }
    }
}

}  // namespace

ExitCode completions(Arguments const& arguments)
{
    if (arguments.word.empty())
        throw usage_error("completions needs a shell", "it is bash, zsh or fish");
    std::string_view const shell = choose("SHELL", arguments.word, {"bash", "zsh", "fish"});
    std::vector<VerbInfo> const commands = describe_commands();
    if (shell == "bash")
        print_bash(commands);
    else if (shell == "zsh")
        print_zsh(commands);
    else
        print_fish(commands);
    return ExitCode::held;
}

}  // namespace odradek::cli
