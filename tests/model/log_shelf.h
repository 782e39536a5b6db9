// A log over a real disk, for tests.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "model/log/log.h"
#include "tests/model/replica_bench.h"

namespace odradek::kafka::test {

// A log over a real disk.
struct Shelf {
    sim::Chance chance{1};
    sim::Disk disk{sim::HostId{0}, {}};
    Env env;
    Out out;
    Log log;

    Shelf() : env(make_env()), log(open()) {}
    Env make_env()
    {
        Env made;
        made.chance = &chance;
        made.disk = &disk;
        return made;
    }
    Log fresh()
    {
        auto const name = sim::share<PartitionName>("orders-0");
        return {orders_0, name, name, Log::files_of(env, "orders-0")};
    }
    Log open(TopicConfig const& topic = topic_config())
    {
        Log made = fresh();
        made.begin(env, topic, out);
        return made;
    }
    std::vector<sim::FileId> files() const
    {
        std::vector<sim::FileId> all;
        for (std::uint32_t i = 0; i < disk.file_count(); ++i)
            if (sim::FileId const file{i}; disk.exists(file))
                all.push_back(file);
        return all;
    }
    std::vector<sim::Extent> const& data() const
    {
        return disk.extents(log.segments().back().file());
    }
    // What the wishes want is done.
    void settle()
    {
        for (sim::Wish const& wish : out.wishes()) {
            if (wish.kind == sim::WishKind::create)
                disk.open(std::string(disk.path(wish.file)));
            if (wish.kind == sim::WishKind::append)
                disk.append(env.now, chance, wish.file, out.blobs()[wish.index]);
            if (wish.kind == sim::WishKind::truncate)
                disk.truncate(env.now, chance, wish.file, wish.extents);
            if (wish.kind == sim::WishKind::flush)
                disk.flush(env.now, chance, wish.file);
            if (wish.kind == sim::WishKind::replace)
                disk.replace(env.now, chance, wish.file, out.blobs()[wish.index]);
            if (wish.kind == sim::WishKind::remove)
                disk.remove(env.now, chance, wish.file);
            if (wish.kind == sim::WishKind::rename)
                disk.rename(env.now, chance, wish.file,
                            static_cast<sim::PathText const&>(*out.blobs()[wish.index]).text);
            if (wish.kind == sim::WishKind::flush && wish.notify)
                notices.push_back(wish.file);
            if (wish.kind == sim::WishKind::arm)
                timers.push_back(wish.timer);
        }
        out.clear();
    }
    Log::Appended append(BatchSpec spec, int epoch = 0, TopicConfig const& topic = topic_config())
    {
        auto const appended =
            log.append_as_leader(env, *batch(spec), Epoch{epoch}, topic, seconds(86'400), out);
        settle();
        return appended;
    }
    void truncate(std::int64_t end, TopicConfig const& topic = topic_config())
    {
        log.truncate_to(env, Offset{end}, topic, out);
        settle();
    }
    // The next life of the broker opens it.
    Log::Recovery reopen(LastShutdown last, Log::Checkpoints const& checkpoints,
                         TopicConfig const& topic = topic_config(),
                         ProtocolSwitches const& switches = {})
    {
        log = fresh();
        auto const recovery = log.load(env, files(), last, checkpoints, topic, switches, out);
        settle();
        return recovery;
    }
    Log::Recovery reopen(LastShutdown last, std::int64_t high_watermark = 0)
    {
        return reopen(last, {.high_watermark = Offset{high_watermark}});
    }
    void close()
    {
        log.close(env, out);
        settle();
    }
    void flush()
    {
        log.flush(env, out);
        settle();
        tell_flushed();
    }
    void tell_flushed()
    {
        for (sim::FileId const file : std::exchange(notices, {}))
            if (log.owns(file))
                log.on_flushed();
    }
    std::vector<Log::Deleted> retain(TopicConfig const& topic,
                                     ProtocolSwitches const& switches = {})
    {
        timers.clear();
        auto deleted = log.delete_old_segments(env, topic, switches, out);
        settle();
        return deleted;
    }
    // The indexes of the timers of that kind that were armed.
    std::vector<std::uint32_t> armed(TimerKind kind) const
    {
        std::vector<std::uint32_t> indexes;
        for (Timer const one : timers)
            if (one.kind == static_cast<std::uint16_t>(kind))
                indexes.push_back(one.index);
        return indexes;
    }

    std::vector<sim::FileId> notices;  // Flushes to be told of.
    std::vector<Timer> timers;
};

}  // namespace odradek::kafka::test
