#include "model/client/reader.h"

#include <algorithm>

#include "model/client/reader_group.h"
#include "model/record_bytes/control_record.h"

namespace odradek::kafka {

namespace {

NetworkClient::Config network_config(ConsumerConfig const& config)
{
    return {.channel = Channel::client,
            .reconnect_backoff = config.reconnect_backoff,
            .reconnect_backoff_max = config.reconnect_backoff_max,
            .connection_setup_timeout = config.socket_connection_setup_timeout,
            .connection_setup_timeout_max = config.socket_connection_setup_timeout_max,
            .request_timeout = config.request_timeout,
            .max_in_flight = 100};
}

Metadata::Config metadata_config(std::uint32_t client, ConsumerConfig const& config)
{
    return {.client = client,
            .timer = TimerKind::reader_metadata,
            .retry_backoff = config.retry_backoff,
            .retry_backoff_max = config.retry_backoff_max,
            .max_age = config.metadata_max_age,
            .rebootstrap = true};
}

}  // namespace

Reader::Reader(std::uint32_t client, std::string name, ConsumerConfig config,
               ReaderWorkload workload, Instant start, Instant stop, std::vector<NodeId> bootstrap,
               ProtocolSwitches const& switches)
    : client_(client),
      name_(std::move(name)),
      config_(config),
      topics_(workload.topics),
      start_(start),
      stop_(stop),
      bootstrap_(std::move(bootstrap)),
      network_(network_config(config)),
      metadata_(metadata_config(client, config), topics_, bootstrap_)
{
    if (workload.processing)
        processing_ = workload.processing->distribution().at_least(0);
    if (workload.group) {
        pattern_ = workload.group;
        std::sort(workload.topics.begin(), workload.topics.end());
        group_.emplace(config_, ConsumerCoordinator::Plan{client_, name_, workload.group->group,
                                                          std::move(workload.topics), switches,
                                                          workload.group->pattern ==
                                                              GroupSpec::Pattern::at_most_once});
    }
}

void Reader::on_start(Env const& env, Out& out)
{
    network_ = NetworkClient(network_config(config_));
    metadata_ = Metadata(metadata_config(client_, config_), topics_, bootstrap_);
    partitions_.clear();
    buffer_.clear();
    requests_.clear();
    next_cookie_ = 0;
    metadata_seen_ = 0;
    fetch_from_ = 0;
    busy_until_ = start_;
    finished_ = false;
    wake_armed_ = Instant::never();
    stage_ = Stage::polling;
    given_.clear();
    if (group_)
        group_->start(env);
    run(env, out);
}

void Reader::on_connected(Env const& env, Peer peer, Out& out)
{
    if (finished_)
        return;
    if (group_ && group_->owns(peer))
        group_->on_connected(env, peer, out);
    else if (network_.owns(peer))
        network_.on_connected(env, peer, out);
    else
        return;
    run(env, out);
}

void Reader::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out)
{
    if (finished_)
        return;
    if (group_ && group_->owns(peer)) {
        Group group(*this, env, out);
        group_->on_disconnected(call(env, group, out), peer, reason);
        run(env, out);
    } else if (network_.hand_over(env, peer, reason, out,
                                  [&](auto const& lost) { on_lost(env, lost); }))
        run(env, out);
}

void Reader::on_lost(Env const& env, NetworkClient::Lost const& lost)
{
    bool asked_metadata = false;
    for (NetworkClient::Request const& request : lost.requests) {
        if (request.cookie == Metadata::cookie) {
            asked_metadata = true;
            continue;
        }
        Request const mine = take(request.cookie);
        for (TopicPartition const partition : mine.partitions)
            if (Partition* known = find(partition)) {
                known->under_way = false;
                if (mine.fetch)
                    known->preferred = no_broker;
                else
                    wait_before_retry(env, *known);
            }
    }
    // A fetch that waited for the connection has failed with it.
    BrokerId const gone = metadata_.view().broker_at(lost.node);
    for (Partition& partition : partitions_)
        if (gone != no_broker && partition.preferred == gone)
            partition.preferred = no_broker;
    metadata_.on_disconnected(env, asked_metadata);
}

void Reader::on_request(Env const&, RequestId request, Message const&, Out& out)
{
    out.hang_up(request);  // Nobody has anything to ask of a consumer.
}

void Reader::on_response(Env const& env, Peer peer, std::int32_t correlation,
                         Message const& message, Out& out)
{
    if (finished_)
        return;
    if (group_ && group_->owns(peer)) {
        Group group(*this, env, out);
        group_->on_response(call(env, group, out), peer, correlation, message);
        return run(env, out);
    }
    if (!network_.owns(peer))
        return;
    std::optional<NetworkClient::Request> const request =
        network_.on_response(env, peer, correlation);
    if (!request)
        return;
    if (request->cookie == Metadata::cookie) {
        metadata_.on_response(env, std::get<MetadataResponse>(message), out);
    } else {
        Request const mine = take(request->cookie);
        for (TopicPartition const partition : mine.partitions)
            if (Partition* known = find(partition))
                known->under_way = false;
        if (mine.fetch)
            on_fetch_response(env, mine, std::get<FetchResponse>(message), out);
        else
            on_list_offsets_response(env, mine, std::get<ListOffsetsResponse>(message), out);
    }
    run(env, out);
}

