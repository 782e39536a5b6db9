// How logs are kept on disks: what is flushed is there again, checkpoints are not ahead of the log,
// retention takes nothing too early, indexes agree with the log.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class StorageLaws {
public:
    explicit StorageLaws(Verdicts& verdicts);

    void see(Fact const& fact, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts) const;

private:
    // Of one replica.
    struct Durable {
        Offset end{0};  // All before it was said to be durable, and was not cut since.
        std::uint64_t event{0};
        // The lowest place it was cut to in this life: a power loss may find the checkpoint of
        // before, and the cut.
        std::optional<Offset> cut{};
    };
    void recovered(Fact const& fact, LogRecovered const& log, Names const& names,
                   Verdicts& verdicts);
    void check_epochs(Fact const& fact, LogRecovered const& log, Names const& names,
                      Verdicts& verdicts) const;
    void check_fenced(Fact const& fact, RecordsAppended const& appended, Names const& names,
                      Verdicts& verdicts) const;
    void deleted(Fact const& fact, SegmentDeleted const& segment, Names const& names,
                 Verdicts& verdicts) const;

    std::size_t flushed_kept_;
    std::size_t recovery_point_;
    std::size_t not_too_early_;
    std::size_t below_high_watermark_;
    std::size_t indexes_agree_;
    std::size_t epochs_;
    std::size_t fenced_;
    std::map<std::pair<BrokerId, TopicPartition>, Durable> durable_;
    // Logs of which the disk has refused a part in this life of their broker, and when.
    // Where a log has started: a crash may bring back what lies before, of which the epochs are
    // cut.
    std::map<std::pair<BrokerId, TopicPartition>, Offset> started_;
    std::map<std::pair<BrokerId, TopicPartition>, std::uint64_t> refused_;
};

}  // namespace odradek::kafka::check
