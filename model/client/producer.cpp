#include "model/client/producer.h"

#include <algorithm>

#include "model/record_size.h"

namespace odradek::kafka {

namespace {

NetworkClient::Config network_config(ProducerConfig const& config)
{
    return {.channel = Channel::client,
            .reconnect_backoff = config.reconnect_backoff,
            .reconnect_backoff_max = config.reconnect_backoff_max,
            .connection_setup_timeout = config.socket_connection_setup_timeout,
            .connection_setup_timeout_max = config.socket_connection_setup_timeout_max,
            .request_timeout = config.request_timeout,
            .max_in_flight = config.max_in_flight_requests_per_connection};
}

Metadata::Config metadata_config(std::uint32_t client, ProducerConfig const& config)
{
    return {.client = client,
            .timer = TimerKind::producer_metadata,
            .retry_backoff = config.retry_backoff,
            .retry_backoff_max = config.retry_backoff_max,
            .max_age = config.metadata_max_age,
            .rebootstrap = true,
            .wants_features = !config.transactional_id.empty()};
}

}  // namespace

Producer::Producer(std::uint32_t client, std::string name, ProducerConfig config,
                   ProducerWorkload workload, Instant start, Instant stop,
                   std::vector<NodeId> bootstrap, ProtocolSwitches const& switches)
    : client_(client),
      name_(std::move(name)),
      config_(config),
      topics_(workload.topics),
      start_(start),
      stop_(stop),
      bootstrap_(std::move(bootstrap)),
      arrivals_(workload, stop, name_),
      network_(network_config(config)),
      metadata_(metadata_config(client, config), topics_, bootstrap_),
      accumulator_(config, topics_.size()),
      spec_(workload.transactions),
      switches_(switches)
{
}

void Producer::on_start(Env const& env, Out& out)
{
    network_ = NetworkClient(network_config(config_));
    metadata_ = Metadata(metadata_config(client_, config_), topics_, bootstrap_);
    accumulator_ = Accumulator(config_, topics_.size());
    sequences_ = {};
    call_.reset();
    last_return_ = {};
    sent_.clear();
    sent_free_.clear();
    drain_from_.clear();
    producer_id_asked_ = false;
    producer_id_retry_at_ = {};
    metadata_seen_ = 0;
    flushing_ = false;
    shutting_down_ = false;
    finished_ = false;
    wake_armed_ = Instant::never();
    if (open_)
        tell_end(open_->commit && transactions_ && transactions_->end_sent()
                     ? TransactionOutcome::unknown
                     : TransactionOutcome::aborted,
                 Error::none, out);
    begin_life_of_transactions();

    Instant const first = std::max(env.now, start_);
    arrivals_.begin(first);
    if (!lived_) {
        lived_ = true;
        statistics_.started = first;
        statistics_.window.start = first;
    } else {
        out.note("a new producer instance goes on with record {}", arrivals_.next_number());
    }
    run(env, out);
}

void Producer::on_connected(Env const& env, Peer peer, Out& out)
{
    if (finished_ || !network_.owns(peer))
        return;
    catch_up(env, out);
    network_.on_connected(env, peer, out);
    run(env, out);
}

void Producer::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out)
{
    if (finished_)
        return;
    if (network_.hand_over(env, peer, reason, out, [&](auto const& lost) {
            catch_up(env, out);
            on_lost(env, lost, out);
        }))
        run(env, out);
}

void Producer::on_lost(Env const& env, NetworkClient::Lost const& lost, Out& out)
{
    bool asked_metadata = false;
    for (NetworkClient::Request const& request : lost.requests) {
        if (request.cookie == Metadata::cookie) {
            asked_metadata = true;
        } else if (request.cookie == producer_id_cookie) {
            producer_id_asked_ = false;
            producer_id_retry_at_ = env.now + config_.retry_backoff;
        } else if (request.cookie == transaction_cookie) {
            transactions_->on_lost(env);
        } else {
            on_produce_lost(env, take_sent(request.cookie), lost.error(), out);
        }
    }
    if (transactions_ && transactions_->coordinator() == lost.node)
        transactions_->coordinator_lost();
    metadata_.on_disconnected(env, asked_metadata);
}

