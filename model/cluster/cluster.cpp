#include "model/cluster/cluster.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "model/cluster/build.h"
#include "model/cluster/counting.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// Ticks are events of the cluster's own; the payload's upper half says what about.
enum class TickKind : std::uint8_t {
    start_client,
    stop_client,
    settle,
    recheck,
    rotate,
    restart,
    start_admin
};

constexpr sim::Instant at(sim::Duration since_start) { return sim::Instant{} + since_start; }

template <class Is, class... Of>
constexpr bool one_of = (std::is_same_v<Is, Of> || ...);

// What a committed record of the metadata log means. A new leader of the quorum commits, and
// states, once more what the one before had committed last.
bool is_of_metadata(Observation const& fact)
{
    return std::visit(
        [](auto const& is) {
            using Is = std::decay_t<decltype(is)>;
            return one_of<Is, BrokerRegistered, BrokerFenced, BrokerUnfenced, BrokerUnregistered,
                          TopicCreated, TopicDeleted, ConfigChanged, FeatureChanged,
                          ReassignmentStarted, ReassignmentCompleted, PartitionChanged>;
        },
        static_cast<AnyObservation const&>(fact));
}

}  // namespace

Cluster::Cluster(std::shared_ptr<Scenario const> scenario, std::uint64_t seed,
                 sim::Storage* storage)
    : scenario_(std::move(scenario)),
      seed_(seed),
      engine_(seed),
      judges_(check::Judges::Options{scenario_->expect.all_invariants, scenario_->expect.invariants,
                                     scenario_->expect.skip})
{
    settle_begin_ = at(scenario_->run.duration);
    end_ = settle_begin_ + scenario_->run.settle;
    result_.scenario = scenario_->name;
    result_.variant = scenario_->variant;
    result_.seed = seed;
    build(storage);
}

void Cluster::build(sim::Storage* storage)
{
    add_servers(storage);
    add_clients(storage);
    connect_links();
    crash_reasons_.assign(engine_.node_count(), 0);
    pause_reasons_.assign(engine_.node_count(), 0);
    stopping_.assign(engine_.node_count(), false);
    forgotten_.assign(engine_.node_count(), false);
    disturbed_.assign(engine_.node_count(), std::nullopt);
    plan_timeline();
    for (Step const& step : scenario_->timeline)
        if (auto const* when = std::get_if<When>(&step.trigger))
            conditions_.emplace_back(when->when);
    for (Sometimes const& sometimes : scenario_->expect.sometimes)
        conditions_.emplace_back(sometimes.when);
    sometimes_seen_.assign(scenario_->expect.sometimes.size(), 0);
    begin_measures();
}

void Cluster::add_servers(sim::Storage* storage)
{
    auto const& cluster = scenario_->cluster;
    bool const combined = cluster.controllers.combined;
    QuorumPlan const quorum =
        plan_quorum(*scenario_, NodeId{static_cast<std::uint16_t>(engine_.node_count())});
    for (std::int32_t i = 0; i < cluster.controllers.count && !combined; ++i) {
        std::string const name = fmt::format("controller-{}", i);
        HostId const host =
            engine_.add_host(name, cluster.rack_of_controller(i),
                             disk_quality(*scenario_, scenario_->storage.controllers, i), storage);
        controllers_.push_back(
            engine_.add_process(host, name, Process(make_controller(*scenario_, i, quorum))));
    }
    for (std::int32_t i = 0; i < cluster.brokers.count; ++i) {
        std::int32_t const id = cluster.brokers.first_id + i;
        std::string const name = fmt::format("broker-{}", id);
        HostId const host =
            engine_.add_host(name, cluster.rack_of_broker(id),
                             disk_quality(*scenario_, scenario_->storage.brokers, id), storage);
        bool const has_controller = combined && i < cluster.controllers.count;
        brokers_.push_back(engine_.add_process(
            host, name,
            Process(make_broker(*scenario_, BrokerId{id}, quorum,
                                has_controller ? std::optional{i} : std::nullopt))));
        if (has_controller)
            controllers_.push_back(brokers_.back());
    }
    for (std::size_t i = 0; i < controllers_.size(); ++i)
        ENSURE(controllers_[i] == quorum.controllers[i], "controllers are where the voters say");
}

