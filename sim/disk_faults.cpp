// What is wrong with a disk, or with one directory of it: faults, taken together with its quality.
#include <algorithm>
#include <limits>
#include <utility>

#include "sim/disk.h"
#include "sim/ensure.h"

namespace odradek::sim {

namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Disk::Errors Disk::errors_of(FileId id) const
{
    Errors errors{conditions_.read_errors, conditions_.write_errors, conditions_.flush_errors,
                  conditions_.flush_lies, conditions_.gone};
    if (!conditions_.parts)
        return errors;
    std::string_view const path = files_[id.value].path();
    for (Fault const& fault : faults_) {
        std::string const& under = fault.is.under;
        if (under.empty() || !path.starts_with(under) ||
            !path.substr(under.size()).starts_with('/'))
            continue;
        errors.read = either(errors.read, fault.is.read_errors);
        errors.write = either(errors.write, fault.is.write_errors);
        errors.flush = either(errors.flush, fault.is.flush_errors);
        errors.lies = either(errors.lies, fault.is.flush_lies);
        errors.gone = errors.gone || fault.is.gone;
    }
    return errors;
}

bool Disk::is_gone(FileId id) const
{
    return conditions_.parts ? errors_of(id).gone : conditions_.gone;
}

void Disk::refresh_conditions()
{
    Conditions all;
    all.read = quality_.read;
    all.write = quality_.write;
    all.flush = quality_.flush;
    all.bandwidth = quality_.bandwidth;
    all.room = quality_.capacity == 0 ? unlimited : quality_.capacity;
    for (Fault const& fault : faults_) {
        DiskFault const& is = fault.is;
        if (!is.under.empty()) {
            all.parts = true;
            continue;
        }
        all.read = is.read.value_or(all.read);
        all.write = is.write.value_or(all.write);
        all.flush = is.flush.value_or(all.flush);
        std::uint64_t const bandwidth = is.bandwidth.value_or(0);
        if (bandwidth != 0 && (all.bandwidth == 0 || bandwidth < all.bandwidth))
            all.bandwidth = bandwidth;
        all.room = std::min(all.room, fault.room);
        all.read_errors = either(all.read_errors, is.read_errors);
        all.write_errors = either(all.write_errors, is.write_errors);
        all.flush_errors = either(all.flush_errors, is.flush_errors);
        all.flush_lies = either(all.flush_lies, is.flush_lies);
        all.short_writes = all.short_writes || is.short_writes;
        all.loses_names = all.loses_names || is.loses_names;
        all.stalled = all.stalled || is.stalled;
        all.gone = all.gone || is.gone;
    }
    conditions_ = std::move(all);
}

std::uint32_t Disk::add_fault(Instant now, DiskFault fault)
{
    settle(now);
    ENSURE(fault.under.empty() || !(fault.stalled || fault.full || fault.free_bytes || fault.read ||
                                    fault.write || fault.flush || fault.bandwidth),
           "a directory can be gone or have errors; how fast and how large is the disk's");
    std::uint64_t room = unlimited;
    if (fault.free_bytes && *fault.free_bytes < unlimited - used_)
        room = used_ + *fault.free_bytes;
    if (fault.full)
        room = 0;
    faults_.push_back({++fault_last_, room, std::move(fault)});
    refresh_conditions();
    frozen_ = conditions_.stalled || conditions_.gone;
    return fault_last_;
}

std::vector<Resumed> Disk::remove_fault(Instant now, std::uint32_t fault)
{
    settle(now);
    auto const at = std::find_if(faults_.begin(), faults_.end(),
                                 [fault](Fault const& one) { return one.number == fault; });
    ENSURE(at != faults_.end(), "a fault is taken away once");
    faults_.erase(at);
    refresh_conditions();
    frozen_ = conditions_.stalled || conditions_.gone;
    // What could not be written back is tried anew.
    std::vector<Dirty> const parked = std::move(parked_);
    parked_.clear();
    for (Dirty const& dirty : parked) {
        if (is_gone(dirty.file))
            parked_.push_back(dirty);
        else
            dirty_.push({now, dirty.file, dirty.changes});
    }
    std::vector<Resumed> resumed;
    if (conditions_.stalled)
        return resumed;
    for (Operation const& operation : held_)
        resumed.push_back({operation.file, carry_out(now, operation)});
    held_.clear();
    return resumed;
}

void Disk::set_power_loss(PowerLoss model) { quality_.power_loss = model; }

}  // namespace odradek::sim
