#include "model/server/metadata_follower.h"

#include <algorithm>

namespace odradek::kafka {

using namespace sim::literals;

namespace {

NetworkClient::Config network_config(MetadataFollower::Config const& config)
{
    NetworkClient::Config network;
    network.channel = Channel::metadata_fetcher;
    network.reconnect_backoff = 50_ms;
    network.reconnect_backoff_max = 500_ms;
    network.request_timeout = config.request_timeout;
    network.max_in_flight = 1;
    return network;
}

}  // namespace

MetadataFollower::MetadataFollower(Config config)
    : config_(std::move(config)), client_(network_config(config_))
{
}

void MetadataFollower::start(Env const& env, Out& out)
{
    log_.recover(env, config_.directory, out);
    epoch_ = log_.last_epoch();
    if (!log_.batches().empty())
        out.note("own copy of the metadata log reaches {} in epoch {}, to be applied as far as the "
                 "controller has it committed",
                 log_.end_offset().value, epoch_.value);
    fetch(env, out);
}

void MetadataFollower::fetch(Env const& env, Out& out)
{
    if (backing_off_ || client_.in_flight() != 0 ||
        !client_.make_ready(env, config_.controller, out))
        return;
    FetchRequest request;
    request.replica = config_.broker;
    request.max_wait = config_.fetch_max_wait;
    request.max_bytes = config_.max_bytes;
    FetchPartition& wanted = request.partitions.emplace_back();
    wanted.partition = {metadata_topic, 0};
    wanted.current_leader_epoch = epoch_;
    wanted.fetch_offset = log_.end_offset();
    wanted.last_fetched_epoch = log_.last_epoch();
    wanted.log_start_offset = Offset{0};
    wanted.max_bytes = config_.max_bytes;
    client_.send(env, config_.controller, std::move(request), 0, out);
}

void MetadataFollower::fetch_later(Out& out)
{
    backing_off_ = true;
    out.arm(timer(TimerKind::metadata_fetch), config_.retry_backoff);
}

void MetadataFollower::on_connected(Env const& env, Peer peer, Out& out)
{
    client_.on_connected(env, peer, out);
    fetch(env, out);
}

void MetadataFollower::on_disconnected(Env const& env, Peer peer, Out& out)
{
    client_.on_disconnected(env, peer, out);
    fetch(env, out);
}

void MetadataFollower::on_timer(Env const& env, Timer which, Out& out)
{
    if (which == timer(TimerKind::metadata_fetch))
        backing_off_ = false;
    else if (which == timer(TimerKind::network_client,
                            static_cast<std::uint32_t>(Channel::metadata_fetcher)))
        client_.on_timer(env, out);
    else
        return;
    fetch(env, out);
}

std::optional<MetadataDelta> MetadataFollower::on_response(Env const& env, Peer peer,
                                                           std::int32_t correlation,
                                                           Message const& message, Out& out)
{
    if (!client_.on_response(env, peer, correlation))
        return std::nullopt;
    auto const* response = std::get_if<FetchResponse>(&message);
    if (response == nullptr || response->error != Error::none || response->partitions.size() != 1) {
        fetch_later(out);
        return std::nullopt;
    }
    return take(env, response->partitions[0], out);
}

std::optional<MetadataDelta>
MetadataFollower::take(Env const& env, FetchPartitionResponse const& partition, Out& out)
{
    if (partition.current_leader && partition.current_leader->leader_epoch > epoch_) {
        out.note("controller epoch {} -> {}", epoch_.value,
                 partition.current_leader->leader_epoch.value);
        epoch_ = partition.current_leader->leader_epoch;
        if (partition.error == Error::fenced_leader_epoch) {
            fetch(env, out);
            return std::nullopt;
        }
    }
    if (partition.error != Error::none) {
        out.note("fetch of the metadata log in epoch {}: {}", epoch_.value,
                 to_string(partition.error));
        fetch_later(out);
        return std::nullopt;
    }
    if (partition.diverging_epoch) {
        if (truncate(*partition.diverging_epoch, out))
            fetch(env, out);
        return std::nullopt;
    }
    for (BatchRef const& batch : partition.batches)
        // Nothing twice, and nothing of an epoch that was not agreed on yet (KAFKA-18723).
        if (batch->base_offset == log_.end_offset() && batch->leader_epoch <= epoch_)
            log_.append(batch, out);
    high_watermark_ =
        std::max(high_watermark_, std::min(partition.high_watermark, log_.end_offset()));
    std::optional<MetadataDelta> delta;
    for (BatchRef const& batch : log_.read(image_.end_offset(), high_watermark_, UINT64_MAX)) {
        if (!delta)
            delta.emplace();
        image_.apply(*batch, &*delta);
    }
    fetch(env, out);
    return delta;
}

// The controller's log parts from ours. KIP-595: to where the last epoch both know ends in the
// shorter one.
bool MetadataFollower::truncate(EpochAndOffset diverging, Out& out)
{
    EpochAndOffset const own = log_.end_of(diverging.epoch);
    Offset const to = own.epoch == diverging.epoch ? std::min(own.end_offset, diverging.end_offset)
                                                   : own.end_offset;
    if (to < high_watermark_) {
        // What was committed is not there any more: fatal, as it is in Kafka (KAFKA-12460).
        out.note("the controller's log ends epoch {} at {}, below {} which was committed: halt",
                 diverging.epoch.value, diverging.end_offset.value, high_watermark_.value);
        out.exit();
        return false;
    }
    out.note("the controller's log ends epoch {} at {}: cut own copy from {} to {}",
             diverging.epoch.value, diverging.end_offset.value, log_.end_offset().value, to.value);
    log_.truncate_to(to, out);
    return true;
}

}  // namespace odradek::kafka