void Cluster::add_clients(sim::Storage* storage)
{
    std::uint32_t index = 0;
    for (std::uint32_t w = 0; w < scenario_->workloads.size(); ++w) {
        Workload const& workload = scenario_->workloads[w];
        for (std::int32_t i = 0; i < workload.count; ++i, ++index) {
            std::string const name = fmt::format("{}[{}]", workload.name, i);
            HostId const host =
                engine_.add_host(name, workload.rack, client_disk_quality(), storage);
            NodeId const node = engine_.add_process(
                host, name, Process(make_client(*scenario_, workload, index, name, brokers_, i)));
            clients_.push_back(node);
            names_.add_client(name);
            ClientPlan plan{node, w, at(workload.start), std::nullopt};
            if (workload.stop && std::holds_alternative<ReaderWorkload>(workload.is))
                plan.stop = at(*workload.stop);
            plans_.push_back(plan);
        }
    }
    HostId const host = engine_.add_host("admin", "", client_disk_quality(), storage);
    Admin admin(index, "admin", Admin::Config{}, controllers_, brokers_);
    for (Topic const& topic : scenario_->topics)
        admin.create_topic(create_request(topic));
    admin_ = engine_.add_process(host, "admin", Process(std::move(admin)));
    names_.add_client("admin");
}

void Cluster::connect_links()
{
    sim::Network& network = engine_.network();
    sim::LinkQuality const by_default = link_quality(scenario_->network.by_default);
    network.set_default_quality(by_default);
    for (LinkRule const& rule : scenario_->network.links) {
        std::vector<NodeId> const from = resolve(rule.from);
        std::vector<NodeId> const to = resolve(rule.to);
        sim::LinkQuality const quality = link_quality(rule.is, by_default);
        for (NodeId const a : from)
            for (NodeId const b : to) {
                HostId const x = engine_.host_of(a);
                HostId const y = engine_.host_of(b);
                if (x == y)
                    continue;
                network.set_quality(x, y, quality);
                if (rule.symmetric)
                    network.set_quality(y, x, quality);
            }
    }
}

void Cluster::plan_timeline()
{
    std::vector<sim::TimelineStep> steps;
    for (Step const& step : scenario_->timeline)
        steps.push_back(timeline_step(step, *scenario_));
    if (scenario_->chaos)
        for (Fault const& fault : scenario_->chaos->faults)
            steps.push_back(timeline_step(fault, *scenario_->chaos, settle_begin_));
    timeline_ = sim::Timeline(std::move(steps));
    swarm_enabled_.assign(scenario_->chaos ? scenario_->chaos->faults.size() : 0, true);
}

// -- Running
// ---------------------------------------------------------------------------------------------

