#include "model/record_bytes/message_schema.h"

#include <array>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "model/directory_id.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

struct Row {
    int type;  // apiKey, or of the control record.
    char const* name;
    std::int16_t newest;
    char const* fields;
};

constexpr std::array metadata_rows = {
    Row{0, "REGISTER_BROKER_RECORD", 3,
        "brokerId int32; isMigratingZkBroker bool 2+; incarnationId uuid; brokerEpoch int64;"
        "endPoints []{ name string; host string; port uint16; securityProtocol int16 };"
        "features []{ name string; minSupportedVersion int16; maxSupportedVersion int16 };"
        "rack string?; fenced bool; inControlledShutdown bool 1+; logDirs []uuid 3+ tag 0 []"},
    Row{1, "UNREGISTER_BROKER_RECORD", 0, "brokerId int32; brokerEpoch int64"},
    Row{2, "TOPIC_RECORD", 0, "name string; topicId uuid"},
    Row{3, "PARTITION_RECORD", 2,
        "partitionId int32; topicId uuid; replicas []int32; isr []int32; removingReplicas []int32;"
        "addingReplicas []int32; leader int32; leaderRecoveryState int8 0+ tag 0 0;"
        "leaderEpoch int32; partitionEpoch int32; directories []uuid 1+;"
        "eligibleLeaderReplicas []int32? 2+ tag 1 null; lastKnownElr []int32? 2+ tag 2 null"},
    Row{4, "CONFIG_RECORD", 0,
        "resourceType int8; resourceName string; name string; value string?"},
    Row{5, "PARTITION_CHANGE_RECORD", 2,
        "partitionId int32; topicId uuid; isr []int32? 0+ tag 0 null; leader int32 0+ tag 1 -2;"
        "replicas []int32? 0+ tag 2 null; removingReplicas []int32? 0+ tag 3 null;"
        "addingReplicas []int32? 0+ tag 4 null; leaderRecoveryState int8 0+ tag 5 -1;"
        "directories []uuid? 1+ tag 8 null; eligibleLeaderReplicas []int32? 2+ tag 6 null;"
        "lastKnownElr []int32? 2+ tag 7 null"},
    Row{6, "ACCESS_CONTROL_ENTRY_RECORD", 0,
        "id uuid; resourceType int8; resourceName string; patternType int8; principal string;"
        "host string; operation int8; permissionType int8"},
    Row{7, "FENCE_BROKER_RECORD", 0, "id int32; epoch int64"},
    Row{8, "UNFENCE_BROKER_RECORD", 0, "id int32; epoch int64"},
    Row{9, "REMOVE_TOPIC_RECORD", 0, "topicId uuid"},
    Row{12, "FEATURE_LEVEL_RECORD", 0, "name string; featureLevel int16"},
    Row{14, "CLIENT_QUOTA_RECORD", 0,
        "entity []{ entityType string; entityName string? }; key string; value float64;"
        "remove bool"},
    Row{15, "PRODUCER_IDS_RECORD", 0, "brokerId int32; brokerEpoch int64; nextProducerId int64"},
    Row{16, "REMOVE_ACCESS_CONTROL_ENTRY_RECORD", 0, "id uuid"},
    Row{17, "BROKER_REGISTRATION_CHANGE_RECORD", 2,
        "brokerId int32; brokerEpoch int64; fenced int8 0+ tag 0 0;"
        "inControlledShutdown int8 1+ tag 1 0; logDirs []uuid 2+ tag 2 []"},
    Row{20, "NO_OP_RECORD", 0, ""},
    Row{21, "ZK_MIGRATION_STATE_RECORD", 0, "zkMigrationState int8"},
    Row{23, "BEGIN_TRANSACTION_RECORD", 0, "name string? 0+ tag 0 null"},
    Row{24, "END_TRANSACTION_RECORD", 0, ""},
    Row{25, "ABORT_TRANSACTION_RECORD", 0, "reason string? 0+ tag 0 null"},
    Row{27, "REGISTER_CONTROLLER_RECORD", 0,
        "controllerId int32; incarnationId uuid; zkMigrationReady bool;"
        "endPoints []{ name string; host string; port uint16; securityProtocol int16 };"
        "features []{ name string; minSupportedVersion int16; maxSupportedVersion int16 }"},
    Row{28, "CLEAR_ELR_RECORD", 0, "topicName string"},
};

constexpr std::array control_rows = {
    Row{2, "LeaderChange", 1,
        "version int16; leaderId int32; voters []{ voterId int32; voterDirectoryId uuid 1+ };"
        "grantingVoters []{ voterId int32; voterDirectoryId uuid 1+ }"},
    Row{3, "SnapshotHeader", 0, "version int16; lastContainedLogTimestamp int64"},
    Row{4, "SnapshotFooter", 0, "version int16"},
    Row{5, "KRaftVersion", 0, "version int16; kRaftVersion int16"},
    Row{6, "KRaftVoters", 0,
        "version int16; voters []{ voterId int32; voterDirectoryId uuid;"
        "endpoints []{ name string; host string; port uint16 };"
        "kRaftVersionFeature { minSupportedVersion int16; maxSupportedVersion int16 } }"},
};

