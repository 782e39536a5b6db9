// Protocol rules as switches: what a KIP or a fix introduced can be turned back, and a judge must
// then speak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/version.h"

namespace odradek::kafka {

// How a follower brings its log in line with a new leader's.
enum class Truncation : std::uint8_t {
    high_watermark,      // Before KIP-101: to its own high watermark, on becoming a follower.
    kip_101,             // Asks (OffsetsForLeaderEpoch) where its latest epoch ended; once.
    kip_279,             // Asks for epoch and end, again with an older epoch until both know it.
    kip_320_first_try,   // A draft: lazily, when a fetch tells that the logs part; unfenced.
    kip_320_truncating,  // As kip_279, and every request is fenced by the current leader epoch.
    kip_320,             // Lazily and fenced: by the diverging epoch in the fetch response.
};
// Requests name the leader epoch the follower believes in, and leaders refuse any other (KIP-320).
constexpr bool is_fenced(Truncation truncation)
{
    return truncation == Truncation::kip_320_truncating || truncation == Truncation::kip_320;
}
// A new leader epoch begins with OffsetsForLeaderEpoch, before the first fetch in it.
constexpr bool asks_for_epochs(Truncation truncation)
{
    return truncation == Truncation::kip_101 || truncation == Truncation::kip_279 ||
           truncation == Truncation::kip_320_truncating;
}
// A fetch names the epoch of the follower's last record, and the answer may say that logs part.
constexpr bool truncates_on_fetch(Truncation truncation)
{
    return truncation == Truncation::kip_320_first_try || truncation == Truncation::kip_320;
}

// The switches as a run reads them. A fix that is on is true; each field has its row in a table
// (model/switches_*.cpp), which says what it is and what happens without it.
struct ProtocolSwitches {
    Truncation truncation{Truncation::kip_320};
    // -- Brokers: log directories, reads from followers, start and stop (switches_broker.cpp).
    bool preferred_replica_in_isr{true};
    bool preferred_replica_unfenced{true};
    bool no_recreate_while_dir_offline{true};
    bool clean_marker_needs_loaded_logs{true};
    bool clean_marker_needs_flushed_logs{true};

    // -- The metadata quorum (model/switches_kraft.cpp).
    bool pre_vote{true};
    bool pre_vote_refused_by_followers{true};
    bool check_quorum{true};
    bool check_quorum_not_alone{true};
    bool resigned_after_restart{true};
    bool flush_before_fetch{true};
    bool commit_in_own_epoch{true};
    bool leader_counts_if_voter{true};
    bool unknown_voters_accepted{true};
    bool voter_directory{true};
    bool durable_vote{true};
    bool snapshot_fsync{true};
    bool flush_before_commit{true};
    // -- How records are replicated (model/switches_replication.cpp)
    bool session_caches_leader_epoch{true};        // KAFKA-9338
    bool truncate_in_each_epoch{true};             // KAFKA-7164
    bool epoch_start_persisted{true};              // KAFKA-7415
    bool trim_epoch_cache_at_end{true};            // KAFKA-10706
    bool epoch_answer_matches_current{true};       // KAFKA-7786
    bool no_position_from_diverging_fetch{true};   // KAFKA-13141
    bool no_position_from_failed_fetch{true};      // KAFKA-8400
    bool no_high_watermark_while_diverging{true};  // KAFKA-14704
    bool last_fetched_epoch_kept{true};            // KAFKA-15510
    bool recheck_before_truncating{true};          // KAFKA-13207
    bool append_only_own_epoch{true};              // KAFKA-18723
    bool recover_epoch_zero{true};                 // KAFKA-10432
    bool out_of_range_keeps_log{true};             // KAFKA-2143
    bool follower_ahead_not_fatal{true};           // KAFKA-3410, KAFKA-7414
    bool isr_join_at_epoch_start{true};            // KAFKA-7128
    bool isr_join_at_high_watermark{true};
    bool high_watermark_by_maximal_isr{true};        // KIP-497
    bool isr_change_pending_till_answered{true};     // KAFKA-12686
    bool equal_epoch_completes_isr_change{true};     // KAFKA-12751
    bool high_watermark_after_isr_change{true};      // KAFKA-13091
    bool leader_checks_eligibility{true};            // KIP-841
    bool leader_checks_broker_epoch{true};           // KIP-903
    bool isr_change_from_one_snapshot{true};         // KAFKA-15221
    bool high_watermark_stands_below_min_isr{true};  // KAFKA-15583
    bool high_watermark_ignores_ineligible{true};    // KAFKA-15021
    bool demoted_while_shutting_down{true};          // KAFKA-14296
    bool latest_offset_waits_for_epoch_start{true};  // KIP-207

