// The scenarios of the gallery, which the program carries with it, so that they are found from
// anywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace odradek::cli {

struct GalleryScenario {
    std::string_view name;  // "replication/leader-crash": its path in scenarios/ without ".json".
    std::string_view text;
};

// By name. Made at build time from scenarios/.
std::vector<GalleryScenario> const& gallery();

// By name, by path ("scenarios/replication/leader-crash.json"), or by the last part of the name
// where only one has it. Null: there is none.
GalleryScenario const* find_in_gallery(std::string_view name);

// Where the scenario lies in the repository; what `run` and messages call it.
std::string path_of(GalleryScenario const& scenario);

// As find_in_gallery; UserError (64) with a suggestion when there is none.
GalleryScenario const& need_in_gallery(std::string_view name);

}  // namespace odradek::cli
