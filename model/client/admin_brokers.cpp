#include "model/client/admin_brokers.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site retry_site("admin.broker-retry-backoff");
constexpr Duration retry_backoff{100'000'000};
constexpr Duration retry_backoff_max{1'000'000'000};

}  // namespace

std::string describe(BrokerOrder const& order)
{
    if (auto const* deletion = std::get_if<DeleteRecordsOrder>(&order))
        return fmt::format("delete records of {} partitions", deletion->partitions.size());
    if (auto const* listing = std::get_if<ListOffsetsOrder>(&order))
        return fmt::format("list offsets of {} partitions", listing->partitions.size());
    return fmt::format("describe log directories of {} brokers",
                       std::get<DescribeLogDirsOrder>(order).brokers.size());
}

BrokerCall::BrokerCall(std::uint32_t client, BrokerOrder const& order,
                       std::vector<NodeId> bootstrap, Duration timeout)
    : client_(client),
      kind_(static_cast<Kind>(order.index())),
      bootstrap_(std::move(bootstrap)),
      timeout_(timeout),
      view_(bootstrap_)
{
    ENSURE(!bootstrap_.empty(), "an admin client that asks brokers is told of one");
    BrokerAnswer answer;
    if (auto const* deletion = std::get_if<DeleteRecordsOrder>(&order)) {
        for (DeleteRecordsOrder::Partition const& one : deletion->partitions) {
            answer.topic = one.topic;
            answer.partition = one.partition;
            add(answer, one.before.value);
        }
    } else if (auto const* listing = std::get_if<ListOffsetsOrder>(&order)) {
        read_committed_ = listing->read_committed;
        for (ListOffsetsOrder::Partition const& one : listing->partitions) {
            answer.topic = one.topic;
            answer.partition = one.partition;
            add(answer, one.timestamp);
        }
    } else {
        for (BrokerId const broker : std::get<DescribeLogDirsOrder>(order).brokers) {
            answer.broker = broker;
            add(answer, 0);
        }
    }
}

void BrokerCall::add(BrokerAnswer answer, std::int64_t wanted)
{
    Key key;
    key.target = answer.broker;
    key.wanted = wanted;
    keys_.push_back(key);
    answers_.push_back(std::move(answer));
}

bool BrokerCall::done() const
{
    return std::all_of(keys_.begin(), keys_.end(),
                       [](Key const& key) { return key.stage == Stage::done; });
}

void BrokerCall::give_up()
{
    for (std::size_t i = 0; i < keys_.size(); ++i)
        if (std::exchange(keys_[i].stage, Stage::done) != Stage::done)
            answers_[i].error = Error::request_timed_out;
}

std::string BrokerCall::name_of(std::size_t key) const
{
    BrokerAnswer const& answer = answers_[key];
    return of_brokers() ? fmt::format("broker {}", answer.broker.value)
                        : fmt::format("{}-{}", answer.topic, answer.partition);
}

// -- Asking -------------------------------------------------------------------------------------

Instant BrokerCall::run(Env const& env, NetworkClient& network, Out& out)
{
    if (env.now < retry_at_)
        return retry_at_;
    look_up(env, network, out);
    ask(env, network, out);
    return Instant::never();
}

// One request for all that has to be looked up, to the first node that may be reached.
void BrokerCall::look_up(Env const& env, NetworkClient& network, Out& out)
{
    bool const wanted = std::any_of(keys_.begin(), keys_.end(),
                                    [](Key const& key) { return key.stage == Stage::lookup; });
    bool const asked = std::any_of(under_way_.begin(), under_way_.end(),
                                   [](UnderWay const& known) { return known.lookup; });
    if (!wanted || asked)
        return;
    std::vector<NodeId> const& nodes = view_.nodes().empty() ? bootstrap_ : view_.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        NodeId const node = nodes[(asked_ + i) % nodes.size()];
        if (!network.open(node) && !network.connecting(node) && !network.can_connect(env, node))
            continue;
        if (!network.make_ready(env, node, out))
            return;
        MetadataRequest request;
        for (std::size_t k = 0; k < keys_.size(); ++k)
            if (keys_[k].stage == Stage::lookup && !of_brokers() &&
                std::find(request.topics.begin(), request.topics.end(), answers_[k].topic) ==
                    request.topics.end())
                request.topics.push_back(answers_[k].topic);
        UnderWay lookup;
        lookup.node = node;
        lookup.lookup = true;
        lookup.correlation = network.send(env, node, std::move(request), 0, out);
        under_way_.push_back(std::move(lookup));
        return;
    }
    // All are in backoff: the network client wakes us when it is over.
    network.make_ready(env, nodes[asked_ % nodes.size()], out);
}

