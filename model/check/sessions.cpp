#include "model/check/sessions.h"

#include <utility>

#include <fmt/format.h>

namespace odradek::kafka::check {

SessionLaws::SessionLaws(Verdicts& verdicts)
    : agrees_(verdicts.add_law("fetch-session-agrees", sim::PropertyKind::always,
                               "what is fetched in a session is what a full fetch would fetch"))
{
}

void SessionLaws::see(Fact const& fact, Verdicts& verdicts) const
{
    auto const* used = std::get_if<FetchSessionUsed>(&fact.is);
    if (used == nullptr)
        return;
    verdicts.exercised(agrees_);
    if (used->agrees)
        return;
    Violation violation;
    violation.what = fmt::format(
        "broker-{} holds {} partitions in fetch session {} of {} at epoch {}, but not as they are "
        "asked for: offsets, epochs or partitions differ",
        used->broker.value, used->partitions, used->session,
        used->replica == no_broker ? std::string("a consumer")
                                   : fmt::format("broker-{}", used->replica.value),
        used->epoch);
    violation.time = fact.time;
    violation.events.push_back(fact.event);
    verdicts.violated(agrees_, std::move(violation));
}

void SessionLaws::finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts) const
{
    verdicts.exercised(agrees_, end.sessions);
    for (UntoldEnd const& untold : end.untold) {
        Violation violation;
        violation.partition = untold.partition;
        violation.what = fmt::format(
            "{}: broker-{} has something to tell {} and will not in their fetch session: {}",
            names.partition(untold.partition), untold.broker.value,
            untold.replica == no_broker ? std::string("a consumer")
                                        : fmt::format("broker-{}", untold.replica.value),
            untold.what);
        violation.time = end.time;
        verdicts.violated(agrees_, std::move(violation));
    }
}

}  // namespace odradek::kafka::check
