// Workloads as JSON.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/scenario/selector.h"
#include "model/scenario/units.h"
#include "model/scenario/write.h"

namespace odradek::kafka::writing {

namespace {

using writing::write;

Json write(KeySpec const& key)
{
    switch (key.gen) {
    case KeySpec::Gen::none:
        return {{"gen", "none"}};
    case KeySpec::Gen::sequence:
        return {{"gen", "sequence"}, {"cardinality", key.cardinality}};
    case KeySpec::Gen::uniform:
        return {{"gen", "uniform"}, {"cardinality", key.cardinality}};
    case KeySpec::Gen::zipf:
        break;
    }
    return {
        {"gen", "zipf"}, {"cardinality", key.cardinality}, {"s", number(key.s_thousandths, 1'000)}};
}

// The names as one string where they are a range, as a producer wants it.
std::string as_range(std::vector<std::string> const& names)
{
    if (names.size() == 1)
        return names.front();
    // All share what stands before and after the number, because they were one range.
    std::string const& first = names.front();
    std::string const& last = names.back();
    for (std::size_t begin = 0; begin < first.size(); ++begin) {
        for (std::size_t end = begin + 1; end <= first.size(); ++end) {
            std::string const tail = first.substr(end);
            if (last.size() < begin + tail.size() + 1 ||
                last.substr(0, begin) != first.substr(0, begin) ||
                last.substr(last.size() - tail.size()) != tail)
                continue;
            std::string range = first.substr(0, begin) + "[" + first.substr(begin, end - begin) +
                                "-" + last.substr(begin, last.size() - tail.size() - begin) + "]" +
                                tail;
            if (expand_range(range).value == names)
                return range;
        }
    }
    return first;
}

Json write(SizeSpec const& spec)
{
    using Kind = SizeSpec::Kind;
    if (spec.kind == Kind::constant && !spec.min && !spec.max)
        return spec.value;
    Json json;
    json["dist"] = spec.kind == Kind::uniform ? "uniform" : "lognormal";
    if (spec.kind == Kind::lognormal) {
        json["median"] = spec.median;
        json["p99"] = spec.p99;
    }
    if (spec.min)
        json["min"] = *spec.min;
    if (spec.max)
        json["max"] = *spec.max;
    return json;
}

Json write(ValueSpec const& value)
{
    using Gen = ValueSpec::Gen;
    Json json;
    json["gen"] = value.gen == Gen::sequence  ? "sequence"
                  : value.gen == Gen::letters ? "letters"
                                              : "random";
    json["size"] = write(value.size);
    if (value.tombstones.ppb != 0)
        json["tombstones"] = write(value.tombstones);
    for (auto const& [name, text] : value.headers)
        json["headers"][name] = text ? Json(*text) : Json(nullptr);
    return json;
}

void write(GroupSpec const& group, Json& json)
{
    using Commit = GroupSpec::Commit;
    json["group"] = group.group;
    json["commit"] = group.commit == Commit::automatic      ? "auto"
                     : group.commit == Commit::synchronous  ? "sync"
                     : group.commit == Commit::asynchronous ? "async"
                                                            : "none";
    json["pattern"] =
        group.pattern == GroupSpec::Pattern::at_least_once ? "at-least-once" : "at-most-once";
}

Json write(TransactionsSpec const& transactions)
{
    Json json;
    json["records"] = transactions.records;
    if (transactions.within)
        json["within"] = write(*transactions.within);
    if (transactions.abort.ppb != 0)
        json["abort"] = write(transactions.abort);
    if (transactions.shared_id)
        json["sharedId"] = true;
    return json;
}

}  // namespace

Json write(Workload const& workload)
{
    Json json = Json::object();
    auto const* producer = std::get_if<ProducerWorkload>(&workload.is);
    auto const* reader = std::get_if<ReaderWorkload>(&workload.is);
    bool const in_group = reader != nullptr && reader->group.has_value();
    json["type"] = producer != nullptr ? "producer" : in_group ? "consumer-group" : "reader";
    json["count"] = workload.count;
    if (!workload.rack.empty())
        json["rack"] = workload.rack;
    json["start"] = write(workload.start);
    if (workload.stop)
        json["stop"] = write(*workload.stop);
    json["onCrash"] = workload.on_crash == OnCrash::restart ? "restart" : "stay-dead";
    if (producer != nullptr) {
        json["topic"] = as_range(producer->topics);
        json["rate"] = write(producer->rate);
        json["arrival"] = producer->arrival == Arrival::steady ? "steady" : "poisson";
        if (producer->records)
            json["records"] = *producer->records;
        json["key"] = write(producer->key);
        json["value"] = write(producer->value);
        if (producer->config.contains("transactional.id"))
            json["transactions"] = write(producer->transactions);
        json["config"] = write(producer->config);
    } else if (reader != nullptr) {
        if (in_group)
            write(*reader->group, json);
        json["topics"] = reader->topics;
        if (reader->processing)
            json["processing"] = write(*reader->processing);
        json["config"] = write(reader->config);
    }
    return json;
}

}  // namespace odradek::kafka::writing
