// One process on a bench: its wishes are carried out at once on a real disk, timers when the test
// lets time pass, flushes when the test says so; what it sends and answers is kept for the test to
// look at.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/out.h"
#include "sim/chance.h"
#include "sim/disk.h"
#include "sim/time.h"

namespace odradek::kafka::test {

inline sim::DiskQuality instant_disk() { return sim::DiskQuality{}; }

// A request sent by the process on the bench, not answered yet.
struct SentRequest {
    Peer peer;
    std::int32_t correlation{0};
    Message message;
};

struct Bench {
    explicit Bench(std::uint64_t seed = 1) : chance(seed), disk(sim::HostId{0}, instant_disk())
    {
        out.listen(true);
    }

    Env env()
    {
        Env env;
        env.self = self;
        env.incarnation = incarnation;
        env.now = now;
        env.wall = now;
        env.chance = &chance;
        env.disk = &disk;
        return env;
    }

    // Carries out what one handler call wished.
    void carry_out()
    {
        for (sim::Wish const& wish : out.wishes())
            switch (wish.kind) {
            case sim::WishKind::connect:
                connects.push_back(wish.peer);
                break;
            case sim::WishKind::close:
                break;
            case sim::WishKind::send:
                sent.push_back({wish.peer, wish.correlation, out.messages()[wish.index]});
                break;
            case sim::WishKind::reply:
                replies[wish.request.correlation] = out.messages()[wish.index];
                break;
            case sim::WishKind::finish:
                break;
            case sim::WishKind::hang_up:
                hung_up.push_back(wish.request.correlation);
                break;
            case sim::WishKind::arm:
                timers[wish.timer] = now + std::max(wish.delay, Duration{0});
                break;
            case sim::WishKind::cancel:
                timers.erase(wish.timer);
                break;
            case sim::WishKind::append:
                disk.append(now, chance, wish.file, out.blobs()[wish.index]);
                break;
            case sim::WishKind::truncate:
                disk.truncate(now, chance, wish.file, static_cast<std::size_t>(wish.extents));
                break;
            case sim::WishKind::flush:
                disk.flush(now, chance, wish.file);
                if (wish.notify)
                    flushes.push_back(wish.file);
                break;
            case sim::WishKind::replace:
                disk.replace(now, chance, wish.file, out.blobs()[wish.index]);
                break;
            case sim::WishKind::remove:
                disk.remove(now, chance, wish.file);
                break;
            case sim::WishKind::park:
            case sim::WishKind::unpark:
            case sim::WishKind::unpark_request:
            case sim::WishKind::answer_under_way:
            case sim::WishKind::request_under_way:
                break;
            case sim::WishKind::exit:
                exited = true;
                break;
            }
        for (std::string& note : out.notes())
            notes.push_back(std::move(note));
        for (Observation& observation : out.observations())
            observations.push_back(std::move(observation));
        out.clear();
    }

    // The timer that is due next, at or before `end`.
    std::optional<Timer> next_timer(Instant end) const
    {
        std::optional<Timer> found;
        Instant best = end;
        for (auto const& [timer, at] : timers)
            if (at < best || (at == best && !found)) {
                found = timer;
                best = at;
            }
        return found;
    }

    bool noted(std::string_view part) const
    {
        return std::any_of(notes.begin(), notes.end(), [&](std::string const& note) {
            return note.find(part) != std::string::npos;
        });
    }
    template <class Fact>
    std::vector<Fact> observed() const
    {
        std::vector<Fact> facts;
        for (Observation const& observation : observations)
            if (auto const* fact = std::get_if<Fact>(&observation))
                facts.push_back(*fact);
        return facts;
    }
    void forget()
    {
        notes.clear();
        observations.clear();
    }

    sim::Chance chance;
    sim::Disk disk;
    NodeId self{0};
    std::uint32_t incarnation{1};
    Instant now;
    Out out;

    std::map<Timer, Instant> timers;
    std::vector<Peer> connects;
    std::vector<SentRequest> sent;
    std::map<std::int32_t, Message> replies;  // By the request's correlation number.
    std::vector<std::int32_t> hung_up;
    std::vector<sim::FileId> flushes;  // Asked for with notice, not told yet.
    std::vector<std::string> notes;
    std::vector<Observation> observations;
    bool exited{false};
};

}  // namespace odradek::kafka::test
