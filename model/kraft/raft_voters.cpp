// Changing the voters, one at a time (KIP-853). Source: AddVoterHandler, RemoveVoterHandler,
// UpdateVoterHandler.
#include <algorithm>

#include "model/kraft/raft_client.h"

namespace odradek::kafka {

Voter RaftClient::self_as_voter() const { return Voter{self_, node_, 0, 1}; }

// What all changes need, in Kafka's order. Nothing: go on.
std::optional<std::pair<Error, std::string>> RaftClient::refuse_change(LeaderState const& leading,
                                                                       char const* verb) const
{
    if (leading.add || leading.remove)
        return std::pair(Error::request_timed_out,
                         std::string("Request timed out waiting for leader to handle previous "
                                     "voter change request"));
    if (!leading.high_watermark())
        return std::pair(Error::request_timed_out,
                         std::string("Request timed out waiting for leader to establish HWM and "
                                     "fence previous voter changes"));
    if (kraft_version() == 0)
        return std::pair(Error::unsupported_version,
                         fmt::format("Cluster doesn't support {} voter because the kraft.version "
                                     "feature is 0",
                                     verb));
    std::optional<Offset> const said_at = history_.voters_offset();
    bool const waiting_to_be_written =
        std::any_of(appended_.begin(), appended_.end(), [](BatchRef const& batch) {
            auto const& records = metadata_records_of(*batch);
            return std::any_of(records.begin(), records.end(), [](MetadataRecord const& record) {
                return std::holds_alternative<VotersRecord>(record);
            });
        });
    if (!said_at || *said_at >= *leading.high_watermark() || waiting_to_be_written)
        return std::pair(Error::request_timed_out,
                         fmt::format("Request timed out waiting for voters to commit the latest "
                                     "voter change at {} with HWM {}",
                                     said_at.value_or(no_offset).value,
                                     leading.high_watermark()->value));
    return std::nullopt;
}

void RaftClient::on_add_voter(Env const& env, RequestId request, AddRaftVoterRequest const& message,
                              Out& out)
{
    auto const refuse = [&](Error error, std::string text) {
        out.note("add voter {}: {} {}", message.voter.id.value, to_string(error), text);
        out.reply(request, AddRaftVoterResponse{error, std::move(text)});
    };
    if (!valid_cluster(message.cluster))
        return refuse(Error::inconsistent_cluster_id, "The given id doesn't match the cluster id");
    if (Error const error = validate_leader_only(epoch_); error != Error::none)
        return refuse(error, {});
    if (message.voter.id < BrokerId{0} || message.voter.directory == migrating_directory)
        return refuse(Error::invalid_request, "Add voter request didn't include a valid voter");
    auto& leading = std::get<LeaderState>(state_);
    if (auto refusal = refuse_change(leading, "adding"))
        return refuse(refusal->first, std::move(refusal->second));
    if (voters().find(message.voter.id) != nullptr)
        return refuse(Error::duplicate_voter,
                      fmt::format("The voter id for {} is already part of the set of voters",
                                  message.voter.id.value));
    if (!requests_.ready(env, message.node))
        return refuse(
            Error::request_timed_out,
            fmt::format("New voter {} is not ready to receive requests", message.voter.id.value));
    Voter voter{message.voter, message.node, 0, 0};
    if (!config_.switches.voter_directory)
        voter.key.directory = migrating_directory;
    out.note("asked to add node {} to the voters: which versions can it do?", voter.key.id.value);
    requests_.send(env, message.node, ApiVersionsRequest{}, out);
    leading.add =
        LeaderState::PendingAdd{request, voter, std::nullopt, env.now + config_.request_timeout};
}

bool RaftClient::failed_api_versions(NodeId node, Out& out)
{
    auto* const leading = std::get_if<LeaderState>(&state_);
    if (leading == nullptr || !leading->add || leading->add->offset ||
        leading->add->voter.node != node)
        return false;
    out.reply(leading->add->request,
              AddRaftVoterResponse{Error::request_timed_out,
                                   "Aborted add voter operation for since API_VERSIONS returned "
                                   "an error BROKER_NOT_AVAILABLE"});
    leading->add.reset();
    return true;
}

bool RaftClient::on_api_versions_response(Env const& env, NodeId source,
                                          ApiVersionsResponse const& response, Out& out)
{
    auto* const leading = std::get_if<LeaderState>(&state_);
    if (leading == nullptr || !leading->add || leading->add->offset ||
        leading->add->voter.node != source)
        return true;
    LeaderState::PendingAdd& add = *leading->add;
    auto const refuse = [&](Error error, std::string text) {
        out.note("add voter {}: {} {}", add.voter.key.id.value, to_string(error), text);
        out.reply(add.request, AddRaftVoterResponse{error, std::move(text)});
        leading->add.reset();
    };
    if (response.error != Error::none) {
        refuse(Error::request_timed_out, "Aborted add voter operation for since API_VERSIONS "
                                         "returned an error " +
                                             to_string(response.error));
        return false;
    }
    if (response.min_kraft_version > kraft_version() ||
        response.max_kraft_version < kraft_version()) {
        refuse(Error::invalid_request,
               fmt::format("Aborted add voter operation for {} since the kraft.version range "
                           "(min: {}, max: {}) doesn't support the finalized version {}",
                           add.voter.key.id.value, response.min_kraft_version,
                           response.max_kraft_version, kraft_version()));
        return true;
    }
    if (!leading->is_caught_up(add.voter.key, env.now)) {
        refuse(Error::request_timed_out,
               fmt::format("Aborted add voter operation for {} since it is lagging behind",
                           add.voter.key.id.value));
        return true;
    }
    add.voter.min_kraft_version = response.min_kraft_version;
    add.voter.max_kraft_version = response.max_kraft_version;
    std::optional<VoterSet> const next = voters().with(add.voter);
    if (!next) {
        refuse(Error::duplicate_voter, "It has become a voter meanwhile");
        return true;
    }
    out.note("node {} is caught up: {} voters with it, from offset {} on", add.voter.key.id.value,
             next->size(), next_offset().value);
    add.offset = append_control(env, {VotersRecord{next->list()}}, out) - 1;
    return true;
}

void RaftClient::on_remove_voter(Env const& env, RequestId request,
                                 RemoveRaftVoterRequest const& message, Out& out)
{
    auto const refuse = [&](Error error, std::string text) {
        out.note("remove voter {}: {} {}", message.voter.id.value, to_string(error), text);
        out.reply(request, RemoveRaftVoterResponse{error, std::move(text)});
    };
    if (!valid_cluster(message.cluster))
        return refuse(Error::inconsistent_cluster_id, "The given id doesn't match the cluster id");
    if (Error const error = validate_leader_only(epoch_); error != Error::none)
        return refuse(error, {});
    if (message.voter.id < BrokerId{0} || message.voter.directory == migrating_directory)
        return refuse(Error::invalid_request, "Remove voter request didn't include a valid voter");
    auto& leading = std::get<LeaderState>(state_);
    if (auto refusal = refuse_change(leading, "removing"))
        return refuse(refusal->first, std::move(refusal->second));
    ReplicaKey key = message.voter;
    if (!config_.switches.voter_directory)
        key.directory = migrating_directory;
    std::optional<VoterSet> const next = voters().without(key);
    if (!next)
        return refuse(Error::voter_not_found,
                      fmt::format("Cannot remove voter {} from the set of voters", key.id.value));
    out.note("remove node {} from the voters: {} voters without it, from offset {} on",
             key.id.value, next->size(), next_offset().value);
    Offset const end = append_control(env, {VotersRecord{next->list()}}, out);
    leading.remove =
        LeaderState::PendingRemove{request, end - 1, env.now + config_.request_timeout};
}

UpdateRaftVoterResponse RaftClient::on_update_voter(Env const& env,
                                                    UpdateRaftVoterRequest const& request, Out& out)
{
    auto const answer = [&](Error error) {
        return UpdateRaftVoterResponse{error, leader(), epoch_, leader_node()};
    };
    if (!valid_cluster(request.cluster))
        return answer(Error::inconsistent_cluster_id);
    if (Error const error = validate_leader_only(request.current_leader_epoch);
        error != Error::none)
        return answer(error);
    Voter const& voter = request.voter;
    if (voter.key.id < BrokerId{0} ||
        (voter.key.directory == migrating_directory && config_.switches.voter_directory) ||
        voter.min_kraft_version < 0 || voter.max_kraft_version < voter.min_kraft_version)
        return answer(Error::invalid_request);
    auto const& leading = std::get<LeaderState>(state_);
    if (auto const refusal = refuse_change(leading, "updating"))
        return answer(refusal->first);
    if (voter.min_kraft_version > kraft_version() || voter.max_kraft_version < kraft_version())
        return answer(Error::invalid_request);
    std::optional<VoterSet> const next = voters().updated(voter);
    if (!next)
        return answer(Error::voter_not_found);
    out.note("voter {} says where it listens and what it can do", voter.key.id.value);
    append_control(env, {VotersRecord{next->list()}}, out);
    return answer(Error::none);
}

// What waited for the high watermark.
void RaftClient::finish_changes(Env const&, Out& out)
{
    auto& leading = std::get<LeaderState>(state_);
    Offset const committed = *high_watermark_;
    if (leading.add && leading.add->offset && committed > *leading.add->offset) {
        out.reply(leading.add->request, AddRaftVoterResponse{});
        leading.add.reset();
    }
    if (leading.remove && committed > leading.remove->offset) {
        out.reply(leading.remove->request, RemoveRaftVoterResponse{});
        leading.remove.reset();
        if (!is_voter())
            leading.resign_reason = "it is not a voter any more, and that is committed";
    }
}

void RaftClient::abort_changes(LeaderState& leading, Error error, Out& out)
{
    if (leading.add)
        out.reply(leading.add->request, AddRaftVoterResponse{error, {}});
    if (leading.remove)
        out.reply(leading.remove->request, RemoveRaftVoterResponse{error, {}});
    leading.add.reset();
    leading.remove.reset();
}

}  // namespace odradek::kafka
