// Fetches in a session (KIP-227): what is looked at, what is told, and what waits. Source:
// kafka.server.{FullFetchContext, IncrementalFetchContext, DelayedFetch}.
//
// Unlike Kafka: a fetch of a follower that would be answered emptily, only to come again as it was,
// is parked at its deadline (sim/network.h): a hundred idle brokers would exchange twenty thousand
// of them a second. Leader and follower act as if they were exchanged; see model/README.md.
#include <algorithm>
#include <utility>

#include "model/replica/replica_manager.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {
// Matches no count of disturbances: what was unparked is answered in real.
constexpr std::uint64_t was_unparked = UINT64_MAX;

FetchResponse empty_answer(std::int32_t session)
{
    FetchResponse response;
    response.session = session;
    return response;
}
}  // namespace

void ReplicaManager::on_session_fetch(ReplicaContext const& at, RequestId request,
                                      FetchRequest const& message, FetchSessions::Index index,
                                      bool full, Leaders const& leaders)
{
    FetchSession& session = sessions_[index];
    bool const unchanged = !full && message.partitions.empty() && message.forgotten.empty();
    session.asks_again = unchanged && session.answered_empty;
    session.answered_empty = false;
    session.fetched = at.env.now;
    session.fetched_wall = at.env.wall;
    if (!unchanged || session.content != message.session_content.sum)
        at.out.observe(FetchSessionUsed{self_, message.replica, session.id, message.session_epoch,
                                        static_cast<std::int64_t>(session.size),
                                        session.content == message.session_content.sum});

    Reading reading = read_session(at, message, index, &leaders, true);
    wake_changed(at);
    bool urgent = reading.urgent || message.max_wait <= Duration{};
    auto const min_bytes =
        static_cast<std::uint64_t>(std::clamp(message.min_bytes, 0, config_.fetch_max_bytes));
    if (!urgent && reading.bytes < min_bytes && message.replica == no_broker)
        for (std::uint32_t const part : drafted_) {
            SessionPartition const& wanted = session.parts[part];
            urgent |= wanted.slot == PartitionTable::none ||
                      partitions_.at(wanted.slot)->must_answer(message, wanted.asked);
        }
    if (urgent || reading.bytes >= min_bytes) {
        conclude(index, full, true);
        count_throttled(at, message);
        at.out.reply(request, std::exchange(response_, {}));
        return;
    }
    conclude(index, full, false);
    session.waiting =
        fetches_.add_session(at.env, request, message, {index, full, at.env.disturbances},
                             at.env.now + message.max_wait, at.out);
}

// Only what may have something to tell is read, in the order of its turns; the rest would be read
// in vain.
ReplicaManager::Reading ReplicaManager::read_session(ReplicaContext const& at,
                                                     FetchRequest const& fetch,
                                                     FetchSessions::Index index,
                                                     Leaders const* leaders, bool arriving)
{
    response_ = {};
    sessions_.take_attention(index, drafted_);
    response_.partitions.resize(drafted_.size());
    Reading reading = begin_reading(at, fetch, leaders, arriving);
    for (std::size_t i = 0; i < drafted_.size(); ++i) {
        SessionPartition const& part = sessions_[index].parts[drafted_[i]];
        read_one(at, part.asked, part.slot, reading, response_.partitions[i]);
    }
    return reading;
}

// Has nothing to tell until something happens to its partition. Of a follower that is not in sync
// every fetch counts: it may be the one that lets it in.
bool ReplicaManager::may_rest(FetchSession const& session, SessionPartition const& part,
                              FetchPartitionResponse const& response) const
{
    if (response.error != Error::none || response.diverging_epoch || !response.batches.empty() ||
        part.slot == PartitionTable::none || part.told_high_watermark != response.high_watermark ||
        part.told_log_start != response.log_start_offset)
        return false;
    Partition const& partition = *partitions_.at(part.slot);
    if (!session.of_follower())
        return part.asked.fetch_offset == partition.log().high_watermark() &&
               response.high_watermark == partition.log().high_watermark();
    LeaderRole const* const role = partition.leader_role();
    RemoteReplica const* const remote = role != nullptr ? role->find(session.replica) : nullptr;
    return remote != nullptr && remote->in_isr && remote->in_maximal_isr &&
           remote->log_end == part.asked.fetch_offset &&
           part.asked.fetch_offset == partition.log().end() &&
           response.high_watermark == partition.log().high_watermark();
}

