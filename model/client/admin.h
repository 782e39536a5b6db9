// An admin client: asks the controller to create topics and to elect leaders, again and again until it
// has an answer that is final. Requests are done in the order in which they were asked for, one at a time.
// Source: org.apache.kafka.clients.admin.KafkaAdminClient (Call, retries, default.api.timeout.ms), KIP-919.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
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

    // `controllers`: the nodes to ask (bootstrap.controllers). The first that does not answer
    // NOT_CONTROLLER is kept.
    Admin(std::uint32_t client, std::string name, Config config, std::vector<NodeId> controllers);

    // May be asked before on_start: they are sent then. Number of the request.
    std::uint32_t create_topic(Env const& env, CreateTopicsRequest request, Out& out);
    std::uint32_t create_topic(CreateTopicsRequest request);
    std::uint32_t elect_leaders(Env const& env, ElectLeadersRequest request, Out& out);

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
    bool done() const;
    // In the order asked for.
    std::vector<AdminResult> const& results() const;
    std::string const& name() const;
};

}  // namespace odradek::kafka
