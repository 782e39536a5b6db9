#include "model/metadata/image.h"

#include <algorithm>
#include <array>

#include "sim/digest.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

using sim::own;
using sim::Ref;
using sim::share;

// Partitions of one topic that are copied together when one of them changes.
constexpr std::size_t chunk_size = 32;

struct PartitionNode final : sim::Shared {
    explicit PartitionNode(PartitionRegistration r) : registration(std::move(r)) {}
    PartitionRegistration registration;
};

struct Chunk final : sim::Shared {
    std::vector<Ref<PartitionNode>> partitions;
};

struct Brokers final : sim::Shared {
    std::vector<BrokerRegistration> list;  // Ascending by id.
};

struct Names final : sim::Shared {
    std::map<std::string, TopicId, std::less<>> ids;
};

struct Configs final : sim::Shared {
    std::map<std::string, ConfigMap, std::less<>> by_resource;
};

struct Features final : sim::Shared {
    std::map<std::string, std::int16_t, std::less<>> levels;
};

// What one broker has to do with: found without walking all partitions.
struct BrokerPartitions final : sim::Shared {
    BrokerId broker;
    PartitionSet replicas;
    std::int32_t leads{0};
};

struct Index final : sim::Shared {
    std::vector<Ref<BrokerPartitions>> brokers;  // Ascending by id.
    PartitionSet leaderless;
    PartitionSet imbalanced;
    PartitionSet reassigning;
};

}  // namespace

struct TopicState final : sim::Shared {
    TopicId id;
    std::string name;
    std::int32_t count{0};
    std::vector<Ref<Chunk>> chunks;

    PartitionRegistration const& at(std::int32_t index) const
    {
        auto const i = static_cast<std::size_t>(index);
        return chunks[i / chunk_size]->partitions[i % chunk_size]->registration;
    }
};

namespace {

struct Topics final : sim::Shared {
    std::vector<Ref<TopicState>> by_id;  // Topic n at n - 1; empty when it was deleted.
};

}  // namespace

struct MetadataState final : sim::Shared {
    Offset end;
    Epoch last_epoch{no_epoch};
    sim::Digest history;  // Of every batch applied: equal histories make equal images.
    Ref<Brokers> brokers;
    Ref<Topics> topics;
    Ref<Names> names;
    Ref<Configs> configs;
    Ref<Features> features;
    Ref<Index> index;
    TopicId next_topic{1};
    ProducerId next_producer{0};
};