// Of what was read: what is told, if the answer is sent now, and what rests from here on.
void ReplicaManager::conclude(FetchSessions::Index index, bool full, bool sending)
{
    FetchSession& session = sessions_[index];
    std::size_t told = 0;
    for (std::size_t i = 0; i < drafted_.size(); ++i) {
        SessionPartition& part = session.parts[drafted_[i]];
        FetchPartitionResponse& response = response_.partitions[i];
        bool const has_records = !response.batches.empty();
        bool const news = full || has_records || response.error != Error::none ||
                          response.diverging_epoch ||
                          response.high_watermark != part.told_high_watermark ||
                          response.log_start_offset != part.told_log_start;
        if (sending) {
            // After an error the partition is told again, whatever it is then.
            part.told_high_watermark =
                response.error != Error::none ? no_offset : response.high_watermark;
            part.told_log_start = response.log_start_offset;
            if (has_records)
                sessions_.move_to_end(index, drafted_[i]);
        }
        if (may_rest(session, part, response))
            sessions_.rest(index, drafted_[i], partitions_);
        else
            sessions_.keep(index, drafted_[i]);
        if (!sending || !news)
            continue;
        if (told != i)
            response_.partitions[told] = std::move(response);
        ++told;
    }
    if (!sending)
        return;
    response_.partitions.resize(told);
    response_.session = session.id;
}

void ReplicaManager::answer_session(ReplicaContext const& at, FetchPurgatory::Ready const& ready)
{
    FetchSession& session = sessions_[ready.session];
    read_session(at, ready.fetch, ready.session, nullptr, false);
    conclude(ready.session, ready.full, true);
    count_throttled(at, ready.fetch);
    session.answered_empty = ready.in_vain && !ready.full && response_.partitions.empty();
    at.out.reply(ready.request, std::exchange(response_, {}));
}

// Something has happened in that slot: it is looked at in the next fetch of each session that has
// it, and a request that waits for that goes on.
void ReplicaManager::wake_sessions(ReplicaContext const& at, std::uint32_t slot)
{
    sessions_.touch(at.env, slot, partitions_);
    for (FetchSessions::Watch const& watch : sessions_.watches(slot))
        wake_session(at, watch);
}

void ReplicaManager::wake_session(ReplicaContext const& at, FetchSessions::Watch const& watch)
{
    FetchSession& session = sessions_[watch.session];
    if (session.parked)
        unpark(at, session);
    if (!session.waiting)
        return;
    FetchPurgatory::Waiting const& waiting = *fetches_.find(*session.waiting);
    if (enough(at, session, watch.part, waiting))
        fetches_.take(*std::exchange(session.waiting, std::nullopt), ready_);
}

// A session that ended while its request waits cannot answer it: it learns that there is none.
void ReplicaManager::answer_orphans(ReplicaContext const& at)
{
    for (WaitId const id : sessions_.take_orphans())
        if (FetchPurgatory::Waiting* const waiting = fetches_.find(id)) {
            waiting->in = {};
            if (auto const round = at.env.parked(waiting->request)) {
                at.out.unpark(waiting->request);
                if (round->at != sim::ParkedRound::At::server) {
                    leave(at, id, round->at);
                    continue;
                }
            }
            fetches_.take(id, ready_);
        }
    answer_fetches(at);
}

// DelayedFetch.tryComplete, over those of its partitions that may have anything.
bool ReplicaManager::enough(ReplicaContext const& at, FetchSession const& session,
                            std::uint32_t part, FetchPurgatory::Waiting const& waiting)
{
    FetchHold const held = hold(at);
    FetchPartition const& wanted = session.parts[part].asked;
    Partition const* const partition = partitions_.find(wanted.partition);
    if (partition == nullptr || partition->must_answer(waiting.fetch, wanted))
        return true;
    if (held.holds(waiting.fetch, *partition))
        return false;
    auto const needed = static_cast<std::uint64_t>(waiting.fetch.min_bytes);
    std::uint64_t bytes = partition->available(waiting.fetch, wanted, needed);
    if (bytes == 0)
        return false;
    for (std::uint32_t const other : session.attention) {
        if (bytes >= needed)
            break;
        SessionPartition const& more = session.parts[other];
        if (other != part && more.in_use && more.slot != PartitionTable::none &&
            !held.holds(waiting.fetch, *partitions_.at(more.slot)))
            bytes +=
                partitions_.at(more.slot)->available(waiting.fetch, more.asked, needed - bytes);
    }
    return bytes >= needed;
}

void ReplicaManager::on_fetch_deadlines(ReplicaContext const& at)
{
    due_.clear();
    fetches_.on_timer(at.env, due_, at.out);
    for (WaitId const id : due_) {
        FetchPurgatory::Waiting const& waiting = *fetches_.find(id);
        if (waiting.in.session != FetchPurgatory::no_session) {
            FetchSession& session = sessions_[waiting.in.session];
            if (session.parked || maybe_park(at, id))
                continue;
            session.waiting.reset();
        }
        fetches_.take(id, ready_);
        ready_.back().in_vain = true;
    }
    answer_fetches(at);
}

