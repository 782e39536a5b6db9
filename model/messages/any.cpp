#include "model/messages/any.h"

#include "sim/describe.h"

namespace odradek::kafka {

// Length, API key, version, correlation id and a client id of usual length.
static constexpr std::uint64_t frame_bytes = 30;

Message::Message(Message const& other) = default;
Message::Message(Message&& other) noexcept = default;
Message& Message::operator=(Message const& other) = default;
Message& Message::operator=(Message&& other) noexcept = default;
Message::~Message() = default;

char const* name_of(Message const& message)
{
    return std::visit([](auto const& m) { return describe_name(&m); },
                      static_cast<AnyMessage const&>(message));
}

std::string to_string(Message const& message)
{
    return std::visit(
        [](auto const& m) { return std::string(describe_name(&m)) + " " + sim::print(m); },
        message);
}

std::uint64_t wire_size(Message const& message)
{
    return frame_bytes + std::visit([](auto const& m) { return sim::wire_size(m); }, message);
}

void add_to(sim::Digest& digest, Message const& message)
{
    digest.add(message.index());
    std::visit([&](auto const& m) { sim::add_to(digest, m); }, message);
}

}  // namespace odradek::kafka
