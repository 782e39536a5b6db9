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

// -- Who is fetched from ------------------------------------------------------------------------

ReplicaFetchers::Fetcher* ReplicaFetchers::find(BrokerId leader)
{
    auto const at =
        std::lower_bound(by_leader_.begin(), by_leader_.end(), leader,
                         [&](std::uint32_t i, BrokerId id) { return fetchers_[i].leader < id; });
    return at != by_leader_.end() && fetchers_[*at].leader == leader ? &fetchers_[*at] : nullptr;
}

ReplicaFetchers::Fetcher* ReplicaFetchers::find(NodeId node)
{
    std::uint32_t const at = node.value < by_node_.size() ? by_node_[node.value] : none;
    return at != none ? &fetchers_[at] : nullptr;
}

std::vector<BrokerId> ReplicaFetchers::leaders() const
{
    std::vector<BrokerId> leaders;
    for (std::uint32_t const at : by_leader_)
        leaders.push_back(fetchers_[at].leader);
    return leaders;
}

std::uint32_t ReplicaFetchers::fetcher_for(BrokerId leader, NodeId node)
{
    if (Fetcher const* known = find(leader))
        return static_cast<std::uint32_t>(known - fetchers_.data());
    std::uint32_t made{};
    if (free_.empty()) {
        made = static_cast<std::uint32_t>(fetchers_.size());
        fetchers_.emplace_back();
    } else {
        made = free_.back();
        free_.pop_back();
    }
    fetchers_[made].leader = leader;
    fetchers_[made].node = node;
    by_leader_.insert(
        std::lower_bound(by_leader_.begin(), by_leader_.end(), leader,
                         [&](std::uint32_t i, BrokerId id) { return fetchers_[i].leader < id; }),
        made);
    if (by_node_.size() <= node.value)
        by_node_.resize(node.value + std::size_t{1}, none);
    by_node_[node.value] = made;
    return made;
}

void ReplicaFetchers::add(std::uint32_t slot, TopicPartition id, std::uint32_t at)
{
    Fetcher& fetcher = fetchers_[at];
    std::uint32_t part{};
    if (fetcher.free.empty()) {
        part = static_cast<std::uint32_t>(fetcher.parts.size());
        fetcher.parts.emplace_back();
    } else {
        part = fetcher.free.back();
        fetcher.free.pop_back();
    }
    fetcher.parts[part].id = id;
    fetcher.parts[part].slot = slot;
    fetcher.parts[part].turn = ++fetcher.turns;
    ++fetcher.size;
    places_[slot] = {at, part};
    has_news(fetcher, part);
}

void ReplicaFetchers::drop(std::uint32_t slot)
{
    Place const place = std::exchange(places_[slot], Place{});
    Fetcher& fetcher = fetchers_[place.fetcher];
    fetcher.gone.push_back(fetcher.parts[place.part].id);
    fetcher.parts[place.part].slot = none;
    fetcher.free.push_back(place.part);
    --fetcher.size;
    touched_.push_back(place.fetcher);
}

void ReplicaFetchers::has_news(Fetcher& fetcher, std::uint32_t part)
{
    if (!std::exchange(fetcher.parts[part].news, true))
        fetcher.news.push_back(part);
}

void ReplicaFetchers::has_news(std::uint32_t slot)
{
    if (slot < places_.size() && places_[slot].fetcher != none)
        has_news(fetchers_[places_[slot].fetcher], places_[slot].part);
}

// Puts the partition of a slot where it belongs now.
void ReplicaFetchers::place(ReplicaContext const& at, PartitionTable& partitions,
                            std::uint32_t slot)
{
    if (places_.size() <= slot)
        places_.resize(slot + std::size_t{1});
    Partition* const partition = partitions.at(slot);
    FollowerRole* const role = partition != nullptr ? partition->follower_role() : nullptr;
    Place const was = places_[slot];
    if (was.fetcher != none) {
        Fetcher& fetcher = fetchers_[was.fetcher];
        if (role != nullptr && partition->id() == fetcher.parts[was.part].id &&
            partition->leader() == fetcher.leader) {
            role->in_fetcher = true;
            has_news(fetcher, was.part);  // Its epoch may be another.
            touched_.push_back(was.fetcher);
            return;
        }
        drop(slot);
    }
    if (role == nullptr || partition->leader() == no_broker)
        return;
    BrokerEntry const* const entry = at.brokers.find(partition->leader());
    if (entry == nullptr) {
        unplaced_.push_back(slot);
        return;
    }
    std::uint32_t const fetcher = fetcher_for(partition->leader(), entry->node);
    add(slot, partition->id(), fetcher);
    role->in_fetcher = true;
    touched_.push_back(fetcher);
}

