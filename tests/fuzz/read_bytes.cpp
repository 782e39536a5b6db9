// No bytes crash the readers of Kafka's files, nor make them read on for ever. The first byte says
// which reader; the rest is the file. Built with libFuzzer (-Dfuzz=true, clang), it looks for such
// bytes; linked with replay_corpus.cpp, it is the test that runs what was kept.
#include <cstdint>
#include <string>
#include <string_view>

#include "model/record_bytes/batch_reader.h"
#include "model/record_bytes/compression.h"
#include "model/record_bytes/control_record.h"
#include "model/record_bytes/index_reader.h"
#include "model/record_bytes/message_schema.h"

using namespace odradek::kafka;

namespace {

constexpr std::uint64_t enough = 1 << 20;

void read_batches(std::string_view file)
{
    BatchReader reader(file);
    while (auto const batch = reader.next())
        for (RecordInFile const& record : read_records(*batch, enough).records) {
            if (record.value)
                read_metadata_record(*record.value);
            if (auto const type = control_type_of(record.key.value_or("")))
                read_control_record(*type, record.value.value_or(""));
        }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::string_view const file(reinterpret_cast<char const*>(data) + 1, size - 1);
    int const reader = data[0] % 11;
    switch (reader) {
    case 0:
        read_batches(file);
        break;
    case 1:
    case 2:
    case 3:
    case 4:
        decompress(static_cast<Codec>(reader), file, enough);
        break;
    case 5:
        read_offset_index(file, 1000);
        offset_index_flaw(file, 1000);
        break;
    case 6:
        read_time_index(file, 1000);
        time_index_flaw(file, 1000);
        break;
    case 7:
        read_transaction_index(file);
        break;
    case 8:
        read_producer_snapshot(file);
        break;
    case 9:
        read_metadata_record(file);
        break;
    default:
        for (std::int16_t type = 0; type <= 6; ++type)
            read_control_record(static_cast<ControlType>(type), file);
        break;
    }
    return 0;
}
