// Switches of the metadata quorum: elections, what is durable when, what is committed.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_kraft_switches(std::vector<Switch>&) {}

}  // namespace odradek::kafka
