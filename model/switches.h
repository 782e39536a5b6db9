// Protocol rules as switches: what a KIP or a fix introduced can be turned back, and a judge must
// then speak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/version.h"

namespace odradek::kafka {

// How a follower brings its log in line with a new leader's.
enum class Truncation : std::uint8_t {
    high_watermark,     // Before KIP-101: to its own high watermark, on becoming a follower.
    kip_101,            // OffsetsForLeaderEpoch answering an end offset only. Not simulated yet.
    kip_279,            // The same with epoch and offset, repeated. Not simulated yet.
    kip_320_first_try,  // The same with fencing by the current leader epoch. Not simulated yet.
    kip_320,            // Since 2.7: by the diverging epoch in the fetch response.
};

// The switches as a run reads them. A fix that is on is true; each field has its row in a table
// (model/switches_*.cpp), which says what it is and what happens without it.
struct ProtocolSwitches {
    Truncation truncation{Truncation::kip_320};
    bool session_caches_leader_epoch{true};  // KAFKA-9338

    bool operator==(ProtocolSwitches const&) const = default;
};

// What a user sees and writes. `values` in the order in which Kafka had them; a fix has "off" and
// "on".
struct SwitchValue {
    std::string_view name;
    std::string_view source;  // KIP or ticket that brought it.
    std::string_view rule;    // What is done under it.
    bool simulated{true};
    KafkaVersion since{0, 0};  // The first version that does so.
};

struct Switch {
    std::string_view name;
    std::string_view doc;
    std::vector<SwitchValue> values;
    std::string_view judge;  // What a judge says when the rule is turned back.
    std::size_t (*get)(ProtocolSwitches const&);
    void (*set)(ProtocolSwitches&, std::size_t value);
};

// By room, then in the order of the tables.
std::vector<Switch> const& all_switches();
Switch const* find_switch(std::string_view name);

// The rules of a version, before any override.
ProtocolSwitches default_switches(KafkaVersion version);

std::string_view to_string(Truncation truncation);

}  // namespace odradek::kafka
