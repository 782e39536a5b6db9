#include "model/replica/replica_fetcher.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// Of BrokerBlockingSender: no reconnect backoff of its own, the fetcher's does it.
NetworkClient::Config client_config(BrokerConfig const& config)
{
    NetworkClient::Config client;
    client.channel = Channel::replica_fetcher;
    client.reconnect_backoff = Duration{};
    client.reconnect_backoff_max = Duration{};
    client.request_timeout = config.replica_socket_timeout;
    client.max_in_flight = 1;
    return client;
}

Timer retry_timer(BrokerId leader)
{
    return timer(TimerKind::replica_fetch, static_cast<std::uint32_t>(leader.value));
}

}  // namespace

ReplicaFetchers::ReplicaFetchers(BrokerConfig const& config) : client_(client_config(config)) {}

ReplicaFetchers::Fetcher* ReplicaFetchers::find(BrokerId leader)
{
    for (Fetcher& fetcher : fetchers_)
        if (fetcher.leader == leader)
            return &fetcher;
    return nullptr;
}

ReplicaFetchers::Fetcher* ReplicaFetchers::find(NodeId node)
{
    for (Fetcher& fetcher : fetchers_)
        if (fetcher.node == node)
            return &fetcher;
    return nullptr;
}

std::vector<BrokerId> ReplicaFetchers::leaders() const
{
    std::vector<BrokerId> leaders;
    for (Fetcher const& fetcher : fetchers_)
        leaders.push_back(fetcher.leader);
    return leaders;
}

void ReplicaFetchers::update(ReplicaContext const& at, PartitionTable& partitions)
{
    for (Fetcher& fetcher : fetchers_)
        std::erase_if(fetcher.partitions, [&](TopicPartition id) {
            Partition const* partition = partitions.find(id);
            return partition == nullptr || partition->follower_role() == nullptr ||
                   partition->leader() != fetcher.leader;
        });
    for (std::uint32_t slot = 0; slot < partitions.slots(); ++slot) {
        Partition* const partition = partitions.at(slot);
        FollowerRole* const role = partition != nullptr ? partition->follower_role() : nullptr;
        if (role == nullptr || role->in_fetcher || partition->leader() == no_broker)
            continue;
        BrokerEntry const* const entry = at.brokers.find(partition->leader());
        if (entry == nullptr)
            continue;  // Nobody knows where it is, yet.
        Fetcher* fetcher = find(partition->leader());
        if (fetcher == nullptr) {
            auto const place =
                std::find_if(fetchers_.begin(), fetchers_.end(),
                             [&](Fetcher const& f) { return partition->leader() < f.leader; });
            fetcher = &*fetchers_.insert(place, Fetcher{});
            fetcher->leader = partition->leader();
            fetcher->node = entry->node;
        }
        fetcher->partitions.push_back(partition->id());
        role->in_fetcher = true;
    }
    std::erase_if(fetchers_, [&](Fetcher const& fetcher) {
        if (!fetcher.partitions.empty())
            return false;
        client_.close(fetcher.node, at.out);
        at.out.cancel(retry_timer(fetcher.leader));
        return true;
    });
    for (Fetcher& fetcher : fetchers_)
        next(at, partitions, fetcher);
}

// Takes the next turn if none is under way.
void ReplicaFetchers::next(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher)
{
    while (fetcher.turn == Turn::idle && !fetcher.out_of_range.empty()) {
        if (still_asked(partitions, fetcher, fetcher.out_of_range.front()) != nullptr) {
            constexpr std::int64_t latest = -1;
            if (ask_offset(at, partitions, fetcher, latest))
                fetcher.turn = Turn::asking_end;
            return;
        }
        fetcher.out_of_range.erase(fetcher.out_of_range.begin());
    }
    if (fetcher.turn == Turn::idle && asks_for_epochs(at.switches.truncation))
        ask_epochs(at, partitions, fetcher);
    if (fetcher.turn == Turn::idle)
        fetch(at, partitions, fetcher);
}

// RemoteLeaderEndPoint.shouldFollowerThrottle: one that has caught up is not held back.
bool ReplicaFetchers::is_throttled(ReplicaContext const& at, TopicPartition partition,
                                   FollowerRole const& role)
{
    ReplicationQuota* const quota = at.follower_quota;
    return quota != nullptr && !role.in_sync && quota->is_throttled(partition) &&
           quota->exceeded(at.env.wall);
}

