#include "model/client/admin.h"

#include <algorithm>
#include <type_traits>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site retry_site("admin.retry-backoff");

NetworkClient::Config network_config(Admin::Config const& config)
{
    return {.channel = Channel::client,
            .reconnect_backoff = config.reconnect_backoff,
            .reconnect_backoff_max = config.reconnect_backoff_max,
            .request_timeout = config.request_timeout,
            .max_in_flight = 1};
}

// What was asked for, in words.
struct Describe {
    std::string operator()(CreateTopicsRequest const& request) const
    {
        return "create topic " + request.name;
    }
    std::string operator()(ElectLeadersRequest const& request) const
    {
        return request.unclean ? "unclean leader election" : "preferred leader election";
    }
    std::string operator()(DeleteTopicsRequest const& request) const
    {
        return "delete topic " + request.name;
    }
    std::string operator()(CreatePartitionsRequest const& request) const
    {
        return fmt::format("{} partitions for topic {}", request.count, request.name);
    }
    std::string operator()(IncrementalAlterConfigsRequest const& request) const
    {
        std::string text = "configure";
        for (AlterConfigsResource const& resource : request.resources)
            text += " " + (resource.resource == "broker " ? "all brokers" : resource.resource);
        return text;
    }
    std::string operator()(AlterPartitionReassignmentsRequest const& request) const
    {
        return fmt::format("reassign {} partitions", request.partitions.size());
    }
    std::string operator()(ListPartitionReassignmentsRequest const&) const
    {
        return "list reassignments";
    }
    std::string operator()(UpdateFeaturesRequest const& request) const
    {
        std::string text = "update features";
        for (FeatureUpdate const& update : request.updates)
            text += fmt::format(" {}={}", update.feature, update.max_version_level);
        return text;
    }
    std::string operator()(UnregisterBrokerRequest const& request) const
    {
        return fmt::format("unregister broker {}", request.broker.value);
    }
    std::string operator()(AddRaftVoterRequest const& request) const
    {
        return fmt::format("add controller {}", request.voter.id.value);
    }
    std::string operator()(RemoveRaftVoterRequest const& request) const
    {
        return fmt::format("remove controller {}", request.voter.id.value);
    }
    std::string operator()(AbortTransaction const& request) const
    {
        return fmt::format("abort a transaction of producer {}", request.marker.producer_id.value);
    }
    std::string operator()(BrokerOrder const& order) const { return describe(order); }
};

// An answer, read: its first error decides. An error that says that it is done already is a success
// when an attempt of ours went without an answer: that one has most likely done it. Unlike Kafka,
// which reports the exception and leaves it to the caller to guess.
struct Answer {
    bool maybe_done{false};
    AdminResult result;

    void take(Error error, std::string const& message)
    {
        if (result.error != Error::none)
            return;
        result.error = error;
        result.message = message;
    }
    void forgive(Error done_already, char const* what)
    {
        if (!maybe_done || result.error != done_already)
            return;
        result.error = Error::none;
        result.message = std::string(what) + " by an attempt whose answer was lost";
    }
    bool operator()(CreateTopicsResponse const& response)
    {
        take(response.error, response.message);
        forgive(Error::topic_already_exists, "created");
        return true;
    }
    bool operator()(ElectLeadersResponse const& response)
    {
        // A partition that has the leader it should have is no failure.
        for (ElectLeadersPartitionResponse const& partition : response.partitions)
            if (partition.error != Error::election_not_needed)
                take(partition.error, {});
        result.elected = response;
        return true;
    }
    bool operator()(DeleteTopicsResponse const& response)
    {
        take(response.error, response.message);
        forgive(Error::unknown_topic_or_partition, "deleted");
        return true;
    }
    bool operator()(CreatePartitionsResponse const& response)
    {
        take(response.error, response.message);
        forgive(Error::invalid_partitions, "added");
        return true;
    }
    bool operator()(IncrementalAlterConfigsResponse const& response)
    {
        for (AlterConfigsResourceResponse const& resource : response.resources)
            take(resource.error, resource.message);
        return true;
    }
    bool operator()(AlterPartitionReassignmentsResponse const& response)
    {
        take(response.error, {});
        for (ReassignmentPartitionResponse const& partition : response.partitions)
            take(partition.error, partition.message);
        result.reassigned = response.partitions;
        forgive(Error::no_reassignment_in_progress, "called off");
        return true;
    }
    bool operator()(ListPartitionReassignmentsResponse const& response)
    {
        take(response.error, {});
        result.reassigning = response.partitions;
        return true;
    }
    bool operator()(UpdateFeaturesResponse const& response)
    {
        take(response.error, response.message);
        return true;
    }
    bool operator()(UnregisterBrokerResponse const& response)
    {
        take(response.error, response.message);
        forgive(Error::broker_id_not_registered, "unregistered");
        return true;
    }
    bool operator()(AddRaftVoterResponse const& response)
    {
        take(response.error, response.error_message);
        forgive(Error::duplicate_voter, "added");
        return true;
    }
    bool operator()(RemoveRaftVoterResponse const& response)
    {
        take(response.error, response.error_message);
        forgive(Error::voter_not_found, "removed");
        return true;
    }
    bool operator()(WriteTxnMarkersResponse const& response)
    {
        for (WriteTxnMarkersResult const& marker : response.markers)
            for (WrittenMarker const& written : marker.partitions)
                take(written.error, {});
        return true;
    }
    template <class Other>
    bool operator()(Other const&)
    {
        return false;
    }
};

}  // namespace