struct Field {
    std::string name;
    std::string type;  // Empty: a structure.
    bool array{false};
    bool nullable{false};
    std::int16_t since{0};
    int tag{-1};
    std::string otherwise;  // The default of a tagged field, as JSON.
    std::vector<Field> fields;
};

// Reads a row's fields. The rows are ours: what is wrong with one is a bug.
class SchemaParser {
public:
    explicit SchemaParser(std::string_view text) : text_(text) {}

    std::vector<Field> fields()
    {
        std::vector<Field> fields;
        while (!peek().empty() && peek() != "}") {
            Field field;
            field.name = take();
            std::string type(take());
            if (type.starts_with("[]")) {
                field.array = true;
                type.erase(0, 2);
            }
            if (type.ends_with("?")) {
                field.nullable = true;
                type.pop_back();
            }
            if (type == "{") {
                field.fields = this->fields();
                ENSURE(take() == "}", "a structure of a schema ends");
                type.clear();
            }
            field.type = type;
            if (peek().ends_with("+"))
                field.since = static_cast<std::int16_t>(take()[0] - '0');
            if (peek() == "tag") {
                take();
                field.tag = take()[0] - '0';
                field.otherwise = take();
            }
            fields.push_back(std::move(field));
            if (peek() == ";")
                take();
        }
        return fields;
    }

private:
    // Words, and ; { } on their own; "[]{" is "[]" before a structure.
    std::string_view peek()
    {
        while (at_ < text_.size() && text_[at_] == ' ')
            ++at_;
        std::size_t end = at_;
        while (end < text_.size() && text_[end] != ' ' && text_[end] != ';') {
            ++end;
            if (text_[end - 1] == '{' || text_[end - 1] == '}')
                break;
        }
        if (end == at_ && at_ < text_.size())
            ++end;
        return text_.substr(at_, end - at_);
    }
    std::string_view take()
    {
        std::string_view const word = peek();
        at_ += word.size();
        return word;
    }

    std::string_view text_;
    std::size_t at_{0};
};

std::string value_json(Field const& field, ByteReader& in, std::int16_t version);

std::string structure_json(std::vector<Field> const& fields, ByteReader& in, std::int16_t version)
{
    std::vector<std::string> values(fields.size());
    for (std::size_t i = 0; i < fields.size() && in.good(); ++i)
        if (fields[i].tag < 0 && version >= fields[i].since)
            values[i] = value_json(fields[i], in, version);
    std::vector<std::string> unknown;
    std::uint64_t const tagged = in.unsigned_varint();
    for (std::uint64_t n = 0; n < tagged && in.good(); ++n) {
        std::uint64_t const tag = in.unsigned_varint();
        std::uint64_t const size = in.unsigned_varint();
        std::uint64_t const begin = in.position();
        ByteReader field_in(in.take(size, "a tagged field"), begin);
        if (!in.good())
            break;
        bool known = false;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (fields[i].tag < 0 || static_cast<std::uint64_t>(fields[i].tag) != tag ||
                version < fields[i].since)
                continue;
            known = true;
            values[i] = value_json(fields[i], field_in, version);
            if (values[i] == fields[i].otherwise)
                values[i].clear();
            if (field_in.good() && field_in.left() != 0)
                field_in.fail("bytes behind a tagged field");
            if (!field_in.good())
                in.fail_at(field_in.problem()->position, field_in.problem()->what);
        }
        if (!known)
            unknown.push_back(fmt::format("\"tag {}\":\"{} bytes\"", tag, size));
    }
    std::string json = "{";
    auto const add = [&](std::string const& text) { json += (json.size() > 1 ? "," : "") + text; };
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (!values[i].empty())
            add(fmt::format("\"{}\":{}", fields[i].name, values[i]));
    for (std::string const& text : unknown)
        add(text);
    return json + "}";
}

std::string plain_json(Field const& field, ByteReader& in)
{
    std::string const& type = field.type;
    if (type == "bool")
        return in.i8() != 0 ? "true" : "false";
    if (type == "int8")
        return std::to_string(in.i8());
    if (type == "int16")
        return std::to_string(in.i16());
    if (type == "uint16")
        return std::to_string(static_cast<std::uint16_t>(in.i16()));
    if (type == "int32")
        return std::to_string(in.i32());
    if (type == "int64")
        return std::to_string(in.i64());
    if (type == "float64")
        return fmt::format("\"0x{:016x}\"", static_cast<std::uint64_t>(in.i64()));
    if (type == "uuid") {
        auto const most = static_cast<std::uint64_t>(in.i64());
        auto const least = static_cast<std::uint64_t>(in.i64());
        return "\"" + to_string(DirectoryId{most, least}) + "\"";
    }
    ENSURE(type == "string", "a schema has types that are known");
    std::uint64_t const length = in.unsigned_varint();
    if (length == 0) {
        if (!field.nullable)
            in.fail(fmt::format("{} is null, which it may not be", field.name));
        return "null";
    }
    return "\"" + json_escaped(in.take(length - 1, field.name)) + "\"";
}

