// A controller alone, for tests: brokers that exist only as what they ask, and a quorum that
// commits what it is given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/controller/controller.h"
#include "model/server/metadata_loader.h"
#include "tests/model/bench.h"

namespace odradek::kafka::test {

// The committed end of the metadata log is what its controller has applied.
struct LoneController : Controller {
    using Controller::Controller;
    Offset high_watermark() const { return image().end_offset(); }
};

// A controller on a bench, brokers that exist only as what they ask, and a quorum that commits at
// once what the controller appends, or when it is told to.
struct ControllerBench : Bench {
    explicit ControllerBench(KafkaVersion kafka = {4, 0}, ConfigMap server = {},
                             ControllerOptions opt = {})
        : version(kafka),
          config(resolve_controller_config(kafka, server)),
          options(std::move(opt)),
          switches(default_switches(kafka)),
          controller(BrokerId{3000}, config, version, options, switches)
    {
        start();
    }

    // Reads the log back, wins the next election, and commits the first record of its epoch.
    void start()
    {
        controller = LoneController(BrokerId{3000}, config, version, options, switches);
        loader = MetadataLoader();
        timers.clear();
        exited = false;
        for (BatchRef const& batch : log)
            loader.apply(batch, std::nullopt, out);
        epoch = epoch.next();
        elect();
    }
    // It leads the next epoch; what it had appended in the last one is in the log.
    void elect()
    {
        log.push_back(
            make_metadata_batch({LeaderChangeMessage{BrokerId{3000}, {BrokerId{3000}}}}, now)
                ->stamped(loader.image().end_offset(), epoch));
        loader.apply(log.back(), epoch, out);
        step([&] { controller.on_claimed(env(), epoch, loader.image(), out); });
    }
    // Another leads now, and has nothing of what is not committed here.
    void depose()
    {
        appended.clear();
        step([&] { controller.on_resigned(env(), out); });
    }
    // The log kept, process new.
    void restart()
    {
        appended.clear();
        ++incarnation;
        start();
    }
    template <class Handler>
    void step(Handler&& handler)
    {
        handler();
        for (BatchRef const& batch : controller.take_appended())
            appended.push_back(batch);
        carry_out();
        if (!hold_commits)
            commit();
    }
    void commit()
    {
        while (!appended.empty()) {
            log.push_back(appended.front());
            appended.erase(appended.begin());
            loader.apply(log.back(), epoch, out);
            controller.on_committed(env(), loader.image(), out);
            carry_out();
        }
    }
    void run(Duration length)
    {
        Instant const end = now + length;
        while (std::optional<Timer> const due = next_timer(end)) {
            now = timers[*due];
            timers.erase(*due);
            step([&] { controller.on_timer(env(), *due, out); });
        }
        now = end;
    }
    // Sends a request; the answer is looked at with answered<>().
    std::int32_t send(Message const& message, int from = 1)
    {
        RequestId request;
        request.correlation = ++correlation;
        request.client = NodeId{static_cast<std::uint16_t>(from)};
        step([&] { controller.on_request(env(), request, message, out); });
        return request.correlation;
    }
    template <class Request>
    typename Request::Response ask(Request const& request)
    {
        std::int32_t const id = send(request);
        REQUIRE(replies.count(id) == 1);
        auto const* response = std::get_if<typename Request::Response>(&replies[id]);
        REQUIRE(response != nullptr);
        return *response;
    }

    BrokerRegistrationResponse add(int id, std::uint64_t life = 1, std::string rack = {})
    {
        BrokerRegistrationRequest request;
        request.broker = BrokerId{id};
        request.incarnation = life;
        request.node = NodeId{static_cast<std::uint16_t>(id)};
        request.rack = std::move(rack);
        return ask(request);
    }
    BrokerHeartbeatResponse beat(int id, bool want_fence = false, bool want_shut_down = false,
                                 std::optional<Offset> offset = {})
    {
        BrokerHeartbeatRequest request;
        request.broker = BrokerId{id};
        request.broker_epoch = controller.decided().broker(BrokerId{id})->epoch;
        request.current_metadata_offset = offset.value_or(controller.high_watermark() - 1);
        request.want_fence = want_fence;
        request.want_shut_down = want_shut_down;
        return ask(request);
    }
    void bring_up(int brokers)
    {
        for (int id = 1; id <= brokers; ++id) {
            CHECK(add(id).error == Error::none);
            CHECK_FALSE(beat(id).is_fenced);
        }
    }
    CreateTopicsResponse create(std::string name, int partitions, int factor,
                                std::vector<ConfigEntry> configs = {})
    {
        CreateTopicsRequest request;
        request.name = std::move(name);
        request.partitions = partitions;
        request.replication_factor = static_cast<std::int16_t>(factor);
        request.configs = std::move(configs);
        return ask(request);
    }
    // One partition on brokers 1, 2, 3, led by 1.
    TopicPartition create_on_123(std::vector<ConfigEntry> configs = {})
    {
        CreateTopicsRequest request;
        request.name = "orders";
        request.assignment = {{BrokerId{1}, BrokerId{2}, BrokerId{3}}};
        request.configs = std::move(configs);
        CHECK(ask(request).error == Error::none);
        return {TopicId{1}, 0};
    }
    PartitionRegistration const& partition(TopicPartition id)
    {
        return *controller.image().partition(id);
    }
    AlterPartitionPartition wish(TopicPartition id, std::vector<int> isr)
    {
        AlterPartitionPartition wanted;
        wanted.partition = id;
        wanted.leader_epoch = partition(id).leader_epoch;
        wanted.partition_epoch = partition(id).partition_epoch;
        for (int const broker : isr)
            wanted.new_isr.push_back({BrokerId{broker}, no_broker_epoch});
        return wanted;
    }
    AlterPartitionPartitionResponse alter(int sender, AlterPartitionPartition wanted)
    {
        AlterPartitionRequest request;
        request.broker = BrokerId{sender};
        request.broker_epoch = controller.image().broker(BrokerId{sender})->epoch;
        request.partitions = {std::move(wanted)};
        AlterPartitionResponse const response = ask(request);
        REQUIRE(response.error == Error::none);
        REQUIRE(response.partitions.size() == 1);
        return response.partitions[0];
    }
    // Everybody but `silent` keeps its session while this time passes.
    void keep_alive(Duration length, std::vector<int> const& ids)
    {
        for (Instant const end = now + length; now < end;) {
            for (int const id : ids)
                beat(id);
            run(Duration{1'000'000'000});
        }
    }

    KafkaVersion version;
    ControllerConfig config;
    ControllerOptions options;
    ProtocolSwitches switches;  // Those of the version; other ones count from the next start.
    LoneController controller;
    MetadataLoader loader;
    Epoch epoch{0};
    std::vector<BatchRef> log;       // Committed.
    std::vector<BatchRef> appended;  // Not yet.
    std::int32_t correlation{0};
    bool hold_commits{false};
};

inline std::vector<BrokerId> brokers(std::vector<int> const& ids)
{
    std::vector<BrokerId> list;
    for (int const id : ids)
        list.push_back(BrokerId{id});
    return list;
}

}  // namespace odradek::kafka::test
