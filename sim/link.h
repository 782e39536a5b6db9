// One directed link between two hosts: its quality, the faults laid over it, and the wire that
// sends one byte after the other. Answers when a message arrives; knows nothing of connections.
//
// Conditions are looked at when a message is sent (quality, faults) or when it arrives (blocked,
// held).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/chance.h"
#include "sim/distribution.h"
#include "sim/ratio.h"
#include "sim/time.h"

namespace odradek::sim {

// What a message needs to cross one directed link.
struct LinkQuality {
    Distribution latency{};
    std::uint64_t bandwidth{0};  // Bytes per second; 0 is unlimited.
    Ratio loss{};                // Of each transmission; TCP retransmits, so loss shows as delay.
    Ratio duplicate{};           // TCP hides duplicates; they only cost bandwidth.
    Ratio reset{};               // Of each message: the connection breaks instead.
};

// A change laid over the link's own quality while a fault lasts. Empty fields change nothing.
// "with": {"latency": "400ms"} in a scenario ADDS 400 ms.
struct LinkFault {
    LinkQuality is{};
    bool has_latency{false};
};

// TCP as Linux has it; here so that a test can shorten it.
struct TcpRules {
    Duration retransmit_first{200'000'000};  // RTO; doubles each time
    Duration retransmit_longest{120'000'000'000};
    int retransmissions_max{15};                  // tcp_retries2: about 924 s until it gives up
    Duration connect_retry_first{1'000'000'000};  // SYN retransmission; doubles each time
    int connect_retries_max{6};                   // tcp_syn_retries: about 127 s

    // How long to wait for an acknowledgement after so many retransmissions.
    Duration retransmit_after(int retransmissions) const;
    // How long after the first SYN the next one leaves when so many were retransmitted.
    Duration connect_retry_after(int retries) const;
};

// When a network card is busy sending to one other host. A message takes the gaps that are left, so
// one that must wait for its disk does not hold up those that leave before it.
class Wire {
public:
    // Takes `length` of sending time, from `earliest` on; returns when the last of it is sent.
    // Never asked again for a moment before `now`.
    Instant reserve(Instant now, Instant earliest, Duration length);

private:
    struct Busy {
        Instant begin;
        Instant end;
    };
    std::vector<Busy> busy_;  // Sorted, apart from each other.
};

class Link {
public:
    // What becomes of one message.
    struct Crossing {
        enum class Fate : std::uint8_t {
            arrives,
            resets,    // The connection breaks instead.
            given_up,  // Lost as often as TCP tries; `arrival` is when the sender gives up.
        } fate{};
        Instant left;  // Its last transmission is on the wire.
        Instant arrival;
    };

    explicit Link(Actor pair) : pair_(pair) {}

    bool is_blocked() const { return blocks_ != 0; }
    bool is_held() const { return holds_ != 0; }
    // Nothing is wrong with it and nothing is ever lost on it.
    bool is_steady() const
    {
        return blocks_ == 0 && holds_ == 0 && faults_.empty() && loss_.is_never() &&
               reset_.is_never();
    }
    void block() { ++blocks_; }
    void unblock();
    void hold() { ++holds_; }
    void release();

    void set_quality(LinkQuality const& own);
    void add_fault(LinkQuality const& own, std::uint32_t number, LinkFault const& fault);
    void remove_fault(LinkQuality const& own, std::uint32_t number);

    // Sends a message: waits for the wire, is lost and retransmitted as often as chance has it.
    Crossing cross(Chance& chance, TcpRules const& rules, LinkQuality const& own, Instant now,
                   Instant departure, std::uint64_t bytes);
    // One packet without content: only the latency counts.
    Duration latency(Chance& chance, LinkQuality const& own);
    bool loses_packet(Chance& chance);

private:
    struct ActiveFault {
        std::uint32_t number;
        std::uint32_t ordinal;  // How many faults this link had before.
        LinkFault fault;
    };

    void compose(LinkQuality const& own);

    Actor pair_;  // Whose draws these are.
    std::uint32_t blocks_{0};
    std::uint32_t holds_{0};
    // The link's own quality and the faults, composed anew whenever one of them changes.
    std::uint64_t bandwidth_{0};
    Ratio loss_;
    Ratio duplicate_;
    Ratio reset_;
    std::vector<ActiveFault> faults_;  // In the order they began.
    std::uint32_t faults_begun_{0};
    Wire wire_;
};

}  // namespace odradek::sim