Admin::Admin(std::uint32_t client, std::string name, Config config, std::vector<NodeId> controllers,
             std::vector<NodeId> brokers)
    : client_(client),
      name_(std::move(name)),
      config_(config),
      controllers_(std::move(controllers)),
      brokers_(std::move(brokers)),
      network_(network_config(config))
{
    ENSURE(!controllers_.empty(), "an admin client is told a controller to ask");
}

std::uint32_t Admin::ask(AdminRequest request)
{
    Call& call = calls_.emplace_back();
    call.number = next_number_++;
    call.what = std::visit(Describe{}, request);
    call.request = std::move(request);
    return call.number;
}

std::uint32_t Admin::ask(Env const& env, AdminRequest request, Out& out)
{
    std::uint32_t const number = ask(std::move(request));
    run(env, out);
    return number;
}

void Admin::on_start(Env const& env, Out& out)
{
    network_ = NetworkClient(network_config(config_));
    started_ = true;
    armed_ = Instant::never();
    asked_ = 0;
    for (Call& call : calls_) {
        call.begun = false;
        call.under_way = false;
        call.failures = 0;
        call.retry_at = {};
        call.of_brokers.reset();
    }
    run(env, out);
}

void Admin::on_connected(Env const& env, Peer peer, Out& out)
{
    if (!network_.owns(peer))
        return;
    network_.on_connected(env, peer, out);
    run(env, out);
}

void Admin::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out)
{
    if (network_.hand_over(env, peer, reason, out,
                           [&](auto const& lost) { on_lost(env, lost, out); }))
        run(env, out);
}

// A connection that broke, or was never made: ask the next controller.
void Admin::on_lost(Env const& env, NetworkClient::Lost const& lost, Out& out)
{
    if (!calls_.empty() && calls_.front().of_brokers)
        return calls_.front().of_brokers->on_lost(env, lost, out);
    next_controller();
    if (calls_.empty() || lost.requests.empty() || !calls_.front().under_way)
        return;
    calls_.front().maybe_done = true;
    retry(env, lost.error(), out);
}

void Admin::on_request(Env const&, RequestId request, Message const&, Out& out)
{
    out.hang_up(request);  // Nobody has anything to ask of an admin client.
}

void Admin::on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                        Out& out)
{
    if (!network_.owns(peer) || !network_.on_response(env, peer, correlation))
        return;
    if (!calls_.empty() && calls_.front().of_brokers)
        calls_.front().of_brokers->on_response(env, peer.node, correlation, message, out);
    else if (!calls_.empty() && calls_.front().under_way) {
        calls_.front().under_way = false;
        on_answer(env, message, out);
    }
    run(env, out);
}

void Admin::on_answer(Env const& env, Message const& message, Out& out)
{
    Call const& call = calls_.front();
    Answer answer{call.maybe_done, {}};
    bool const is_one = std::visit(answer, static_cast<AnyMessage const&>(message));
    if (!is_one)
        return;
    // The quorum's own requests are for its leader, the others for the active controller.
    bool const elsewhere = answer.result.error == Error::not_controller ||
                           answer.result.error == Error::not_leader_or_follower;
    if (elsewhere)
        next_controller();
    bool const is_creation = std::holds_alternative<CreateTopicsRequest>(call.request);
    if (elsewhere || (is_creation && is_retriable(answer.result.error)))
        retry(env, answer.result.error, out);
    else
        finish(env, std::move(answer.result), out);
}

void Admin::on_timer(Env const& env, Timer which, Out& out)
{
    if (which == timer(TimerKind::admin_retry)) {
        armed_ = Instant::never();
    } else if (!network_.hand_over(env, which, out,
                                   [&](auto const& lost) { on_lost(env, lost, out); })) {
        return;
    }
    run(env, out);
}

void Admin::on_flushed(Env const&, sim::FileId, Out&) {}
void Admin::on_disk_error(Env const&, sim::FileId, sim::DiskError, Out&) {}

