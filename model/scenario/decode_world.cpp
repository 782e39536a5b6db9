// `network` and `storage` of a scenario file, and the settings of links and disks wherever they
// stand.
#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/scenario/selector.h"
#include "model/spelling.h"

namespace odradek::kafka {

void Decoder::decode_network(Node const& node)
{
    Fields fields{*this, node, "network"};
    if (Node const* by_default = fields.get("default")) {
        LinkSettings const given = decode_link(*by_default);
        LinkSettings& complete = scenario_.network.by_default;
        if (given.latency)
            complete.latency = given.latency;
        if (given.bandwidth)
            complete.bandwidth = given.bandwidth;
        if (given.loss)
            complete.loss = given.loss;
        if (given.reset)
            complete.reset = given.reset;
    }
    Node const* const links = fields.get("links");
    if (links == nullptr || !is_array(*links, "network.links"))
        return;
    for (Node const& item : links->items) {
        Fields link{*this, item, "a link"};
        if (!link.good())
            continue;
        LinkRule rule;
        rule.source = source_of(item);
        Node const* const between =
            link.need("between", "two selectors, such as [\"rack:a\", \"rack:b\"]");
        link.read("symmetric", rule.symmetric, &Decoder::boolean);
        Node const* const is = link.need("is", "such as { \"latency\": \"2ms\" }");
        if (is != nullptr)
            rule.is = decode_link(*is);
        if (between == nullptr || !is_array(*between, "between"))
            continue;
        if (between->items.size() != 2) {
            error(*between,
                  fmt::format("a link is between two selectors, not {}", between->items.size()));
            continue;
        }
        auto from = selector(between->items[0]);
        auto to = selector(between->items[1]);
        for (std::size_t side = 0; side < 2; ++side) {
            auto const& chosen = side == 0 ? from : to;
            for (SelectorTerm const& term : chosen ? chosen->terms : std::vector<SelectorTerm>{}) {
                bool const fixed =
                    term.kind == SelectorKind::broker || term.kind == SelectorKind::controller ||
                    term.kind == SelectorKind::rack || term.kind == SelectorKind::client ||
                    term.kind == SelectorKind::all || term.kind == SelectorKind::brokers ||
                    term.kind == SelectorKind::controllers || term.kind == SelectorKind::clients;
                if (!fixed || term.count || term.active)
                    error(between->items[side],
                          fmt::format("\"{}\" changes during a run", to_string(term)),
                          "links are laid out once: name brokers, controllers, clients or racks");
            }
        }
        if (from && to) {
            rule.from = std::move(*from);
            rule.to = std::move(*to);
            scenario_.network.links.push_back(std::move(rule));
        }
    }
}

LinkSettings Decoder::decode_link(Node const& node)
{
    LinkSettings link;
    Fields fields{*this, node, "a link"};
    fields.read("latency", link.latency, &Decoder::spec);
    fields.read("bandwidth", link.bandwidth, &Decoder::bandwidth);
    fields.read("loss", link.loss, &Decoder::probability);
    fields.read("reset", link.reset, &Decoder::probability);
    fields.refuse("duplicate", "links do not duplicate",
                  "connections are TCP's: each byte arrives once, in order");
    return link;
}

void Decoder::decode_storage(Node const& node)
{
    Fields fields{*this, node, "storage"};
    if (Node const* backend = fields.get("backend")) {
        auto const name = string(*backend);
        if (name && *name == "sim")
            scenario_.storage.backend = "memory";
        else if (name && *name == "file")
            scenario_.storage.backend = "posix";
        else if (name && (*name == "memory" || *name == "posix" ||
                          (name->starts_with("plugin:") && name->size() > 7)))
            scenario_.storage.backend = *name;
        else if (name)
            error(*backend, fmt::format("\"{}\" is no storage backend", *name),
                  "use \"memory\", \"posix\" or \"plugin:PATH/TO/LIB.so\"");
    }
    if (Node const* by_default = fields.get("default")) {
        DiskSettings const given = decode_disk(*by_default);
        DiskSettings& complete = scenario_.storage.by_default;
        if (given.read)
            complete.read = given.read;
        if (given.write)
            complete.write = given.write;
        if (given.fsync)
            complete.fsync = given.fsync;
        if (given.bandwidth)
            complete.bandwidth = given.bandwidth;
        if (given.capacity_bytes)
            complete.capacity_bytes = given.capacity_bytes;
        if (given.power_loss)
            complete.power_loss = given.power_loss;
        if (given.bit_rot)
            complete.bit_rot = given.bit_rot;
    }
    Node const* const nodes = fields.get("nodes");
    if (nodes == nullptr || !is_object(*nodes, "storage.nodes"))
        return;
    for (Member const& member : nodes->members) {
        auto const term = parse_selector_term(member.name);
        bool const broker = term.value && term.value->kind == SelectorKind::broker;
        bool const controller = term.value && term.value->kind == SelectorKind::controller;
        if ((!broker && !controller) || !term.value->first ||
            term.value->first != term.value->last || term.value->negated || term.value->count) {
            key_error(*nodes, member, fmt::format("\"{}\" names no single node", member.name),
                      "write it as \"broker:2\" or \"controller:0\"");
            continue;
        }
        std::int32_t const id = *term.value->first;
        std::int32_t const first = broker ? scenario_.cluster.brokers.first_id : 0;
        std::int32_t const count =
            broker ? scenario_.cluster.brokers.count : scenario_.cluster.controllers.count;
        if (count > 0 && (id < first || id >= first + count)) {
            key_error(*nodes, member, fmt::format("there is no {}", member.name),
                      broker ? fmt::format("brokers are {} to {}", first, first + count - 1)
                             : fmt::format("controllers are 0 to {}", count - 1));
            continue;
        }
        auto& place = broker ? scenario_.storage.brokers : scenario_.storage.controllers;
        place[id] = decode_disk(member.value);
    }
}

namespace {

std::vector<Choice<PowerLoss>> power_losses()
{
    std::vector<Choice<PowerLoss>> choices;
    for (PowerLoss model : {PowerLoss::keep_all, PowerLoss::lose_unsynced,
                            PowerLoss::lose_random_unsynced, PowerLoss::torn_tail})
        choices.push_back({to_string(model), model});
    return choices;
}

}  // namespace

DiskSettings Decoder::decode_disk(Node const& node)
{
    DiskSettings disk;
    Fields fields{*this, node, "a disk"};
    fields.read("read", disk.read, &Decoder::spec);
    fields.read("write", disk.write, &Decoder::spec);
    fields.read("fsync", disk.fsync, &Decoder::spec);
    fields.read("bandwidth", disk.bandwidth, &Decoder::bandwidth);
    fields.read("capacity", disk.capacity_bytes, &Decoder::size);
    if (Node const* model = fields.get("powerLoss"))
        disk.power_loss = choice(*model, power_losses());
    fields.read("bitRot", disk.bit_rot, &Decoder::probability);
    return disk;
}

LinkDetails Decoder::decode_link_details(Node const& node)
{
    LinkDetails details{decode_link(node)};
    if (node.kind == Node::Kind::object && node.members.empty())
        error(node, "a link step that changes nothing",
              "give it a latency, bandwidth, loss or reset");
    return details;
}

DiskDetails Decoder::decode_disk_details(Node const& node)
{
    DiskDetails details;
    Fields fields{*this, node, "a disk step"};
    fields.read("read", details.is.read, &Decoder::spec);
    fields.read("write", details.is.write, &Decoder::spec);
    fields.read("fsync", details.is.fsync, &Decoder::spec);
    fields.read("bandwidth", details.is.bandwidth, &Decoder::bandwidth);
    fields.read("stall", details.stall, &Decoder::boolean);
    fields.read("fsyncErrors", details.fsync_errors, &Decoder::probability);
    fields.read("readErrors", details.read_errors, &Decoder::probability);
    fields.refuse("capacity", "a disk does not shrink during a run", "use a \"disk-full\" step");
    fields.refuse("powerLoss", "what a power loss keeps is not changed by a disk step",
                  "say it in storage, or in the power-loss step's \"with\"");
    fields.read("fsyncLies", details.fsync_lies, &Decoder::probability);
    fields.read("loseNewFiles", details.lose_new_files, &Decoder::boolean);
    fields.refuse("bitRot", "how much rots is no matter of a step",
                  "say it in storage, or use a \"disk-corrupt\" step");
    if (node.kind == Node::Kind::object && node.members.empty())
        error(node, "a disk step that changes nothing",
              "give it a read, write, fsync, bandwidth, stall, errors or lies");
    return details;
}

ClockDetails Decoder::decode_clock_details(Node const& node)
{
    ClockDetails details;
    Fields fields{*this, node, "a clock step"};
    fields.read("skew", details.step, &Decoder::signed_duration);
    if (Node const* drift = fields.get("driftPpm"))
        details.drift_ppm = integer(*drift, -500'000, 500'000).value_or(0);
    fields.read("freeze", details.freeze, &Decoder::boolean);
    if (node.kind == Node::Kind::object && node.members.empty())
        error(node, "a clock step that changes nothing", "give it a skew, driftPpm or freeze");
    return details;
}

}  // namespace odradek::kafka