namespace {

bool contains(std::vector<BrokerId> const& list, BrokerId broker)
{
    return std::find(list.begin(), list.end(), broker) != list.end();
}

template <class T>
void insert_sorted(std::vector<T>& list, T const& value)
{
    auto const at = std::lower_bound(list.begin(), list.end(), value);
    if (at == list.end() || *at != value)
        list.insert(at, value);
}

std::string topic_resource(std::string_view name) { return "topic " + std::string(name); }

// Partitions of the record's topic, or of all, that remember eligible leaders.
std::vector<TopicPartition> with_elr(MetadataState const& state, ClearElrRecord const& record)
{
    std::vector<TopicPartition> found;
    if (!state.topics)
        return found;
    for (Ref<TopicState> const& topic : state.topics->by_id) {
        if (!topic || (!record.topic.empty() && topic->name != record.topic))
            continue;
        for (std::int32_t i = 0; i < topic->count; ++i)
            if (!topic->at(i).elr.empty() || !topic->at(i).last_known_elr.empty())
                found.push_back({topic->id, i});
    }
    return found;
}

auto place_of(std::vector<Ref<BrokerPartitions>> const& brokers, BrokerId broker)
{
    return std::lower_bound(
        brokers.begin(), brokers.end(), broker,
        [](Ref<BrokerPartitions> const& entry, BrokerId id) { return entry->broker < id; });
}

BrokerPartitions& partitions_of(Index& index, BrokerId broker)
{
    auto const at = place_of(index.brokers, broker) - index.brokers.cbegin();
    auto const place = index.brokers.begin() + at;
    if (place == index.brokers.end() || (*place)->broker != broker) {
        Ref<BrokerPartitions> entry;
        own(entry).broker = broker;
        return own(*index.brokers.insert(place, std::move(entry)));
    }
    return own(*place);
}

void set(PartitionSet& partitions, TopicPartition partition, bool in)
{
    if (in)
        partitions.insert(partition);
    else
        partitions.erase(partition);
}

// A partition was one thing and is another; none: it came, or went.
void update(Ref<Index>& shared, TopicPartition partition, PartitionRegistration const* was,
            PartitionRegistration const* is)
{
    BrokerId const led = was != nullptr ? was->leader : no_broker;
    BrokerId const leads = is != nullptr ? is->leader : no_broker;
    auto const flags = [](PartitionRegistration const* one) {
        return std::array<bool, 3>{one != nullptr && !one->has_leader(),
                                   one != nullptr && !one->has_preferred_leader(),
                                   one != nullptr && one->reassigning()};
    };
    bool const moved = was == nullptr || is == nullptr || was->replicas != is->replicas;
    if (!moved && led == leads && flags(was) == flags(is))
        return;
    Index& index = own(shared);
    if (was != nullptr && moved)
        for (BrokerId const broker : was->replicas)
            if (is == nullptr || !contains(is->replicas, broker))
                partitions_of(index, broker).replicas.erase(partition);
    if (is != nullptr && moved)
        for (BrokerId const broker : is->replicas)
            if (was == nullptr || !contains(was->replicas, broker))
                partitions_of(index, broker).replicas.insert(partition);
    if (led != leads) {
        if (led != no_broker)
            --partitions_of(index, led).leads;
        if (leads != no_broker)
            ++partitions_of(index, leads).leads;
    }
    auto const now = flags(is);
    set(index.leaderless, partition, now[0]);
    set(index.imbalanced, partition, now[1]);
    set(index.reassigning, partition, now[2]);
}

// Folds one batch into a state that nobody else can see yet.
struct Fold {
    MetadataState& state;
    Offset offset;

    BrokerRegistration& broker(BrokerId id, BrokerEpoch epoch)
    {
        for (BrokerRegistration& broker : own(state.brokers).list)
            if (broker.id == id) {
                ENSURE(broker.epoch == epoch, "a change of a broker names its registered epoch");
                return broker;
            }
        ENSURE(false, "a change of a broker follows its registration");
        return own(state.brokers).list.front();
    }
    TopicState& topic(TopicId id)
    {
        ENSURE(id.value >= 1 && state.topics && id.value <= state.topics->by_id.size(),
               "a partition belongs to a topic");
        Ref<TopicState>& ref = own(state.topics).by_id[id.value - 1];
        ENSURE(static_cast<bool>(ref), "a partition belongs to a topic that was not deleted");
        return own(ref);
    }

