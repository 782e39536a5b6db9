#include "sim/story.h"

#include <doctest/doctest.h>

namespace odradek::sim {
namespace {

TEST_CASE("a story names the moment, the process and the input, and below it what was decided")
{
    StoryEvent event;
    event.time = Instant{9'530'412'000};
    event.node = "office-2";
    event.what = "Post from client-1";
    event.notes = {"keeps letter 7: office-1 is not connected", "tries again in 100 ms"};
    CHECK(story_lines(event) ==
          "    9.530412 s  office-2      Post from client-1\n"
          "                              -> keeps letter 7: office-1 is not connected\n"
          "                              -> tries again in 100 ms\n");
}

TEST_CASE("an event nobody has something to say about is not in the story")
{
    StoryEvent event;
    event.node = "office-2";
    event.what = "timer retry";
    CHECK(story_lines(event).empty());
}

TEST_CASE("what happens to the world itself is the world's, and a long name still stands alone")
{
    StoryEvent event;
    event.what = "fault 3 begins";
    event.notes = {"office-1 loses its power"};
    CHECK(story_lines(event) == "    0.000000 s  world         fault 3 begins\n"
                                "                              -> office-1 loses its power\n");
    event.node = "a-process-with-a-long-name";
    CHECK(story_lines(event).find("a-process-with-a-long-name fault 3") != std::string::npos);
}

}  // namespace
}  // namespace odradek::sim
