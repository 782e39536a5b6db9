// AbstractStickyAssignor.ConstrainedAssignmentBuilder. With P partitions and M members each gets
// floor(P/M) or ceil(P/M) of them, P mod M members the larger number.
#include <algorithm>
#include <deque>
#include <utility>

#include "model/assignors/sticky.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

class Constrained {
public:
    explicit Constrained(StickyStart start)
        : start_(std::move(start)),
          of_(start_.of),
          least_(of_.partitions() / of_.members()),
          most_((of_.partitions() + of_.members() - 1) / of_.members()),
          expected_full_(of_.partitions() % of_.members()),
          assigned_(static_cast<std::size_t>(of_.members())),
          taken_(static_cast<std::size_t>(of_.partitions()), false),
          revoked_from_(taken_.size(), -1),
          transferring_(taken_.size(), false)
    {
    }

    StickyOutcome run()
    {
        for (int member = 0; member < of_.members(); ++member)
            keep_owned(member);
        std::vector<int> rest;
        for (int p = 0; p < of_.partitions(); ++p)
            if (!taken_[static_cast<std::size_t>(p)])
                rest.push_back(p);
        std::sort(under_.begin(), under_.end());
        std::sort(exact_.begin(), exact_.end());
        if (start_.racks) {
            sort_by_members_near(rest);
            deal_out_near(rest);
        }
        deal_out(rest);
        return {std::move(assigned_), std::move(transferring_)};
    }

private:
    std::vector<int>& of(int member) { return assigned_[static_cast<std::size_t>(member)]; }

    void keep(int member, std::vector<int> const& owned, int count)
    {
        for (std::size_t i = 0; i < owned.size(); ++i) {
            auto const p = static_cast<std::size_t>(owned[i]);
            if (static_cast<int>(i) < count) {
                of(member).push_back(owned[i]);
                taken_[p] = true;
            } else {
                revoked_from_[p] = member;
            }
        }
    }

    void keep_owned(int member)
    {
        std::vector<int> owned;
        for (int const p : start_.owned[static_cast<std::size_t>(member)]) {
            if (start_.too_far(member, p))
                revoked_from_[static_cast<std::size_t>(p)] = member;
            else if (!start_.claimed_twice[static_cast<std::size_t>(p)])
                owned.push_back(p);
        }
        // By partition, then by topic.
        std::sort(owned.begin(), owned.end(), [this](int a, int b) {
            int const in_a = a - of_.first_of(of_.topic_of(a));
            int const in_b = b - of_.first_of(of_.topic_of(b));
            return in_a != in_b ? in_a < in_b : a < b;
        });
        int const count = static_cast<int>(owned.size());
        if (count < least_) {
            keep(member, owned, count);
            under_.push_back(member);
        } else if (count >= most_ && full_ < expected_full_) {
            if (++full_ == expected_full_)
                exact_.clear();
            keep(member, owned, most_);
        } else {
            keep(member, owned, least_);
            if (full_ < expected_full_)
                exact_.push_back(member);
        }
    }

    int give(int partition, int member)
    {
        of(member).push_back(partition);
        auto const p = static_cast<std::size_t>(partition);
        if ((revoked_from_[p] >= 0 && revoked_from_[p] != member) || start_.claimed_twice[p])
            transferring_[p] = true;
        return static_cast<int>(of(member).size());
    }

    // Those with the fewest members in their racks come first.
    void sort_by_members_near(std::vector<int>& partitions) const
    {
        std::vector<int> near(static_cast<std::size_t>(of_.partitions()), 0);
        for (int const p : partitions)
            for (int member = 0; member < of_.members(); ++member)
                near[static_cast<std::size_t>(p)] +=
                    of_.rack_of(member) >= 0 && !start_.too_far(member, p);
        std::stable_sort(partitions.begin(), partitions.end(), [&near](int a, int b) {
            return near[static_cast<std::size_t>(a)] < near[static_cast<std::size_t>(b)];
        });
    }

    template <class Members>
    int next_near(int partition, Members const& members, std::size_t from) const
    {
        for (std::size_t i = 0; i < members.size(); ++i) {
            std::size_t const at = (from + i) % members.size();
            if (of_.rack_of(members[at]) >= 0 && !start_.too_far(members[at], partition))
                return static_cast<int>(at);
        }
        return -1;
    }

    void deal_out_near(std::vector<int>& rest)
    {
        std::size_t next = 0;
        std::vector<int> left;
        for (int const partition : rest) {
            int member = -1;
            int at = next_near(partition, under_, next);
            if (at >= 0) {
                member = under_[static_cast<std::size_t>(at)];
                int const count = static_cast<int>(of(member).size()) + 1;
                if (count >= least_) {
                    under_.erase(under_.begin() + at);
                    if (count < most_ && full_ < expected_full_)
                        exact_.push_back(member);
                } else {
                    ++at;
                }
                next = under_.empty() ? 0 : static_cast<std::size_t>(at) % under_.size();
            } else if (int const first = next_near(partition, exact_, 0); first >= 0) {
                member = exact_[static_cast<std::size_t>(first)];
                if (static_cast<int>(of(member).size()) + 1 == most_) {
                    exact_.erase(exact_.begin() + first);
                    if (++full_ == expected_full_)
                        exact_.clear();
                }
            }
            if (member >= 0)
                give(partition, member);
            else
                left.push_back(partition);
        }
        rest = std::move(left);
    }

    void deal_out(std::vector<int> const& rest)
    {
        std::size_t turn = 0;
        for (int const partition : rest) {
            bool const from_under = !under_.empty();
            int member = -1;
            if (from_under) {
                turn = turn < under_.size() ? turn : 0;
                member = under_[turn++];
            } else {
                ENSURE(!exact_.empty() || !start_.claims_settled,
                       "somebody has room for every partition");
                if (exact_.empty())
                    return;
                member = exact_.front();
                exact_.pop_front();
            }
            int const count = give(partition, member);
            if (from_under && count == least_) {
                under_.erase(under_.begin() + static_cast<std::ptrdiff_t>(--turn));
                exact_.push_back(member);
            } else if (count == most_) {
                ++full_;
            }
        }
    }

    StickyStart start_;
    Subscriptions const& of_;
    int least_;
    int most_;
    int expected_full_;  // Members that get `most_`; none when that is `least_`.
    int full_{0};
    std::vector<std::vector<int>> assigned_;
    std::vector<bool> taken_;
    std::vector<int> revoked_from_;  // By partition: who could not keep it; -1: nobody.
    std::vector<bool> transferring_;
    std::deque<int> under_;  // Have less than `least_`.
    std::deque<int> exact_;  // Have `least_` and may get one more.
};

}  // namespace

StickyOutcome assign_constrained(StickyStart start) { return Constrained(std::move(start)).run(); }

}  // namespace odradek::kafka
