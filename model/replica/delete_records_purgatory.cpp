#include "model/replica/delete_records_purgatory.h"

#include <algorithm>
#include <utility>

namespace odradek::kafka {

void DeleteRecordsPurgatory::add(Env const& env, RequestId request, Instant deadline,
                                 std::vector<DeleteRecordsStatus> statuses, Out& out)
{
    WaitId const id = waiting_.add();
    waiting_[id] = {request, std::move(statuses)};
    order_.push_back(id);
    deadlines_.add(env, deadline, id, out);
}

bool DeleteRecordsPurgatory::has(std::vector<DeleteRecordsStatus> const& statuses,
                                 TopicPartition partition)
{
    return std::any_of(statuses.begin(), statuses.end(), [&](DeleteRecordsStatus const& status) {
        return status.response.partition == partition;
    });
}

bool DeleteRecordsPurgatory::is_waiting(std::vector<DeleteRecordsStatus> const& statuses)
{
    return std::any_of(statuses.begin(), statuses.end(),
                       [](DeleteRecordsStatus const& status) { return status.waiting; });
}

void DeleteRecordsPurgatory::answer(std::size_t index, Out& out)
{
    Delayed& delayed = waiting_[order_[index]];
    DeleteRecordsResponse response;
    for (DeleteRecordsStatus const& status : delayed.statuses)
        response.partitions.push_back(status.response);
    out.reply(delayed.request, std::move(response));
    delayed.statuses.clear();
    waiting_.remove(order_[index]);
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(index));
    deadlines_.drop_gone(waiting_);
}

void DeleteRecordsPurgatory::on_timer(Env const& env, Out& out)
{
    WaitId id;
    while (deadlines_.take_due(env, id)) {
        Delayed* const delayed = waiting_.find(id);
        if (delayed == nullptr)
            continue;
        for (DeleteRecordsStatus& status : delayed->statuses)
            if (std::exchange(status.waiting, false)) {
                status.response.error = Error::request_timed_out;
                if (out.listening())
                    out.note("not every live replica starts at {} in time: answer "
                             "REQUEST_TIMED_OUT, the records stay deleted",
                             status.required.value);
            }
        answer(
            static_cast<std::size_t>(std::find(order_.begin(), order_.end(), id) - order_.begin()),
            out);
    }
    deadlines_.drop_gone(waiting_);
    deadlines_.on_timer(env, out);
}

}  // namespace odradek::kafka
