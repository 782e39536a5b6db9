#include "model/client/arrivals.h"

#include <algorithm>

#include "model/murmur2.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site gap_site("producer.gap");
constexpr sim::Site key_site("producer.key");
constexpr sim::Site values_site("producer.values");
__extension__ using Wide = __int128;
constexpr std::int64_t unit_mean = std::int64_t{1} << 32;

std::int64_t scaled(std::uint64_t count, Rate const& rate)
{
    Wide const product = static_cast<Wide>(count) * rate.per.ns;
    return static_cast<std::int64_t>(rate.events == 1 ? product : product / rate.events);
}

}  // namespace

Arrivals::Arrivals(ProducerWorkload const& workload, Instant stop, std::string sender)
    : arrival_(workload.arrival),
      key_(workload.key),
      stop_(stop),
      topics_(static_cast<std::uint32_t>(std::max<std::size_t>(workload.topics.size(), 1))),
      value_(workload.value),
      sender_(std::move(sender)),
      rate_(workload.rate)
{
    if (workload.records)
        limit_ = static_cast<std::uint64_t>(*workload.records);
    if (key_.gen == KeySpec::Gen::zipf)
        zipf_ = sim::Zipf{key_.cardinality, key_.s_thousandths};
    draws_ = key_.gen != KeySpec::Gen::none || arrival_ == Arrival::poisson;
    lay({}, rate_);
}

void Arrivals::make_shape(Env const& env)
{
    RecordShape::Description is;
    is.sender = sender_;
    switch (key_.gen) {
    case KeySpec::Gen::none:
        break;
    case KeySpec::Gen::sequence:
        is.keys = RecordShape::Keys::by_number;
        break;
    case KeySpec::Gen::uniform:
    case KeySpec::Gen::zipf:
        is.keys = RecordShape::Keys::drawn;
        break;
    }
    is.cardinality = static_cast<std::uint64_t>(std::max<std::int64_t>(key_.cardinality, 1));
    switch (value_.gen) {
    case ValueSpec::Gen::sequence:
        is.filling = RecordShape::Filling::sequence;
        break;
    case ValueSpec::Gen::letters:
        is.filling = RecordShape::Filling::letters;
        break;
    case ValueSpec::Gen::random:
        is.filling = RecordShape::Filling::random;
        break;
    }
    is.value_bytes = value_.size.distribution();
    is.tombstones = value_.tombstones.ratio();
    for (auto const& [name, text] : value_.headers)
        is.headers.push_back({name, text});
    if (!is.value_bytes.is_constant() || !is.tombstones.is_never())
        is.seed = env.below(values_site, std::uint64_t{1} << 62);
    shape_ = sim::share<RecordShape>(std::move(is));
}

void Arrivals::lay(Instant base, std::optional<Rate> rate)
{
    rate_ = rate;
    Kind const kind = !rate                          ? Kind::closed_loop
                      : arrival_ == Arrival::poisson ? Kind::poisson
                                                     : Kind::steady;
    if (!schedule_.empty() && schedule_.back().first == next_)
        schedule_.pop_back();  // Nothing was sent by it.
    schedule_.push_back({next_, base, kind, rate});
}

void Arrivals::begin(Instant at)
{
    lay(at, rate_);
    stopped_ = false;
    before_ = at;
    loop_at_ = at;
    Instant due = before_;
    for (Drawn& drawn : drawn_) {
        due = due + poisson_gap(drawn.gap);
        drawn.due = due;
    }
}

void Arrivals::set_rate(Instant now, std::optional<Rate> rate)
{
    Instant const base =
        rate && arrival_ == Arrival::steady ? now + Duration{scaled(1, *rate)} : now;
    lay(base, rate);
    before_ = now;
    loop_at_ = now;
    Instant due = before_;
    for (Drawn& drawn : drawn_) {
        due = due + poisson_gap(drawn.gap);
        drawn.due = due;
    }
}

Duration Arrivals::poisson_gap(std::uint64_t gap) const
{
    if (!rate_)
        return {};
    Wide const product = static_cast<Wide>(gap) * rate_->per.ns;
    return {static_cast<std::int64_t>(product / rate_->events / unit_mean)};
}

