// All judges of a run, behind one door.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/check/history.h"

namespace odradek::kafka::check {

// A value: copied with the cluster, a copy judges on independently.
class Judges {
public:
    struct Options {
        bool all{true};
        std::vector<std::string> only;  // If not all: names of laws and anomalies.
        std::vector<std::string> skip;
    };

    Judges();  // Every law.
    explicit Judges(Options options);
    Judges(Judges const&);
    Judges(Judges&&) noexcept;
    Judges& operator=(Judges) noexcept;
    ~Judges();

    // One fact, at the moment it is stated. `names` must know what the fact mentions.
    void see(Fact const& fact, Names const& names);
    // The run is over and the cluster had its time to become well.
    void finish(ClusterEnd const& end, Names const& names);

    std::vector<Violation> const& violations() const;
    // Every law with how often it was exercised and violated.
    std::vector<sim::Property> properties() const;

private:
    struct Bench;
    std::unique_ptr<Bench> bench_;
};

}  // namespace odradek::kafka::check
