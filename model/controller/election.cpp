#include "model/controller/election.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

bool contains(std::vector<BrokerId> const& list, BrokerId broker)
{
    return std::find(list.begin(), list.end(), broker) != list.end();
}

// Why a broker cannot lead, in words; `acceptable` knows exceptions that the image does not show.
std::string unacceptable_because(BrokerId broker, MetadataImage const& image)
{
    BrokerRegistration const* registration = image.broker(broker);
    if (registration == nullptr)
        return "is not registered";
    if (registration->in_controlled_shutdown)
        return "is shutting down";
    if (registration->fenced)
        return "is fenced";
    return "is on its way out";
}

}  // namespace

std::string to_string(Election election)
{
    switch (election) {
    case Election::preferred:
        return "preferred";
    case Election::online:
        return "online";
    case Election::unclean:
        return "unclean";
    }
    return "?";
}

ElectionResult elect_leader(Election election, std::vector<BrokerId> const& replicas,
                            std::vector<BrokerId> const& isr, BrokerId leader,
                            AcceptableLeader const& acceptable, Eligible const& eligible)
{
    auto const valid = [&](BrokerId broker) {
        return (contains(isr, broker) || (isr.empty() && contains(eligible.elr, broker))) &&
               acceptable(broker);
    };
    if (election == Election::preferred && !replicas.empty() && valid(replicas.front()))
        return {replicas.front(), false};
    if (leader != no_broker && valid(leader))
        return {leader, false};
    for (BrokerId const broker : replicas)
        if (valid(broker))
            return {broker, false};
    if (isr.empty() && eligible.elr.empty() && eligible.last_known != no_broker &&
        (!eligible.last_known_must_be_acceptable || acceptable(eligible.last_known)))
        return {eligible.last_known, true};
    if (election == Election::unclean)
        for (BrokerId const broker : replicas)
            if (acceptable(broker))
                return {broker, true};
    return {no_broker, false};
}

namespace {

// Why the one who was chosen was, in words.
std::string chosen_because(Election election, std::vector<BrokerId> const& replicas,
                           std::vector<BrokerId> const& isr, BrokerId leader, bool alive,
                           ElectionResult result, Eligible const& eligible)
{
    if (result.unclean && isr.empty() && result.leader == eligible.last_known)
        return alive ? "led last, and nobody is left in ISR and ELR: chosen uncleanly"
                     : "led last: chosen uncleanly, alive or not";
    if (result.unclean)
        return "is alive but not in the ISR: chosen uncleanly";
    if (result.leader == leader)
        return "leads already and may stay";
    if (!contains(isr, result.leader))
        return "is an eligible leader replica and alive: chosen";
    if (election == Election::preferred && result.leader == replicas.front())
        return "is preferred, in the ISR and alive: chosen";
    return "is in the ISR and alive: chosen";
}

}  // namespace

std::string explain_election(Election election, std::vector<BrokerId> const& replicas,
                             std::vector<BrokerId> const& isr, BrokerId leader,
                             MetadataImage const& image, AcceptableLeader const& acceptable,
                             ElectionResult result, Eligible const& eligible)
{
    std::string text;
    bool chosen = false;
    for (BrokerId const broker : replicas) {
        if (!text.empty())
            text += "; ";
        std::string const id = std::to_string(broker.value);
        bool const may = contains(isr, broker) || (isr.empty() && contains(eligible.elr, broker));
        if (broker == result.leader) {
            chosen = true;
            text += id + " " +
                    chosen_because(election, replicas, isr, leader, acceptable(broker), result,
                                   eligible);
        } else if (!acceptable(broker))
            text += id + " " + unacceptable_because(broker, image);
        else if (!may)
            text +=
                id + (eligible.elr.empty() ? " is not in the ISR" : " is in neither ISR nor ELR");
        else
            text += id + (chosen ? " comes later" : " would do");
    }
    if (!chosen)
        text += election == Election::unclean ? ": nobody is alive, nobody leads"
                : eligible.elr.empty()        ? ": nobody in the ISR is alive, nobody leads"
                                              : ": nobody in ISR and ELR is alive, nobody leads";
    return text;
}

}  // namespace odradek::kafka
