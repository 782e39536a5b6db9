#include "model/check/verdicts.h"

#include <utility>

namespace odradek::kafka::check {

Violation violation_at(Fact const& fact, TopicPartition partition, std::string what)
{
    return violation_of(partition, {fact.time, fact.event}, 1, std::move(what));
}

Violation violation_of(TopicPartition partition, Moment at, std::uint64_t records, std::string what)
{
    Violation violation;
    violation.partition = partition;
    violation.count = records;
    violation.what = std::move(what);
    violation.time = at.time;
    violation.events.push_back(at.event);
    return violation;
}

std::size_t Verdicts::add_law(std::string name, sim::PropertyKind kind, std::string law)
{
    sim::Property property;
    property.name = std::move(name);
    property.kind = kind;
    property.law = std::move(law);
    laws_.push_back(std::move(property));
    wanted_.push_back(true);
    return laws_.size() - 1;
}

void Verdicts::want(std::string_view name, bool wanted)
{
    for (std::size_t i = 0; i < laws_.size(); ++i)
        if (laws_[i].name == name)
            wanted_[i] = wanted;
}

void Verdicts::violated(std::size_t law, Violation violation)
{
    laws_[law].violated += violation.count;
    if (!wanted_[law])
        return;
    violation.name = laws_[law].name;
    for (Violation& known : violations_)
        if (known.name == violation.name && known.partition == violation.partition) {
            known.count += violation.count;
            return;
        }
    violations_.push_back(std::move(violation));
}

}  // namespace odradek::kafka::check
