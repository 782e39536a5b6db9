// What the controller is asked: by brokers, by administrators, by whoever follows the metadata log.
#include "model/controller/alter_partition.h"
#include "model/controller/configs.h"
#include "model/controller/controller.h"
#include "model/controller/directories.h"
#include "model/controller/elections.h"
#include "model/controller/features.h"
#include "model/controller/reassignment.h"
#include "model/controller/registration.h"
#include "model/controller/topics.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site placement_site("controller.placement");

// What a controller that is not the active one tells each kind of asker; nothing for what it never
// answers.
struct NotController {
    std::optional<Message> operator()(BrokerRegistrationRequest const&) const
    {
        return BrokerRegistrationResponse{Error::not_controller, no_broker_epoch};
    }
    std::optional<Message> operator()(BrokerHeartbeatRequest const&) const
    {
        BrokerHeartbeatResponse response;
        response.error = Error::not_controller;
        return response;
    }
    std::optional<Message> operator()(CreateTopicsRequest const&) const
    {
        return CreateTopicsResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(DeleteTopicsRequest const&) const
    {
        return DeleteTopicsResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(CreatePartitionsRequest const&) const
    {
        return CreatePartitionsResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(IncrementalAlterConfigsRequest const& request) const
    {
        IncrementalAlterConfigsResponse response;
        for (AlterConfigsResource const& resource : request.resources)
            response.resources.push_back({resource.resource, Error::not_controller, {}});
        return response;
    }
    std::optional<Message> operator()(AlterPartitionReassignmentsRequest const&) const
    {
        return AlterPartitionReassignmentsResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(ListPartitionReassignmentsRequest const&) const
    {
        return ListPartitionReassignmentsResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(UpdateFeaturesRequest const&) const
    {
        return UpdateFeaturesResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(UnregisterBrokerRequest const&) const
    {
        return UnregisterBrokerResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(AssignReplicasToDirsRequest const&) const
    {
        return AssignReplicasToDirsResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(AlterPartitionRequest const&) const
    {
        return AlterPartitionResponse{Error::not_controller, {}};
    }
    std::optional<Message> operator()(ElectLeadersRequest const& request) const
    {
        ElectLeadersResponse response;
        for (TopicPartition const partition : request.partitions)
            response.partitions.push_back({partition, Error::not_controller});
        return response;
    }
    std::optional<Message> operator()(AllocateProducerIdsRequest const&) const
    {
        return AllocateProducerIdsResponse{Error::not_controller, ProducerId{0}, 0};
    }
    template <class Other>
    std::optional<Message> operator()(Other const&) const
    {
        return std::nullopt;
    }
};

}  // namespace

bool Controller::serves(Message const& message)
{
    return std::visit(NotController{}, message).has_value();
}

void Controller::on_request(Env const& env, RequestId request, Message const& message, Out& out)
{
    std::optional<Message> refusal = std::visit(NotController{}, message);
    if (!refusal) {
        out.note("node {} sends a {}: not for a controller, hang up", request.client.value,
                 name_of(message));
        return out.hang_up(request);
    }
    if (!active_) {
        out.note("not the active controller, refuse the {} of node {}", name_of(message),
                 request.client.value);
        return out.reply(request, std::move(*refusal));
    }
    refusal_ = std::move(*refusal);
    if (auto const* registration = std::get_if<BrokerRegistrationRequest>(&message))
        on_registration(env, request, *registration, out);
    else if (auto const* heartbeat = std::get_if<BrokerHeartbeatRequest>(&message))
        on_heartbeat(env, request, *heartbeat, out);
    else if (auto const* topics = std::get_if<CreateTopicsRequest>(&message))
        on_create_topics(env, request, *topics, out);
    else if (auto const* alter = std::get_if<AlterPartitionRequest>(&message))
        carry_out(env, request, decide_alter_partition(view(), *alter, out), out);
    else if (auto const* elect = std::get_if<ElectLeadersRequest>(&message))
        carry_out(env, request, decide_elect_leaders(view(), *elect, out), out);
    else if (auto const* ids = std::get_if<AllocateProducerIdsRequest>(&message))
        carry_out(env, request, decide_producer_ids(view(), *ids, out), out);
    else if (auto const* assign = std::get_if<AssignReplicasToDirsRequest>(&message))
        carry_out(env, request, decide_assign_replicas(view(), *assign, out), out);
    else
        on_admin_request(env, request, message, out);
}

void Controller::on_admin_request(Env const& env, RequestId request, Message const& message,
                                  Out& out)
{
    Draw const draw = [&env](std::uint64_t n) { return env.below(placement_site, n); };
    if (auto const* topic = std::get_if<DeleteTopicsRequest>(&message)) {
        carry_out(env, request, decide_delete_topics(view(), *topic, out), out);
    } else if (auto const* more = std::get_if<CreatePartitionsRequest>(&message)) {
        carry_out(env, request, decide_create_partitions(view(), *more, draw, out), out);
    } else if (auto const* configs = std::get_if<IncrementalAlterConfigsRequest>(&message)) {
        carry_out(env, request, decide_alter_configs(view(), *configs, out), out);
    } else if (auto const* reassign = std::get_if<AlterPartitionReassignmentsRequest>(&message)) {
        carry_out(env, request, decide_alter_reassignments(view(), *reassign, out), out);
    } else if (auto const* list = std::get_if<ListPartitionReassignmentsRequest>(&message)) {
        out.reply(request, list_reassignments(committed_, *list));
    } else if (auto const* features = std::get_if<UpdateFeaturesRequest>(&message)) {
        carry_out(env, request, decide_update_features(view(), *features, out), out);
    } else if (auto const* gone = std::get_if<UnregisterBrokerRequest>(&message)) {
        Decision<UnregisterBrokerResponse> decision = decide_unregister_broker(view(), *gone, out);
        if (decision.response.error == Error::none)
            sessions_.remove(gone->broker);
        carry_out(env, request, std::move(decision), out);
    }
}

// Without records the answer still waits for what is not committed: it was read from there.
template <class Response>
Offset Controller::carry_out(Env const& env, RequestId request, Decision<Response> decision,
                             Out& out)
{
    Offset const end = decision.records.empty() ? image_.end_offset()
                                                : append(env, std::move(decision.records), out);
    reply_when_committed(request, end, std::move(decision.response), out);
    return end;
}

void Controller::on_registration(Env const& env, RequestId request,
                                 BrokerRegistrationRequest const& message, Out& out)
{
    Decision<BrokerRegistrationResponse> decision =
        decide_registration(view(), sessions_, message, image_.end_offset(), env.now, out);
    bool const accepted = decision.response.error == Error::none;
    carry_out(env, request, std::move(decision), out);
    if (!accepted)
        return;
    BrokerRegistration const& broker = *image_.broker(message.broker);
    sessions_.touch(broker.id, broker.epoch, broker.fenced, no_offset, env.now);
    arm_session_check(env, out);
}

void Controller::on_heartbeat(Env const& env, RequestId request,
                              BrokerHeartbeatRequest const& message, Out& out)
{
    if (check_broker_epoch(image_, message.broker, message.broker_epoch) != Error::none) {
        BrokerRegistration const* known = image_.broker(message.broker);
        out.note("heartbeat of broker {} in epoch {}: it is {}, STALE_BROKER_EPOCH",
                 message.broker.value, message.broker_epoch.value,
                 known != nullptr ? std::to_string(known->epoch.value) : "not registered");
        BrokerHeartbeatResponse response;
        response.error = Error::stale_broker_epoch;
        return reply_when_committed(request, image_.end_offset(), response, out);
    }
    HeartbeatDecision decision = decide_heartbeat(view(), sessions_, message, out);
    BrokerControlState const next = decision.next;
    bool const fenced = decision.response.is_fenced;
    Offset const end =
        carry_out(env, request, static_cast<Decision<BrokerHeartbeatResponse>&&>(decision), out);
    sessions_.touch(message.broker, message.broker_epoch, fenced, message.current_metadata_offset,
                    env.now);
    if (next == BrokerControlState::controlled_shutdown)
        sessions_.begin_controlled_shutdown(message.broker, end - 1);
    arm_session_check(env, out);
}

void Controller::on_create_topics(Env const& env, RequestId request,
                                  CreateTopicsRequest const& message, Out& out)
{
    Draw const draw = [&env](std::uint64_t n) { return env.below(placement_site, n); };
    carry_out(env, request, decide_create_topics(view(), message, draw, out), out);
}

}  // namespace odradek::kafka
