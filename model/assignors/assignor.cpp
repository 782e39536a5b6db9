#include "model/assignors/assignor.h"

namespace odradek::kafka {

Assignment assign(AssignorName assignor, AssignorInput const& input)
{
    switch (assignor) {
    case AssignorName::range:
        return assign_range(input);
    case AssignorName::roundrobin:
        return assign_round_robin(input);
    case AssignorName::sticky:
        return assign_sticky(input).members;
    case AssignorName::cooperative_sticky:
        return assign_cooperative_sticky(input);
    }
    return {};
}

}  // namespace odradek::kafka
