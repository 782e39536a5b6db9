// A court for tests: facts made by hand are put to the judges, and what they say is read back.
// Partition orders-0, brokers 1 to 3, client payments[0]; time passes by 1 ms with each fact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/check/judges.h"

namespace odradek::kafka::check::test {

inline constexpr TopicPartition orders{TopicId{1}, 0};
inline constexpr TopicPartition refunds{TopicId{2}, 0};

// Records `first`, `first` + 1, ... of a client.
inline BatchRef batch(std::uint64_t first, std::int32_t count = 1, std::uint32_t client = 0)
{
    RecordBatch made;
    made.record_count = count;
    made.size_bytes = 100;
    made.client = client;
    made.first_number = first;
    return sim::share<RecordBatch>(made);
}

inline BatchRef stored(std::uint64_t first, std::int64_t offset, std::int32_t epoch = 0,
                       std::int32_t count = 1, std::uint32_t client = 0)
{
    return batch(first, count, client)->stamped(Offset{offset}, Epoch{epoch});
}

class Court {
public:
    explicit Court(Judges::Options options = {}) : judges(std::move(options))
    {
        names.add_topic(TopicId{1}, "orders");
        names.add_topic(TopicId{2}, "refunds");
        names.add_client("payments[0]");
        names.add_client("payments[1]");
    }

    void see(Observation const& observation)
    {
        static std::string const process = "broker-1";
        now_ = now_ + sim::Duration{1'000'000};
        judges.see({now_, ++event_, &process, observation}, names);
    }
    void see_after(sim::Duration wait, Observation const& observation)
    {
        now_ = now_ + wait;
        see(observation);
    }
    void finish()
    {
        end.time = now_;
        judges.finish(end, names);
    }

    // -- Short words for facts.
    void sent(BatchRef const& b, TopicPartition p = orders) { see(RecordsSent{b->client, p, b}); }
    void acknowledged(BatchRef const& b, std::int64_t offset, std::int16_t acks = -1,
                      TopicPartition p = orders)
    {
        see(RecordsAcknowledged{b->client, p, b, Offset{offset}, acks});
    }
    void failed(BatchRef const& b, bool definite)
    {
        see(RecordsFailed{b->client, orders, b, Error::request_timed_out, definite});
    }
    // All of the batches.
    void polled(std::vector<BatchRef> const& batches)
    {
        Offset const to = batches.back()->end_offset();
        polled(batches, batches.front()->base_offset.value, to.value);
    }
    void polled(std::vector<BatchRef> const& batches, std::int64_t from, std::int64_t to)
    {
        RecordsConsumed consumed;
        consumed.client = 1;
        consumed.partition = orders;
        consumed.from = Offset{from};
        consumed.to = Offset{to};
        consumed.batches = batches;
        see(consumed);
    }
    void appended(std::int32_t broker, BatchRef const& b, bool as_leader = false)
    {
        see(RecordsAppended{BrokerId{broker}, orders, as_leader, b});
    }
    void truncated(std::int32_t broker, std::int64_t from, std::int64_t to)
    {
        see(LogTruncated{BrokerId{broker}, orders, Offset{from}, Offset{to}, Offset{0}});
    }
    // It is started again and finds these on its disk.
    void recovered(std::int32_t broker, std::vector<BatchRef> const& log)
    {
        LogRecovered back{
            BrokerId{broker}, orders, log.empty() ? Offset{0} : log.back()->end_offset(),
            Offset{0},        0,      log};
        for (BatchRef const& batch : log)
            if (back.epochs.empty() || back.epochs.back().epoch != batch->leader_epoch)
                back.epochs.push_back({batch->leader_epoch, batch->base_offset});
        see(std::move(back));
    }
    void high_watermark(std::int32_t broker, std::int64_t from, std::int64_t to,
                        bool as_leader = true)
    {
        see(HighWatermarkAdvanced{BrokerId{broker}, orders, as_leader, Epoch{0}, Offset{from},
                                  Offset{to}});
    }
    void leads(std::int32_t broker, std::int32_t epoch, std::int64_t log_end)
    {
        see(BecameLeader{BrokerId{broker}, orders, Epoch{epoch}, PartitionEpoch{epoch},
                         Offset{log_end}, Offset{0}});
    }
    void elected(std::int32_t leader, std::vector<std::int32_t> const& replicas,
                 std::vector<std::int32_t> const& isr, bool unclean = false)
    {
        PartitionChanged change;
        change.partition = orders;
        change.leader = BrokerId{leader};
        for (std::int32_t const id : replicas)
            change.replicas.push_back(BrokerId{id});
        for (std::int32_t const id : isr)
            change.isr.push_back(BrokerId{id});
        change.leader_changed = true;
        change.unclean = unclean;
        see(change);
    }
    // How the cluster is in the end: a replica's log; the leader is the first that was told.
    void ends_with(std::int32_t broker, std::vector<BatchRef> const& log,
                   std::int64_t high_watermark)
    {
        if (end.partitions.empty())
            end.partitions.push_back({orders, BrokerId{broker}, Epoch{0}, {}, {}});
        end.partitions.front().replicas.push_back(BrokerId{broker});
        end.partitions.front().isr.push_back(BrokerId{broker});
        ReplicaEnd replica;
        replica.partition = orders;
        replica.broker = BrokerId{broker};
        replica.running = true;
        replica.assigned = true;
        replica.leads = end.partitions.front().leader == replica.broker;
        replica.log_end = log.empty() ? Offset{0} : log.back()->end_offset();
        replica.high_watermark = Offset{high_watermark};
        replica.batches = log;
        end.replicas.push_back(replica);
    }

    // -- What was said: "lost-write 3, duplicate 1" in the order in which it was said.
    std::string said() const
    {
        std::string text;
        for (Violation const& violation : judges.violations())
            text +=
                (text.empty() ? "" : ", ") + violation.name + " " + std::to_string(violation.count);
        return text;
    }
    std::string first() const
    {
        return judges.violations().empty() ? "" : judges.violations().front().what;
    }
    std::uint64_t exercised(std::string_view name) const
    {
        for (sim::Property const& law : judges.properties())
            if (law.name == name)
                return law.exercised;
        return 0;
    }

    Judges judges;
    Names names;
    ClusterEnd end;

private:
    sim::Instant now_{};
    std::uint64_t event_{0};
};

}  // namespace odradek::kafka::check::test
