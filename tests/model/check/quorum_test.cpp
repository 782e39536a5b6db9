// Laws of the metadata quorum, on facts made by hand.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::check;
using namespace odradek::kafka::check::test;

namespace {

constexpr ReplicaKey node_4{BrokerId{4}, migrating_directory};

bool speaks(Court const& court, std::string_view law)
{
    for (Violation const& violation : court.judges.violations())
        if (violation.name == law)
            return true;
    return false;
}

void starts(Court& court, int epoch)
{
    court.see(QuorumNodeStarted{node_4, Epoch{epoch}, Offset{0}, Offset{0}, no_offset, {}});
}

void stores(Court& court, int epoch) { court.see(QuorumEpochChanged{node_4, Epoch{epoch}, {}}); }

}  // namespace

TEST_CASE(
    "quorum-epoch-monotonic: a node that begins before an epoch it had on disk is a violation")
{
    Court court;
    starts(court, 0);
    stores(court, 15);
    starts(court, 15);
    stores(court, 16);
    CHECK_FALSE(speaks(court, "quorum-epoch-monotonic"));
    starts(court, 15);
    CHECK(speaks(court, "quorum-epoch-monotonic"));
}

// Chaos seed 217: quorum-state was written, its flush stalled, the process was killed, read it back
// from the page cache, stalled again, and then the host lost power.
TEST_CASE(
    "quorum-epoch-monotonic: what a node has read from a page cache and not written down may be "
    "lost with the power, what it had on disk may not")
{
    Court court;
    starts(court, 0);
    stores(court, 15);
    starts(court, 16);
    starts(court, 15);
    CHECK_FALSE(speaks(court, "quorum-epoch-monotonic"));
    starts(court, 16);
    starts(court, 14);
    CHECK(speaks(court, "quorum-epoch-monotonic"));
}
