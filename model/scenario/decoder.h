// Turns the JSON tree into a Scenario, part by part, and says everything that is wrong on the way.
// Internal to the reader: one Decoder per sweep variant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/scenario/json.h"
#include "model/scenario/reader.h"
#include "model/scenario/scenario.h"
#include "model/scenario/units.h"
#include "model/vocabulary.h"

namespace odradek::kafka {

// A name in the file and what it stands for.
template <typename T>
struct Choice {
    std::string_view name;
    T value;
};

class Decoder {
public:
    Decoder(Diagnostics& diagnostics, Node const& root, ReadOptions const& options)
        : diagnostics_{diagnostics}, root_{root}, options_{options}
    {
    }

    Scenario decode();

    // ---- Saying what is wrong.
    void error(Node const& at, std::string message, std::string suggestion = {});
    void warning(Node const& at, std::string message, std::string suggestion = {});
    void not_simulated(Node const& at, std::string message, std::string suggestion = {});
    void key_error(Node const& owner, Member const& member, std::string message,
                   std::string suggestion = {});

    // ---- Values. Nothing, after saying why, if the text is wrong.
    std::optional<std::string> string(Node const& node);
    std::optional<bool> boolean(Node const& node);
    std::optional<std::int64_t> integer(Node const& node, std::int64_t min, std::int64_t max);
    std::optional<std::int32_t> small(Node const& node, std::int32_t min, std::int32_t max);
    std::optional<std::int64_t> decimal(Node const& node, std::int64_t scale);
    std::optional<std::uint64_t> weight(Node const& node);
    std::optional<Probability> probability(Node const& node);
    std::optional<sim::Duration> duration(Node const& node);
    std::optional<sim::Duration> signed_duration(Node const& node);
    std::optional<std::int64_t> size(Node const& node);
    std::optional<std::int64_t> size_or_bytes(Node const& node);
    std::optional<Bandwidth> bandwidth(Node const& node);
    std::optional<std::optional<Rate>> rate(Node const& node);  // Inner nothing: "unlimited".
    std::optional<DurationSpec> spec(Node const& node);
    std::optional<Selector> selector(Node const& node);
    std::optional<Condition> condition(Node const& node);
    std::optional<std::vector<std::string>> strings(Node const& node);
    // Names of one list of words; those that are not simulated are refused.
    std::optional<std::string> word(Node const& node, std::vector<Word> const& words,
                                    std::string_view kind);
    std::optional<std::vector<std::string>> words(Node const& node, std::vector<Word> const& known,
                                                  std::string_view kind);
    Labels labels(Node const& node, std::vector<Word> const& known, std::string_view kind);
    // A scalar as text: strings as they are, numbers as written.
    std::optional<std::string> scalar_text(Node const& node);
    ConfigMap config(Node const& node, std::vector<Scope> const& scopes);
    MetricWord const* metric(Node const& node);
    std::optional<Quantity> quantity(Node const& node, MetricWord const& metric);

    template <typename T>
    std::optional<T> choice(Node const& node, std::vector<Choice<T>> const& choices);

    template <typename T>
    std::optional<T> taken(Node const& node, Parsed<T> parsed)
    {
        if (!parsed.value)
            error(node, std::move(parsed.problem), std::move(parsed.suggestion));
        return std::move(parsed.value);
    }

    bool is_object(Node const& node, std::string_view what);
    bool is_array(Node const& node, std::string_view what);
    Source source_of(Node const& node) const;

private:
    friend class Fields;

