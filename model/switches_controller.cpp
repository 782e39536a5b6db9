// Switches of what the controller decides: registration, elections, ISR changes, reassignment.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_controller_switches(std::vector<Switch>&) {}

}  // namespace odradek::kafka
