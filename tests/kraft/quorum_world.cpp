#include "tests/kraft/quorum_world.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "sim/engine_impl.h"

template class odradek::sim::Engine<odradek::kafka::test::QuorumModel>;

namespace odradek::kafka::test {

using namespace sim::literals;

namespace {

constexpr Timer count_timer = timer(TimerKind::metadata_idle);
constexpr Peer operator_peer(NodeId node)
{
    return {node, static_cast<std::uint8_t>(Channel::client)};
}

// The counter, in a snapshot.
class Count final : public BatchContents {
public:
    explicit Count(std::int64_t count) : value(count) {}
    std::int64_t value;
    std::uint64_t size() const override { return 200; }
    std::string text() const override { return std::to_string(value); }
};

}  // namespace

QuorumNode::QuorumNode(RaftConfig config, Habits habits) : raft(std::move(config)), habits_(habits)
{
}

void QuorumNode::on_start(Env const& env, Out& out)
{
    raft.start(env, out);
    if (habits_.count_every.ns > 0)
        out.arm(count_timer, habits_.count_every);
    act(env, out);
}

void QuorumNode::on_connected(Env const& env, Peer peer, Out& out)
{
    if (raft.owns(peer))
        raft.on_connected(env, peer, out);
    else if (question_) {
        out.send(peer, 1, std::move(*question_));
        question_.reset();
    }
    act(env, out);
}

void QuorumNode::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason, Out& out)
{
    if (raft.owns(peer))
        raft.on_disconnected(env, peer, out);
    act(env, out);
}

void QuorumNode::on_request(Env const& env, RequestId request, Message message, Out& out)
{
    raft.on_request(env, request, message, out);
    act(env, out);
}

void QuorumNode::on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                             Out& out)
{
    if (raft.owns(peer))
        raft.on_response(env, peer, correlation, message, out);
    else {
        answer_ = std::move(message);
        out.close(peer);
    }
    act(env, out);
}

void QuorumNode::on_timer(Env const& env, Timer which, Out& out)
{
    if (raft.owns(which))
        raft.on_timer(env, which, out);
    else {
        if (claimed && raft.is_leader())
            if (raft.append(env, {ProducerIdsRecord{raft.key().id, {}, ProducerId{decided_ + 1}}},
                            out))
                ++decided_;
        out.arm(count_timer, habits_.count_every);
    }
    act(env, out);
}

void QuorumNode::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    raft.on_flushed(env, file, out);
    act(env, out);
}

void QuorumNode::on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out)
{
    raft.on_disk_error(env, file, error, out);
}

void QuorumNode::on_shutdown(Env const& env, Out& out)
{
    raft.shutdown(env, out);
    act(env, out);
}

void QuorumNode::ask(Env const&, NodeId node, Message message, Out& out)
{
    answer_.reset();
    question_ = std::move(message);
    out.connect(operator_peer(node));
}

void QuorumNode::resign(Env const& env, Out& out)
{
    raft.resign(env, raft.epoch(), "asked to", out);
    act(env, out);
}

void QuorumNode::act(Env const& env, Out& out)
{
    while (raft.has_events()) {
        raft.take_events(events_);
        for (RaftEvent const& event : events_) {
            if (auto const* committed = std::get_if<RaftCommitted>(&event)) {
                RecordBatch const& batch = *committed->batch;
                if (batch.base_offset != applied_.end_offset)
                    broken = fmt::format("{} follows {}", batch.base_offset.value,
                                         applied_.end_offset.value);
                for (MetadataRecord const& record : metadata_records_of(batch))
                    if (auto const* number = std::get_if<ProducerIdsRecord>(&record)) {
                        if (number->next.value != counted + 1)
                            broken =
                                fmt::format("{} was counted after {}", number->next.value, counted);
                        counted = number->next.value;
                        ++since_snapshot_;
                    }
                applied_ = {batch.leader_epoch, batch.end_offset()};
                if (habits_.snapshot_every != 0 && since_snapshot_ >= habits_.snapshot_every) {
                    since_snapshot_ = 0;
                    raft.create_snapshot(env, applied_, sim::share<Count>(counted), out);
                }
            } else if (auto const* loaded = std::get_if<RaftSnapshotLoaded>(&event)) {
                counted = static_cast<Count const&>(*loaded->snapshot->contents).value;
                applied_ = loaded->snapshot->id;
                since_snapshot_ = 0;
                ++snapshots_loaded;
            } else if (std::holds_alternative<RaftClaimed>(event)) {
                claimed = true;
                decided_ = counted;
            } else if (std::holds_alternative<RaftResigned>(event))
                claimed = false;
            else if (std::holds_alternative<RaftSnapshotDue>(event))
                raft.create_snapshot(env, applied_, sim::share<Count>(counted), out);
            else if (std::holds_alternative<RaftShutDown>(event))
                out.exit();
        }
    }
}

