// What real files cost over writing the same bytes straight to one: the same bytes, in the same
// program, on the same disk, with as many fsyncs. TMPDIR says where.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include "sim/posix_backend.h"

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

// The argument: bytes between two fsyncs; 0: none but at the end.
void straight(benchmark::State& state)
{
    std::string const bytes(extent_bytes, 'x');
    auto const step = static_cast<std::uint64_t>(state.range(0));
    for (auto _ : state) {
        Place const place;
        int const file = ::open((place.path + "/file").c_str(), O_WRONLY | O_CREAT, 0600);
        for (std::uint64_t done = 0; done < run_bytes;) {
            if (::write(file, bytes.data(), bytes.size()) < 0)
                state.SkipWithError("cannot write");
            done += extent_bytes;
            if (step != 0 && done % step == 0)
                ::fdatasync(file);
        }
        ::fdatasync(file);
        ::close(file);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(run_bytes) * state.iterations());
}

// Over so many files, one after the other.
void posix(benchmark::State& state)
{
    Ref<Blob> const blob = share<Bytes>();
    auto const step = static_cast<std::uint64_t>(state.range(0));
    auto const files = static_cast<std::uint32_t>(state.range(1));
    for (auto _ : state) {
        Place const place;
        PosixStorage storage(DataDirectory::create(place.path + "/data", {}), {.sync = step != 0});
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
        if (!storage.failure().empty())
            state.SkipWithError(storage.failure().c_str());
        state.counters["syncs"] = static_cast<double>(storage.counts().syncs);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(run_bytes) * state.iterations());
}

}  // namespace

BENCHMARK(straight)->Arg(0)->Arg(1 << 20)->Arg(64 << 10)->UseRealTime()->Unit(
    benchmark::kMillisecond);
BENCHMARK(posix)
    ->Args({0, 1})
    ->Args({1 << 20, 1})
    ->Args({1 << 20, 100})
    ->Args({64 << 10, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
