#include "model/replica/alter_partition_manager.h"

#include <algorithm>
#include <utility>

#include "sim/time.h"

namespace odradek::kafka {

namespace {

using namespace sim::literals;

constexpr Duration retry_after_error = 50_ms;

}  // namespace

// The request is retried without end.
AlterPartitionManager::AlterPartitionManager()
    : channel_(Channel::alter_partition, Duration::forever())
{
}

void AlterPartitionManager::set_controller(ReplicaContext const& at,
                                           std::optional<NodeId> controller)
{
    if (channel_.set_leader(controller))
        send(at);
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

// A request that found no controller yet, or lost it, stays what it is: what was proposed meanwhile
// goes with the next.
void AlterPartitionManager::send(ReplicaContext const& at)
{
    if (queue_.empty() || channel_.in_flight() || paused_)
        return;
    if (asked_ == 0)
        asked_ = queue_.size();
    if (!channel_.make_ready(at.env, at.out))
        return;
    AlterPartitionRequest request;
    request.broker = at.self;
    request.broker_epoch = at.broker_epoch;
    request.partitions.reserve(asked_);
    for (std::size_t i = 0; i < asked_; ++i)
        request.partitions.push_back(queue_[i].proposal);
    // Before KAFKA-15221 a member could be named in a later life than the one that had caught up.
    if (!at.switches.isr_change_from_one_snapshot)
        for (AlterPartitionPartition& proposal : request.partitions)
            for (IsrMember& member : proposal.new_isr)
                if (BrokerEntry const* const registered = at.brokers.find(member.broker);
                    registered != nullptr && member.broker_epoch != no_broker_epoch)
                    member.broker_epoch = registered->broker_epoch;
    channel_.send(at.env, std::move(request), at.out);
}

void AlterPartitionManager::on_connected(ReplicaContext const& at, Peer peer)
{
    channel_.on_connected(at.env, peer, at.out);
    send(at);
}

// Nobody knows whether it was applied: the same proposals go again, and the partition epochs see to
// it that they are applied once at most.
void AlterPartitionManager::on_disconnected(ReplicaContext const& at, Peer peer)
{
    channel_.on_disconnected(at.env, peer, at.out);
    send(at);
}

void AlterPartitionManager::on_client_timer(ReplicaContext const& at)
{
    channel_.on_timer(at.env, at.out);
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
    // KAFKA-14154: epochs ahead of the controller's own mean that it is not the controller any
    // more.
    ControllerChannel::Answer const kind =
        channel_.on_response(at.env, peer, correlation, response, at.out);
    if (kind == ControllerChannel::Answer::again)
        send(at);
    if (kind != ControllerChannel::Answer::final)
        return answers;
    std::size_t const asked = std::exchange(asked_, 0);
    if (response.error != Error::none) {
        at.out.note("the controller does not take the ISR proposals: {}; again in {}",
                    to_string(response.error), to_string(retry_after_error));
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
        else if (found == response.partitions.end() || at.switches.isr_change_pending_till_answered)
            left.push_back(std::move(item));
    }
    queue_ = std::move(left);
    return answers;
}

}  // namespace odradek::kafka
