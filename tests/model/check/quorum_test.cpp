// Laws of the metadata quorum, on facts made by hand: each is broken once, and next to it stands
// what looks like it and is allowed.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::check;
using namespace odradek::kafka::check::test;
using namespace odradek::sim::literals;

namespace {

ReplicaKey node(int id) { return {BrokerId{id}, DirectoryId{1, static_cast<std::uint64_t>(id)}}; }

std::vector<ReplicaKey> const three{node(0), node(1), node(2)};

// One record at that offset; `content` tells it from others.
BatchRef record(std::int64_t base, std::int32_t epoch, std::string content = "a")
{
    RegisterBrokerRecord record;
    record.broker = BrokerId{1};
    record.rack = std::move(content);
    return make_metadata_batch({record}, {})->stamped(Offset{base}, Epoch{epoch});
}

std::size_t count(Court const& court, std::string_view law)
{
    std::size_t found = 0;
    for (Violation const& violation : court.judges.violations())
        found += violation.name == law ? 1 : 0;
    return found;
}

void start(Court& court, int id, std::int32_t epoch = 0, std::vector<BatchRef> log = {})
{
    QuorumNodeStarted started;
    started.node = node(id);
    started.epoch = Epoch{epoch};
    started.log_end = log.empty() ? Offset{0} : log.back()->end_offset();
    started.log = std::move(log);
    court.see(started);
}

void append(Court& court, int id, BatchRef batch, bool as_leader = false)
{
    court.see(MetadataAppended{node(id), as_leader, std::move(batch)});
}

void move_high_watermark(Court& court, int id, std::int32_t epoch, std::int64_t to,
                         bool as_leader = false)
{
    court.see(MetadataHighWatermarkAdvanced{node(id), as_leader, Epoch{epoch}, no_offset,
                                            Offset{to}, three});
}

void elect(Court& court, int id, std::int32_t epoch, sim::Duration check_quorum = 3_s)
{
    court.see(QuorumLeaderElected{node(id), Epoch{epoch}, Offset{0}, three, check_quorum});
}

// Three nodes with an empty log each; the first leads epoch 1.
Court quorum()
{
    Court court;
    for (int id = 0; id < 3; ++id)
        start(court, id);
    elect(court, 0, 1);
    return court;
}

}  // namespace

TEST_CASE("controller-unique-per-epoch: an epoch begins twice, or two are taken for its leader")
{
    Court twice = quorum();
    elect(twice, 1, 2);
    CHECK(count(twice, "controller-unique-per-epoch") == 0);
    elect(twice, 0, 1);
    CHECK(count(twice, "controller-unique-per-epoch") == 1);

    Court named = quorum();
    named.see(QuorumEpochChanged{node(1), Epoch{1}, BrokerId{0}});
    CHECK(count(named, "controller-unique-per-epoch") == 0);
    named.see(QuorumEpochChanged{node(2), Epoch{1}, BrokerId{1}});
    CHECK(count(named, "controller-unique-per-epoch") == 1);
}

TEST_CASE("vote-once-per-epoch: another vote in one epoch; the same one again is none")
{
    Court court = quorum();
    court.see(VoteGranted{node(2), Epoch{2}, node(0)});
    court.see(VoteGranted{node(2), Epoch{2}, node(0)});
    court.see(VoteGranted{node(2), Epoch{2}, node(1), true});  // A pre-vote binds nobody.
    court.see(VoteGranted{node(2), Epoch{3}, node(1)});
    CHECK(count(court, "vote-once-per-epoch") == 0);
    court.see(VoteGranted{node(2), Epoch{3}, node(0)});
    CHECK(count(court, "vote-once-per-epoch") == 1);

    Court itself = quorum();
    itself.see(VoteGranted{node(2), Epoch{2}, node(0)});
    itself.see(QuorumCandidacy{node(2), Epoch{2}, three});
    CHECK(count(itself, "vote-once-per-epoch") == 1);
}

TEST_CASE("vote-once-per-epoch: a vote that was lost with the power, or with the disk, was none")
{
    Court unwritten = quorum();
    unwritten.see(VoteGranted{node(2), Epoch{2}, node(0)});
    start(unwritten, 2, 1);  // It never was in epoch 2: nobody had been told.
    unwritten.see(VoteGranted{node(2), Epoch{2}, node(1)});
    CHECK(count(unwritten, "vote-once-per-epoch") == 0);

    Court written = quorum();
    written.see(VoteGranted{node(2), Epoch{2}, node(0)});
    written.see(QuorumEpochChanged{node(2), Epoch{2}});
    start(written, 2, 2);
    written.see(VoteGranted{node(2), Epoch{2}, node(1)});
    CHECK(count(written, "vote-once-per-epoch") == 1);
}

