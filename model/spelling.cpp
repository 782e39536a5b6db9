#include "model/spelling.h"

#include <algorithm>
#include <utility>

namespace odradek::kafka {

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::vector<std::size_t>> rows(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        rows[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const change = a[i - 1] == b[j - 1] ? 0 : 1;
            rows[i][j] =
                std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a.size()][b.size()];
}

std::vector<std::string_view>
nearest_names(std::string_view name, std::vector<std::string_view> const& known, std::size_t limit)
{
    std::size_t const allowed = name.size() <= 1 ? 0 : name.size() <= 3 ? 1 : 2;
    std::vector<std::pair<std::size_t, std::string_view>> found;
    for (std::string_view candidate : known) {
        std::size_t const shorter = std::min(name.size(), candidate.size());
        std::size_t const longer = std::max(name.size(), candidate.size());
        bool const prefix = shorter >= 3 && name.substr(0, shorter) == candidate.substr(0, shorter);
        bool const close = longer - shorter <= allowed && edit_distance(name, candidate) <= allowed;
        if (close)
            found.emplace_back(edit_distance(name, candidate), candidate);
        else if (prefix)
            found.emplace_back(3 + longer - shorter, candidate);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](auto const& a, auto const& b) { return a.first < b.first; });
    std::vector<std::string_view> names;
    for (auto const& [distance, candidate] : found) {
        if (names.size() == limit)
            break;
        if (std::find(names.begin(), names.end(), candidate) == names.end())
            names.push_back(candidate);
    }
    return names;
}

std::string quoted_list(std::vector<std::string_view> const& names, std::string_view last)
{
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0 && i + 1 == names.size())
            text.append(" ").append(last).append(" ");
        else if (i > 0)
            text.append(", ");
        text.append("\"").append(names[i]).append("\"");
    }
    return text;
}

std::string listed(std::string_view what, std::vector<std::string_view> const& names)
{
    if (names.empty())
        return {};
    std::string text{what};
    return text + (names.size() == 1 ? " is " : " are ") + quoted_list(names, "and");
}

std::string did_you_mean(std::vector<std::string_view> const& names)
{
    return names.empty() ? "" : "did you mean " + quoted_list(names) + "?";
}

}  // namespace odradek::kafka
