// Switches of the metadata quorum: elections, what is durable when, what is committed.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_kraft_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::pre_vote>(
        {.name = "pre-vote",
         .doc = "Whether a voter asks if it would be elected before it begins an epoch.",
         .source = "KIP-996, Kafka 4.0",
         .since = {4, 0},
         .off = "a voter that does not hear from the leader begins a new epoch and asks for votes",
         .on = "it asks for pre-votes first, which move nobody's epoch, and begins an epoch only "
               "when a majority would elect it",
         .judge = "healthy-leader-not-deposed: a voter that is cut off from the leader alone, or "
                  "comes back, deposes a leader that a majority follows"}));
    switches.push_back(row<&ProtocolSwitches::pre_vote_refused_by_followers>(
        {.name = "pre-vote-refused-by-followers",
         .doc = "What a follower that hears from its leader says to a pre-vote.",
         .source = "KAFKA-17642, Kafka 4.0",
         .off = "a follower grants a pre-vote to whoever has a log as long as its own",
         .on = "a follower that has fetched from the leader of its epoch refuses",
         .judge = "healthy-leader-not-deposed: a voter that is cut off from the leader alone is "
                  "encouraged by its followers, and leadership goes back and forth"}));
    switches.push_back(row<&ProtocolSwitches::check_quorum>(
        {.name = "check-quorum",
         .doc = "Whether a leader of the quorum that hears from too few voters steps down.",
         .source = "KAFKA-15489, Kafka 3.7",
         .off = "a leader leads until it hears of a later epoch",
         .on = "a leader that no majority has fetched from for 1.5 times the fetch timeout resigns",
         .judge = "deposed-leader-steps-down: a leader that is cut off stays active beside the new "
                  "one, and the brokers on its side see no new metadata"}));
    switches.push_back(row<&ProtocolSwitches::check_quorum_not_alone>(
        {.name = "check-quorum-not-alone",
         .doc = "Whether the only voter of a quorum waits to hear from others.",
         .source = "KAFKA-16144, Kafka 3.7",
         .off = "the only voter resigns again and again, since nobody fetches from it",
         .on = "the only voter need not hear from anybody",
         .judge = "lone-voter-keeps-leading"}));
    switches.push_back(row<&ProtocolSwitches::resigned_after_restart>(
        {.name = "resigned-after-restart",
         .doc = "What a voter is that led its last epoch when it went down.",
         .source = "KAFKA-10527, KAFKA-10661, Kafka 2.7",
         .off = "it leads that epoch again, perhaps with a shorter log than before",
         .on = "it has resigned from that epoch, leads it no more and votes for nobody in it",
         .judge = "controller-unique-per-epoch: one epoch begins twice; metadata-log-agree: two "
                  "batches with one offset and one epoch"}));
    switches.push_back(row<&ProtocolSwitches::flush_before_fetch>(
        {.name = "flush-before-fetch",
         .doc = "When a voter tells the leader that it has more.",
         .source = "KAFKA-10533, Kafka 2.7",
         .off = "a voter fetches on before what it has appended is on disk",
         .on = "what a voter has appended is on disk before it fetches on",
         .judge = "metadata-committed-kept: after a loss of power records are gone that a majority "
                  "had said to have"}));
    switches.push_back(row<&ProtocolSwitches::commit_in_own_epoch>(
        {.name = "commit-in-own-epoch",
         .doc = "When a new leader may say that records of earlier epochs are committed.",
         .source = "KAFKA-12619, Kafka 2.8",
         .off = "when a majority has everything before its own epoch",
         .on = "when a majority has the first record of its own epoch",
         .judge = "metadata-committed-kept: a leader says that records of an earlier epoch are "
                  "committed, and another that is elected without them overwrites them"}));
    switches.push_back(row<&ProtocolSwitches::leader_counts_if_voter>(
        {.name = "leader-counts-if-voter",
         .doc = "Whether a leader that was removed from the voters counts its own log.",
         .source = "KAFKA-16530, Kafka 3.9",
         .off = "the leader's own log always counts in a majority",
         .on = "the leader's own log counts only while the leader is a voter",
         .judge = "majority-reached-hw: records are said to be committed that no majority has"}));
    switches.push_back(row<&ProtocolSwitches::unknown_voters_accepted>(
        {.name = "unknown-voters-accepted",
         .doc = "What a node answers to a candidate that is not among the voters it knows of.",
         .source = "KIP-853, Kafka 3.9",
         .off = "INCONSISTENT_VOTER_SET, and who is no voter itself votes for nobody",
         .on = "it votes by log and epoch alone: voters may be known to one and not yet to another",
         .judge = "quorum-led-after-settle: voters that lag behind a change of the voters elect "
                  "nobody"}));
    switches.push_back(row<&ProtocolSwitches::voter_directory>(
        {.name = "voter-directory",
         .doc = "What makes a voter the one that it was.",
         .source = "KIP-853, Kafka 3.9",
         .off = "its id: one that has lost its disk votes and counts as the one that it was",
         .on = "its id and the directory its log is in; only with kraft.version 1",
         .judge = "controller-unique-per-epoch and metadata-committed-kept: a voter with an empty "
                  "disk makes a second majority"}));
    switches.push_back(row<&ProtocolSwitches::durable_vote>(
        {.name = "durable-vote",
         .doc = "When a vote is written down.",
         .source = "KIP-595, Kafka 2.7",
         .off = "never: a voter that starts again has voted for nobody",
         .on = "before the candidate is told",
         .judge = "vote-once-per-epoch, controller-unique-per-epoch"}));
    switches.push_back(row<&ProtocolSwitches::snapshot_fsync>(
        {.name = "snapshot-fsync",
         .doc = "When a snapshot gets its name.",
         .source = "KAFKA-15312, Kafka 3.6",
         .off = "before what is in it is on disk",
         .on = "when what is in it is on disk",
         .judge = "snapshot-at-log-start: after a loss of power the log begins behind a snapshot "
                  "that is not there"}));
    switches.push_back(row<&ProtocolSwitches::flush_before_commit>(
        {.name = "flush-before-commit",
         .doc = "When a leader counts what it has appended itself.",
         .source = "KIP-595",
         .off = "when it is appended; the flush follows. A quorum of one says that records are "
                "committed which are not on its disk",
         .on = "when it is on its disk",
         .judge = "metadata-committed-kept: after a loss of power records are gone that were said "
                  "to be committed"}));
}

}  // namespace odradek::kafka