TEST_CASE("quorum-epoch-monotonic: a node goes back, awake or over a restart; an empty disk may")
{
    Court awake = quorum();
    awake.see(QuorumEpochChanged{node(1), Epoch{4}});
    awake.see(QuorumEpochChanged{node(1), Epoch{4}, BrokerId{2}});
    CHECK(count(awake, "quorum-epoch-monotonic") == 0);
    awake.see(QuorumEpochChanged{node(1), Epoch{3}});
    CHECK(count(awake, "quorum-epoch-monotonic") == 1);

    Court restarted = quorum();
    restarted.see(QuorumEpochChanged{node(1), Epoch{4}});
    start(restarted, 1, 4);
    CHECK(count(restarted, "quorum-epoch-monotonic") == 0);
    start(restarted, 1, 3, {record(0, 1)});
    CHECK(count(restarted, "quorum-epoch-monotonic") == 1);

    Court wiped = quorum();
    wiped.see(QuorumEpochChanged{node(1), Epoch{4}});
    start(wiped, 1, 0);
    wiped.see(QuorumEpochChanged{node(1), Epoch{1}});
    CHECK(count(wiped, "quorum-epoch-monotonic") == 0);
}

// Chaos seed 217: quorum-state was written, its flush stalled, the process was killed, read it back
// from the page cache, stalled again, and then the host lost power.
TEST_CASE(
    "quorum-epoch-monotonic: what a node has read from a page cache and not written down may be "
    "lost with the power, what it had on disk may not")
{
    Court court = quorum();
    court.see(QuorumEpochChanged{node(1), Epoch{15}});
    start(court, 1, 16);
    start(court, 1, 15);
    CHECK(count(court, "quorum-epoch-monotonic") == 0);
    start(court, 1, 16);
    start(court, 1, 14);
    CHECK(count(court, "quorum-epoch-monotonic") == 1);
}

TEST_CASE("metadata-log-agree: below the high watermark another batch than the committed one")
{
    Court court = quorum();
    append(court, 0, record(0, 1), true);
    append(court, 1, record(0, 1));
    append(court, 2, record(0, 1, "b"));  // Above its high watermark a log may differ.
    move_high_watermark(court, 0, 1, 1, true);
    move_high_watermark(court, 1, 1, 1);
    CHECK(count(court, "metadata-log-agree") == 0);
    move_high_watermark(court, 2, 1, 1);
    CHECK(count(court, "metadata-log-agree") == 1);
}

TEST_CASE("metadata-log-agree: what is cut off in time is compared anew, another epoch is another")
{
    Court cut = quorum();
    append(cut, 0, record(0, 1), true);
    append(cut, 1, record(0, 1));
    append(cut, 2, record(0, 1, "b"));
    move_high_watermark(cut, 0, 1, 1, true);
    cut.see(MetadataTruncated{node(2), Offset{1}, Offset{0}, no_offset});
    append(cut, 2, record(0, 1));
    move_high_watermark(cut, 2, 1, 1);
    CHECK(count(cut, "metadata-log-agree") == 0);

    Court epoch = quorum();
    append(epoch, 0, record(0, 1), true);
    append(epoch, 1, record(0, 1));
    append(epoch, 2, record(0, 2));
    move_high_watermark(epoch, 0, 1, 1, true);
    move_high_watermark(epoch, 2, 2, 1);
    CHECK(count(epoch, "metadata-log-agree") == 1);
}

TEST_CASE("metadata-committed-kept: a leader lacks what was committed, or somebody cuts it off")
{
    Court elected = quorum();
    append(elected, 0, record(0, 1), true);
    append(elected, 1, record(0, 1));
    move_high_watermark(elected, 0, 1, 1, true);
    elect(elected, 1, 2);
    CHECK(count(elected, "metadata-committed-kept") == 0);
    elect(elected, 2, 3);
    CHECK(count(elected, "metadata-committed-kept") == 1);

    Court cut = quorum();
    append(cut, 1, record(0, 1));
    append(cut, 1, record(1, 1));
    cut.see(MetadataTruncated{node(1), Offset{2}, Offset{1}, Offset{1}});
    CHECK(count(cut, "metadata-committed-kept") == 0);
    cut.see(MetadataTruncated{node(1), Offset{1}, Offset{0}, Offset{1}});
    CHECK(count(cut, "metadata-committed-kept") == 1);
}

TEST_CASE("metadata-hw-monotonic: it goes back in a life; a new life begins anew")
{
    Court court = quorum();
    for (int id = 0; id < 3; ++id) {
        append(court, id, record(0, 1), id == 0);
        append(court, id, record(1, 1), id == 0);
    }
    move_high_watermark(court, 0, 1, 2, true);
    move_high_watermark(court, 1, 1, 2);
    move_high_watermark(court, 1, 1, 2);
    start(court, 2, 1, {record(0, 1), record(1, 1)});
    move_high_watermark(court, 2, 1, 1);
    CHECK(count(court, "metadata-hw-monotonic") == 0);
    move_high_watermark(court, 1, 1, 1);
    CHECK(count(court, "metadata-hw-monotonic") == 1);
}

