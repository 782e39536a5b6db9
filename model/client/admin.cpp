#include "model/client/admin.h"

#include <algorithm>

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

}  // namespace

Admin::Admin(std::uint32_t client, std::string name, Config config, std::vector<NodeId> controllers)
    : client_(client),
      name_(std::move(name)),
      config_(config),
      controllers_(std::move(controllers)),
      network_(network_config(config))
{
    ENSURE(!controllers_.empty(), "an admin client is told a controller to ask");
}

std::uint32_t Admin::add(std::variant<CreateTopicsRequest, ElectLeadersRequest> request,
                         std::string what)
{
    Call& call = calls_.emplace_back();
    call.number = next_number_++;
    call.request = std::move(request);
    call.what = std::move(what);
    return call.number;
}

std::uint32_t Admin::create_topic(CreateTopicsRequest request)
{
    std::string what = "create topic " + request.name;
    return add(std::move(request), std::move(what));
}

std::uint32_t Admin::create_topic(Env const& env, CreateTopicsRequest request, Out& out)
{
    std::uint32_t const number = create_topic(std::move(request));
    run(env, out);
    return number;
}

std::uint32_t Admin::elect_leaders(Env const& env, ElectLeadersRequest request, Out& out)
{
    std::string what = request.unclean ? "unclean leader election" : "preferred leader election";
    std::uint32_t const number = add(std::move(request), std::move(what));
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
    if (!calls_.empty() && calls_.front().under_way) {
        calls_.front().under_way = false;
        if (auto const* created = std::get_if<CreateTopicsResponse>(&message))
            on_created(env, *created, out);
        else if (auto const* elected = std::get_if<ElectLeadersResponse>(&message))
            on_elected(env, *elected, out);
    }
    run(env, out);
}

void Admin::on_created(Env const& env, CreateTopicsResponse const& response, Out& out)
{
    Call const& call = calls_.front();
    if (response.error == Error::not_controller)
        next_controller();
    if (is_retriable(response.error)) {
        retry(env, response.error, out);
    } else if (response.error == Error::topic_already_exists && call.maybe_done) {
        // Our own attempt whose answer was lost has most likely done it. Unlike Kafka, which
        // reports TopicExistsException and leaves it to the caller to guess.
        finish(env, Error::none, "created by an attempt whose answer was lost", {}, out);
    } else {
        finish(env, response.error, response.message, {}, out);
    }
}

void Admin::on_elected(Env const& env, ElectLeadersResponse const& response, Out& out)
{
    Error first = Error::none;
    for (ElectLeadersPartitionResponse const& partition : response.partitions) {
        if (partition.error == Error::not_controller) {
            next_controller();
            retry(env, partition.error, out);
            return;
        }
        // A partition that has the leader it should have is no failure.
        if (first == Error::none && partition.error != Error::election_not_needed)
            first = partition.error;
    }
    finish(env, first, {}, response, out);
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

void Admin::finish(Env const& env, Error error, std::string message, ElectLeadersResponse elected,
                   Out& out)
{
    Call const& call = calls_.front();
    if (message.empty())
        out.note("{}: {}", call.what, to_string(error));
    else
        out.note("{}: {} ({})", call.what, to_string(error), message);
    results_.push_back(
        {call.number, call.what, error, std::move(message), std::move(elected), env.now});
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
        if (!call.under_way && env.now >= call.deadline) {
            finish(env, Error::request_timed_out, "no final answer within default.api.timeout.ms",
                   {}, out);
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
    if (!call.under_way && env.now >= call.retry_at) {
        // A controller whose connection is in backoff is not waited for while another may be asked.
        for (std::size_t i = 0; i < controllers_.size(); ++i) {
            NodeId const node = controllers_[asked_];
            if (network_.open(node) || network_.connecting(node) || network_.can_connect(env, node))
                break;
            next_controller();
        }
        NodeId const node = controllers_[asked_];
        if (network_.make_ready(env, node, out)) {
            call.under_way = true;
            if (auto const* create = std::get_if<CreateTopicsRequest>(&call.request))
                network_.send(env, node, *create, call.number, out);
            else
                network_.send(env, node, std::get<ElectLeadersRequest>(call.request), call.number,
                              out);
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
