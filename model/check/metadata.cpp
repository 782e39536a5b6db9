#include "model/check/metadata.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "sim/describe.h"

namespace odradek::kafka::check {

namespace {

using namespace sim::literals;
using sim::PropertyKind;

// A former life's session runs out, a controller is elected, a broker registers and is unfenced:
// all of that at its slowest, with the defaults.
constexpr sim::Duration led_within = 25_s;
// Beyond this the log is not folded once more at the end of a run.
constexpr std::size_t folded_max = 100'000;

std::string difference(MetadataImage const& a, MetadataImage const& b)
{
    if (a.brokers() != b.brokers())
        return "registered brokers";
    if (a.next_producer_id() != b.next_producer_id())
        return "next producer id";
    if (a.features() != b.features())
        return "features";
    if (a.next_topic_id() != b.next_topic_id() || a.topics().size() != b.topics().size())
        return "topics";
    for (TopicView const& topic : a.topics()) {
        std::optional<TopicView> const other = b.topic(topic.id());
        if (!other || other->name() != topic.name() ||
            other->partition_count() != topic.partition_count())
            return "topic " + topic.name();
        if (a.topic_configs(topic.name()) != b.topic_configs(topic.name()))
            return "configuration of " + topic.name();
        for (std::int32_t i = 0; i < topic.partition_count(); ++i)
            if (&topic.partition(i) != &other->partition(i) &&
                topic.partition(i) != other->partition(i))
                return fmt::format("{}-{}: {} against {}", topic.name(), i,
                                   sim::print(topic.partition(i)), sim::print(other->partition(i)));
    }
    return {};
}

}  // namespace

MetadataLaws::MetadataLaws(Verdicts& verdicts)
    : epoch_monotonic_(verdicts.add_law("broker-epoch-monotonic", PropertyKind::always,
                                        "each life of a broker has a higher epoch than the one "
                                        "before")),
      agree_(verdicts.add_law("metadata-image-agree", PropertyKind::always,
                              "at one offset of the metadata log every node has the same image, "
                              "and it is the fold of the log")),
      led_(verdicts.add_law("led-when-possible", PropertyKind::eventually,
                            "when all is healed no partition stays without a leader while a "
                            "replica of its ISR is running"))
{
}

void MetadataLaws::see(Fact const& fact, Names const&, Verdicts& verdicts)
{
    if (auto const* registered = std::get_if<BrokerRegistered>(&fact.is)) {
        auto const [at, is_first] = epochs_.emplace(registered->broker, registered->broker_epoch);
        if (is_first)
            return;
        verdicts.exercised(epoch_monotonic_);
        // The same life may register again (KAFKA-16952).
        if (registered->broker_epoch < at->second) {
            Violation violation;
            violation.partition = {metadata_topic, 0};
            violation.what = fmt::format("broker {} was registered with epoch {} after epoch {}",
                                         registered->broker.value, registered->broker_epoch.value,
                                         at->second.value);
            violation.time = fact.time;
            violation.events.push_back(fact.event);
            verdicts.violated(epoch_monotonic_, std::move(violation));
        }
        at->second = registered->broker_epoch;
    } else if (auto const* change = std::get_if<PartitionChanged>(&fact.is)) {
        if (change->leader != no_broker)
            leaderless_.erase(change->partition);
        else {
            auto const [at, is_new] = leaderless_.try_emplace(change->partition);
            at->second.isr = change->isr;
            if (is_new) {
                at->second.since = fact.time;
                at->second.event = fact.event;
            }
        }
    }
}

void MetadataLaws::finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts)
{
    finish_images(end, verdicts);
    finish_leaders(end, names, verdicts);
}

void MetadataLaws::finish_images(ClusterEnd const& end, Verdicts& verdicts)
{
    // By offset: the first one is the measure of the others.
    std::map<Offset, NodeEnd const*> measure;
    auto const accuse = [&](std::string what) {
        Violation violation;
        violation.partition = {metadata_topic, 0};
        violation.what = std::move(what);
        violation.time = end.time;
        verdicts.violated(agree_, std::move(violation));
    };
    for (NodeEnd const& node : end.nodes) {
        auto const [at, is_first] = measure.emplace(node.image.end_offset(), &node);
        if (is_first || node.image.end_offset() == Offset{0})
            continue;
        verdicts.exercised(agree_);
        if (node.image.shares_memory_with(at->second->image))
            continue;
        std::string const what = difference(at->second->image, node.image);
        if (!what.empty())
            accuse(fmt::format("{} and {} have different images at offset {}: {}", at->second->name,
                               node.name, node.image.end_offset().value, what));
    }
    if (end.metadata_log.size() > folded_max)
        return;
    MetadataImage folded;
    for (BatchRef const& batch : end.metadata_log) {
        if (batch->base_offset != folded.end_offset())
            return;  // The log begins behind a snapshot.
        folded.apply(*batch);
        auto const at = measure.find(folded.end_offset());
        if (at == measure.end())
            continue;
        verdicts.exercised(agree_);
        std::string const what = difference(folded, at->second->image);
        if (!what.empty())
            accuse(fmt::format("the image of {} at offset {} is not what the log says: {}",
                               at->second->name, folded.end_offset().value, what));
    }
}

// Who waits for whom: the partition for a replica, the replica for being unfenced, that for a
// controller.
void MetadataLaws::finish_leaders(ClusterEnd const& end, Names const& names, Verdicts& verdicts)
{
    if (end.settled_for < led_within)
        return;
    for (PartitionEnd const& partition : end.partitions) {
        if (partition.leader != no_broker) {
            verdicts.exercised(led_);
            continue;
        }
        for (BrokerId const broker : partition.isr.empty() ? partition.elr : partition.isr) {
            auto const node =
                std::find_if(end.nodes.begin(), end.nodes.end(), [&](NodeEnd const& one) {
                    return one.broker == broker && one.running;
                });
            if (node == end.nodes.end())
                continue;
            Violation violation;
            violation.partition = partition.partition;
            violation.what =
                fmt::format("{} has no leader, although broker {} of its {} {} is running",
                            names.partition(partition.partition), broker.value,
                            partition.isr.empty() ? "ELR" : "ISR",
                            sim::print(partition.isr.empty() ? partition.elr : partition.isr));
            auto const since = leaderless_.find(partition.partition);
            if (since != leaderless_.end()) {
                violation.because.push_back(
                    fmt::format("nobody leads it since {}", sim::to_string(since->second.since)));
                violation.events.push_back(since->second.event);
            }
            violation.because.push_back(fmt::format("broker {} {}", broker.value, node->state));
            violation.because.push_back(end.controller.empty()
                                            ? "there is no active controller"
                                            : fmt::format("{} is the controller", end.controller));
            violation.time = end.time;
            verdicts.violated(led_, std::move(violation));
            break;
        }
    }
}

}  // namespace odradek::kafka::check
