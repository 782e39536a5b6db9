#include "model/record_bytes/batch_reader.h"

#include <fmt/format.h>

#include "model/record_bytes/compression.h"
#include "model/record_bytes/crc32c.h"
#include "model/record_size.h"

namespace odradek::kafka {

namespace {

constexpr std::uint64_t log_overhead = 12;  // Base offset and length.
constexpr std::uint64_t magic_at = 16;
constexpr std::uint64_t crc_at = 17;
constexpr std::uint64_t attributes_at = 21;
constexpr std::int32_t legacy_overhead = 14;  // Of a message of magic 0: the least a length can be.

// Old batches, which are records with an offset and a length before them.
BatchInFile legacy(BatchInFile batch, ByteReader& in)
{
    batch.crc = batch.bytes.size() > 16 ? ByteReader(batch.bytes.substr(12, 4)).u32() : 0;
    batch.attributes = in.i8();
    batch.max_timestamp = batch.magic == 1 ? in.i64() : -1;
    batch.base_timestamp = batch.max_timestamp;
    batch.problem = BytesProblem{
        batch.position + magic_at,
        fmt::format("magic {}: a message set of Kafka {}, which is not read here; Kafka 3.0 and "
                    "later write magic 2",
                    batch.magic, batch.magic == 0 ? "before 0.10" : "0.10 and 0.10.x")};
    return batch;
}

std::string_view records_bytes(BatchInFile const& batch)
{
    return batch.bytes.size() > batch_header_bytes ? batch.bytes.substr(batch_header_bytes)
                                                   : std::string_view{};
}

std::optional<std::string> field(ByteReader& in, std::string_view what)
{
    std::int32_t const size = in.varint();
    if (size < 0)
        return std::nullopt;
    return std::string(in.take(static_cast<std::uint64_t>(size), what));
}

void read_headers(ByteReader& in, std::vector<HeaderInFile>& headers)
{
    std::int32_t const count = in.varint();
    if (count < 0)
        return in.fail(fmt::format("{} headers", count));
    if (static_cast<std::uint64_t>(count) > in.left())
        return in.fail(fmt::format("{} headers, where {} bytes are left", count, in.left()));
    for (std::int32_t i = 0; i < count && in.good(); ++i) {
        auto key = field(in, "the key of a header");
        if (!key)
            return in.fail("a header without a key");
        auto value = field(in, "the value of a header");
        headers.push_back({std::move(*key), std::move(value)});
    }
}

}  // namespace

std::int32_t BatchInFile::last_sequence() const
{
    if (base_sequence == -1)
        return -1;
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(base_sequence) +
                                      static_cast<std::uint32_t>(last_offset_delta)) &
                                     0x7fffffff);
}

std::optional<Codec> BatchInFile::codec() const
{
    return codec_id() <= 4 ? std::optional{static_cast<Codec>(codec_id())} : std::nullopt;
}

std::optional<BatchInFile> BatchReader::next()
{
    if (problem_ || left() == 0)
        return std::nullopt;
    ByteReader in(file_.substr(at_), at_);
    BatchInFile batch;
    batch.position = at_;
    batch.base_offset = in.i64();
    std::int32_t const length = in.i32();
    if (!in.good() || left() <= magic_at) {
        problem_ =
            BytesProblem{at_, fmt::format("{} byte{} left, too few for the header of a batch",
                                          left(), left() == 1 ? "" : "s")};
        return std::nullopt;
    }
    if (length < legacy_overhead) {
        problem_ = BytesProblem{
            at_ + 8, fmt::format("a batch of {} bytes; the least is {}", length, legacy_overhead)};
        return std::nullopt;
    }
    std::uint64_t const size = log_overhead + static_cast<std::uint64_t>(length);
    if (size > left()) {
        problem_ = BytesProblem{
            at_, fmt::format("a batch of {} bytes, where {} are left: it is torn", size, left())};
        return std::nullopt;
    }
    batch.bytes = file_.substr(at_, size);
    at_ += size;
    batch.leader_epoch = in.i32();
    batch.magic = in.i8();
    if (batch.magic >= 0 && batch.magic < 2)
        return legacy(std::move(batch), in);
    if (size < batch_header_bytes) {
        batch.problem =
            BytesProblem{batch.position, fmt::format("{} bytes are too few for a header of {}",
                                                     size, batch_header_bytes)};
        return batch;
    }
    batch.crc = in.u32();
    batch.attributes = in.i16();
    batch.last_offset_delta = in.i32();
    batch.base_timestamp = in.i64();
    batch.max_timestamp = in.i64();
    batch.producer_id = in.i64();
    batch.producer_epoch = in.i16();
    batch.base_sequence = in.i32();
    batch.count = in.i32();
    if (batch.magic != 2) {
        batch.problem = BytesProblem{batch.position + magic_at,
                                     fmt::format("magic {}; the newest is 2", batch.magic)};
        return batch;
    }
    std::uint32_t const computed = crc32c(batch.bytes.substr(attributes_at));
    if (computed != batch.crc)
        batch.problem = BytesProblem{
            batch.position + crc_at,
            fmt::format("checksum {} says the header, {} say the bytes", batch.crc, computed)};
    return batch;
}

