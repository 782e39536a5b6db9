// CreateTopics: names, counts, placement, configuration; Kafka's checks in Kafka's order, with its
// words. Source: ReplicationControlManager.createTopics, org.apache.kafka.common.internals.Topic.
#pragma once

#include "model/controller/decision.h"
#include "model/controller/placement.h"

namespace odradek::kafka {

// What is wrong with a topic's name, in Kafka's words; empty if nothing.
std::string topic_name_problem(std::string_view name);

Decision<CreateTopicsResponse> decide_create_topics(ControllerView const& cluster,
                                                    CreateTopicsRequest const& request,
                                                    Draw const& draw, Out& out);

}  // namespace odradek::kafka
