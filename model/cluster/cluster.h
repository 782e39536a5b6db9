// A whole cluster, living in one engine: built from a scenario and a seed, broken by its timeline
// and chaos, looked at by judges. The facade for the command line and for tests. A copy runs on
// independently.
//
// A run has two phases. Until `duration` the timeline and chaos do what they like and nothing false
// may be said; then everything is healed, and within `settle` everything must be well again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/check/judges.h"
#include "model/cluster/conditions.h"
#include "model/cluster/measure.h"
#include "model/cluster/names.h"
#include "model/cluster/occurrence.h"
#include "model/cluster/process.h"
#include "model/cluster/result.h"
#include "model/scenario/scenario.h"
#include "sim/story.h"
#include "sim/timeline.h"

namespace odradek::kafka {

using sim::HostId;

class Cluster {
public:
    // `storage` keeps the durable bytes of every disk, and outlives the cluster; null: memory does.
    // A cluster over a storage that is not memory cannot be copied. The run is the same.
    Cluster(std::shared_ptr<Scenario const> scenario, std::uint64_t seed,
            sim::Storage* storage = nullptr);

    // -- Running
    // ---------------------------------------------------------------------------------------
    // Handles one event; false when the run is over (time, or the budget of events).
    bool step();
    // Until that moment of the run, or its end.
    void run_until(sim::Instant time);
    // To the end, and judges it.
    RunResult run();
    // Ends the run now, before its time; what its end would have to be is not judged.
    RunResult stop(std::string because);
    sim::Instant end() const { return end_; }
    bool over() const { return over_; }
    sim::Instant now() const { return engine_.now(); }

    // -- Listening. Changes nothing but what is told.
    // ---------------------------------------------------- Is called with each event that somebody
    // had something to say about.
    using Listener = std::function<void(sim::StoryEvent const&)>;
    // The listener is not copied with the cluster.
    void listen(Listener listener, sim::Telling telling = sim::Telling::decisions);
    // For tests that compare: whether idle fetches may be parked (model/README.md). Say it before
    // the first step.
    void allow_parking(bool allowed) { engine_.network().allow_parking(allowed); }

    // -- Looking
    // ---------------------------------------------------------------------------------------
    Scenario const& scenario() const { return *scenario_; }
    Engine& engine() { return engine_; }
    Engine const& engine() const { return engine_; }
    Names const& names() const { return names_; }
    // What the judges have said so far.
    std::vector<check::Violation> const& violations() const { return judges_.violations(); }
    std::string digest() const { return engine_.digest().text(); }
    // The one of the latest epoch, if several believe to be it; nothing while there is none.
    std::optional<NodeId> active_controller() const;
    // The active controller's committed view; while there is none, the most advanced one.
    MetadataImage const& image() const;
    std::vector<NodeId> const& brokers() const { return brokers_; }
    std::vector<NodeId> const& controllers() const { return controllers_; }
    std::vector<NodeId> const& clients() const { return clients_; }
    // By Kafka's id; nothing when there is no such broker.
    std::optional<NodeId> broker_node(BrokerId id) const;
    BrokerId broker_id(NodeId node) const;  // no_broker for others.
    Broker const& broker(BrokerId id) const;
    Admin const& admin() const;
    // As the active controller would answer now; NOT_LEADER_OR_FOLLOWER when there is none.
    DescribeQuorumResponse describe_quorum();
    // The finalized kraft.version, as the newest controller has it.
    std::int16_t kraft_version() const;
    check::ClusterEnd state() const;  // Of every partition and replica now.
    // Those a selector means now. Draws when the selector asks for some of many.
    std::vector<NodeId> resolve(Selector const& selector);

