// What the engine does with wishes that a stalled disk holds; part of engine_impl.h.
#pragma once

#include <algorithm>
#include <utility>

#include "sim/engine.h"

namespace odradek::sim {

template <class Model>
void Engine<Model>::stall(NodeId node, Wish const& wish, std::uint32_t held, Message* message)
{
    Stalled waiting{node, calls_, held, wish, std::nullopt};
    if (message != nullptr)
        waiting.message = std::move(*message);
    stalled_.push_back(std::move(waiting));
}

// What goes over one connection leaves in the order in which it was wished, stalled or not.
template <class Model>
bool Engine<Model>::waits_in_line(NodeId node, Wish const& wish) const
{
    for (Stalled const& item : stalled_)
        if (item.node == node && item.held == 0 && same_connection(item.wish, wish))
            return true;
    return false;
}

// After a disk error nothing is said that the disk should have kept: a request is not sent, and
// instead of an answer the connection is closed, so that nobody waits for it. Makes the wish what
// it becomes; false when nothing is left of it.
template <class Model>
bool Engine<Model>::survives_disk_error(Wish& wish)
{
    if (wish.kind == WishKind::send)
        return false;
    if (wish.kind == WishKind::reply || wish.kind == WishKind::finish)
        wish.kind = WishKind::hang_up;
    return true;
}

template <class Model>
bool Engine<Model>::same_connection(Wish const& a, Wish const& b)
{
    auto const by_request = [](Wish const& wish) {
        return wish.kind == WishKind::reply || wish.kind == WishKind::finish ||
               wish.kind == WishKind::hang_up;
    };
    if (by_request(a) && by_request(b))
        return a.request.connection == b.request.connection &&
               a.request.generation == b.request.generation;
    if (!by_request(a) && !by_request(b))
        return a.peer == b.peer;
    // A process may close a connection that it is the server of by its peer's name.
    Wish const& answer = by_request(a) ? a : b;
    Wish const& other = by_request(a) ? b : a;
    return other.kind == WishKind::close && other.peer.node == answer.request.client;
}

template <class Model>
void Engine<Model>::remove_disk_fault(HostId host, std::uint32_t fault)
{
    std::vector<Resumed> const resumed = hosts_[host.value].disk.remove_fault(now(), fault);
    if (resumed.empty())
        return;
    std::vector<Stalled> waiting = std::move(stalled_);
    stalled_.clear();
    std::uint64_t call = 0;  // Whose wishes these are ...
    Instant ready;           // ... and when those so far are complete.
    for (Stalled& item : waiting) {
        Node const& node = nodes_[item.node.value];
        if (node.host != host) {
            stalled_.push_back(std::move(item));
            continue;
        }
        if (item.call != call) {
            call = item.call;
            failed_files_.clear();
            ready = now();
        }
        if (item.held == 0) {
            if (!failed_files_.empty() && !survives_disk_error(item.wish))
                continue;
            if (item.wish.kind == WishKind::hang_up)
                item.message.reset();
            carry_out_network(item.node, item.wish, item.message ? &*item.message : nullptr, ready);
            continue;
        }
        if (std::find(failed_files_.begin(), failed_files_.end(), item.wish.file) !=
            failed_files_.end())
            continue;
        auto const operation =
            std::find_if(resumed.begin(), resumed.end(),
                         [&](Resumed const& one) { return one.completion.held == item.held; });
        ENSURE(operation != resumed.end(), "every held operation goes on with its disk");
        ready = std::max(ready, operation->completion.at);
        DiskError const error = operation->completion.error;
        bool const failed = error != DiskError::none;
        if (failed)
            failed_files_.push_back(item.wish.file);
        if (failed || item.wish.notify)
            schedule_disk(item.node, node.incarnation, item.wish.file, ready, error);
    }
    free_dropped();
}

}  // namespace odradek::sim
