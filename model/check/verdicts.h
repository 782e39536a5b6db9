// Where judges write: laws with their counts, and violations gathered by law, partition and cause.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/check/history.h"

namespace odradek::kafka::check {

// What that fact has shown of that partition.
Violation violation_at(Fact const& fact, TopicPartition partition, std::string what);
// Of that many records, at a moment that need not be now.
Violation violation_of(TopicPartition partition, Moment at, std::uint64_t records,
                       std::string what);

class Verdicts {
public:
    // A law that is not wanted is still counted, but nothing is said of it.
    std::size_t add_law(std::string name, sim::PropertyKind kind, std::string law);
    void want(std::string_view name, bool wanted);

    void exercised(std::size_t law, std::uint64_t times = 1) { laws_[law].exercised += times; }
    // Violations of one law in one partition are one violation; the first says what and why.
    void violated(std::size_t law, Violation violation);
    std::string const& name_of(std::size_t law) const { return laws_[law].name; }

    std::vector<Violation> const& violations() const { return violations_; }
    std::vector<sim::Property> const& laws() const { return laws_; }

private:
    std::vector<sim::Property> laws_;
    std::vector<bool> wanted_;
    std::vector<Violation> violations_;
};

}  // namespace odradek::kafka::check