// -- Parked fetches -----------------------------------------------------------------------------

// The deadline has come and there is nothing to tell. If the last round was like this one, and
// nothing has disturbed the world since this one began, all that follow will be.
bool ReplicaManager::maybe_park(ReplicaContext const& at, WaitId id)
{
    FetchPurgatory::Waiting const& waiting = *fetches_.find(id);
    FetchSession& session = sessions_[waiting.in.session];
    if (!session.of_follower() || waiting.in.full || !session.asks_again ||
        waiting.in.disturbances != at.env.disturbances || !at.env.may_park(waiting.request))
        return false;
    std::erase_if(session.attention, [&](std::uint32_t part) {
        if (session.parts[part].in_use)
            return false;
        session.parts[part].attended = false;
        return true;
    });
    if (!session.attention.empty())
        return false;
    session.parked = true;
    session.parked_request = waiting.request;
    at.out.detail("nothing to tell {} and nothing new asked: park its fetch",
                  session.replica.value);
    at.out.park(waiting.request, {waiting.fetch.max_wait, wire_size(waiting.fetch),
                                  wire_size(empty_answer(session.id))});
    return true;
}

// We have something to tell, or to do, and the follower's next round is real.
void ReplicaManager::unpark(ReplicaContext const& at, FetchSession& session)
{
    std::optional<sim::ParkedRound> const round = at.env.parked(session.parked_request);
    ENSURE(round, "what is parked has come somewhere");
    at.out.unpark(session.parked_request);
    go_on(at, session, *round);
}

// The request waits with us on, or it was answered emptily and will come again.
void ReplicaManager::go_on(ReplicaContext const& at, FetchSession& session,
                           sim::ParkedRound const& round)
{
    FetchSessions::unpark(at.env, session);
    if (round.at == sim::ParkedRound::At::server) {
        fetches_.find(*session.waiting)->in.disturbances = was_unparked;
        fetches_.wait_until(at.env, *session.waiting, at.env.now + round.until_answer, at.out);
        return;
    }
    session.answered_empty = true;
    leave(at, *std::exchange(session.waiting, std::nullopt), round.at);
}

// A request that waits no more: its empty answer has left before now.
void ReplicaManager::leave(ReplicaContext const& at, WaitId id, sim::ParkedRound::At where)
{
    if (where == sim::ParkedRound::At::answer_under_way) {
        FetchPurgatory::Waiting const& waiting = *fetches_.find(id);
        at.out.answer_under_way(waiting.request, empty_answer(waiting.fetch.session));
    }
    fetches_.drop(id);
}

void ReplicaManager::on_unparked(Env const& env, RequestId request, sim::ParkedRound const& round,
                                 Out& out)
{
    for (auto const& [id, index] : sessions_.by_id()) {
        FetchSession& session = sessions_[index];
        if (!session.parked || session.parked_request != request)
            continue;
        go_on(context(env, out), session, round);
        return;
    }
}

void ReplicaManager::on_parked(Env const& env, Peer peer, std::int32_t correlation, Out& out)
{
    if (fetchers_.owns(peer))
        fetchers_.on_parked(context(env, out), partitions_, peer, correlation);
}

void ReplicaManager::on_unparked(Env const& env, Peer peer, sim::ParkedRound const& round, Out& out)
{
    if (fetchers_.owns(peer))
        fetchers_.on_unparked(context(env, out), peer, round);
}

// -- For judges -----------------------------------------------------------------------------------

std::vector<ReplicaManager::Untold> ReplicaManager::untold() const
{
    std::vector<Untold> untold;
    for (auto const& [id, index] : sessions_.by_id()) {
        FetchSession const& session = sessions_.at(index);
        for (SessionPartition const& part : session.parts) {
            if (!part.in_use || part.attended)
                continue;
            Partition const* const partition = partitions_.find(part.asked.partition);
            auto const say = [&](std::string what) {
                untold.push_back({session.replica, part.asked.partition, std::move(what)});
            };
            if (partition == nullptr)
                say("it is not here any more");
            else if (partition->log().high_watermark() != part.told_high_watermark)
                say(fmt::format("its high watermark is {}, and {} was told",
                                partition->log().high_watermark().value,
                                part.told_high_watermark.value));
            else if (partition->log().start() != part.told_log_start)
                say(fmt::format("its log starts at {}, and {} was told",
                                partition->log().start().value, part.told_log_start.value));
            else if (session.of_follower() && partition->log().end() != part.asked.fetch_offset)
                say(fmt::format("its log ends at {}, and {} is asked for",
                                partition->log().end().value, part.asked.fetch_offset.value));
        }
    }
    return untold;
}

}  // namespace odradek::kafka