    void operator()(RegisterBrokerRecord const& record)
    {
        std::vector<BrokerRegistration>& list = own(state.brokers).list;
        auto at = std::lower_bound(
            list.begin(), list.end(), record.broker,
            [](BrokerRegistration const& broker, BrokerId id) { return broker.id < id; });
        if (at == list.end() || at->id != record.broker)
            at = list.insert(at, BrokerRegistration{});
        *at = {
            record.broker,   record.broker_epoch, record.incarnation, offset,
            record.node,     record.rack,         record.fenced,      record.in_controlled_shutdown,
            record.log_dirs, record.features};
        std::sort(at->directories.begin(), at->directories.end());
    }
    void operator()(UnregisterBrokerRecord const& record)
    {
        broker(record.broker, record.broker_epoch);
        std::vector<BrokerRegistration>& list = own(state.brokers).list;
        list.erase(std::find_if(list.begin(), list.end(), [&](BrokerRegistration const& broker) {
            return broker.id == record.broker;
        }));
    }
    void operator()(TopicRecord const& record)
    {
        ENSURE(record.topic == state.next_topic, "topic ids follow each other");
        state.next_topic = record.topic.next();
        Ref<TopicState> ref;
        TopicState& topic = own(ref);
        topic.id = record.topic;
        topic.name = record.name;
        own(state.topics).by_id.push_back(std::move(ref));
        bool const is_new = own(state.names).ids.emplace(record.name, record.topic).second;
        ENSURE(is_new, "a topic's name is not taken");
    }
    void operator()(PartitionRecord const& record)
    {
        TopicState& owner = topic(record.partition.topic);
        ENSURE(record.partition.partition == owner.count,
               "partitions of a topic follow each other");
        if (owner.count % static_cast<std::int32_t>(chunk_size) == 0)
            owner.chunks.push_back(share<Chunk>());
        ++owner.count;
        Ref<PartitionNode> node = share<PartitionNode>(PartitionRegistration{
            record.replicas, record.isr, record.leader, record.leader_epoch, record.partition_epoch,
            record.recovery, record.adding_replicas, record.removing_replicas,
            record.eligible_leader_replicas, record.last_known_elr, record.directories});
        update(state.index, record.partition, nullptr, &node->registration);
        own(owner.chunks.back()).partitions.push_back(std::move(node));
    }
    void operator()(PartitionChangeRecord const& record)
    {
        change(topic(record.partition.topic), record);
    }
    void change(TopicState& owner, PartitionChangeRecord const& record)
    {
        ENSURE(record.partition.partition >= 0 && record.partition.partition < owner.count,
               "a changed partition exists");
        auto const index = static_cast<std::size_t>(record.partition.partition);
        Ref<PartitionNode>& node =
            own(owner.chunks[index / chunk_size]).partitions[index % chunk_size];
        Ref<PartitionNode> merged = share<PartitionNode>(merge(node->registration, record));
        update(state.index, record.partition, &node->registration, &merged->registration);
        node = std::move(merged);
    }
    void operator()(ClearElrRecord const& record)
    {
        for (TopicPartition const partition : with_elr(state, record)) {
            PartitionChangeRecord cleared;
            cleared.partition = partition;
            cleared.eligible_leader_replicas.emplace();
            cleared.last_known_elr.emplace();
            change(topic(partition.topic), cleared);
        }
    }
    void operator()(FeatureLevelRecord const& record)
    {
        Features& features = own(state.features);
        if (record.level == 0)
            features.levels.erase(record.name);
        else
            features.levels[record.name] = record.level;
    }
    void operator()(RemoveTopicRecord const& record)
    {
        TopicState const& removed = topic(record.topic);
        std::string const name = removed.name;
        for (std::int32_t i = 0; i < removed.count; ++i)
            update(state.index, {record.topic, i}, &removed.at(i), nullptr);
        own(state.topics).by_id[record.topic.value - 1] = {};
        own(state.names).ids.erase(name);
        if (state.configs && state.configs->by_resource.count(topic_resource(name)) != 0)
            own(state.configs).by_resource.erase(topic_resource(name));
    }
    void operator()(ConfigRecord const& record)
    {
        Configs& configs = own(state.configs);
        if (record.value) {
            configs.by_resource[record.resource][record.key] = *record.value;
            return;
        }
        auto const at = configs.by_resource.find(record.resource);
        if (at == configs.by_resource.end())
            return;
        at->second.erase(record.key);
        if (at->second.empty())
            configs.by_resource.erase(at);
    }
    void operator()(ProducerIdsRecord const& record)
    {
        ENSURE(record.next > state.next_producer, "blocks of producer ids follow each other");
        state.next_producer = record.next;
    }
    void operator()(BrokerRegistrationChangeRecord const& record)
    {
        BrokerRegistration& changed = broker(record.broker, record.broker_epoch);
        if (record.fenced)
            changed.fenced = *record.fenced;
        if (record.in_controlled_shutdown)
            changed.in_controlled_shutdown = *record.in_controlled_shutdown;
        if (record.log_dirs) {
            changed.directories = *record.log_dirs;
            std::sort(changed.directories.begin(), changed.directories.end());
        }
    }
    void operator()(NoOpRecord const&) {}
    void operator()(LeaderChangeMessage const&) {}
    void operator()(KRaftVersionRecord const&) {}
    void operator()(VotersRecord const&) {}
};

MetadataRecords const& contents_of(RecordBatch const& batch)
{
    return static_cast<MetadataRecords const&>(*batch.contents);
}

}  // namespace

