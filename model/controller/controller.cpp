#include "model/controller/controller.h"

#include <algorithm>

#include "model/controller/commit_observations.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// How many batches keep the image they led to: brokers that are at most so far behind share it.
constexpr std::size_t remembered_max = 64;

}  // namespace

Controller::Controller(BrokerId id, ControllerConfig config, KafkaVersion version,
                       ControllerOptions options, ProtocolSwitches switches)
    : id_(id),
      config_(config),
      version_(version),
      switches_(switches),
      options_(std::move(options)),
      sessions_(config.broker_session_timeout)
{
}

void Controller::on_start(Env const& env, Out& out)
{
    log_.recover(env, options_.directory, out);
    for (BatchRef const& batch : log_.batches())
        image_.apply(*batch);
    committed_ = image_;
    become_leader(env, out);
}

// KIP-595: a voter that led its stored epoch never leads that epoch again; alone in its quorum it
// needs nobody's vote for the next one. Both steps are durable before they count.
void Controller::become_leader(Env const& env, Out& out)
{
    sim::FileId const file = env.open(options_.directory + quorum_state_path);
    Epoch stored{0};
    std::vector<sim::Extent> const& extents = env.read(file);
    if (!extents.empty() && !extents.back().torn())
        stored = static_cast<QuorumState const&>(*extents.back().blob).leader_epoch;
    epoch_ = std::max(stored, log_.last_epoch()).next();
    if (log_.batches().empty())
        out.note("an empty metadata log and a quorum of one: elect myself in epoch {}",
                 epoch_.value);
    else
        out.note("metadata log read back up to {}, last epoch {}: a quorum of one, elect myself in "
                 "epoch {}",
                 log_.end_offset().value, log_.last_epoch().value, epoch_.value);
    out.replace(file, sim::Ref<sim::Blob>(new QuorumState(no_broker, epoch_, id_)));
    out.replace(file, sim::Ref<sim::Blob>(new QuorumState(id_, epoch_, no_broker)));
    append(env, {LeaderChangeMessage{id_, {id_}}}, out);
    write_pending(out);
}

// The first record of the epoch is committed, and with it everything before.
void Controller::become_active(Env const& env, Out& out)
{
    active_ = true;
    active_since_ = env.now;
    out.note("controller of epoch {}: {} brokers registered, each gets a full session of {}",
             epoch_.value, image_.brokers().size(), to_string(config_.broker_session_timeout));
    for (BrokerRegistration const& broker : image_.brokers())
        sessions_.touch(broker.id, broker.epoch, broker.fenced, no_offset, env.now);
    for (Observation& observation : present_state(view()))
        out.observe(std::move(observation));
    arm_session_check(env, out);
    arm_no_op(out);
    arm_elections(out);
    if (options_.leader_imbalance_check_interval.ns > 0)
        out.arm(timer(TimerKind::preferred_election), options_.leader_imbalance_check_interval);
}

Offset Controller::append(Env const& env, std::vector<MetadataRecord> records, Out& out)
{
    std::vector<Observation> observations = observations_of(records, view());
    BatchRef batch =
        make_metadata_batch(std::move(records), env.wall)->stamped(image_.end_offset(), epoch_);
    image_.apply(*batch);
    image_.remember_in(*batch);
    remembered_.push_back(batch);
    if (remembered_.size() > remembered_max) {
        MetadataImage::forget_in(*remembered_.front());
        remembered_.pop_front();
    }
    Offset const end = batch->end_offset();
    deferred_.push_back({end, std::nullopt, {}, std::move(observations), image_});
    unwritten_.push_back(std::move(batch));
    if (options_.append_linger.ns <= 0)
        write_pending(out);
    else if (unwritten_.size() == 1)
        out.arm(timer(TimerKind::metadata_append), options_.append_linger);
    if (active_)
        arm_elections(out);
    return end;
}

void Controller::write_pending(Out& out)
{
    if (unwritten_.empty())
        return;
    for (BatchRef& batch : unwritten_)
        log_.append(std::move(batch), out);
    unwritten_.clear();
    out.cancel(timer(TimerKind::metadata_append));
    out.flush(log_.file(), true);
    flushes_.push_back(log_.end_offset());
}

void Controller::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    if (file != log_.file())
        return;
    ENSURE(!flushes_.empty(), "a flush that completes was asked for");
    Offset const end = flushes_.front();
    flushes_.pop_front();
    commit(env, end, out);
}

// A quorum of one: what is durable here is committed (KIP-595; the epoch's first record is always
// in it).
void Controller::commit(Env const& env, Offset end, Out& out)
{
    high_watermark_ = end;
    if (!active_)
        become_active(env, out);
    while (!deferred_.empty() && deferred_.front().end <= end) {
        Deferred& due = deferred_.front();
        if (due.image)
            committed_ = std::move(*due.image);
        for (Observation& observation : due.observations)
            out.observe(std::move(observation));
        if (due.request)
            out.reply(*due.request, std::move(due.response));
        deferred_.pop_front();
    }
    answer_fetches(env, out);
}

void Controller::reply_when_committed(RequestId request, Offset end, Message response, Out& out)
{
    if (end <= high_watermark_ || deferred_.empty())
        out.reply(request, std::move(response));
    else
        deferred_.push_back({end, request, std::move(response), {}, std::nullopt});
}

void Controller::on_disk_error(Env const&, sim::FileId, sim::DiskError error, Out& out)
{
    out.note("the disk of the metadata log says {}: halt", sim::to_string(error));
    out.exit();
}

void Controller::on_shutdown(Env const&, Out& out)
{
    out.note("shut down, epoch {} ends", epoch_.value);
    out.exit();
}

}  // namespace odradek::kafka