void Producer::on_request(Env const&, RequestId request, Message const&, Out& out)
{
    out.hang_up(request);  // Nobody has anything to ask of a producer.
}

void Producer::on_response(Env const& env, Peer peer, std::int32_t correlation,
                           Message const& message, Out& out)
{
    if (finished_ || !network_.owns(peer))
        return;
    catch_up(env, out);
    std::optional<NetworkClient::Request> const request =
        network_.on_response(env, peer, correlation);
    if (!request)
        return;
    if (request->cookie == Metadata::cookie)
        metadata_.on_response(env, std::get<MetadataResponse>(message), out);
    else if (request->cookie == producer_id_cookie)
        on_producer_id(env, std::get<InitProducerIdResponse>(message), out);
    else if (request->cookie == transaction_cookie)
        on_transaction_response(env, message, out);
    else
        on_produce_response(env, take_sent(request->cookie), std::get<ProduceResponse>(message),
                            out);
    run(env, out);
}

void Producer::on_timer(Env const& env, Timer which, Out& out)
{
    if (finished_)
        return;
    catch_up(env, out);
    if (which == timer(TimerKind::producer_wake)) {
        wake_armed_ = Instant::never();
    } else if (which == timer(TimerKind::producer_metadata)) {
        metadata_.on_timer();
    } else if (!network_.hand_over(env, which, out,
                                   [&](auto const& lost) { on_lost(env, lost, out); })) {
        return;
    }
    run(env, out);
}

void Producer::on_flushed(Env const&, sim::FileId, Out&) {}
void Producer::on_disk_error(Env const&, sim::FileId, sim::DiskError, Out&) {}

void Producer::on_shutdown(Env const& env, Out& out)
{
    if (finished_) {
        out.exit();
        return;
    }
    catch_up(env, out);
    shutting_down_ = true;
    arrivals_.stop_now();
    if (call_)
        fail_call(Error::unknown_server_error, "the producer is closed while send() waits", out);
    out.note("close: {} batches are flushed", accumulator_.incomplete());
    run(env, out);
}

void Producer::set_rate(Env const& env, std::optional<Rate> rate, Out& out)
{
    if (finished_)
        return;
    catch_up(env, out);
    arrivals_.set_rate(std::max(env.now, start_), rate);
    run(env, out);
}

// The end of every handler: does all that can be done now, then sleeps until something changes.
void Producer::run(Env const& env, Out& out)
{
    bool again = false;
    do {
        auto const before = transaction_progress();
        if (metadata_seen_ != metadata_.updates()) {
            metadata_seen_ = metadata_.updates();
            learn_topics();
        }
        if (transactions_)
            drive_transactions(env, out);
        catch_up(env, out);
        if (transactions_)
            drive_transactions(env, out);
        if (sending_over(env) && !flushing_) {
            flushing_ = true;
            out.note("no more records after {}, flush", arrivals_.next_number());
        }
        metadata_.maybe_update(env, network_, out);
        again = send_data(env, out) || before != transaction_progress();
    } while (again);
    metadata_.maybe_update(env, network_, out);
    if (transactions_)
        drive_transactions(env, out);
    finish_if_done(env, out);
    if (!finished_)
        arm_wake(env, out);
}

void Producer::learn_topics()
{
    for (std::uint32_t i = 0; i < topics_.size(); ++i)
        if (ClusterView::Topic const* known = metadata_.view().topic(topics_[i]))
            accumulator_.learn(i, *known);
}

