// Topics are created, deleted and given more partitions: names, counts, placement, configuration;
// Kafka's checks in Kafka's order, with its words. Source: ReplicationControlManager.createTopics,
// deleteTopics, createPartitions; org.apache.kafka.common.internals.Topic.
#pragma once

#include "model/controller/decision.h"
#include "model/controller/placement.h"

namespace odradek::kafka {

// What is wrong with a topic's name, in Kafka's words; empty if nothing.
std::string topic_name_problem(std::string_view name);

Decision<CreateTopicsResponse> decide_create_topics(ControllerView const& cluster,
                                                    CreateTopicsRequest const& request,
                                                    Draw const& draw, Out& out);

// By name, as the admin client asks; Kafka's controller finds the id first.
Decision<DeleteTopicsResponse> decide_delete_topics(ControllerView const& cluster,
                                                    DeleteTopicsRequest const& request, Out& out);

// The new partitions have as many replicas as the first.
Decision<CreatePartitionsResponse> decide_create_partitions(ControllerView const& cluster,
                                                            CreatePartitionsRequest const& request,
                                                            Draw const& draw, Out& out);

}  // namespace odradek::kafka
