#include "model/record_bytes/record_writer.h"

#include "model/record_bytes/big_endian.h"

namespace odradek::kafka {

namespace {

void put_field(std::string& bytes, std::optional<std::string> const& field)
{
    if (!field) {
        put_varint(bytes, -1);
        return;
    }
    put_varint(bytes, static_cast<std::int64_t>(field->size()));
    bytes += *field;
}

}  // namespace

void write_record(std::int32_t offset_delta, std::int64_t timestamp_delta_ms,
                  std::optional<std::string> const& key, std::optional<std::string> const& value,
                  std::vector<RecordHeader> const& headers, std::string& bytes)
{
    std::string body(1, '\0');  // attributes: none are used.
    put_varint(body, timestamp_delta_ms);
    put_varint(body, offset_delta);
    put_field(body, key);
    put_field(body, value);
    put_varint(body, static_cast<std::int64_t>(headers.size()));
    for (RecordHeader const& header : headers) {
        put_field(body, header.key);
        put_field(body, header.value);
    }
    put_varint(bytes, static_cast<std::int64_t>(body.size()));
    bytes += body;
}

}  // namespace odradek::kafka
