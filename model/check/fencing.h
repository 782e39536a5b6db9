// Who is fenced, and who is told so. A transaction coordinator that aborts a transaction by itself,
// for its timeout or because somebody begins anew, has fenced its producer: whatever that one is
// told of it must say so, since any other error looks like a mistake of the application. An epoch
// is taken for each time that somebody is fenced, or a transaction ends. And a coordinator that was
// deposed writes no markers behind its successor's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
        bool aborts{false};            // Its application has asked for that.
        std::optional<Moment> fenced;  // Its coordinator has aborted what it has not.
        // Where it had written in that transaction before: what it is told of these may be old.
        std::set<TopicPartition> written{};
    };
    struct LastMarker {
        std::int32_t coordinator_epoch{0};
        Offset offset;
        std::int16_t producer_epoch{-1};
    };
    void on_change(Fact const& fact, TransactionStateChanged const& change, Verdicts& verdicts);
    void on_told(Fact const& fact, std::uint32_t client, Error error, Names const& names,
                 Verdicts& verdicts);
    void on_refused(Fact const& fact, BatchRefused const& refused, Names const& names,
                    Verdicts& verdicts);
    void on_marker(Fact const& fact, RecordsAppended const& appended, Names const& names,
                   Verdicts& verdicts);

    std::map<std::string, Held> held_;
    std::map<std::uint32_t, std::string> ids_;  // By client.
    std::map<std::pair<TopicPartition, ProducerId>, LastMarker> markers_;
    std::map<TopicPartition, Epoch> leader_epochs_;
    std::map<std::string, std::pair<ProducerId, std::int16_t>> epochs_;  // As written last.
    std::size_t told_;
    std::size_t wasted_;
    std::size_t regress_;
};

}  // namespace odradek::kafka::check