void ReplicaFetchers::fetch(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher)
{
    Instant earliest = Instant::never();
    fetcher.asked.clear();
    for (TopicPartition const id : fetcher.partitions) {
        Partition const* const partition = partitions.find(id);
        FollowerRole const* const role = partition->follower_role();
        if (role->failed)
            continue;
        if (role->delayed_until > at.env.now)
            earliest = std::min(earliest, role->delayed_until);
        else if (is_throttled(at, id, *role))
            earliest = std::min(earliest, at.env.now + at.config.replica_fetch_backoff);
        else if (!role->truncating)
            fetcher.asked.push_back(partition->next_fetch(at));
    }
    if (fetcher.asked.empty()) {
        if (earliest != Instant::never() && earliest != fetcher.armed) {
            fetcher.armed = earliest;
            at.out.arm(retry_timer(fetcher.leader), earliest - at.env.now);
        }
        return;
    }
    if (!client_.make_ready(at.env, fetcher.node, at.out))
        return;
    FetchRequest request;
    request.replica = at.self;
    if (at.switches.leader_checks_broker_epoch)
        request.replica_epoch = at.broker_epoch;
    request.max_wait = at.config.replica_fetch_wait_max;
    request.min_bytes = at.config.replica_fetch_min_bytes;
    request.max_bytes = at.config.replica_fetch_response_max_bytes;
    request.partitions = fetcher.asked;
    fetcher.turn = Turn::fetching;
    client_.send(at.env, fetcher.node, std::move(request),
                 static_cast<std::uint64_t>(fetcher.leader.value), at.out);
}

bool ReplicaFetchers::ask_offset(ReplicaContext const& at, PartitionTable& partitions,
                                 Fetcher& fetcher, std::int64_t timestamp)
{
    if (!client_.make_ready(at.env, fetcher.node, at.out))
        return false;
    FetchPartition const& asked = fetcher.out_of_range.front();
    ListOffsetsRequest request;
    request.replica = at.self;
    Epoch const epoch = is_fenced(at.switches.truncation)
                            ? partitions.find(asked.partition)->leader_epoch()
                            : no_epoch;
    request.partitions.push_back({asked.partition, epoch, timestamp});
    client_.send(at.env, fetcher.node, std::move(request),
                 static_cast<std::uint64_t>(fetcher.leader.value), at.out);
    return true;
}

void ReplicaFetchers::on_connected(ReplicaContext const& at, PartitionTable& partitions, Peer peer)
{
    client_.on_connected(at.env, peer, at.out);
    if (Fetcher* fetcher = find(peer.node))
        next(at, partitions, *fetcher);
}

void ReplicaFetchers::on_disconnected(ReplicaContext const& at, PartitionTable& partitions,
                                      Peer peer)
{
    client_.on_disconnected(at.env, peer, at.out);
    if (Fetcher* fetcher = find(peer.node))
        lost(at, partitions, *fetcher);
}

void ReplicaFetchers::on_client_timer(ReplicaContext const& at, PartitionTable& partitions)
{
    for (NetworkClient::Lost const& closed : client_.on_timer(at.env, at.out))
        if (Fetcher* fetcher = find(closed.node))
            lost(at, partitions, *fetcher);
}

// The connection broke or never came to be: all partitions of that leader wait.
void ReplicaFetchers::lost(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher)
{
    at.out.detail("no answer from the leader {}; fetch from it again in {}", fetcher.leader.value,
                  to_string(at.config.replica_fetch_backoff));
    fetcher.turn = Turn::idle;
    fetcher.out_of_range.clear();
    for (TopicPartition const id : fetcher.partitions)
        delay(at, *partitions.find(id));
    next(at, partitions, fetcher);
}

void ReplicaFetchers::delay(ReplicaContext const& at, Partition& partition) const
{
    partition.follower_role()->delayed_until = at.env.now + at.config.replica_fetch_backoff;
}

void ReplicaFetchers::on_timer(ReplicaContext const& at, PartitionTable& partitions,
                               BrokerId leader)
{
    Fetcher* const fetcher = find(leader);
    if (fetcher == nullptr)
        return;
    fetcher->armed = Instant::never();
    next(at, partitions, *fetcher);
}

Partition* ReplicaFetchers::still_asked(PartitionTable& partitions, Fetcher const& fetcher,
                                        FetchPartition const& asked) const
{
    Partition* const partition = partitions.find(asked.partition);
    if (partition == nullptr || partition->leader() != fetcher.leader)
        return nullptr;
    FollowerRole const* const role = partition->follower_role();
    if (role == nullptr || role->failed || role->truncating ||
        partition->log().end() != asked.fetch_offset)
        return nullptr;
    // Where requests name no epoch, an answer of an older one passes for one of this.
    if (asked.current_leader_epoch != no_epoch &&
        partition->leader_epoch() != asked.current_leader_epoch)
        return nullptr;
    return partition;
}

Partition* ReplicaFetchers::to_be_cut(ReplicaContext const& at, PartitionTable& partitions,
                                      Fetcher const& fetcher, FetchPartition const& asked) const
{
    return at.switches.recheck_before_truncating ? still_asked(partitions, fetcher, asked)
                                                 : partitions.find(asked.partition);
}