TEST_CASE("majority-reached-hw: one of three has it, whoever else is called by its name")
{
    Court court = quorum();
    append(court, 0, record(0, 1), true);
    append(court, 1, record(0, 1));
    move_high_watermark(court, 0, 1, 1, true);
    CHECK(count(court, "majority-reached-hw") == 0);
    append(court, 0, record(1, 1), true);
    move_high_watermark(court, 0, 1, 2, true);
    CHECK(count(court, "majority-reached-hw") == 1);

    Court other = quorum();
    append(other, 0, record(0, 1), true);
    other.see(MetadataAppended{{BrokerId{1}, DirectoryId{9, 9}}, false, record(0, 1)});
    QuorumNodeStarted stranger;  // Node 1 again, with another directory: it is no voter.
    stranger.node = {BrokerId{1}, DirectoryId{9, 9}};
    stranger.log = {record(0, 1)};
    stranger.log_end = Offset{1};
    other.see(stranger);
    move_high_watermark(other, 0, 1, 1, true);
    CHECK(count(other, "majority-reached-hw") == 1);
}

TEST_CASE("snapshot-at-log-start: a log that begins behind every snapshot, at start or when cut")
{
    QuorumNodeStarted started;
    started.node = node(1);
    started.log_start = Offset{5};
    started.log_end = Offset{5};
    started.snapshot = Offset{5};
    Court cut;
    cut.see(started);
    cut.see(MetadataLogCleaned{node(1), Offset{7}, Offset{7}, false});
    CHECK(count(cut, "snapshot-at-log-start") == 0);
    cut.see(MetadataLogCleaned{node(1), Offset{9}, Offset{8}, false});
    CHECK(count(cut, "snapshot-at-log-start") == 1);

    Court begun;
    started.snapshot = no_offset;
    begun.see(started);
    CHECK(count(begun, "snapshot-at-log-start") == 1);
}

TEST_CASE(
    "leader-never-loads-snapshot: who leads is given one; what it begins its life with is not")
{
    Court court = quorum();
    EpochAndOffset const snapshot{Epoch{1}, Offset{5}};
    court.see(MetadataSnapshotLoaded{node(1), snapshot, false, true});  // A follower far behind.
    court.see(MetadataSnapshotLoaded{node(0), snapshot, true, false});  // The lone voter, at start.
    CHECK(count(court, "leader-never-loads-snapshot") == 0);
    court.see(MetadataSnapshotLoaded{node(0), snapshot, true, true});
    CHECK(count(court, "leader-never-loads-snapshot") == 1);
}

TEST_CASE("deposed-leader-steps-down: it still appends long after another was elected")
{
    Court court = quorum();
    elect(court, 1, 2);
    court.see_after(6_s, MetadataAppended{node(0), true, record(0, 1), 9_s});
    CHECK(count(court, "deposed-leader-steps-down") == 0);
    // Its disk is slow: it gets to what a majority sent it before the election only now.
    court.see_after(2_s, MetadataAppended{node(0), true, record(1, 1), 3_s});
    CHECK(count(court, "deposed-leader-steps-down") == 0);
    court.see_after(0_s, MetadataAppended{node(0), true, record(2, 1), 11_s});
    CHECK(count(court, "deposed-leader-steps-down") == 1);
}

TEST_CASE("lone-voter-keeps-leading: the only voter resigns for want of a majority")
{
    Court court = quorum();
    court.see(QuorumLeaderResigned{node(0), Epoch{1}, "no majority fetches", 3});
    court.see(QuorumLeaderResigned{node(0), Epoch{1}, "shutting down", 1});
    CHECK(count(court, "lone-voter-keeps-leading") == 0);
    court.see(QuorumLeaderResigned{node(0), Epoch{1}, "no majority fetches", 1});
    CHECK(count(court, "lone-voter-keeps-leading") == 1);
}

TEST_CASE("healthy-leader-not-deposed: by a candidate whom no majority was ready to elect")
{
    for (bool const asked : {true, false})
        for (bool const followed : {true, false}) {
            CAPTURE(asked);
            CAPTURE(followed);
            Court court = quorum();
            court.see(VoteGranted{node(1), Epoch{1}, node(2), true, !asked});
            court.see(QuorumCandidacy{node(2), Epoch{2}, three});
            court.see(QuorumLeaderDeposed{node(0), Epoch{1}, Epoch{2}, followed});
            CHECK(count(court, "healthy-leader-not-deposed") == (!asked && followed ? 1 : 0));
        }
}

TEST_CASE("quorum-led-after-settle: the newest epoch has no leader, or one that commits nothing")
{
    struct Row {
        char const* what;
        bool commits;
        bool later_epoch;
        std::size_t violations;
    };
    for (Row const& row :
         {Row{"it leads and commits", true, false, 0}, Row{"it commits nothing", false, false, 1},
          Row{"somebody is in a later epoch", true, true, 1}}) {
        CAPTURE(row.what);
        Court court = quorum();
        court.see(QuorumEpochChanged{node(0), Epoch{1}, BrokerId{0}});
        append(court, 0, record(0, 1), true);
        append(court, 1, record(0, 1));
        if (row.commits)
            move_high_watermark(court, 0, 1, 1, true);
        if (row.later_epoch)
            court.see(QuorumEpochChanged{node(2), Epoch{2}});
        court.finish();
        CHECK(count(court, "quorum-led-after-settle") == row.violations);
    }
}