    // -- Doing, as a step of the timeline would
    // ------------------------------------------------------------
    void crash(NodeId node);
    void start(NodeId node);
    void pause(NodeId node);
    void resume(NodeId node);
    void lose_power(NodeId node, std::optional<PowerLoss> model = {});
    void wipe_disk(NodeId node);
    void restore_power(NodeId node);
    // The cluster's own admin asks for something; its results() tell what came of it.
    void ask(AdminRequest request);
    // The run is over, and somebody will look at the files that it leaves.
    void unmount_disks() { engine_.unmount_disks(); }
    // Lets a run go on past its end, to see what would come.
    void prolong(sim::Duration by) { end_ = end_ + by; }
    void cut(NodeId from, NodeId to);  // One direction; counted.
    void mend(NodeId from, NodeId to);

private:
    // Something done that has an end; how to take it back.
    struct Undo {
        enum class Kind : std::uint8_t {
            start,
            resume,
            power,
            unblock,
            release,
            unfault_link,
            unfault_disk,
            unskew,
            undrift,
            unfreeze,
            unrate,
        } kind{};
        NodeId node;
        std::uint32_t number{0};  // Of a link or disk fault or a rate; of the step that blocked.
        std::int64_t amount{0};
        HostId from{};  // unblock, release
        HostId to{};
    };
    struct Block {
        std::uint32_t step{0};
        HostId from;
        HostId to;
    };
    struct LinkFaultDone {
        std::uint32_t number{0};
        std::uint32_t step{0};
        HostId from;
        HostId to;
    };
    // The rate of a workload that a step has set; the last one counts.
    struct RateSet {
        std::uint32_t number{0};
        std::uint32_t workload{0};
        std::optional<Rate> rate;
    };
    // What a client is to do; it waits while the client cannot be called.
    using Order = std::variant<AdminRequest, std::optional<Rate>>;
    struct Waiting {
        NodeId node;
        Order order;
    };
    // A listener that a copy does not have.
    struct Ear {
        Listener listener;

        Ear() = default;
        Ear(Ear const&) {}
        Ear(Ear&&) noexcept = default;
        Ear& operator=(Ear other) noexcept
        {
            listener.swap(other.listener);
            return *this;
        }
        ~Ear() = default;
    };
    struct Done {
        sim::Timeline::Due due;
        std::vector<Undo> undo;
        std::vector<NodeId> impaired;  // Servers that count against the chaos budget meanwhile.
        std::vector<NodeId> touched;   // Everybody whom it is about at all.
    };
    struct ClientPlan {
        NodeId node;
        std::uint32_t workload{0};
        sim::Instant start;
        std::optional<sim::Instant> stop;
    };

    // How often it is looked whether a process that stops in order is gone, so that it can come
    // back.
    static constexpr sim::Duration stop_check{100'000'000};

    using Sides = std::vector<std::vector<NodeId>>;

    // cluster.cpp
    void build(sim::Storage* storage);
    void add_servers(sim::Storage* storage);
    void add_clients(sim::Storage* storage);
    void connect_links();
    void plan_timeline();
    void begin();
    void after_event();
    void tell(std::string node, std::string what, std::vector<std::string> notes);
    void on_tick(sim::Event const& event);
    void begin_settle();
    void finish();
    void world_event(WorldEvent const& event);
    void give_observations(NodeId node);
    void check_conditions();
    void look_at_sometimes(sim::Instant time);
    void recheck_later(ConditionState const& condition);
    void restart_later(NodeId node);
    void start_later(NodeId node, sim::Duration delay);
    void give_waiting(NodeId node);
    bool give(NodeId node, Order const& order);
    void order(NodeId node, Order order);
    void start_admin_when_ready();

    // What is parked (sim/network.h) is unparked before anything is done to the world.
    void disturb();

    // actions.cpp
    void perform(sim::Timeline::Due due);
    Action const& action_of(std::uint32_t step) const;
    bool is_chaos(std::uint32_t step) const;
    void act(Action const& action, std::vector<NodeId> const& targets, Sides const& sides,
             Done& done);
    void act_on_node(Action const& action, NodeId node, Done& done);
    void act_on_links(Action const& action, std::vector<NodeId> const& targets, Sides const& sides,
                      Done& done);
    void act_on_clock(ClockDetails const& details, NodeId node, Done& done);
    std::vector<std::string> paths_of_action(Action const& action, NodeId node) const;
    void corrupt_disk(Action const& action, NodeId node);
    void act_on_disk(Action const& action, NodeId node, Done& done);
    bool is_directory_of(SelectorTerm const& term, NodeId node) const;
    std::string directory_path(SelectorTerm const& term, NodeId node) const;
    std::vector<std::pair<HostId, HostId>>
    pairs_of(Action const& action, std::vector<NodeId> const& targets, Sides const& sides) const;
    void heal(Action const& action, std::vector<NodeId> const& targets);
    void heal_network(std::vector<NodeId> const& of, std::uint32_t const* step);
    void elect_leaders(ElectLeadersDetails const& details);
    // admin_actions.cpp: what an operator asks of the controller.
    bool act_as_admin(Action const& action, std::vector<NodeId> const& targets);
    void change_voter(NodeId node, bool add);
    void delete_records(DeleteRecordsDetails const& details);
    void add_partitions(AddPartitionsDetails const& details);
    void alter_config(ConfigDetails const& details);
    void reassign(ReassignDetails const& details);
    std::vector<BrokerId> draw_replicas(TopicPartition partition, std::size_t count);
    void update_features(UpdateFeaturesDetails const& details);
    void set_workload(Action const& action, Done& done);
    void spread_rate(std::uint32_t workload);
    void start_again(Done const& done);
    void take_back(Undo const& undo);
    void take_back(Done const& done);
    std::string describe(Action const& action, std::vector<NodeId> const& targets) const;

