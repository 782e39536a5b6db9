// The configuration table against what Kafka documents, and the rules by which it is used.
#include <doctest/doctest.h>

#include <limits>
#include <set>
#include <string>

#include "model/config.h"
#include "model/config_values.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr KafkaVersion v39{3, 9};
constexpr KafkaVersion v40{4, 0};
constexpr KafkaVersion v41{4, 1};

// The one message about a key and value, or what there is instead.
std::string told(std::vector<Scope> const& scopes, KafkaVersion version, char const* key,
                 char const* value)
{
    auto const problems = check_config(scopes, version, key, value);
    if (problems.empty())
        return "fine";
    std::string text = problems.front().severity == Severity::error ? "error: " : "warning: ";
    text += problems.front().message;
    if (!problems.front().suggestion.empty())
        text += "; " + problems.front().suggestion;
    return text;
}

}  // namespace

TEST_CASE(
    "every row of the table is whole: documented, its default valid, its synonym a broker key")
{
    CHECK(all_keys().size() > 400);
    std::set<std::string> seen;
    for (ConfigKey const& key : all_keys()) {
        CAPTURE(key.name);
        CHECK_FALSE(key.doc.empty());
        CHECK(key.doc.back() == '.');
        CHECK_FALSE(key.scopes.empty());
        CHECK_FALSE(key.defaults.empty());
        if (key.type == ConfigType::enumeration)
            CHECK_FALSE(key.values.empty());
        for (Scope scope : key.scopes)
            CHECK(seen.insert(std::string{key.name} + "/" + std::string{to_string(scope)}).second);
        if (!key.broker_synonym.empty())
            CHECK(find_key(key.broker_synonym, Scope::broker) != nullptr);
        for (KafkaVersion version : simulated_versions()) {
            auto const value = key.default_in(version);
            if (!key.exists_in(version) || !value || value->empty())
                continue;
            // A default is refused only where the table says that just another value is simulated.
            for (ConfigProblem const& problem :
                 check_config(key.scopes, version, key.name, *value)) {
                CAPTURE(problem.message);
                bool const expected =
                    problem.severity == Severity::warning || !key.simulated_values.empty();
                CHECK(expected);
            }
        }
    }
}

TEST_CASE("defaults are Kafka's, version by version")
{
    struct Row {
        Scope scope;
        char const* key;
        char const* in_39;
        char const* in_40;
    };
    for (Row const& row : {
             Row{Scope::broker, "min.insync.replicas", "1", "1"},
             Row{Scope::broker, "replica.lag.time.max.ms", "30000", "30000"},
             Row{Scope::broker, "replica.fetch.wait.max.ms", "500", "500"},
             Row{Scope::broker, "replica.fetch.response.max.bytes", "10485760", "10485760"},
             Row{Scope::broker, "replica.high.watermark.checkpoint.interval.ms", "5000", "5000"},
             Row{Scope::broker, "broker.heartbeat.interval.ms", "2000", "2000"},
             Row{Scope::broker, "broker.session.timeout.ms", "9000", "9000"},
             Row{Scope::broker, "message.max.bytes", "1048588", "1048588"},
             Row{Scope::broker, "fetch.max.bytes", "57671680", "57671680"},
             Row{Scope::broker, "log.flush.interval.messages", "9223372036854775807",
                 "9223372036854775807"},
             Row{Scope::broker, "num.recovery.threads.per.data.dir", "1", "2"},
             Row{Scope::broker, "group.coordinator.rebalance.protocols", "classic",
                 "classic,consumer"},
             Row{Scope::topic, "message.timestamp.after.max.ms", "9223372036854775807", "3600000"},
             Row{Scope::topic, "retention.ms", "604800000", "604800000"},
             Row{Scope::producer, "acks", "all", "all"},
             Row{Scope::producer, "linger.ms", "0", "5"},
             Row{Scope::producer, "batch.size", "16384", "16384"},
             Row{Scope::producer, "buffer.memory", "33554432", "33554432"},
             Row{Scope::producer, "delivery.timeout.ms", "120000", "120000"},
             Row{Scope::producer, "metadata.recovery.strategy", "none", "rebootstrap"},
             Row{Scope::producer, "connections.max.idle.ms", "540000", "540000"},
             Row{Scope::consumer, "auto.offset.reset", "latest", "latest"},
             Row{Scope::consumer, "fetch.max.bytes", "52428800", "52428800"},
             Row{Scope::consumer, "session.timeout.ms", "45000", "45000"},
         }) {
        CAPTURE(row.key);
        ConfigKey const* const key = find_key(row.key, row.scope);
        REQUIRE(key != nullptr);
        CHECK(key->default_in(v39) == row.in_39);
        CHECK(key->default_in(v40) == row.in_40);
        CHECK(key->default_in(v41).has_value());
    }
    CHECK_FALSE(find_key("log.flush.interval.ms", Scope::broker)->default_in(v40).has_value());
    CHECK_FALSE(find_key("group.id", Scope::consumer)->default_in(v40).has_value());
}