// -- Partitions and deltas --------------------------------------------------------------------

bool PartitionRegistration::has_replica(BrokerId broker) const
{
    return contains(replicas, broker);
}
bool PartitionRegistration::in_isr(BrokerId broker) const { return contains(isr, broker); }
bool PartitionRegistration::in_elr(BrokerId broker) const { return contains(elr, broker); }

DirectoryId PartitionRegistration::directory_of(BrokerId replica) const
{
    for (std::size_t i = 0; i < std::min(replicas.size(), directories.size()); ++i)
        if (replicas[i] == replica)
            return directories[i];
    return migrating_directory;
}

bool BrokerRegistration::has_online_directory(DirectoryId directory) const
{
    if (directory == lost_directory)
        return false;
    return directory == unassigned_directory || directory == migrating_directory ||
           directories.empty() ||
           std::binary_search(directories.begin(), directories.end(), directory);
}

DirectoryId BrokerRegistration::default_directory() const
{
    if (directories.empty())
        return migrating_directory;
    return directories.size() == 1 ? directories.front() : unassigned_directory;
}

PartitionRegistration merge(PartitionRegistration const& partition,
                            PartitionChangeRecord const& change)
{
    PartitionRegistration merged = partition;
    if (change.isr)
        merged.isr = *change.isr;
    if (change.replicas) {
        merged.replicas = *change.replicas;
        if (!change.directories && !merged.directories.empty())
            merged.directories.assign(merged.replicas.size(), migrating_directory);
    }
    if (change.directories)
        merged.directories = *change.directories;
    if (change.adding_replicas)
        merged.adding = *change.adding_replicas;
    if (change.removing_replicas)
        merged.removing = *change.removing_replicas;
    if (change.eligible_leader_replicas)
        merged.elr = *change.eligible_leader_replicas;
    if (change.last_known_elr)
        merged.last_known_elr = *change.last_known_elr;
    if (change.recovery)
        merged.recovery = *change.recovery;
    if (change.leader) {
        merged.leader = *change.leader;
        merged.leader_epoch = partition.leader_epoch.next();
    }
    merged.partition_epoch = partition.partition_epoch.next();
    return merged;
}

bool MetadataDelta::empty() const
{
    return partitions.empty() && brokers.empty() && topics_created.empty() &&
           topics_deleted.empty() && configs.empty() && !features;
}

bool MetadataDelta::changes(BrokerId broker) const
{
    return std::binary_search(brokers.begin(), brokers.end(), broker);
}

bool MetadataDelta::changes(TopicPartition partition) const
{
    return std::binary_search(partitions.begin(), partitions.end(), partition);
}

void MetadataDelta::add(RecordBatch const& batch)
{
    if (from == no_offset)
        from = batch.base_offset;
    to = batch.end_offset();
    struct Collect {
        MetadataDelta& delta;
        void operator()(RegisterBrokerRecord const& r) { insert_sorted(delta.brokers, r.broker); }
        void operator()(UnregisterBrokerRecord const& r) { insert_sorted(delta.brokers, r.broker); }
        void operator()(BrokerRegistrationChangeRecord const& r)
        {
            insert_sorted(delta.brokers, r.broker);
        }
        void operator()(TopicRecord const& r) { insert_sorted(delta.topics_created, r.topic); }
        void operator()(RemoveTopicRecord const& r)
        {
            insert_sorted(delta.topics_deleted, r.topic);
        }
        void operator()(PartitionRecord const& r) { delta.partitions.push_back(r.partition); }
        void operator()(PartitionChangeRecord const& r) { delta.partitions.push_back(r.partition); }
        void operator()(ConfigRecord const& r) { insert_sorted(delta.configs, r.resource); }
        void operator()(FeatureLevelRecord const&) { delta.features = true; }
        void operator()(ClearElrRecord const&) {}  // The image knows whose there are.
        void operator()(ProducerIdsRecord const&) {}
        void operator()(NoOpRecord const&) {}
        void operator()(LeaderChangeMessage const&) {}
        void operator()(KRaftVersionRecord const&) {}
        void operator()(VotersRecord const&) {}
    };
    // A batch may name a thousand partitions: they are put in order together.
    auto const known = static_cast<std::ptrdiff_t>(partitions.size());
    Collect collect{*this};
    for (MetadataRecord const& record : contents_of(batch).records)
        std::visit(collect, record);
    auto const added = partitions.begin() + known;
    if (added == partitions.end())
        return;
    std::sort(added, partitions.end());
    std::inplace_merge(partitions.begin(), added, partitions.end());
    partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
}

