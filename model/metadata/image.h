// The cluster's metadata at one offset of the metadata log: the fold of its records (KIP-500,
// KIP-631). Controller and brokers hold one each; equal histories share one immutable object, so a
// copy costs a reference count and a thousand brokers at the same offset cost as much as one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/config.h"
#include "model/metadata/partition_set.h"
#include "model/metadata/records.h"
#include "model/metadata_version.h"
#include "model/types.h"
#include "sim/ref.h"

namespace odradek::kafka {

// A broker as it is registered. Fenced: it takes part in nothing until it has caught up (KIP-631).
struct BrokerRegistration {
    BrokerId id;
    BrokerEpoch epoch{no_broker_epoch};
    std::uint64_t incarnation{0};
    Offset register_offset{no_offset};  // Of its RegisterBrokerRecord.
    sim::NodeId node;
    std::string rack;  // Empty: none.
    bool fenced{true};
    bool in_controlled_shutdown{false};
    std::vector<DirectoryId> directories{};  // Online, ascending; empty: it has not told of any.
    std::vector<SupportedFeature> features{};

    bool active() const { return !fenced && !in_controlled_shutdown; }
    // A replica in that directory can be served (KIP-858, DirectoryId.isOnline).
    bool has_online_directory(DirectoryId directory) const;
    // Where a new replica goes as far as the controller can tell: the only directory there is.
    DirectoryId default_directory() const;
    bool operator==(BrokerRegistration const&) const = default;
};
DESCRIBE(BrokerRegistration, id, epoch, incarnation, register_offset, node, rack, fenced,
         in_controlled_shutdown, directories, features)

// A partition as it is registered. The leader is -1 when nobody can lead. The ISR is empty only
// under eligible leader replicas (KIP-966); ISR and ELR have no member in common.
struct PartitionRegistration {
    std::vector<BrokerId> replicas;  // The first is the preferred leader.
    std::vector<BrokerId> isr;
    BrokerId leader{no_broker};
    Epoch leader_epoch{0};
    PartitionEpoch partition_epoch{0};
    LeaderRecoveryState recovery{LeaderRecoveryState::recovered};
    std::vector<BrokerId> adding{};  // While it is being reassigned (KIP-455).
    std::vector<BrokerId> removing{};
    std::vector<BrokerId> elr{};             // Eligible leader replicas (KIP-966).
    std::vector<BrokerId> last_known_elr{};  // The last leader, while there is none.
    std::vector<DirectoryId> directories{};  // By replica; empty: all migrating.

    bool has_leader() const { return leader != no_broker; }
    bool has_preferred_leader() const { return leader == replicas.front(); }
    bool has_replica(BrokerId broker) const;
    bool in_isr(BrokerId broker) const;
    bool in_elr(BrokerId broker) const;
    bool reassigning() const { return !adding.empty() || !removing.empty(); }
    // Of a replica; migrating when nothing was said.
    DirectoryId directory_of(BrokerId replica) const;
    bool operator==(PartitionRegistration const&) const = default;
};
DESCRIBE(PartitionRegistration, replicas, isr, leader, leader_epoch, partition_epoch, recovery,
         adding, removing, elr, last_known_elr, directories)

// The leader epoch rises by one if the record has a leader, even the same one; the partition epoch
// rises by one with every record (KIP-497).
PartitionRegistration merge(PartitionRegistration const& partition,
                            PartitionChangeRecord const& change);

class MetadataImage;

// What a stretch of the metadata log changed. Each list ascending, without repetition; a partition
// of a topic that was created is listed too.
struct MetadataDelta {
    Offset from{no_offset};  // First record.
    Offset to{no_offset};    // End, exclusive.
    std::vector<TopicPartition> partitions;
    std::vector<BrokerId> brokers;
    std::vector<TopicId> topics_created;
    std::vector<TopicId> topics_deleted;
    std::vector<std::string> configs;  // Resources: "topic orders", "broker 1".
    bool features{false};              // Some finalized feature level.

    bool empty() const;
    bool changes(BrokerId broker) const;
    bool changes(TopicPartition partition) const;
    // Adds what a following batch changes; MetadataImage::apply does it, and adds what only the
    // image can tell.
    void add(RecordBatch const& batch);
    // Of two images of one history.
    static MetadataDelta between(MetadataImage const& before, MetadataImage const& after);
};

struct MetadataState;
struct TopicState;

// A registration as images share it: a change of one broker copies no other.
struct BrokerNode final : sim::Shared {
    BrokerNode() = default;
    explicit BrokerNode(BrokerRegistration r) : registration(std::move(r)) {}
    BrokerRegistration registration;
};

// The registered brokers inside an image, ascending by id; valid as long as the image it came from.
class BrokerList {
public:
    class Iterator {
    public:
        using value_type = BrokerRegistration;
        using difference_type = std::ptrdiff_t;
        using reference = BrokerRegistration const&;
        using pointer = BrokerRegistration const*;
        using iterator_category = std::forward_iterator_tag;

