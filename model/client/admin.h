// An admin client: asks the controller to create topics and to elect leaders, again and again until
// it has an answer that is final. Requests are done in the order in which they were asked for, one
// at a time. Source: org.apache.kafka.clients.admin.KafkaAdminClient (Call, retries,
// default.api.timeout.ms), KIP-919 (bootstrap.controllers).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

// How a request ended.
struct AdminResult {
    std::uint32_t request{0};  // The number that create_topic or elect_leaders gave it.
    std::string what;          // "create topic orders"
    Error error{Error::none};  // Of the request, or of the first partition that failed.
    std::string message;
    ElectLeadersResponse elected;  // Of elect_leaders: every partition's own outcome.
    Instant at;

    bool operator==(AdminResult const&) const = default;
};

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
    // does not answer is left for the next; the one that answers is kept.
    Admin(std::uint32_t client, std::string name, Config config, std::vector<NodeId> controllers);

    // Number of the request. Before on_start they only queue up; with Env and Out they are sent at
    // once.
    std::uint32_t create_topic(CreateTopicsRequest request);
    std::uint32_t create_topic(Env const& env, CreateTopicsRequest request, Out& out);
    std::uint32_t elect_leaders(Env const& env, ElectLeadersRequest request, Out& out);

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
        std::variant<CreateTopicsRequest, ElectLeadersRequest> request;
        std::string what;
        bool begun{false};
        Instant deadline;  // From when it was begun.
        Instant retry_at;
        int failures{0};
        bool under_way{false};
        bool maybe_done{false};  // Some attempt went without an answer.
    };
    std::uint32_t add(std::variant<CreateTopicsRequest, ElectLeadersRequest> request,
                      std::string what);
    void run(Env const& env, Out& out);
    void retry(Env const& env, Error error, Out& out);
    void finish(Env const& env, Error error, std::string message, ElectLeadersResponse elected,
                Out& out);
    void on_created(Env const& env, CreateTopicsResponse const& response, Out& out);
    void on_elected(Env const& env, ElectLeadersResponse const& response, Out& out);
    void on_lost(Env const& env, NetworkClient::Lost const& lost, Out& out);
    void next_controller() { asked_ = (asked_ + 1) % controllers_.size(); }

    std::uint32_t client_;
    std::string name_;
    Config config_;
    std::vector<NodeId> controllers_;
    NetworkClient network_;
    std::deque<Call> calls_;  // The first is the one under way.
    std::vector<AdminResult> results_;
    std::uint32_t next_number_{0};
    std::size_t asked_{0};  // Index of the controller to ask.
    bool started_{false};
    Instant armed_{Instant::never()};
};

}  // namespace odradek::kafka
