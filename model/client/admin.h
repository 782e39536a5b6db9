// An admin client: asks the controller for what an operator wants, again and again until it has an
// answer that is final. Requests are done in the order in which they were asked for, one
// at a time. Source: org.apache.kafka.clients.admin.KafkaAdminClient (Call, retries,
// default.api.timeout.ms), KIP-919 (bootstrap.controllers).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/client/admin_brokers.h"
#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

// How a request ended.
struct AdminResult {
    std::uint32_t request{0};  // The number it was given when it was asked for.
    std::string what;          // "create topic orders"
    Error error{Error::none};  // Of the request, or of the first partition that failed.
    std::string message;
    ElectLeadersResponse elected;                  // Of an election: every partition's own outcome.
    std::vector<OngoingReassignment> reassigning;  // Of a listing.
    std::vector<ReassignmentPartitionResponse> reassigned;  // Of a reassignment, by partition.
    std::vector<BrokerAnswer> answers;                      // Of what brokers were asked, in order.
    Instant at;

    bool operator==(AdminResult const&) const = default;
};

// A transaction that hangs, ended by hand: asked of its partition's leader (KIP-664).
struct AbortTransaction {
    NodeId leader;
    TxnMarker marker;
};

// Everything an admin client can ask for.
using AdminRequest =
    std::variant<CreateTopicsRequest, ElectLeadersRequest, DeleteTopicsRequest,
                 CreatePartitionsRequest, IncrementalAlterConfigsRequest,
                 AlterPartitionReassignmentsRequest, ListPartitionReassignmentsRequest,
                 UpdateFeaturesRequest, UnregisterBrokerRequest, AddRaftVoterRequest,
                 RemoveRaftVoterRequest, BrokerOrder, AbortTransaction>;

class Admin {
public:
    struct Config {
        Duration request_timeout{30'000'000'000};
        Duration default_api_timeout{60'000'000'000};  // Of one request with all its retries.
        Duration retry_backoff{100'000'000};
        Duration retry_backoff_max{1'000'000'000};
        Duration reconnect_backoff{50'000'000};
        Duration reconnect_backoff_max{1'000'000'000};
    };

    // `controllers`: the nodes to ask (bootstrap.controllers). One that answers NOT_CONTROLLER or
    // does not answer is left for the next; the one that answers is kept. `brokers`: for what is
    // asked of brokers (bootstrap.servers).
    Admin(std::uint32_t client, std::string name, Config config, std::vector<NodeId> controllers,
          std::vector<NodeId> brokers = {});

    // Number of the request. Before on_start they only queue up; with Env and Out they are sent at
    // once.
    std::uint32_t ask(AdminRequest request);
    std::uint32_t ask(Env const& env, AdminRequest request, Out& out);
    std::uint32_t create_topic(CreateTopicsRequest request) { return ask(std::move(request)); }
    std::uint32_t create_topic(Env const& env, CreateTopicsRequest request, Out& out)
    {
        return ask(env, std::move(request), out);
    }
    std::uint32_t elect_leaders(Env const& env, ElectLeadersRequest request, Out& out)
    {
        return ask(env, std::move(request), out);
    }

    // Requests without a result are begun anew: the admin's orders outlive its process.
    void on_start(Env const& env, Out& out);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out);
    void on_request(Env const& env, RequestId request, Message const& message, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    void on_timer(Env const& env, Timer which, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    void on_shutdown(Env const& env, Out& out);

    // Everything asked for has its result.
    bool done() const { return calls_.empty(); }
    // In the order asked for.
    std::vector<AdminResult> const& results() const { return results_; }
    std::string const& name() const { return name_; }

private:
    struct Call {
        std::uint32_t number{0};
        AdminRequest request;
        std::string what;
        bool begun{false};
        Instant deadline;  // From when it was begun.
        Instant retry_at;
        int failures{0};
        bool under_way{false};
        bool maybe_done{false};  // Some attempt went without an answer.
        std::optional<BrokerCall> of_brokers;
    };
    void run(Env const& env, Out& out);
    void retry(Env const& env, Error error, Out& out);
    void finish(Env const& env, AdminResult result, Out& out);
    void on_answer(Env const& env, Message const& message, Out& out);
    void on_lost(Env const& env, NetworkClient::Lost const& lost, Out& out);
    void next_controller() { asked_ = (asked_ + 1) % controllers_.size(); }

    std::uint32_t client_;
    std::string name_;
    Config config_;
    std::vector<NodeId> controllers_;
    std::vector<NodeId> brokers_;
    NetworkClient network_;
    std::deque<Call> calls_;  // The first is the one under way.
    std::vector<AdminResult> results_;
    std::uint32_t next_number_{0};
    std::size_t asked_{0};  // Index of the controller to ask.
    bool started_{false};
    Instant armed_{Instant::never()};
};

}  // namespace odradek::kafka
