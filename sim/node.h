// What a process is given (Env) and what it may ask for (Out). A process is a state machine:
// (state, now, one input) -> state', wishes. It holds no clock, no thread, no dice and no pointer
// to another process. Wishes are data; the engine carries them out, in the order written, after the
// handler has returned.
//
// Choices at run time are made with env.below (keyed by who asks and how often before, so that they
// move no other choice), delays with out.arm. Nothing else decides.
//
// A process type offers these handlers (all of them take Env const& and Out&):
//     on_start(env, out)                         a new incarnation begins
//     on_connected(env, peer, out)               a connection asked for is open
//     on_disconnected(env, peer, reason, out)    ... or is not, or is no more
//     on_request(env, request, message, out)     answer once with reply or finish
//     on_response(env, peer, correlation, message, out)
//     on_timer(env, timer, out)
//     on_flushed(env, file, out)                 a flush asked for with notice is durable, or a
//                                                read is complete
//     on_disk_error(env, file, error, out)       what depended on it was dropped: see Outbox
//     on_shutdown(env, out)                      asked to stop in order; ends with out.exit()
// and, if it or its peers park requests (sim/network.h):
//     on_parked(env, peer, correlation, out)     the server has parked a request of ours
//     on_unparked(env, request, round, out)      a request we parked is real again, and how far
//     on_unparked(env, peer, round, out)         the same, as the client learns it
// What is under way then must be named: out.answer_under_way, out.request_under_way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sim/chance.h"
#include "sim/disk.h"
#include "sim/id.h"
#include "sim/network.h"
#include "sim/ref.h"
#include "sim/time.h"

namespace odradek::sim {

// A timer of one process: what it is for, and of which instance (a peer, a partition). Arming it
// again moves it; a timer fires once.
struct Timer {
    std::uint16_t kind{0};
    std::uint32_t index{0};

    auto operator<=>(Timer const&) const = default;
};

// What a handler may read of the world.
struct Env {
    NodeId self;
    std::uint32_t incarnation{0};  // 1 for the first life of the process.
    Instant now;                   // The host's monotonic clock: drifts, may freeze, never steps.
    Instant wall;  // The host's wall clock: offset and steps too. For record timestamps.
    Chance* chance{nullptr};
    Disk* disk{nullptr};
    Network* network{nullptr};
    std::uint64_t disturbances{0};  // How often something has disturbed the world so far.
    Instant world;                  // For the network alone.
    bool drifts{false};             // The host's clock has a rate of its own, or stands still.

    // Whether a request may be parked now, as far as the world is concerned.
    bool may_park(RequestId request) const
    {
        return network != nullptr && !drifts && network->may_park(request);
    }
    // How far a request is that is parked, or was until this instant: one of a client, or one's own
    // that its server has parked.
    std::optional<ParkedRound> parked(RequestId request) const
    {
        return network != nullptr ? network->round(world, *chance, request) : std::nullopt;
    }
    std::optional<ParkedRound> parked(Peer server) const
    {
        return network != nullptr ? network->round(world, *chance, self, server) : std::nullopt;
    }
    // One decision of this process, keyed by (seed, site, process, ordinal): uniform in [0, n).
    std::uint64_t below(Site site, std::uint64_t n) const
    {
        return chance->below(site, self.value, n);
    }
    // Uniform in [low, high].
    Duration between(Site site, Duration low, Duration high) const
    {
        return {low.ns + static_cast<std::int64_t>(
                             below(site, static_cast<std::uint64_t>(high.ns - low.ns) + 1))};
    }

    // The file of that path on the process's own disk; made empty if there is none.
    FileId open(std::string_view path) const { return disk->open(path); }
    // What the page cache holds of it.
    std::vector<Extent> const& read(FileId file) const { return disk->extents(file); }
};

enum class WishKind : std::uint8_t {
    connect,
    close,
    send,
    reply,
    finish,
    hang_up,
    arm,
    cancel,
    create,
    append,
    truncate,
    flush,
    replace,
    remove,
    rename,
    read,
    exit,
    park,
    unpark,          // As the client.
    unpark_request,  // As the server.
    answer_under_way,
    request_under_way,
};

// A new path of a file.
class PathText final : public Blob {
public:
    explicit PathText(std::string path) : text(std::move(path)) {}
    std::uint64_t size() const override { return text.size(); }
    void write_to(std::string& bytes) const override { bytes += text; }