TEST_CASE("a key of two scopes is found in each, and with its own default")
{
    CHECK(find_key("fetch.max.bytes").size() == 2);
    CHECK(find_key("acks", Scope::topic) == nullptr);
    CHECK(find_key("receive.buffer.bytes", Scope::producer)->default_in(v40) == "32768");
    CHECK(find_key("receive.buffer.bytes", Scope::consumer)->default_in(v40) == "65536");
}

TEST_CASE("misspelt keys get suggestions, also with their words in another order")
{
    using Names = std::vector<std::string_view>;
    CHECK(suggest_keys("min.insync.replica") == Names{"min.insync.replicas"});
    CHECK(suggest_keys("lingre.ms", {Scope::producer}) == Names{"linger.ms"});
    CHECK(suggest_keys("replica.max.lag.time.ms") == Names{"replica.lag.time.max.ms"});
    CHECK(suggest_keys("lingre.ms", {Scope::topic}).empty());
    CHECK(suggest_keys("no.such.thing.at.all").empty());
}

TEST_CASE("a key is checked for its place, its version, its value and its fidelity")
{
    std::vector<Scope> const server{Scope::broker, Scope::controller};
    CHECK(told(server, v40, "min.insync.replicas", "2") == "fine");
    CHECK(told(server, v40, "min.insync.replicas", "0") ==
          "error: min.insync.replicas must be at least 1, not 0");
    CHECK(told(server, v40, "metadata.max.idle.interval.ms", "0") == "fine");
    CHECK(told(server, v40, "flush.messages", "1") ==
          "error: flush.messages is a topic key, not a broker key; the broker's default for it is "
          "log.flush.interval.messages");
    CHECK(told({Scope::topic}, v40, "log.flush.interval.messages", "1") ==
          "error: log.flush.interval.messages is a broker key, not a topic key; a topic's own "
          "value is flush.messages");
    CHECK(told(server, v39, "log.message.format.version", "3.0-IV1") == "fine");
    CHECK(told(server, v40, "log.message.format.version", "3.0-IV1") ==
          "error: log.message.format.version was removed in Kafka 4.0; run.kafka is 4.0");
    CHECK(told(server, v40, "controller.quorum.auto.join.enable", "true") ==
          "error: controller.quorum.auto.join.enable came with Kafka 4.2; run.kafka is 4.0");
    CHECK(told(server, v40, "num.io.threads", "16") ==
          "warning: num.io.threads has no effect in a simulation");
    CHECK(told(server, v40, "log.retention.hours", "168") == "fine");
    CHECK(told(server, v40, "log.retention.hours", "0168") == "fine");  // The same number.
    CHECK(told(server, v40, "log.retention.hours", "1") == "fine");
    CHECK(told({Scope::topic}, v40, "remote.storage.enable", "true") ==
          "error: remote.storage.enable is not simulated yet; leave it out (its default is false)");
    CHECK(told(server, v40, "auto.leader.rebalance.enable", "false") == "fine");
    CHECK(check_config({Scope::topic}, v40, "remote.storage.enable", "true").front().not_simulated);
    CHECK(told({Scope::topic}, v39, "segment.bytes", "100") == "fine");
    CHECK(told({Scope::topic}, v40, "segment.bytes", "100") ==
          "error: segment.bytes must be at least 1048576, not 100");
    CHECK(told({Scope::topic}, v40, "cleanup.policy", "compact,burn") ==
          "error: cleanup.policy cannot hold \"burn\"; it can be \"compact\" or \"delete\"");
    CHECK(told({Scope::producer}, v40, "acks", "-1") == "fine");
    CHECK(told({Scope::producer}, v40, "enable.idempotence", "TRUE") == "fine");
    Scope const consumer = Scope::consumer;
    CHECK(told({consumer}, v40, "auto.offset.reset", "by_duration:PT1H") == "fine");
    CHECK(told({consumer}, v39, "auto.offset.reset", "by_duration:PT1H").find("it can since 4.0") !=
          std::string::npos);
    CHECK(told({consumer}, v40, "auto.offset.reset", "by_duration:1h")
              .find("\"1h\" is no duration such as PT1H30M") != std::string::npos);
}