void Reader::on_timer(Env const& env, Timer which, Out& out)
{
    if (finished_)
        return;
    if (group_ && ConsumerCoordinator::owns(which)) {
        Group group(*this, env, out);
        group_->on_timer(call(env, group, out), which);
    } else if (which == timer(TimerKind::reader_poll)) {
        wake_armed_ = Instant::never();
    } else if (which == timer(TimerKind::reader_metadata)) {
        metadata_.on_timer();
    } else if (!network_.hand_over(env, which, out,
                                   [&](auto const& lost) { on_lost(env, lost); })) {
        return;
    }
    run(env, out);
}

void Reader::on_flushed(Env const&, sim::FileId, Out&) {}
void Reader::on_disk_error(Env const&, sim::FileId, sim::DiskError, Out&) {}

void Reader::on_shutdown(Env const& env, Out& out)
{
    if (!finished_ && group_)
        begin_close(env, "asked to close", out);
    if (!finished_)
        stop(env, "asked to close", out);
    out.exit();
}

// The end of every handler: poll() when the application has time for it, else what the background
// does.
void Reader::run(Env const& env, Out& out)
{
    if (finished_)
        return;
    if (env.now >= stop_ && stage_ == Stage::polling) {
        if (group_)
            begin_close(env, "its time is over", out);
        else
            stop(env, "its time is over", out);
        if (finished_)
            return;
    }
    if (group_)
        return poll_group(env, out);
    if (metadata_seen_ != metadata_.updates()) {
        metadata_seen_ = metadata_.updates();
        assign();
    }
    metadata_.maybe_update(env, network_, out);
    while (!finished_ && env.now >= busy_until_ && poll(env, out)) {
    }
    if (finished_)
        return;
    // Without records a poll() is waiting, and while the application is busy nothing is asked for
    // that the last poll() has not asked for already.
    if (env.now >= busy_until_) {
        send_list_offsets(env, out);
        send_fetches(env, out);
    }
    metadata_.maybe_update(env, network_, out);
    arm_wake(env, out);
}

// All partitions that the metadata shows; new ones start at the beginning of their reset.
void Reader::assign()
{
    for (std::string const& name : topics_) {
        ClusterView::Topic const* topic = metadata_.view().topic(name);
        if (topic == nullptr)
            continue;
        for (std::size_t p = 0; p < topic->partitions.size(); ++p) {
            TopicPartition const id{topic->id, static_cast<std::int32_t>(p)};
            Partition* known = find(id);
            if (known == nullptr) {
                auto const at =
                    std::find_if(partitions_.begin(), partitions_.end(),
                                 [&](Partition const& other) { return id < other.partition; });
                known = &*partitions_.insert(at, Partition{});
                known->partition = id;
                known->reset_reason = "no position yet";
            }
            // A new leader is a reason to ask at once.
            if (topic->partitions[p].leader_epoch > known->seen_epoch) {
                known->seen_epoch = topic->partitions[p].leader_epoch;
                known->preferred = no_broker;
                known->retry_at = {};
                known->failures = 0;
            }
        }
    }
}

