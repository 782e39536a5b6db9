#include "tools/app.h"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/spelling.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

constexpr char const* formats = "text|json";

CLI::App* add_verb(CLI::App& app, std::string const& name, std::string const& doc)
{
    CLI::App* verb = app.add_subcommand(name, doc);
    verb->allow_extras();  // We say ourselves what is not known: CLI11 lists it in reverse order.
    return verb;
}

template <class Value>
void add_value(CLI::App* verb, std::string const& names, Value& value, std::string const& type,
               std::string const& doc)
{
    CLI::Option* option = verb->add_option(names, value, doc)->type_name(type);
    if constexpr (!std::is_same_v<Value, std::string>)
        if (!option->get_positional())
            option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_flag(CLI::App* verb, std::string const& names, bool& value, std::string const& doc)
{
    verb->add_flag(names, value, doc)->disable_flag_override();
}

void add_format(CLI::App* verb, Arguments& a)
{
    add_value(verb, "--format", a.format, formats, "Form of the result on stdout (default: text).");
}

void add_color(CLI::App* verb, Arguments& a)
{
    add_value(verb, "--color", a.color, "auto|always|never",
              "Colour (default: auto, a terminal; honours NO_COLOR and CLICOLOR_FORCE).");
}

void add_run(CLI::App& app, Arguments& a)
{
    CLI::App* run = add_verb(
        app, "run", "Run a scenario, every variant of its sweep, and judge what happened.");
    add_value(run, "FILE", a.files, "FILE", "The scenario: a file, or a name of the gallery.");
    add_value(run, "--seed", a.seed, "N|random",
              "Run this seed instead of the scenario's; decimal or 0x...");
    add_value(run, "--seeds", a.seeds, "N|A..B",
              "Run N seeds from the first one on, or all from A to B.");
    add_value(run, "--variant", a.variant, "N|NAME",
              "Run one variant of the sweep, by number from 0 or name.");
    add_value(
        run, "--set", a.set, "/POINTER=VALUE",
        "Put a value into the scenario first, as in --set /run/duration=10s. May be repeated.");
    add_value(run, "--exhibit", a.exhibit, "NAME",
              "Put in the flaw of an exhibit of the museum; FILE may then be left out.");
    add_flag(run, "--with-fix", a.with_fix, "With --exhibit: as it is compared, without the flaw.");
    add_flag(run, "--story", a.story,
             "Tell what was decided and why, event by event, before the verdict; with -v routine "
             "too.");
    add_format(run, a);
    add_value(run, "--out", a.out, "DIR",
              "Write DIR/<name>/<variant>/<seed>/ with result, story and what repeats the run. "
              "Without it "
              "no file is written.");
    add_value(run, "--backend", a.backend, "memory|posix|plugin:LIB",
              "Who keeps what the disks hold: memory (default), real files, or a shared library. "
              "The run is the same.");
    add_value(run, "--data", a.data, "DIR",
              "Where posix or a plugin keeps it: a directory that is new or empty. Of several runs "
              "each gets DIR/<variant>/<seed>/.");
    add_flag(run, "--no-fsync", a.no_fsync,
             "With posix or a plugin: do not wait for this machine's disk. A killed process still "
             "loses nothing.");
    add_value(run, "--until", a.until, "TIME",
              "Stop at this virtual time, as in 9.5s, and do not judge the end.");
    add_value(run, "--jobs", a.jobs, "N",
              "Run N at a time (default: one for each core). Changes no output.");
    add_flag(run, "--print-resolved", a.print_resolved,
             "Print the scenario with every default filled in, and do not run it.");
    add_flag(run, "--lenient-config", a.lenient_config,
             "Accept, with a warning, Kafka keys that are not simulated.");
    add_flag(run, "-q,--quiet", a.quiet, "No progress, warnings or hints on stderr.");
    add_flag(run, "-v,--verbose", a.verbose,
             "Every seed and every line of Kafka's performance summary.");
    add_color(run, a);
    add_value(run, "--exit-code-style", a.exit_code_style, "plain|meson|bisect",
              "Exit as `meson test` or `git bisect run` want it (default: plain).");
}

void add_museum(CLI::App& app, Arguments& a)
{
    CLI::App* museum = add_verb(
        app, "museum",
        "Flaws that Kafka once had, each with the scenario that provokes it and the judge that "
        "must speak.");
    add_value(museum, "ACTION", a.action, "list|show|run", "What to do; run runs flaw and fix.");
    add_value(museum, "NAME", a.names, "NAME...",
              "Exhibits, or scenario files: then all exhibits in them.");
    add_flag(museum, "--all", a.all, "Every exhibit of the gallery.");
    add_flag(museum, "--until-caught", a.until_caught,
             "Stop at the first catch; so does --all without --seeds.");
    add_value(museum, "--seeds", a.seeds, "N|A..B",
              "Run N seeds from the scenario's own on, or all from A to B (default: as many as the "
              "exhibit says).");
    add_value(museum, "--fix-seeds", a.fix_seeds, "N",
              "Run the fix over the last N of the seeds (default: all, or 3 until caught).");
    add_value(museum, "--jobs", a.jobs, "N",
              "Run N at a time (default: one for each core). Changes no output but times.");
    add_value(museum, "--format", a.format, "text|json|tsv",
              "Form of the result on stdout (default: text).");
    add_flag(museum, "-q,--quiet", a.quiet, "No progress or hints on stderr.");
    add_flag(museum, "-v,--verbose", a.verbose, "Every seed.");
    add_color(museum, a);
    add_value(museum, "--exit-code-style", a.exit_code_style, "plain|meson|bisect",
              "Exit as `meson test` or `git bisect run` want it (default: plain).");

    CLI::App* examples =
        add_verb(app, "examples", "The scenarios of the gallery, which the program carries along.");
    add_value(examples, "ACTION", a.action, "list|show|copy",
              "List them, print one, or write one into a folder.");
    add_value(examples, "NAME", a.names, "NAME", "The scenario, such as leader-crash.");
    add_value(examples, "--out", a.out, "DIR", "Where copy writes (default: this folder).");
    add_value(examples, "--format", a.format, "text|json|tsv",
              "Form of the list on stdout (default: text).");
}

void add_storage(CLI::App& app, Arguments& a)
{
    CLI::App* storage =
        add_verb(app, "storage", "What a run with --backend posix has left on this machine.");
    add_value(storage, "ACTION", a.action, "verify", "Check every file against the journal.");
    add_value(storage, "DIR", a.names, "DIR", "What was given as --data.");
    add_format(storage, a);
    add_flag(storage, "-q,--quiet", a.quiet, "No hints on stderr.");
    add_flag(storage, "-v,--verbose", a.verbose, "Every file that is there.");
}

void add_facts(CLI::App& app, Arguments& a)
{
    CLI::App* validate =
        add_verb(app, "validate", "Say everything that is wrong or suspicious about scenarios.");
    add_value(validate, "FILE", a.files, "FILE...", "The scenarios.");
    add_value(validate, "--set", a.set, "/POINTER=VALUE",
              "Put a value into the scenario first. May be repeated.");
    add_flag(validate, "--lenient-config", a.lenient_config,
             "Accept, with a warning, Kafka keys that are not simulated.");
    add_format(validate, a);
    add_flag(validate, "-q,--quiet", a.quiet, "Errors only, no warnings.");
    add_color(validate, a);

    add_verb(app, "schema", "Print the JSON schema of scenario files, for editors.");

    CLI::App* configs = add_verb(
        app, "configs",
        "Kafka's configuration keys: defaults, valid values, and how far they are simulated.");
    add_value(configs, "KEY", a.word, "KEY", "One key in full; without it, a table of all.");
    add_value(configs, "--scope", a.scope, "broker|controller|topic|producer|consumer",
              "Only keys that are read there.");
    add_value(configs, "--kafka", a.kafka, "VERSION",
              "Only keys of this version, with its defaults.");
    add_format(configs, a);

    CLI::App* switches =
        add_verb(app, "switches", "Protocol rules that a scenario can turn back, and who notices.");
    add_value(switches, "NAME", a.word, "NAME", "One switch in full; without it, all.");
    add_value(switches, "--kafka", a.kafka, "VERSION", "Say what this version does by default.");
    add_value(switches, "--format", a.format, "text|json|tsv",
              "Form of the result on stdout (default: text).");
}

void add_run_folder(CLI::App* tool, Arguments& a)
{
    add_value(tool, "--run", a.run_folder, "DIR", "The folder of the run, or its `latest`.");
    add_value(tool, "--at", a.at, "TIME",
              "The virtual time to look at, as in 10.2s (default: the end).");
    add_format(tool, a);
}

void add_kafka_topics(CLI::App& app, Arguments& a)
{
    CLI::App* topics =
        add_verb(app, "kafka-topics",
                 "Kafka's own tool on a run written with `run --out`: topics at a moment.");
    add_flag(topics, "--describe", a.describe, "List details for the topics.");
    add_flag(topics, "--list", a.list, "List the names of topics.");
    add_value(topics, "--topic", a.topic, "REGEX", "Only topics whose whole name matches.");
    add_value(topics, "--topic-id", a.topic_id, "ID", "Only the topic of that id.");
    add_flag(topics, "--if-exists", a.if_exists, "A topic that is not there is no error.");
    add_flag(topics, "--under-replicated-partitions", a.under_replicated,
             "Only partitions with replicas out of sync.");
    add_flag(topics, "--unavailable-partitions", a.unavailable,
             "Only partitions without a live leader.");
    add_flag(topics, "--under-min-isr-partitions", a.under_min_isr,
             "Only partitions whose ISR is smaller than min.insync.replicas.");
    add_flag(topics, "--at-min-isr-partitions", a.at_min_isr,
             "Only partitions whose ISR is just min.insync.replicas.");
    add_flag(topics, "--topics-with-overrides", a.with_overrides,
             "Only topics with configurations of their own, without their partitions.");
    add_flag(topics, "--exclude-internal", a.exclude_internal, "Leave out internal topics.");
    add_run_folder(topics, a);
}

void add_kafka_consumer_groups(CLI::App& app, Arguments& a)
{
    CLI::App* groups = add_verb(
        app, "kafka-consumer-groups",
        "Kafka's own tool on a run: consumer groups, their members and their lag at a moment.");
    add_flag(groups, "--list", a.list, "List the names of groups.");
    add_flag(groups, "--describe", a.describe, "Offsets and lag of a group, by partition.");
    add_value(groups, "--group", a.group, "NAME", "Which group.");
    add_flag(groups, "--all-groups", a.all_groups, "All of them.");
    add_flag(groups, "--offsets", a.offsets, "With --describe: offsets, as without it.");
    add_flag(groups, "--members", a.members, "With --describe: the members.");
    add_flag(groups, "--state", a.state, "With --describe: coordinator, assignor and state.");
    add_flag(groups, "--verbose", a.verbose, "Leader epochs, or what members are assigned.");
    add_run_folder(groups, a);
}

void add_kafka_configs(CLI::App& app, Arguments& a)
{
    CLI::App* configs = add_verb(
        app, "kafka-configs",
        "Kafka's own tool on a run: configurations of topics and brokers, and whence they come.");
    add_flag(configs, "--describe", a.describe, "List the configurations of an entity.");
    add_value(configs, "--entity-type", a.entity_type, "topics|brokers", "Of what.");
    add_value(configs, "--entity-name", a.entity_name, "NAME",
              "A topic's name or a broker's id; without it, all of them.");
    add_flag(configs, "--entity-default", a.entity_default,
             "What was set dynamically for all brokers.");
    add_value(configs, "--topic", a.topic, "NAME", "Short for --entity-type topics.");
    add_value(configs, "--broker", a.broker, "ID", "Short for --entity-type brokers.");
    add_flag(configs, "--broker-defaults", a.broker_defaults,
             "Short for --entity-type brokers --entity-default.");
    add_flag(configs, "--all", a.all, "Defaults and server.properties too.");
    add_run_folder(configs, a);
}

void add_kafka_features(CLI::App& app, Arguments& a)
{
    CLI::App* features =
        add_verb(app, "kafka-features", "Kafka's own tool on a run: features and their levels.");
    add_value(features, "ACTION", a.action, "describe", "What to do.");
    add_run_folder(features, a);
}

void add_kafka_transactions(CLI::App& app, Arguments& a)
{
    CLI::App* transactions =
        add_verb(app, "kafka-transactions",
                 "Kafka's own tool on a run: transactions, and what would come of aborting one. "
                 "The folder stays as it is.");
    add_value(transactions, "ACTION", a.action,
              "list|describe|describe-producers|find-hanging|abort", "What to do.");
    add_value(transactions, "--transactional-id", a.transactional_id, "ID", "Of describe.");
    add_value(transactions, "--topic", a.topic, "NAME",
              "Of describe-producers and abort; of find-hanging: only this one. "
              "find-hanging needs it or --broker-id.");
    add_value(transactions, "--partition", a.partition, "N", "Which, with --topic.");
    add_value(transactions, "--broker-id", a.broker, "ID",
              "Of find-hanging: only what has a replica on this one.");
    add_value(transactions, "--max-transaction-timeout", a.max_transaction_timeout, "MINUTES",
              "Of find-hanging: open for so long is too long. 15 without it.");
    add_value(transactions, "--start-offset", a.start_offset, "N",
              "Of abort: where the transaction begins.");
    add_run_folder(transactions, a);
}

void add_kafka_quorum(CLI::App& app, Arguments& a)
{
    CLI::App* quorum = add_verb(app, "kafka-metadata-quorum",
                                "Kafka's own tool on a run: the quorum of the metadata log.");
    add_value(quorum, "ACTION", a.action, "describe", "What to do.");
    add_flag(quorum, "--status", a.status, "A summary: leader, epoch, voters, observers.");
    add_flag(quorum, "--replication", a.replication, "How far each replica is.");
    add_flag(quorum, "--human-readable", a.human_readable, "With --replication: times ago.");
    add_run_folder(quorum, a);
}

void add_kafka_elections(CLI::App& app, Arguments& a)
{
    CLI::App* election =
        add_verb(app, "kafka-leader-election",
                 "Kafka's own tool on a run: what would come of an election asked for at a "
                 "moment. The folder stays as it is.");
    add_value(election, "--election-type", a.election_type, "preferred|unclean",
              "Of the preferred replica, or of any where there is no leader.");
    add_value(election, "--topic", a.topic, "NAME", "Of a partition of this topic.");
    add_value(election, "--partition", a.partition, "N", "Which, with --topic.");
    add_flag(election, "--all-topic-partitions", a.all_partitions, "Of every partition.");
    add_value(election, "--path-to-json-file", a.election_file, "FILE",
              "Of the partitions in it, in Kafka's format.");
    add_run_folder(election, a);
}

void add_kafka_reassignments(CLI::App& app, Arguments& a)
{
    CLI::App* reassign = add_verb(app, "kafka-reassign-partitions",
                                  "Kafka's own tool on a run: how far reassignments have come, and "
                                  "what would come of one. The folder stays as it is.");
    add_flag(reassign, "--verify", a.verify, "Say how far the reassignment of a file has come.");
    add_flag(reassign, "--list", a.list, "List what is being moved.");
    add_value(reassign, "--reassignment-json-file", a.reassignment_file, "FILE",
              "The reassignment, in Kafka's format.");
    add_flag(reassign, "--execute", a.execute, "Ask for the reassignment of a file.");
    add_flag(reassign, "--cancel", a.cancel, "Call off the reassignments of a file.");
    add_flag(reassign, "--additional", a.additional, "--execute beside what is under way.");
    add_flag(reassign, "--preserve-throttles", a.preserve_throttles,
             "--cancel and leave throttles as they are.");
    add_flag(reassign, "--generate", a.generate, "Not simulated.");
    add_run_folder(reassign, a);
}

void add_kafka_dump_log(CLI::App& app, Arguments& a)
{
    CLI::App* dump = add_verb(app, "kafka-dump-log",
                              "Kafka's own tool: what is in the files of a log, a run's or a real "
                              "broker's.");
    add_value(dump, "--files", a.dump_files, "F,...",
              ".log, .index, .timeindex, .txnindex, .snapshot and .checkpoint files; with --run, "
              "BROKER/PATH, and without --files they are listed.");
    add_flag(dump, "--print-data-log", a.print_data_log, "Keys and values of records too.");
    add_flag(dump, "--deep-iteration", a.deep_iteration, "Records, not only batches.");
    add_flag(dump, "--skip-record-metadata", a.skip_record_metadata,
             "Of records nothing but key and value.");
    add_flag(dump, "--cluster-metadata-decoder", a.metadata_decoder,
             "Values are records of the metadata log.");
    add_flag(dump, "--verify-index-only", a.verify_index_only,
             "Compare indexes with the log, print no entry.");
    add_flag(dump, "--index-sanity-check", a.index_sanity_check,
             "What a broker checks of an index when it starts.");
    add_value(dump, "--max-bytes", a.max_bytes, "N", "Read so much of a .log.");
    add_value(dump, "--max-message-size", a.max_message_size, "N",
              "Nothing is too large here; understood and not needed.");
    add_flag(dump, "--offsets-decoder", a.offsets_decoder, "Not simulated.");
    add_flag(dump, "--transaction-log-decoder", a.transaction_log_decoder, "Not simulated.");
    add_flag(dump, "--remote-log-metadata-decoder", a.remote_log_decoder, "Not simulated.");
    add_flag(dump, "--share-group-state-decoder", a.share_state_decoder, "Not simulated.");
    add_value(dump, "--key-decoder-class", a.key_decoder, "CLASS", "Not simulated.");
    add_value(dump, "--value-decoder-class", a.value_decoder, "CLASS", "Not simulated.");
    add_run_folder(dump, a);
}

void add_kafka_offsets(CLI::App& app, Arguments& a)
{
    CLI::App* offsets =
        add_verb(app, "kafka-get-offsets",
                 "Kafka's own tool on a run: where partitions begin or end, or which record is the "
                 "first of a time.");
    add_value(offsets, "--topic", a.topic, "PATTERN",
              "Topics whose whole name matches; without it all.");
    add_value(offsets, "--partitions", a.partitions, "N,...", "Only these partitions of each.");
    add_value(offsets, "--topic-partitions", a.topic_partitions, "PATTERN[:N|:N-M],...",
              "Topics and of each a partition or a range, in place of the two above.");
    add_value(offsets, "--time", a.time, "latest|earliest|max-timestamp|MS",
              "Which offset (default: latest); MS: of the first record that bears that time or a "
              "later one (kafka-dump-log shows which they bear).");
    add_flag(offsets, "--exclude-internal-topics", a.exclude_internal, "No internal topics.");
    add_run_folder(offsets, a);

    CLI::App* deletion = add_verb(app, "kafka-delete-records",
                                  "Kafka's own tool on a run: what would come of deleting records "
                                  "at a moment. The folder stays as it is.");
    add_value(deletion, "--offset-json-file", a.offset_file, "FILE",
              "Of each partition the first offset that stays, in Kafka's format; -1: the high "
              "watermark.");
    add_run_folder(deletion, a);

    CLI::App* directories = add_verb(
        app, "kafka-log-dirs", "Kafka's own tool on a run: what is in brokers' log directories.");
    add_flag(directories, "--describe", a.describe, "What to do.");
    add_value(directories, "--broker-list", a.broker_list, "ID,...",
              "Of these brokers; without it of all that are alive.");
    add_value(directories, "--topic-list", a.topic_list, "NAME,...", "Only these topics.");
    add_run_folder(directories, a);
}

void add_kafka_tools(CLI::App& app, Arguments& a)
{
    add_kafka_topics(app, a);
    add_kafka_consumer_groups(app, a);
    add_kafka_configs(app, a);
    add_kafka_features(app, a);
    add_kafka_quorum(app, a);
    add_kafka_elections(app, a);
    add_kafka_reassignments(app, a);
    add_kafka_offsets(app, a);
    add_kafka_transactions(app, a);
    add_kafka_dump_log(app, a);
}

void build(CLI::App& app, Arguments& a)
{
    app.name("odradek");
    app.description("What would Kafka do? A deterministic simulator of Apache Kafka clusters.");
    app.set_help_flag();
    add_flag(&app, "-h,--help", a.help, "Show this help, or that of a verb.");
    add_flag(&app, "--version", a.version, "Show the version and the build.");
    app.require_subcommand(0, 1);
    app.allow_extras();
    add_run(app, a);
    add_museum(app, a);
    add_storage(app, a);
    add_facts(app, a);
    add_kafka_tools(app, a);
    CLI::App* completions = add_verb(app, "completions", "Print a completion script for a shell.");
    add_value(completions, "SHELL", a.word, "bash|zsh|fish", "The shell.");
    CLI::App* help = add_verb(app, "help", "Show the help of the program or of a verb.");
    add_value(help, "VERB", a.word, "VERB", "The verb.");
    for (CLI::App* verb : app.get_subcommands({}))
        add_flag(verb, "-h,--help", a.help, "Show this help.");
}

OptionInfo info_of(CLI::Option const& option)
{
    OptionInfo info;
    for (std::string const& name : option.get_lnames())
        info.names.push_back("--" + name);
    for (std::string const& name : option.get_snames())
        info.names.push_back("-" + name);
    info.positional = option.get_positional();
    if (option.get_items_expected_max() != 0)
        info.value = option.get_type_name();
    if (info.positional)
        info.names = {info.value};
    info.doc = option.get_description();
    info.repeats = option.get_items_expected_max() > 1 ||
                   option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    return info;
}

VerbInfo info_of(CLI::App const& app, std::string name)
{
    VerbInfo info{std::move(name), app.get_description(), {}};
    for (CLI::Option const* option : app.get_options())
        info.options.push_back(info_of(*option));
    return info;
}

// What is left over is a misspelt option, a misspelt verb, or one word too many.
void refuse_extras(CLI::App const& app, std::string const& verb)
{
    std::vector<std::string> const extras = app.remaining();
    if (extras.empty())
        return;
    auto const is_option = [](std::string const& text) {
        return text.size() > 1 && text[0] == '-';
    };
    auto const first_option = std::find_if(extras.begin(), extras.end(), is_option);
    VerbInfo const info = info_of(app, verb);
    if (first_option != extras.end()) {
        std::string const typed = first_option->substr(0, first_option->find('='));
        std::vector<std::string_view> known;
        for (OptionInfo const& option : info.options)
            for (std::string const& name : option.names)
                if (name.starts_with("--"))
                    known.push_back(std::string_view{name}.substr(2));
        std::string const bare = typed.substr(std::min(typed.size(), typed.find_first_not_of('-')));
        std::vector<std::string> near;
        for (std::string_view name : kafka::nearest_names(bare, known))
            near.push_back("--" + std::string{name});
        throw usage_error(fmt::format("unknown option {}", typed),
                          kafka::did_you_mean({near.begin(), near.end()}));
    }
    if (verb.empty()) {
        std::vector<std::string> names;
        for (CLI::App const* each : app.get_subcommands({}))
            names.push_back(each->get_name());
        throw usage_error(fmt::format("there is no verb \"{}\"", extras.front()),
                          kafka::did_you_mean(
                              kafka::nearest_names(extras.front(), {names.begin(), names.end()})));
    }
    throw usage_error(fmt::format("unexpected argument \"{}\"", extras.front()));
}

// CLI11's complaints begin with the option's name; the rest is in its words, not in ours.
UserError in_our_words(CLI::ParseError const& error, int argc, char const* const* argv)
{
    std::string const text = error.what();
    std::string const option = text.substr(0, text.find(':'));
    std::size_t const flag = text.find(" was given a disallowed flag override");
    if (flag != std::string::npos)
        return usage_error(
            fmt::format("{}{} takes no value", flag == 1 ? "-" : "--", text.substr(0, flag)));
    if (error.get_name() == "ArgumentMismatch" && option.starts_with("-")) {
        auto const times = std::count_if(argv, argv + argc, [&](std::string_view argument) {
            return argument == option || argument.starts_with(option + "=");
        });
        return usage_error(times > 1 ? fmt::format("{} is given {} times", option, times)
                                     : fmt::format("{} needs a value", option));
    }
    return usage_error(text);
}

}  // namespace

Arguments parse_arguments(int argc, char const* const* argv)
{
    Arguments arguments;
    CLI::App app;
    build(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        throw in_our_words(error, argc, argv);
    }
    for (CLI::App const* verb : app.get_subcommands())
        arguments.verb = verb->get_name();
    for (int i = 2; i < argc; ++i)
        arguments.typed += (i == 2 ? "" : " ") + std::string{argv[i]};
    refuse_extras(app, {});
    for (CLI::App const* verb : app.get_subcommands())
        refuse_extras(*verb, verb->get_name());
    return arguments;
}

std::vector<VerbInfo> describe_commands()
{
    Arguments arguments;
    CLI::App app;
    build(app, arguments);
    std::vector<VerbInfo> commands{info_of(app, {})};
    for (CLI::App const* verb : app.get_subcommands({}))
        commands.push_back(info_of(*verb, verb->get_name()));
    return commands;
}

}  // namespace odradek::cli
