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
                            AcceptableLeader const& acceptable)
{
    auto const valid = [&](BrokerId broker) { return contains(isr, broker) && acceptable(broker); };
    if (election == Election::preferred && !replicas.empty() && valid(replicas.front()))
        return {replicas.front(), false};
    if (leader != no_broker && valid(leader))
        return {leader, false};
    for (BrokerId const broker : replicas)
        if (valid(broker))
            return {broker, false};
    if (election == Election::unclean)
        for (BrokerId const broker : replicas)
            if (acceptable(broker))
                return {broker, true};
    return {no_broker, false};
}

std::string explain_election(Election election, std::vector<BrokerId> const& replicas,
                             std::vector<BrokerId> const& isr, BrokerId leader,
                             MetadataImage const& image, AcceptableLeader const& acceptable,
                             ElectionResult result)
{
    std::string text;
    bool chosen = false;
    for (BrokerId const broker : replicas) {
        if (!text.empty())
            text += "; ";
        std::string const id = std::to_string(broker.value);
        bool const in_isr = contains(isr, broker);
        if (broker == result.leader) {
            chosen = true;
            if (result.unclean)
                text += id + " is alive but not in the ISR: chosen uncleanly";
            else if (broker == leader)
                text += id + " leads already and may stay";
            else if (election == Election::preferred && broker == replicas.front())
                text += id + " is preferred, in the ISR and alive: chosen";
            else
                text += id + " is in the ISR and alive: chosen";
        } else if (!acceptable(broker))
            text += id + " " + unacceptable_because(broker, image);
        else if (!in_isr)
            text += id + " is not in the ISR";
        else
            text += id + (chosen ? " comes later" : " would do");
    }
    if (!chosen)
        text += election == Election::unclean ? ": nobody is alive, nobody leads"
                                              : ": nobody in the ISR is alive, nobody leads";
    return text;
}

}  // namespace odradek::kafka