void Cluster::begin()
{
    begun_ = true;
    for (NodeId const node : controllers_)
        engine_.start(node);
    for (NodeId const node : brokers_)
        if (!engine_.running(node))  // Not by the controller inside.
            engine_.start(node);
    // Whoever creates the topics waits until the brokers are there, but not for ever.
    engine_.schedule(at(sim::Duration{30'000'000'000}), sim::EventKind::tick,
                     static_cast<std::uint8_t>(TickKind::start_admin), 0);
    for (std::uint32_t i = 0; i < plans_.size(); ++i) {
        engine_.schedule(plans_[i].start, sim::EventKind::tick,
                         static_cast<std::uint8_t>(TickKind::start_client), i);
        if (plans_[i].stop)
            engine_.schedule(*plans_[i].stop, sim::EventKind::tick,
                             static_cast<std::uint8_t>(TickKind::stop_client), i);
    }
    engine_.schedule(settle_begin_, sim::EventKind::tick,
                     static_cast<std::uint8_t>(TickKind::settle), 0);
    timeline_.begin(engine_.agenda(), engine_.chance());
    if (scenario_->chaos && scenario_->chaos->swarm) {
        rotate_swarm();
        if (scenario_->chaos->rotate)
            engine_.schedule(at(scenario_->chaos->from), sim::EventKind::tick,
                             static_cast<std::uint8_t>(TickKind::rotate), 0);
    }
}

bool Cluster::step()
{
    if (over_)
        return false;
    if (!begun_)
        begin();
    if (engine_.events_handled() >= static_cast<std::uint64_t>(scenario_->run.max_events)) {
        result_.inconclusive_because =
            fmt::format("the budget of {} events was used up at {}, waiting for the end of the run",
                        scenario_->run.max_events, to_string(now()));
        finish();
        return false;
    }
    while (measure_at_ && *measure_at_ <= end_ && !engine_.has_event_until(*measure_at_))
        look_at_measures(*measure_at_);
    while (look_at_ && *look_at_ <= end_ && !engine_.has_event_until(*look_at_))
        look_at_sometimes(*look_at_);
    if (!engine_.has_event_until(end_)) {
        engine_.advance_to(end_);
        finish();
        return false;
    }
    engine_.step();
    sim::Event const event = engine_.last().event;
    switch (static_cast<sim::EventKind>(event.kind)) {
    case sim::EventKind::fault:
        if (auto const due = timeline_.on_event(engine_.agenda(), engine_.chance(), event))
            perform(*due);
        break;
    case sim::EventKind::tick:
        on_tick(event);
        break;
    default:
        after_event();
        break;
    }
    return !over_;
}

void Cluster::run_until(sim::Instant time)
{
    if (!over_ && !begun_)
        step();
    while (!over_ && engine_.agenda().next_time() <= std::min(time, end_))
        step();
    if (over_)
        return;
    if (time >= end_)
        step();  // Nothing is left to happen: the run ends and is judged.
    else if (now() < time)
        engine_.advance_to(time);
}

RunResult Cluster::run()
{
    while (step()) {
    }
    return result_;
}

RunResult Cluster::stop(std::string because)
{
    if (!over_) {
        result_.inconclusive_because = std::move(because);
        finish();
    }
    return result_;
}

void Cluster::listen(Listener listener, sim::Telling telling)
{
    ear_.listener = std::move(listener);
    engine_.listen(ear_.listener ? telling : sim::Telling::nothing);
}

void Cluster::tell(std::string node, std::string what, std::vector<std::string> notes)
{
    if (!ear_.listener)
        return;
    sim::Event const& event = engine_.last().event;
    ear_.listener({event.seq, sim::cause_of(event), now(), std::move(node), std::move(what),
                   std::move(notes)});
}

// What a process has just said, to all who want to know. Nothing here may change the run but steps
// whose condition has come true.
void Cluster::after_event()
{
    sim::Happening const& last = engine_.last();
    if (!last.to_process)
        return;
    NodeId const node = last.node;
    give_observations(node);
    if (ear_.listener && !engine_.notes().empty())
        tell(engine_.name_of_node(node), last.what, engine_.notes());
    if (!waiting_.empty())
        give_waiting(node);
    // Once all is healed a server that gives up all the same is started again, as its host would.
    if (settling_ && !engine_.running(node) && (is_broker(node) || is_controller(node)))
        start_later(node, sim::Duration{1'000'000'000});
}

void Cluster::give_observations(NodeId node)
{
    std::vector<Observation> const& observations = engine_.observations();
    if (observations.empty())
        return;
    std::string const& process = engine_.name_of_node(node);
    bool said_before = false;
    for (Observation const& observation : observations) {
        if (auto const* committed = std::get_if<MetadataCommitted>(&observation)) {
            said_before = committed->to <= facts_until_;
            facts_until_ = std::max(facts_until_, committed->to);
        } else if (said_before && is_of_metadata(observation))
            continue;
        if (auto const* created = std::get_if<TopicCreated>(&observation))
            names_.add_topic(created->topic, created->name);
        if (std::holds_alternative<BrokerUnfenced>(observation))
            start_admin_when_ready();
        count(result_, observation);
        if (auto const* change = std::get_if<PartitionChanged>(&observation)) {
            // The leader's proposals and the controller's own decisions (fencing, elections).
            std::size_t& size = isr_sizes_[change->partition];
            if (size != 0 && change->isr.size() != size)
                ++(change->isr.size() < size ? result_.isr_shrinks : result_.isr_expansions);
            size = change->isr.size();
        }
        judges_.see({now(), engine_.last().event.seq, &process, observation}, names_);
        for (ConditionState& condition : conditions_)
            condition.see(observation, names_);
    }
    check_conditions();
}

void Cluster::start_admin_when_ready()
{
    BrokerList const registered = image().brokers();
    bool const ready = registered.size() == brokers_.size() &&
                       std::all_of(registered.begin(), registered.end(),
                                   [](BrokerRegistration const& broker) { return !broker.fenced; });
    if (ready && engine_.incarnation(admin_) == 0)
        engine_.start(admin_);
}

void Cluster::world_event(WorldEvent const& event)
{
    for (ConditionState& condition : conditions_)
        condition.see(event);
    check_conditions();
}

void Cluster::check_conditions()
{
    if (conditions_.empty())
        return;
    MetricSource const metrics = [this](MetricCondition const& condition) {
        return metric(condition);
    };
    std::size_t index = 0;
    for (std::uint32_t step = 0; step < scenario_->timeline.size(); ++step) {
        if (!std::holds_alternative<When>(scenario_->timeline[step].trigger))
            continue;
        ConditionState& condition = conditions_[index++];
        if (timeline_.waits_for_condition(step) && condition.became_true(now(), metrics))
            timeline_.condition_met(engine_.agenda(), step);
        recheck_later(condition);
    }
    look_at_sometimes(now());
}

// Looks whether what should be seen sometimes is the case at `time`: now, or before the next event.
void Cluster::look_at_sometimes(sim::Instant time)
{
    MetricSource const metrics = [this](MetricCondition const& condition) {
        return metric(condition);
    };
    std::size_t const count = scenario_->expect.sometimes.size();
    look_at_ = std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
        ConditionState& condition = conditions_[conditions_.size() - count + i];
        if (condition.became_true(time, metrics))
            ++sometimes_seen_[i];
        std::optional<sim::Instant> const due = condition.due();
        if (due && *due > time && (!look_at_ || *due < *look_at_))
            look_at_ = *due;
    }
}

// A metric condition may come true by the passing of time alone. That starts a step at that moment,
// which is an event; to look on is none.
void Cluster::recheck_later(ConditionState const& condition)
{
    std::optional<sim::Instant> const due = condition.due();
    if (!due || *due <= now() || *due == recheck_at_)
        return;
    recheck_at_ = *due;
    engine_.schedule(*due, sim::EventKind::tick, static_cast<std::uint8_t>(TickKind::recheck), 0);
}

void Cluster::on_tick(sim::Event const& event)
{
    switch (static_cast<TickKind>(event.aux)) {
    case TickKind::start_client:
        engine_.start(plans_[event.payload].node);
        break;
    case TickKind::start_admin:
        engine_.start(admin_);
        break;
    case TickKind::stop_client:
        if (engine_.running(plans_[event.payload].node))
            engine_.shut_down(plans_[event.payload].node);
        break;
    case TickKind::settle:
        begin_settle();
        break;
    case TickKind::recheck:
        check_conditions();
        break;
    case TickKind::rotate: {
        rotate_swarm();
        static constexpr sim::Site site("chaos.rotate");
        sim::Duration const wait =
            std::max(engine_.chance().sample(site, 0, scenario_->chaos->rotate->distribution()),
                     sim::Duration{1'000'000});
        if (now() + wait < settle_begin_)
            engine_.schedule(now() + wait, sim::EventKind::tick,
                             static_cast<std::uint8_t>(TickKind::rotate), 0);
        break;
    }
    case TickKind::restart: {
        NodeId const node{static_cast<std::uint16_t>(event.payload)};
        if (crash_reasons_[node.value] == 0)
            start(node);
        break;
    }
    }
}

// A client of which `onCrash` says so comes back by itself.
void Cluster::restart_later(NodeId node)
{
    for (ClientPlan const& plan : plans_)
        if (plan.node == node && scenario_->workloads[plan.workload].on_crash == OnCrash::restart)
            start_later(node, sim::Duration{1'000'000'000});
}

void Cluster::start_later(NodeId node, sim::Duration delay)
{
    engine_.schedule(now() + delay, sim::EventKind::tick,
                     static_cast<std::uint8_t>(TickKind::restart), node.value);
}

void Cluster::begin_settle()
{
    settling_ = true;
    disturb();
    timeline_.close();
    std::vector<Done> const done = std::move(done_);
    done_.clear();
    for (Done const& one : done)
        take_back(one);
    // What was done without an end is healed too: every process of the cluster comes back.
    heal_network({}, nullptr);
    for (std::size_t i = 0; i < engine_.node_count(); ++i) {
        NodeId const node{static_cast<std::uint16_t>(i)};
        while (!engine_.has_power(engine_.host_of(node)))
            engine_.power_on(engine_.host_of(node));
        crash_reasons_[i] = 0;
        pause_reasons_[i] = 0;
        engine_.resume(node);
        // A broker takes a repaired log directory when it starts.
        if (BrokerId const id = broker_id(node); id != no_broker && engine_.running(node) &&
                                                 broker(id).replicas().directories().any_offline())
            engine_.crash(node);
        bool const is_client = std::find(clients_.begin(), clients_.end(), node) != clients_.end();
        if (!is_client && node != admin_)
            start(node);
    }
    tell("", "the end of the scenario's duration",
         {fmt::format("everything is healed; {} to become well again",
                      to_string(scenario_->run.settle))});
}

void Cluster::finish()
{
    over_ = true;
    end_measures();
    check::ClusterEnd const end = state();
    if (result_.inconclusive_because.empty())
        judges_.finish(end, names_);
    result_.digest = digest();
    result_.events = engine_.events_handled();
    result_.end = now();
    result_.messages = engine_.network().messages_sent();
    result_.bytes_on_the_wire = engine_.network().bytes_sent();
    result_.violations = judges_.violations();
    result_.properties = judges_.properties();
    collect_clients();
    collect_partitions(end);
    judge_expectations(end);
}

// -- Looking
// ---------------------------------------------------------------------------------------------

std::optional<NodeId> Cluster::active_controller() const
{
    std::optional<NodeId> active;
    for (NodeId const node : controllers_) {
        Controller const& controller = *engine_.process(node).as<Controller>();
        // One that was cut off may not know that it is not.
        if (engine_.running(node) && controller.is_active() &&
            (!active || controller.epoch() > engine_.process(*active).as<Controller>()->epoch()))
            active = node;
    }
    return active;
}

MetadataImage const& Cluster::image() const
{
    if (std::optional<NodeId> const active = active_controller())
        return engine_.process(*active).as<Controller>()->image();
    MetadataImage const* newest = nullptr;
    for (NodeId const node : controllers_) {
        MetadataImage const& image = engine_.process(node).as<Controller>()->image();
        if (newest == nullptr || image.end_offset() > newest->end_offset())
            newest = &image;
    }
    return *newest;
}

Admin const& Cluster::admin() const { return *engine_.process(admin_).as<Admin>(); }

DescribeQuorumResponse Cluster::describe_quorum()
{
    DescribeQuorumResponse nobody;
    nobody.error = Error::not_leader_or_follower;
    std::optional<NodeId> const active = active_controller();
    if (!active)
        return nobody;
    RaftClient raft = engine_.process(*active).as<Server>()->raft();  // Asking changes nothing.
    Env env;
    env.self = *active;
    env.now = engine_.clock(engine_.host_of(*active)).monotonic(now());
    return raft.describe(env);
}

std::int16_t Cluster::kraft_version() const
{
    NodeId const node = active_controller().value_or(controllers_.front());
    return engine_.process(node).as<Server>()->raft().kraft_version();
}

std::optional<NodeId> Cluster::broker_node(BrokerId id) const
{
    std::int32_t const index = id.value - scenario_->cluster.brokers.first_id;
    if (index < 0 || index >= static_cast<std::int32_t>(brokers_.size()))
        return std::nullopt;
    return brokers_[static_cast<std::size_t>(index)];
}

BrokerId Cluster::broker_id(NodeId node) const
{
    for (std::size_t i = 0; i < brokers_.size(); ++i)
        if (brokers_[i] == node)
            return BrokerId{scenario_->cluster.brokers.first_id + static_cast<std::int32_t>(i)};
    return no_broker;
}

Broker const& Cluster::broker(BrokerId id) const
{
    return *engine_.process(*broker_node(id)).as<Broker>();
}

}  // namespace odradek::kafka
