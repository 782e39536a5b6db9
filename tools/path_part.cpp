#include "tools/path_part.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "sim/digest.h"

namespace odradek::cli {

std::string path_part(std::string const& name)
{
    std::string part;
    for (char const c : name) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || std::strchr("=,._+@-", c) != nullptr;
        part += plain && c != '\0' ? c : '_';
    }
    bool const same = part == name;
    if (same && !part.empty() && part.size() <= 120 && part.front() != '.' && part != "latest" &&
        part != "-")
        return part;
    if (name.empty())
        return "-";
    sim::Digest digest;
    digest.add(std::string_view{name});
    part.resize(std::min<std::size_t>(part.size(), 100));
    if (part.front() == '.')
        part.front() = '_';
    return part + "-" + digest.text().substr(0, 8);
}

}  // namespace odradek::cli
