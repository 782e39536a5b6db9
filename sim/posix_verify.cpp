#include "sim/posix_verify.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "sim/posix_backend.h"
#include "sim/posix_journal.h"
#include "sim/storage.h"

namespace odradek::sim {

namespace {

namespace fs = std::filesystem;

// What a file must hold.
struct Content {
    std::string path{};
    struct Piece {
        std::uint64_t bytes;
        std::uint64_t check;
    };
    bool exists{false};
    std::uint64_t bytes{0};
    std::vector<Piece> pieces{};
};

struct Expected {
    Content whole;                        // After every entry whose changes were all made.
    std::vector<JournalChange> doubtful;  // Those of the entries after, in order.
};

// Empty, or why the change makes no sense.
std::string change(Content& content, JournalChange const& is)
{
    switch (is.kind) {
    case JournalChange::Kind::create:
        if (content.exists)
            return "is created where it is";
        content = {.path = content.path, .exists = true};
        return {};
    case JournalChange::Kind::append:
        content.bytes += is.bytes;
        content.pieces.push_back({is.bytes, is.check});
        break;
    case JournalChange::Kind::truncate:
        while (!content.pieces.empty() && content.bytes > is.bytes) {
            content.bytes -= content.pieces.back().bytes;
            content.pieces.pop_back();
        }
        if (content.bytes != is.bytes)
            return "is cut inside a piece";
        break;
    case JournalChange::Kind::replace:
        content.bytes = is.bytes;
        content.pieces.assign(1, {is.bytes, is.check});
        break;
    case JournalChange::Kind::remove:
        content.bytes = 0;
        content.pieces.clear();
        break;
    case JournalChange::Kind::rename:
        content.path = is.path;
        break;
    case JournalChange::Kind::name:
        break;
    }
    if (!content.exists)
        return "is changed where it is not";
    content.exists = is.kind != JournalChange::Kind::remove;
    return {};
}

// Empty if `bytes` begins with what `content` must hold, or where it does not.
std::string first_damage(Content const& content, std::string_view bytes)
{
    std::uint64_t at = 0;
    for (Content::Piece const& piece : content.pieces) {
        if (bytes.size() - at < piece.bytes)
            return fmt::format("ends at byte {} of {}", bytes.size(), content.bytes);
        if (content_check(bytes.substr(at, piece.bytes)) != piece.check)
            return fmt::format("bytes {} to {} are not what was written", at, at + piece.bytes);
        at += piece.bytes;
    }
    return {};
}

// What is there, read once for each path. Whoever judges one file looks at a few of them.
class Found {
public:
    explicit Found(std::string const& directory) : directory_(directory) {}

    // Nothing if there is no such file.
    std::optional<std::string> const& at(std::string const& path)
    {
        auto const [place, is_new] = files_.try_emplace(path);
        if (!is_new)
            return place->second;
        std::string bytes;
        if (read_whole_file(directory_ + "/" + path, bytes))
            place->second = std::move(bytes);
        else if (errno != ENOENT && errno != ENOTDIR)
            throw StorageError(directory_ + "/" + path,
                               fmt::format("cannot be read: {}", error_text(errno)));
        return place->second;
    }
    void forget() { files_.clear(); }

private:
    std::string const& directory_;
    std::map<std::string, std::optional<std::string>> files_;
};

// Which files may be at a path.
using Claims = std::map<std::string, std::vector<Expected const*>>;

// How far a file has come in the changes that may be there in part.
class Judgement {
public:
    Judgement(Expected const& file, Found& found, Claims const& claims)
        : file_(file), found_(found), claims_(claims)
    {
    }

    // Sets `partial` or `damaged`; neither: all is as it must be.
    void judge()
    {
        Content state = file_.whole;
        std::optional<std::size_t> made;  // How many of the changes are there.
        std::uint64_t beyond = 0;         // And bytes of the next one.
        std::string const why = difference(state);
        if (why.empty()) {
            made = 0;
            path = state.path;
        }
        for (std::size_t i = 0; i < file_.doubtful.size(); ++i) {
            JournalChange const& next = file_.doubtful[i];
            if (next.kind == JournalChange::Kind::append && state.exists) {
                std::optional<std::string> const& bytes = found_.at(state.path);
                if (bytes && bytes->size() > state.bytes &&
                    bytes->size() < state.bytes + next.bytes &&
                    first_damage(state, *bytes).empty()) {
                    made = i;
                    beyond = bytes->size() - state.bytes;
                    path = state.path;
                }
            }
            static_cast<void>(change(state, next));
            if (difference(state).empty()) {
                made = i + 1;
                beyond = 0;
                path = state.path;
            }
        }
        if (!made)
            damaged = why;
        else if (*made < file_.doubtful.size())
            partial = beyond != 0
                          ? fmt::format("{} of {} changes, and {} of {} bytes of the next", *made,
                                        file_.doubtful.size(), beyond, file_.doubtful[*made].bytes)
                          : fmt::format("{} of {} changes", *made, file_.doubtful.size());
    }

    std::string path;  // Where it is.
    std::string partial;
    std::string damaged;

private:
    // Empty if what is there is that state of the file.
    std::string difference(Content const& state)
    {
        std::optional<std::string> const& bytes = found_.at(state.path);
        if (!state.exists)
            return bytes && !is_anothers(state.path) ? "is there and must not be" : "";
        if (!bytes)
            return "is missing";
        if (std::string what = first_damage(state, *bytes); !what.empty())
            return what;
        return bytes->size() > state.bytes
                   ? fmt::format("has {} bytes and must have {}", bytes->size(), state.bytes)
                   : std::string{};
    }

