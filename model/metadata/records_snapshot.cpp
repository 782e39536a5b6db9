#include "model/metadata/records_snapshot.h"

#include "sim/describe.h"

namespace odradek::kafka {

std::uint64_t MetadataSnapshot::size() const
{
    // A batch with the header, one with the footer, and the voters as records in the first.
    std::uint64_t bytes = 2 * batch_header_bytes + 40;
    if (voters)
        bytes += 12 + 60 * voters->size();
    return bytes + (contents ? contents->size() : 0);
}

void MetadataSnapshot::write_to(std::string& bytes) const
{
    std::string text = fmt::format("snapshot {}-{} kraft.version {}\n", id.end_offset.value,
                                   id.epoch.value, kraft_version);
    if (voters)
        text += sim::print(*voters) + "\n";
    if (contents)
        text += contents->text();
    text.resize(size(), '\0');
    bytes += text;
}

}  // namespace odradek::kafka
