#include "model/murmur2.h"

#include <doctest/doctest.h>

using namespace odradek::kafka;

TEST_CASE("murmur2 agrees with the vectors of Kafka's UtilsTest")
{
    struct Row {
        char const* key;
        std::int32_t hash;
    };
    for (Row const& row : {
             Row{"21", -973932308},
             Row{"foobar", -790332482},
             Row{"a-little-bit-long-string", -985981536},
             Row{"a-little-bit-longer-string", -1486304829},
             Row{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
             Row{"abc", 479470107},
         }) {
        CAPTURE(row.key);
        CHECK(murmur2(row.key) == row.hash);
    }
    CHECK(partition_for_key("foobar", 10) == 6);
}
