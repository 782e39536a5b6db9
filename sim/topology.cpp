#include "sim/topology.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::sim {

Topology::Topology()
{
    links_.push_back({Link{0}});
    qualities_.emplace_back();
}

HostId Topology::add_host(std::string name, std::string rack)
{
    ENSURE(hosts_.size() < UINT16_MAX, "there are at most 65,535 hosts");
    hosts_.push_back({std::move(name), std::move(rack)});
    return HostId{static_cast<std::uint16_t>(hosts_.size() - 1)};
}

void Topology::add_node(NodeId node, HostId host)
{
    ENSURE(node.value == host_of_node_.size(), "nodes are added in order");
    ENSURE(host.value < hosts_.size(), "a node is added to a host that exists");
    host_of_node_.push_back(host);
}

LinkId Topology::link_between(HostId from, HostId to)
{
    if (from == to)
        return loopback;
    std::vector<Neighbor>& links = hosts_[from.value].links;
    auto const place =
        std::lower_bound(links.begin(), links.end(), to,
                         [](Neighbor const& neighbor, HostId host) { return neighbor.to < host; });
    if (place != links.end() && place->to == to)
        return place->link;
    LinkId const id{static_cast<std::uint32_t>(links_.size())};
    links.insert(place, {to, id});
    // The draws belong to the pair, whenever the link became of interest.
    links_.push_back({Link{Actor{from.value} << 16 | to.value}});
    link(id).set_quality(quality_of(id));
    return id;
}

void Topology::set_default_quality(LinkQuality quality)
{
    qualities_[default_quality] = std::move(quality);
    for (LinkId id = loopback.next(); id.value < links_.size(); id = id.next())
        link(id).set_quality(quality_of(id));
}

void Topology::set_quality(HostId from, HostId to, LinkQuality quality)
{
    LinkId const id = link_between(from, to);
    if (id == loopback)
        return;
    std::uint32_t& index = links_[id.value].quality;
    if (index == default_quality) {
        index = static_cast<std::uint32_t>(qualities_.size());
        qualities_.emplace_back();
    }
    qualities_[index] = std::move(quality);
    link(id).set_quality(quality_of(id));
}

bool Topology::take_power(HostId host)
{
    if (!std::exchange(hosts_[host.value].has_power, false))
        return false;
    ++obstacles_;
    return true;
}

bool Topology::give_power(HostId host)
{
    if (std::exchange(hosts_[host.value].has_power, true))
        return false;
    --obstacles_;
    return true;
}

void Topology::block(HostId from, HostId to)
{
    LinkId const id = link_between(from, to);
    if (id == loopback)
        return;
    link(id).block();
    ++obstacles_;
}

void Topology::unblock(HostId from, HostId to)
{
    LinkId const id = link_between(from, to);
    if (id == loopback)
        return;
    link(id).unblock();
    --obstacles_;
}

bool Topology::is_blocked(HostId from, HostId to) const
{
    for (Neighbor const& neighbor : hosts_[from.value].links)
        if (neighbor.to == to)
            return link(neighbor.link).is_blocked();
    return false;
}

void Topology::hold(HostId from, HostId to)
{
    LinkId const id = link_between(from, to);
    if (id == loopback)
        return;
    link(id).hold();
    ++obstacles_;
}

bool Topology::release(HostId from, HostId to)
{
    LinkId const id = link_between(from, to);
    if (id == loopback)
        return false;
    link(id).release();
    --obstacles_;
    return !link(id).is_held();
}

std::uint32_t Topology::add_fault(HostId from, HostId to, LinkFault const& fault)
{
    auto const number = static_cast<std::uint32_t>(link_of_fault_.size());
    LinkId const id = link_between(from, to);
    link_of_fault_.push_back(id);
    if (id != loopback)
        link(id).add_fault(quality_of(id), number, fault);
    return number;
}

void Topology::remove_fault(std::uint32_t number)
{
    ENSURE(number < link_of_fault_.size(), "only a fault that was added is taken away");
    LinkId const id = std::exchange(link_of_fault_[number], no_link);
    ENSURE(id != no_link, "a fault is taken away once");
    if (id != loopback)
        link(id).remove_fault(quality_of(id), number);
}

}  // namespace odradek::sim