TEST_CASE("auto.offset.reset may be a duration in ISO 8601 (KIP-1106)")
{
    struct Row {
        char const* text;
        std::int64_t ns;
    };
    for (Row const& row : {
             Row{"PT1H", 3'600'000'000'000},
             Row{"PT1H30M", 5'400'000'000'000},
             Row{"P2DT0.5S", 172'800'500'000'000},
             Row{"p1d", 86'400'000'000'000},
             Row{"PT0S", 0},
             Row{"PT0.000000001S", 1},
         }) {
        CAPTURE(row.text);
        ConsumerConfig const config = resolve_consumer_config(
            v40, {{"auto.offset.reset", std::string("by_duration:") + row.text}});
        CHECK(config.auto_offset_reset == AutoOffsetReset::by_duration);
        CHECK(config.auto_offset_reset_duration.ns == row.ns);
    }
    for (char const* const text : {"", "P", "PT", "1H", "PT1", "P1H", "PT1D", "PT1S1M", "PT-1S",
                                   "PT1.5H", "PT.5S", "PT1SS", "P99999999999D", "PT1H T1M"}) {
        CAPTURE(text);
        CHECK_FALSE(to_iso_duration(text));
    }
}

TEST_CASE("a topic without its own value takes the broker's synonym")
{
    TopicConfig const by_default = resolve_topic_config(v40, {}, {});
    CHECK(by_default.min_insync_replicas == 1);
    CHECK(by_default.flush_messages == std::numeric_limits<std::int64_t>::max());
    CHECK(by_default.flush == sim::Duration::forever());
    CHECK(by_default.max_message_bytes == 1'048'588);

    ConfigMap const server{{"min.insync.replicas", "2"},
                           {"log.flush.interval.messages", "10"},
                           {"log.flush.interval.ms", "1000"},
                           {"message.max.bytes", "500"},
                           {"unclean.leader.election.enable", "true"}};
    TopicConfig const inherited = resolve_topic_config(v40, {}, server);
    CHECK(inherited.min_insync_replicas == 2);
    CHECK(inherited.flush_messages == 10);
    CHECK(inherited.flush == 1_s);
    CHECK(inherited.max_message_bytes == 500);
    CHECK(inherited.unclean_leader_election_enable);

    TopicConfig const own =
        resolve_topic_config(v40, {{"min.insync.replicas", "3"}, {"flush.ms", "5"}}, server);
    CHECK(own.min_insync_replicas == 3);
    CHECK(own.flush == 5_ms);
    CHECK(own.flush_messages == 10);
}

TEST_CASE("server configurations come typed, times in durations, unset times for ever")
{
    BrokerConfig const broker = resolve_broker_config(v40, {{"replica.fetch.wait.max.ms", "100"}});
    CHECK(broker.replica_fetch_wait_max == 100_ms);
    CHECK(broker.replica_lag_time_max == 30_s);
    CHECK(broker.broker_session_timeout == 9_s);
    CHECK(broker.log_flush_interval == sim::Duration::forever());
    CHECK(broker.controlled_shutdown_enable);
    ControllerConfig const controller =
        resolve_controller_config(v40, {{"broker.session.timeout.ms", "18000"}});
    CHECK(controller.broker_session_timeout == 18_s);
    CHECK(controller.metadata_max_idle_interval == 500_ms);
    CHECK_FALSE(controller.unclean_leader_election_enable);
}

