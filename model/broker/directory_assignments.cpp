#include "model/broker/directory_assignments.h"

#include <algorithm>
#include <utility>

namespace odradek::kafka {

using namespace sim::literals;

namespace {

// AssignReplicasToDirsRequest.MAX_ASSIGNMENTS_PER_REQUEST.
constexpr std::size_t most_assignments = 2250;
constexpr sim::Site backoff_site("broker.assignments-backoff");

// ExponentialBackoff(100 ms, 2, 10 s, 0.02).
Duration backoff(Env const& env, int failures)
{
    Duration term = 100_ms;
    for (int i = 1; i < failures && term < 10_s; ++i)
        term = term * 2;
    term = std::min(term, Duration{10_s});
    return env.between(backoff_site, term - term / 50, term + term / 50);
}

// Assignment.valid: the topic is there and this broker is among the replicas.
bool makes_sense(MetadataImage const& image, TopicPartition partition, BrokerId broker)
{
    PartitionRegistration const* const registration = image.partition(partition);
    return registration != nullptr && registration->has_replica(broker);
}

}  // namespace

DirectoryAssignments::DirectoryAssignments(BrokerId broker)
    : broker_(broker), channel_(Channel::directories, 30_s)
{
}

void DirectoryAssignments::set_controller(Env const& env, std::optional<NodeId> controller,
                                          MetadataImage const& image, Out& out)
{
    if (channel_.set_leader(controller))
        send(env, image, out);
}

void DirectoryAssignments::assign(TopicPartition partition, DirectoryId directory)
{
    ready_[partition] = directory;
}

// Only if nothing newer is waiting.
void DirectoryAssignments::put_back(TopicPartition partition, DirectoryId directory)
{
    ready_.try_emplace(partition, directory);
}

void DirectoryAssignments::send(Env const& env, MetadataImage const& image, Out& out)
{
    if (ready_.empty() || !in_flight_.empty() || paused_)
        return;
    if (!channel_.make_ready(env, out))
        return;
    BrokerRegistration const* const self = image.broker(broker_);
    AssignReplicasToDirsRequest request;
    request.broker = broker_;
    request.broker_epoch = self != nullptr ? self->epoch : no_broker_epoch;
    while (!ready_.empty() && request.replicas.size() < most_assignments) {
        auto const next = ready_.begin();
        if (makes_sense(image, next->first, broker_))
            request.replicas.push_back({next->first, next->second});
        ready_.erase(next);
    }
    if (request.replicas.empty()) {
        channel_.rest();
        return;
    }
    in_flight_ = request.replicas;
    out.note("tell the controller the log directories of {} replicas", in_flight_.size());
    channel_.send(env, std::move(request), out);
}

void DirectoryAssignments::on_connected(Env const& env, Peer peer, MetadataImage const& image,
                                        Out& out)
{
    channel_.on_connected(env, peer, out);
    send(env, image, out);
}

void DirectoryAssignments::on_disconnected(Env const& env, Peer peer, MetadataImage const& image,
                                           Out& out)
{
    if (channel_.on_disconnected(env, peer, out))
        failed(env, "no answer", out);
    send(env, image, out);
}

void DirectoryAssignments::on_timer(Env const& env, Timer which, MetadataImage const& image,
                                    Out& out)
{
    if (which == timer(TimerKind::assign_replicas))
        paused_ = false;
    else if (channel_.on_timer(env, out))
        failed(env, "no answer", out);
    send(env, image, out);
}

// Assigning again what was assigned already changes nothing, so everything simply goes again.
void DirectoryAssignments::failed(Env const& env, char const* why, Out& out)
{
    for (AssignedReplica const& sent : std::exchange(in_flight_, {}))
        put_back(sent.partition, sent.directory);
    ++failures_;
    Duration const delay = backoff(env, failures_);
    out.note("the controller has not taken the directory assignments ({}); again in {}", why,
             to_string(delay));
    paused_ = true;
    out.arm(timer(TimerKind::assign_replicas), delay);
}

void DirectoryAssignments::on_response(Env const& env, Peer peer, std::int32_t correlation,
                                       Message const& message, MetadataImage const& image, Out& out)
{
    ControllerChannel::Answer const kind =
        channel_.on_response(env, peer, correlation, message, out);
    if (kind == ControllerChannel::Answer::stale)
        return;
    if (kind == ControllerChannel::Answer::again) {
        for (AssignedReplica const& sent : std::exchange(in_flight_, {}))
            put_back(sent.partition, sent.directory);
        send(env, image, out);
        return;
    }
    auto const* const response = std::get_if<AssignReplicasToDirsResponse>(&message);
    if (response == nullptr || response->error != Error::none) {
        failed(env, response == nullptr ? "no such answer" : to_string(response->error).c_str(),
               out);
        return;
    }
    failures_ = 0;
    bool any_refused = false;
    for (AssignedReplica const& sent : std::exchange(in_flight_, {})) {
        auto const answer = std::find_if(
            response->replicas.begin(), response->replicas.end(),
            [&](AssignedReplicaResponse const& a) { return a.partition == sent.partition; });
        if (answer != response->replicas.end() && answer->error == Error::none)
            continue;
        any_refused = true;
        put_back(sent.partition, sent.directory);
    }
    // Kafka sends what was refused again at once, as fast as the answers come; so it is here, but
    // with the pause that a failed request has.
    if (any_refused) {
        paused_ = true;
        out.arm(timer(TimerKind::assign_replicas), backoff(env, 1));
    }
    send(env, image, out);
    if (ready_.empty())
        channel_.rest();
}

}  // namespace odradek::kafka
