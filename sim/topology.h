// Who is where: hosts in racks, processes on hosts, a directed link from each host to each other,
// and what is wrong with them at the moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/id.h"
#include "sim/link.h"

namespace odradek::sim {

// The place of a directed link; made when it is first of interest.
using LinkId = Id<struct LinkTag, std::uint32_t>;

class Topology {
public:
    // The link of every host to itself. Nothing can be wrong with it, and whatever is asked of it
    // is ignored.
    static constexpr LinkId loopback{0};

    Topology();

    HostId add_host(std::string name, std::string rack);
    void add_node(NodeId node, HostId host);
    HostId host_of(NodeId node) const { return host_of_node_[node.value]; }
    std::size_t host_count() const { return hosts_.size(); }
    std::string const& name_of(HostId host) const { return hosts_[host.value].name; }
    std::string const& rack_of(HostId host) const { return hosts_[host.value].rack; }

    LinkId link_between(HostId from, HostId to);
    Link& link(LinkId id) { return links_[id.value].link; }
    Link const& link(LinkId id) const { return links_[id.value].link; }
    // Without the faults.
    LinkQuality const& quality_of(LinkId id) const { return qualities_[links_[id.value].quality]; }
    void set_default_quality(LinkQuality quality);
    void set_quality(HostId from, HostId to, LinkQuality quality);

    // False if it already was so.
    bool take_power(HostId host);
    bool give_power(HostId host);
    bool has_power(HostId host) const { return hosts_[host.value].has_power; }

    void block(HostId from, HostId to);
    void unblock(HostId from, HostId to);
    bool is_blocked(HostId from, HostId to) const;
    void hold(HostId from, HostId to);
    // True if that was the last hold.
    bool release(HostId from, HostId to);
    std::uint32_t add_fault(HostId from, HostId to, LinkFault const& fault);
    void remove_fault(std::uint32_t number);

    // Whether anything at all is blocked, held or without power.
    bool has_obstacles() const { return obstacles_ != 0; }

private:
    static constexpr std::uint32_t default_quality = 0;

    struct Neighbor {
        HostId to;
        LinkId link;
    };
    struct Host {
        std::string name;
        std::string rack;
        bool has_power{true};
        std::vector<Neighbor> links{};  // Sorted by host.
    };
    struct Place {
        Link link;
        std::uint32_t quality{default_quality};  // Index into qualities_.
    };

    std::vector<Host> hosts_;
    std::vector<HostId> host_of_node_;
    std::vector<Place> links_;
    std::vector<LinkQuality> qualities_;  // The first is the default.
    std::vector<LinkId> link_of_fault_;   // By number; no_link once the fault is taken away.
    std::uint32_t obstacles_{0};
    static constexpr LinkId no_link{UINT32_MAX};
};

}  // namespace odradek::sim