    void decode_run(Node const& node);
    void decode_cluster(Node const& node);
    void decode_controllers(Node const& node);
    void decode_brokers(Node const& node);
    void decode_node_config(Node const& node);
    void decode_features(Node const& node);
    void decode_protocol(Node const& node);
    void decode_network(Node const& node);
    LinkSettings decode_link(Node const& node);
    void decode_storage(Node const& node);
    DiskSettings decode_disk(Node const& node);
    void decode_topics(Node const& node);
    std::optional<Topic> decode_topic(Node const& node, std::string const& name);
    void decode_assignment(Node const& node, Topic& topic);
    void decode_workloads(Node const& node);
    std::optional<Workload> decode_workload(Node const& node, std::string const& name);
    ProducerWorkload decode_producer(class Fields& fields);
    void decode_transactions(Node const& node, TransactionsSpec& transactions);
    ReaderWorkload decode_reader(class Fields& fields);
    void decode_group(class Fields& fields, ReaderWorkload& reader);
    std::optional<KeySpec> decode_key(Node const& node);
    void decode_value(Node const& node, ValueSpec& value);
    std::optional<std::int64_t> value_size(Node const& node);  // At most 1 GB.
    std::optional<SizeSpec> size_spec(Node const& node);
    std::vector<std::string> topic_names(Node const& node);
    void decode_timeline(Node const& node);
    std::optional<Step> decode_step(Node const& node);
    std::optional<Trigger> decode_trigger(Node const& node, class Fields& fields);
    std::optional<Action> decode_action(Node const& node, class Fields& fields);
    Details decode_details(Verb verb, Node const& owner, Node const* with);
    LinkDetails decode_link_details(Node const& node);
    DiskDetails decode_disk_details(Node const& node);
    ClockDetails decode_clock_details(Node const& node);
    CreateTopicDetails decode_create_topic(Node const& node);
    ElectLeadersDetails decode_elect_leaders(Node const& node);
    // decode_admin.cpp: what an operator asks of the controller; nothing for other verbs.
    std::optional<Details> decode_admin_details(Verb verb, Node const& with);
    DeleteTopicDetails decode_delete_topic(Node const& node);
    DeleteRecordsDetails decode_delete_records(Node const& node);
    void decode_deleted(Node const& node, DeleteRecordsDetails& details);
    std::int64_t deleted_before(Node const& node);
    void kafka_file_version(Node const& node, std::string_view kind);
    AddPartitionsDetails decode_add_partitions(Node const& node);
    ConfigDetails decode_config_step(Node const& node);
    ReassignDetails decode_reassign(Node const& node);
    void decode_reassigned(Node const& node, ReassignDetails& details);
    UpdateFeaturesDetails decode_update_features(Node const& node);
    UnregisterBrokerDetails decode_unregister_broker(Node const& node);
    std::string used_topic(Node const& node);
    std::vector<std::int32_t> broker_list(Node const& node);
    std::optional<std::int32_t> broker_of_cluster(Node const& node);
    std::optional<std::int16_t> feature_level(std::string const& feature, Node const& node);
    void check_target_kinds(Action const& action, Node const& target);
    void decode_chaos(Node const& node);
    void decode_budget(Node const& node, Budget& budget);
    void decode_expect(Node const& node);
    bool applies(class Fields& fields);
    void decode_allow(Node const& node);
    void decode_require(Node const& node);
    void decode_sometimes(Node const& node);
    void decode_metric_bound(Node const& node);
    void decode_exhibits(Node const& node);
    void decode_exhibit(Node const& node);
    bool decode_flaw(class Fields& fields, Exhibit& exhibit);
    bool decode_switch_flaw(Node const& name, Node const* value, Exhibit& exhibit);
    bool decode_feature_flaw(Node const& name, Node const& value, Exhibit& exhibit);
    bool decode_config_flaw(Node const& name, Node const& value, Node const* topic,
                            Exhibit& exhibit);
    bool decode_field_flaw(Node const& pointer, Node const& value, Exhibit& exhibit);
    void decode_judges(Node const& node, Exhibit& exhibit);
    void decode_judge(Node const& node, Exhibit& exhibit);
    void check_flaw(Node const& at, Exhibit const& exhibit);
    void decode_output(Node const& node);

    // What only shows when everything is read: check.cpp.
    void check_all();
    void check_topics();
    void check_topic(Topic const& topic, Node const& at);
    void check_selectors();
    void check_selector(SelectorTerm const& term, Node const& at);
    void check_topic_names();
    void check_racks();
    void check_directory(SelectorTerm const& term, std::string_view text, Node const& at);
    void check_times();
    void check_after();
    void check_intent();
    void check_transactions();

    std::vector<std::string_view> all_racks() const;
    Topic const* topic_named(std::string_view name) const;
    bool is_declared(std::string_view part, std::string_view name) const;

    Diagnostics& diagnostics_;
    Node const& root_;
    ReadOptions const& options_;
    Scenario scenario_;

    // What is checked at the end, with where it was said.
    std::vector<std::pair<SelectorTerm, Node const*>> used_selectors_;
    std::vector<std::pair<std::string, Node const*>> used_topics_;
    std::vector<std::pair<std::string, Node const*>> used_racks_;
    std::vector<std::pair<std::string, Node const*>> used_workloads_;
    std::vector<std::pair<Topic, Node const*>>
        made_topics_;  // Of the file and of create-topic steps.
    std::vector<std::pair<sim::Duration, Node const*>> moments_;
};

// One object being read: gives its fields by name, and in the end reports those that nobody asked
// for.
class Fields {
public:
    enum class Notes : std::uint8_t { refused, ignored };  // Fields that begin with `_` or `x-`.

    // `what` with its article, for messages: "a producer".
    Fields(Decoder& decoder, Node const& node, std::string_view what, Notes notes = Notes::refused);
    ~Fields();
    Fields(Fields const&) = delete;
    Fields& operator=(Fields const&) = delete;

    bool good() const { return good_; }
    Node const& node() const { return node_; }
    // The field's value, or null.
    Node const* get(std::string_view name);
    // The same; says that it is missing.
    Node const* need(std::string_view name, std::string suggestion = {});
    // A field that is known but makes no sense here: says so.
    void refuse(std::string_view name, std::string message, std::string suggestion = {});
    // Says nothing about fields that nobody asked for.
    void forgive() { forgiving_ = true; }

    // Reads a field, if it is there, into `target`.
    template <typename T, typename V>
    void read(std::string_view name, T& target, std::optional<V> (Decoder::*how)(Node const&))
    {
        if (Node const* value = get(name)) {
            if (std::optional<V> parsed = (decoder_.*how)(*value))
                target = std::move(*parsed);
        }
    }

private:
    Decoder& decoder_;
    Node const& node_;
    std::string_view what_;
    Notes notes_;
    bool good_;
    bool forgiving_{false};
    std::vector<std::string_view> known_;
    std::vector<std::string_view> refused_;
};

std::string choices_text(std::vector<std::string_view> const& names, std::string_view given);

template <typename T>
std::optional<T> Decoder::choice(Node const& node, std::vector<Choice<T>> const& choices)
{
    auto const text = string(node);
    if (!text)
        return std::nullopt;
    std::vector<std::string_view> names;
    for (Choice<T> const& option : choices) {
        if (option.name == *text)
            return option.value;
        names.push_back(option.name);
    }
    error(node, "\"" + *text + "\" is not known here", choices_text(names, *text));
    return std::nullopt;
}

}  // namespace odradek::kafka
