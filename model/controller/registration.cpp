#include "model/controller/registration.h"

#include <algorithm>

#include "model/controller/directories.h"
#include "model/controller/elections.h"

namespace odradek::kafka {

namespace {

constexpr std::int32_t producer_ids_block = 1000;

// KIP-858: a registration names the broker's directories, and no other broker's.
Problem check_directories(ControllerView const& cluster, BrokerRegistrationRequest const& request)
{
    // A broker that does not tell of its directories is taken for one from before KIP-858.
    std::vector<DirectoryId> directories = request.log_dirs;
    if (directories.empty() || !cluster.metadata_version().directory_assignment())
        return {};
    std::sort(directories.begin(), directories.end());
    if (directories.front().reserved())
        return {Error::invalid_registration, "Reserved directory ID in request"};
    if (std::adjacent_find(directories.begin(), directories.end()) != directories.end())
        return {Error::invalid_registration, "Duplicate directory ID in request"};
    for (BrokerRegistration const& other : cluster.image.brokers())
        for (DirectoryId const directory : other.directories)
            if (other.id != request.broker &&
                std::binary_search(directories.begin(), directories.end(), directory))
                return {Error::invalid_registration,
                        fmt::format("Broker {} is already registered with directory {}",
                                    other.id.value, to_string(directory))};
    return {};
}

// KIP-584: what is finalized must be understood.
Problem check_features(ControllerView const& cluster, BrokerRegistrationRequest const& request)
{
    if (request.features.empty())
        return {};  // It does not say.
    for (auto const& [feature, level] : cluster.image.features()) {
        SupportedFeature supported{feature, 0, 0};
        for (SupportedFeature const& known : request.features)
            if (known.name == feature)
                supported = known;
        if (level < supported.min || level > supported.max)
            return {Error::unsupported_version,
                    fmt::format("Unable to register because the broker does not support finalized "
                                "version {} of {}. The broker wants a version between {} and {}, "
                                "inclusive.",
                                level, feature, supported.min, supported.max)};
    }
    return {};
}

}  // namespace

Decision<BrokerRegistrationResponse> decide_registration(ControllerView const& cluster,
                                                         Sessions const& sessions,
                                                         BrokerRegistrationRequest const& request,
                                                         Offset next_offset, sim::Instant now,
                                                         Out& out)
{
    Decision<BrokerRegistrationResponse> decision;
    if (!request.cluster_id.empty() && !cluster.cluster_id.empty() &&
        request.cluster_id != cluster.cluster_id) {
        decision.response.error = Error::inconsistent_cluster_id;
        decision.response.message = fmt::format("Expected cluster ID {}, but got cluster ID {}",
                                                cluster.cluster_id, request.cluster_id);
        out.note("refuse to register broker {}: {}", request.broker.value,
                 decision.response.message);
        return decision;
    }
    BrokerRegistration const* former = cluster.image.broker(request.broker);
    bool const same_life = former != nullptr && former->incarnation == request.incarnation;
    if (former != nullptr && !same_life && sessions.is_valid(request.broker, now)) {
        out.note(
            "refuse to register broker {}: another life of it (epoch {}) was heard from {} ago "
            "and has a session until it is silent for {}",
            request.broker.value, former->epoch.value,
            to_string(now - sessions.find(request.broker)->last_contact),
            to_string(cluster.config.broker_session_timeout));
        decision.response.error = Error::duplicate_broker_registration;
        decision.response.message = "Another broker is registered with that broker id.";
        return decision;
    }
    Problem problem = check_directories(cluster, request);
    if (problem.error == Error::none)
        problem = check_features(cluster, request);
    if (problem.error != Error::none) {
        out.note("refuse to register broker {}: {} ({})", request.broker.value,
                 to_string(problem.error), problem.message);
        decision.response.error = problem.error;
        decision.response.message = std::move(problem.message);
        return decision;
    }
    RegisterBrokerRecord record;
    record.broker = request.broker;
    record.incarnation = request.incarnation;
    record.node = request.node;
    record.rack = request.rack;
    record.features = request.features;
    if (cluster.metadata_version().directory_assignment())
        record.log_dirs = request.log_dirs;
    if (same_life) {
        record.fenced = former->fenced;
        record.in_controlled_shutdown = former->in_controlled_shutdown;
        record.broker_epoch = former->epoch;
        if (!cluster.switches.same_incarnation_keeps_epoch)
            record.broker_epoch = BrokerEpoch{next_offset.value};
        out.note("broker {} registers again in the same life, its epoch {} {}",
                 request.broker.value, record.broker_epoch == former->epoch ? "stays" : "becomes",
                 record.broker_epoch.value);
    } else {
        record.broker_epoch = BrokerEpoch{next_offset.value};
        record.fenced = true;
        if (former == nullptr)
            out.note("register broker {} at node {}{}{}, epoch {}, fenced until it has caught up",
                     request.broker.value, request.node.value,
                     request.rack.empty() ? "" : " in rack ", request.rack,
                     record.broker_epoch.value);
        else
            out.note(
                "register a new life of broker {}, incarnation {:016x}: epoch {} -> {}, its last "
                "shutdown was {}; fenced until it has caught up",
                request.broker.value, request.incarnation, former->epoch.value,
                record.broker_epoch.value,
                request.previous_broker_epoch == former->epoch ? "clean" : "not clean");
        bool const clean = former != nullptr && request.previous_broker_epoch == former->epoch;
        take_from_former_life(cluster, request.broker, clean, decision.records, out);
    }
    decision.response.broker_epoch = record.broker_epoch;
    decision.records.push_back(std::move(record));
    return decision;
}

HeartbeatDecision decide_heartbeat(ControllerView const& cluster, Sessions const& sessions,
                                   BrokerHeartbeatRequest const& request, Out& out)
{
    HeartbeatDecision decision;
    BrokerRegistration const& registration = *cluster.image.broker(request.broker);
    // Only a broker that wants to stop is asked what it leads: it is a walk over all partitions.
    bool const leads = request.want_shut_down && cluster.image.leads_any(request.broker);
    BrokerControlState const now = sessions.state(request.broker);
    // Its own registration is enough: the end of the log may run ahead of it for ever
    // (KAFKA-13959).
    Offset const caught_up = cluster.switches.unfence_at_own_registration
                                 ? registration.register_offset
                                 : cluster.committed_end - 1;
    decision.next = sessions.next_state(request, caught_up, leads);
    if (decision.next != now) {
        switch (decision.next) {
        case BrokerControlState::fenced:
            out.note("fence broker {}: it asks for it", request.broker.value);
            fence_broker(cluster, request.broker, decision.records, out);
            break;
        case BrokerControlState::shutdown_now:
            out.note("broker {} may shut down now: {}", request.broker.value,
                     now == BrokerControlState::fenced ? "it is fenced"
                     : now == BrokerControlState::unfenced
                         ? "it leads nothing"
                         : "it leads nothing any more and every broker has read so");
            fence_broker(cluster, request.broker, decision.records, out);
            break;
        case BrokerControlState::unfenced:
            out.note("unfence broker {}: it has read the metadata log up to {}, its registration "
                     "is at {}",
                     request.broker.value, request.current_metadata_offset.value,
                     registration.register_offset.value);
            unfence_broker(cluster, request.broker, decision.records, out);
            break;
        case BrokerControlState::controlled_shutdown:
            out.note("broker {} wants to shut down and still leads: move its leaderships first",
                     request.broker.value);
            begin_controlled_shutdown(cluster, request.broker, decision.records, out);
            break;
        }
    }
    take_offline_directories(cluster, request, decision.records, out);
    decision.response.is_caught_up = request.current_metadata_offset >= caught_up;
    decision.response.is_fenced = decision.next == BrokerControlState::fenced ||
                                  decision.next == BrokerControlState::shutdown_now;
    decision.response.should_shut_down = decision.next == BrokerControlState::shutdown_now;
    return decision;
}

Decision<AllocateProducerIdsResponse> decide_producer_ids(ControllerView const& cluster,
                                                          AllocateProducerIdsRequest const& request,
                                                          Out& out)
{
    Decision<AllocateProducerIdsResponse> decision;
    decision.response.error =
        check_broker_epoch(cluster.image, request.broker, request.broker_epoch);
    if (decision.response.error != Error::none)
        return decision;
    ProducerId const first = cluster.image.next_producer_id();
    ProducerId const next{first.value + producer_ids_block};
    decision.records.push_back(ProducerIdsRecord{request.broker, request.broker_epoch, next});
    decision.response.first = first;
    decision.response.count = producer_ids_block;
    out.note("producer ids {} to {} go to broker {}", first.value, next.value - 1,
             request.broker.value);
    return decision;
}

}  // namespace odradek::kafka