RecordsInFile read_records(BatchInFile const& batch, std::uint64_t bytes_max)
{
    RecordsInFile result;
    auto const wrong = [&](std::uint64_t position, std::string what) {
        result.problem = BytesProblem{position, std::move(what)};
        return result;
    };
    if (batch.magic != 2)
        return wrong(batch.position + magic_at,
                     fmt::format("records of magic {} are not read here", batch.magic));
    if (batch.bytes.size() < batch_header_bytes)
        return wrong(batch.position, "the batch is shorter than a header");
    if (batch.count < 0)
        return wrong(batch.position + 57, fmt::format("a count of {} records", batch.count));
    auto const codec = batch.codec();
    if (!codec)
        return wrong(batch.position + attributes_at,
                     fmt::format("no codec has the id {}", batch.codec_id()));
    std::string decompressed;
    std::string_view bytes = records_bytes(batch);
    std::uint64_t begin = batch.position + batch_header_bytes;
    if (batch.count == 0) {
        if (!bytes.empty())
            return wrong(begin, fmt::format("{} bytes behind a header that counts no records",
                                            bytes.size()));
        return result;
    }
    if (*codec != Codec::none) {
        Decompressed made = decompress(*codec, bytes, bytes_max);
        if (made.wrong)
            return wrong(begin, *made.wrong);
        decompressed = std::move(made.bytes);
        bytes = decompressed;
        begin = 0;
    }
    ByteReader in(bytes, begin);
    for (std::int32_t i = 0; i < batch.count && in.good(); ++i) {
        std::uint64_t const record_at = in.position();
        if (in.left() == 0) {
            in.fail(fmt::format("{} records, where the header counts {}", i, batch.count));
            break;
        }
        std::int32_t const size = in.varint();
        std::uint64_t const body_at = in.position();
        if (size < 0)
            in.fail_at(record_at, fmt::format("a record of {} bytes", size));
        ByteReader body(in.take(static_cast<std::uint64_t>(std::max(size, 0)), "a record"),
                        body_at);
        if (!in.good())
            break;
        RecordInFile record;
        body.i8();  // attributes
        record.timestamp =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(batch.base_timestamp) +
                                      static_cast<std::uint64_t>(body.varlong()));
        if (batch.timestamp_type() == TimestampType::log_append_time)
            record.timestamp = batch.max_timestamp;
        std::int32_t const delta = body.varint();
        record.offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(batch.base_offset) +
                                                  static_cast<std::uint64_t>(delta));
        if (batch.base_sequence >= 0)
            record.sequence =
                static_cast<std::int32_t>((static_cast<std::uint32_t>(batch.base_sequence) +
                                           static_cast<std::uint32_t>(delta)) &
                                          0x7fffffff);
        record.key = field(body, "a key");
        record.value = field(body, "a value");
        read_headers(body, record.headers);
        if (body.good() && body.left() != 0)
            body.fail(fmt::format("{} bytes behind the headers of a record", body.left()));
        if (!body.good()) {
            in.fail_at(body.problem()->position, body.problem()->what);
            break;
        }
        result.records.push_back(std::move(record));
    }
    if (in.good() && in.left() != 0)
        in.fail(fmt::format("{} bytes behind the last of {} records", in.left(), batch.count));
    result.problem = in.problem();
    return result;
}

}  // namespace odradek::kafka