    bool is_anothers(std::string const& at) const
    {
        auto const claims = claims_.find(at);
        return claims != claims_.end() &&
               std::any_of(claims->second.begin(), claims->second.end(),
                           [&](Expected const* one) { return one != &file_; });
    }

    Expected const& file_;
    Found& found_;
    Claims const& claims_;
};

class Verification {
public:
    explicit Verification(DataDirectory const& directory) : directory_(directory) {}

    DataReport perform()
    {
        report_.facts = directory_.facts();
        read_journal();
        for (Expected const& file : files_)
            list_paths(file);
        for (Expected const& file : files_)
            look_at(file);
        find_foreign();
        // All of the last step is there, though nobody lived to say so.
        if (!report_.closed && last_ == JournalEntry::Kind::step && report_.partial.empty() &&
            report_.good()) {
            ++report_.steps;
            report_.now = last_now_;
        }
        std::sort(report_.paths.begin(), report_.paths.end());
        return std::move(report_);
    }

private:
    void damaged(std::string path, std::string what)
    {
        report_.damaged.push_back({std::move(path), std::move(what)});
    }

    void read_journal()
    {
        std::string const path = directory_.path() + "/" + data_journal;
        std::string bytes;
        if (!read_whole_file(path, bytes)) {
            // Killed between marker and journal: nothing was written yet.
            if (errno == ENOENT)
                return;
            throw StorageError(path, fmt::format("cannot be read: {}", error_text(errno)));
        }
        JournalReader reader(bytes);
        while (std::optional<JournalEntry> entry = reader.next()) {
            if (report_.closed)
                damaged(data_journal, "goes on after its end");
            // The entry before was carried out before this one was written; the parts of a step are
            // synced at its end only.
            if (last_ == JournalEntry::Kind::step) {
                make_certain();
                ++report_.steps;
                report_.now = last_now_;
            }
            for (JournalChange& one : entry->changes)
                take(std::move(one));
            last_ = entry->kind;
            last_now_ = entry->now;
            report_.closed = entry->kind == JournalEntry::Kind::closed;
        }
        report_.entries = reader.entries();
        report_.cut_entry = reader.unread();
        if (report_.closed) {
            make_certain();
            report_.now = last_now_;
        }
        if (reader.unread() != 0 && report_.closed)
            damaged(data_journal,
                    fmt::format("bytes {} to the end are no entry", reader.position()));
    }

    void take(JournalChange one)
    {
        if (one.kind == JournalChange::Kind::name) {
            if (one.file >= files_.size())
                files_.resize(one.file + 1);
            files_[one.file].whole.path = std::move(one.path);
        } else if (one.file < files_.size() && !files_[one.file].whole.path.empty()) {
            in_doubt_.push_back(one.file);
            files_[one.file].doubtful.push_back(std::move(one));
        } else {
            damaged(data_journal, fmt::format("speaks of file {} that it has not named", one.file));
        }
    }

    void make_certain()
    {
        for (std::uint32_t const number : in_doubt_) {
            Expected& file = files_[number];
            for (JournalChange const& one : file.doubtful)
                if (std::string const why = change(file.whole, one); !why.empty())
                    damaged(data_journal, fmt::format("{} {}", file.whole.path, why));
            file.doubtful.clear();
        }
        in_doubt_.clear();
    }

    // Where the file may be.
    void list_paths(Expected const& file)
    {
        Content state = file.whole;
        state.pieces.clear();
        if (state.exists)
            claims_[state.path].push_back(&file);
        known_.insert(state.path);
        for (JournalChange const& one : file.doubtful) {
            if (one.kind == JournalChange::Kind::rename)
                state.path = one.path;
            if (one.kind == JournalChange::Kind::rename || one.kind == JournalChange::Kind::create)
                claims_[state.path].push_back(&file);
            known_.insert(state.path);
        }
    }

    void look_at(Expected const& file)
    {
        if (file.whole.path.empty())
            return;
        Judgement judgement(file, found_, claims_);
        judgement.judge();
        std::string const& path = judgement.path.empty() ? file.whole.path : judgement.path;
        if (!judgement.damaged.empty())
            damaged(path, judgement.damaged);
        if (!judgement.partial.empty())
            report_.partial.push_back({path, judgement.partial});
        bool const is_here = claims_.count(path) != 0;
        if (std::optional<std::string> const& bytes = found_.at(path);
            bytes && is_here && counted_.insert(path).second) {
            ++report_.files;
            report_.bytes += bytes->size();
            report_.paths.push_back(path);
        }
        found_.forget();
    }

    void find_foreign()
    {
        std::error_code error;
        fs::path const root(directory_.path());
        for (fs::recursive_directory_iterator at(root, error), end; !error && at != end;
             at.increment(error)) {
            if (at->is_directory(error))
                continue;
            std::string const path = at->path().lexically_relative(root).generic_string();
            bool const ours = path == data_marker || path == data_lock || path == data_journal ||
                              path == data_replacement || path == std::string(data_marker) + ".tmp";
            if (!ours && !known_.contains(path))
                damaged(path, "is not in the journal");
        }
        if (error)
            throw StorageError(directory_.path(),
                               fmt::format("cannot be read: {}", error_text(error.value())));
    }

    DataDirectory const& directory_;
    DataReport report_;
    std::vector<Expected> files_;  // By number.
    std::vector<std::uint32_t> in_doubt_;
    JournalEntry::Kind last_{JournalEntry::Kind::part};
    Instant last_now_{};
    Found found_{directory_.path()};
    Claims claims_;
    std::set<std::string> known_;  // Paths that the journal speaks of.
    std::set<std::string> counted_;
};

}  // namespace

DataReport verify_data(DataDirectory const& directory) { return Verification(directory).perform(); }

}  // namespace odradek::sim
