// Inputs, the disk, and what the owner is told.
#include "model/kraft/raft_client.h"

#include <algorithm>

#include "model/kraft/election_file.h"
#include "sim/ensure.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr sim::Site directory_site("raft.directory-id");
constexpr Duration clean_interval = 60_s;  // RaftMetadataLogCleanerManager

std::vector<Voter> without_directories(std::vector<Voter> voters)
{
    for (Voter& voter : voters)
        voter.key.directory = migrating_directory;
    return voters;
}

bool is_metadata_fetch(FetchRequest const& request)
{
    return request.partitions.size() == 1 &&
           request.partitions[0].partition == TopicPartition{metadata_topic, 0};
}

}  // namespace

RaftClient::RaftClient(RaftConfig config)
    : config_(std::move(config)),
      self_(config_.self),
      requests_(config_.request_timeout, config_.retry_backoff),
      log_(config_)
{
    bool const directories_count = config_.kraft_version > 0 && config_.switches.voter_directory;
    VoterSet voters(directories_count ? config_.voters : without_directories(config_.voters));
    if (config_.kraft_version == 0)
        history_.set_static(std::move(voters));
    else
        history_.set_bootstrap(std::move(voters));
}

void RaftClient::start(Env const& env, Out& out)
{
    node_ = env.self;
    if (config_.kraft_version > 0) {
        identity_file_ = env.open(config_.directory + "__cluster_metadata-0/directory-id");
        std::vector<sim::Extent> const& extents = env.read(identity_file_);
        if (!extents.empty() && !extents.back().torn())
            self_.directory = static_cast<DirectoryFile const&>(*extents.back().blob).directory;
        else {
            if (env.incarnation > 1) {
                self_.directory = DirectoryId{env.below(directory_site, std::uint64_t{1} << 62) + 1,
                                              env.below(directory_site, std::uint64_t{1} << 62)};
                out.note("the directory of the metadata log is empty: formatted anew, as {}",
                         to_string(self_.directory));
            }
            out.replace(identity_file_, sim::share<DirectoryFile>(self_.directory));
        }
        if (!config_.switches.voter_directory)
            self_.directory = migrating_directory;
    }
    quorum_state_file_ = env.open(config_.directory + "__cluster_metadata-0/quorum-state");
    std::string const error = log_.recover(env, out);
    if (!error.empty()) {
        out.note("{}: halt", error);
        out.observe(MetadataLogCleaned{stated(), log_.start_offset(), no_offset, false});
        halt(out);
        return;
    }
    Offset history_from{0};
    if (SnapshotRef const snapshot = log_.latest_snapshot()) {
        history_.load(*snapshot);
        history_from = snapshot->id.end_offset;
    }
    for (BatchRef const& batch : log_.batches())
        if (batch->base_offset >= history_from)
            history_.append(*batch);
    last_snapshot_ = env.now;
    clean_deadline_ = env.now + clean_interval;
    initialize(env, out);
    settle(env, out);
}

bool RaftClient::owns(Timer which) const
{
    return which == timer(TimerKind::quorum) ||
           which == timer(TimerKind::network_client, static_cast<std::uint32_t>(Channel::quorum));
}

bool RaftClient::owns(sim::FileId file) const
{
    return file == quorum_state_file_ || log_.owns(file) ||
           (config_.kraft_version > 0 && file == identity_file_);
}

void RaftClient::on_connected(Env const& env, Peer peer, Out& out)
{
    if (halted_)
        return;
    requests_.on_connected(env, peer, out);
    settle(env, out);
}

void RaftClient::on_disconnected(Env const& env, Peer peer, Out& out)
{
    if (halted_)
        return;
    failed_.clear();
    requests_.on_disconnected(env, peer, failed_, out);
    for (RequestManager::Failed const& failed : failed_)
        failed_api_versions(failed.node, out);
    settle(env, out);
}

void RaftClient::on_response(Env const& env, Peer peer, std::int32_t correlation,
                             Message const& message, Out& out)
{
    if (halted_)
        return;
    if (std::optional<std::uint64_t> const cookie =
            requests_.on_response(env, peer, correlation, out))
        take(env, {std::nullopt, peer.node, *cookie, message}, out);
}

void RaftClient::on_timer(Env const& env, Timer which, Out& out)
{
    if (halted_)
        return;
    if (which == timer(TimerKind::quorum))
        armed_ = Instant::never();
    else {
        failed_.clear();
        requests_.on_timer(env, failed_, out);
        for (RequestManager::Failed const& failed : failed_)
            failed_api_versions(failed.node, out);
    }
    settle(env, out);
}