void ReplicaFetchers::update(ReplicaContext const& at, PartitionTable& partitions,
                             std::vector<std::uint32_t> const& slots)
{
    for (std::uint32_t const slot : slots)
        place(at, partitions, slot);
    finish_update(at, partitions);
}

void ReplicaFetchers::on_brokers_changed(ReplicaContext const& at, PartitionTable& partitions)
{
    for (std::uint32_t const slot : std::exchange(unplaced_, {}))
        if (slot < partitions.slots())
            place(at, partitions, slot);
    finish_update(at, partitions);
}

void ReplicaFetchers::finish_update(ReplicaContext const& at, PartitionTable& partitions)
{
    std::sort(touched_.begin(), touched_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return fetchers_[a].leader < fetchers_[b].leader;
    });
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    for (std::uint32_t const i : touched_) {
        Fetcher& fetcher = fetchers_[i];
        if (fetcher.size != 0)
            continue;
        unpark(at, fetcher);
        client_.close(fetcher.node, at.out);
        at.out.cancel(retry_timer(fetcher.leader));
        by_node_[fetcher.node.value] = none;
        std::erase(by_leader_, i);
        fetcher = {};
        free_.push_back(i);
    }
    for (std::uint32_t const i : touched_)
        if (fetchers_[i].leader != no_broker)
            next(at, partitions, fetchers_[i]);
    touched_.clear();
}

// -- Turns --------------------------------------------------------------------------------------

