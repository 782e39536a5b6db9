#include "model/controller/controller.h"

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// How many batches keep the image they led to: brokers that are at most so far behind share it.
constexpr std::size_t remembered_max = 1024;

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

// QuorumController.claim: from now on this node decides, on the ground of everything committed
// before its epoch. What the quorum appended behind that is told next.
void Controller::on_claimed(Env const& env, Epoch epoch, MetadataImage const& committed, Out& out)
{
    ENSURE(!active_, "a controller claims what it does not have");
    epoch_ = epoch;
    active_ = true;
    active_since_ = env.now;
    committed_ = committed;
    image_ = committed;
    out.note("controller of epoch {}: {} brokers registered, each gets a full session of {}",
             epoch_.value, image_.brokers().size(), to_string(config_.broker_session_timeout));
    sessions_.clear();
    for (BrokerRegistration const& broker : image_.brokers())
        sessions_.touch(broker.id, broker.epoch, broker.fenced, no_offset, env.now);
    arm_session_check(env, out);
    arm_no_op(out);
    arm_elections(out);
    if (image_.features().empty() && !options_.features.empty())
        out.arm(bootstrap_timer, {0});
    if (options_.leader_imbalance_check_interval.ns > 0)
        out.arm(timer(TimerKind::preferred_election), options_.leader_imbalance_check_interval);
}

// QuorumController.renounce: back to what is committed. A successor may yet commit some of what was
// decided here; who asked for it has to ask again.
void Controller::on_resigned(Env const&, Out& out)
{
    ENSURE(active_, "a controller gives up what it has");
    out.note("no longer the controller of epoch {}: forget what is not committed (from {} to {}), "
             "{} requests are told NOT_CONTROLLER",
             epoch_.value, committed_.end_offset().value, image_.end_offset().value,
             deferred_.size());
    active_ = false;
    epoch_ = no_epoch;
    image_ = {};
    appended_.clear();
    sessions_.clear();
    for (Deferred& deferred : std::exchange(deferred_, {}))
        out.reply(deferred.request, std::move(deferred.refusal));
    cancel_timers(out);
}

void Controller::on_committed(Env const&, MetadataImage const& committed, Out& out)
{
    committed_ = committed;
    while (!deferred_.empty() && deferred_.front().end <= committed_.end_offset()) {
        out.reply(deferred_.front().request, std::move(deferred_.front().response));
        deferred_.pop_front();
    }
}

void Controller::on_appended_by_quorum(BatchRef const& batch)
{
    ENSURE(active_, "the log of a leader grows by what it decides");
    apply_decided(batch);
}

Offset Controller::append(Env const& env, std::vector<MetadataRecord> records, Out& out)
{
    BatchRef const batch =
        make_metadata_batch(std::move(records), env.wall)->stamped(image_.end_offset(), epoch_);
    apply_decided(batch);
    appended_.push_back(batch);
    arm_elections(out);
    return batch->end_offset();
}

// A record that cannot be applied is fatal (KAFKA-14275): MetadataImage::apply breaks a law then.
void Controller::apply_decided(BatchRef const& batch)
{
    image_.apply(*batch);
    image_.remember_in(*batch);
    remembered_.push_back(batch);
    if (remembered_.size() > remembered_max) {
        MetadataImage::forget_in(*remembered_.front());
        remembered_.pop_front();
    }
}

void Controller::reply_when_committed(RequestId request, Offset end, Message response, Out& out)
{
    if (end <= committed_.end_offset())
        out.reply(request, std::move(response));
    else
        deferred_.push_back({end, request, std::move(response), std::move(refusal_)});
}

}  // namespace odradek::kafka
