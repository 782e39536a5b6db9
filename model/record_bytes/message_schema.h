// Messages in flexible versions, read by their schema into JSON text, as Kafka's JsonConverters
// write it: the records of the metadata log and the quorum's own. One row per message; a row is
// Kafka's schema in short:
//
//   name type versions [tag N default]; ...
//
// type: bool int8 int16 uint16 int32 int64 uuid string, with ? if it may be null; []type is an
// array; []{ ... } and { ... } are structures, with their own fields.
// versions: 2+ is since version 2; not given: 0+.
// A tagged field at its default is not written, and not shown.
// Source: the .json schemas under metadata/src/main/resources and clients/src/main/resources.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/record_bytes/byte_reader.h"
#include "model/record_bytes/control_record.h"

namespace odradek::kafka {

struct MessageInFile {
    std::string type;  // "REGISTER_BROKER_RECORD"
    std::int16_t version{0};
    std::string json;  // The data: an object.
    std::optional<BytesProblem> problem;
};

// The value of a record of the metadata log: a frame, then the message.
MessageInFile read_metadata_record(std::string_view value);

// The value of a control record of the quorum (leader change, snapshot header and footer,
// kraft.version, voters). Markers of transactions are no such messages.
MessageInFile read_control_record(ControlType type, std::string_view value);

// Text between the quotes of a JSON string; what is no UTF-8 becomes U+FFFD.
std::string json_escaped(std::string_view text);

}  // namespace odradek::kafka
