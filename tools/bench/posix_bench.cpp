// What real files cost over writing the same bytes straight to one, as dd does: the same bytes, in
// the same program, on the same disk, with as many steps that end in an fsync; and how fast a
// directory that was left is read back and checked. TMPDIR says where. See tools/README.md.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include "sim/posix_backend.h"
#include "sim/posix_verify.h"

using namespace odradek::sim;

namespace {

constexpr std::uint64_t extent_bytes = 16384;
constexpr std::uint64_t run_bytes = 64 << 20;

class Bytes final : public Blob {
public:
    std::uint64_t size() const override { return bytes_.size(); }
    void write_to(std::string& to) const override { to += bytes_; }

private:
    std::string bytes_ = std::string(extent_bytes, 'x');
};

struct Place {
    Place() { ::mkdtemp(path.data()); }
    ~Place() { std::filesystem::remove_all(path); }
    std::string path{(std::filesystem::temp_directory_path() / "odradek-bench-XXXXXX").string()};
};

double since(std::chrono::steady_clock::time_point begun)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

// `step`: bytes between two fsyncs; 0: none but at the end.
bool write_straight(std::uint64_t step)
{
    std::string const bytes(extent_bytes, 'x');
    Place const place;
    int const file = ::open((place.path + "/file").c_str(), O_WRONLY | O_CREAT, 0600);
    bool good = file >= 0;
    for (std::uint64_t done = 0; good && done < run_bytes;) {
        good = ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
        done += extent_bytes;
        if (step != 0 && done % step == 0)
            ::fdatasync(file);
    }
    ::fdatasync(file);
    ::close(file);
    return good;
}

// Over so many files, one after the other. Answers with what has failed, and how many syncs it
// took.
std::string write_posix(std::string const& path, std::uint64_t step, std::uint32_t files,
                        std::uint64_t& syncs)
{
    Ref<Blob> const blob = share<Bytes>();
    PosixStorage storage(DataDirectory::create(path, {}), {.sync = step != 0});
    auto const backend = storage.backend(HostId{0}, "broker-1");
    for (std::uint32_t file = 0; file < files; ++file)
        backend->create({HostId{0}, FileId{file}, "t-" + std::to_string(file) + "/0.log"});
    std::uint32_t file = 0;
    for (std::uint64_t done = 0; done < run_bytes;) {
        backend->append({HostId{0}, FileId{file}, {}}, {blob, extent_bytes});
        done += extent_bytes;
        if (step != 0 && done % step == 0) {
            backend->settled(Instant{static_cast<std::int64_t>(done)}, Backend::Why::flushed);
            file = (file + 1) % files;
        }
    }
    storage.finish(Instant{1});
    syncs = storage.counts().syncs;
    return storage.failure();
}

// One of each in turn, so that whatever else the machine does is done to both. `ratio`: how much
// longer real files of a run take than one that is written straight.
void beside(benchmark::State& state)
{
    auto const step = static_cast<std::uint64_t>(state.range(0));
    auto const files = static_cast<std::uint32_t>(state.range(1));
    double straight = 0;
    double posix = 0;
    std::uint64_t syncs = 0;
    for (auto _ : state) {
        auto begun = std::chrono::steady_clock::now();
        if (!write_straight(step))
            state.SkipWithError("cannot write");
        straight += since(begun);
        Place const place;
        begun = std::chrono::steady_clock::now();
        if (std::string const failure = write_posix(place.path + "/data", step, files, syncs);
            !failure.empty())
            state.SkipWithError(failure.c_str());
        posix += since(begun);
    }
    double const megabytes =
        static_cast<double>(run_bytes) / 1e6 * static_cast<double>(state.iterations());
    state.counters["straight_MB/s"] = megabytes / straight;
    state.counters["posix_MB/s"] = megabytes / posix;
    state.counters["ratio"] = posix / straight;
    state.counters["syncs"] = static_cast<double>(syncs);
}

// Reading back what a run has left, and comparing it with the journal, to the byte.
void verify(benchmark::State& state)
{
    auto const files = static_cast<std::uint32_t>(state.range(0));
    Place const place;
    std::uint64_t syncs = 0;
    std::string const failure = write_posix(place.path + "/data", 1 << 20, files, syncs);
    for (auto _ : state) {
        DataReport const report = verify_data(DataDirectory::open(place.path + "/data"));
        if (!failure.empty() || !report.good() || report.bytes != run_bytes)
            state.SkipWithError("the directory is not as it was left");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(run_bytes) * state.iterations());
}

}  // namespace

BENCHMARK(beside)
    ->ArgNames({"step", "files"})
    ->Args({0, 1})
    ->Args({1 << 20, 1})
    ->Args({1 << 20, 100})
    ->Args({64 << 10, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(verify)->ArgName("files")->Arg(1)->Arg(100)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