void RaftClient::on_flushed(Env const& env, sim::FileId, Out& out)
{
    if (halted_)
        return;
    ENSURE(waiting_for_ != 0, "a flush that completes was asked for");
    if (--waiting_for_ != 0)
        return;
    if (std::exchange(state_is_stored_, false))
        out.observe(QuorumEpochChanged{stated(), epoch_, leader()});
    // Fetches that were parked before a slow flush do not say that their senders follow still.
    bool const lost_quorum =
        is_leader() && env.now >= std::get<LeaderState>(state_).check_quorum_deadline();
    if (std::exchange(appended_is_flushing_, false) && !lost_quorum)
        local_end_moved(env, out);
    settle(env, out);
}

void RaftClient::on_disk_error(Env const&, sim::FileId, sim::DiskError error, Out& out)
{
    out.note("the disk of the metadata log says {}: halt", sim::to_string(error));
    halt(out);
}

bool RaftClient::serves(Message const& message)
{
    if (auto const* fetch = std::get_if<FetchRequest>(&message))
        return is_metadata_fetch(*fetch);
    return std::holds_alternative<VoteRequest>(message) ||
           std::holds_alternative<BeginQuorumEpochRequest>(message) ||
           std::holds_alternative<EndQuorumEpochRequest>(message) ||
           std::holds_alternative<FetchSnapshotRequest>(message) ||
           std::holds_alternative<AddRaftVoterRequest>(message) ||
           std::holds_alternative<RemoveRaftVoterRequest>(message) ||
           std::holds_alternative<UpdateRaftVoterRequest>(message) ||
           std::holds_alternative<DescribeQuorumRequest>(message) ||
           std::holds_alternative<ApiVersionsRequest>(message);
}

bool RaftClient::on_request(Env const& env, RequestId request, Message const& message, Out& out)
{
    if (!serves(message))
        return false;
    if (!halted_)
        take(env, {request, {}, 0, message}, out);
    return true;
}

void RaftClient::take(Env const& env, Inbound inbound, Out& out)
{
    inbox_.push_back(std::move(inbound));
    settle(env, out);
}

// What is due goes first: after a pause a leader that has lost its quorum answers nobody.
void RaftClient::settle(Env const& env, Out& out)
{
    while (!halted_ && !waits()) {
        poll(env, out);
        if (halted_ || waits() || inbox_.empty())
            break;
        Inbound const inbound = std::move(inbox_.front());
        inbox_.pop_front();
        handle(env, inbound, out);
        wrote_last_ = false;
    }
    if (halted_ || waits())
        return;
    publish_committed(env, out);
    publish_leader();
    arm(env, out);
}

void RaftClient::handle(Env const& env, Inbound const& inbound, Out& out)
{
    if (inbound.request) {
        handle_request(env, *inbound.request, *inbound.message, out);
        return;
    }
    // A change of state may have made it meaningless while it waited.
    if (!requests_.expects(inbound.source, inbound.cookie))
        return;
    bool const good = handle_response(env, inbound.source, *inbound.message, out);
    requests_.done(env, inbound.source, inbound.cookie, good);
}

bool RaftClient::handle_response(Env const& env, NodeId source, Message const& message, Out& out)
{
    if (auto const* fetch = std::get_if<FetchResponse>(&message))
        return on_fetch_response(env, *fetch, out);
    if (auto const* vote = std::get_if<VoteResponse>(&message))
        return on_vote_response(env, source, *vote, out);
    if (auto const* begin = std::get_if<BeginQuorumEpochResponse>(&message)) {
        if (begin->leader_epoch == no_epoch)
            return false;
        LeaderClaim const claim{begin->leader, begin->leader_epoch, begin->leader_node};
        return common_response(env, begin->error, claim, out).value_or(begin->error == Error::none);
    }
    if (auto const* end = std::get_if<EndQuorumEpochResponse>(&message))
        return on_end_response(env, source, *end, out);
    if (auto const* piece = std::get_if<FetchSnapshotResponse>(&message))
        return on_fetch_snapshot_response(env, *piece, out);
    if (auto const* versions = std::get_if<ApiVersionsResponse>(&message))
        return on_api_versions_response(env, source, *versions, out);
    if (auto const* update = std::get_if<UpdateRaftVoterResponse>(&message)) {
        LeaderClaim const claim{update->leader, update->leader_epoch, update->leader_node};
        return common_response(env, update->error, claim, out).value_or(true);
    }
    return false;
}

