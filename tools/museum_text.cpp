#include "tools/museum_text.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "model/version.h"
#include "sim/time.h"
#include "tools/paragraph.h"

namespace odradek::cli {

namespace {

using kafka::Exhibit;

std::string ordinal(std::uint64_t number)
{
    bool const teen = number % 100 >= 11 && number % 100 <= 13;
    char const* const ending = teen               ? "th"
                               : number % 10 == 1 ? "st"
                               : number % 10 == 2 ? "nd"
                               : number % 10 == 3 ? "rd"
                                                  : "th";
    return fmt::format("{}{}", number, ending);
}

std::string counted(std::uint64_t number, std::string_view what)
{
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

// "1..20", "7", "1..3, 9".
std::string ranges(std::vector<std::uint64_t> const& seeds)
{
    std::string text;
    for (std::size_t i = 0; i < seeds.size();) {
        std::size_t last = i;
        while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1)
            ++last;
        text += text.empty() ? "" : ", ";
        text +=
            last == i ? fmt::format("{}", seeds[i]) : fmt::format("{}..{}", seeds[i], seeds[last]);
        i = last + 1;
    }
    return text;
}

std::string joined(std::vector<std::string> const& words)
{
    std::string text;
    for (std::string const& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

template <class Row>
std::size_t widest(std::vector<Row> const& rows, std::string const& title,
                   std::string (*cell)(Row const&))
{
    std::size_t width = title.size();
    for (Row const& row : rows)
        width = std::max(width, cell(row).size());
    return width;
}

// "leader-has-committed 20, lost-write 18": who spoke of the flaw, and in how many seeds.
std::string speakers(std::vector<Attempt> const& attempts, bool judges)
{
    std::vector<std::string> names;
    std::map<std::string, std::uint64_t> counts;
    auto const count = [&](std::string const& name) {
        if (counts[name]++ == 0)
            names.push_back(name);
    };
    for (Attempt const& attempt : attempts) {
        if (judges)
            for (Verdict const& verdict : attempt.verdicts)
                count(verdict.judge);
        else
            for (std::string const& other : attempt.others)
                count(other);
    }
    std::string text;
    for (std::string const& name : names)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, counts[name]);
    return text;
}

std::string remarks(Attempt const& attempt)
{
    std::string text;
    for (Verdict const& verdict : attempt.verdicts)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", verdict.judge);
    if (!attempt.others.empty())
        text += fmt::format("{}also {}", text.empty() ? "" : "; ", joined(attempt.others));
    if (!attempt.error.empty())
        text += fmt::format("{}{}", text.empty() ? "" : "; ",
                            attempt.error.substr(0, attempt.error.find('\n')));
    return text;
}

std::string every_seed(Visit const& visit)
{
    std::string text;
    for (Attempt const& attempt : visit.flawed)
        text += paragraph(fmt::format("    flaw, seed {}  {}", attempt.seed,
                                      attempt.caught() ? "caught" : "missed"),
                          6, remarks(attempt));
    for (Attempt const& attempt : visit.fixed)
        text += paragraph(
            fmt::format("    fix, seed {}  {}", attempt.seed, attempt.holds() ? "holds" : "FAILS"),
            6, remarks(attempt));
    return text;
}

std::string said(Verdict const& verdict)
{
    std::string text = fmt::format("  {}{}{}{}\n", verdict.judge,
                                   verdict.partition.empty() ? "" : ", " + verdict.partition,
                                   verdict.time ? ", at " + sim::to_string(*verdict.time) : "",
                                   verdict.count > 1 ? fmt::format(", x{}", verdict.count) : "");
    text += paragraph("    ", 4, verdict.what);
    for (std::string const& fact : verdict.because)
        text += paragraph("      ", 8, fact);
    return text;
}

std::string failure_of_fix(Visit const& visit, Paint const& paint)
{
    Attempt const* const failure = visit.first_failure();
    if (failure == nullptr)
        return {};
    std::string text = fmt::format("  {} with seed {}: {}\n", paint.bad("the fix fails"),
                                   failure->seed, to_string(failure->outcome));
    for (Verdict const& verdict : failure->verdicts)
        text += said(verdict);
    if (!failure->others.empty())
        text += paragraph("    ", 4, joined(failure->others));
    if (!failure->error.empty())
        text += fmt::format("    {}\n", failure->error);
    return text + fmt::format("  repeat: {} --seed {}\n", visit.found.command(true), failure->seed);
}

std::string failure_of_flaw(Visit const& visit, Paint const& paint)
{
    std::string text;
    if (visit.first_catch() == nullptr) {
        std::vector<std::uint64_t> seeds;
        for (Attempt const& attempt : visit.flawed)
            seeds.push_back(attempt.seed);
        text = paragraph(fmt::format("  {}", paint.bad("not caught")), 4,
                         fmt::format("{} tried ({}), and {} said nothing",
                                     counted(seeds.size(), "seed"), ranges(seeds),
                                     judges_text(visit.found.exhibit)));
        std::string const others = speakers(visit.flawed, false);
        if (!others.empty())
            text += paragraph("    who spoke instead:", 6, others);
    }
    for (Attempt const& attempt : visit.flawed)
        if (attempt.outcome == Outcome::broken)
            return text + fmt::format("  {} with seed {}: {}\n  repeat: {} --seed {}\n",
                                      paint.bad("internal error"), attempt.seed, attempt.error,
                                      visit.found.command(), attempt.seed);
    return text;
}

std::string seeds_cell(Visit const& visit)
{
    Attempt const* const first = visit.first_catch();
    if (!visit.plan.until_caught)
        return fmt::format("{} of {}", visit.catches(), visit.flawed.size());
    return first == nullptr ? fmt::format("> {}", visit.flawed.size())
                            : fmt::format("{}", first - visit.flawed.data() + 1);
}

std::string judge_cell(Visit const& visit)
{
    Attempt const* const first = visit.first_catch();
    return first == nullptr ? visit.found.exhibit.judges.front() : first->verdicts.front().judge;
}

std::string painted_status(Visit const& visit, Paint const& paint)
{
    std::string_view const status = status_of(visit);
    return visit.good() ? paint.good(status) : paint.bad(status);
}

}  // namespace

std::string seconds_text(std::int64_t us)
{
    std::int64_t const hundredths = (us + 5000) / 10'000;
    return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

std::string judges_text(Exhibit const& exhibit) { return joined(exhibit.judges); }

std::string_view status_of(Visit const& visit)
{
    if (visit.broken() != nullptr)
        return "error";
    if (visit.interrupted)
        return "interrupted";
    if (visit.first_catch() == nullptr)
        return "not caught";
    return visit.first_failure() != nullptr ? "fix fails" : "caught";
}

std::string exhibits_text(std::vector<FoundExhibit> const& exhibits)
{
    std::size_t const name = widest<FoundExhibit>(
        exhibits, "exhibit", [](FoundExhibit const& found) { return found.exhibit.name; });
    std::size_t const ticket = widest<FoundExhibit>(
        exhibits, "ticket", [](FoundExhibit const& found) { return found.exhibit.ticket; });
    std::string text = fmt::format("{:<{}}  {:<{}}  judge\n", "exhibit", name, "ticket", ticket);
    for (FoundExhibit const& found : exhibits)
        text += paragraph(
            fmt::format("{:<{}}  {:<{}} ", found.exhibit.name, name, found.exhibit.ticket, ticket),
            name + ticket + 4, judges_text(found.exhibit));
    return text;
}

std::string exhibits_tsv(std::vector<FoundExhibit> const& exhibits)
{
    std::string text = "exhibit\tticket\tjudges\tflaw\tvalue\tseeds\tfile\n";
    for (FoundExhibit const& found : exhibits)
        text +=
            fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", found.exhibit.name, found.exhibit.ticket,
                        judges_text(found.exhibit), found.exhibit.pointer(), found.exhibit.value,
                        found.exhibit.seeds, found.file);
    return text;
}

std::string exhibit_text(FoundExhibit const& found)
{
    Exhibit const& exhibit = found.exhibit;
    std::string text = fmt::format("{}  {}  kafka {}\n", exhibit.name, exhibit.ticket,
                                   kafka::to_string(found.kafka));
    if (!exhibit.note.empty())
        text += paragraph("  ", 2, exhibit.note);
    constexpr std::size_t margin = 13;
    auto const line = [&](std::string_view lead, std::string_view words) {
        if (!words.empty())
            text += paragraph(fmt::format("  {:<10}", lead), margin, words);
    };
    text += "\n";
    line("flaw", flaw_text(found));
    line("without", flawed_rule(exhibit));
    line("with", fixed_rule(found));
    line("judge", judges_text(exhibit));
    line("caught",
         fmt::format("within {}, from {} on",
                     counted(static_cast<std::uint64_t>(exhibit.seeds), "seed"), found.first_seed));
    line("scenario", found.file);
    if (!found.description.empty())
        text += "\n" + paragraph("  ", 2, found.description);
    return text + fmt::format("\n  {} --seed {} --story\n  odradek museum run {}\n",
                              found.command(), found.first_seed,
                              found.in_gallery ? exhibit.name : found.file);
}

std::string visit_text(Visit const& visit, bool verbose, Paint const& paint)
{
    FoundExhibit const& found = visit.found;
    std::string text = fmt::format("{}  {}  {}\n", paint.strong(found.exhibit.name),
                                   found.exhibit.ticket, found.file);
    text += paragraph("  flaw:", 9, flaw_text(found));
    if (!flawed_rule(found.exhibit).empty())
        text += paragraph("        ", 9, flawed_rule(found.exhibit));
    text += paragraph("  judge:", 9, judges_text(found.exhibit)) + "\n";
    std::vector<std::uint64_t> caught;
    for (Attempt const& attempt : visit.flawed)
        if (attempt.caught())
            caught.push_back(attempt.seed);
    text += paragraph("  with the flaw ", 17,
                      fmt::format("{} of {} caught{}; {} s CPU", caught.size(),
                                  counted(visit.flawed.size(), "seed"),
                                  caught.empty() ? "" : fmt::format(" ({})", ranges(caught)),
                                  seconds_text(visit.cpu_us_with_flaw())));
    if (!caught.empty()) {
        text += paragraph("    by", 7, speakers(visit.flawed, true));
        std::string const others = speakers(visit.flawed, false);
        if (!others.empty())
            text += paragraph("    also", 6, others);
    }
    auto const held = std::count_if(visit.fixed.begin(), visit.fixed.end(),
                                    [](Attempt const& attempt) { return attempt.holds(); });
    if (!visit.fixed.empty())
        text +=
            fmt::format("  with the fix   {} of {} hold{}\n", held,
                        counted(visit.fixed.size(), "seed"), visit.fixed.size() == 1 ? "s" : "");
    if (verbose)
        text += "\n" + every_seed(visit);
    if (Attempt const* first = visit.first_catch()) {
        text += fmt::format("\n  seed {}, the {} tried:\n", first->seed,
                            ordinal(static_cast<std::uint64_t>(first - visit.flawed.data()) + 1));
        text += said(first->verdicts.front());
        text += fmt::format("  repeat: {} --seed {}\n", found.command(), first->seed);
    }
    std::string const failures = failure_of_flaw(visit, paint) + failure_of_fix(visit, paint);
    return text + (failures.empty() ? "" : "\n" + failures);
}

std::string table_text(std::vector<Visit> const& visits, Paint const& paint)
{
    using Cell = std::string (*)(Visit const&);
    struct Column {
        std::string title;
        Cell cell;
        bool right{false};
    };
    std::vector<Column> const columns{
        {"exhibit", [](Visit const& v) { return v.found.exhibit.name; }},
        {"ticket", [](Visit const& v) { return v.found.exhibit.ticket; }},
        {"judge", judge_cell},
        {"seeds", seeds_cell, true},
        {"CPU s", [](Visit const& v) { return seconds_text(v.cpu_us()); }, true},
    };
    std::string text;
    std::vector<std::size_t> widths;
    for (Column const& column : columns) {
        widths.push_back(widest(visits, column.title, column.cell));
        text += column.right ? fmt::format("{:>{}}  ", column.title, widths.back())
                             : fmt::format("{:<{}}  ", column.title, widths.back());
    }
    text += "\n";
    while (text.size() > 1 && text[text.size() - 2] == ' ')
        text.erase(text.size() - 2, 1);
    for (Visit const& visit : visits) {
        for (std::size_t i = 0; i < columns.size(); ++i)
            text += columns[i].right ? fmt::format("{:>{}}  ", columns[i].cell(visit), widths[i])
                                     : fmt::format("{:<{}}  ", columns[i].cell(visit), widths[i]);
        text += painted_status(visit, paint) + "\n";
    }
    return text;
}

std::string table_tsv(std::vector<Visit> const& visits)
{
    std::string text = "exhibit\tticket\tjudge\tseeds\tcaught\tfixSeeds\tfixHeld\tcpuSeconds\t"
                       "status\n";
    for (Visit const& visit : visits) {
        auto const held = std::count_if(visit.fixed.begin(), visit.fixed.end(),
                                        [](Attempt const& attempt) { return attempt.holds(); });
        text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", visit.found.exhibit.name,
                            visit.found.exhibit.ticket, judge_cell(visit), visit.flawed.size(),
                            visit.catches(), visit.fixed.size(), held, seconds_text(visit.cpu_us()),
                            status_of(visit));
    }
    return text;
}

std::string failures_text(std::vector<Visit> const& visits, Paint const& paint)
{
    std::string text;
    for (Visit const& visit : visits) {
        std::string const failures = failure_of_flaw(visit, paint) + failure_of_fix(visit, paint);
        if (!failures.empty())
            text += fmt::format("\n{}\n{}", visit.found.exhibit.name, failures);
    }
    return text;
}

}  // namespace odradek::cli