    // -- How a log is kept (model/switches_storage.cpp)
    bool retention_below_high_watermark{true};   // KAFKA-5634
    bool recovery_point_after_flush{true};       // KAFKA-10101
    bool compaction_below_high_watermark{true};  // KAFKA-13194
    bool leader_epochs_fsynced{true};            // KAFKA-16541
    bool appends_fenced_after_error{true};       // KAFKA-10778
    bool producers_outlive_records{true};        // KAFKA-7190
    bool high_watermark_follows_roll{true};      // KAFKA-9196
    bool high_watermark_follows_full_cut{true};  // KAFKA-9491
    bool load_error_is_of_directory{true};       // KAFKA-13773
    bool first_batch_spans_log_start{true};      // KAFKA-6975

    // -- Transactions, and what a log knows of producers (model/switches_transactions.cpp)
    bool timeout_abort_bumps_epoch{true};   // KAFKA-6119
    bool init_fences_by_epoch{true};        // KAFKA-5231
    bool failed_fence_keeps_epoch{true};    // KAFKA-9666
    bool transition_ignores_clock{true};    // KAFKA-8803
    bool end_txn_idempotent{true};          // Redpanda 3501
    bool pending_before_producer_id{true};  // KAFKA-18660
    bool late_commit_fenced{true};          // KAFKA-20785
    bool marker_coordinator_epoch_checked{true};
    bool marker_epoch_strictly_newer{true};    // KAFKA-19446
    bool marker_retry_idempotent{true};        // KAFKA-19999
    bool marker_time_counts{true};             // KAFKA-9144
    bool verification_guard_unique{true};      // KIP-890
    bool ongoing_in_same_epoch{true};          // KAFKA-18575
    bool epoch_before_verification{true};      // KAFKA-19690
    bool last_stable_offset_exclusive{true};   // Redpanda 3036
    bool aborted_list_in_delayed_fetch{true};  // KAFKA-5376
    bool marker_clears_sequences{true};        // Redpanda 5026
    bool expired_batch_aborts{true};           // KAFKA-5385
    // -- The idempotent producer (model/switches_transactions.cpp)
    bool five_batches_remembered{true};  // KAFKA-5494
    bool duplicate_is_success{true};     // Redpanda 3039
    bool bump_only_when_next{true};      // librdkafka 4953
    // -- Groups and their offsets (model/switches_groups.cpp)
    bool member_id_required{true};             // KIP-394
    bool static_member_replaced{true};         // KAFKA-8500
    bool static_rejoin_rebalances{true};       // KAFKA-9801
    bool static_member_id_written{true};       // KAFKA-10284
    bool later_claim_wins{true};               // KAFKA-12984
    bool subscription_has_generation{true};    // KAFKA-14639
    bool stale_answers_ignored{true};          // KAFKA-9823
    bool revoked_not_fetched{true};            // KAFKA-14196
    bool offsets_of_active_groups_kept{true};  // KIP-211
    bool transactional_commit_fenced{true};    // KIP-447
    bool fetch_waits_for_transactions{true};   // KAFKA-9346
    bool later_commit_wins{true};              // KAFKA-5247

    bool partition_epoch_compare_and_set{true};       // KIP-497
    bool newer_epochs_mean_not_controller{true};      // KAFKA-14154
    bool isr_members_active{true};                    // KIP-841
    bool isr_member_epochs{true};                     // KIP-903
    bool reassignment_complete_all_targets{true};     // KAFKA-15665
    bool last_known_leader_must_be_acceptable{true};  // KAFKA-19522
    bool unclean_shutdown_detected{true};             // KAFKA-18635
    bool former_life_leaves_isr{true};                // KAFKA-18106
    bool no_epoch_bump_on_shrink{true};               // KAFKA-15021
    bool one_broker_fenced_per_event{true};           // KAFKA-13173
    bool same_incarnation_keeps_epoch{true};          // KAFKA-16952
    bool unfence_at_own_registration{true};           // KAFKA-13959

    // -- Mends that no release of Kafka has (model/switches_open.cpp)
    bool proposal_outlives_equal_epoch{false};
    bool reelected_leader_forgets_followers{false};
    bool recovery_stops_at_a_gap{false};
    bool stale_epoch_registers_again{false};
    bool log_start_written_at_once{false};
    bool coordinator_loads_committed{false};

    bool operator==(ProtocolSwitches const&) const = default;
};

// What a user sees and writes. `values` in the order in which Kafka had them; a fix has "off" and
// "on".
struct SwitchValue {
    std::string_view name;
    std::string_view source;  // KIP or ticket that brought it.
    std::string_view rule;    // What is done under it.
    std::string_view also{};  // Another name for it that is understood.
    bool simulated{true};
    KafkaVersion since{0, 0};  // The first version that does so.
};

struct Switch {
    std::string_view name;
    std::string_view doc;
    std::vector<SwitchValue> values;
    std::string_view judge;  // What a judge says when the rule is turned back.
    std::size_t (*get)(ProtocolSwitches const&);
    void (*set)(ProtocolSwitches&, std::size_t value);
};

// By room, then in the order of the tables.
std::vector<Switch> const& all_switches();
Switch const* find_switch(std::string_view name);

// The rules of a version, before any override.
ProtocolSwitches default_switches(KafkaVersion version);

std::string_view to_string(Truncation truncation);

}  // namespace odradek::kafka
