// What the engine does with a process's wishes to its disk; part of engine_impl.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "sim/engine.h"

namespace odradek::sim {

// False if it failed, or is known to fail when its disk goes on.
template <class Model>
bool Engine<Model>::carry_out_disk(NodeId node, Wish const& wish, Instant& ready, bool& waits)
{
    Disk& disk = hosts_[nodes_[node.value].host.value].disk;
    Completion done;
    switch (wish.kind) {
    case WishKind::create:
        disk.open(std::string(disk.path(wish.file)));
        return true;
    case WishKind::append:
        done = disk.append(now(), chance_, wish.file, std::move(out_.blobs()[wish.index]));
        break;
    case WishKind::truncate:
        done = disk.truncate(now(), chance_, wish.file, wish.extents);
        break;
    case WishKind::flush:
        done = disk.flush(now(), chance_, wish.file);
        break;
    case WishKind::replace:
        done = disk.replace(now(), chance_, wish.file, std::move(out_.blobs()[wish.index]));
        break;
    case WishKind::read:
        done = disk.read(now(), chance_, wish.file, wish.extents);
        break;
    case WishKind::rename: {
        auto const& path = static_cast<PathText const&>(*out_.blobs()[wish.index]);
        done = disk.rename(now(), chance_, wish.file, path.text);
        break;
    }
    default:
        done = disk.remove(now(), chance_, wish.file);
        break;
    }
    if (done.held != 0) {
        waits = true;
        stall(node, wish, done.held, nullptr);
        return done.error == DiskError::none;
    }
    ready = std::max(ready, done.at);
    std::uint32_t const incarnation = nodes_[node.value].incarnation;
    if (done.error != DiskError::none)
        schedule_disk(node, incarnation, wish.file, ready, done.error);
    else if (wish.notify)
        schedule_disk(node, incarnation, wish.file, ready, DiskError::none);
    return done.error == DiskError::none;
}

template <class Model>
void Engine<Model>::schedule_disk(NodeId node, std::uint32_t incarnation, FileId file, Instant at,
                                  DiskError error)
{
    EventKind const kind = error == DiskError::none ? EventKind::flushed : EventKind::disk_error;
    agenda_.schedule(at, kind, static_cast<std::uint8_t>(error), node,
                     std::uint64_t{incarnation} << 32 | file.value);
}

}  // namespace odradek::sim
