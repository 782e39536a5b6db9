// Consumer groups: who owns what, what is committed, and what became of the records. A law over
// what members and coordinators state; the patterns of applications decide which anomaly is one
// (Jepsen's tests of Kafka; KIP-848 and KIP-429 for ownership).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class GroupLaws {
public:
    explicit GroupLaws(Verdicts& verdicts);

    void see(Fact const& fact, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts);

private:
    // Offsets, as ranges that do not touch: begin to end.
    class Ranges {
    public:
        // Whether any of it was there before.
        bool add(std::int64_t from, std::int64_t to);
        // The first offset from there on that is not in it.
        std::int64_t end_from(std::int64_t from) const;

    private:
        std::map<std::int64_t, std::int64_t> ranges_;
    };
    struct Owner {
        std::int32_t generation{0};
        std::uint64_t event{0};
        sim::Instant since;
    };
    struct Key {
        std::string group;
        TopicPartition partition;

        auto operator<=>(Key const&) const = default;
    };
    struct Progress {
        std::map<std::uint32_t, Owner> owners;  // By client.
        std::int64_t start{-1};                 // Where the group began to read; -1: not yet.
        std::int64_t committed{-1};
        std::int64_t acknowledged{-1};
        Ranges processed;
    };

    void assigned(Fact const& fact, PartitionsAssigned const& now, Names const& names,
                  Verdicts& verdicts);
    void gave_back(Fact const& fact, PartitionsRevoked const& back, Names const& names,
                   Verdicts& verdicts);
    void committed(Fact const& fact, OffsetCommitted const& now, Names const& names,
                   Verdicts& verdicts);
    void begins_at(std::string const& group, TopicPartition partition, std::int64_t at, bool reset);
    void forgotten(Fact const& fact, OffsetReset const& reset, Names const& names,
                   Verdicts& verdicts);

    std::size_t single_owner_;
    std::size_t monotonic_;
    std::size_t lost_;
    std::size_t twice_;
    std::size_t owns_all_;
    std::map<std::uint32_t, std::string> groups_;  // By client.
    std::map<std::string, bool> at_most_once_;
    struct State {
        GroupState is{GroupState::empty};
        std::int32_t generation{0};
        sim::Instant since;
    };
    std::map<std::string, State> states_;
    std::map<Key, Progress> progress_;
    bool offsets_given_up_{false};  // An unclean election in __consumer_offsets.
};

}  // namespace odradek::kafka::check
