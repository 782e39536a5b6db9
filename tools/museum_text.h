// The museum as text, and as tab-separated lines.
#pragma once

#include <string>
#include <vector>

#include "tools/museum.h"
#include "tools/terminal.h"

namespace odradek::cli {

std::string exhibits_text(std::vector<FoundExhibit> const& exhibits);
std::string exhibits_tsv(std::vector<FoundExhibit> const& exhibits);
// One in full: the flaw, the fix, the story.
std::string exhibit_text(FoundExhibit const& found);

// One visit in full; `verbose`: seed by seed.
std::string visit_text(Visit const& visit, bool verbose, Paint const& paint);
// A line for each. CPU seconds are the machine's; all else is the same in each run.
std::string table_text(std::vector<Visit> const& visits, Paint const& paint);
std::string table_tsv(std::vector<Visit> const& visits);
// What did not come out as it should, of a table: the first failure of each.
std::string failures_text(std::vector<Visit> const& visits, Paint const& paint);

// "caught", "not caught", "fix fails", "error", "interrupted".
std::string_view status_of(Visit const& visit);
// "0.82".
std::string seconds_text(std::int64_t us);
std::string judges_text(kafka::Exhibit const& exhibit);

}  // namespace odradek::cli