// Works off every arrival up to now, in order: one call of send() after the other. True when any
// returned.
bool Producer::catch_up(Env const& env, Out& out)
{
    bool any = false;
    for (;;) {
        if (!call_) {
            if (transactions_ && !may_call_send(env, out))
                return any;
            Call& call = call_.emplace(Call{});
            bool const called = arrivals_.peek(env, 0, call.record) && call.record.due <= env.now;
            call.at = std::max(call.record.due, last_return_);
            if (!called || call.at >= stop_) {
                call_.reset();
                return any;
            }
            arrivals_.take();
        }
        if (!accept(env, out))
            return any;
        any = true;
    }
}

// Tries to complete the call; false while it must wait.
bool Producer::accept(Env const& env, Out& out)
{
    Call& call = *call_;
    std::uint32_t const bound = arrivals_.batch_bound(call.record);
    bool const too_late = env.now >= call.at + config_.max_block;
    if (!accumulator_.knows(call.record.topic)) {
        if (too_late) {
            fail_call(Error::request_timed_out, "its topic is not in the metadata", out);
            return true;
        }
        if (!call.waited)
            out.note("send() waits for metadata of {}", topics_[call.record.topic]);
        call.waited = true;
        metadata_.request_update();
        return false;
    }
    if (bound > static_cast<std::uint32_t>(config_.max_request_size) ||
        static_cast<std::int64_t>(bound) > config_.buffer_memory) {
        fail_call(Error::message_too_large, "the record is too large", out);
        return true;
    }
    // A call that waited goes on now; one that did not, went on at once.
    Instant const at = call.waited ? env.now : call.at;
    Instant const timestamp = (call.for_memory ? call.at : at) + (env.wall - env.now);
    Accumulator::Appended const how =
        accumulator_.append(env, metadata_.view(), arrivals_, call.record, at, timestamp);
    if (how == Accumulator::Appended::no_memory) {
        if (too_late) {
            fail_call(Error::request_timed_out, "no memory for a batch", out);
            return true;
        }
        if (!call.for_memory)
            out.note("send() of record {} waits: buffer.memory is used up", call.record.number);
        call.waited = true;
        call.for_memory = true;
        return false;
    }
    last_return_ = at;
    arrivals_.returned(at);
    ++statistics_.records_accepted;
    call_.reset();
    if (open_) {
        ++open_->records;
        transactions_->maybe_add_partition(
            accumulator_.queues()[accumulator_.last_appended()].partition);
    }
    return true;
}

// send() throws: the record never was in a batch, so nobody will ever see it.
void Producer::fail_call(Error error, char const* why, Out& out)
{
    Call const call = *call_;
    Instant const at = error == Error::request_timed_out ? call.at + config_.max_block : call.at;
    out.note("send() of record {} fails: {}", call.record.number, why);
    ProducerBatch batch;
    batch.add(arrivals_, call.record, arrivals_.record_size(call.record, 0, 0), {});
    batch.size_bytes += static_cast<std::uint32_t>(batch_header_bytes);
    ClusterView::Topic const* topic = metadata_.view().topic(topics_[call.record.topic]);
    TopicPartition const nowhere{topic != nullptr ? topic->id : TopicId{0}, -1};
    ++statistics_.records_failed;
    out.observe(RecordsFailed{client_, nowhere, batch.freeze(client_), error, true});
    last_return_ = at;
    arrivals_.returned(at);
    call_.reset();
}

bool Producer::sending_over(Env const& env) const
{
    return !call_ && (arrivals_.limit_reached() || env.now >= stop_);
}

void Producer::finish_if_done(Env const& env, Out& out)
{
    if (finished_ || !sending_over(env) || accumulator_.incomplete() != 0 || open_)
        return;
    finished_ = true;
    out.note("every record has its outcome: {} acknowledged, {} failed, {} unknown",
             statistics_.records_acknowledged, statistics_.records_failed,
             statistics_.records_unknown);
    network_.close_all(out);
    out.cancel(timer(TimerKind::producer_wake));
    out.cancel(timer(TimerKind::producer_metadata));
    out.cancel(timer(TimerKind::network_client, static_cast<std::uint32_t>(Channel::client)));
    out.observe(ClientFinished{client_});
    if (shutting_down_)
        out.exit();
}

}  // namespace odradek::kafka
