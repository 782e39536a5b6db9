// The command line as data: what was typed, and what can be typed. The only file that knows CLI11
// is app.cpp; verbs get Arguments, help and completions get VerbInfo.
#pragma once

#include <string>
#include <vector>

namespace odradek::cli {

// Values are texts as typed; verbs read them with tools/values.h, which says what is wrong with
// them.
struct Arguments {
    std::string verb;  // Empty: none was given.

    bool version{false};
    bool help{false};  // `--help`, for the verb or, without one, for the program.

    std::string format{"text"};
    std::string color{"auto"};
    std::string exit_code_style{"plain"};
    bool quiet{false};
    bool verbose{false};

    std::vector<std::string> files;  // FILE of run, FILE... of validate.
    std::string word;                // KEY, SHELL or VERB.

    // museum, examples, switches
    std::string action;
    std::vector<std::string> names;
    bool all{false};
    bool until_caught{false};
    std::string fix_seeds;

    // run
    std::string exhibit;
    bool with_fix{false};
    std::string seed;
    std::string seeds;
    std::string variant;
    std::vector<std::string> set;
    bool story{false};
    std::string out;
    std::string backend;
    std::string data;
    bool no_fsync{false};
    std::string until;
    std::string jobs;
    bool print_resolved{false};
    bool lenient_config{false};

    // configs
    std::string scope;
    std::string kafka;

    // Kafka's tools
    std::string typed;  // What stood behind the verb, as Kafka repeats it.
    std::string entity_type;
    std::string entity_name;
    bool entity_default{false};
    std::string broker;
    bool broker_defaults{false};
    std::string topic_id;
    bool if_exists{false};
    bool list{false};
    bool status{false};
    bool replication{false};
    bool human_readable{false};
    bool verify{false};
    bool execute{false};
    bool cancel{false};
    bool generate{false};
    bool additional{false};
    bool preserve_throttles{false};
    std::string reassignment_file;
    std::string offset_file;
    std::string broker_list;
    std::string topic_list;
    std::string topic_partitions;
    std::string partitions;
    std::string time;
    std::string election_type;
    std::string election_file;
    std::string partition;
    std::string transactional_id;
    std::string start_offset;
    std::string max_transaction_timeout;
    bool all_partitions{false};
    std::string dump_files;
    bool print_data_log{false};
    bool deep_iteration{false};
    bool skip_record_metadata{false};
    bool verify_index_only{false};
    bool index_sanity_check{false};
    bool metadata_decoder{false};
    bool offsets_decoder{false};
    bool transaction_log_decoder{false};
    bool remote_log_decoder{false};
    bool share_state_decoder{false};
    std::string key_decoder;
    std::string value_decoder;
    std::string max_bytes;
    std::string max_message_size;
    std::string run_folder;
    std::string at;
    bool describe{false};
    std::string topic;
    bool under_replicated{false};
    bool unavailable{false};
    bool under_min_isr{false};
    bool at_min_isr{false};
    bool with_overrides{false};
    bool exclude_internal{false};
    std::string group;
    bool all_groups{false};
    bool members{false};
    bool offsets{false};
    bool state{false};
};

// Throws UserError for what cannot be understood.
Arguments parse_arguments(int argc, char const* const* argv);

struct OptionInfo {
    std::vector<std::string> names;  // "--quiet", "-q"; the placeholder of a positional.
    std::string value;               // "N", "text|json"; empty: a flag.
    std::string doc;
    bool positional{false};
    bool repeats{false};
};

struct VerbInfo {
    std::string name;  // Empty: the program itself.
    std::string doc;
    std::vector<OptionInfo> options;
};

// The program first, then its verbs in the order of the help.
std::vector<VerbInfo> describe_commands();

}  // namespace odradek::cli