std::string value_json(Field const& field, ByteReader& in, std::int16_t version)
{
    auto const one = [&] {
        return field.type.empty() ? structure_json(field.fields, in, version)
                                  : plain_json(field, in);
    };
    if (!field.array)
        return one();
    std::uint64_t const length = in.unsigned_varint();
    if (length == 0) {
        if (!field.nullable)
            in.fail(fmt::format("{} is null, which it may not be", field.name));
        return "null";
    }
    if (length - 1 > in.left()) {
        in.fail(fmt::format("{} has {} entries, where {} bytes are left", field.name, length - 1,
                            in.left()));
        return {};
    }
    std::string json = "[";
    for (std::uint64_t i = 0; i + 1 < length && in.good(); ++i)
        json += (i > 0 ? "," : "") + one();
    return json + "]";
}

template <class Rows>
Row const* row_of(Rows const& rows, std::uint64_t type)
{
    for (Row const& row : rows)
        if (static_cast<std::uint64_t>(row.type) == type)
            return &row;
    return nullptr;
}

void read_fields(Row const& row, ByteReader& in, MessageInFile& message)
{
    if (message.version < 0 || message.version > row.newest) {
        in.fail(fmt::format("{} of version {}; the newest known here is {}", row.name,
                            message.version, row.newest));
        return;
    }
    message.json = structure_json(SchemaParser(row.fields).fields(), in, message.version);
    if (in.good() && in.left() != 0)
        in.fail(fmt::format("{} bytes behind the record", in.left()));
}

}  // namespace

std::string json_escaped(std::string_view text)
{
    std::string json;
    for (std::size_t i = 0; i < text.size();) {
        auto const byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            if (byte == '"' || byte == '\\')
                json += '\\';
            if (byte < 0x20)
                json += fmt::format("\\u{:04x}", byte);
            else
                json += text[i];
            ++i;
            continue;
        }
        std::size_t const length = byte >= 0xf0 && byte < 0xf5   ? 4
                                   : byte >= 0xe0 && byte < 0xf0 ? 3
                                   : byte >= 0xc2 && byte < 0xe0 ? 2
                                                                 : 0;
        bool good = length != 0 && i + length <= text.size();
        std::uint32_t code = length == 0 ? 0U : byte & (0x7fU >> length);
        for (std::size_t k = 1; good && k < length; ++k) {
            auto const next = static_cast<unsigned char>(text[i + k]);
            good = (next & 0xc0) == 0x80;
            code = code << 6 | (next & 0x3fU);
        }
        // Not too long for what it says, no half of a pair, not beyond Unicode.
        good = good && !(length == 3 && code < 0x800) && !(length == 4 && code < 0x10000) &&
               !(code >= 0xd800 && code < 0xe000) && code < 0x110000;
        if (good) {
            json += text.substr(i, length);
            i += length;
        } else {
            json += "\xef\xbf\xbd";
            ++i;
        }
    }
    return json;
}

MessageInFile read_metadata_record(std::string_view value)
{
    MessageInFile message;
    ByteReader in(value);
    std::uint64_t const frame = in.unsigned_varint();
    std::uint64_t const type = in.unsigned_varint();
    std::uint64_t const version = in.unsigned_varint();
    Row const* const row = row_of(metadata_rows, type);
    if (in.good() && frame != 1)
        in.fail_at(0, fmt::format("a frame of version {}; 1 is the only one", frame));
    else if (in.good() && row == nullptr)
        in.fail_at(1, fmt::format("no record of the metadata log has type {}", type));
    else if (in.good() && version > 0x7fff)
        in.fail_at(2, fmt::format("version {}", version));
    if (in.good()) {
        message.type = row->name;
        message.version = static_cast<std::int16_t>(version);
        read_fields(*row, in, message);
    }
    message.problem = in.problem();
    return message;
}

MessageInFile read_control_record(ControlType type, std::string_view value)
{
    MessageInFile message;
    ByteReader in(value);
    Row const* const row = row_of(control_rows, static_cast<std::uint64_t>(type));
    if (row == nullptr) {
        in.fail(fmt::format("{} is no record of the quorum", to_string(type)));
    } else {
        message.type = row->name;
        message.version = ByteReader(value).i16();  // Its first field.
        read_fields(*row, in, message);
    }
    message.problem = in.problem();
    return message;
}

}  // namespace odradek::kafka
