// A Kafka producer with the application in front of it: KafkaProducer's send(), the record accumulator
// and the Sender, driven by a synthetic workload.
// Source: org.apache.kafka.clients.producer.KafkaProducer, internals.Sender, internals.RecordAccumulator,
// internals.TransactionManager (its idempotent part; KIP-98, KIP-360).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/client/producer_statistics.h"
#include "model/config.h"
#include "model/out.h"
#include "model/scenario/scenario.h"

namespace odradek::kafka {

class Producer {
public:
    // `client` is the index among the cluster's clients that every record bears. Records are sent from
    // `start` until `stop` by the process's own clock; `bootstrap` are the nodes of bootstrap.servers.
    Producer(std::uint32_t client, std::string name, ProducerConfig config, ProducerWorkload workload,
             Instant start, Instant stop, std::vector<NodeId> bootstrap);

    // A new producer instance. What survives the death of the process is what an application keeps of its
    // own: the number of the next record and the statistics. Records that were not settled stay so.
    void on_start(Env const& env, Out& out);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out);
    void on_request(Env const& env, RequestId request, Message const& message, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    void on_timer(Env const& env, Timer which, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    // close(): nothing new is sent, what is there is flushed, then the process exits.
    void on_shutdown(Env const& env, Out& out);

    // From now on; nothing is as fast as the producer accepts. The next record comes one gap from now.
    void set_rate(Env const& env, std::optional<Rate> rate, Out& out);

    ProducerStatistics const& statistics() const;
    std::uint64_t next_number() const;
    std::string const& name() const;
    // No record is left to send and none is unsettled.
    bool finished() const;
};

}  // namespace odradek::kafka
