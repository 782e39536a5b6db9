// Fields of a message in a flexible version (KIP-482), as Kafka's generator writes them: lengths as
// unsigned varints plus one, 0 for null, and tagged fields at the end of each structure. Source:
// org.apache.kafka.message.MessageDataGenerator, org.apache.kafka.common.protocol.Writable.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/directory_id.h"
#include "model/record_bytes/big_endian.h"

namespace odradek::kafka {

class FieldWriter {
public:
    explicit FieldWriter(std::string& bytes) : bytes_(bytes) {}

    void boolean(bool b) { put_i8(bytes_, b ? 1 : 0); }
    void int8(std::int8_t n) { put_i8(bytes_, n); }
    void int16(std::int16_t n) { put_i16(bytes_, n); }
    void uint16(std::uint16_t n) { put_bytes(bytes_, n, 2); }
    void int32(std::int32_t n) { put_i32(bytes_, n); }
    void int64(std::int64_t n) { put_i64(bytes_, n); }
    void uuid(DirectoryId id)
    {
        put_bytes(bytes_, id.most, 8);
        put_bytes(bytes_, id.least, 8);
    }
    void string(std::string_view text)
    {
        put_unsigned_varint(bytes_, text.size() + 1);
        bytes_ += text;
    }
    void null() { put_unsigned_varint(bytes_, 0); }
    // An array: its length, then put(item) for each.
    template <class Items, class Put>
    void array(Items const& items, Put const& put)
    {
        put_unsigned_varint(bytes_, items.size() + 1);
        for (auto const& item : items)
            put(item);
    }
    // Ids, of whatever kind, as int32.
    template <class Ids>
    void ids(Ids const& ids)
    {
        array(ids, [this](auto id) { int32(id.value); });
    }
    void uuids(std::vector<DirectoryId> const& ids)
    {
        array(ids, [this](DirectoryId id) { uuid(id); });
    }

private:
    std::string& bytes_;
};

// The tagged fields of a structure: those that are not at their default, ascending.
class TaggedFields {
public:
    // put(writer) writes the field.
    template <class Put>
    void add(std::uint32_t tag, Put const& put)
    {
        std::string bytes;
        FieldWriter writer(bytes);
        put(writer);
        fields_.emplace_back(tag, std::move(bytes));
    }
    void write_to(std::string& bytes)
    {
        std::sort(fields_.begin(), fields_.end());
        put_unsigned_varint(bytes, fields_.size());
        for (auto const& [tag, field] : fields_) {
            put_unsigned_varint(bytes, tag);
            put_unsigned_varint(bytes, field.size());
            bytes += field;
        }
    }

private:
    std::vector<std::pair<std::uint32_t, std::string>> fields_;
};

// A structure without tagged fields ends so.
inline void put_no_tagged_fields(std::string& bytes) { put_unsigned_varint(bytes, 0); }

}  // namespace odradek::kafka
