// `odradek kafka-get-offsets --run DIR --at TIME`: where partitions begin or end at a moment of a
// run, or which record is the first of a time or later, as their leaders say. Facts from Kafka's
// GetOffsetShell and TopicPartitionFilter.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;

UserError refused(std::string message)
{
    return {ExitCode::violated, {}, "Error occurred: " + std::move(message), {}};
}

template <class Number>
std::optional<Number> whole_number(std::string_view text)
{
    Number number{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::int64_t read_timestamp(std::string const& text)
{
    static constexpr std::pair<std::string_view, std::int64_t> words[] = {
        {"latest", kafka::latest_timestamp},
        {"earliest", kafka::earliest_timestamp},
        {"max-timestamp", kafka::max_timestamp},
        {"earliest-local", kafka::earliest_local_timestamp},
        {"latest-tiered", kafka::latest_tiered_timestamp},
    };
    for (auto const& [word, timestamp] : words)
        if (text == word)
            return timestamp;
    if (auto const number = whole_number<std::int64_t>(text))
        return *number;
    throw refused(fmt::format(
        "Malformed time argument {}. Please use -1 or latest / -2 or earliest / -3 or "
        "max-timestamp / -4 or earliest-local / -5 or latest-tiered, or a specified long format "
        "timestamp",
        text));
}

// Topics by a pattern, and of each the partitions from `first` on and before `behind`.
struct Rule {
    TopicPattern topics;
    std::int32_t first{0};
    std::int32_t behind{2'147'483'647};
};

struct Filter {
    std::vector<Rule> rules;           // One of them has to hold,
    std::vector<std::int32_t> listed;  // and one of these has to be it; empty: any.

    bool allows(std::string const& topic, std::int32_t partition) const
    {
        bool const named =
            listed.empty() || std::find(listed.begin(), listed.end(), partition) != listed.end();
        return named && std::any_of(rules.begin(), rules.end(), [&](Rule const& rule) {
                   return rule.topics.matches(topic) && partition >= rule.first &&
                          partition < rule.behind;
               });
    }
};

std::vector<std::string> split(std::string const& text)
{
    std::vector<std::string> parts(1);
    for (char const c : text)
        if (c == ',')
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

// "orders:0-3": a pattern of topics, then a number, "from-", "-before", "from-before" or nothing.
Rule read_rule(std::string const& text)
{
    std::size_t const colon = text.find(':');
    Rule rule{TopicPattern(text.substr(0, colon))};
    if (colon == std::string::npos)
        return rule;
    std::string const part = text.substr(colon + 1);
    std::size_t const dash = part.find('-');
    auto const bound = [&](std::string const& digits, std::int32_t without) {
        if (digits.empty())
            return without;
        auto const number = whole_number<std::int32_t>(digits);
        if (!number)
            throw refused("Invalid rule specification: " + text);
        return *number;
    };
    if (dash == std::string::npos) {
        if (part.empty())
            return rule;
        rule.first = bound(part, 0);
        rule.behind = rule.first + 1;
        return rule;
    }
    rule.first = bound(part.substr(0, dash), rule.first);
    rule.behind = bound(part.substr(dash + 1), rule.behind);
    return rule;
}

Filter read_filter(Arguments const& arguments)
{
    Filter filter;
    if (!arguments.topic_partitions.empty()) {
        if (!arguments.topic.empty() || !arguments.partitions.empty())
            throw refused("--topic-partitions cannot be used with --topic or --partitions");
        for (std::string const& rule : split(arguments.topic_partitions))
            filter.rules.push_back(read_rule(rule));
        return filter;
    }
    filter.rules.push_back(Rule{TopicPattern(arguments.topic)});
    if (arguments.partitions.empty())
        return filter;
    for (std::string const& item : split(arguments.partitions)) {
        auto const number = whole_number<std::int32_t>(item);
        if (!number)
            throw refused("--partitions expects a comma separated list of numeric partition ids, "
                          "but received: " +
                          arguments.partitions);
        filter.listed.push_back(*number);
    }
    return filter;
}

Json to_json(kafka::BrokerAnswer const& answer)
{
    auto const known = [](std::int64_t value) { return value < 0 ? Json(nullptr) : Json(value); };
    return {{"topic", answer.topic},
            {"partition", answer.partition},
            {"error", to_string(answer.error)},
            {"offset", known(answer.offset.value)},
            {"timestamp", known(answer.timestamp)},
            {"leaderEpoch", known(answer.leader_epoch.value)}};
}

std::string name_of(kafka::BrokerAnswer const& answer)
{
    return fmt::format("{}-{}", answer.topic, answer.partition);
}

}  // namespace

ExitCode kafka_get_offsets(Arguments const& arguments)
{
    Filter const filter = read_filter(arguments);
    std::int64_t const timestamp =
        read_timestamp(arguments.time.empty() ? std::string("latest") : arguments.time);
    bool const json = is_json(arguments.format);
    SavedCluster const opened = replay_to_ask(arguments, "kafka-get-offsets");
    kafka::ListOffsetsOrder order;
    for (kafka::TopicView const& topic : topics_by_name(*opened.cluster)) {
        if (arguments.exclude_internal && is_internal_topic(topic.name()))
            continue;
        for (std::int32_t p = 0; p < topic.partition_count(); ++p)
            if (filter.allows(std::string(topic.name()), p))
                order.partitions.push_back({std::string(topic.name()), p, timestamp});
    }
    if (order.partitions.empty())
        throw refused("Could not match any topic-partitions with the specified filters");
    std::vector<kafka::BrokerAnswer> answers = ask_brokers(*opened.cluster, std::move(order));
    std::sort(answers.begin(), answers.end(),
              [](auto const& a, auto const& b) { return name_of(a) < name_of(b); });
    if (json) {
        Json list = Json::array();
        for (kafka::BrokerAnswer const& answer : answers)
            list.push_back(to_json(answer));
        fmt::print("{}", dump({{"schema", "odradek/kafka-get-offsets/1"},
                               {"answeredAtNs", opened.cluster->now().ns},
                               {"partitions", list}}));
        return ExitCode::held;
    }
    for (kafka::BrokerAnswer const& answer : answers)
        if (answer.error != kafka::Error::none)
            fmt::print(stderr, "Skip getting offsets for topic-partition {} due to error: {}\n",
                       name_of(answer), exception_text(answer));
        else if (answer.offset != kafka::no_offset)
            fmt::print("{}:{}:{}\n", answer.topic, answer.partition, answer.offset.value);
    return ExitCode::held;
}

}  // namespace odradek::cli
