// How well a producer expects its records to be compressed, from how well the last batches of the
// topic were. Source: org.apache.kafka.common.record.CompressionRatioEstimator,
// MemoryRecordsBuilder.estimatedBytesWritten. Unlike Kafka: in millionths instead of floats.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/codec.h"

namespace odradek::kafka {

struct CompressionRatio {
    static constexpr std::int64_t one = 1'000'000;
    std::int64_t millionths{one};

    static constexpr CompressionRatio of(std::uint64_t compressed, std::uint64_t raw)
    {
        return {static_cast<std::int64_t>(compressed * one / raw)};
    }

    // A batch came out with that ratio: worse is believed at once, better slowly.
    constexpr void observe(CompressionRatio seen)
    {
        constexpr std::int64_t improving_step = 5'000;
        constexpr std::int64_t deteriorating_step = 50'000;
        if (seen.millionths > millionths)
            millionths = std::max(millionths + deteriorating_step, seen.millionths);
        else if (seen.millionths < millionths)
            millionths = std::max(millionths - improving_step, seen.millionths);
    }

    bool operator==(CompressionRatio const&) const = default;
};

// Bytes that records will take; 5 in 100 more than the ratio says.
constexpr std::uint64_t estimated_records_bytes(Codec codec, CompressionRatio ratio,
                                                std::uint64_t raw)
{
    if (codec == Codec::none)
        return raw;
    constexpr std::uint64_t hundredths = 105;
    return raw * static_cast<std::uint64_t>(ratio.millionths) / CompressionRatio::one * hundredths /
           100;
}

}  // namespace odradek::kafka
