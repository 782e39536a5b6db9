#include "sim/fifo.h"

#include <doctest/doctest.h>

using odradek::sim::Fifo;

TEST_CASE("what is pushed first is taken first, however much has gone through")
{
    Fifo<int> fifo;
    int pushed = 0;
    int taken = 0;
    for (int round = 1; round <= 400; ++round) {
        for (int i = 0; i < round % 7; ++i)
            fifo.push(pushed++);
        CHECK(fifo.size() == static_cast<std::size_t>(pushed - taken));
        for (int i = 0; i < round % 5 && !fifo.empty(); ++i) {
            CHECK(fifo.front() == taken++);
            fifo.pop();
        }
        if (!fifo.empty()) {
            CHECK(fifo[0] == taken);
            CHECK(fifo[fifo.size() - 1] == pushed - 1);
            CHECK(fifo.back() == pushed - 1);
        }
    }
    CHECK(taken > 200);
    Fifo<int> copy = fifo;
    fifo.clear();
    CHECK(fifo.empty());
    CHECK(copy.size() == static_cast<std::size_t>(pushed - taken));
    CHECK(copy.front() == taken);
}