void Arrivals::draw(Env const& env)
{
    Drawn drawn;
    std::uint64_t const number = next_ + drawn_.size();
    if (arrival_ == Arrival::poisson) {
        drawn.gap = static_cast<std::uint64_t>(
            env.chance->sample_int(gap_site, env.self.value, sim::Exponential{unit_mean}));
        drawn.due = (drawn_.empty() ? before_ : drawn_.back().due) + poisson_gap(drawn.gap);
    }
    std::uint64_t key = 0;
    auto const cardinality =
        static_cast<std::uint64_t>(std::max<std::int64_t>(key_.cardinality, 1));
    switch (key_.gen) {
    case KeySpec::Gen::none:
        break;
    case KeySpec::Gen::sequence:
        key = number % cardinality;
        break;
    case KeySpec::Gen::uniform:
        key = env.below(key_site, cardinality);
        break;
    case KeySpec::Gen::zipf:
        key = static_cast<std::uint64_t>(env.chance->sample_int(key_site, env.self.value, zipf_));
        break;
    }
    drawn.key = key;
    if (keyed())
        drawn.key_hash = murmur2(shape_->key_text(key)) & 0x7fffffff;
    drawn_.push_back(drawn);
}

Instant Arrivals::steady_due(Schedule const& schedule, std::uint64_t number) const
{
    return schedule.base + Duration{scaled(number - schedule.first, *schedule.rate)};
}

Instant Arrivals::due(std::size_t ahead) const
{
    Schedule const& schedule = schedule_.back();
    switch (schedule.kind) {
    case Kind::steady:
        return steady_due(schedule, next_ + ahead);
    case Kind::poisson:
        return drawn_[ahead].due;
    case Kind::closed_loop:
        return loop_at_ + send_call * static_cast<std::int64_t>(ahead);
    }
    return Instant::never();
}

bool Arrivals::peek(Env const& env, std::size_t ahead, Record& record)
{
    std::uint64_t const number = next_ + ahead;
    if (stopped_ || (limit_ && number >= *limit_))
        return false;
    if (!shape_)
        make_shape(env);
    if (draws_)
        while (drawn_.size() <= ahead)
            draw(env);
    Instant const at = due(ahead);
    if (at >= stop_)
        return false;
    record.number = number;
    record.due = at;
    record.topic = topics_ == 1 ? 0 : static_cast<std::uint32_t>(number % topics_);
    record.key_hash = draws_ ? drawn_[ahead].key_hash : -1;
    record.key = draws_ ? drawn_[ahead].key : 0;
    record.value_bytes = shape_->value_bytes(number);
    return true;
}

void Arrivals::take()
{
    before_ = due(0);
    loop_at_ = loop_at_ + send_call;
    if (!drawn_.empty())
        drawn_.pop_front();
    ++next_;
}

Arrivals::Schedule const& Arrivals::schedule_of(std::uint64_t number) const
{
    auto it = schedule_.rbegin();
    while (it->first > number && it + 1 != schedule_.rend())
        ++it;
    return *it;
}

void Arrivals::remember(Record const& record, std::vector<ArrivalRun>& runs) const
{
    Schedule const& schedule = schedule_of(record.number);
    if (schedule.kind == Kind::steady)
        return;
    if (schedule.kind == Kind::closed_loop && !runs.empty()) {
        ArrivalRun const& last = runs.back();
        auto const steps = static_cast<std::int64_t>(record.number - last.number);
        if (last.number >= schedule.first && last.at + send_call * steps == record.due)
            return;
    }
    runs.push_back({record.number, record.due});
}

Instant Arrivals::due_of(std::uint64_t number, std::vector<ArrivalRun> const& runs) const
{
    Schedule const& schedule = schedule_of(number);
    if (schedule.kind == Kind::steady)
        return steady_due(schedule, number);
    auto const after =
        std::upper_bound(runs.begin(), runs.end(), number,
                         [](std::uint64_t n, ArrivalRun const& run) { return n < run.number; });
    ENSURE(after != runs.begin(), "a record's arrival is remembered");
    ArrivalRun const& run = *(after - 1);
    return schedule.kind == Kind::poisson
               ? run.at
               : run.at + send_call * static_cast<std::int64_t>(number - run.number);
}

}  // namespace odradek::kafka
