// Who may be in the in-sync replicas, as a leader judges: rules only.
// Partition.scala; KIP-497 (AlterPartition), KIP-841, KIP-903, KAFKA-7128, KAFKA-15221.
#pragma once

#include <cstdint>

#include "model/errors.h"
#include "model/replica/broker_directory.h"
#include "model/types.h"
#include "sim/time.h"

namespace odradek::kafka {

// Before anything was heard of a follower.
inline constexpr sim::Instant long_ago{-(std::int64_t{1} << 61)};
inline constexpr BrokerEpoch unheard_broker_epoch{-2};

// One follower as its leader sees it. Times are of the wall clock, as Kafka reads them.
struct RemoteReplica {
    BrokerId broker;
    bool in_isr{false};          // The committed one.
    bool in_maximal_isr{false};  // Or proposed to join it.
    Offset log_end{no_offset};
    Offset log_start{no_offset};
    Offset leader_log_end_at_last_fetch{0};
    sim::Instant last_fetch{long_ago};
    sim::Instant last_caught_up{long_ago};
    BrokerEpoch broker_epoch{unheard_broker_epoch};  // Of its last fetch (KIP-903).
    // The fetch session whose fetches find it at our end every time, without anybody looking; their
    // times are credited before somebody does (FetchSessions).
    static constexpr std::uint32_t nobody = 0xffffffff;
    std::uint32_t credited_by{nobody};

    // A fetch from `fetch_offset` says that all before it is in the follower's log. May go back.
    void on_fetch(Offset fetch_offset, Offset follower_log_start, Offset leader_log_end,
                  sim::Instant now, BrokerEpoch epoch);
    // Fetches up to `last` found it at our end, which has not moved since.
    void on_idle_fetches(sim::Instant last);
};

// In sync: at the leader's end, or was there within replica.lag.time.max.ms.
bool is_caught_up(RemoteReplica const& replica, Offset leader_log_end, sim::Instant now,
                  sim::Duration lag_max);

// Why a follower may not be in the ISR; `none` when it may.
enum class Ineligible : std::uint8_t {
    none,
    not_registered,
    fenced,
    shutting_down,
    never_fetched,
    other_life
};
char const* to_string(Ineligible reason);
// KIP-841: not fenced, not in controlled shutdown. KIP-903: the life that fetched is the one
// registered.
Ineligible isr_ineligibility(RemoteReplica const& replica, BrokerEntry const* registered);

// KAFKA-7128: a follower joins at the high watermark, but not below the start of the leader's
// epoch: the high watermark of a new leader may be behind the truth.
constexpr bool reaches_isr_bar(Offset log_end, Offset high_watermark, Offset epoch_start)
{
    return log_end >= high_watermark && log_end >= epoch_start;
}

// What a leader does when the controller refuses a proposal.
enum class AfterRefusal : std::uint8_t {
    revert,        // It was not applied, for sure: back to the committed ISR.
    stay_pending,  // New metadata will tell.
    resend,
};
AfterRefusal after_refusal(Error error);

}  // namespace odradek::kafka