TEST_CASE("a producer loses idempotence by a contradiction it was not asked about, as in Kafka")
{
    CHECK(resolve_producer_config(v40, {}).enable_idempotence);
    CHECK(resolve_producer_config(v40, {{"acks", "-1"}}).enable_idempotence);
    CHECK_FALSE(resolve_producer_config(v40, {{"acks", "1"}}).enable_idempotence);
    CHECK_FALSE(resolve_producer_config(v40, {{"retries", "0"}}).enable_idempotence);
    CHECK_FALSE(resolve_producer_config(v39, {{"max.in.flight.requests.per.connection", "6"}})
                    .enable_idempotence);
    CHECK(resolve_producer_config(v39, {}).linger == 0_ms);
    CHECK(resolve_producer_config(v40, {}).linger == 5_ms);
    CHECK(resolve_producer_config(v40, {{"acks", "0"}}).acks == Acks::none);
}

TEST_CASE("delivery.timeout.ms makes room when it is not set, and is an error when it is")
{
    CHECK(resolve_producer_config(v40, {{"request.timeout.ms", "200000"}}).delivery_timeout ==
          200'005_ms);
    CHECK(check_producer_rules(v40, {{"request.timeout.ms", "200000"}}).empty());
    auto const problems = check_producer_rules(v40, {{"delivery.timeout.ms", "30000"}});
    REQUIRE(problems.size() == 1);
    CHECK(problems.front().message ==
          "delivery.timeout.ms (30000) is less than linger.ms (5) + request.timeout.ms (30000)");
    CHECK(
        check_producer_rules(v39, {{"delivery.timeout.ms", "30000"}}).empty());  // linger.ms was 0.
}

TEST_CASE("idempotence asked for explicitly demands acks=all, retries and few requests in flight")
{
    CHECK(check_producer_rules(v40, {{"enable.idempotence", "true"}, {"acks", "all"}}).empty());
    auto const wanted = check_producer_rules(v39, {{"enable.idempotence", "true"},
                                                   {"acks", "1"},
                                                   {"retries", "0"},
                                                   {"max.in.flight.requests.per.connection", "6"}});
    REQUIRE(wanted.size() == 3);
    for (ConfigProblem const& problem : wanted)
        CHECK(problem.severity == Severity::error);
    auto const by_default =
        check_producer_rules(v39, {{"acks", "1"}, {"max.in.flight.requests.per.connection", "6"}});
    REQUIRE(by_default.size() == 2);
    for (ConfigProblem const& problem : by_default)
        CHECK(problem.severity == Severity::warning);
    // KAFKA-17927.
    CHECK(check_producer_rules(v40, {{"max.in.flight.requests.per.connection", "6"}})
              .front()
              .severity == Severity::error);
    CHECK(check_producer_rules(v40,
                               {{"enable.idempotence", "false"}, {"acks", "0"}, {"retries", "0"}})
              .empty());
}

TEST_CASE("a consumer's enumerations come typed")
{
    ConsumerConfig const config =
        resolve_consumer_config(v40, {{"auto.offset.reset", "earliest"},
                                      {"isolation.level", "read_committed"},
                                      {"max.poll.records", "7"}});
    CHECK(config.auto_offset_reset == AutoOffsetReset::earliest);
    CHECK(config.isolation_level == IsolationLevel::read_committed);
    CHECK(config.max_poll_records == 7);
    CHECK(config.fetch_max_wait == 500_ms);
    CHECK(resolve_consumer_config(v40, {}).auto_offset_reset == AutoOffsetReset::latest);
    CHECK(resolve_consumer_config(v40, {{"auto.offset.reset", "none"}}).auto_offset_reset ==
          AutoOffsetReset::none);
    CHECK(resolved_value(v40, Scope::consumer, "max.poll.records", {}) == "500");
    CHECK_FALSE(resolved_value(v40, Scope::consumer, "no.such.key", {}));
}

}  // namespace odradek::kafka
