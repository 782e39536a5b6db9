#include "sim/posix_verify.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
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
    struct Piece {
        std::uint64_t bytes;
        std::uint64_t check;
    };
    bool exists{false};
    std::uint64_t bytes{0};
    std::vector<Piece> pieces{};
};

struct Expected {
    std::string path;
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
        content = {.exists = true};
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

// How far a file has come in the changes that may be there in part.
class Judgement {
public:
    Judgement(Expected const& file, bool there, std::string_view bytes)
        : file_(file), there_(there), bytes_(bytes)
    {
    }

    // Sets `partial` or `damaged`; neither: all is as it must be.
    void judge()
    {
        Content state = file_.whole;
        std::optional<std::size_t> made;  // How many of the changes are there.
        std::uint64_t beyond = 0;         // And bytes of the next one.
        if (matches(state))
            made = 0;
        std::string const why = there_ == state.exists ? damage_of(state) : std::string{};
        for (std::size_t i = 0; i < file_.doubtful.size(); ++i) {
            JournalChange const& next = file_.doubtful[i];
            if (next.kind == JournalChange::Kind::append && there_ && state.exists &&
                bytes_.size() > state.bytes && bytes_.size() < state.bytes + next.bytes &&
                first_damage(state, bytes_).empty()) {
                made = i;
                beyond = bytes_.size() - state.bytes;
            }
            change(state, next);
            if (matches(state)) {
                made = i + 1;
                beyond = 0;
            }
        }
        if (!made)
            damaged = !why.empty() ? why
                      : there_     ? std::string("is there and must not be")
                                   : std::string("is missing");
        else if (*made < file_.doubtful.size())
            partial = beyond != 0
                          ? fmt::format("{} of {} changes, and {} of {} bytes of the next", *made,
                                        file_.doubtful.size(), beyond, file_.doubtful[*made].bytes)
                          : fmt::format("{} of {} changes", *made, file_.doubtful.size());
    }

    std::string partial;
    std::string damaged;

private:
    std::string damage_of(Content const& state) const
    {
        if (std::string what = first_damage(state, bytes_); !what.empty())
            return what;
        return bytes_.size() > state.bytes
                   ? fmt::format("has {} bytes and must have {}", bytes_.size(), state.bytes)
                   : std::string{};
    }
    bool matches(Content const& state) const
    {
        return there_ == state.exists && (!there_ || damage_of(state).empty());
    }

    Expected const& file_;
    bool there_;
    std::string_view bytes_;
};

class Verification {
public:
    explicit Verification(DataDirectory const& directory) : directory_(directory) {}

    DataReport perform()
    {
        report_.facts = directory_.facts();
        read_journal();
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
            files_[one.file].path = std::move(one.path);
        } else if (one.file < files_.size() && !files_[one.file].path.empty()) {
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
                    damaged(data_journal, fmt::format("{} {}", file.path, why));
            file.doubtful.clear();
        }
        in_doubt_.clear();
    }

    void look_at(Expected const& file)
    {
        if (file.path.empty())
            return;
        std::string bytes;
        bool const there = read_whole_file(directory_.path() + "/" + file.path, bytes);
        if (!there && errno != ENOENT && errno != ENOTDIR)
            throw StorageError(directory_.path() + "/" + file.path,
                               fmt::format("cannot be read: {}", error_text(errno)));
        Judgement judgement(file, there, bytes);
        judgement.judge();
        if (!judgement.damaged.empty())
            damaged(file.path, judgement.damaged);
        if (!judgement.partial.empty())
            report_.partial.push_back({file.path, judgement.partial});
        known_[file.path] = true;
        if (there) {
            ++report_.files;
            report_.bytes += bytes.size();
            report_.paths.push_back(file.path);
        }
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
    std::map<std::string, bool, std::less<>> known_;
};

}  // namespace

DataReport verify_data(DataDirectory const& directory) { return Verification(directory).perform(); }

}  // namespace odradek::sim
