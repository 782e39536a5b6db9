// Who is fenced, and who is told so. A transaction coordinator that aborts a transaction by itself,
// for its timeout or because somebody begins anew, has fenced its producer: what it then answers to
// that one's end must say so, and so must a leader that has the marker; any other error looks like
// a mistake of the application. An epoch is taken each time that somebody is fenced, or a
// transaction ends. And a coordinator that was deposed writes no markers behind its successor's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "model/check/ledger.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class FencingLaws {
public:
    explicit FencingLaws(Verdicts& verdicts);

    void see(Fact const& fact, Names const& names, Verdicts& verdicts);

private:
    // A transactional id, and the client that has it.
    struct Held {
        std::uint32_t client{0};
        bool aborts{false};  // Its application has asked for that.
        // Its coordinator has aborted what it has not: when, and in which epoch of coordinators.
        std::optional<Moment> fenced;
        std::int32_t coordinator_epoch{0};
    };
    // What a transactional id was written with last.
    struct LastEpoch {
        ProducerId producer_id;
        std::int16_t epoch{-1};
        std::int32_t coordinator_epoch{-1};
        std::uint64_t loads{0};  // Of its partition, by then.
    };
    struct LastMarker {
        std::int32_t coordinator_epoch{0};
        Offset offset;
        std::int16_t producer_epoch{-1};
    };
    void on_change(Fact const& fact, TransactionStateChanged const& change, Verdicts& verdicts);
    void on_end_refused(Fact const& fact, EndRefused const& refused, Verdicts& verdicts);
    void on_refused(Fact const& fact, BatchRefused const& refused, Names const& names,
                    Verdicts& verdicts);
    void on_marker(Fact const& fact, RecordsAppended const& appended, Names const& names,
                   Verdicts& verdicts);

    std::map<std::string, Held> held_;
    std::map<std::uint32_t, std::string> ids_;  // By client.
    std::map<std::pair<TopicPartition, ProducerId>, LastMarker> markers_;
    std::map<TopicPartition, Epoch> leader_epochs_;
    std::map<std::string, LastEpoch> epochs_;
    std::map<std::int32_t, std::uint64_t> loads_;  // By partition of __transaction_state.
    std::size_t told_;
    std::size_t wasted_;
    std::size_t regress_;
};

}  // namespace odradek::kafka::check
