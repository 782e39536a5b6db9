#include "model/replica/log_cleaner.h"

#include <algorithm>
#include <utility>

#include "sim/wide.h"

namespace odradek::kafka {

LogCleaner::LogCleaner(BrokerConfig const& config)
    : threads_(config.log_cleaner_enable
                   ? static_cast<std::size_t>(std::max(config.log_cleaner_threads, 0))
                   : 0)
{
}

void LogCleaner::start(ReplicaContext const& at, PartitionTable const& partitions)
{
    started_once_ = true;
    started_ = at.env.now;
    for (std::uint32_t slot = 0; slot < partitions.slots(); ++slot)
        if (Partition const* const partition = partitions.at(slot);
            partition && partition->topic().cleanup_policy.compacts)
            return wake(at);
}

// Threads look every log.cleaner.backoff.ms from their start on, even if there is nothing to see;
// that much of it happens only when somebody needs it.
void LogCleaner::wake(ReplicaContext const& at)
{
    if (running_ || !started_once_ || stopped_ || threads_.empty())
        return;
    running_ = true;
    Duration const period = std::max(at.config.log_cleaner_backoff, Duration{1'000'000});
    Duration const since = at.env.now - started_;
    Duration const next = since == Duration{} ? Duration{} : period - since % period;
    for (std::uint32_t i = 0; i < threads_.size(); ++i)
        if (!threads_[i].cleaning)
            arm(at, i, next);
}

void LogCleaner::arm(ReplicaContext const& at, std::uint32_t thread, Duration delay)
{
    at.out.arm(timer(TimerKind::log_cleaner, thread), delay);
}

bool LogCleaner::owns(sim::FileId file) const
{
    return std::any_of(threads_.begin(), threads_.end(),
                       [file](Thread const& one) { return one.waits_for == file; });
}

bool LogCleaner::cleans(TopicPartition partition) const
{
    return std::any_of(threads_.begin(), threads_.end(), [partition](Thread const& one) {
        return one.cleaning && one.cleaning->partition() == partition;
    });
}

void LogCleaner::abandon(ReplicaContext const& at, TopicPartition partition, bool directory_works)
{
    uncleanable_.erase(partition);
    for (std::uint32_t i = 0; i < threads_.size(); ++i) {
        Thread& thread = threads_[i];
        if (!thread.cleaning || thread.cleaning->partition() != partition)
            continue;
        if (directory_works)
            thread.cleaning->abandon(at.out);
        thread.cleaning.reset();
        thread.waits_for.reset();
        arm(at, i, {});
    }
}

LogCleaner::Turn LogCleaner::on_timer(ReplicaContext const& at, PartitionTable& partitions,
                                      std::uint32_t thread)
{
    if (stopped_ || thread >= threads_.size() || threads_[thread].waits_for)
        return {};
    return go_on(at, partitions, thread);
}

LogCleaner::Turn LogCleaner::on_io(ReplicaContext const& at, PartitionTable& partitions,
                                   sim::FileId file)
{
    for (std::uint32_t i = 0; i < threads_.size(); ++i)
        if (threads_[i].waits_for == file) {
            threads_[i].waits_for.reset();
            return stopped_ ? Turn{} : go_on(at, partitions, i);
        }
    return {};
}

// Throttler: all threads together move no more than so many bytes a second.
void LogCleaner::charge(ReplicaContext const& at, std::uint64_t bytes)
{
    std::int64_t const rate = at.config.log_cleaner_io_max_bytes_per_second;
    if (rate == 0 || bytes == 0)
        return;
    auto const took = static_cast<std::int64_t>(sim::UnsignedWide{bytes} * 1'000'000'000 /
                                                static_cast<std::uint64_t>(rate));
    may_move_ = std::max(may_move_, at.env.now) + Duration{took};
}

bool LogCleaner::pick(ReplicaContext const& at, PartitionTable& partitions, Thread& thread,
                      Turn& turn)
{
    Partition* dirtiest = nullptr;
    Cleanable most;
    bool any = false;
    for (std::uint32_t slot = 0; slot < partitions.slots(); ++slot) {
        Partition* const partition = partitions.at(slot);
        if (partition == nullptr || !partition->topic().cleanup_policy.compacts)
            continue;
        any = true;
        if (cleans(partition->id()) || uncleanable_.contains(partition->id()) ||
            partition->log().swapping())
            continue;
        Cleanable const found =
            cleanable(partition->log(), partition->topic(), at.env.wall, at.switches);
        if (found.reset) {
            at.out.note("{}: it was cleaned up to {}, and the log is from {} to {}: everything is "
                        "dirty again",
                        partition->name(), partition->log().cleaned_to().value_or(no_offset).value,
                        partition->log().start().value, partition->log().end().value);
            partition->log().set_cleaned_to(found.first_dirty);
            turn.checkpoint = true;
        }
        if (found.due(partition->topic()) && (dirtiest == nullptr || found.dirtier_than(most))) {
            dirtiest = partition;
            most = found;
        }
    }
    running_ = any;
    if (dirtiest == nullptr)
        return false;
    at.out.note(
        "{}: clean it from {} to {}: {} of {} bytes are dirty{}", dirtiest->name(),
        most.first_dirty.value, most.first_uncleanable.value, most.dirty_bytes, most.total_bytes(),
        most.overdue > Duration{} ? ", and the oldest are overdue by " + to_string(most.overdue)
                                  : std::string());
    auto const threads = static_cast<std::int64_t>(threads_.size());
    thread.cleaning.emplace(
        dirtiest->id(), dirtiest->log(), most,
        Cleaning::Memory{at.config.log_cleaner_dedupe_buffer_size / threads,
                         at.config.log_cleaner_io_buffer_load_factor,
                         static_cast<std::uint64_t>(std::max<std::int64_t>(
                             at.config.log_cleaner_io_buffer_size / threads / 2, 1))},
        at.env.wall);
    return true;
}

LogCleaner::Turn LogCleaner::go_on(ReplicaContext const& at, PartitionTable& partitions,
                                   std::uint32_t number)
{
    Turn turn;
    Thread& thread = threads_[number];
    using Kind = Cleaning::Step::Kind;
    for (;;) {
        if (!thread.cleaning && !pick(at, partitions, thread, turn)) {
            turn.looked = true;
            if (running_)
                arm(at, number, std::max(at.config.log_cleaner_backoff, Duration{1'000'000}));
            return turn;
        }
        if (may_move_ > at.env.now) {
            arm(at, number, may_move_ - at.env.now);
            return turn;
        }
        Partition* const partition = partitions.find(thread.cleaning->partition());
        if (partition == nullptr) {
            thread.cleaning.reset();  // Its files went with it.
            continue;
        }
        Log& log = partition->log();
        Cleaning::Step const step =
            thread.cleaning->go_on(at.env, at.self, log, partition->topic(), at.out);
        charge(at, step.bytes);
        switch (step.kind) {
        case Kind::again:
            continue;
        case Kind::io:
            thread.waits_for = step.file;
            return turn;
        case Kind::pause:
            arm(at, number, step.pause);
            return turn;
        case Kind::complete: {
            Cleaning const& done = *thread.cleaning;
            Cleaning::Statistics const& is = done.statistics();
            at.out.note("{}: cleaned from {} to {}{}: {} of {} records stay, {} of {} bytes{}",
                        log.name(), done.first_dirty().value, done.cleaned_to().value,
                        done.map_full() ? ", further keys did not fit" : "", is.records_left,
                        is.records_read, is.bytes_left, is.bytes_read,
                        is.without_key == 0 ? std::string()
                                            : fmt::format("; {} had no key", is.without_key));
            log.set_cleaned_to(done.cleaned_to());
            break;
        }
        case Kind::aborted:
            // The log knows how far it is clean now.
            at.out.note("{}: the log was cut, and its cleaning is given up", log.name());
            break;
        case Kind::corrupt:
            at.out.note("{}: something in it is no batch: it is cleaned no more", log.name());
            thread.cleaning->abandon(at.out);
            uncleanable_.insert(partition->id());
            break;
        }
        thread.cleaning.reset();
        turn.checkpoint = true;
        turn.looked = true;
        // The next look is another turn: retention comes first.
        arm(at, number, {});
        return turn;
    }
}

}  // namespace odradek::kafka