// -- The world -----------------------------------------------------------------------------------

QuorumWorld::QuorumWorld(Options options)
    : engine(options.seed), laws(verdicts), options_(std::move(options))
{
    sim::LinkQuality links;
    links.latency = sim::Distribution(sim::Uniform{500_us, 3_ms});
    engine.network().set_default_quality(links);
    sim::DiskQuality disk;
    disk.flush = sim::Distribution(sim::Uniform{options_.flush / 2, options_.flush * 2});
    disk.power_loss = sim::PowerLoss::lose_random_unsynced;
    std::vector<Voter> voters;
    for (int i = 0; i < options_.voters; ++i)
        voters.push_back(
            {{BrokerId{i}, DirectoryId{1, static_cast<std::uint64_t>(1000 + i)}}, id(i), 0, 1});
    for (int i = 0; i < options_.voters + options_.observers; ++i) {
        std::string const name = "node-" + std::to_string(i);
        RaftConfig config;
        config.self = {BrokerId{i}, DirectoryId{1, static_cast<std::uint64_t>(1000 + i)}};
        config.voter_capable = i < options_.voters || options_.kraft_version > 0;
        config.kraft_version = options_.kraft_version;
        if (options_.kraft_version == 0 || i < options_.voters)
            config.voters = voters;
        for (Voter const& voter : voters)
            config.bootstrap_servers.push_back(voter.node);
        config.append_linger = {};
        config.version = options_.version;
        config.switches = default_switches(options_.version);
        if (options_.change)
            options_.change(config);
        sim::HostId const host = engine.add_host(name, "", disk);
        engine.add_process(host, name, QuorumNode(std::move(config), options_.habits));
    }
}

int QuorumWorld::leader() const
{
    int found = -1;
    Epoch newest{-1};
    for (int i = 0; i < size(); ++i)
        if (running(i) && node(i).raft.is_leader() && node(i).raft.epoch() > newest) {
            newest = node(i).raft.epoch();
            found = i;
        }
    return found;
}

bool QuorumWorld::has_consistent_leader(std::set<int> const& among) const
{
    int const leads = leader();
    if (leads < 0 || !node(leads).claimed)
        return false;
    for (int i = 0; i < size(); ++i)
        if (running(i) && (among.empty() || among.count(i) != 0) &&
            (node(i).raft.epoch() != node(leads).raft.epoch() ||
             node(i).raft.leader() != node(leads).raft.key().id))
            return false;
    return true;
}

Epoch QuorumWorld::newest_epoch() const
{
    Epoch newest{0};
    for (int i = 0; i < size(); ++i)
        newest = std::max(newest, node(i).raft.epoch());
    return newest;
}

Offset QuorumWorld::high_watermark(int i) const { return node(i).raft.high_watermark(); }

Offset QuorumWorld::highest() const
{
    Offset highest{0};
    for (int i = 0; i < size(); ++i)
        if (running(i))
            highest = std::max(highest, high_watermark(i));
    return highest;
}

Offset QuorumWorld::longest() const
{
    Offset longest{0};
    for (int i = 0; i < size(); ++i)
        if (running(i))
            longest = std::max(longest, node(i).raft.log().end_offset());
    return longest;
}

bool QuorumWorld::all_reached(Offset offset, std::set<int> const& among) const
{
    for (int i = 0; i < size(); ++i)
        if (running(i) && (among.empty() || among.count(i) != 0) && high_watermark(i) < offset)
            return false;
    return true;
}

bool QuorumWorld::any_reached(Offset offset, std::set<int> const& among) const
{
    for (int i = 0; i < size(); ++i)
        if (running(i) && (among.empty() || among.count(i) != 0) && high_watermark(i) >= offset)
            return true;
    return false;
}

std::set<int> QuorumWorld::all_but(int one) const
{
    std::set<int> others;
    for (int i = 0; i < size(); ++i)
        if (i != one)
            others.insert(i);
    return others;
}

