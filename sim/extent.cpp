#include "sim/extent.h"

#include "sim/ensure.h"

namespace odradek::sim {

void Extent::write_to(std::string& bytes) const
{
    std::size_t const start = bytes.size();
    blob->write_to(bytes);
    ENSURE(bytes.size() - start == blob->size(), "a blob writes as many bytes as it says");
    if (blob->damage() == Damage::rot)
        return;
    bytes.resize(start + valid);
    bytes.resize(start + blob->size(), '\0');
}

}  // namespace odradek::sim
