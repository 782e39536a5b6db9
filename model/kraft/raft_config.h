// What a node of the metadata quorum is told. Source: QuorumConfig, KRaftConfigs,
// MetadataLogConfig.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/metadata/records.h"
#include "model/out.h"
#include "model/switches.h"
#include "model/version.h"

namespace odradek::kafka {

struct RaftConfig {
    // Who it is. The directory counts for the first life; a node that finds its disk empty later
    // was formatted anew and draws another.
    ReplicaKey self;
    bool voter_capable{false};       // process.roles has controller.
    ClusterId cluster{any_cluster};  // Requests of another cluster are refused.
    std::string directory;           // Prefix of its files, "" or ending in '/'.

    // 0: `voters` are controller.quorum.voters, the same everywhere, and never change.
    // 1 (KIP-853): `voters` are what the directory is formatted with (--initial-controllers, with
    // their directories); empty for who is formatted without and learns them from the log.
    std::int16_t kraft_version{0};
    std::vector<Voter> voters;
    // controller.quorum.bootstrap.servers; empty: the voters.
    std::vector<NodeId> bootstrap_servers;

    Duration election_timeout{1'000'000'000};       // controller.quorum.election.timeout.ms
    Duration fetch_timeout{2'000'000'000};          // controller.quorum.fetch.timeout.ms
    Duration election_backoff_max{1'000'000'000};   // controller.quorum.election.backoff.max.ms
    Duration append_linger{25'000'000};             // controller.quorum.append.linger.ms
    Duration request_timeout{2'000'000'000};        // controller.quorum.request.timeout.ms
    Duration retry_backoff{20'000'000};             // controller.quorum.retry.backoff.ms
    Duration fetch_max_wait{500'000'000};           // MAX_FETCH_WAIT_MS
    std::int32_t fetch_max_bytes{8 * 1024 * 1024};  // MAX_FETCH_SIZE_BYTES
    Duration shutdown_timeout{5'000'000'000};

    // metadata.log.max.record.bytes.between.snapshots, metadata.log.max.snapshot.interval.ms (0:
    // never by time)
    std::uint64_t bytes_between_snapshots{20971520};
    Duration snapshot_interval{3'600'000'000'000};
    // metadata.log.segment.bytes, metadata.log.segment.ms
    std::uint64_t segment_bytes{1073741824};
    Duration segment_age{7LL * 24 * 3'600'000'000'000};
    // metadata.max.retention.bytes, metadata.max.retention.ms; negative: no limit
    std::int64_t retention_bytes{104857600};
    Duration retention_age{7LL * 24 * 3'600'000'000'000};

    KafkaVersion version{default_version};
    ProtocolSwitches switches;
};

}  // namespace odradek::kafka
