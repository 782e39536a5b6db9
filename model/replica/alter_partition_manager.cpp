#include "model/replica/alter_partition_manager.h"

#include <algorithm>
#include <utility>

#include "sim/time.h"

namespace odradek::kafka {

namespace {

using namespace sim::literals;

constexpr Duration retry_after_error = 50_ms;

// Of NodeToControllerChannelManager: controller.socket.timeout.ms, one request at a time, a steady
// reconnect backoff.
NetworkClient::Config client_config()
{
    NetworkClient::Config config;
    config.channel = Channel::alter_partition;
    config.reconnect_backoff = 50_ms;
    config.reconnect_backoff_max = 50_ms;
    config.request_timeout = 30_s;
    config.max_in_flight = 1;
    return config;
}

}  // namespace

AlterPartitionManager::AlterPartitionManager(NodeId controller)
    : controller_(controller), client_(client_config())
{
}

void AlterPartitionManager::set_controller(NodeId controller, Out& out)
{
    if (controller == controller_)
        return;
    client_.close(controller_, out);
    controller_ = controller;
    in_flight_ = 0;
}

bool AlterPartitionManager::submit(ReplicaContext const& at, IsrProposal const& proposal)
{
    for (Item const& item : queue_)
        if (at.switches.isr_change_pending_till_answered &&
            item.proposal.partition == proposal.sent.partition)
            return false;
    queue_.push_back({proposal.sent, proposal.number});
    return true;
}

void AlterPartitionManager::send(ReplicaContext const& at)
{
    if (queue_.empty() || in_flight_ != 0 || paused_)
        return;
    if (!client_.make_ready(at.env, controller_, at.out))
        return;
    AlterPartitionRequest request;
    request.broker = at.self;
    request.broker_epoch = at.broker_epoch;
    request.partitions.reserve(queue_.size());
    for (Item const& item : queue_)
        request.partitions.push_back(item.proposal);
    // Before KAFKA-15221 a member could be named in a later life than the one that had caught up.
    if (!at.switches.isr_change_from_one_snapshot)
        for (AlterPartitionPartition& proposal : request.partitions)
            for (IsrMember& member : proposal.new_isr)
                if (BrokerEntry const* const registered = at.brokers.find(member.broker);
                    registered != nullptr && member.broker_epoch != no_broker_epoch)
                    member.broker_epoch = registered->broker_epoch;
    in_flight_ = queue_.size();
    client_.send(at.env, controller_, std::move(request), 0, at.out);
}

void AlterPartitionManager::on_connected(ReplicaContext const& at, Peer peer)
{
    client_.on_connected(at.env, peer, at.out);
    send(at);
}

// Nobody knows whether it was applied: the same proposals go again, and the partition epochs see to
// it that they are applied once at most.
void AlterPartitionManager::on_disconnected(ReplicaContext const& at, Peer peer)
{
    client_.on_disconnected(at.env, peer, at.out);
    in_flight_ = 0;
    send(at);
}

void AlterPartitionManager::on_client_timer(ReplicaContext const& at)
{
    if (!client_.on_timer(at.env, at.out).empty())
        in_flight_ = 0;
    send(at);
}

void AlterPartitionManager::on_timer(ReplicaContext const& at)
{
    paused_ = false;
    send(at);
}

void AlterPartitionManager::retry(ReplicaContext const& at)
{
    paused_ = true;
    at.out.arm(timer(TimerKind::alter_partition), retry_after_error);
}

std::vector<AlterPartitionManager::Answer>
AlterPartitionManager::on_response(ReplicaContext const& at, Peer peer, std::int32_t correlation,
                                   AlterPartitionResponse const& response)
{
    std::vector<Answer> answers;
    if (!client_.on_response(at.env, peer, correlation))
        return answers;
    std::size_t const asked = std::exchange(in_flight_, 0);
    bool not_controller = response.error == Error::not_controller;
    for (AlterPartitionPartitionResponse const& partition : response.partitions)
        not_controller |= partition.error == Error::not_controller;
    if (response.error != Error::none || not_controller) {
        // KAFKA-14154: epochs ahead of the controller's own mean that it is not the controller any
        // more.
        at.out.note("the controller does not take the ISR proposals: {}; again in {}",
                    to_string(not_controller ? Error::not_controller : response.error),
                    to_string(retry_after_error));
        retry(at);
        return answers;
    }
    // What the answer leaves out stays queued.
    std::vector<Item> left;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        Item& item = queue_[i];
        auto const found = std::find_if(response.partitions.begin(), response.partitions.end(),
                                        [&](AlterPartitionPartitionResponse const& p) {
                                            return p.partition == item.proposal.partition;
                                        });
        if (i < asked && found != response.partitions.end())
            answers.push_back({item.number, *found});
        else
            left.push_back(std::move(item));
    }
    queue_ = std::move(left);
    return answers;
}

}  // namespace odradek::kafka