    std::string text;
};

// One wish; which fields count depends on the kind.
struct Wish {
    WishKind kind{};
    bool notify{false};           // flush: tell on_flushed
    Peer peer;                    // connect, close, send, unpark, request_under_way
    Timer timer;                  // arm, cancel
    FileId file;                  // disk wishes
    std::int32_t correlation{0};  // send, request_under_way
    std::uint32_t index{0};    // what is sent: into messages(); append, replace, rename: blobs();
                               // park: bytes of the answer
    RequestId request;         // reply, finish, hang_up, and of parked requests
    Duration delay;            // arm: on the process's own clock; park: how long each answer waits
    std::uint64_t extents{0};  // truncate: how many stay; read: bytes; park: bytes of the request
};

// How much is told: nothing; what was decided and why; or routine too (every high tide of a
// counter).
enum class Telling : std::uint8_t { nothing, decisions, everything };

// The wishes of one handler call. `Message` and `Observation` are the model's own variants.
template <class Message, class Observation>
class Outbox {
public:
    // -- Network
    void connect(Peer peer) { add(WishKind::connect).peer = peer; }
    void close(Peer peer) { add(WishKind::close).peer = peer; }
    // Over an open connection; a request sent over one that is not open is lost in silence.
    void send(Peer peer, std::int32_t correlation, Message message)
    {
        Wish& wish = add(WishKind::send);
        wish.peer = peer;
        wish.correlation = correlation;
        wish.index = static_cast<std::uint32_t>(messages_.size());
        messages_.push_back(std::move(message));
    }
    void reply(RequestId request, Message message)
    {
        Wish& wish = add(WishKind::reply);
        wish.request = request;
        wish.index = static_cast<std::uint32_t>(messages_.size());
        messages_.push_back(std::move(message));
    }
    // The request needs no answer (acks=0): go on to the next of that connection.
    void finish(RequestId request) { add(WishKind::finish).request = request; }
    void hang_up(RequestId request) { add(WishKind::hang_up).request = request; }

    // Instead of answering it emptily now and being sent it again, and again. Only what
    // env.may_park() allows.
    void park(RequestId request, Network::Parking parking)
    {
        Wish& wish = add(WishKind::park);
        wish.request = request;
        wish.delay = parking.wait;
        wish.extents = parking.request_bytes;
        wish.index = static_cast<std::uint32_t>(parking.answer_bytes);
    }
    // We have something new to ask a server that has parked our request; or to answer. The other
    // end is told. What is under way then (env.parked) must be named next. Waits for no disk: it
    // left when it left.
    void unpark(Peer peer) { add(WishKind::unpark).peer = peer; }
    void unpark(RequestId request) { add(WishKind::unpark_request).request = request; }
    void answer_under_way(RequestId request, Message message)
    {
        Wish& wish = add(WishKind::answer_under_way);
        wish.request = request;
        wish.index = static_cast<std::uint32_t>(messages_.size());
        messages_.push_back(std::move(message));
    }
    void request_under_way(Peer peer, std::int32_t correlation, Message message)
    {
        Wish& wish = add(WishKind::request_under_way);
        wish.peer = peer;
        wish.correlation = correlation;
        wish.index = static_cast<std::uint32_t>(messages_.size());
        messages_.push_back(std::move(message));
    }

    // -- Time
    // `delay` is measured on the process's own clock; negative counts as zero.
    void arm(Timer timer, Duration delay)
    {
        Wish& wish = add(WishKind::arm);
        wish.timer = timer;
        wish.delay = delay;
    }
    void cancel(Timer timer) { add(WishKind::cancel).timer = timer; }