// -- Topics -----------------------------------------------------------------------------------

TopicId TopicView::id() const { return topic_->id; }
std::string const& TopicView::name() const { return topic_->name; }
std::int32_t TopicView::partition_count() const { return topic_->count; }

PartitionRegistration const& TopicView::partition(std::int32_t index) const
{
    return topic_->at(index);
}

// -- The image --------------------------------------------------------------------------------

MetadataImage::MetadataImage() = default;
MetadataImage::MetadataImage(MetadataImage const& other) = default;
MetadataImage::MetadataImage(MetadataImage&& other) noexcept = default;
MetadataImage::~MetadataImage() = default;

MetadataImage& MetadataImage::operator=(MetadataImage other) noexcept
{
    std::swap(state_, other.state_);
    return *this;
}

void MetadataImage::apply(RecordBatch const& batch, MetadataDelta* delta)
{
    ENSURE(batch.base_offset == end_offset(), "the metadata log is applied without gaps");
    MetadataRecords const& contents = contents_of(batch);
    if (delta != nullptr)
        delta->add(batch);
    if (delta != nullptr && state_)
        for (MetadataRecord const& record : contents.records)
            if (auto const* cleared = std::get_if<ClearElrRecord>(&record))
                for (TopicPartition const partition : with_elr(*state_, *cleared))
                    insert_sorted(delta->partitions, partition);
    sim::Digest history = state_ ? state_->history : sim::Digest{};
    history.add(static_cast<std::uint64_t>(batch.base_offset.value));
    history.add(static_cast<std::uint64_t>(batch.leader_epoch.value));
    history.add(contents.digest.low());
    history.add(contents.digest.high());
    if (contents.applied) {
        auto const* known = static_cast<MetadataState const*>(contents.applied.get());
        if (known->history == history) {
            state_ = Ref<MetadataState>(known);
            return;
        }
    }
    auto* next = state_ ? new MetadataState(*state_) : new MetadataState;
    Ref<MetadataState> const holder(next);
    Fold fold{*next, batch.base_offset};
    for (MetadataRecord const& record : contents.records) {
        std::visit(fold, record);
        fold.offset += 1;
    }
    next->end = batch.end_offset();
    next->last_epoch = batch.leader_epoch;
    next->history = history;
    state_ = holder;
}

void MetadataImage::remember_in(RecordBatch const& batch) const
{
    ENSURE(batch.end_offset() == end_offset(), "an image is remembered in the batch that made it");
    contents_of(batch).applied = state_;
}

void MetadataImage::forget_in(RecordBatch const& batch) { contents_of(batch).applied = {}; }

Offset MetadataImage::end_offset() const { return state_ ? state_->end : Offset{0}; }
Epoch MetadataImage::last_epoch() const { return state_ ? state_->last_epoch : no_epoch; }

std::vector<BrokerRegistration> const& MetadataImage::brokers() const
{
    static std::vector<BrokerRegistration> const none;
    return state_ && state_->brokers ? state_->brokers->list : none;
}

BrokerRegistration const* MetadataImage::broker(BrokerId id) const
{
    std::vector<BrokerRegistration> const& list = brokers();
    auto const at = std::lower_bound(
        list.begin(), list.end(), id,
        [](BrokerRegistration const& broker, BrokerId wanted) { return broker.id < wanted; });
    return at != list.end() && at->id == id ? &*at : nullptr;
}

bool MetadataImage::is_active(BrokerId id) const
{
    BrokerRegistration const* registration = broker(id);
    return registration != nullptr && registration->active();
}

