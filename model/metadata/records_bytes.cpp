#include "model/metadata/records_bytes.h"

#include "model/record_bytes/control_record.h"
#include "model/record_bytes/flexible_fields.h"
#include "model/topic_uuid.h"

namespace odradek::kafka {

namespace {

constexpr std::uint64_t frame_version = 1;
constexpr std::uint16_t broker_port = 9092;
constexpr std::uint16_t controller_port = 9093;
constexpr std::int16_t plaintext = 0;

std::int8_t number_of(LeaderRecoveryState state) { return static_cast<std::int8_t>(state); }

// Writes the fields of one record; the constructor writes its frame.
class RecordWriter {
public:
    RecordWriter(int type, std::int16_t version, std::string& bytes) : bytes_(bytes), fields(bytes)
    {
        put_unsigned_varint(bytes, frame_version);
        put_unsigned_varint(bytes, static_cast<std::uint64_t>(type));
        put_unsigned_varint(bytes, static_cast<std::uint64_t>(version));
    }
    ~RecordWriter() { tagged.write_to(bytes_); }
    RecordWriter(RecordWriter const&) = delete;
    RecordWriter& operator=(RecordWriter const&) = delete;

private:
    std::string& bytes_;

public:
    FieldWriter fields;
    TaggedFields tagged;
};

// Each record at the newest version that Kafka 3.9 and later write; which of them depends on
// metadata.version only where a field would be lost.
struct Write {
    std::string& bytes;

