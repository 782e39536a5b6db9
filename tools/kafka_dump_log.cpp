// `odradek kafka-dump-log --files F,...`: what kafka-dump-log.sh would print of Kafka's files, be
// they of a real broker, of a run's posix folder, or of a run at a moment (--run DIR --at T).
#include <cstdio>

#include <fmt/core.h>

#include "tools/log_dump.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

std::vector<std::string> split(std::string const& list)
{
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (at <= list.size()) {
        std::size_t const comma = std::min(list.find(',', at), list.size());
        std::string part = list.substr(at, comma - at);
        while (!part.empty() && part.front() == ' ')
            part.erase(0, 1);
        if (!part.empty())
            parts.push_back(part);
        at = comma + 1;
    }
    return parts;
}

DumpWishes wishes_of(Arguments const& arguments)
{
    auto const refuse = [](bool asked, char const* option, char const* why) {
        if (asked)
            throw usage_error(fmt::format("kafka-dump-log {} is not simulated", option), why);
    };
    refuse(arguments.offsets_decoder, "--offsets-decoder", "there are no consumer groups yet");
    refuse(arguments.transaction_log_decoder, "--transaction-log-decoder",
           "there are no transactions yet");
    refuse(arguments.remote_log_decoder, "--remote-log-metadata-decoder",
           "tiered storage is not simulated");
    refuse(arguments.share_state_decoder, "--share-group-state-decoder",
           "share groups are not simulated");
    refuse(!arguments.value_decoder.empty(), "--value-decoder-class",
           "keys and values are printed as text; --format json has their bytes");
    refuse(!arguments.key_decoder.empty(), "--key-decoder-class",
           "keys and values are printed as text; --format json has their bytes");
    DumpWishes wishes;
    wishes.metadata_decoder = arguments.metadata_decoder;
    wishes.contents = arguments.print_data_log || wishes.metadata_decoder;
    wishes.deep = arguments.deep_iteration || wishes.contents;
    wishes.skip_metadata = arguments.skip_record_metadata;
    wishes.verify_only = arguments.verify_index_only;
    wishes.sanity_only = arguments.index_sanity_check;
    if (!arguments.max_bytes.empty())
        wishes.max_bytes = read_count("--max-bytes", arguments.max_bytes);
    return wishes;
}

}  // namespace

ExitCode kafka_dump_log(Arguments const& arguments)
{
    DumpWishes const wishes = wishes_of(arguments);
    std::vector<std::string> const paths = split(arguments.dump_files);
    if (paths.empty() && arguments.run_folder.empty())
        throw usage_error("kafka-dump-log needs --files", "files separated by commas");
    auto const files = open_log_files(arguments);
    if (paths.empty()) {
        for (std::string const& name : files->names())
            fmt::print("{}\n", name);
        return ExitCode::held;
    }
    bool good = true;
    for (std::string const& path : paths) {
        auto const file = files->find(path);
        if (!file)
            throw io_error(path, arguments.run_folder.empty()
                                     ? "there is no such file"
                                     : "there is no such file at that moment; without --files all "
                                       "are listed");
        if (is_json(arguments.format)) {
            std::string text;
            good = dump_json(*files, *file, wishes, text) && good;
            std::fwrite(text.data(), 1, text.size(), stdout);
        } else {
            good = dump_text(*files, *file, wishes) && good;
        }
    }
    return good ? ExitCode::held : ExitCode::violated;
}

}  // namespace odradek::cli
