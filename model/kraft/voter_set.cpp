#include "model/kraft/voter_set.h"

#include <algorithm>

namespace odradek::kafka {

VoterSet::VoterSet(std::vector<Voter> voters) : voters_(std::move(voters))
{
    std::sort(voters_.begin(), voters_.end(),
              [](Voter const& a, Voter const& b) { return a.key.id < b.key.id; });
}

std::vector<ReplicaKey> VoterSet::keys() const
{
    std::vector<ReplicaKey> keys;
    for (Voter const& voter : voters_)
        keys.push_back(voter.key);
    return keys;
}

Voter const* VoterSet::find(BrokerId id) const
{
    for (Voter const& voter : voters_)
        if (voter.key.id == id)
            return &voter;
    return nullptr;
}

bool VoterSet::is_voter(ReplicaKey key) const
{
    Voter const* const voter = find(key.id);
    return voter != nullptr &&
           (voter->key.directory == migrating_directory || voter->key.directory == key.directory);
}

bool VoterSet::needs_update(Voter const& voter) const
{
    Voter const* const known = find(voter.key.id);
    return known != nullptr && is_voter(voter.key) && *known != voter;
}

std::optional<VoterSet> VoterSet::with(Voter const& voter) const
{
    if (find(voter.key.id) != nullptr)
        return std::nullopt;
    std::vector<Voter> voters = voters_;
    voters.push_back(voter);
    return VoterSet(std::move(voters));
}

std::optional<VoterSet> VoterSet::without(ReplicaKey key) const
{
    Voter const* const known = find(key.id);
    if (known == nullptr || known->key != key || voters_.size() == 1)
        return std::nullopt;
    std::vector<Voter> voters = voters_;
    std::erase_if(voters, [&](Voter const& voter) { return voter.key == key; });
    return VoterSet(std::move(voters));
}

std::optional<VoterSet> VoterSet::updated(Voter const& voter) const
{
    if (!is_voter(voter.key))
        return std::nullopt;
    std::vector<Voter> voters = voters_;
    for (Voter& known : voters)
        if (known.key.id == voter.key.id)
            known = voter;
    return VoterSet(std::move(voters));
}

bool VoterSet::overlaps(VoterSet const& other) const
{
    auto const missing = [](VoterSet const& from, VoterSet const& in) {
        return std::count_if(from.voters_.begin(), from.voters_.end(), [&](Voter const& voter) {
            Voter const* const known = in.find(voter.key.id);
            return known == nullptr || known->key != voter.key;
        });
    };
    return missing(*this, other) <= 1 && missing(other, *this) <= 1;
}

void QuorumHistory::set_bootstrap(VoterSet voters)
{
    versions_.emplace_back(no_offset, std::int16_t{1});
    if (!voters.empty())
        voters_.push_back({no_offset, std::move(voters)});
}

void QuorumHistory::load(MetadataSnapshot const& snapshot)
{
    voters_.clear();
    versions_.clear();
    Offset const last = snapshot.id.end_offset - 1;
    versions_.emplace_back(last, snapshot.kraft_version);
    if (snapshot.voters)
        voters_.push_back({last, VoterSet(*snapshot.voters)});
}

void QuorumHistory::append(RecordBatch const& batch)
{
    Offset offset = batch.base_offset;
    for (MetadataRecord const& record : metadata_records_of(batch)) {
        if (auto const* version = std::get_if<KRaftVersionRecord>(&record))
            versions_.emplace_back(offset, version->kraft_version);
        else if (auto const* voters = std::get_if<VotersRecord>(&record))
            voters_.push_back({offset, VoterSet(voters->voters)});
        offset += 1;
    }
}

void QuorumHistory::truncate_to(Offset end)
{
    while (!voters_.empty() && voters_.back().offset >= end)
        voters_.pop_back();
    while (!versions_.empty() && versions_.back().first >= end)
        versions_.pop_back();
}

void QuorumHistory::forget_before(Offset start)
{
    while (voters_.size() > 1 && voters_[1].offset <= start)
        voters_.erase(voters_.begin());
    while (versions_.size() > 1 && versions_[1].first <= start)
        versions_.erase(versions_.begin());
}

VoterSet const& QuorumHistory::voters() const
{
    return voters_.empty() ? static_ : voters_.back().voters;
}

std::optional<Offset> QuorumHistory::voters_offset() const
{
    return voters_.empty() ? std::nullopt : std::optional(voters_.back().offset);
}

std::int16_t QuorumHistory::kraft_version() const
{
    return versions_.empty() ? std::int16_t{0} : versions_.back().second;
}

std::optional<VoterSet> QuorumHistory::voters_at(Offset offset) const
{
    for (auto entry = voters_.rbegin(); entry != voters_.rend(); ++entry)
        if (entry->offset <= offset)
            return entry->voters;
    return std::nullopt;
}

std::int16_t QuorumHistory::kraft_version_at(Offset offset) const
{
    for (auto entry = versions_.rbegin(); entry != versions_.rend(); ++entry)
        if (entry->first <= offset)
            return entry->second;
    return 0;
}

}  // namespace odradek::kafka