// One poll(): up to max.poll.records of what has been fetched, in the order in which it came. The
// position moves when records are given out, not when they arrive. Before it returns, the next
// fetch is sent, so that it is under way while the application works.
bool Reader::poll(Env const& env, Out& out)
{
    std::int64_t room = config_.max_poll_records;
    bool any = false;
    while (room > 0 && !buffer_.empty()) {
        Fetched& fetched = buffer_.front();
        Partition* mine = find(fetched.partition);
        if (mine == nullptr || mine->position != fetched.next || mine->pending_revocation) {
            ++statistics_.discarded;
            buffer_.pop_front();
            continue;
        }
        // check.crcs: poll() throws a KafkaException, and does so again each time, for all
        // partitions; only seek() gets past it (CompletedFetch.fetchRecords).
        if (!fetched.batches.empty() && fetched.batches.front()->damaged) {
            if (!any && fetched.batches.front() != stuck_at_) {
                stuck_at_ = fetched.batches.front();
                ++statistics_.errors;
                out.note(
                    "partition {}: the batch at {} that {} sent is corrupt; poll() throws, now "
                    "and whenever it is called again",
                    fetched.partition.partition, stuck_at_->base_offset.value,
                    fetched.broker.value);
            }
            break;
        }
        RecordsConsumed consumed{client_,
                                 fetched.partition,
                                 fetched.next,
                                 fetched.high_watermark,
                                 {},
                                 {},
                                 fetched.broker,
                                 config_.isolation_level == IsolationLevel::read_committed};
        std::int64_t records = 0;
        while (room > 0 && !fetched.batches.empty() && !fetched.batches.front()->damaged) {
            RecordBatch const& batch = *fetched.batches.front();
            if (batch.producer_id != no_producer && fetched.next <= batch.base_offset &&
                skips(fetched, batch)) {
                // The position goes on all the same.
                fetched.next = batch.end_offset();
                fetched.batches.pop_front();
                continue;
            }
            // Compaction has taken records out of batches, and whole batches: offsets have gaps.
            std::int32_t first = batch.kept ? 0
                                            : static_cast<std::int32_t>(std::max<std::int64_t>(
                                                  fetched.next - batch.base_offset, 0));
            while (first < batch.record_count && batch.offset(first) < fetched.next)
                ++first;
            std::int64_t const left = batch.record_count - first;
            std::int64_t const given = std::min(left, room);
            consumed.batches.push_back(fetched.batches.front());
            if (batch.synthetic() && given != 0)
                statistics_.bytes += static_cast<std::uint64_t>(
                    static_cast<std::int64_t>(batch.size_bytes) * given / batch.record_count);
            fetched.next = given == left ? batch.end_offset()
                                         : batch.offset(first + static_cast<std::int32_t>(given));
            records += given;
            room -= given;
            if (given == left)
                fetched.batches.pop_front();
        }
        mine->position = fetched.next;
        if (group_) {
            mine->position_epoch = consumed.batches.back()->leader_epoch;
            if (consumed.from < fetched.next)
                given_.push_back({fetched.partition, consumed.from, fetched.next});
        }
        consumed.to = fetched.next;
        if (fetched.batches.empty())
            buffer_.pop_front();
        if (records > 0) {
            statistics_.records += static_cast<std::uint64_t>(records);
            any = true;
            out.observe(std::move(consumed));
        }
    }
    if (!any)
        return false;
    ++statistics_.polls;
    send_fetches(env, out);
    Duration const busy = env.chance->sample(processing_site, env.self.value, processing_);
    busy_until_ = env.now + busy;
    return true;
}

// CompletedFetch.nextFetchedRecord, consumeAbortedTransactionsUpTo.
bool Reader::skips(Fetched& fetched, RecordBatch const& batch) const
{
    if (config_.isolation_level != IsolationLevel::read_committed)
        return batch.control;
    while (!fetched.aborted.empty() &&
           fetched.aborted.front().first_offset <= batch.last_offset()) {
        fetched.aborting.push_back(fetched.aborted.front().producer_id);
        fetched.aborted.erase(fetched.aborted.begin());
    }
    auto const aborting =
        std::find(fetched.aborting.begin(), fetched.aborting.end(), batch.producer_id);
    if (batch.control) {
        EndTransactionMarker const* const marker = end_marker_of(batch);
        if (marker != nullptr && !marker->committed() && aborting != fetched.aborting.end())
            fetched.aborting.erase(aborting);
        return true;
    }
    return batch.transactional && aborting != fetched.aborting.end();
}

void Reader::stop(Env const&, char const* why, Out& out)
{
    finished_ = true;
    out.note("the reader stops: {}; it has read {} records", why, statistics_.records);
    network_.close_all(out);
    if (group_)
        group_->close_connections(out);
    out.cancel(timer(TimerKind::reader_poll));
    out.cancel(timer(TimerKind::reader_metadata));
    out.cancel(timer(TimerKind::network_client, static_cast<std::uint32_t>(Channel::client)));
    out.observe(ClientFinished{client_});
}

void Reader::arm_wake(Env const& env, Out& out)
{
    Instant next = stop_ > env.now ? stop_ : Instant::never();
    if (busy_until_ > env.now) {
        next = std::min(next, busy_until_);
    } else {
        for (Partition const& partition : partitions_)
            if (partition.retry_at > env.now)
                next = std::min(next, partition.retry_at);
        if (group_)
            next = std::min(next, group_->wake_at(env.now));
    }
    if (close_until_ > env.now)
        next = std::min(next, close_until_);
    if (next == wake_armed_)
        return;
    wake_armed_ = next;
    if (next == Instant::never())
        out.cancel(timer(TimerKind::reader_poll));
    else
        out.arm(timer(TimerKind::reader_poll), next - env.now);
}

Reader::Partition* Reader::find(TopicPartition partition)
{
    for (Partition& known : partitions_)
        if (known.partition == partition)
            return &known;
    return nullptr;
}

std::optional<Offset> Reader::position(TopicPartition partition) const
{
    for (Partition const& known : partitions_)
        if (known.partition == partition)
            return known.position;
    return std::nullopt;
}

}  // namespace odradek::kafka
