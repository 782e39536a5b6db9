#include "model/broker/broker_lifecycle.h"

#include <doctest/doctest.h>

#include "tests/model/bench.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

BrokerLifecycle::Config config()
{
    BrokerLifecycle::Config config;
    config.broker = BrokerId{1};
    config.rack = "a";
    return config;
}

// A broker's lifecycle on a bench; the test is the controller.
struct Broker : test::Bench {
    explicit Broker(std::uint64_t seed = 1) : test::Bench(seed), lifecycle(config()) {}

    void start(BrokerEpoch previous = no_broker_epoch)
    {
        lifecycle.start(env(), previous, out);
        lifecycle.set_controller(env(), NodeId{9}, applied, out);
        carry_out();
    }
    void connect()
    {
        REQUIRE_FALSE(connects.empty());
        Peer const peer = connects.back();
        lifecycle.on_connected(env(), peer, applied, out);
        carry_out();
    }
    void disconnect()
    {
        lifecycle.on_disconnected(env(), {NodeId{9}, static_cast<std::uint8_t>(Channel::lifecycle)},
                                  applied, out);
        carry_out();
    }
    // What the last request was; it must be of this kind.
    template <class Request>
    Request asked()
    {
        REQUIRE_FALSE(sent.empty());
        auto const* request = std::get_if<Request>(&sent.back().message);
        REQUIRE(request != nullptr);
        return *request;
    }
    BrokerLifecycle::Progress answer(Message const& message)
    {
        REQUIRE_FALSE(sent.empty());
        test::SentRequest const request = sent.back();
        BrokerLifecycle::Progress const progress =
            lifecycle.on_response(env(), request.peer, request.correlation, message, applied, out);
        carry_out();
        return progress;
    }
    void run(Duration length)
    {
        Instant const end = now + length;
        while (std::optional<Timer> const due = next_timer(end)) {
            now = timers[*due];
            timers.erase(*due);
            lifecycle.on_timer(env(), *due, applied, out);
            carry_out();
        }
        now = end;
    }
    void up_to_running()
    {
        start();
        connect();
        answer(BrokerRegistrationResponse{Error::none, BrokerEpoch{5}});
        run(0_ms);
        answer(heartbeat(true, true));
        lifecycle.set_ready_to_unfence(env(), out);
        carry_out();
        run(0_ms);
        answer(Broker::heartbeat(true, false));
        REQUIRE(lifecycle.state() == BrokerLifecycle::State::running);
    }
    static BrokerHeartbeatResponse heartbeat(bool caught_up, bool fenced, bool shut_down = false)
    {
        return {Error::none, caught_up, fenced, shut_down};
    }

    BrokerLifecycle lifecycle;
    Offset applied{3};
};

}  // namespace