    // chaos.cpp
    bool within_budget(Action const& action, std::vector<NodeId> const& targets,
                       Sides const& sides) const;
    bool keeps_in_sync(Action const& action, std::vector<NodeId> const& targets,
                       Sides const& sides) const;
    static std::vector<NodeId> touched_by(std::vector<NodeId> const& targets, Sides const& sides);
    bool is_registered(NodeId node) const;
    std::vector<NodeId> impaired_by(Action const& action, std::vector<NodeId> const& targets,
                                    Sides const& sides) const;
    bool is_broker(NodeId node) const;
    bool is_controller(NodeId node) const;
    void rotate_swarm();

    // selectors.cpp
    std::vector<NodeId> resolve_term(SelectorTerm const& term);
    void split_servers(bool third);
    std::vector<NodeId> partition_nodes(SelectorTerm const& term) const;

    // metrics.cpp
    std::optional<std::int64_t> metric(MetricCondition const& condition) const;
    std::optional<std::int64_t> metric_value(std::string_view metric, Labels const& labels) const;
    std::optional<std::int64_t> consumer_lag(Labels const& labels) const;
    void judge_metrics();
    Measure::Reading reading(MetricBound const& bound) const;
    void begin_measures();
    void look_at_measures(sim::Instant time);
    void end_measures();

    // outcome.cpp
    void describe_nodes(check::ClusterEnd& end) const;
    void collect_clients();
    void collect_partitions(check::ClusterEnd const& end);
    void judge_expectations(check::ClusterEnd const& end);
    bool any_group() const;
    std::optional<std::string> unstable_group() const;
    std::optional<std::string> missing(std::string const& final_state,
                                       check::ClusterEnd const& end) const;

    std::shared_ptr<Scenario const> scenario_;
    std::uint64_t seed_;
    Engine engine_;
    Names names_;
    std::vector<NodeId> controllers_;
    std::vector<NodeId> brokers_;
    std::vector<NodeId> clients_;
    std::vector<ClientPlan> plans_;
    NodeId admin_;
    sim::Timeline timeline_;
    std::vector<Done> done_;
    std::vector<std::uint32_t> crash_reasons_;  // By node: how many faults keep it down.
    std::vector<std::uint32_t> pause_reasons_;
    std::vector<bool> stopping_;                          // By node: was asked to stop in order.
    std::vector<bool> forgotten_;                         // By node: has ever lost power.
    std::optional<sim::Instant> controllers_disturbed_;   // The last fault that touched one ended.
    std::vector<std::optional<sim::Instant>> disturbed_;  // By node: and that touched this broker.
    std::vector<RateSet> rates_;
    std::uint32_t rate_last_{0};
    std::vector<Waiting> waiting_;
    std::vector<bool> swarm_enabled_;  // By chaos fault.
    std::vector<Block> blocks_;        // Directed pairs that steps keep cut.
    std::vector<Block> holds_;         // Directed pairs whose messages steps keep back.
    std::vector<LinkFaultDone> link_faults_;
    std::vector<ConditionState> conditions_;     // Of when-steps, then of sometimes.
    std::vector<std::uint64_t> sometimes_seen_;  // By sometimes.
    std::optional<sim::Instant> recheck_at_;     // For when-steps: an event is planned then.
    std::optional<sim::Instant> look_at_;        // For sometimes: no event, only a look.
    std::vector<Measure> measures_;           // By metric bound; without a window never looked at.
    std::optional<sim::Instant> measure_at_;  // The next look at them.
    std::uint32_t current_step_{0};           // Being performed.
    // Of the current step: the minorities of brokers and of controllers, and everybody else.
    std::vector<NodeId> minority_;
    std::vector<NodeId> majority_;
    std::vector<std::string> notes_of_action_;
    check::Judges judges_;
    Offset facts_until_{0};  // Of the metadata log: what stands before it was stated already.
    std::map<TopicPartition, std::size_t> isr_sizes_;  // As the controller last had them.
    RunResult result_;
    sim::Instant settle_begin_;
    sim::Instant end_;
    bool settling_{false};
    bool over_{false};
    bool begun_{false};
    Ear ear_;
};

}  // namespace odradek::kafka
