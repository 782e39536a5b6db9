// How what a step or a fault did is taken back when its time is over.

#include <algorithm>

#include "model/cluster/cluster.h"

namespace odradek::kafka {

// A server that gave up because of a fault of chaos is started by whoever mends it.
void Cluster::start_again(Done const& done)
{
    for (NodeId const node : done.touched)
        if ((is_broker(node) || is_controller(node)) && !engine_.running(node))
            start(node);
}

void Cluster::take_back(Done const& done)
{
    for (Undo const& undo : done.undo)
        take_back(undo);
}

void Cluster::take_back(Undo const& undo)
{
    HostId const host = engine_.host_of(undo.node);
    switch (undo.kind) {
    case Undo::Kind::start:
        if (crash_reasons_[undo.node.value] > 0)
            --crash_reasons_[undo.node.value];
        start(undo.node);
        break;
    case Undo::Kind::resume:
        resume(undo.node);
        break;
    case Undo::Kind::power:
        restore_power(undo.node);
        break;
    case Undo::Kind::unblock: {
        auto const at = std::find_if(blocks_.begin(), blocks_.end(), [&](Block const& block) {
            return block.step == undo.number && block.from == undo.from && block.to == undo.to;
        });
        if (at == blocks_.end())
            break;  // Healed before its time.
        engine_.network().unblock(undo.from, undo.to);
        blocks_.erase(at);
        break;
    }
    case Undo::Kind::release: {
        auto const at = std::find_if(holds_.begin(), holds_.end(), [&](Block const& hold) {
            return hold.step == undo.number && hold.from == undo.from && hold.to == undo.to;
        });
        if (at == holds_.end())
            break;  // Healed before its time.
        engine_.network().release(engine_.agenda(), undo.from, undo.to);
        holds_.erase(at);
        break;
    }
    case Undo::Kind::unfault_link:
        if (std::erase_if(link_faults_, [&](LinkFaultDone const& fault) {
                return fault.number == undo.number;
            }) != 0)
            engine_.network().remove_fault(undo.number);
        break;
    case Undo::Kind::unfault_disk:
        engine_.remove_disk_fault(host, undo.number);
        break;
    case Undo::Kind::unrate: {
        auto const at = std::find_if(rates_.begin(), rates_.end(),
                                     [&](RateSet const& set) { return set.number == undo.number; });
        std::uint32_t const workload = at->workload;
        rates_.erase(at);
        spread_rate(workload);
        break;
    }
    case Undo::Kind::unskew:
        engine_.clock(host).step(sim::Duration{-undo.amount});
        break;
    case Undo::Kind::undrift:
        engine_.clock(host).add_drift(now(), -undo.amount);
        engine_.clock_changed(host);
        break;
    case Undo::Kind::unfreeze:
        engine_.clock(host).unfreeze(now());
        engine_.clock_changed(host);
        break;
    }
}

}  // namespace odradek::kafka