std::vector<TopicView> MetadataImage::topics() const
{
    std::vector<TopicView> views;
    if (!state_ || !state_->topics)
        return views;
    for (Ref<TopicState> const& topic : state_->topics->by_id)
        if (topic)
            views.emplace_back(topic.get());
    return views;
}

std::optional<TopicView> MetadataImage::topic(TopicId id) const
{
    if (!state_ || !state_->topics || id.value < 1 || id.value > state_->topics->by_id.size())
        return std::nullopt;
    Ref<TopicState> const& topic = state_->topics->by_id[id.value - 1];
    return topic ? std::optional<TopicView>(TopicView(topic.get())) : std::nullopt;
}

std::optional<TopicView> MetadataImage::topic(std::string_view name) const
{
    if (!state_ || !state_->names)
        return std::nullopt;
    auto const at = state_->names->ids.find(name);
    return at != state_->names->ids.end() ? topic(at->second) : std::nullopt;
}

TopicId MetadataImage::next_topic_id() const { return state_ ? state_->next_topic : TopicId{1}; }

PartitionRegistration const* MetadataImage::partition(TopicPartition partition) const
{
    std::optional<TopicView> const owner = topic(partition.topic);
    if (!owner || partition.partition < 0 || partition.partition >= owner->partition_count())
        return nullptr;
    return &owner->partition(partition.partition);
}

std::string MetadataImage::name_of(TopicPartition partition) const
{
    std::optional<TopicView> const owner = topic(partition.topic);
    return owner ? fmt::format("{}-{}", owner->name(), partition.partition)
                 : fmt::format("topic {}-{}", partition.topic.value, partition.partition);
}

namespace {

PartitionSet const no_partitions;

BrokerPartitions const* find(MetadataState const* state, BrokerId broker)
{
    if (state == nullptr || !state->index)
        return nullptr;
    auto const at = place_of(state->index->brokers, broker);
    return at != state->index->brokers.end() && (*at)->broker == broker ? at->get() : nullptr;
}

}  // namespace

PartitionSet const& MetadataImage::replicas_of(BrokerId broker) const
{
    BrokerPartitions const* const found = find(state_.get(), broker);
    return found != nullptr ? found->replicas : no_partitions;
}

std::int32_t MetadataImage::leaderships(BrokerId broker) const
{
    BrokerPartitions const* const found = find(state_.get(), broker);
    return found != nullptr ? found->leads : 0;
}

PartitionSet const& MetadataImage::leaderless() const
{
    return state_ && state_->index ? state_->index->leaderless : no_partitions;
}

PartitionSet const& MetadataImage::imbalanced() const
{
    return state_ && state_->index ? state_->index->imbalanced : no_partitions;
}

PartitionSet const& MetadataImage::reassigning() const
{
    return state_ && state_->index ? state_->index->reassigning : no_partitions;
}

std::map<std::string, std::int16_t, std::less<>> const& MetadataImage::features() const
{
    static std::map<std::string, std::int16_t, std::less<>> const none;
    return state_ && state_->features ? state_->features->levels : none;
}

std::int16_t MetadataImage::feature(std::string_view name) const
{
    auto const at = features().find(name);
    return at != features().end() ? at->second : std::int16_t{0};
}

MetadataVersion MetadataImage::metadata_version() const
{
    return {feature(metadata_version_feature)};
}

ConfigMap const& MetadataImage::configs(std::string const& resource) const
{
    static ConfigMap const none;
    if (!state_ || !state_->configs)
        return none;
    auto const at = state_->configs->by_resource.find(resource);
    return at != state_->configs->by_resource.end() ? at->second : none;
}

ConfigMap const& MetadataImage::topic_configs(std::string_view topic) const
{
    return configs(topic_resource(topic));
}

ProducerId MetadataImage::next_producer_id() const
{
    return state_ ? state_->next_producer : ProducerId{0};
}

bool MetadataImage::same_as(MetadataImage const& other) const
{
    if (!state_ || !other.state_)
        return !state_ && !other.state_;
    return state_->history == other.state_->history;
}

}  // namespace odradek::kafka
