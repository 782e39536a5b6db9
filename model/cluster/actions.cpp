// What the steps of a timeline and the faults of a chaos profile do to the cluster, and how it is
// undone.

#include <algorithm>

#include <fmt/format.h>

#include "model/cluster/build.h"
#include "model/cluster/cluster.h"

namespace odradek::kafka {

Action const& Cluster::action_of(std::uint32_t step) const
{
    std::size_t const steps = scenario_->timeline.size();
    return step < steps ? scenario_->timeline[step].action
                        : scenario_->chaos->faults[step - steps].action;
}

bool Cluster::is_chaos(std::uint32_t step) const { return step >= scenario_->timeline.size(); }

std::string Cluster::describe(Action const& action, std::vector<NodeId> const& targets) const
{
    std::string text{to_string(action.verb)};
    if (!action.target.empty()) {
        text += fmt::format(" {} =", to_string(action.target));
        if (targets.empty())
            text += " nobody";
        for (NodeId const node : targets)
            text += " " + engine_.name_of_node(node);
    }
    return text;
}

void Cluster::disturb()
{
    engine_.disturb([this](NodeId) { after_event(); });
}

void Cluster::perform(sim::Timeline::Due due)
{
    if (due.undo) {
        auto const at = std::find_if(done_.begin(), done_.end(), [&](Done const& done) {
            return done.due.step == due.step && done.due.occurrence == due.occurrence;
        });
        if (at == done_.end())
            return;
        Done const done = std::move(*at);
        if (std::any_of(done.touched.begin(), done.touched.end(),
                        [this](NodeId node) { return is_controller(node); }))
            controllers_disturbed_ = now();
        for (NodeId const node : done.touched)
            if (is_broker(node))
                disturbed_[node.value] = now();
        done_.erase(at);
        disturb();
        tell("", fmt::format("the end of {}", to_string(action_of(due.step).verb)), {"undone"});
        take_back(done);
        if (is_chaos(due.step))
            start_again(done);
        return;
    }
    Action const& action = action_of(due.step);
    current_step_ = due.step;
    minority_.clear();
    majority_.clear();
    std::vector<NodeId> const targets = resolve(action.target);
    Sides sides;
    for (Selector const& side : action.between)
        sides.push_back(resolve(side));
    if (is_chaos(due.step)) {
        bool const enabled = swarm_enabled_[due.step - scenario_->timeline.size()];
        if (!enabled || !within_budget(action, targets, sides)) {
            if (enabled) {
                ++result_.faults_skipped;
                tell("", describe(action, targets), {"over the chaos budget: skipped"});
            }
            timeline_.skipped(engine_.agenda(), engine_.chance(), due);
            return;
        }
    }
    ++result_.faults;
    Done done;
    done.due = due;
    done.impaired = impaired_by(action, targets, sides);
    done.touched = touched_by(targets, sides);
    notes_of_action_.clear();
    if (action.verb != Verb::note && action.verb != Verb::snapshot)
        disturb();
    act(action, targets, sides, done);
    tell("", describe(action, targets),
         notes_of_action_.empty() ? std::vector<std::string>{"done"} : notes_of_action_);
    if (!done.undo.empty())
        done_.push_back(std::move(done));
}

void Cluster::act(Action const& action, std::vector<NodeId> const& targets, Sides const& sides,
                  Done& done)
{
    switch (action.verb) {
    case Verb::partition:
    case Verb::isolate:
    case Verb::hold:
    case Verb::link:
        act_on_links(action, targets, sides, done);
        return;
    case Verb::heal:
        heal(action, targets);
        return;
    case Verb::create_topic:
        order(admin_,
              AdminRequest(create_request(std::get<CreateTopicDetails>(action.with).topic)));
        return;
    case Verb::elect_leaders:
        elect_leaders(std::get<ElectLeadersDetails>(action.with));
        return;
    case Verb::set_workload:
        set_workload(action, done);
        return;
    case Verb::note:
        notes_of_action_.push_back(std::get<NoteDetails>(action.with).text);
        return;
    case Verb::snapshot:
        image().for_each_partition([&](TopicPartition id, PartitionRegistration const& partition) {
            notes_of_action_.push_back(fmt::format(
                "{}: leader {} epoch {} isr {}", names_.partition(id), partition.leader.value,
                partition.leader_epoch.value, sim::print(partition.isr)));
        });
        return;
    default:
        break;
    }
    if (act_as_admin(action, targets))
        return;
    for (NodeId const node : targets)
        act_on_node(action, node, done);
}

void Cluster::act_on_node(Action const& action, NodeId node, Done& done)
{
    switch (action.verb) {
    case Verb::crash:
    case Verb::kill_client:
        if (action.lasts)
            done.undo.push_back({Undo::Kind::start, node});
        crash(node);
        if (!action.lasts) {
            --crash_reasons_[node.value];  // Nothing holds it down but a step `restart`.
            restart_later(node);
        }
        break;
    case Verb::restart:
        crash_reasons_[node.value] = 0;
        if (engine_.running(node))
            engine_.crash(node);
        stopping_[node.value] = false;
        engine_.start(node);
        world_event({"ProcessStarted", engine_.name_of_node(node), broker_id(node)});
        break;
    case Verb::shutdown:
        if (engine_.running(node)) {
            engine_.shut_down(node);
            stopping_[node.value] = true;
        }
        if (action.lasts) {
            ++crash_reasons_[node.value];
            done.undo.push_back({Undo::Kind::start, node});
        }
        break;
    case Verb::pause:
        pause(node);
        if (action.lasts)
            done.undo.push_back({Undo::Kind::resume, node});
        break;
    case Verb::resume:
        pause_reasons_[node.value] = 0;
        engine_.resume(node);
        break;
    case Verb::power_loss:
        lose_power(node, std::get<PowerLossDetails>(action.with).model);
        done.undo.push_back({Undo::Kind::power, node});
        break;
    case Verb::disk_wipe:
        wipe_disk(node);
        done.undo.push_back({Undo::Kind::power, node});
        break;
    case Verb::disk_corrupt:
        corrupt_disk(action, node);
        break;
    case Verb::disk:
    case Verb::disk_full:
    case Verb::disk_fail:
        act_on_disk(action, node, done);
        break;
    case Verb::clock:
        act_on_clock(std::get<ClockDetails>(action.with), node, done);
        break;
    default:
        break;
    }
}

void Cluster::act_on_disk(Action const& action, NodeId node, Done& done)
{
    HostId const host = engine_.host_of(node);
    sim::DiskFault fault;
    if (auto const* details = std::get_if<DiskDetails>(&action.with))
        fault = disk_fault(*details);
    else if (auto const* full = std::get_if<DiskFullDetails>(&action.with)) {
        fault.free_bytes = static_cast<std::uint64_t>(full->free_bytes);
        fault.short_writes = full->partial;
    } else if (action.verb == Verb::disk_full)
        fault.full = true;
    else
        fault.gone = true;
    for (std::string& path : paths_of_action(action, node)) {
        fault.under = std::move(path);
        std::uint32_t const number = engine_.disk(host).add_fault(now(), fault);
        done.undo.push_back({Undo::Kind::unfault_disk, node, number});
    }
}

// The directories of this broker that are named, or else "", its whole disk.
std::vector<std::string> Cluster::paths_of_action(Action const& action, NodeId node) const
{
    std::vector<std::string> under;
    for (SelectorTerm const& term : action.target.terms)
        if (term.kind == SelectorKind::directory && is_directory_of(term, node))
            under.push_back(directory_path(term, node));
    if (under.empty())
        under.emplace_back();
    return under;
}

void Cluster::corrupt_disk(Action const& action, NodeId node)
{
    auto const* given = std::get_if<DiskCorruptDetails>(&action.with);
    DiskCorruptDetails const details = given != nullptr ? *given : DiskCorruptDetails{};
    sim::Disk& disk = engine_.disk(engine_.host_of(node));
    for (std::string const& path : paths_of_action(action, node))
        for (std::int64_t bit = 0; bit < details.bits; ++bit) {
            auto const rotten = disk.rot(now(), engine_.chance(), path, details.cached);
            notes_of_action_.push_back(
                rotten
                    ? fmt::format("{} {}: a bit of byte {} turned over", engine_.name_of_node(node),
                                  disk.path(rotten->file), rotten->byte)
                    : fmt::format("{}: nothing is on the disk that could rot",
                                  engine_.name_of_node(node)));
        }
}

bool Cluster::is_directory_of(SelectorTerm const& term, NodeId node) const
{
    BrokerId const id = broker_id(node);
    return id != no_broker && (!term.first || (*term.first <= id.value &&
                                               id.value <= term.last.value_or(*term.first)));
}

std::string Cluster::directory_path(SelectorTerm const& term, NodeId node) const
{
    LogDirs const& dirs = broker(broker_id(node)).replicas().directories();
    return dirs[static_cast<std::uint32_t>(term.directory.value_or(0))].path;
}

void Cluster::act_on_clock(ClockDetails const& details, NodeId node, Done& done)
{
    HostId const host = engine_.host_of(node);
    sim::Clock& clock = engine_.clock(host);
    if (details.step != sim::Duration{}) {
        clock.step(details.step);
        done.undo.push_back({Undo::Kind::unskew, node, 0, details.step.ns});
    }
    if (details.drift_ppm != 0) {
        clock.add_drift(now(), details.drift_ppm);
        done.undo.push_back({Undo::Kind::undrift, node, 0, details.drift_ppm});
    }
    if (details.freeze) {
        clock.freeze(now());
        done.undo.push_back({Undo::Kind::unfreeze, node});
    }
    engine_.clock_changed(host);
}

// Every directed pair of hosts that an action on links is about.
std::vector<std::pair<HostId, HostId>> Cluster::pairs_of(Action const& action,
                                                         std::vector<NodeId> const& targets,
                                                         Sides const& sides) const
{
    std::vector<std::pair<HostId, HostId>> pairs;
    auto const add = [&](NodeId a, NodeId b) {
        HostId const x = engine_.host_of(a);
        HostId const y = engine_.host_of(b);
        std::pair<HostId, HostId> const pair{x, y};
        if (x != y && std::find(pairs.begin(), pairs.end(), pair) == pairs.end())
            pairs.push_back(pair);
    };
    auto const between = [&](std::vector<NodeId> const& from, std::vector<NodeId> const& to) {
        for (NodeId const a : from)
            for (NodeId const b : to) {
                add(a, b);
                if (action.symmetric)
                    add(b, a);
            }
    };
    if (!sides.empty()) {
        // One-way: from the first side to the others. Else every side from every other.
        for (std::size_t i = 0; i < sides.size(); ++i)
            for (std::size_t j = i + 1; j < sides.size(); ++j)
                if (action.symmetric || i == 0)
                    between(sides[i], sides[j]);
        return pairs;
    }
    // Isolated (or slowed down) from everybody else.
    std::vector<NodeId> others;
    for (std::size_t i = 0; i < engine_.node_count(); ++i) {
        NodeId const node{static_cast<std::uint16_t>(i)};
        if (std::find(targets.begin(), targets.end(), node) == targets.end())
            others.push_back(node);
    }
    between(targets, others);
    return pairs;
}

void Cluster::act_on_links(Action const& action, std::vector<NodeId> const& targets,
                           Sides const& sides, Done& done)
{
    for (auto const& [from, to] : pairs_of(action, targets, sides)) {
        if (action.verb == Verb::link) {
            std::uint32_t const number = engine_.network().add_fault(
                from, to, link_fault(std::get<LinkDetails>(action.with).is));
            done.undo.push_back({Undo::Kind::unfault_link, {}, number});
            link_faults_.push_back({number, current_step_, from, to});
        } else if (action.verb == Verb::hold) {
            engine_.network().hold(from, to);
            holds_.push_back({current_step_, from, to});
            done.undo.push_back({Undo::Kind::release, {}, current_step_, 0, from, to});
        } else {
            engine_.network().block(from, to);
            blocks_.push_back({current_step_, from, to});
            done.undo.push_back({Undo::Kind::unblock, {}, current_step_, 0, from, to});
        }
    }
}

// Takes away what is still there of cuts, holds and link faults: of one step, of some nodes, or
// all.
void Cluster::heal_network(std::vector<NodeId> const& of, std::uint32_t const* step)
{
    auto const meant = [&](HostId from, HostId to, std::uint32_t by) {
        if (step != nullptr && *step != by)
            return false;
        if (of.empty())
            return true;
        return std::any_of(of.begin(), of.end(), [&](NodeId node) {
            HostId const host = engine_.host_of(node);
            return host == from || host == to;
        });
    };
    std::erase_if(blocks_, [&](Block const& block) {
        if (!meant(block.from, block.to, block.step))
            return false;
        engine_.network().unblock(block.from, block.to);
        return true;
    });
    std::erase_if(holds_, [&](Block const& hold) {
        if (!meant(hold.from, hold.to, hold.step))
            return false;
        engine_.network().release(engine_.agenda(), hold.from, hold.to);
        return true;
    });
    std::erase_if(link_faults_, [&](LinkFaultDone const& fault) {
        if (!meant(fault.from, fault.to, fault.step))
            return false;
        engine_.network().remove_fault(fault.number);
        return true;
    });
}

void Cluster::heal(Action const& action, std::vector<NodeId> const& targets)
{
    auto const* details = std::get_if<HealDetails>(&action.with);
    if (details == nullptr || details->step.empty()) {
        heal_network(targets, nullptr);
        return;
    }
    for (std::uint32_t i = 0; i < scenario_->timeline.size(); ++i)
        if (scenario_->timeline[i].id == details->step)
            heal_network(targets, &i);
}

void Cluster::elect_leaders(ElectLeadersDetails const& details)
{
    ElectLeadersRequest request;
    request.unclean = details.unclean;
    image().for_each_partition([&](TopicPartition id, PartitionRegistration const&) {
        bool const named = details.topic.empty() || names_.topic(id.topic) == details.topic;
        if (named && (!details.partition || *details.partition == id.partition))
            request.partitions.push_back(id);
    });
    order(admin_, AdminRequest(std::move(request)));
}

void Cluster::ask(AdminRequest request) { order(admin_, std::move(request)); }

void Cluster::set_workload(Action const& action, Done& done)
{
    auto const& details = std::get<SetWorkloadDetails>(action.with);
    for (std::uint32_t i = 0; i < scenario_->workloads.size(); ++i) {
        if (scenario_->workloads[i].name != details.workload)
            continue;
        rates_.push_back({++rate_last_, i, details.rate});
        if (action.lasts)
            done.undo.push_back({Undo::Kind::unrate, {}, rate_last_});
        spread_rate(i);
    }
}

// Tells a workload's clients the rate that counts now: what was set last, or else the scenario's.
void Cluster::spread_rate(std::uint32_t workload)
{
    auto const* producer = std::get_if<ProducerWorkload>(&scenario_->workloads[workload].is);
    if (producer == nullptr)
        return;
    std::optional<Rate> rate = producer->rate;
    for (RateSet const& set : rates_)
        if (set.workload == workload)
            rate = set.rate;
    for (ClientPlan const& plan : plans_)
        if (plan.workload == workload)
            order(plan.node, Order(rate));
}

// -- Orders to clients
// -------------------------------------------------------------------------------------

bool Cluster::give(NodeId node, Order const& order)
{
    bool given = false;
    if (auto const* request = std::get_if<AdminRequest>(&order))
        given = engine_.call(node, "admin", [&](Process& process, Env const& env, Out& out) {
            process.as<Admin>()->ask(env, *request, out);
        });
    else
        given = engine_.call(node, "set-workload", [&](Process& process, Env const& env, Out& out) {
            process.as<Producer>()->set_rate(env, std::get<std::optional<Rate>>(order), out);
        });
    if (given)
        after_event();
    return given;
}

// At once, or when the client can be called: one that is down, paused or yet to start hears of it
// first thing.
void Cluster::order(NodeId node, Order order)
{
    bool const in_line = std::any_of(waiting_.begin(), waiting_.end(),
                                     [&](Waiting const& one) { return one.node == node; });
    if (in_line || !give(node, order))
        waiting_.push_back({node, std::move(order)});
}

void Cluster::give_waiting(NodeId node)
{
    std::vector<Waiting> mine;
    std::erase_if(waiting_, [&](Waiting const& one) {
        if (one.node == node)
            mine.push_back(one);
        return one.node == node;
    });
    for (Waiting& one : mine)
        order(node, std::move(one.order));
}

}  // namespace odradek::kafka
