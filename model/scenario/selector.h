// Selectors: "leader:orders-0", "broker:*(2)", "!rack:az1". Parsed here, resolved when a step
// fires.
#pragma once

#include <string_view>

#include "model/scenario/scenario.h"
#include "model/scenario/units.h"

namespace odradek::kafka {

// One term. Whether the named node, rack, topic or workload exists is not checked here.
Parsed<SelectorTerm> parse_selector_term(std::string_view text);

// The word before the colon, or the whole word: "leader", "majority".
std::string_view to_string(SelectorKind kind);

// Topic names of a range: "t-[0-3]" gives t-0 to t-3, "orders" itself. At most 10,000.
Parsed<std::vector<std::string>> expand_range(std::string_view text);

}  // namespace odradek::kafka
