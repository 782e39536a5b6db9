#include "tools/kafka_words.h"

#include <algorithm>
#include <array>
#include <regex>

#include <fmt/core.h>

#include "model/topic_uuid.h"
#include "sim/digest.h"
#include "tools/user_error.h"

namespace odradek::cli {

using kafka::BrokerId;
using kafka::Cluster;

std::string uuid_text(std::uint64_t seed, std::string_view what, std::uint64_t number)
{
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    sim::Digest digest;
    digest.add(what);
    digest.add(seed);
    digest.add(number);
    std::string text = "-";
    while (text.front() == '-') {
        digest.add(std::uint64_t{1});
        std::array<unsigned, 16> bytes{};
        for (std::size_t i = 0; i < 8; ++i) {
            bytes[i] = (digest.high() >> (56 - 8 * i)) & 0xff;
            bytes[8 + i] = (digest.low() >> (56 - 8 * i)) & 0xff;
        }
        bytes[6] = (bytes[6] & 0x0fU) | 0x40U;  // Of a random UUID (RFC 9562, version 4).
        bytes[8] = (bytes[8] & 0x3fU) | 0x80U;
        text.clear();
        for (std::size_t bit = 0; bit < 128; bit += 6) {
            unsigned value = 0;
            for (std::size_t i = bit; i < bit + 6; ++i)
                value = value * 2 + (i < 128 ? (bytes[i / 8] >> (7 - i % 8)) & 1U : 0U);
            text += digits[value];
        }
    }
    return text;
}

std::string topic_id_text(kafka::TopicId topic) { return to_string(kafka::uuid_of(topic)); }

std::string cluster_id_text(std::uint64_t seed) { return uuid_text(seed, "cluster id", 0); }

namespace {

struct Exception {
    kafka::Error error;
    std::string_view name;
    std::string_view message;
};

Exception const* exception_of(kafka::Error error)
{
    using kafka::Error;
    static constexpr Exception rows[] = {
        {Error::offset_out_of_range, "OffsetOutOfRangeException",
         "The requested offset is not within the range of offsets maintained by the server."},
        {Error::unknown_topic_or_partition, "UnknownTopicOrPartitionException",
         "This server does not host this topic-partition."},
        {Error::leader_not_available, "LeaderNotAvailableException",
         "There is no leader for this topic-partition as we are in the middle of a leadership "
         "election."},
        {Error::not_leader_or_follower, "NotLeaderOrFollowerException",
         "For requests intended only for the leader, this error indicates that the broker is not "
         "the current leader. For requests intended for any replica, this error indicates that the "
         "broker is not a replica of the topic partition."},
        {Error::request_timed_out, "TimeoutException", "The request timed out."},
        {Error::invalid_topic_exception, "InvalidTopicException",
         "The request attempted to perform an operation on an invalid topic."},
        {Error::unsupported_version, "UnsupportedVersionException",
         "The version of API is not supported."},
        {Error::not_controller, "NotControllerException",
         "This is not the correct controller for this cluster."},
        {Error::policy_violation, "PolicyViolationException",
         "Request parameters do not satisfy the configured policy."},
        {Error::kafka_storage_error, "KafkaStorageException",
         "Disk error when trying to access log file on the disk."},
        {Error::preferred_leader_not_available, "PreferredLeaderNotAvailableException",
         "The preferred leader was not available."},
        {Error::eligible_leaders_not_available, "EligibleLeadersNotAvailableException",
         "Eligible topic partition leaders are not available."},
    };
    for (Exception const& row : rows)
        if (row.error == error)
            return &row;
    return nullptr;
}

}  // namespace

std::string exception_class(kafka::Error error)
{
    Exception const* const known = exception_of(error);
    return known != nullptr ? fmt::format("org.apache.kafka.common.errors.{}", known->name)
                            : to_string(error);
}

std::string exception_text(kafka::Error error, std::string_view message)
{
    Exception const* const known = exception_of(error);
    return fmt::format("{}: {}", exception_class(error),
                       !message.empty() || known == nullptr ? message : known->message);
}

std::string exception_text(kafka::BrokerAnswer const& answer)
{
    if (answer.error != kafka::Error::request_timed_out)
        return exception_text(answer.error);
    return exception_text(answer.error, answer.last == kafka::Error::none
                                            ? std::string("Timed out waiting for an answer.")
                                            : fmt::format("Timed out; the last answer was {}.",
                                                          to_string(answer.last)));
}

std::string joined(std::vector<BrokerId> const& brokers)
{
    std::string text;
    for (BrokerId const broker : brokers)
        text += fmt::format("{}{}", text.empty() ? "" : ",", broker.value);
    return text;
}

bool is_live(Cluster const& cluster, BrokerId broker)
{
    auto const& brokers = cluster.image().brokers();
    return std::any_of(brokers.begin(), brokers.end(),
                       [&](kafka::BrokerRegistration const& registration) {
                           return registration.id == broker && !registration.fenced;
                       });
}

std::string node_text(Cluster const& cluster, BrokerId broker)
{
    if (!is_live(cluster, broker))
        return fmt::format(":-1 (id: {} rack: null)", broker.value);
    std::string const rack = cluster.scenario().cluster.rack_of_broker(broker.value);
    return fmt::format("broker-{}:9092 (id: {} rack: {})", broker.value, broker.value,
                       rack.empty() ? "null" : rack);
}

std::string table_of(std::vector<std::string> const& titles,
                     std::vector<std::vector<std::string>> const& rows)
{
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < titles.size(); ++i) {
        widths.push_back(titles[i].size());
        for (std::vector<std::string> const& row : rows)
            widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    auto const add = [&](std::vector<std::string> const& row) {
        for (std::size_t i = 0; i < row.size(); ++i)
            text += fmt::format("{:<{}}\t", row[i], widths[i]);
        text += "\n";
    };
    add(titles);
    for (std::vector<std::string> const& row : rows)
        add(row);
    return text;
}

std::int64_t epoch_ms(sim::Instant time)
{
    constexpr std::int64_t begin_ms = 1'704'067'200'000;
    return begin_ms + time.ns / 1'000'000;
}

TopicPattern::TopicPattern(std::string const& text)
{
    for (char const c : text)
        if (c != ' ')
            pattern_ += c == ',' ? '|' : c;
    try {
        std::regex const check(pattern_, std::regex::ECMAScript);
    } catch (std::regex_error const&) {
        throw usage_error(fmt::format("--topic: \"{}\" is no regular expression", text));
    }
}

bool TopicPattern::matches(std::string const& topic) const
{
    return pattern_.empty() ||
           std::regex_match(topic, std::regex(pattern_, std::regex::ECMAScript));
}

bool is_internal_topic(std::string_view topic)
{
    return topic == "__consumer_offsets" || topic == "__transaction_state" ||
           topic == "__share_group_state";
}

std::vector<kafka::TopicView> topics_by_name(Cluster const& cluster)
{
    std::vector<kafka::TopicView> topics;
    for (kafka::TopicView const& topic : cluster.image().topics())
        if (topic.id() != kafka::metadata_topic)
            topics.push_back(topic);
    std::sort(
        topics.begin(), topics.end(),
        [](kafka::TopicView const& a, kafka::TopicView const& b) { return a.name() < b.name(); });
    return topics;
}

}  // namespace odradek::cli
