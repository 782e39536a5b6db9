#include "model/cluster/measure.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace odradek::kafka {

void Measure::look(sim::Instant now, Reading reading)
{
    if (!counts_ && reading.value)
        samples_.push_back(*reading.value);
    if (!std::exchange(begun_, true))
        first_ = reading;
    last_ = std::move(reading);
    if (now >= until_)
        next_ = std::nullopt;
    else
        next_ = counts_ ? until_ : std::min(now + interval, until_);
}

std::optional<std::int64_t> Measure::value(Statistic statistic) const
{
    if (counts_)
        return last_.value ? std::optional{*last_.value - first_.value.value_or(0)} : std::nullopt;
    if (samples_.empty())
        return std::nullopt;
    std::vector<std::int64_t> sorted = samples_;
    std::sort(sorted.begin(), sorted.end());
    auto const sum = std::accumulate(sorted.begin(), sorted.end(), std::int64_t{0});
    auto const count = static_cast<std::int64_t>(sorted.size());
    // The smallest sample that so many thousandths of all are not above.
    auto const percentile = [&](std::int64_t thousandths) {
        return sorted[static_cast<std::size_t>((count * thousandths + 999) / 1000 - 1)];
    };
    switch (statistic) {
    case Statistic::avg:
        return sum / count;
    case Statistic::min:
        return sorted.front();
    case Statistic::max:
        return sorted.back();
    case Statistic::p50:
        return percentile(500);
    case Statistic::p95:
        return percentile(950);
    case Statistic::p99:
        return percentile(990);
    case Statistic::p999:
        return percentile(999);
    case Statistic::total:
        return count;
    case Statistic::last:
        return samples_.back();
    }
    return std::nullopt;
}

}  // namespace odradek::kafka
