#include "tests/model/record_bytes/made_batches.h"

#include "model/record_bytes/control_record.h"

namespace odradek::kafka::test {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t begin_ms = 1'704'067'200'000;

}  // namespace

RecordBatch made(MadeRecords const& is)
{
    RecordShape::Description shape;
    shape.sender = "shop";
    shape.keys = is.cardinality > 0 ? RecordShape::Keys::by_number : RecordShape::Keys::none;
    shape.cardinality = static_cast<std::uint64_t>(is.cardinality);
    shape.filling = is.filling;
    shape.value_bytes = is.value_bytes;
    shape.tombstones = is.tombstones;
    shape.seed = 11;
    shape.headers = is.headers;
    RecordBatch batch;
    batch.base_offset = Offset{is.base_offset};
    batch.leader_epoch = Epoch{3};
    batch.record_count = is.records;
    batch.producer_id = ProducerId{4000};
    batch.producer_epoch = 1;
    batch.base_sequence = static_cast<std::int32_t>(is.first_number);
    batch.base_timestamp = sim::Instant{begin_ms * ms};
    batch.max_timestamp = sim::Instant{(begin_ms + is.records - 1) * ms};
    batch.client = 2;
    batch.first_number = is.first_number;
    batch.shape = sim::share<RecordShape>(shape);
    std::vector<TimeRun> times;
    for (std::int32_t i = 0; i < is.records; ++i)
        times.push_back({i, begin_ms + i});
    batch.times = sim::share<RecordTimes>(times);
    return *batch.recompressed(is.codec);
}

std::vector<MadeBatch> batches_of_all_kinds()
{
    std::vector<MadeBatch> all;
    std::int64_t offset = 0;
    auto const add = [&](std::string what, RecordBatch const& batch) {
        auto const stamped = batch.stamped(Offset{offset}, Epoch{3});
        offset = stamped->end_offset().value;
        all.push_back({std::move(what), stamped});
    };
    for (Codec const codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
        std::string const name = to_string(codec);
        std::uint64_t number = 1000;
        for (auto const filling : {RecordShape::Filling::sequence, RecordShape::Filling::letters,
                                   RecordShape::Filling::random})
            for (std::int32_t const records : {1, 7, 400}) {
                MadeRecords is{.records = records,
                               .filling = filling,
                               .value_bytes = sim::Uniform{0, 600},
                               .codec = codec,
                               .first_number = number};
                number += static_cast<std::uint64_t>(records);
                if (records == 7) {
                    is.tombstones = {1, 2};
                    is.headers = {
                        {"trace", "0123456789abcdef"}, {"nothing", std::nullopt}, {"", ""}};
                }
                if (records == 400)
                    is.cardinality = 0;
                add(name, made(is));
            }
        RecordBatch const big = made({.records = 3,
                                      .filling = RecordShape::Filling::letters,
                                      .value_bytes = sim::Constant{100'000},
                                      .codec = codec,
                                      .first_number = number});
        add(name + ", of several blocks", big);
        RecordBatch const whole = made({.records = 20, .codec = codec, .first_number = number + 3});
        add(name + ", compacted", *whole.without({0, 3, 4, 19}));
        add(name + ", with a delete horizon",
            *whole.without({2}, sim::Instant{(begin_ms + 86'400'000) * ms}));
        RecordBatch stamped = whole;
        stamped.timestamp_type = TimestampType::log_append_time;
        stamped.max_timestamp = sim::Instant{(begin_ms + 5'000) * ms};
        add(name + ", stamped by the leader", stamped);
        RecordBatch transactional = whole;
        transactional.transactional = true;
        add(name + ", transactional", transactional);
    }
    add("compacted to nothing", *made({.records = 3}).without({0, 1, 2}));
    for (bool const committed : {true, false})
        add(committed ? "COMMIT" : "ABORT",
            *make_end_transaction_batch(ProducerId{4000}, 1, committed, 9,
                                        sim::Instant{begin_ms * ms}));
    return all;
}

}  // namespace odradek::kafka::test
