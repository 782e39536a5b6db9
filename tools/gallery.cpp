#include "tools/gallery.h"

#include <fmt/format.h>

#include "model/spelling.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::string path_of(GalleryScenario const& scenario)
{
    return fmt::format("scenarios/{}.json", scenario.name);
}

GalleryScenario const* find_in_gallery(std::string_view name)
{
    GalleryScenario const* found = nullptr;
    for (GalleryScenario const& scenario : gallery()) {
        if (scenario.name == name || path_of(scenario) == name)
            return &scenario;
        if (last_part(scenario.name) != name)
            continue;
        if (found != nullptr)
            return nullptr;
        found = &scenario;
    }
    return found;
}

GalleryScenario const& need_in_gallery(std::string_view name)
{
    if (GalleryScenario const* found = find_in_gallery(name))
        return *found;
    std::vector<std::string_view> names;
    std::vector<std::string_view> ambiguous;
    for (GalleryScenario const& scenario : gallery()) {
        names.push_back(last_part(scenario.name));
        if (last_part(scenario.name) == name)
            ambiguous.push_back(scenario.name);
    }
    if (!ambiguous.empty())
        throw usage_error(fmt::format("there is more than one scenario \"{}\"", name),
                          kafka::listed("known", ambiguous));
    std::string const hint = kafka::did_you_mean(kafka::nearest_names(name, names));
    throw usage_error(fmt::format("there is no scenario \"{}\"", name),
                      hint.empty() ? "`odradek examples list` lists them" : hint);
}

}  // namespace odradek::cli
