// The KRaft controller, a quorum of one: registers and fences brokers, places topics, elects
// leaders, and keeps all of it as records of the metadata log. It decides, appends, applies
// speculatively, and answers (and lets brokers fetch) only what is durable. A restart reads the log
// back and begins a new epoch.
//
// Sources: QuorumController, KafkaRaftClient; KIP-500, KIP-595, KIP-631.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/controller/decision.h"
#include "model/controller/sessions.h"
#include "model/metadata/image.h"
#include "model/metadata/metadata_log.h"
#include "model/out.h"

namespace odradek::kafka {

// Behaviour that Kafka's own keys govern but that is fixed here at their defaults.
struct ControllerOptions {
    std::string directory;  // Prefix of its files on the host's disk, "" or ending in '/'.
    // controller.quorum.append.linger.ms
    Duration append_linger{25'000'000};
    // unclean.leader.election.interval.ms (4.0)
    Duration unclean_election_interval{300'000'000'000};
    // leader.imbalance.check.interval.seconds while auto.leader.rebalance.enable; 0: off.
    Duration leader_imbalance_check_interval{0};
    int elections_max{1000};  // Of one pass of preferred or unclean elections.
};

class Controller {
public:
    Controller(BrokerId id, ControllerConfig config, KafkaVersion version,
               ControllerOptions options = {}, ProtocolSwitches switches = {});

    // -- Inputs (sim/node.h) ------------------------------------------------------------------
    void on_start(Env const& env, Out& out);
    void on_connected(Env const&, Peer, Out&) {}
    void on_disconnected(Env const&, Peer, sim::DisconnectReason, Out&) {}
    void on_request(Env const& env, RequestId request, Message const& message, Out& out);
    void on_response(Env const&, Peer, std::int32_t, Message const&, Out&) {}
    void on_timer(Env const& env, Timer timer, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    void on_shutdown(Env const& env, Out& out);

    // -- For judges, reports and tests --------------------------------------------------------
    BrokerId id() const { return id_; }
    Epoch epoch() const { return epoch_; }
    // Has it taken over: is its LeaderChange record committed?
    bool is_active() const { return active_; }
    // What is committed.
    MetadataImage const& image() const { return committed_; }
    // With what is decided and not committed yet.
    MetadataImage const& decided() const { return image_; }
    MetadataLog const& log() const { return log_; }  // What has been written of it.
    // End of what is committed; -1 before anything is.
    Offset high_watermark() const { return high_watermark_; }

private:
    // A reply, or facts, that wait until everything before `end` is committed.
    struct Deferred {
        Offset end;
        std::optional<RequestId> request;
        Message response;
        std::vector<Observation> observations;
        std::optional<MetadataImage> image;  // What is committed then.
    };
    // A fetch of the metadata log that waits for more.
    struct WaitingFetch {
        RequestId request;
        FetchPartition partition;
        Instant deadline;
    };

    // -- controller.cpp: leadership, the log, what is committed -------------------------------
    ControllerView view() const { return {image_, config_, version_, switches_}; }
    void become_leader(Env const& env, Out& out);
    void become_active(Env const& env, Out& out);
    // Decides: from here on everything builds on these records. Returns the end of the log with
    // them.
    Offset append(Env const& env, std::vector<MetadataRecord> records, Out& out);
    void write_pending(Out& out);
    void reply_when_committed(RequestId request, Offset end, Message response, Out& out);
    void commit(Env const& env, Offset end, Out& out);

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
    void on_fetch(Env const& env, RequestId request, FetchRequest const& message, Out& out);
    // Nothing: it has to wait.
    std::optional<FetchPartitionResponse> try_fetch(FetchPartition const& wanted) const;
    void answer_fetches(Env const& env, Out& out);
    void arm_fetch_timer(Env const& env, Out& out);

    // -- controller_timers.cpp: what it does by itself ----------------------------------------
    void arm_session_check(Env const& env, Out& out);
    void on_session_check(Env const& env, Out& out);
    void arm_no_op(Out& out);
    void arm_elections(Out& out);
    void on_unclean_elections(Env const& env, Out& out);
    void on_preferred_elections(Env const& env, Out& out);

    BrokerId id_;
    ControllerConfig config_;
    KafkaVersion version_;
    ProtocolSwitches switches_;
    ControllerOptions options_;

    Epoch epoch_{0};
    bool active_{false};
    Instant active_since_;
    MetadataLog log_;
    Offset high_watermark_{no_offset};
    std::vector<BatchRef> unwritten_;  // Decided, waiting for the append linger.
    std::deque<Offset> flushes_;       // Ends of the flushes under way.
    std::deque<BatchRef> remembered_;  // Batches that still carry the image they led to.

    MetadataImage image_;  // With everything decided: decisions build on it.
    MetadataImage committed_;
    Sessions sessions_;
    std::deque<Deferred> deferred_;      // By end.
    std::vector<WaitingFetch> fetches_;  // In order of arrival.
    bool fetch_timer_armed_{false};
    bool session_timer_armed_{false};
    bool unclean_armed_{false};
};

}  // namespace odradek::kafka