    void operator()(RegisterBrokerRecord const& record) const
    {
        RecordWriter out(record.type, 3, bytes);
        FieldWriter& to = out.fields;
        to.int32(record.broker.value);
        to.boolean(false);  // IsMigratingZkBroker
        to.uuid({0, record.incarnation});
        to.int64(record.broker_epoch.value);
        put_unsigned_varint(bytes, 1 + 1);  // One end point.
        to.string("PLAINTEXT");
        to.string(host_of(record.node));
        to.uint16(broker_port);
        to.int16(plaintext);
        put_no_tagged_fields(bytes);
        to.array(record.features, [&](SupportedFeature const& feature) {
            to.string(feature.name);
            to.int16(feature.min);
            to.int16(feature.max);
            put_no_tagged_fields(bytes);
        });
        if (record.rack.empty())
            to.null();
        else
            to.string(record.rack);
        to.boolean(record.fenced);
        to.boolean(record.in_controlled_shutdown);
        if (!record.log_dirs.empty())
            out.tagged.add(0, [&](FieldWriter& field) { field.uuids(record.log_dirs); });
    }
    void operator()(UnregisterBrokerRecord const& record) const
    {
        RecordWriter out(record.type, 0, bytes);
        out.fields.int32(record.broker.value);
        out.fields.int64(record.broker_epoch.value);
    }
    void operator()(TopicRecord const& record) const
    {
        RecordWriter out(record.type, 0, bytes);
        out.fields.string(record.name);
        out.fields.uuid(uuid_of(record.topic));
    }
    void operator()(PartitionRecord const& record) const
    {
        RecordWriter out(record.type, 2, bytes);
        FieldWriter& to = out.fields;
        to.int32(record.partition.partition);
        to.uuid(uuid_of(record.partition.topic));
        to.ids(record.replicas);
        to.ids(record.isr);
        to.ids(record.removing_replicas);
        to.ids(record.adding_replicas);
        to.int32(record.leader.value);
        to.int32(record.leader_epoch.value);
        to.int32(record.partition_epoch.value);
        to.uuids(record.directories.empty()
                     ? std::vector<DirectoryId>(record.replicas.size(), migrating_directory)
                     : record.directories);
        if (record.recovery != LeaderRecoveryState::recovered)
            out.tagged.add(0, [&](FieldWriter& f) { f.int8(number_of(record.recovery)); });
        if (!record.eligible_leader_replicas.empty())
            out.tagged.add(1, [&](FieldWriter& f) { f.ids(record.eligible_leader_replicas); });
        if (!record.last_known_elr.empty())
            out.tagged.add(2, [&](FieldWriter& f) { f.ids(record.last_known_elr); });
    }
    void operator()(ConfigRecord const& record) const
    {
        constexpr std::int8_t topic = 2;  // ConfigResource.Type
        constexpr std::int8_t broker = 4;
        bool const of_topic = record.resource.starts_with("topic ");
        std::size_t const space = record.resource.find(' ');
        RecordWriter out(record.type, 0, bytes);
        out.fields.int8(of_topic ? topic : broker);
        out.fields.string(space == std::string::npos
                              ? std::string_view{}
                              : std::string_view(record.resource).substr(space + 1));
        out.fields.string(record.key);
        if (record.value)
            out.fields.string(*record.value);
        else
            out.fields.null();
    }
    void operator()(PartitionChangeRecord const& record) const
    {
        RecordWriter out(record.type, 2, bytes);
        out.fields.int32(record.partition.partition);
        out.fields.uuid(uuid_of(record.partition.topic));
        auto const ids = [&](std::uint32_t tag, std::optional<std::vector<BrokerId>> const& list) {
            if (list)
                out.tagged.add(tag, [&](FieldWriter& f) { f.ids(*list); });
        };
        ids(0, record.isr);
        if (record.leader)
            out.tagged.add(1, [&](FieldWriter& f) { f.int32(record.leader->value); });
        ids(2, record.replicas);
        ids(3, record.removing_replicas);
        ids(4, record.adding_replicas);
        if (record.recovery)
            out.tagged.add(5, [&](FieldWriter& f) { f.int8(number_of(*record.recovery)); });
        ids(6, record.eligible_leader_replicas);
        ids(7, record.last_known_elr);
        if (record.directories)
            out.tagged.add(8, [&](FieldWriter& f) { f.uuids(*record.directories); });
    }
    void operator()(RemoveTopicRecord const& record) const
    {
        RecordWriter out(record.type, 0, bytes);
        out.fields.uuid(uuid_of(record.topic));
    }
    void operator()(FeatureLevelRecord const& record) const
    {
        RecordWriter out(record.type, 0, bytes);
        out.fields.string(record.name);
        out.fields.int16(record.level);
    }
    void operator()(ProducerIdsRecord const& record) const
    {
        RecordWriter out(record.type, 0, bytes);
        out.fields.int32(record.broker.value);
        out.fields.int64(record.broker_epoch.value);
        out.fields.int64(record.next.value);
    }
    void operator()(BrokerRegistrationChangeRecord const& record) const
    {
        RecordWriter out(record.type, 2, bytes);
        out.fields.int32(record.broker.value);
        out.fields.int64(record.broker_epoch.value);
        if (record.fenced)
            out.tagged.add(0, [&](FieldWriter& f) { f.int8(*record.fenced ? 1 : -1); });
        if (record.in_controlled_shutdown && *record.in_controlled_shutdown)
            out.tagged.add(1, [&](FieldWriter& f) { f.int8(1); });
        if (record.log_dirs && !record.log_dirs->empty())
            out.tagged.add(2, [&](FieldWriter& f) { f.uuids(*record.log_dirs); });
    }
    void operator()(NoOpRecord const& record) const { RecordWriter out(record.type, 0, bytes); }
    void operator()(ClearElrRecord const& record) const
    {
        RecordWriter out(record.type, 0, bytes);
        out.fields.string(record.topic);
    }
    void operator()(LeaderChangeMessage const& record) const
    {
        FieldWriter to(bytes);
        auto const voters = [&](std::vector<BrokerId> const& list) {
            to.array(list, [&](BrokerId voter) {
                to.int32(voter.value);
                put_no_tagged_fields(bytes);
            });
        };
        to.int16(0);
        to.int32(record.leader.value);
        voters(record.voters);
        voters(record.granting_voters);
        put_no_tagged_fields(bytes);
    }
    void operator()(KRaftVersionRecord const& record) const
    {
        FieldWriter to(bytes);
        to.int16(0);
        to.int16(record.kraft_version);
        put_no_tagged_fields(bytes);
    }
    void operator()(VotersRecord const& record) const
    {
        FieldWriter to(bytes);
        to.int16(0);
        to.array(record.voters, [&](Voter const& voter) {
            to.int32(voter.key.id.value);
            to.uuid(voter.key.directory);
            put_unsigned_varint(bytes, 1 + 1);  // One end point.
            to.string("CONTROLLER");
            to.string(host_of(voter.node));
            to.uint16(controller_port);
            put_no_tagged_fields(bytes);
            to.int16(voter.min_kraft_version);
            to.int16(voter.max_kraft_version);
            put_no_tagged_fields(bytes);
            put_no_tagged_fields(bytes);
        });
        put_no_tagged_fields(bytes);
    }
};

std::optional<ControlType> control_type(MetadataRecord const& record)
{
    if (std::holds_alternative<LeaderChangeMessage>(record))
        return ControlType::leader_change;
    if (std::holds_alternative<KRaftVersionRecord>(record))
        return ControlType::kraft_version;
    if (std::holds_alternative<VotersRecord>(record))
        return ControlType::kraft_voters;
    return std::nullopt;
}

}  // namespace

std::string host_of(sim::NodeId node) { return "node-" + std::to_string(node.value); }

bool is_control(MetadataRecord const& record) { return control_type(record).has_value(); }

KeyAndValue bytes_of(MetadataRecord const& record)
{
    KeyAndValue result;
    if (auto const type = control_type(record))
        result.key = control_key(*type);
    std::visit(Write{result.value.emplace()}, record);
    return result;
}

std::uint64_t record_bytes_of(KeyAndValue const& record, std::int32_t place)
{
    auto const length = [](std::optional<std::string> const& field) {
        return field ? static_cast<std::int32_t>(field->size()) : null_bytes;
    };
    return record_bytes(place, 0, length(record.key), length(record.value));
}

std::uint64_t record_bytes_of(MetadataRecord const& record, std::int32_t place)
{
    return record_bytes_of(bytes_of(record), place);
}

KeyAndValue snapshot_header(sim::Instant last_contained_timestamp)
{
    KeyAndValue result{control_key(ControlType::snapshot_header), std::string{}};
    FieldWriter to(*result.value);
    to.int16(0);
    to.int64(last_contained_timestamp.ms());
    put_no_tagged_fields(*result.value);
    return result;
}

KeyAndValue snapshot_footer()
{
    KeyAndValue result{control_key(ControlType::snapshot_footer), std::string{}};
    FieldWriter to(*result.value);
    to.int16(0);
    put_no_tagged_fields(*result.value);
    return result;
}

}  // namespace odradek::kafka