void ReplicaFetchers::on_fetch_response(ReplicaContext const& at, PartitionTable& partitions,
                                        Peer peer, std::int32_t correlation,
                                        FetchResponse const& response,
                                        std::vector<std::uint32_t>& changed)
{
    auto const request = client_.on_response(at.env, peer, correlation);
    Fetcher* const fetcher = find(peer.node);
    if (!request || fetcher == nullptr || fetcher->turn != Turn::fetching)
        return;
    fetcher->turn = Turn::idle;
    bool moved = false;
    // The answer names the partitions in the order of the request.
    std::size_t next_asked = 0;
    for (FetchPartitionResponse const& part : response.partitions) {
        while (next_asked < fetcher->asked.size() &&
               fetcher->asked[next_asked].partition != part.partition)
            ++next_asked;
        if (next_asked == fetcher->asked.size())
            break;
        FetchPartition const& asked = fetcher->asked[next_asked];
        Partition* const partition = part.error == Error::none && part.diverging_epoch
                                         ? to_be_cut(at, partitions, *fetcher, asked)
                                         : still_asked(partitions, *fetcher, asked);
        if (partition == nullptr)
            continue;
        if (part.error != Error::none) {
            on_error(at, *fetcher, *partition, asked, part.error);
            continue;
        }
        Partition::Replicated const done = partition->on_fetched(at, part);
        moved |= done.records;
        if (done.changed)
            changed.push_back(partitions.slot_of(part.partition));
    }
    // Who got something goes to the end of the queue, so that the limit of a response starves
    // nobody.
    if (moved && fetcher->partitions.size() > 1) {
        std::size_t at_part = 0;
        std::stable_partition(
            fetcher->partitions.begin(), fetcher->partitions.end(), [&](TopicPartition id) {
                for (std::size_t i = 0; i < response.partitions.size(); ++i) {
                    if (at_part == response.partitions.size())
                        at_part = 0;
                    FetchPartitionResponse const& part = response.partitions[at_part++];
                    if (part.partition == id)
                        return part.batches.empty();
                }
                return true;
            });
    }
    next(at, partitions, *fetcher);
}

void ReplicaFetchers::on_error(ReplicaContext const& at, Fetcher& fetcher, Partition& partition,
                               FetchPartition const& asked, Error error)
{
    if (error == Error::offset_out_of_range) {
        at.out.note("{}: offset {} is out of the range of the leader {}; ask where its log ends",
                    partition.name(), asked.fetch_offset.value, fetcher.leader.value);
        fetcher.out_of_range.push_back(asked);
        return;
    }
    // Our epoch is the one that was fenced: only metadata can help.
    if (error == Error::fenced_leader_epoch) {
        partition.fail(at, "the leader knows a newer epoch");
        return;
    }
    at.out.note("{}: the leader {} answers {} in epoch {}; again in {}", partition.name(),
                fetcher.leader.value, to_string(error), asked.current_leader_epoch.value,
                to_string(at.config.replica_fetch_backoff));
    delay(at, partition);
}

void ReplicaFetchers::on_list_offsets_response(ReplicaContext const& at, PartitionTable& partitions,
                                               Peer peer, std::int32_t correlation,
                                               ListOffsetsResponse const& response,
                                               std::vector<std::uint32_t>& changed)
{
    auto const request = client_.on_response(at.env, peer, correlation);
    Fetcher* const fetcher = find(peer.node);
    if (!request || fetcher == nullptr ||
        (fetcher->turn != Turn::asking_end && fetcher->turn != Turn::asking_start))
        return;
    Turn const turn = std::exchange(fetcher->turn, Turn::idle);
    ENSURE(!fetcher->out_of_range.empty() && response.partitions.size() == 1,
           "offsets are asked for one partition at a time");
    FetchPartition const asked = fetcher->out_of_range.front();
    ListOffsetsPartitionResponse const& answer = response.partitions.front();
    Partition* const partition = still_asked(partitions, *fetcher, asked);
    bool over = true;
    if (partition == nullptr) {
        // Meanwhile metadata has said something else.
    } else if (answer.error != Error::none) {
        on_error(at, *fetcher, *partition, asked, answer.error);
    } else if (turn == Turn::asking_end && !partition->on_leader_end(at, answer.offset)) {
        constexpr std::int64_t earliest = -2;
        over = !ask_offset(at, partitions, *fetcher, earliest);
        if (!over)
            fetcher->turn = Turn::asking_start;
    } else {
        if (turn == Turn::asking_start)
            partition->on_leader_start(at, answer.offset);
        changed.push_back(partitions.slot_of(asked.partition));
    }
    if (over)
        fetcher->out_of_range.erase(fetcher->out_of_range.begin());
    next(at, partitions, *fetcher);
}

}  // namespace odradek::kafka
