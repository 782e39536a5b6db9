#include "sim/ensure.h"

#include <doctest/doctest.h>

using namespace odradek::sim;

TEST_CASE("a law that holds says nothing and reads its condition once")
{
    int reads = 0;
    ENSURE(++reads > 0, "reading is counted");
    CHECK(reads == 1);
}

TEST_CASE("a broken law says which law, in which file and line")
{
    int const line = __LINE__ + 2;
    try {
        ENSURE(1 + 1 == 3, "two is three");
        FAIL("the law was broken");
    } catch (BrokenLaw const& broken) {
        CHECK(broken.line == line);
        CHECK(std::string(broken.what()) == "two is three");
        std::string const file = broken.file;
        CHECK(file.substr(file.rfind('/') + 1) == "ensure_test.cpp");
        CHECK(file.substr(0, 2) != "..");
        CHECK(to_string(broken) ==
              file + ":" + std::to_string(line) + ": broken law: two is three");
    }
}

TEST_CASE("a broken law names its file from the root of the repository, wherever it was built")
{
    CHECK(to_string(BrokenLaw("../../sim/queue.cpp", 40, "time goes on")) ==
          "sim/queue.cpp:40: broken law: time goes on");
}

TEST_CASE("a law is an expression, so it stands under an if without braces")
{
    bool other = false;
    if (false)
        ENSURE(false, "never asked");
    else
        other = true;
    CHECK(other);
}