    // -- Disk. Network wishes written after one of these wait until it is complete. If it fails,
    // on_disk_error follows, and of the wishes after it those for the same file and requests are
    // dropped, answers become closed connections. Timers wait for nothing and always count.
    // The file is there from here on, as after env.open(): for one that an earlier wish removes.
    void create(FileId file) { add(WishKind::create).file = file; }
    void append(FileId file, Ref<Blob> blob)
    {
        Wish& wish = add(WishKind::append);
        wish.file = file;
        wish.index = static_cast<std::uint32_t>(blobs_.size());
        blobs_.push_back(std::move(blob));
    }
    void truncate(FileId file, std::uint64_t extents)
    {
        Wish& wish = add(WishKind::truncate);
        wish.file = file;
        wish.extents = extents;
    }
    // fsync. With notice, on_flushed follows when it is durable.
    void flush(FileId file, bool notify = false)
    {
        Wish& wish = add(WishKind::flush);
        wish.file = file;
        wish.notify = notify;
    }
    // So many bytes from the device, not from the page cache; on_flushed follows when they have
    // come. What they are, env.read(file) tells at any time: this is what it costs.
    void read(FileId file, std::uint64_t bytes)
    {
        Wish& wish = add(WishKind::read);
        wish.file = file;
        wish.extents = bytes;
        wish.notify = true;
    }
    // A small file replaced whole and durably (temporary file, fsync, rename, fsync of the
    // directory).
    void replace(FileId file, Ref<Blob> blob)
    {
        Wish& wish = add(WishKind::replace);
        wish.file = file;
        wish.index = static_cast<std::uint32_t>(blobs_.size());
        blobs_.push_back(std::move(blob));
    }
    void remove(FileId file) { add(WishKind::remove).file = file; }
    // No other file may have that path.
    void rename(FileId file, std::string path)
    {
        Wish& wish = add(WishKind::rename);
        wish.file = file;
        wish.index = static_cast<std::uint32_t>(blobs_.size());
        blobs_.push_back(share<PathText>(std::move(path)));
    }

    // -- The process itself

    // The process ends here, in order or halting; later wishes do not count. Nothing is waited for:
    // what was to leave after disk work is not sent. Who wants that, exits when it is done.
    void exit() { add(WishKind::exit); }

    // -- The story

    // What was decided and the facts that decided it: lower case, present tense, no full stop.
    // Costs nothing but its arguments when nobody listens.
    template <class... Args>
    void note(fmt::format_string<Args...> format, Args&&... args)
    {
        if (listening())
            notes_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
    // The same for routine that happens all the time: told only to those who want everything.
    template <class... Args>
    void detail(fmt::format_string<Args...> format, Args&&... args)
    {
        if (telling_ == Telling::everything)
            notes_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
    bool listening() const { return telling_ != Telling::nothing; }
    // A fact for judges, metrics and `when` conditions.
    void observe(Observation observation) { observations_.push_back(std::move(observation)); }

    // -- For the engine and for tests
    std::vector<Wish> const& wishes() const { return wishes_; }
    std::vector<Message>& messages() { return messages_; }
    std::vector<Message> const& messages() const { return messages_; }
    std::vector<Ref<Blob>>& blobs() { return blobs_; }
    std::vector<std::string>& notes() { return notes_; }
    std::vector<Observation>& observations() { return observations_; }
    std::vector<Observation> const& observations() const { return observations_; }
    void listen(Telling telling) { telling_ = telling; }
    void listen(bool listening) { telling_ = listening ? Telling::everything : Telling::nothing; }
    // Keeps the capacity: in steady state nothing is allocated.
    void clear()
    {
        wishes_.clear();
        messages_.clear();
        blobs_.clear();
        notes_.clear();
        observations_.clear();
    }

private:
    Wish& add(WishKind kind)
    {
        Wish& wish = wishes_.emplace_back();
        wish.kind = kind;
        return wish;
    }

    std::vector<Wish> wishes_;
    std::vector<Message> messages_;
    std::vector<Ref<Blob>> blobs_;
    std::vector<std::string> notes_;
    std::vector<Observation> observations_;
    Telling telling_{Telling::nothing};
};

}  // namespace odradek::sim
