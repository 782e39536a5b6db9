#include "sim/link.h"

#include <algorithm>

#include "sim/ensure.h"

namespace odradek::sim {

namespace {

constexpr Site latency_site("network.latency");
constexpr Site fault_latency_site("network.fault_latency");
constexpr Site loss_site("network.loss");
constexpr Site packet_loss_site("network.packet_loss");
constexpr Site duplicate_site("network.duplicate");
constexpr Site reset_site("network.reset");

// How long a card of `bandwidth` bytes per second needs, rounded up.
Duration sending_time(std::uint64_t bytes, std::uint64_t bandwidth)
{
    constexpr std::uint64_t second = 1'000'000'000;
    std::uint64_t const whole = bytes / bandwidth * second;
    std::uint64_t rest = bytes % bandwidth;
    while (bandwidth > UINT64_MAX / (2 * second)) {  // 9 GB/s; the product below must fit.
        rest /= 2;
        bandwidth /= 2;
    }
    return {static_cast<std::int64_t>(whole + (rest * second + bandwidth - 1) / bandwidth)};
}

Duration doubled(Duration first, int times, Duration longest)
{
    Duration wait = first;
    for (int i = 0; i < times && wait < longest; ++i)
        wait = wait * 2;
    return std::min(wait, longest);
}

}  // namespace

Duration TcpRules::retransmit_after(int retransmissions) const
{
    return doubled(retransmit_first, retransmissions, retransmit_longest);
}

Duration TcpRules::connect_retry_after(int retries) const
{
    // 1, 1 + 2, 1 + 2 + 4... seconds.
    return doubled(connect_retry_first, retries + 1, Duration::forever() / 2) - connect_retry_first;
}

Instant Wire::reserve(Instant now, Instant earliest, Duration length)
{
    auto const past = std::find_if(busy_.begin(), busy_.end(),
                                   [now](Busy const& busy) { return busy.end > now; });
    busy_.erase(busy_.begin(), past);

    auto const first = std::find_if(busy_.begin(), busy_.end(),
                                    [earliest](Busy const& busy) { return busy.end >= earliest; });
    Instant const begin = first != busy_.end() ? std::min(first->begin, earliest) : earliest;
    Instant at = earliest;
    Duration left = length;
    auto next = first;
    // Everything from `first` to `next` and the gaps between them become one busy time.
    for (;;) {
        if (next != busy_.end() && next->begin <= at) {
            at = std::max(at, next->end);
            ++next;
            continue;
        }
        Duration const gap = next != busy_.end() ? next->begin - at : left;
        Duration const taken = std::min(gap, left);
        at = at + taken;
        left -= taken;
        if (left.ns == 0)
            break;
    }
    Instant end = at;
    if (next != busy_.end() && next->begin == at) {
        end = next->end;
        ++next;
    }
    if (first == next) {
        busy_.insert(first, {begin, end});
    } else {
        *first = {begin, end};
        busy_.erase(first + 1, next);
    }
    return at;
}

void Link::unblock()
{
    ENSURE(blocks_ > 0, "only a blocked link is unblocked");
    --blocks_;
}

void Link::release()
{
    ENSURE(holds_ > 0, "only a held link is released");
    --holds_;
}

void Link::set_quality(LinkQuality const& own) { compose(own); }

void Link::add_fault(LinkQuality const& own, std::uint32_t number, LinkFault const& fault)
{
    faults_.push_back({number, faults_begun_++, fault});
    compose(own);
}

void Link::remove_fault(LinkQuality const& own, std::uint32_t number)
{
    auto const found =
        std::find_if(faults_.begin(), faults_.end(),
                     [number](ActiveFault const& active) { return active.number == number; });
    ENSURE(found != faults_.end(), "only a fault that lasts is taken away");
    faults_.erase(found);
    compose(own);
}

void Link::compose(LinkQuality const& own)
{
    bandwidth_ = own.bandwidth;
    loss_ = own.loss;
    duplicate_ = own.duplicate;
    reset_ = own.reset;
    for (ActiveFault const& active : faults_) {
        LinkQuality const& is = active.fault.is;
        if (is.bandwidth != 0)
            bandwidth_ = bandwidth_ == 0 ? is.bandwidth : std::min(bandwidth_, is.bandwidth);
        loss_ = either(loss_, is.loss);
        duplicate_ = either(duplicate_, is.duplicate);
        reset_ = either(reset_, is.reset);
    }
}

Duration Link::latency(Chance& chance, LinkQuality const& own)
{
    Duration total = chance.sample(latency_site, pair_, own.latency);
    for (ActiveFault const& active : faults_) {
        // Faults on one link do not share their draws.
        Actor const actor = Actor{active.ordinal} << 32 | pair_;
        if (active.fault.has_latency)
            total += chance.sample(fault_latency_site, actor, active.fault.is.latency);
    }
    return std::max(total, Duration{0});
}

bool Link::loses_packet(Chance& chance) { return chance.happens(packet_loss_site, pair_, loss_); }

Link::Crossing Link::cross(Chance& chance, TcpRules const& rules, LinkQuality const& own,
                           Instant now, Instant departure, std::uint64_t bytes)
{
    Crossing crossing;
    crossing.left = departure;
    if (bytes != 0 && chance.happens(reset_site, pair_, reset_))
        crossing.fate = Crossing::Fate::resets;
    if (bandwidth_ != 0 && bytes != 0) {
        bool const twice = chance.happens(duplicate_site, pair_, duplicate_);
        Duration const length = sending_time(twice ? 2 * bytes : bytes, bandwidth_);
        crossing.left = wire_.reserve(now, departure, length);
    }
    if (!loss_.is_never()) {
        for (int retransmissions = 0; chance.happens(loss_site, pair_, loss_); ++retransmissions) {
            crossing.left = crossing.left + rules.retransmit_after(retransmissions);
            if (retransmissions == rules.retransmissions_max) {
                crossing.fate = Crossing::Fate::given_up;
                crossing.arrival = crossing.left;
                return crossing;
            }
        }
    }
    crossing.arrival = crossing.left + latency(chance, own);
    return crossing;
}

}  // namespace odradek::sim