// One request to each target, with all that it is to be asked.
void BrokerCall::ask(Env const& env, NetworkClient& network, Out& out)
{
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i].stage != Stage::ask)
            continue;
        NodeId const* const node = view_.node_of(keys_[i].target);
        if (!node) {
            keys_[i].stage = Stage::lookup;
            continue;
        }
        if (!network.make_ready(env, *node, out))
            continue;
        UnderWay asked;
        asked.node = *node;
        for (std::size_t k = i; k < keys_.size(); ++k)
            if (keys_[k].stage == Stage::ask && keys_[k].target == keys_[i].target) {
                keys_[k].stage = Stage::under_way;
                asked.keys.push_back(k);
            }
        asked.correlation = network.send(env, *node, request_for(asked.keys, out), 0, out);
        under_way_.push_back(std::move(asked));
    }
}

Message BrokerCall::request_for(std::vector<std::size_t> const& keys, Out& out) const
{
    if (kind_ == Kind::describe_log_dirs)
        return DescribeLogDirsRequest{};
    if (kind_ == Kind::list_offsets) {
        ListOffsetsRequest request;
        request.read_committed = read_committed_;
        for (std::size_t const k : keys)
            request.partitions.push_back({keys_[k].partition, no_epoch, keys_[k].wanted});
        return request;
    }
    DeleteRecordsRequest request;
    request.timeout = timeout_;
    for (std::size_t const k : keys) {
        request.partitions.push_back({keys_[k].partition, Offset{keys_[k].wanted}});
        out.observe(DeletionAsked{client_, keys_[k].partition, Offset{keys_[k].wanted}});
    }
    return request;
}

// -- Answers ------------------------------------------------------------------------------------

void BrokerCall::on_response(Env const& env, NodeId from, std::int32_t correlation,
                             Message const& message, Out& out)
{
    auto const at = std::find_if(under_way_.begin(), under_way_.end(), [&](UnderWay const& known) {
        return known.node == from && known.correlation == correlation;
    });
    if (at == under_way_.end())
        return;
    UnderWay const asked = std::move(*at);
    under_way_.erase(at);
    if (auto const* metadata = std::get_if<MetadataResponse>(&message)) {
        on_metadata(env, *metadata, out);
    } else if (auto const* deleted = std::get_if<DeleteRecordsResponse>(&message)) {
        for (DeleteRecordsPartitionResponse const& answer : deleted->partitions)
            on_deleted(env, answer, out);
    } else if (auto const* listed = std::get_if<ListOffsetsResponse>(&message)) {
        for (ListOffsetsPartitionResponse const& answer : listed->partitions)
            on_listed(env, answer, out);
    } else if (auto const* described = std::get_if<DescribeLogDirsResponse>(&message)) {
        for (std::size_t const key : asked.keys) {
            answers_[key].log_dirs = described->log_dirs;
            settle(env, key, Error::none, out);
        }
    }
    // AdminApiHandler: what an answer leaves out is a fault of the broker.
    for (std::size_t const key : asked.keys)
        if (keys_[key].stage == Stage::under_way)
            settle(env, key, Error::unknown_server_error, out);
}