void Admin::on_shutdown(Env const&, Out& out)
{
    network_.close_all(out);
    started_ = false;
    out.exit();
}

void Admin::retry(Env const& env, Error error, Out& out)
{
    Call& call = calls_.front();
    call.under_way = false;
    call.retry_at = env.now + exponential_backoff(env, retry_site, config_.retry_backoff,
                                                  config_.retry_backoff_max, call.failures);
    ++call.failures;
    out.note("{}: {}, try again in {}", call.what, to_string(error),
             to_string(call.retry_at - env.now));
}

void Admin::finish(Env const& env, AdminResult result, Out& out)
{
    Call const& call = calls_.front();
    if (result.message.empty())
        out.note("{}: {}", call.what, to_string(result.error));
    else
        out.note("{}: {} ({})", call.what, to_string(result.error), result.message);
    for (OngoingReassignment const& moving : result.reassigning)
        out.note("topic {}-{}: replicas {}, adding {}, removing {}", moving.partition.topic.value,
                 moving.partition.partition, sim::print(moving.replicas), sim::print(moving.adding),
                 sim::print(moving.removing));
    for (BrokerAnswer const& answer : result.answers)
        if (answer.broker == no_broker)
            out.note("{}-{}: {}", answer.topic, answer.partition,
                     answer.error == Error::none ? fmt::format("offset {}", answer.offset.value)
                                                 : to_string(answer.error));
    result.request = call.number;
    result.what = call.what;
    result.at = env.now;
    results_.push_back(std::move(result));
    calls_.pop_front();
    if (calls_.empty())
        out.observe(ClientFinished{client_});
}

// Does what can be done for the first call.
void Admin::run(Env const& env, Out& out)
{
    if (!started_)
        return;
    while (!calls_.empty()) {
        Call& call = calls_.front();
        if (!call.begun) {
            call.begun = true;
            call.deadline = env.now + config_.default_api_timeout;
        }
        if (auto const* order = std::get_if<BrokerOrder>(&call.request)) {
            if (!call.of_brokers)
                call.of_brokers.emplace(client_, *order, brokers_, config_.default_api_timeout);
            if (env.now >= call.deadline)
                call.of_brokers->give_up();
            if (!call.of_brokers->done())
                break;
            AdminResult result;
            result.answers = call.of_brokers->answers();
            for (BrokerAnswer const& answer : result.answers)
                if (result.error == Error::none)
                    result.error = answer.error;
            finish(env, std::move(result), out);
            continue;
        }
        if (!call.under_way && env.now >= call.deadline) {
            AdminResult result;
            result.error = Error::request_timed_out;
            result.message = "no final answer within default.api.timeout.ms";
            finish(env, std::move(result), out);
            continue;
        }
        break;
    }
    if (calls_.empty()) {
        if (armed_ != Instant::never())
            out.cancel(timer(TimerKind::admin_retry));
        armed_ = Instant::never();
        return;
    }
    Call& call = calls_.front();
    Instant next = call.deadline;
    if (call.of_brokers) {
        next = std::min(next, call.of_brokers->run(env, network_, out));
    } else if (!call.under_way && env.now >= call.retry_at) {
        auto const* of_leader = std::get_if<AbortTransaction>(&call.request);
        // A controller whose connection is in backoff is not waited for while another may be asked.
        for (std::size_t i = 0; of_leader == nullptr && i < controllers_.size(); ++i) {
            NodeId const node = controllers_[asked_];
            if (network_.open(node) || network_.connecting(node) || network_.can_connect(env, node))
                break;
            next_controller();
        }
        NodeId const node = of_leader != nullptr ? of_leader->leader : controllers_[asked_];
        if (network_.make_ready(env, node, out)) {
            call.under_way = true;
            std::visit(
                [&](auto const& request) {
                    using Request = std::decay_t<decltype(request)>;
                    if constexpr (std::is_same_v<Request, AbortTransaction>)
                        network_.send(env, node, WriteTxnMarkersRequest{{request.marker}},
                                      call.number, out);
                    else if constexpr (!std::is_same_v<Request, BrokerOrder>)
                        network_.send(env, node, request, call.number, out);
                },
                call.request);
        }
    } else if (!call.under_way) {
        next = std::min(next, call.retry_at);
    }
    // A request under way is bounded by request.timeout.ms, in the network client.
    if (call.under_way)
        next = Instant::never();
    if (next == armed_)
        return;
    armed_ = next;
    if (next == Instant::never())
        out.cancel(timer(TimerKind::admin_retry));
    else
        out.arm(timer(TimerKind::admin_retry), next - env.now);
}

}  // namespace odradek::kafka
