#include "sim/budget.h"

namespace odradek::sim {

char const* to_string(Stop stop)
{
    switch (stop) {
    case Stop::nothing_left:
        return "nothing left to happen";
    case Stop::time_is_up:
        return "time is up";
    case Stop::events_used_up:
        return "the budget of events is used up";
    case Stop::told_to:
        return "told to stop";
    }
    return "?";
}

}  // namespace odradek::sim
