#include "model/replica/produce_purgatory.h"

#include <algorithm>
#include <utility>

namespace odradek::kafka {

void ProducePurgatory::add(Env const& env, AppendAsker asker, Instant deadline,
                           std::vector<ProduceStatus> statuses, Out& out)
{
    WaitId const id = waiting_.add();
    Delayed& delayed = waiting_[id];
    delayed.asker = std::move(asker);
    delayed.statuses = std::move(statuses);
    delayed.left = 0;
    for (std::uint32_t i = 0; i < delayed.statuses.size(); ++i) {
        ProduceStatus const& status = delayed.statuses[i];
        if (!status.waiting)
            continue;
        ++delayed.left;
        if (by_slot_.size() <= status.slot)
            by_slot_.resize(status.slot + 1);
        by_slot_[status.slot].add({status.required, id, i});
    }
    deadlines_.add(env, deadline, id, out);
}

void ProducePurgatory::check(std::uint32_t slot, Partition const* partition, Error gone, Out& out)
{
    if (slot >= by_slot_.size())
        return;
    auto& waiters = by_slot_[slot];
    while (!waiters.empty()) {
        Waiter const waiter = waiters.front();
        Delayed* const delayed = waiting_.find(waiter.id);
        if (delayed == nullptr) {
            waiters.pop();
            continue;
        }
        ProduceStatus& status = delayed->statuses[waiter.status];
        Partition::AckState state{true, gone};
        if (partition != nullptr) {
            state = partition->acknowledged(waiter.required);
            // Flushes complete in order; a log that is led no more is not waited for.
            auto const behind =
                static_cast<std::int32_t>(status.flush_ticket - partition->log().flushes_done());
            if (behind > 0 && partition->is_leader())
                state.done = false;
        }
        if (!state.done)
            return;
        waiters.pop();
        status.waiting = false;
        if (state.error != Error::none) {
            status.response.error = state.error;
            status.response.base_offset = no_offset;
            if (state.error == Error::not_leader_or_follower)
                status.response.current_leader = partition->leader_hint();  // KIP-951
            if (out.listening() && partition != nullptr)
                out.note("{}: the produce that ends at {} is over: {}; high watermark {}",
                         partition->name(), waiter.required.value, to_string(state.error),
                         partition->log().high_watermark().value);
        }
        if (--delayed->left == 0)
            answer(waiter.id, out);
    }
}

void ProducePurgatory::answer(WaitId id, Out& out)
{
    Delayed& delayed = waiting_[id];
    answer(delayed.asker, delayed.statuses, out);
    delayed.statuses.clear();
    waiting_.remove(id);
    deadlines_.drop_gone(waiting_);
}

void ProducePurgatory::answer(AppendAsker const& asker, std::vector<ProduceStatus>& statuses,
                              Out& out)
{
    if (auto const* produce = std::get_if<RequestId>(&asker)) {
        ProduceResponse response;
        response.partitions.reserve(statuses.size());
        for (ProduceStatus& status : statuses)
            response.partitions.push_back(std::move(status.response));
        out.reply(*produce, std::move(response));
    } else if (auto const* markers = std::get_if<MarkersAsked>(&asker)) {
        WriteTxnMarkersResponse response;
        for (MarkersAsked::Producer const& producer : markers->producers)
            response.markers.push_back({producer.id, {}});
        for (ProduceStatus const& status : statuses) {
            response.markers[status.marker].partitions.push_back(
                {status.response.partition, status.response.error});
            MarkersAsked::Producer const& producer = markers->producers[status.marker];
            if (status.response.error == Error::none)
                markers_.push_back({status.response.partition, producer.id, producer.committed});
        }
        out.reply(markers->request, std::move(response));
    } else {
        results_.push_back({std::get<AppendTicket>(asker), statuses.front().response.error});
    }
}

void ProducePurgatory::on_timer(Env const& env, Out& out)
{
    WaitId id;
    while (deadlines_.take_due(env, id)) {
        Delayed* const delayed = waiting_.find(id);
        if (delayed == nullptr)
            continue;
        for (ProduceStatus& status : delayed->statuses)
            if (status.waiting) {
                status.response.error = Error::request_timed_out;
                status.response.base_offset = no_offset;
                if (out.listening())
                    out.note(
                        "an acks=all produce that ends at {} is not replicated in time: answer "
                        "REQUEST_TIMED_OUT, the records stay",
                        status.required.value);
            }
        answer(id, out);
    }
    deadlines_.drop_gone(waiting_);
    deadlines_.on_timer(env, out);
}

}  // namespace odradek::kafka
