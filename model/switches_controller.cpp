// Switches of what the controller decides: registration, elections, ISR changes, reassignment.
#include "model/switch_table.h"

namespace odradek::kafka {

namespace {

void add_isr_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::partition_epoch_compare_and_set>(Fix{
        .name = "partition-epoch-compare-and-set",
        .doc = "Whether an ISR change must be built on the registration as it is.",
        .source = "KIP-497, Kafka 2.7",
        .since = {2, 7},
        .off = "the controller takes an ISR proposed on an older version of the partition",
        .on = "refuse it with INVALID_UPDATE_VERSION",
        .judge = "a late proposal puts a replica back into the ISR that was just taken out: "
                 "leader-has-committed or isr-members-alive speaks",
    }));
    switches.push_back(row<&ProtocolSwitches::newer_epochs_mean_not_controller>(Fix{
        .name = "newer-epochs-mean-not-controller",
        .doc = "What a controller tells a leader that knows more than itself.",
        .source = "KAFKA-14154, Kafka 3.3",
        .since = {3, 3},
        .off = "a deposed controller answers FENCED_LEADER_EPOCH, and the leader obeys",
        .on = "NOT_CONTROLLER: the leader finds the new controller",
        .judge = "the ISR stays as it is for ever: isr-full is missed at the end",
    }));
    switches.push_back(row<&ProtocolSwitches::isr_members_active>(Fix{
        .name = "isr-members-active",
        .doc = "Whether the controller takes fenced and stopping replicas into an ISR.",
        .source = "KIP-841, Kafka 3.3",
        .since = {3, 3},
        .off = "a replica that is fenced or shutting down may be proposed",
        .on = "refuse it with INELIGIBLE_REPLICA",
        .judge = "a replica that is gone holds the high watermark: isr-members-alive speaks",
    }));
    switches.push_back(row<&ProtocolSwitches::isr_member_epochs>(Fix{
        .name = "isr-member-epochs",
        .doc = "Whether an ISR member must be the life of the broker that the leader heard from.",
        .source = "KIP-903, Kafka 3.5",
        .since = {3, 5},
        .off = "a broker that came back without its log is taken for the one before",
        .on = "refuse another broker epoch with INELIGIBLE_REPLICA",
        .judge = "a delayed proposal puts it into the ISR without its records: "
                 "leader-has-committed speaks after the next election",
    }));
    switches.push_back(row<&ProtocolSwitches::no_epoch_bump_on_shrink>(Fix{
        .name = "no-epoch-bump-on-shrink",
        .doc = "Whether an ISR that shrinks leaves the leader epoch alone.",
        .source = "KAFKA-15021, Kafka 3.6 (metadata.version 3.6-IV0)",
        .since = {3, 6},
        .off = "every shrinking raises the leader epoch: followers and clients start over",
        .on = "only another leader or a replica that leaves raises it",
        .judge = "produce.ack.latency: followers and clients are fenced and refresh after each "
                 "shrinking, and writes wait for it",
    }));
}

void add_election_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::last_known_leader_must_be_acceptable>(Fix{
        .name = "last-known-leader-must-be-acceptable",
        .doc = "Whether the last known leader must be alive to be elected.",
        .source = "KAFKA-19522, Kafka 4.1",
        .since = {4, 1},
        .off = "with ISR and ELR empty it is elected although it is fenced",
        .on = "it is elected when it is back",
        .judge = "a leader that cannot serve: elected-leader-alive speaks",
    }));
    switches.push_back(row<&ProtocolSwitches::unclean_shutdown_detected>(Fix{
        .name = "unclean-shutdown-detected",
        .doc = "Whether a broker that comes back from an unclean shutdown leaves the ELR.",
        .source = "KIP-966, KAFKA-18635, Kafka 4.0",
        .since = {4, 0},
        .off = "a broker that lost what it had not flushed stays eligible",
        .on = "it leaves ISR and ELR unless it names the epoch of its last, clean life",
        .judge = "a replica that lacks committed records may lead: elr-holds-committed speaks",
    }));
    switches.push_back(row<&ProtocolSwitches::former_life_leaves_isr>(Fix{
        .name = "former-life-leaves-isr",
        .doc = "Whether a new life of a broker leaves the ISRs of the one before.",
        .source = "KAFKA-18106, Kafka 4.0",
        .since = {4, 0},
        .off = "a restart within the session keeps ISR and leaderships, whatever was lost",
        .on = "its registration takes them as fencing would",
        .judge = "it leads without what it lost: leader-has-committed speaks",
    }));
    switches.push_back(row<&ProtocolSwitches::reassignment_complete_all_targets>(Fix{
        .name = "reassignment-complete-all-targets",
        .doc = "When a reassignment is complete.",
        .source = "KAFKA-15665, Kafka 3.8",
        .since = {3, 8},
        .off = "when all adding replicas are in sync",
        .on = "when every target replica is in sync",
        .judge = "replicas are dropped while others lag behind: reassignment-keeps-copies speaks",
    }));
}

void add_life_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::one_broker_fenced_per_event>(Fix{
        .name = "one-broker-fenced-per-event",
        .doc = "How brokers are fenced whose sessions end together.",
        .source = "KAFKA-13173, Kafka 3.0",
        .since = {3, 0},
        .off = "all at once, each decided on the ISR as it was before all of them",
        .on = "one by one, each decided on what the one before left",
        .judge = "a fenced broker is put back into an ISR or leads: isr-members-alive and "
                 "elected-leader-alive speak",
    }));
    switches.push_back(row<&ProtocolSwitches::same_incarnation_keeps_epoch>(Fix{
        .name = "same-incarnation-keeps-epoch",
        .doc = "Whether a broker that registers again in the same life keeps its epoch.",
        .source = "KAFKA-16952, Kafka 3.9",
        .since = {3, 9},
        .off = "each registration is a new epoch",
        .on = "the same incarnation id, the same epoch",
        .judge = "one life with two epochs: incarnation-keeps-epoch speaks",
    }));
    switches.push_back(row<&ProtocolSwitches::unfence_at_own_registration>(Fix{
        .name = "unfence-at-own-registration",
        .doc = "How far a broker must have read the metadata log to be unfenced.",
        .source = "KAFKA-13959, Kafka 3.3",
        .since = {3, 3},
        .off = "up to the end of what is committed, which moves every 500 ms in an idle cluster",
        .on = "up to the record of its own registration",
        .judge = "a broker behind a slow link is fenced for ever: isr-full is missed at the end",
    }));
}

}  // namespace

void add_controller_switches(std::vector<Switch>& switches)
{
    add_isr_switches(switches);
    add_election_switches(switches);
    add_life_switches(switches);
}

}  // namespace odradek::kafka
