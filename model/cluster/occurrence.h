// What happened, by the names a scenario file uses: events and their fields for `when`, `sometimes`
// and the event stream. The names are those of model/vocabulary.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cluster/names.h"
#include "model/observations.h"

namespace odradek::kafka {

// Something the cluster itself does to a process or host.
struct WorldEvent {
    std::string_view name;  // "ProcessCrashed", "ProcessStarted", "PowerLost".
    std::string process;    // "broker-1"
    BrokerId broker{no_broker};
};

// The scenario's names of an observation; one may be several (an unclean election is an election).
std::vector<std::string_view> event_names(Observation const& observation);

// A field's value as text ("topic", "partition", "broker", "leader", "epoch", "error", "client",
// "reason"); nothing when the observation has no such field.
std::optional<std::string> event_field(Observation const& observation, std::string_view field,
                                       Names const& names);
std::optional<std::string> event_field(WorldEvent const& event, std::string_view field);

}  // namespace odradek::kafka
