#include "model/version.h"

#include <charconv>

#include <fmt/format.h>

namespace odradek::kafka {

std::string to_string(KafkaVersion version)
{
    return fmt::format("{}.{}", version.major, version.minor);
}

std::optional<KafkaVersion> parse_kafka_version(std::string_view text)
{
    KafkaVersion version;
    std::size_t const dot = text.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size() || text.size() > 7)
        return std::nullopt;
    auto const number = [](std::string_view digits, int& value) {
        auto const [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc{} && end == digits.data() + digits.size() &&
               digits.front() != '-';
    };
    if (!number(text.substr(0, dot), version.major) || !number(text.substr(dot + 1), version.minor))
        return std::nullopt;
    return version;
}

std::vector<KafkaVersion> const& simulated_versions()
{
    static std::vector<KafkaVersion> const versions{{3, 9}, {4, 0}, {4, 1}};
    return versions;
}

}  // namespace odradek::kafka