void QuorumWorld::start_all()
{
    for (int i = 0; i < size(); ++i)
        start(i);
}

void QuorumWorld::lose_power(int i)
{
    engine.lose_power(engine.host_of(id(i)));
    engine.power_on(engine.host_of(id(i)));
}

void QuorumWorld::wipe(int i)
{
    REQUIRE(!running(i));
    sim::HostId const host = engine.host_of(id(i));
    sim::Disk& disk = engine.disk(host);
    for (std::uint32_t file = 0; file < disk.file_count(); ++file)
        if (disk.exists(sim::FileId{file}))
            disk.remove(engine.now(), engine.chance(), sim::FileId{file});
    disk.settle(engine.now());
}

void QuorumWorld::cut(int from, int to)
{
    if (cuts_.insert({from, to}).second)
        engine.network().block(engine.host_of(id(from)), engine.host_of(id(to)));
}

void QuorumWorld::isolate(int i)
{
    for (int const other : all_but(i)) {
        cut(i, other);
        cut(other, i);
    }
}

void QuorumWorld::heal()
{
    for (auto const& [from, to] : cuts_)
        engine.network().unblock(engine.host_of(id(from)), engine.host_of(id(to)));
    cuts_.clear();
}

void QuorumWorld::ask(int of, Message message)
{
    // Any other node can carry the question.
    int const by = of == 0 ? size() - 1 : 0;
    engine.call(id(by), "ask", [&](QuorumNode& asking, Env const& env, Out& out) {
        asking.ask(env, id(of), std::move(message), out);
    });
    look();
}

void QuorumWorld::look()
{
    for (Observation const& observation : engine.observations())
        laws.see({engine.now(), engine.events_handled(), nullptr, observation}, verdicts);
    if (engine.last().to_process && !engine.notes().empty()) {
        story.push_back(fmt::format("{} node-{} {}", sim::to_string(engine.now()),
                                    engine.last().node.value, engine.last().what));
        for (std::string const& note : engine.notes())
            story.push_back("        -> " + note);
    }
}

bool QuorumWorld::within(Duration time, std::function<bool()> const& is_so)
{
    if (is_so())
        return true;
    bool so = false;
    engine.run({.until = engine.now() + time}, [&](sim::Engine<QuorumModel>&) {
        look();
        so = is_so();
        return !so;
    });
    return so;
}

void QuorumWorld::until(std::string_view what, std::function<bool()> const& is_so, Duration at_most)
{
    if (within(at_most, is_so))
        return;
    std::string states;
    for (int i = 0; i < size(); ++i)
        states += fmt::format("\n  node {}: {} {} in epoch {}, leader {}, log {}..{}, hw {}", i,
                              running(i) ? "" : "(down)", to_string(node(i).raft.state()),
                              node(i).raft.epoch().value, node(i).raft.leader().value,
                              node(i).raft.log().start_offset().value,
                              node(i).raft.log().end_offset().value, high_watermark(i).value);
    std::string const told = std::string(what) + states;
    FAIL(told << "\nseed " << options_.seed << " at " << sim::to_string(engine.now()));
}

void QuorumWorld::run_for(Duration time)
{
    within(time, [] { return false; });
}

std::string QuorumWorld::broken() const
{
    std::string text;
    for (sim::Property const& law : verdicts.laws())
        if (law.violated != 0)
            text += (text.empty() ? "" : ", ") + law.name;
    return text;
}

std::uint64_t QuorumWorld::exercised(std::string_view name) const
{
    for (sim::Property const& law : verdicts.laws())
        if (law.name == name)
            return law.exercised;
    FAIL("no such law: " << std::string(name));
    return 0;
}

void QuorumWorld::check()
{
    laws.finish(engine.now(), verdicts);
    for (check::Violation const& violation : verdicts.violations())
        // Against a disruptive voter 3.9 has no remedy (KIP-996).
        if (violation.name != "healthy-leader-not-deposed" ||
            options_.version >= KafkaVersion{4, 0})
            FAIL_CHECK("seed " << options_.seed << ": " << violation.name << ": "
                               << violation.what);
    for (int i = 0; i < size(); ++i) {
        CAPTURE(options_.seed);
        CHECK(node(i).broken == "");
    }
}

}  // namespace odradek::kafka::test
