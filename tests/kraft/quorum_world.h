// A world of nothing but the metadata quorum: voters and observers, one on each host, each a
// RaftClient below a counter. Whoever leads counts on; everybody counts along. The laws of the
// quorum look on. What Kafka's RaftEventSimulationTest does with a mocked network and log, with
// real connections, disks and losses of power.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/check/quorum.h"
#include "model/kraft/raft_client.h"
#include "sim/engine.h"

namespace odradek::kafka::test {

// Its records are the numbers from 1 on; a record that is not the next number breaks the counter.
class QuorumNode {
public:
    struct Habits {
        Duration count_every{5'000'000};  // 0: never.
        std::uint64_t snapshot_every{0};  // Committed records; 0: when the quorum says so.
    };

    QuorumNode(RaftConfig config, Habits habits);

    void on_start(Env const& env, Out& out);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out);
    void on_request(Env const& env, RequestId request, Message message, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                     Out& out);
    void on_timer(Env const& env, Timer timer, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    void on_shutdown(Env const& env, Out& out);

    // A request from an operator's tool, asked by this node.
    void ask(Env const& env, NodeId node, Message message, Out& out);
    std::optional<Message> const& answer() const { return answer_; }
    void resign(Env const& env, Out& out);

    RaftClient raft;
    std::int64_t counted{0};  // Committed.
    std::string broken;       // What was wrong with the counter; empty: nothing.
    bool claimed{false};
    int snapshots_loaded{0};

private:
    void act(Env const& env, Out& out);

    Habits habits_;
    std::int64_t decided_{0};
    EpochAndOffset applied_{Epoch{0}, Offset{0}};
    std::uint64_t since_snapshot_{0};
    std::vector<RaftEvent> events_;
    std::optional<Message> question_;
    std::optional<Message> answer_;
};

struct QuorumModel {
    using Message = kafka::Message;
    using Observation = kafka::Observation;
    using Process = QuorumNode;

    static std::uint64_t wire_size(Message const& message) { return kafka::wire_size(message); }
    static void add_to(sim::Digest& digest, Message const& message)
    {
        kafka::add_to(digest, message);
    }
    static char const* name_of(Message const& message) { return kafka::name_of(message); }
    static char const* timer_name(Timer) { return "quorum"; }
    static Process reborn(Process const& blueprint, Process const&) { return blueprint; }
};

class QuorumWorld {
public:
    struct Options {
        int voters{3};
        int observers{0};
        std::uint64_t seed{1};
        std::int16_t kraft_version{0};
        KafkaVersion version{4, 0};
        QuorumNode::Habits habits{};
        std::function<void(RaftConfig&)> change{};  // Of each node's configuration.
        Duration flush{2'000'000};                  // An fsync takes about so long.
    };

    explicit QuorumWorld(Options options);

    sim::Engine<QuorumModel> engine;
    check::Verdicts verdicts;
    check::QuorumLaws laws;
    std::vector<std::string> story;  // When listening.

    // -- Who. Nodes are 0..voters-1, then observers; their ids too.
    int size() const { return static_cast<int>(engine.node_count()); }
    QuorumNode const& node(int i) const { return engine.process(id(i)); }
    bool running(int i) const { return engine.running(id(i)); }
    // The running node that leads the newest epoch of all; -1: none.
    int leader() const;
    // A leader in whom every running node (of these) believes, and who has claimed its epoch.
    bool has_consistent_leader(std::set<int> const& among = {}) const;
    Epoch newest_epoch() const;
    Offset high_watermark(int i) const;
    Offset highest() const;  // High watermark of all that run.
    Offset longest() const;  // Log end of all that run.
    bool all_reached(Offset high_watermark, std::set<int> const& among = {}) const;
    bool any_reached(Offset high_watermark, std::set<int> const& among = {}) const;
    std::set<int> all_but(int i) const;

    // -- What happens to them.
    void start(int i) { engine.start(id(i)); }
    void start_all();
    void crash(int i) { engine.crash(id(i)); }
    void lose_power(int i);  // And has it again at once; the node is down.
    void stop(int i) { engine.shut_down(id(i)); }
    void wipe(int i);  // Of a node that is down: an empty disk.
    void cut(int from, int to);
    void isolate(int i);
    void heal();
    void ask(int of, Message message);

    // -- Time. Until it is so; fails the test, naming it, when that takes longer.
    void until(std::string_view what, std::function<bool()> const& is_so,
               Duration at_most = Duration{60'000'000'000});
    // Whether it came to be so.
    bool within(Duration time, std::function<bool()> const& is_so);
    void run_for(Duration time);

    // -- The end: nothing may be wrong.
    void check();
    // "name 1, other 2": laws that were broken and how often.
    std::string broken() const;
    std::uint64_t exercised(std::string_view law) const;

private:
    NodeId id(int i) const { return NodeId{static_cast<std::uint16_t>(i)}; }
    void look();

    Options options_;
    std::set<std::pair<int, int>> cuts_;
};

}  // namespace odradek::kafka::test

extern template class odradek::sim::Engine<odradek::kafka::test::QuorumModel>;
