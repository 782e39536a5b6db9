// The KRaft controller: registers and fences brokers, places topics, elects leaders, and keeps all
// of it as records of the metadata log. Every node of the quorum that runs one keeps it warm: a
// standby only follows what is committed and answers NOT_CONTROLLER; the leader of the quorum is
// the active one.
//
//     standby -> active    claimed: this node leads the quorum, and everything before its epoch is
//                          committed and applied here. Every broker gets a full session.
//     active  -> standby   resigned: another epoch began. What was decided and is not committed is
//                          forgotten, and whoever waits for it is told NOT_CONTROLLER.
//
// It decides, appends, applies speculatively, and answers only what is committed. The log is not
// here: what it appends is taken by its process and given to the quorum (take_appended), and what
// the quorum has committed comes back as images.
//
// Sources: QuorumController, OffsetControlManager, DeferredEventQueue; KIP-500, KIP-631, KIP-595.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/controller/decision.h"
#include "model/controller/features.h"
#include "model/controller/sessions.h"
#include "model/metadata/image.h"
#include "model/out.h"

namespace odradek::kafka {

// Behaviour that Kafka's own keys govern but that is fixed here at their defaults.
struct ControllerOptions {
    // unclean.leader.election.interval.ms (4.0)
    Duration unclean_election_interval{300'000'000'000};
    // leader.imbalance.check.interval.seconds while auto.leader.rebalance.enable; 0: off.
    Duration leader_imbalance_check_interval{0};
    int elections_max{1000};  // Of one pass of preferred or unclean elections.
    std::string cluster_id;   // Empty: brokers are not asked for it.
    // What a new cluster finalizes; empty: nothing is written down.
    FeatureLevels features;
};

class Controller {
public:
    Controller(BrokerId id, ControllerConfig config, KafkaVersion version,
               ControllerOptions options = {}, ProtocolSwitches switches = {});

    // -- The metadata quorum --------------------------------------------------------------------
    // This node leads the quorum in `epoch`, and `committed` holds everything before that epoch.
    void on_claimed(Env const& env, Epoch epoch, MetadataImage const& committed, Out& out);
    // It leads no more: everything undecided is undone.
    void on_resigned(Env const& env, Out& out);
    // More is committed: this is the image of it. Also on a standby, and after loading a snapshot.
    void on_committed(Env const& env, MetadataImage const& committed, Out& out);
    // The quorum itself appended a batch to the log of this leader (voters, feature of the quorum):
    // later records stand behind it.
    void on_appended_by_quorum(BatchRef const& batch);
    // What was decided since it was last asked, placed in the log: each begins where the one before
    // ends. The process must append it before anything else happens.
    std::vector<BatchRef> take_appended() { return std::exchange(appended_, {}); }

    // -- Inputs (sim/node.h), those that concern it ----------------------------------------------
    void on_request(Env const& env, RequestId request, Message const& message, Out& out);
    void on_timer(Env const& env, Timer timer, Out& out);
    static bool owns(Timer timer);
    // Is such a request one for a controller?
    static bool serves(Message const& message);

    // -- For judges, reports and tests --------------------------------------------------------
    BrokerId id() const { return id_; }
    ControllerConfig const& config() const { return config_; }
    // Of its leadership; -1 as a standby.
    Epoch epoch() const { return epoch_; }
    bool is_active() const { return active_; }
    // What is committed, as far as this node knows.
    MetadataImage const& image() const { return committed_; }
    // With what is decided and not committed yet; the same on a standby.
    MetadataImage const& decided() const { return active_ ? image_ : committed_; }

private:
    // A reply that waits until everything before `end` is committed.
    struct Deferred {
        Offset end;
        RequestId request;
        Message response;
        Message refusal;  // What is said instead when that never happens here.
    };

    static Timer const bootstrap_timer;

    // -- controller.cpp: leadership, what is decided and what is committed ---------------------
    ControllerView view() const
    {
        return {image_, config_, version_, switches_, committed_.end_offset(), options_.cluster_id};
    }
    // Decides: from here on everything builds on these records. Returns the end of the log with
    // them.
    Offset append(Env const& env, std::vector<MetadataRecord> records, Out& out);
    void apply_decided(BatchRef const& batch);
    void reply_when_committed(RequestId request, Offset end, Message response, Out& out);

    // -- controller_requests.cpp: what it is asked --------------------------------------------
    // Appends the decision's records as one batch and promises the answer; returns the end of the
    // log.
    template <class Response>
    Offset carry_out(Env const& env, RequestId request, Decision<Response> decision, Out& out);
    void on_registration(Env const& env, RequestId request,
                         BrokerRegistrationRequest const& message, Out& out);
    void on_heartbeat(Env const& env, RequestId request, BrokerHeartbeatRequest const& message,
                      Out& out);
    void on_create_topics(Env const& env, RequestId request, CreateTopicsRequest const& message,
                          Out& out);
    // What administrators ask for.
    void on_admin_request(Env const& env, RequestId request, Message const& message, Out& out);

    // -- controller_timers.cpp: what it does by itself ----------------------------------------
    void cancel_timers(Out& out);
    void arm_session_check(Env const& env, Out& out);
    void on_session_check(Env const& env, Out& out);
    void arm_no_op(Out& out);
    void bootstrap(Env const& env, Out& out);
    void arm_elections(Out& out);
    void on_unclean_elections(Env const& env, Out& out);
    void on_preferred_elections(Env const& env, Out& out);

    BrokerId id_;
    ControllerConfig config_;
    KafkaVersion version_;
    ProtocolSwitches switches_;
    ControllerOptions options_;

    Epoch epoch_{no_epoch};
    bool active_{false};
    Instant active_since_;
    MetadataImage committed_;
    MetadataImage image_;  // Of the active one, with everything decided: decisions build on it.
    std::vector<BatchRef> appended_;   // Decided, not taken into the log yet.
    std::deque<BatchRef> remembered_;  // Batches that still carry the image they led to.
    Sessions sessions_;
    std::deque<Deferred> deferred_;  // By end.
    Message refusal_;                // Of the request being handled.
    bool session_timer_armed_{false};
    bool unclean_armed_{false};
};

}  // namespace odradek::kafka