TEST_CASE("broker lifecycle: it registers, catches up, recovers, is unfenced, and beats on")
{
    Broker broker;
    broker.start(BrokerEpoch{4});
    CHECK(broker.lifecycle.state() == BrokerLifecycle::State::starting);
    CHECK(broker.sent.empty());
    broker.connect();
    BrokerRegistrationRequest const registration = broker.asked<BrokerRegistrationRequest>();
    CHECK(registration.broker == BrokerId{1});
    CHECK(registration.rack == "a");
    CHECK(registration.previous_broker_epoch == BrokerEpoch{4});
    CHECK(registration.incarnation == broker.lifecycle.incarnation());
    CHECK(broker.answer(BrokerRegistrationResponse{Error::none, BrokerEpoch{5}}).registered);
    CHECK(broker.lifecycle.broker_epoch() == BrokerEpoch{5});

    broker.run(0_ms);
    CHECK(broker.asked<BrokerHeartbeatRequest>().want_fence);
    CHECK(broker.asked<BrokerHeartbeatRequest>().broker_epoch == BrokerEpoch{5});
    CHECK(broker.asked<BrokerHeartbeatRequest>().current_metadata_offset == Offset{3});
    CHECK_FALSE(broker.answer(Broker::heartbeat(false, true)).caught_up);
    std::size_t const before = broker.sent.size();
    broker.applied = Offset{8};
    broker.run(9_ms);
    CHECK(broker.sent.size() == before);
    broker.run(1_ms);
    CHECK(broker.asked<BrokerHeartbeatRequest>().current_metadata_offset == Offset{8});
    CHECK(broker.answer(Broker::heartbeat(true, true)).caught_up);
    CHECK(broker.lifecycle.state() == BrokerLifecycle::State::recovery);

    // Ready while a heartbeat is under way: the next one goes as soon as that is answered.
    broker.run(10_ms);
    CHECK(broker.asked<BrokerHeartbeatRequest>().want_fence);
    broker.lifecycle.set_ready_to_unfence(broker.env(), broker.out);
    broker.carry_out();
    broker.run(1_ms);
    broker.answer(Broker::heartbeat(true, true));
    broker.run(0_ms);
    CHECK_FALSE(broker.asked<BrokerHeartbeatRequest>().want_fence);
    CHECK(broker.answer(Broker::heartbeat(true, false)).unfenced);
    CHECK(broker.lifecycle.state() == BrokerLifecycle::State::running);
    CHECK_FALSE(broker.lifecycle.is_fenced());

    std::size_t const running = broker.sent.size();
    broker.run(1999_ms);
    CHECK(broker.sent.size() == running);
    broker.run(1_ms);
    CHECK(broker.sent.size() == running + 1);
    broker.answer(Broker::heartbeat(true, true));
    CHECK(broker.lifecycle.is_fenced());
    CHECK(broker.noted("the controller has fenced this broker"));
}

TEST_CASE("broker lifecycle: each life draws its own incarnation id")
{
    Broker one;
    one.start();
    std::uint64_t const first = one.lifecycle.incarnation();
    one.lifecycle = BrokerLifecycle(config());
    one.start();
    CHECK(one.lifecycle.incarnation() != first);
    Broker same;
    same.start();
    CHECK(same.lifecycle.incarnation() == first);
}

TEST_CASE("broker lifecycle: a refused registration is tried again, later each time")
{
    Broker broker;
    broker.start();
    broker.connect();
    Duration waits[3];
    for (Duration& wait : waits) {
        broker.answer(BrokerRegistrationResponse{Error::duplicate_broker_registration, {}});
        std::size_t const before = broker.sent.size();
        Instant const refused = broker.now;
        while (broker.sent.size() == before)
            broker.run(1_ms);
        wait = broker.now - refused;
    }
    CHECK(waits[0] >= 98_ms);
    CHECK(waits[0] <= 103_ms);
    CHECK(waits[1] >= 196_ms);
    CHECK(waits[1] <= 205_ms);
    CHECK(waits[2] >= 392_ms);
    CHECK(waits[2] <= 409_ms);
}

TEST_CASE("broker lifecycle: a broker that cannot register in time ends; a registered one stays")
{
    Broker lonely;
    lonely.start();
    lonely.connect();
    for (int i = 0; i < 100 && !lonely.exited; ++i) {
        if (lonely.lifecycle.state() == BrokerLifecycle::State::starting)
            lonely.answer(BrokerRegistrationResponse{Error::invalid_request, {}});
        lonely.run(1_s);
    }
    CHECK(lonely.exited);
    CHECK(lonely.now >= Instant{} + 60_s);
    CHECK(lonely.now <= Instant{} + 62_s);

    Broker registered;
    registered.start();
    registered.connect();
    registered.answer(BrokerRegistrationResponse{Error::none, BrokerEpoch{5}});
    registered.run(61_s);
    CHECK_FALSE(registered.exited);
}

TEST_CASE("broker lifecycle: a heartbeat in an epoch that is over is tried again, not forgotten")
{
    Broker broker;
    broker.up_to_running();
    broker.run(2_s);
    BrokerHeartbeatResponse stale;
    stale.error = Error::stale_broker_epoch;
    std::size_t const before = broker.sent.size();
    broker.answer(stale);
    broker.run(97_ms);
    CHECK(broker.sent.size() == before);
    broker.run(6_ms);
    CHECK(broker.sent.size() == before + 1);
    CHECK(broker.lifecycle.state() == BrokerLifecycle::State::running);
}

