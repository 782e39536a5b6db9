// `odradek kafka-delete-records --offset-json-file FILE --run DIR --at TIME`: what would come of it
// if an operator deleted records at a moment of a run. The run is repeated up to there, the
// partitions' leaders are asked, and it goes on until they have answered; the folder stays as it
// is. Facts from Kafka's DeleteRecordsCommand.
#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/load.h"
#include "tools/reassignment_json.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(kafka::BrokerAnswer const& answer)
{
    return {{"topic", answer.topic},
            {"partition", answer.partition},
            {"error", to_string(answer.error)},
            {"lowWatermark", answer.offset.value}};
}

}  // namespace

ExitCode kafka_delete_records(Arguments const& arguments)
{
    if (arguments.offset_file.empty())
        throw usage_error("kafka-delete-records needs --offset-json-file FILE",
                          "in it: {\"partitions\":[{\"topic\":\"orders\",\"partition\":0,"
                          "\"offset\":100}],\"version\":1}");
    bool const json = is_json(arguments.format);
    kafka::DeleteRecordsOrder order;
    order.partitions = parse_deletion(read_file(arguments.offset_file));
    SavedCluster const opened = replay_to_ask(arguments, "kafka-delete-records");
    if (!json)
        fmt::print("Executing records delete operation\n");
    std::vector<kafka::BrokerAnswer> answers;
    if (!order.partitions.empty())
        answers = ask_brokers(*opened.cluster, std::move(order));
    if (json) {
        Json list = Json::array();
        for (kafka::BrokerAnswer const& answer : answers)
            list.push_back(to_json(answer));
        fmt::print("{}", dump({{"schema", "odradek/kafka-delete-records/1"},
                               {"answeredAtNs", opened.cluster->now().ns},
                               {"partitions", list}}));
        return ExitCode::held;
    }
    fmt::print("Records delete operation completed:\n");
    for (kafka::BrokerAnswer const& answer : answers)
        if (answer.error == kafka::Error::none)
            fmt::print("partition: {}-{}\tlow_watermark: {}\n", answer.topic, answer.partition,
                       answer.offset.value);
        else
            fmt::print("partition: {}-{}\terror: {}\n", answer.topic, answer.partition,
                       exception_text(answer));
    return ExitCode::held;
}

}  // namespace odradek::cli
