// A broker's standing with the controller: it registers each life of its process, keeps its session
// with heartbeats, asks to be unfenced when it is ready, and asks before it stops. Source:
// BrokerLifecycleManager; KIP-631, KAFKA-14392 (how long one request is retried).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/config.h"
#include "model/network/controller_channel.h"
#include "model/out.h"

namespace odradek::kafka {

class BrokerLifecycle {
public:
    enum class State : std::uint8_t {
        not_running,
        starting,                     // Registers and catches up with the metadata log.
        recovery,                     // Caught up; recovers its logs; still fenced.
        running,                      // Unfenced at least once.
        pending_controlled_shutdown,  // Asks the controller to move its leaderships.
        shutting_down,                // Final.
    };
    struct Config {
        BrokerId broker;
        std::string rack;
        Duration heartbeat_interval{2'000'000'000};
        Duration session_timeout{9'000'000'000};
        Duration initial_registration_timeout{60'000'000'000};
        std::vector<SupportedFeature> features{};
        Duration log_dir_failure_timeout{30'000'000'000};
        bool registers_again{false};  // When its epoch is not the one that the controller has.
    };
    // What has just become true; the broker looks after each call.
    struct Progress {
        bool registered{false};
        bool caught_up{false};  // STARTING is over: recover the logs, then set_ready_to_unfence.
        bool unfenced{false};   // The first time.
        bool shutdown_granted{false};  // Stop now; the controller has moved everything it could.
        bool must_stop{false};  // A failed directory could not be told to the controller (KIP-858).
    };

    explicit BrokerLifecycle(Config config);

    // A new life. Its incarnation id is drawn. `previous_broker_epoch` is what the clean-shutdown
    // file says, -1 without one.
    void start(Env const& env, BrokerEpoch previous_broker_epoch, Out& out);
    // The log directories that are online; before start (KIP-858).
    void set_log_dirs(std::vector<DirectoryId> ids) { log_dirs_ = std::move(ids); }
    // The next heartbeat, sent at once, tells that a directory has failed. `place`: in log.dirs.
    void on_log_dir_failed(DirectoryId directory, std::uint32_t place, Out& out);
    // Timer log_dir_failure.
    Progress on_log_dir_timeout(std::uint32_t place, Out& out);
    // The broker has recovered its logs and applied its metadata: the next heartbeat asks to be
    // unfenced.
    void set_ready_to_unfence(Env const& env, Out& out);
    // Asks to be let go if RUNNING; before that there is nothing to ask, and the shutdown is
    // granted.
    Progress begin_controlled_shutdown(Env const& env, Out& out);

    // Who leads the metadata quorum as far as this broker knows.
    void set_controller(Env const& env, std::optional<NodeId> controller, Offset metadata_offset,
                        Out& out);

    // Passed on by the broker. `metadata_offset` is the offset of the last record it has applied.
    bool owns(Peer peer) const { return channel_.owns(peer); }
    void on_connected(Env const& env, Peer peer, Offset metadata_offset, Out& out);
    void on_disconnected(Env const& env, Peer peer, Offset metadata_offset, Out& out);
    Progress on_response(Env const& env, Peer peer, std::int32_t correlation,
                         Message const& message, Offset metadata_offset, Out& out);
    // Timers broker_heartbeat, broker_registration, and network_client with index
    // Channel::lifecycle.
    void on_timer(Env const& env, Timer timer, Offset metadata_offset, Out& out);

    State state() const { return state_; }
    BrokerEpoch broker_epoch() const { return broker_epoch_; }  // -1 until registered.
    std::uint64_t incarnation() const { return incarnation_; }
    bool is_fenced() const { return fenced_; }  // As the controller last said.

private:
    void schedule(Duration delay, Out& out);
    void schedule_after_failure(Env const& env, Out& out);
    void communicate(Env const& env, Offset metadata_offset, Out& out);
    // Sends what is asked for as soon as there is a connection; gives up when that takes too long.
    void pump(Env const& env, Offset metadata_offset, Out& out);
    void arm_give_up(Env const& env, Out& out);
    Progress on_registered(Env const& env, BrokerRegistrationResponse const& response, Out& out);
    Progress on_heartbeat(Env const& env, BrokerHeartbeatResponse const& response, Out& out);

    Config config_;
    ControllerChannel channel_;
    State state_{State::not_running};
    BrokerEpoch previous_broker_epoch_{no_broker_epoch};
    BrokerEpoch broker_epoch_{no_broker_epoch};
    std::uint64_t incarnation_{0};
    bool registered_{false};
    bool fenced_{true};
    bool ready_to_unfence_{false};
    bool asking_{false};             // A request is sent, or waits for a connection.
    Instant asked_at_;               // Since when.
    bool next_is_immediate_{false};  // There is more to say as soon as the answer is there.
    bool got_shutdown_response_{false};
    int failures_{0};  // In a row.
    std::vector<DirectoryId> log_dirs_;
    struct FailedDir {
        DirectoryId id;
        std::uint32_t place{0};
        bool told{false};  // A heartbeat that named it was answered.
        bool sent{false};  // In the heartbeat that is under way.
    };
    std::vector<FailedDir> failed_dirs_;  // By id.
};

std::string to_string(BrokerLifecycle::State state);

}  // namespace odradek::kafka
