// A producer's statistics in the exact layout of kafka-producer-perf-test.
// Source: org.apache.kafka.tools.ProducerPerformance, Stats.printWindow and printTotal.
#pragma once

#include <string>
#include <vector>

#include "model/client/producer_statistics.h"
#include "model/version.h"

namespace odradek::kafka {

// A line for every window of 5 s, then the total with percentiles: as the version's own tool prints
// them.
std::vector<std::string> perf_lines(KafkaVersion version, ProducerStatistics const& statistics);
// The total alone.
std::string perf_total(KafkaVersion version, ProducerStatistics const& statistics);

}  // namespace odradek::kafka