void RaftClient::handle_request(Env const& env, RequestId request, Message const& message, Out& out)
{
    if (auto const* fetch = std::get_if<FetchRequest>(&message))
        on_fetch(env, request, *fetch, out);
    else if (auto const* vote = std::get_if<VoteRequest>(&message))
        out.reply(request, on_vote(env, *vote, out));
    else if (auto const* begin = std::get_if<BeginQuorumEpochRequest>(&message))
        out.reply(request, on_begin(env, *begin, out));
    else if (auto const* end = std::get_if<EndQuorumEpochRequest>(&message))
        out.reply(request, on_end(env, *end, out));
    else if (auto const* snapshot = std::get_if<FetchSnapshotRequest>(&message))
        out.reply(request, on_fetch_snapshot(env, *snapshot, out));
    else if (auto const* add = std::get_if<AddRaftVoterRequest>(&message))
        on_add_voter(env, request, *add, out);
    else if (auto const* remove = std::get_if<RemoveRaftVoterRequest>(&message))
        on_remove_voter(env, request, *remove, out);
    else if (auto const* update = std::get_if<UpdateRaftVoterRequest>(&message))
        out.reply(request, on_update_voter(env, *update, out));
    else if (std::holds_alternative<DescribeQuorumRequest>(message))
        out.reply(request, describe(env));
    else if (std::holds_alternative<ApiVersionsRequest>(message))
        out.reply(request, ApiVersionsResponse{Error::none, 0, self_as_voter().max_kraft_version});
}

// Kafka's raft thread sleeps until the disk is done; we take no input until then.
void RaftClient::wait_for(sim::FileId file, Out& out)
{
    out.flush(file, true);
    ++waiting_for_;
}

void RaftClient::halt(Out& out)
{
    halted_ = true;
    out.exit();
}

void RaftClient::take_events(std::vector<RaftEvent>& into)
{
    into.clear();
    into.swap(events_);
}

// KafkaRaftClient.updateListenersProgress
void RaftClient::publish_committed(Env const& env, Out& out)
{
    if (high_watermark_) {
        bool const first = !given_;
        SnapshotRef const snapshot = log_.latest_snapshot();
        if (snapshot && (first || *given_ < log_.start_offset())) {
            given_ = snapshot->id.end_offset;
            out.note("{} the snapshot that ends at {}", first ? "begin with" : "go on with",
                     given_->value);
            out.observe(MetadataSnapshotLoaded{stated(), snapshot->id, is_leader(), !first});
            events_.push_back(RaftSnapshotLoaded{snapshot});
        } else if (first)
            given_ = Offset{0};
        while (*given_ < *high_watermark_) {
            BatchRef batch = log_.batch_at(*given_);
            if (!batch || batch->end_offset() > *high_watermark_)
                break;
            given_ = batch->end_offset();
            bytes_since_snapshot_ += batch->size_bytes;
            events_.push_back(RaftCommitted{std::move(batch),
                                            is_leader() ? std::optional{epoch_} : std::nullopt});
        }
        look_for_snapshot(env);
    }
}

// ListenerContext.maybeFireLeaderChange
void RaftClient::publish_leader()
{
    BrokerId const now = leader();
    bool const is_new = epoch_ > told_.epoch ||
                        (epoch_ == told_.epoch && now != no_broker && told_.leader == no_broker);
    if (!is_new || std::holds_alternative<Resigned>(state_))
        return;
    auto const* const leading = std::get_if<LeaderState>(&state_);
    if (leading != nullptr && (!given_ || *given_ <= leading->epoch_start()))
        return;  // Not before it has read all of earlier epochs.
    told_ = {now, leader_node(), epoch_};
    events_.push_back(told_);
    if (leading != nullptr) {
        claimed_ = true;
        events_.push_back(RaftClaimed{epoch_});
    }
}

ReplicaKey RaftClient::stated() const
{
    return {self_.id, config_.kraft_version > 0 ? self_.directory : migrating_directory};
}

BrokerId RaftClient::leader() const
{
    if (auto const* follower = std::get_if<Follower>(&state_))
        return follower->leader;
    if (auto const* unattached = std::get_if<Unattached>(&state_))
        return unattached->leader;
    if (auto const* prospective = std::get_if<Prospective>(&state_))
        return prospective->leader;
    return std::holds_alternative<Candidate>(state_) ? no_broker : self_.id;
}

std::optional<NodeId> RaftClient::leader_node() const
{
    if (auto const* follower = std::get_if<Follower>(&state_))
        return follower->leader_node;
    if (auto const* prospective = std::get_if<Prospective>(&state_))
        return prospective->leader_node;
    if (is_leader() || std::holds_alternative<Resigned>(state_))
        return node_;
    return std::nullopt;
}

void RaftClient::arm(Env const& env, Out& out)
{
    if (next_ >= armed_)
        return;
    armed_ = next_;
    out.arm(timer(TimerKind::quorum), next_ - env.now);
}

}  // namespace odradek::kafka
