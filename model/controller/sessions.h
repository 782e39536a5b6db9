// What the active controller remembers of brokers beside the log: when each was last heard from,
// how far it has read, and how far its controlled shutdown is. A new leader starts afresh and gives
// everybody a full session. Source: BrokerHeartbeatManager, BrokerHeartbeatTracker; KIP-631.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/messages/broker_heartbeat.h"
#include "model/metadata/image.h"
#include "sim/time.h"

namespace odradek::kafka {

// A broker as the controller steers it.
enum class BrokerControlState : std::uint8_t {
    fenced,
    unfenced,
    controlled_shutdown,
    shutdown_now
};
std::string to_string(BrokerControlState state);

class Sessions {
public:
    struct Session {
        BrokerEpoch broker_epoch{no_broker_epoch};
        sim::Instant last_contact;
        Offset metadata_offset{no_offset};             // Of the last record the broker has applied.
        Offset controlled_shutdown_offset{no_offset};  // -1: not shutting down.
        bool fenced{true};
    };

    explicit Sessions(sim::Duration timeout) : timeout_(timeout) {}

    void clear() { sessions_.clear(); }
    void touch(BrokerId broker, BrokerEpoch epoch, bool fenced, Offset metadata_offset,
               sim::Instant now);
    void remove(BrokerId broker) { sessions_.erase(broker); }
    void fence(BrokerId broker);
    // Only the first offset counts; a fenced broker has none.
    void begin_controlled_shutdown(BrokerId broker, Offset offset);

    Session const* find(BrokerId broker) const;
    // Not fenced, and heard from within the session timeout.
    bool is_valid(BrokerId broker, sim::Instant now) const;
    // Brokers that are not fenced and have been silent for the session timeout, the longest silent
    // first.
    std::vector<BrokerId> all_stale(sim::Instant now) const;
    // When the next unfenced broker becomes stale if it stays silent; never() without any.
    sim::Instant next_expiry() const;
    // The least any active broker (not fenced, not shutting down) has applied; max without any.
    Offset lowest_active_offset() const;

    // Where a heartbeat moves its broker (server state table of KIP-631). A broker that has applied
    // the record at `caught_up` may be unfenced; `leads` says whether it leads any partition.
    BrokerControlState next_state(BrokerHeartbeatRequest const& request, Offset caught_up,
                                  bool leads) const;
    BrokerControlState state(BrokerId broker) const;

private:
    sim::Duration timeout_;
    std::map<BrokerId, Session> sessions_;
};

}  // namespace odradek::kafka
