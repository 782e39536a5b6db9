// The exhibits of the museum, found in the scenarios that hold them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/scenario.h"

namespace odradek::cli {

// An exhibit and where it hangs.
struct FoundExhibit {
    kafka::Exhibit exhibit;
    std::string file;       // What `run` takes.
    bool in_gallery{true};  // Then its name alone finds it.
    std::string scenario;   // Its name and what it says of itself.
    std::string description;
    kafka::KafkaVersion kafka;
    std::uint64_t first_seed{1};
    std::string fixed;  // What is in the place of the flaw, as JSON; empty: nothing.

    // "odradek run --exhibit truncation-high-watermark": with a seed added, it repeats a run.
    std::string command(bool with_fix = false) const;
};

// Of the gallery, by name. Throws UserError if a scenario of it cannot be read, or two exhibits
// have one name.
std::vector<FoundExhibit> gallery_exhibits();

// Those of one file, in its order.
std::vector<FoundExhibit> exhibits_in(std::string const& file);

// Names are of the gallery; what is a path ("x.json", "./x") stands for all exhibits in that file.
std::vector<FoundExhibit> find_exhibits(std::vector<std::string> const& names);

// One of the gallery; UserError with a suggestion if there is none.
FoundExhibit need_exhibit(std::string const& name);

// The scenario with the flaw, or as it is compared.
std::shared_ptr<kafka::Scenario const> read_exhibit(FoundExhibit const& found, bool with_fix);

// `truncation "high-watermark" instead of "kip-320"`.
std::string flaw_text(FoundExhibit const& found);
// What is done under the flaw, where the exhibit is a switch; else empty.
std::string_view flawed_rule(kafka::Exhibit const& exhibit);
std::string_view fixed_rule(FoundExhibit const& found);

}  // namespace odradek::cli