// PartitionLeaderStrategy.handleResponse. What nobody leads is looked up again.
void BrokerCall::on_metadata(Env const& env, MetadataResponse const& response, Out& out)
{
    view_.update(response);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        Key& key = keys_[i];
        if (key.stage != Stage::lookup)
            continue;
        if (of_brokers()) {
            if (view_.node_of(key.target))
                key.stage = Stage::ask;
            else
                again(env, i, Stage::lookup, Error::broker_not_available, out);
            continue;
        }
        BrokerAnswer const& wanted = answers_[i];
        auto const topic =
            std::find_if(response.topics.begin(), response.topics.end(),
                         [&](MetadataTopic const& told) { return told.name == wanted.topic; });
        if (topic == response.topics.end() || topic->error != Error::none) {
            Error const error =
                topic == response.topics.end() ? Error::unknown_topic_or_partition : topic->error;
            // Only who deletes waits for a topic that is not known yet.
            if (error == Error::unknown_topic_or_partition && kind_ == Kind::list_offsets) {
                key.stage = Stage::done;
                answers_[i].error = error;
            } else {
                again(env, i, Stage::lookup, error, out);
            }
            continue;
        }
        auto const part = std::find_if(
            topic->partitions.begin(), topic->partitions.end(),
            [&](MetadataPartition const& told) { return told.partition == wanted.partition; });
        if (part == topic->partitions.end() || part->leader == no_broker ||
            !view_.node_of(part->leader)) {
            again(env, i, Stage::lookup,
                  part == topic->partitions.end() ? Error::unknown_topic_or_partition
                                                  : Error::leader_not_available,
                  out);
            continue;
        }
        key.partition = {topic->topic, wanted.partition};
        key.target = part->leader;
        key.stage = Stage::ask;
    }
}

std::size_t BrokerCall::find(TopicPartition partition) const
{
    for (std::size_t i = 0; i < keys_.size(); ++i)
        if (keys_[i].stage == Stage::under_way && keys_[i].partition == partition)
            return i;
    return keys_.size();
}

void BrokerCall::on_deleted(Env const& env, DeleteRecordsPartitionResponse const& answer, Out& out)
{
    std::size_t const key = find(answer.partition);
    if (key == keys_.size())
        return;
    if (answer.error == Error::none) {
        answers_[key].offset = answer.low_watermark;
        out.observe(RecordsDeleted{client_, answer.partition, answer.low_watermark});
    }
    settle(env, key, answer.error, out);
}

void BrokerCall::on_listed(Env const& env, ListOffsetsPartitionResponse const& answer, Out& out)
{
    std::size_t const key = find(answer.partition);
    if (key == keys_.size())
        return;
    if (answer.error == Error::none) {
        answers_[key].offset = answer.offset;
        answers_[key].timestamp = answer.timestamp;
        answers_[key].leader_epoch = answer.leader_epoch;
    }
    settle(env, key, answer.error, out);
}

void BrokerCall::settle(Env const& env, std::size_t key, Error error, Out& out)
{
    if (error == Error::none || !is_retriable(error)) {
        keys_[key].stage = Stage::done;
        answers_[key].error = error;
        return;
    }
    // ListOffsetsHandler believes a leader more than DeleteRecordsHandler does.
    bool const elsewhere = kind_ == Kind::list_offsets ? error == Error::not_leader_or_follower ||
                                                             error == Error::leader_not_available
                                                       : is_invalid_metadata(error);
    again(env, key, elsewhere ? Stage::lookup : Stage::ask, error, out);
}

void BrokerCall::again(Env const& env, std::size_t key, Stage from, Error error, Out& out)
{
    keys_[key].stage = from;
    answers_[key].last = error;
    if (env.now < retry_at_)
        return;  // Another one has said so just now.
    retry_at_ = env.now +
                exponential_backoff(env, retry_site, retry_backoff, retry_backoff_max, failures_++);
    out.note("{}: {}, {} in {}", name_of(key), to_string(error),
             from == Stage::lookup ? "look up again whom to ask" : "ask again",
             to_string(retry_at_ - env.now));
}

// A connection that broke, or was never made: whom it was to is looked up again.
void BrokerCall::on_lost(Env const& env, NetworkClient::Lost const& lost, Out& out)
{
    bool any = false;
    std::erase_if(under_way_, [&](UnderWay const& known) {
        if (known.node != lost.node)
            return false;
        for (std::size_t const key : known.keys)
            again(env, key, Stage::lookup, lost.error(), out);
        any = any || known.lookup;
        return true;
    });
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        NodeId const* const node = view_.node_of(keys_[i].target);
        if (keys_[i].stage == Stage::ask && node != nullptr && *node == lost.node)
            again(env, i, Stage::lookup, lost.error(), out);
    }
    ++asked_;
    if (any && env.now >= retry_at_)
        retry_at_ = env.now + exponential_backoff(env, retry_site, retry_backoff, retry_backoff_max,
                                                  failures_++);
}

}  // namespace odradek::kafka