// Takes the next turn if none is under way.
void ReplicaFetchers::next(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher)
{
    if (fetcher.turn == Turn::fetching)
        unpark_for_news(at, partitions, fetcher);
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

bool ReplicaFetchers::is_ready(ReplicaContext const& at, TopicPartition partition,
                               FollowerRole const& role)
{
    return !role.failed && !role.truncating && role.delayed_until <= at.env.now &&
           !is_throttled(at, partition, role);
}

void ReplicaFetchers::hold_back_throttled(ReplicaContext const& at, PartitionTable& partitions,
                                          Fetcher& fetcher)
{
    for (std::uint32_t i = 0; i < fetcher.parts.size(); ++i)
        if (Part const& part = fetcher.parts[i];
            part.slot != none &&
            is_throttled(at, part.id, *partitions.at(part.slot)->follower_role()))
            hold_back(fetcher, i);
}

void ReplicaFetchers::hold_back(Fetcher& fetcher, std::uint32_t part)
{
    if (!std::exchange(fetcher.parts[part].delayed, true))
        fetcher.delayed.push_back(part);
    has_news(fetcher, part);
}

Instant ReplicaFetchers::end_delays(ReplicaContext const& at, PartitionTable& partitions,
                                    Fetcher& fetcher)
{
    Instant earliest = Instant::never();
    std::erase_if(fetcher.delayed, [&](std::uint32_t i) {
        Part& part = fetcher.parts[i];
        FollowerRole const* const role =
            part.slot != none ? partitions.at(part.slot)->follower_role() : nullptr;
        if (role != nullptr && !role->failed && role->delayed_until > at.env.now) {
            earliest = std::min(earliest, role->delayed_until);
            return false;
        }
        if (role != nullptr && !role->failed && is_throttled(at, part.id, *role)) {
            earliest = std::min(earliest, at.env.now + at.config.replica_fetch_backoff);
            return false;
        }
        part.delayed = false;
        has_news(fetcher, i);
        return true;
    });
    return earliest;
}

void ReplicaFetchers::arm(ReplicaContext const& at, Fetcher& fetcher, Instant when)
{
    if (when == Instant::never() || when == fetcher.armed)
        return;
    fetcher.armed = when;
    at.out.arm(retry_timer(fetcher.leader), when - at.env.now);
}

// What every fetch from that leader says.
FetchRequest ReplicaFetchers::begin_fetch(ReplicaContext const& at, Fetcher& fetcher)
{
    FetchRequest request;
    request.replica = at.self;
    if (at.switches.leader_checks_broker_epoch)
        request.replica_epoch = at.broker_epoch;
    request.max_wait = at.config.replica_fetch_wait_max;
    request.min_bytes = at.config.replica_fetch_min_bytes;
    request.max_bytes = at.config.replica_fetch_response_max_bytes;
    fetcher.session.begin(request);
    return request;
}

void ReplicaFetchers::fetch(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher)
{
    if (at.follower_quota != nullptr)
        hold_back_throttled(at, partitions, fetcher);
    Instant const earliest = end_delays(at, partitions, fetcher);
    auto const ready = [&](Part const& part) {
        return part.slot != none &&
               is_ready(at, part.id, *partitions.at(part.slot)->follower_role());
    };
    bool const full = fetcher.session.full();
    if (full && std::none_of(fetcher.parts.begin(), fetcher.parts.end(), ready))
        return arm(at, fetcher, earliest);
    if (!client_.make_ready(at.env, fetcher.node, at.out))
        return;
    FetchRequest request = begin_fetch(at, fetcher);
    if (full) {
        for (std::uint32_t i = 0; i < fetcher.parts.size(); ++i)
            has_news(fetcher, i);
        std::sort(fetcher.news.begin(), fetcher.news.end(), [&](std::uint32_t a, std::uint32_t b) {
            return fetcher.parts[a].turn < fetcher.parts[b].turn;
        });
    }
    for (TopicPartition const id : fetcher.gone) {
        std::uint32_t const slot = partitions.slot_of(id);
        bool const back = slot < places_.size() && places_[slot].fetcher != none &&
                          &fetchers_[places_[slot].fetcher] == &fetcher;
        if (!back)
            fetcher.session.forget(request, id);
    }
    for (std::uint32_t const i : fetcher.news) {
        Part& part = fetcher.parts[i];
        part.news = false;
        if (ready(part))
            fetcher.session.ask(request, partitions.at(part.slot)->next_fetch(at));
        else if (part.slot != none)
            fetcher.session.forget(request, part.id);
    }
    fetcher.news.clear();
    fetcher.gone.clear();
    fetcher.turn = Turn::fetching;
    client_.send(at.env, fetcher.node, std::move(request),
                 static_cast<std::uint64_t>(fetcher.leader.value), at.out);
}

// -- Parked -------------------------------------------------------------------------------------

void ReplicaFetchers::on_parked(ReplicaContext const& at, PartitionTable& partitions, Peer peer,
                                std::int32_t correlation)
{
    client_.on_parked(peer, correlation);
    if (Fetcher* fetcher = find(peer.node))
        unpark_for_news(at, partitions, *fetcher);
}

// When the next fetch is under way, it is the same again: there was an empty answer before it.
void ReplicaFetchers::on_unparked(ReplicaContext const& at, Peer peer,
                                  sim::ParkedRound const& round)
{
    Fetcher* const fetcher = find(peer.node);
    if (!client_.on_unparked(at.env, peer, round, at.out) || fetcher == nullptr ||
        round.at != sim::ParkedRound::At::request_under_way)
        return;
    FetchResponse empty;
    empty.session = fetcher->session.session();
    fetcher->session.on_response(empty);
    client_.request_under_way(at.env, fetcher->node, begin_fetch(at, *fetcher), round, at.out);
}

// Our fetch is parked, but the next one would say something else: it must be answered in real.
void ReplicaFetchers::unpark_for_news(ReplicaContext const& at, PartitionTable& partitions,
                                      Fetcher& fetcher)
{
    if (!client_.parked(fetcher.node))
        return;
    arm(at, fetcher, end_delays(at, partitions, fetcher));
    bool wants = !fetcher.gone.empty();
    std::erase_if(fetcher.news, [&](std::uint32_t i) {
        Part& part = fetcher.parts[i];
        bool differs = false;
        if (part.slot != none) {
            Partition const& partition = *partitions.at(part.slot);
            FollowerRole const& role = *partition.follower_role();
            FetchPartition const* const asked = fetcher.session.asked(part.id);
            bool const is_wanted = is_ready(at, part.id, role);
            // Before it is fetched it asks where the logs part, and that waits for a turn too.
            bool const wants_a_turn =
                role.truncating && !role.failed && role.delayed_until <= at.env.now;
            differs =
                wants_a_turn || (is_wanted ? asked == nullptr || *asked != partition.next_fetch(at)
                                           : asked != nullptr);
        }
        wants |= differs;
        part.news = differs;
        return !differs;
    });
    if (!wants)
        return;
    unpark(at, fetcher);
}

void ReplicaFetchers::unpark(ReplicaContext const& at, Fetcher const& fetcher)
{
    Peer const peer{fetcher.node, static_cast<std::uint8_t>(Channel::replica_fetcher)};
    std::optional<sim::ParkedRound> const round = at.env.parked(peer);
    if (!client_.parked(fetcher.node) || !round)
        return;
    at.out.unpark(peer);
    on_unparked(at, peer, *round);
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
    fetcher.session.on_lost();
    fetcher.out_of_range.clear();
    for (Part const& part : fetcher.parts)
        if (part.slot != none)
            delay(at, *partitions.at(part.slot), part.slot);
    next(at, partitions, fetcher);
}

void ReplicaFetchers::delay(ReplicaContext const& at, Partition& partition, std::uint32_t slot)
{
    partition.follower_role()->delayed_until = at.env.now + at.config.replica_fetch_backoff;
    Place const place = places_[slot];
    hold_back(fetchers_[place.fetcher], place.part);
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
    if (!fetcher->session.on_response(response)) {
        at.out.note("the leader {} refuses the fetch session: {}; begin another",
                    fetcher->leader.value, to_string(response.error));
        return next(at, partitions, *fetcher);
    }
    for (FetchPartitionResponse const& part : response.partitions) {
        FetchPartition const* const asked = fetcher->session.asked(part.partition);
        if (asked == nullptr)
            continue;
        Partition* const partition = part.error == Error::none && part.diverging_epoch
                                         ? to_be_cut(at, partitions, *fetcher, *asked)
                                         : still_asked(partitions, *fetcher, *asked);
        if (partition == nullptr)
            continue;
        std::uint32_t const slot = partitions.slot_of(part.partition);
        has_news(slot);
        if (part.error != Error::none) {
            on_error(at, *fetcher, *partition, slot, *asked, part.error);
            continue;
        }
        Partition::Replicated const done = partition->on_fetched(at, part);
        // Who got something goes to the end of the queue, so that the limit of a response starves
        // nobody.
        if (done.records && places_[slot].fetcher != none)
            fetcher->parts[places_[slot].part].turn = ++fetcher->turns;
        if (done.changed)
            changed.push_back(slot);
        if (done.corrupt)
            delay(at, *partition, slot);
    }
    next(at, partitions, *fetcher);
}

void ReplicaFetchers::on_error(ReplicaContext const& at, Fetcher& fetcher, Partition& partition,
                               std::uint32_t slot, FetchPartition const& asked, Error error)
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
    delay(at, partition, slot);
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
    std::uint32_t const slot = partitions.slot_of(asked.partition);
    has_news(slot);
    bool over = true;
    if (partition == nullptr) {
        // Meanwhile metadata has said something else.
    } else if (answer.error != Error::none) {
        on_error(at, *fetcher, *partition, slot, asked, answer.error);
    } else if (turn == Turn::asking_end && !partition->on_leader_end(at, answer.offset)) {
        constexpr std::int64_t earliest = -2;
        over = !ask_offset(at, partitions, *fetcher, earliest);
        if (!over)
            fetcher->turn = Turn::asking_start;
    } else {
        if (turn == Turn::asking_start)
            partition->on_leader_start(at, answer.offset);
        changed.push_back(slot);
    }
    if (over)
        fetcher->out_of_range.erase(fetcher->out_of_range.begin());
    next(at, partitions, *fetcher);
}

}  // namespace odradek::kafka
