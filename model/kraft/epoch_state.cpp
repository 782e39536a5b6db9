#include "model/kraft/epoch_state.h"

namespace odradek::kafka {

Votes::Votes(VoterSet const& voters, ReplicaKey self)
{
    for (Voter const& voter : voters.list())
        voters_.push_back({voter.key, voter.key.id == self.id ? Said::yes : Said::nothing});
}

void Votes::record(BrokerId voter, bool granted)
{
    for (One& one : voters_)
        if (one.voter.id == voter)
            one.said = granted ? Said::yes : Said::no;
}

bool Votes::answered(BrokerId voter) const
{
    return std::any_of(voters_.begin(), voters_.end(), [&](One const& one) {
        return one.voter.id == voter && one.said != Said::nothing;
    });
}

std::vector<BrokerId> Votes::granting() const
{
    std::vector<BrokerId> ids;
    for (One const& one : voters_)
        if (one.said == Said::yes)
            ids.push_back(one.voter.id);
    return ids;
}

std::vector<ReplicaKey> Votes::unrecorded() const
{
    std::vector<ReplicaKey> keys;
    for (One const& one : voters_)
        if (one.said == Said::nothing)
            keys.push_back(one.voter);
    return keys;
}

std::size_t Votes::count(Said said) const
{
    return static_cast<std::size_t>(std::count_if(
        voters_.begin(), voters_.end(), [&](One const& one) { return one.said == said; }));
}

char const* to_string(EpochState const& state)
{
    static constexpr char const* names[] = {"Unattached", "Prospective", "Candidate",
                                            "Follower",   "Leader",      "Resigned"};
    return names[state.index()];
}

}  // namespace odradek::kafka
