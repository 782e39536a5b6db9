// Laws of what the controller writes down about brokers and partitions: who may be eligible
// (KIP-966), who may be elected or taken into an ISR (KIP-841, KAFKA-13173, KAFKA-19522), when a
// reassignment is complete (KIP-455, KAFKA-15665), what a broker epoch names (KIP-631,
// KAFKA-16952).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/check/ledger.h"
#include "model/check/replication.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class RegistrationLaws {
public:
    explicit RegistrationLaws(Verdicts& verdicts);

    // The ledger and the laws of replication have seen the fact already.
    void see(Fact const& fact, Ledger& ledger, ReplicationLaws& replication, Names const& names,
             Verdicts& verdicts);

private:
    // A partition as it was last registered.
    struct Known {
        bool seen{false};
        PartitionEpoch partition_epoch{-1};
        std::vector<BrokerId> replicas;
        std::vector<BrokerId> replicas_before;  // The change that made them so.
        std::vector<BrokerId> isr;
        std::vector<BrokerId> elr;
        std::int32_t min_isr{1};
    };

    void on_change(Fact const& fact, PartitionChanged const& change, Ledger& ledger,
                   ReplicationLaws& replication, Names const& names, Verdicts& verdicts);
    void check_elr(Fact const& fact, PartitionChanged const& change, Known const& before,
                   Names const& names, Verdicts& verdicts);
    void check_alive(Fact const& fact, PartitionChanged const& change, Known const& before,
                     Names const& names, Verdicts& verdicts);
    void check_holds(Fact const& fact, TopicPartition partition, BrokerId broker, Ledger& ledger,
                     ReplicationLaws& replication, Names const& names, Verdicts& verdicts);
    void on_registered(Fact const& fact, BrokerRegistered const& broker, Verdicts& verdicts);

    ByPartition<Known> partitions_;
    std::map<BrokerId, bool> fenced_;
    std::map<BrokerId, std::set<TopicPartition>> eligible_;  // Partitions in whose ELR it is.
    std::map<std::pair<BrokerId, std::uint64_t>, BrokerEpoch> lives_;
    // In the event looked at: who registered, and whether some minimum was set.
    std::set<BrokerId> registered_now_;
    bool minimum_set_now_{false};
    std::uint64_t event_{0};
    std::size_t holds_;
    std::size_t disjoint_;
    std::size_t minimum_;
    std::size_t leader_alive_;
    std::size_t member_alive_;
    std::size_t copies_;
    std::size_t one_epoch_;
};

}  // namespace odradek::kafka::check
