// Switches of how records are replicated: truncation, ISR, high watermark, fetch sessions.
#include "model/switch_table.h"

namespace odradek::kafka {

namespace {

Switch truncation()
{
    return {.name = "truncation",
            .doc = "How a follower brings its log in line with a new leader's: the published "
                   "designs, each as it stood.",
            .values =
                {
                    {.name = "high-watermark",
                     .source = "before KIP-101",
                     .rule = "on becoming a follower, truncate to the own high watermark",
                     .also = "truncate-to-high-watermark"},
                    {.name = "kip-101",
                     .source = "KIP-101, Kafka 0.11",
                     .rule = "ask the leader where the own latest epoch ended, truncate to that "
                             "end offset",
                     .since = {0, 11}},
                    {.name = "kip-279",
                     .source = "KIP-279, Kafka 2.0",
                     .rule = "ask for epoch and end offset, and again with an older epoch until "
                             "both know it",
                     .since = {2, 0}},
                    {.name = "kip-320-first-try",
                     .source = "a draft of KIP-320",
                     .rule = "truncate when the answer to a fetch tells that the logs part; no "
                             "request is fenced by the leader epoch",
                     .since = no_release},
                    {.name = "kip-320-truncating",
                     .source = "KIP-320, Kafka 2.1",
                     .rule = "as kip-279, with every request fenced by the current leader epoch",
                     .since = {2, 1}},
                    {.name = "kip-320",
                     .source = "KIP-320 and KIP-595, Kafka 2.7",
                     .rule = "truncate when the answer to a fetch carries a diverging epoch, with "
                             "every request fenced",
                     .since = {2, 7}},
                },
            .judge = "under each of the first four some failover loses or forks acknowledged "
                     "records: isr-has-committed, leader-has-committed and "
                     "committed-prefix-agree speak",
            .get = [](ProtocolSwitches const& s) { return static_cast<std::size_t>(s.truncation); },
            .set = [](ProtocolSwitches& s,
                      std::size_t value) { s.truncation = static_cast<Truncation>(value); }};
}

void add_truncation_fixes(std::vector<Switch>& rows)
{
    using S = ProtocolSwitches;
    rows.push_back(row<&S::truncate_in_each_epoch>(
        {.name = "truncate-in-each-epoch",
         .doc = "A new leader epoch of the same leader is a new beginning for a follower.",
         .source = "KAFKA-7164",
         .off = "who has the same leader as before goes on fetching, whatever epochs it missed",
         .on = "the logs are brought in line in each new epoch",
         .judge = "committed-prefix-agree, replicas-identical-after-settle (where the truncation "
                  "asks for epochs)"}));
    rows.push_back(row<&S::epoch_start_persisted>(
        {.name = "epoch-start-persisted",
         .doc = "Where a leader's epoch begins is noted before it has a record.",
         .source = "KAFKA-7415",
         .off = "an epoch is noted with its first record only",
         .on = "it is written to leader-epoch-checkpoint on becoming leader",
         .judge = "committed-prefix-agree, isr-full"}));
    rows.push_back(row<&S::trim_epoch_cache_at_end>(
        {.name = "trim-epoch-cache-at-end",
         .doc = "Truncating at or beyond the end of the log trims the epochs that begin there.",
         .source = "KAFKA-10706",
         .off = "where no record is cut, epochs stay, even those that the leader does not know",
         .on = "epochs that begin at the end of the log or beyond are dropped",
         .judge = "isr-full: the follower is told the same for ever"}));
    rows.push_back(row<&S::epoch_answer_matches_current>(
        {.name = "epoch-answer-matches-current",
         .doc = "An answer to OffsetsForLeaderEpoch counts in the epoch it was asked in.",
         .source = "KAFKA-7786",
         .off = "an answer counts whatever the epoch is meanwhile; fenced, the follower gives up",
         .on = "an answer to a question of an older epoch is ignored",
         .judge = "isr-full: the follower waits for an epoch that does not come (with truncation "
                  "kip-320-truncating)"}));
    rows.push_back(row<&S::no_position_from_diverging_fetch>(
        {.name = "no-position-from-diverging-fetch",
         .doc = "A fetch that is told where the logs part says nothing about the follower's log.",
         .source = "KAFKA-13141",
         .off = "its fetch offset counts as replicated",
         .on = "the leader does not take its position",
         .judge = "isr-has-committed, leader-has-committed"}));
    rows.push_back(row<&S::no_position_from_failed_fetch>(
        {.name = "no-position-from-failed-fetch",
         .doc = "A fetch that is refused says nothing about the follower's log.",
         .source = "KAFKA-8400",
         .off = "the fetch offset of one that is out of range counts as replicated",
         .on = "the leader does not take its position",
         .judge = "isr-has-committed (where followers truncate to the high watermark)"}));
    rows.push_back(row<&S::no_high_watermark_while_diverging>(
        {.name = "no-high-watermark-while-diverging",
         .doc = "A follower whose log parts from the leader's does not take the high watermark.",
         .source = "KAFKA-14704",
         .off = "the leader's high watermark is taken before the log is cut",
         .on = "it is cut, and the rest of the answer is not looked at",
         .judge = "committed-prefix-agree"}));
    rows.push_back(row<&S::last_fetched_epoch_kept>(
        {.name = "last-fetched-epoch-kept",
         .doc = "A follower names the epoch of its last record with each fetch.",
         .source = "KAFKA-15510",
         .off = "after an answer without records it names none until it has got some",
         .on = "the epoch is kept",
         .judge = "committed-prefix-agree, replicas-identical-after-settle"}));
    rows.push_back(row<&S::recheck_before_truncating>(
        {.name = "recheck-before-truncating",
         .doc = "Whether a partition is still fetched is looked at when its log is cut.",
         .source = "KAFKA-13207",
         .off = "an answer that tells where logs part is obeyed though the partition has moved on",
         .on = "only while it is still followed, from the same leader",
         .judge = "isr-has-committed, leader-has-committed"}));
    rows.push_back(row<&S::append_only_own_epoch>(
        {.name = "append-only-own-epoch",
         .doc = "A follower takes records of its own leader epoch and older ones only.",
         .source = "KAFKA-18723",
         .off = "it appends whatever the answer has",
         .on = "it stops before the first record of a newer epoch than its own",
         .judge = "committed-prefix-agree"}));
    rows.push_back(row<&S::recover_epoch_zero>(
        {.name = "recover-epoch-zero",
         .doc = "Reading a log back after a crash tells every epoch in it.",
         .source = "KAFKA-10432",
         .off = "epoch 0 is left out, so a log of that epoch has none and is truncated to its "
                "high watermark",
         .on = "epoch 0 is an epoch as any other",
         .judge = "isr-has-committed, where a new life of a broker keeps its places in the ISR "
                  "(former-life-leaves-isr)"}));
    rows.push_back(row<&S::out_of_range_keeps_log>(
        {.name = "out-of-range-keeps-log",
         .doc = "A follower out of range drops its log only if the leader's begins behind it.",
         .source = "KAFKA-2143",
         .off = "once the leader's log has outgrown it, it starts over where the leader's starts",
         .on = "it goes on where it is unless the leader's log starts later",
         .judge = "isr-has-committed, leader-has-committed (where followers truncate to the high "
                  "watermark)"}));
    rows.push_back(row<&S::follower_ahead_not_fatal>(
        {.name = "follower-ahead-not-fatal",
         .doc = "A follower that has more than its leader cuts what is too much.",
         .source = "KAFKA-3410, KAFKA-7414",
         .off = "without unclean elections that cannot be, so the broker halts",
         .on = "it truncates to the leader's end",
         .judge = "isr-full (where followers truncate to the high watermark)"}));
}

void add_isr_fixes(std::vector<Switch>& rows)
{
    using S = ProtocolSwitches;
    rows.push_back(row<&S::isr_join_at_epoch_start>(
        {.name = "isr-join-at-epoch-start",
         .doc = "Who joins the ISR has all that was there when the leader's epoch began.",
         .source = "KAFKA-7128",
         .off = "the leader's high watermark is enough, which a new leader knows too low",
         .on = "the start of the leader epoch is a second bar",
         .judge = "isr-has-committed, leader-has-committed"}));
    rows.push_back(row<&S::isr_join_at_high_watermark>(
        {.name = "isr-join-at-high-watermark",
         .doc = "Who joins the ISR has reached the high watermark.",
         .source = "KIP-320 (kafka-specification)",
         .off = "whoever fetches from the start of the epoch on may join",
         .on = "the high watermark is the bar",
         .judge = "isr-has-committed"}));
    rows.push_back(row<&S::high_watermark_by_maximal_isr>(
        {.name = "hw-by-maximal-isr",
         .doc = "The high watermark waits for whoever is proposed to join the ISR.",
         .source = "KIP-497",
         .off = "it is computed over the committed ISR",
         .on = "it is computed over the maximal ISR",
         .judge = "isr-has-committed"}));
    rows.push_back(row<&S::isr_change_pending_till_answered>(
        {.name = "isr-change-pending-till-answered",
         .doc = "A proposed ISR change is in flight until its own answer is there.",
         .source = "KAFKA-12686",
         .off = "metadata ends it; the next one is forgotten when its answer comes, and in flight "
                "for ever",
         .on = "the next one is proposed when it has been answered",
         .judge = "isr-full"}));
    rows.push_back(row<&S::equal_epoch_completes_isr_change>(
        {.name = "equal-epoch-completes-isr-change",
         .doc = "An ISR change that changes nothing is answered with the same partition epoch.",
         .source = "KAFKA-12751",
         .off = "that answer is not new and ignored, and the change in flight for ever",
         .on = "it completes the change",
         .judge = "nobody in KRaft, where a leader's partition epoch tells its ISR"}));
    rows.push_back(row<&S::high_watermark_after_isr_change>(
        {.name = "hw-after-isr-change",
         .doc = "A smaller ISR may let the high watermark go on.",
         .source = "KAFKA-13091",
         .off = "it is looked at again with the next fetch that moves a position",
         .on = "it is looked at when the controller has committed the change",
         .judge =
             "produce.ack.latency: a record waits until metadata says the same as the answer"}));
    rows.push_back(row<&S::leader_checks_eligibility>(
        {.name = "leader-checks-eligibility",
         .doc = "A leader proposes no broker for the ISR that is fenced or shutting down.",
         .source = "KIP-841, KAFKA-13916",
         .off = "whoever fetches and is caught up is proposed",
         .on = "its own metadata must know the broker as serving",
         .judge = "isr-members-alive, where the controller does not check it too "
                  "(isr-members-active)"}));
    rows.push_back(row<&S::leader_checks_broker_epoch>(
        {.name = "leader-checks-broker-epoch",
         .doc = "A follower's position belongs to one life of its broker.",
         .source = "KIP-903",
         .off = "fetches and ISR proposals carry no broker epoch",
         .on = "a former life's fetches are refused, and proposals name the life of each member",
         .judge = "isr-has-committed, leader-has-committed"}));
    rows.push_back(row<&S::isr_change_from_one_snapshot>(
        {.name = "isr-change-from-one-snapshot",
         .doc = "A proposal names the life of a member that was found to have caught up.",
         .source = "KAFKA-15221",
         .off = "it names the life that is registered when the request is built",
         .on = "position and broker epoch are read together",
         .judge = "isr-has-committed, leader-has-committed"}));
    rows.push_back(row<&S::high_watermark_stands_below_min_isr>(
        {.name = "hw-stands-below-min-isr",
         .doc = "With an ISR below min.insync.replicas nothing more becomes visible.",
         .source = "KAFKA-15583",
         .off = "the ISR alone moves the high watermark",
         .on = "the high watermark stands still",
         .judge = "uncommitted-read"}));
    rows.push_back(row<&S::high_watermark_ignores_ineligible>(
        {.name = "hw-ignores-ineligible",
         .doc = "A replica that may not join the ISR does not hold the high watermark.",
         .source = "KAFKA-15021",
         .off = "whoever was caught up holds it for replica.lag.time.max.ms",
         .on = "only who may join",
         .judge = "produce latency while a broker is shut down"}));
    rows.push_back(row<&S::demoted_while_shutting_down>(
        {.name = "demoted-while-shutting-down",
         .doc = "A broker in controlled shutdown obeys metadata.",
         .source = "KAFKA-14296",
         .off = "it goes on leading what others lead already",
         .on = "it becomes a follower",
         .judge = "lost-write with acks=1; produce timeouts"}));
    rows.push_back(row<&S::latest_offset_waits_for_epoch_start>(
        {.name = "latest-offset-waits-for-epoch-start",
         .doc = "A new leader tells no end before its high watermark has reached its epoch.",
         .source = "KIP-207",
         .off = "it tells its high watermark, which may be behind the true one",
         .on = "it answers OFFSET_NOT_AVAILABLE",
         .judge = "hw-regress"}));
}

}  // namespace

void add_replication_switches(std::vector<Switch>& switches)
{
    switches.push_back(truncation());
    add_truncation_fixes(switches);
    add_isr_fixes(switches);
    switches.push_back(row<&ProtocolSwitches::session_caches_leader_epoch>(
        {.name = "session-caches-leader-epoch",
         .doc = "Whether a fetch session remembers the epochs a partition is fetched in.",
         .source = "KAFKA-9338",
         .off = "what comes in a session is neither fenced by the leader epoch nor compared with "
                "the epoch of the last record",
         .on = "the session remembers both, as of the last fetch that named the partition",
         .judge = "fetch-session-agrees; after a truncation that was missed, "
                  "committed-prefix-agree"}));
}

std::string_view to_string(Truncation truncation)
{
    return find_switch("truncation")->values[static_cast<std::size_t>(truncation)].name;
}

}  // namespace odradek::kafka
