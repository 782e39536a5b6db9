#include "model/controller/placement.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// Fisher and Yates, from the end, as java.util.Collections does it.
template <class T>
void shuffle(std::vector<T>& list, Draw const& draw)
{
    for (std::size_t i = list.size(); i > 1; --i) {
        auto const j = static_cast<std::size_t>(draw(i));
        std::swap(list[i - 1], list[j]);
    }
}

// Brokers handed out round robin: each at most once per turn, each turn starting one further on.
class BrokerRing {
public:
    void add(BrokerId broker) { brokers_.push_back(broker); }
    void start(Draw const& draw)
    {
        std::sort(brokers_.begin(), brokers_.end());
        if (!brokers_.empty())
            offset_ = static_cast<std::size_t>(draw(brokers_.size()));
    }
    void mix(Draw const& draw) { shuffle(brokers_, draw); }
    // None when all were handed out in this turn.
    BrokerId next(std::uint64_t turn)
    {
        if (brokers_.empty())
            return no_broker;
        if (turn_ != turn) {
            turn_ = turn;
            index_ = 0;
            offset_ = (offset_ + 1) % brokers_.size();
        }
        if (index_ >= brokers_.size())
            return no_broker;
        return brokers_[(index_++ + offset_) % brokers_.size()];
    }

private:
    std::vector<BrokerId> brokers_;
    std::size_t index_{0};
    std::size_t offset_{0};
    std::uint64_t turn_{0};
};

struct Rack {
    BrokerRing unfenced;
    BrokerRing fenced;

    BrokerId next(std::uint64_t turn)
    {
        BrokerId const broker = unfenced.next(turn);
        return broker != no_broker ? broker : fenced.next(turn);
    }
};

class RackRing {
public:
    RackRing(std::vector<UsableBroker> const& brokers, Draw const& draw) : draw_(draw)
    {
        std::map<std::string, std::size_t> index;
        for (UsableBroker const& broker : brokers)
            index.emplace(broker.rack, 0);
        std::size_t n = 0;
        for (auto& [rack, i] : index)
            i = n++;
        racks_.resize(n);
        for (UsableBroker const& broker : brokers) {
            Rack& rack = racks_[index[broker.rack]];
            (broker.fenced ? rack.fenced : rack.unfenced).add(broker.id);
            unfenced_ += broker.fenced ? 0 : 1;
        }
        for (Rack& rack : racks_) {
            rack.fenced.start(draw_);
            rack.unfenced.start(draw_);
        }
        offset_ = static_cast<std::size_t>(draw_(racks_.size()));
    }

    std::vector<BrokerId> place(std::int32_t replication_factor)
    {
        // After as many partitions as there are brokers the stripes would repeat: mix anew.
        if (since_mixed_ == unfenced_ && unfenced_ > 1) {
            shuffle(racks_, draw_);
            for (Rack& rack : racks_) {
                rack.fenced.mix(draw_);
                rack.unfenced.mix(draw_);
            }
            since_mixed_ = 0;
        }
        offset_ %= racks_.size();
        std::vector<BrokerId> replicas;
        std::size_t leader_rack = offset_;
        for (;;) {
            BrokerId const leader = racks_[leader_rack].unfenced.next(turn_);
            if (leader != no_broker) {
                replicas.push_back(leader);
                break;
            }
            leader_rack = (leader_rack + 1) % racks_.size();
            ENSURE(leader_rack != offset_, "some rack has a broker that is not fenced");
        }
        // The leader's rack is skipped the first time round: it has had its turn.
        bool skipped = false;
        std::size_t rack = offset_;
        std::size_t fruitless = 0;
        while (static_cast<std::int32_t>(replicas.size()) < replication_factor) {
            BrokerId next = no_broker;
            if (rack == leader_rack && !skipped)
                skipped = true;
            else
                next = racks_[rack].next(turn_);
            rack = (rack + 1) % racks_.size();
            if (next != no_broker) {
                replicas.push_back(next);
                fruitless = 0;
            } else
                ENSURE(++fruitless <= racks_.size() + 1,
                       "there are brokers enough for every replica");
        }
        ++turn_;
        ++since_mixed_;
        ++offset_;
        return replicas;
    }

private:
    Draw const& draw_;
    std::vector<Rack> racks_;  // By name at first; those without a rack are one, before all others.
    std::size_t offset_{0};
    std::uint64_t turn_{0};
    std::uint64_t since_mixed_{0};
    std::uint64_t unfenced_{0};
};

}  // namespace

Placement place_replicas(std::vector<UsableBroker> const& brokers, std::int32_t partitions,
                         std::int32_t replication_factor, Draw const& draw)
{
    if (replication_factor <= 0)
        return {
            fmt::format("Invalid replication factor {}: the replication factor must be positive.",
                        replication_factor),
            {}};
    bool const any_unfenced = std::any_of(
        brokers.begin(), brokers.end(), [](UsableBroker const& broker) { return !broker.fenced; });
    if (!any_unfenced)
        return {"All brokers are currently fenced.", {}};
    if (static_cast<std::size_t>(replication_factor) > brokers.size())
        return {fmt::format("The target replication factor of {} cannot be reached because only {} "
                            "broker(s) are registered.",
                            replication_factor, brokers.size()),
                {}};
    Placement placement;
    RackRing racks(brokers, draw);
    for (std::int32_t i = 0; i < partitions; ++i)
        placement.replicas.push_back(racks.place(replication_factor));
    return placement;
}

}  // namespace odradek::kafka
