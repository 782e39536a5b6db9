// One broker's data plane on its own: a real disk, wishes carried out or kept for the test to look
// at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/replica/replica_manager.h"
#include "sim/chance.h"
#include "sim/disk.h"

namespace odradek::kafka::test {

constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(std::int64_t n) { return milliseconds(n * 1000); }

inline constexpr TopicId orders{1};
inline constexpr TopicPartition orders_0{orders, 0};

inline BrokerConfig broker_config()
{
    BrokerConfig config{};
    config.min_insync_replicas = 1;
    config.message_max_bytes = 1048588;
    config.log_flush_interval_messages = std::int64_t{1} << 62;
    config.replica_lag_time_max = seconds(30);
    config.replica_fetch_wait_max = milliseconds(500);
    config.replica_fetch_backoff = seconds(1);
    config.replica_fetch_min_bytes = 1;
    config.replica_fetch_max_bytes = 1048576;
    config.replica_fetch_response_max_bytes = 10485760;
    config.num_replica_fetchers = 1;
    config.replica_socket_timeout = seconds(30);
    config.replica_high_watermark_checkpoint_interval = seconds(5);
    config.fetch_max_bytes = 57671680;
    config.producer_id_expiration = seconds(86'400);
    config.log_retention_check_interval = seconds(300);
    config.log_flush_scheduler_interval = Duration::forever();
    config.log_flush_offset_checkpoint_interval = seconds(60);
    config.log_flush_start_offset_checkpoint_interval = seconds(60);
    config.log_initial_task_delay = seconds(30);
    config.log_segment_delete_delay = seconds(60);
    config.num_recovery_threads_per_data_dir = 1;
    return config;
}

inline TopicConfig topic_config(std::int32_t min_insync_replicas = 1)
{
    TopicConfig topic{};
    topic.min_insync_replicas = min_insync_replicas;
    topic.max_message_bytes = 1048588;
    topic.flush_messages = std::int64_t{1} << 62;
    topic.flush = Duration::forever();
    topic.segment_bytes = 1073741824;
    topic.file_delete_delay = seconds(60);
    topic.segment = seconds(7 * 86'400);
    topic.segment_index_bytes = 10485760;
    topic.index_interval_bytes = 4096;
    topic.retention = seconds(7 * 86'400);
    topic.retention_bytes = -1;
    return topic;
}

class DefaultTopics final : public TopicConfigs {
public:
    TopicConfig config_of(TopicId) const override { return topic_config(); }
};

struct BatchSpec {
    std::int32_t records{1};
    std::uint64_t first{0};
    std::uint32_t size_bytes{100};
    ProducerId producer{no_producer};
    std::int16_t producer_epoch{0};
    std::int32_t sequence{0};
    Instant time{};  // Of all its records.
};

inline sim::Ref<RecordBatch> batch(BatchSpec spec)
{
    auto* made = new RecordBatch;
    made->record_count = spec.records;
    made->first_number = spec.first;
    made->size_bytes = spec.size_bytes;
    made->base_timestamp = made->max_timestamp = spec.time;
    made->producer_id = spec.producer;
    if (spec.producer != no_producer) {
        made->producer_epoch = spec.producer_epoch;
        made->base_sequence = spec.sequence;
    }
    return sim::Ref<RecordBatch>(made);
}

inline sim::Ref<RecordBatch> batch_at(std::int64_t base, std::int32_t epoch, BatchSpec spec = {})
{
    return batch(spec)->stamped(Offset{base}, Epoch{epoch});
}

// The brokers of every test are 1, 2 and 3 on nodes 1, 2, 3; the controller is node 0.
inline BrokerDirectory three_brokers()
{
    BrokerDirectory directory;
    for (int i = 1; i <= 3; ++i)
        directory.put({BrokerId{i}, NodeId{static_cast<std::uint16_t>(i)}, BrokerEpoch{100 + i},
                       false, false});
    return directory;
}

inline std::vector<BrokerId> brokers(std::vector<int> const& ids)
{
    std::vector<BrokerId> list;
    for (int const id : ids)
        list.push_back(BrokerId{id});
    return list;
}

struct StateSpec {
    TopicPartition partition{orders_0};
    std::string topic{"orders"};
    int leader{1};
    int epoch{0};
    int partition_epoch{0};
    std::vector<int> replicas{1, 2, 3};
    std::vector<int> isr{1, 2, 3};
    int min_isr{1};
};

inline PartitionState state(StateSpec const& spec)
{
    PartitionState made;
    made.partition = spec.partition;
    made.topic_name = spec.topic;
    made.leader = BrokerId{spec.leader};
    made.leader_epoch = Epoch{spec.epoch};
    made.partition_epoch = PartitionEpoch{spec.partition_epoch};
    made.replicas = brokers(spec.replicas);
    made.isr = brokers(spec.isr);
    made.topic = topic_config(spec.min_isr);
    return made;
}

struct NoLeaders final : Leaders {
    std::optional<LeaderHint> leader_of(TopicPartition) const override { return std::nullopt; }
};

class Bench {
public:
    struct Sent {
        Peer peer;
        std::int32_t correlation{0};
        Message message;
    };
    struct Reply {
        RequestId request;
        std::optional<Message> message;  // None: finished or hung up.
        bool hung_up{false};
    };

    Bench(int id, BrokerConfig const& config, Truncation truncation)
        : Bench(id, config, switches_with(truncation))
    {
    }
    Bench(int id, BrokerConfig const& config = broker_config(),
          ProtocolSwitches const& switches = {})
        : config_(config), switches_(switches), manager(BrokerId{id}, config, switches)
    {
        env.self = NodeId{static_cast<std::uint16_t>(id)};
        env.incarnation = 1;
        env.now = env.wall = Instant{} + seconds(1000);
        env.chance = &chance;
        env.disk = &disk;
        out.listen(true);
        start(LastShutdown::clean);
        replacements = 0;  // Of directories that are new.
    }
    Bench(Bench const&) = delete;

    // -- Inputs -------------------------------------------------------------------------------
    void start(LastShutdown last)
    {
        manager.open_directories(env, out);
        carry_out();
        for (LogDirectory const& dir : manager.directories().all())
            if (dir.online && last == LastShutdown::clean)
                disk.replace(env.now, chance, dir.clean_shutdown,
                             sim::share<CleanShutdownFile>(BrokerEpoch{100 + env.self.value}));
            else if (dir.online)
                disk.remove(env.now, chance, dir.clean_shutdown);
        manager.begin_load(env, out);
        carry_out();
        waited_for_reads = !manager.may_load();
        while (!manager.may_load()) {
            carry_out();
            for (sim::FileId const file : std::exchange(reads, {}))
                manager.on_flushed(env, file, out);
        }
        manager.load(env, DefaultTopics{}, out);
        manager.set_controller(env, NodeId{0}, out);
        manager.set_broker_epoch(BrokerEpoch{100 + env.self.value});
        carry_out();
        manager.on_brokers_changed(env, directory, out);
        carry_out();
    }
    // The process ends; the page cache stays. A new one starts.
    void restart(LastShutdown last)
    {
        int const id = env.self.value;
        timers.clear();
        connected.clear();
        sent.clear();
        manager = ReplicaManager(BrokerId{id}, config_, switches_);
        ++env.incarnation;
        start(last);
    }
    void apply(StateSpec const& spec)
    {
        manager.apply(env, {state(spec)}, {}, out);
        carry_out();
    }
    void apply_all(std::vector<PartitionState> const& states)
    {
        manager.apply(env, states, {}, out);
        carry_out();
    }
    void set_brokers(BrokerDirectory const& changed)
    {
        directory = changed;
        manager.on_brokers_changed(env, directory, out);
        carry_out();
    }
    RequestId produce(int acks, std::vector<ProducePartition> partitions,
                      Duration timeout = seconds(30))
    {
        RequestId const id = next_request();
        ProduceRequest request;
        request.acks = static_cast<std::int16_t>(acks);
        request.timeout = timeout;
        request.partitions = std::move(partitions);
        manager.on_produce(env, id, request, NoLeaders{}, out);
        carry_out();
        return id;
    }
    RequestId produce(int acks, BatchSpec spec, Duration timeout = seconds(30))
    {
        return produce(acks, {{orders_0, batch(spec)}}, timeout);
    }
    RequestId fetch(FetchRequest const& request)
    {
        RequestId const id = next_request();
        manager.on_fetch(env, id, request, NoLeaders{}, out);
        carry_out();
        return id;
    }
    struct FetchSpec {
        int replica{2};
        std::int64_t from{0};
        int epoch{0};
        int last_epoch{-1};
        int broker_epoch{-2};  // -2: the registered one.
        Duration max_wait{milliseconds(500)};
        std::int32_t min_bytes{1};
        std::int32_t max_bytes{1048576};
        TopicPartition partition{orders_0};
    };
    static FetchRequest fetch_request(FetchSpec const& spec)
    {
        FetchRequest request;
        request.replica = BrokerId{spec.replica};
        request.replica_epoch = BrokerEpoch{spec.broker_epoch != -2 ? spec.broker_epoch
                                            : spec.replica == -1    ? -1
                                                                    : 100 + spec.replica};
        request.max_wait = spec.max_wait;
        request.min_bytes = spec.min_bytes;
        request.partitions.push_back({spec.partition, Epoch{spec.epoch}, Offset{spec.from},
                                      Epoch{spec.last_epoch}, Offset{0}, spec.max_bytes});
        return request;
    }
    RequestId fetch(FetchSpec const& spec) { return fetch(fetch_request(spec)); }
    // Fetches and expects an answer at once.
    FetchPartitionResponse fetched(FetchSpec const& spec)
    {
        return std::get<FetchResponse>(*reply_to(fetch(spec)).message).partitions.at(0);
    }
    ListOffsetsPartitionResponse list_offsets(int replica, std::int64_t timestamp, int epoch = -1)
    {
        RequestId const id = next_request();
        ListOffsetsRequest request;
        request.replica = BrokerId{replica};
        request.partitions.push_back({orders_0, Epoch{epoch}, timestamp});
        manager.on_list_offsets(env, id, request, NoLeaders{}, out);
        carry_out();
        return std::get<ListOffsetsResponse>(*reply_to(id).message).partitions.at(0);
    }
    EpochEndOffset end_of_epoch(int replica, int epoch, int current_epoch = -1)
    {
        RequestId const id = next_request();
        OffsetsForLeaderEpochRequest request;
        request.replica = BrokerId{replica};
        request.partitions.push_back({orders_0, Epoch{current_epoch}, Epoch{epoch}});
        manager.on_offsets_for_leader_epoch(env, id, request, NoLeaders{}, out);
        carry_out();
        return std::get<OffsetsForLeaderEpochResponse>(*reply_to(id).message).partitions.at(0);
    }
    // Answers the oldest request that was sent.
    void respond(Message message)
    {
        Sent const request = take_sent();
        manager.on_response(env, request.peer, request.correlation, message, out);
        carry_out();
    }
    void connect(Peer peer)
    {
        manager.on_connected(env, peer, out);
        carry_out();
    }
    void disconnect(Peer peer)
    {
        manager.on_disconnected(env, peer, out);
        carry_out();
    }
    // Time goes on; timers that are due fire in order.
    void pass(Duration time)
    {
        carry_out();
        Instant const end = env.now + time;
        while (!timers.empty()) {
            auto due = timers.begin();
            for (auto it = timers.begin(); it != timers.end(); ++it)
                if (it->second < due->second)
                    due = it;
            if (due->second > end)
                break;
            Timer const which = due->first;
            set_time(due->second);
            timers.erase(due);
            manager.on_timer(env, which, out);
            carry_out();
        }
        set_time(end);
    }

    // -- What came of it ----------------------------------------------------------------------
    Partition const& partition(TopicPartition id = orders_0) const
    {
        return *manager.partition(id);
    }
    Log const& log(TopicPartition id = orders_0) const { return partition(id).log(); }
    Reply reply_to(RequestId id) const
    {
        for (Reply const& reply : replies)
            if (reply.request == id)
                return reply;
        throw std::runtime_error("there is no answer to this request");
    }
    bool answered(RequestId id) const
    {
        for (Reply const& reply : replies)
            if (reply.request == id)
                return true;
        return false;
    }
    ProducePartitionResponse produced(RequestId id, std::size_t index = 0) const
    {
        return std::get<ProduceResponse>(*reply_to(id).message).partitions.at(index);
    }
    Sent take_sent()
    {
        Sent const first = sent.at(0);
        sent.erase(sent.begin());
        return first;
    }
    template <class T>
    T const& sent_as(std::size_t index = 0) const
    {
        return std::get<T>(sent.at(index).message);
    }
    // The last observation of that kind.
    template <class T>
    std::optional<T> seen() const
    {
        for (auto it = observations.rbegin(); it != observations.rend(); ++it)
            if (auto const* fact = std::get_if<T>(&*it))
                return *fact;
        return std::nullopt;
    }
    bool noted(std::string_view words) const
    {
        for (std::string const& note : notes)
            if (note.find(words) != std::string::npos)
                return true;
        return false;
    }

    sim::Chance chance{7};
    sim::Disk disk{sim::HostId{0}, {}};
    Env env;
    Out out;
    BrokerDirectory directory = three_brokers();

private:
    static ProtocolSwitches switches_with(Truncation truncation)
    {
        ProtocolSwitches switches;
        switches.truncation = truncation;
        return switches;
    }
    BrokerConfig config_;
    ProtocolSwitches switches_;

public:
    ReplicaManager manager;
    std::vector<Sent> sent;
    std::vector<Reply> replies;
    std::vector<Peer> connected;
    std::vector<Observation> observations;
    std::vector<std::string> notes;
    std::map<Timer, Instant> timers;
    std::vector<sim::FileId> flushes;  // Asked for with notice, not told yet.
    std::vector<sim::FileId> reads;    // The same.
    std::uint64_t bytes_read{0};       // From the device.
    bool waited_for_reads{false};      // Before the logs were opened.
    int replacements{0};

    void tell_flushed()
    {
        std::vector<sim::FileId> const files = std::exchange(flushes, {});
        for (sim::FileId const file : files)
            manager.on_flushed(env, file, out);
        carry_out();
    }

private:
    RequestId next_request()
    {
        RequestId id;
        id.connection = ++requests_;
        return id;
    }
    void set_time(Instant now)
    {
        env.wall = env.wall + (now - env.now);
        env.now = now;
    }
    void carry_out()
    {
        // Connections open at once; what that brings is carried out in the next round.
        std::vector<Peer> opened;
        for (sim::Wish const& wish : out.wishes())
            switch (wish.kind) {
            case sim::WishKind::connect:
                opened.push_back(wish.peer);
                break;
            case sim::WishKind::close:
                break;
            case sim::WishKind::send:
                sent.push_back({wish.peer, wish.correlation, out.messages()[wish.index]});
                break;
            case sim::WishKind::reply:
                replies.push_back({wish.request, out.messages()[wish.index]});
                break;
            case sim::WishKind::finish:
                replies.push_back({wish.request, std::nullopt});
                break;
            case sim::WishKind::hang_up:
                replies.push_back({wish.request, std::nullopt, true});
                break;
            case sim::WishKind::arm:
                timers[wish.timer] = env.now + wish.delay;
                break;
            case sim::WishKind::cancel:
                timers.erase(wish.timer);
                break;
            case sim::WishKind::create:
                disk.open(std::string(disk.path(wish.file)));
                break;
            case sim::WishKind::append:
                disk.append(env.now, chance, wish.file, out.blobs()[wish.index]);
                break;
            case sim::WishKind::truncate:
                disk.truncate(env.now, chance, wish.file, wish.extents);
                break;
            case sim::WishKind::flush:
                disk.flush(env.now, chance, wish.file);
                if (wish.notify)
                    flushes.push_back(wish.file);
                break;
            case sim::WishKind::replace:
                disk.replace(env.now, chance, wish.file, out.blobs()[wish.index]);
                ++replacements;
                break;
            case sim::WishKind::remove:
                disk.remove(env.now, chance, wish.file);
                break;
            case sim::WishKind::rename:
                disk.rename(env.now, chance, wish.file,
                            static_cast<sim::PathText const&>(*out.blobs()[wish.index]).text);
                break;
            case sim::WishKind::read:
                reads.push_back(wish.file);
                bytes_read += wish.extents;
                break;
            case sim::WishKind::park:
            case sim::WishKind::unpark:
            case sim::WishKind::unpark_request:
            case sim::WishKind::answer_under_way:
            case sim::WishKind::request_under_way:
            case sim::WishKind::exit:
                break;
            }
        for (Observation const& fact : out.observations())
            observations.push_back(fact);
        for (std::string const& note : out.notes())
            notes.push_back(note);
        out.clear();
        for (Peer const peer : opened) {
            connected.push_back(peer);
            if (accept_connections)
                connect(peer);
        }
    }
    std::uint32_t requests_{0};

public:
    bool accept_connections{true};
};

}  // namespace odradek::kafka::test
