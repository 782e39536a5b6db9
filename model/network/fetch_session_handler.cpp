#include "model/network/fetch_session_handler.h"

#include <algorithm>

namespace odradek::kafka {

std::vector<FetchPartition>::iterator FetchSessionHandler::place_of(TopicPartition partition)
{
    // Asked in ascending order, as whole sessions mostly are, the place is the end.
    if (asked_.empty() || asked_.back().partition < partition)
        return asked_.end();
    return std::lower_bound(
        asked_.begin(), asked_.end(), partition,
        [](FetchPartition const& known, TopicPartition id) { return known.partition < id; });
}

FetchPartition const* FetchSessionHandler::asked(TopicPartition partition) const
{
    auto const place = const_cast<FetchSessionHandler*>(this)->place_of(partition);
    return place != asked_.end() && place->partition == partition ? &*place : nullptr;
}

void FetchSessionHandler::begin(FetchRequest& request)
{
    if (full()) {
        asked_.clear();
        content_ = 0;
    }
    request.session = session_;
    request.session_epoch = epoch_;
    request.session_content.sum = content_;
}

void FetchSessionHandler::ask(FetchRequest& request, FetchPartition const& wanted)
{
    auto const place = place_of(wanted.partition);
    bool const known = place != asked_.end() && place->partition == wanted.partition;
    if (known && *place == wanted)
        return;
    if (known) {
        content_ -= session_fingerprint(*place);
        *place = wanted;
    } else {
        asked_.insert(place, wanted);
    }
    content_ += session_fingerprint(wanted);
    request.session_content.sum = content_;
    request.partitions.push_back(wanted);
}

void FetchSessionHandler::forget(FetchRequest& request, TopicPartition partition)
{
    auto const place = place_of(partition);
    if (place == asked_.end() || place->partition != partition)
        return;
    content_ -= session_fingerprint(*place);
    asked_.erase(place);
    request.session_content.sum = content_;
    request.forgotten.push_back(partition);
}

bool FetchSessionHandler::on_response(FetchResponse const& response)
{
    if (response.error != Error::none) {
        if (response.error == Error::fetch_session_id_not_found)
            session_ = no_fetch_session;
        epoch_ = initial_session_epoch;
        return false;
    }
    // Without a session, because the broker has no room for one or has closed it, all is named
    // every time.
    epoch_ =
        response.session == no_fetch_session ? initial_session_epoch : next_session_epoch(epoch_);
    session_ = response.session;
    return true;
}

void FetchSessionHandler::on_lost() { epoch_ = initial_session_epoch; }

}  // namespace odradek::kafka