TEST_CASE(
    "broker lifecycle: a request is tried over new connections for half a session (KAFKA-14392)")
{
    Broker broker;
    broker.up_to_running();
    broker.run(2_s);
    std::size_t const before = broker.sent.size();
    broker.disconnect();
    std::size_t const connects = broker.connects.size();
    broker.run(50_ms);
    CHECK(broker.connects.size() == connects + 1);
    broker.connect();
    CHECK(broker.sent.size() == before + 1);

    // Nothing answers any more: after 4.5 s it gives up, and begins a new one after the backoff.
    broker.disconnect();
    broker.run(4300_ms);
    CHECK_FALSE(broker.noted("the controller has not answered"));
    broker.run(300_ms);
    CHECK(broker.noted("the controller has not answered a heartbeat within 4.5 s"));
}

TEST_CASE("broker lifecycle: it stops when the controller lets it go, or at once before it ran")
{
    Broker broker;
    broker.up_to_running();
    CHECK_FALSE(
        broker.lifecycle.begin_controlled_shutdown(broker.env(), broker.out).shutdown_granted);
    broker.carry_out();
    broker.run(0_ms);
    CHECK(broker.asked<BrokerHeartbeatRequest>().want_shut_down);
    CHECK_FALSE(broker.answer(Broker::heartbeat(true, false)).shutdown_granted);
    std::size_t const before = broker.sent.size();
    broker.run(49_ms);
    CHECK(broker.sent.size() == before);
    broker.run(1_ms);  // Only the first time so soon.
    CHECK(broker.sent.size() == before + 1);
    CHECK_FALSE(broker.answer(Broker::heartbeat(true, false)).shutdown_granted);
    broker.run(1999_ms);
    CHECK(broker.sent.size() == before + 1);
    broker.run(1_ms);
    CHECK(broker.answer(Broker::heartbeat(true, true, true)).shutdown_granted);
    CHECK(broker.lifecycle.state() == BrokerLifecycle::State::shutting_down);
    std::size_t const last = broker.sent.size();
    broker.run(20_s);
    CHECK(broker.sent.size() == last);

    Broker young;
    young.start();
    CHECK(young.lifecycle.begin_controlled_shutdown(young.env(), young.out).shutdown_granted);
}

TEST_CASE(
    "broker lifecycle: NOT_CONTROLLER sends the request to whoever leads now, without a pause")
{
    Broker broker;
    broker.up_to_running();
    broker.run(2_s);
    std::size_t const before = broker.sent.size();
    broker.lifecycle.set_controller(broker.env(), NodeId{8}, broker.applied, broker.out);
    BrokerHeartbeatResponse refused;
    refused.error = Error::not_controller;
    broker.answer(refused);
    CHECK(broker.connects.back().node == NodeId{8});
    broker.connect();
    REQUIRE(broker.sent.size() == before + 1);
    CHECK(broker.sent.back().peer.node == NodeId{8});
    // One that answers is kept while another leads: it will say so itself.
    broker.lifecycle.set_controller(broker.env(), NodeId{9}, broker.applied, broker.out);
    broker.answer(Broker::heartbeat(true, false));
    broker.run(2_s);
    CHECK(broker.sent.back().peer.node == NodeId{8});
}

TEST_CASE("broker lifecycle: while nobody leads a request waits to be told, then goes at once")
{
    Broker broker;
    broker.up_to_running();
    broker.lifecycle.set_controller(broker.env(), std::nullopt, broker.applied, broker.out);
    broker.run(2_s);
    BrokerHeartbeatResponse refused;
    refused.error = Error::not_controller;
    std::size_t const connects = broker.connects.size();
    broker.answer(refused);
    broker.run(1_s);
    CHECK(broker.connects.size() == connects);
    broker.lifecycle.set_controller(broker.env(), NodeId{8}, broker.applied, broker.out);
    broker.carry_out();
    CHECK(broker.connects.size() == connects + 1);
    CHECK(broker.connects.back().node == NodeId{8});
}