        Iterator() = default;
        explicit Iterator(sim::Ref<BrokerNode> const* at) : at_(at) {}
        reference operator*() const { return (*at_)->registration; }
        pointer operator->() const { return &(*at_)->registration; }
        Iterator& operator++()
        {
            ++at_;
            return *this;
        }
        Iterator operator++(int) { return Iterator(at_++); }
        bool operator==(Iterator const&) const = default;

    private:
        sim::Ref<BrokerNode> const* at_{nullptr};
    };

    BrokerList() = default;
    explicit BrokerList(std::vector<sim::Ref<BrokerNode>> const& list)
        : first_(list.data()), size_(list.size())
    {
    }

    Iterator begin() const { return Iterator(first_); }
    Iterator end() const { return Iterator(first_ + size_); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    BrokerRegistration const& operator[](std::size_t i) const { return first_[i]->registration; }
    // A copy that outlives the image.
    operator std::vector<BrokerRegistration>() const { return {begin(), end()}; }
    friend bool operator==(BrokerList const& a, BrokerList const& b)
    {
        return a.size_ == b.size_ &&
               (a.first_ == b.first_ || std::equal(a.begin(), a.end(), b.begin(), b.end()));
    }
    friend bool operator==(BrokerList const& a, std::vector<BrokerRegistration> const& b)
    {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

private:
    sim::Ref<BrokerNode> const* first_{nullptr};
    std::size_t size_{0};
};

// A topic inside an image; valid as long as the image it came from.
class TopicView {
public:
    explicit TopicView(TopicState const* topic) : topic_(topic) {}

    TopicId id() const;
    std::string const& name() const;
    std::int32_t partition_count() const;
    PartitionRegistration const& partition(std::int32_t index) const;

private:
    TopicState const* topic_;
};

class MetadataImage {
public:
    MetadataImage();
    MetadataImage(MetadataImage const& other);
    MetadataImage(MetadataImage&& other) noexcept;
    MetadataImage& operator=(MetadataImage other) noexcept;
    ~MetadataImage();

    // -- Building -----------------------------------------------------------------------------
    // Applies a whole batch of the metadata log; the batch must begin at end_offset(). Says what it
    // changed, if asked. A record that cannot be applied breaks a law: it is fatal in Kafka too
    // (KAFKA-14275).
    void apply(RecordBatch const& batch, MetadataDelta* delta = nullptr);
    // Leaves this image with the batch applied last: whoever applies that batch to the same history
    // shares it instead of making an equal one. The caller ends it with forget_in when nearly
    // everybody should have it.
    void remember_in(RecordBatch const& batch) const;
    static void forget_in(RecordBatch const& batch);

    // -- Reading ------------------------------------------------------------------------------
    Offset end_offset() const;  // Of the last record applied + 1; 0 when there is none.
    Epoch last_epoch() const;   // Of the last batch applied; -1 when there is none.

    // Ascending by id.
    BrokerList brokers() const;
    BrokerRegistration const* broker(BrokerId id) const;
    bool is_active(BrokerId id) const;  // Registered, not fenced, not shutting down.

    // Ascending by id: in order of creation.
    std::vector<TopicView> topics() const;
    std::optional<TopicView> topic(TopicId id) const;
    std::optional<TopicView> topic(std::string_view name) const;
    TopicId next_topic_id() const;
    PartitionRegistration const* partition(TopicPartition partition) const;
    // "orders-0" for people; the numbers if the topic is not known.
    std::string name_of(TopicPartition partition) const;
    // Calls visit(TopicPartition, PartitionRegistration const&) in order of topic and partition.
    template <class Visit>
    void for_each_partition(Visit&& visit) const
    {
        for (TopicView const& topic : topics())
            for (std::int32_t i = 0; i < topic.partition_count(); ++i)
                visit(TopicPartition{topic.id(), i}, topic.partition(i));
    }
    // Kept while records are applied, so that no question walks all partitions (Kafka's
    // BrokersToIsrs, BrokersToElrs, imbalancedPartitions, reassigningTopics).
    PartitionSet const& replicas_of(BrokerId broker) const;  // Partitions it is a replica of.
    std::int32_t leaderships(BrokerId broker) const;         // How many it leads.
    bool leads_any(BrokerId broker) const { return leaderships(broker) > 0; }
    PartitionSet const& leaderless() const;   // Nobody leads them.
    PartitionSet const& imbalanced() const;   // Not led by their first replica.
    PartitionSet const& reassigning() const;  // Replicas are being added or removed.

    // Finalized features (KIP-584); one that is absent is at 0.
    std::map<std::string, std::int16_t, std::less<>> const& features() const;
    std::int16_t feature(std::string_view name) const;
    // Level 0 before the first record about it.
    MetadataVersion metadata_version() const;

    // Dynamic configuration of a resource ("topic orders"); empty if it has none.
    ConfigMap const& configs(std::string const& resource) const;
    ConfigMap const& topic_configs(std::string_view topic) const;

    ProducerId next_producer_id() const;

    // Made by the same batches, and so equal.
    bool same_as(MetadataImage const& other) const;
    // The same object.
    bool shares_memory_with(MetadataImage const& other) const { return state_ == other.state_; }

private:
    sim::Ref<MetadataState> state_;  // Empty: nothing applied yet.
};

}  // namespace odradek::kafka
