#include "sim/story.h"

#include <fmt/format.h>

namespace odradek::sim {

std::string story_lines(StoryEvent const& event)
{
    if (event.notes.empty())
        return {};
    std::string text = fmt::format("{:>14}  {:<13} {}\n", to_string(event.time),
                                   event.node.empty() ? "world" : event.node, event.what);
    for (std::string const& note : event.notes)
        text += fmt::format("{:>30}-> {}\n", "", note);
    return text;
}

}  // namespace odradek::sim
