// A storage backend as small as one can be, behind the C interface, for tests of whoever loads it:
// strings in a map. Compiled several times, each time with another mistake.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "sim/backend_plugin.h"

#ifndef OFFERED_VERSION
#define OFFERED_VERSION ODRADEK_BACKEND_VERSION
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(odradek_backend)
#endif
#ifndef ENTRY
#define ENTRY odradek_backend_entry
#endif
#ifndef FULL_AT
#define FULL_AT 0
#endif

struct odradek_store {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> files;
    std::uint64_t appended{0};
    std::string failure;
};

namespace {

std::pair<std::uint32_t, std::uint32_t> key(odradek_file const* file)
{
    return {file->host, file->file};
}

odradek_store* open(char const* directory, std::uint32_t, char* error, std::size_t error_size)
{
    if (std::strstr(directory, "refused") == nullptr)
        return new odradek_store;
    std::snprintf(error, error_size, "it is refused");
    return nullptr;
}

int create(odradek_store* store, odradek_file const* file)
{
    store->files[key(file)] = {};
    return 0;
}

int append(odradek_store* store, odradek_file const* file, void const* bytes, std::uint64_t size)
{
    store->appended += size;
    if (FULL_AT != 0 && store->appended > FULL_AT) {
        store->failure = "the map is full";
        return 1;
    }
    store->files[key(file)].append(static_cast<char const*>(bytes), size);
    return 0;
}

int truncate(odradek_store* store, odradek_file const* file, std::uint64_t size)
{
    store->files[key(file)].resize(size);
    return 0;
}

int replace(odradek_store* store, odradek_file const* file, void const* bytes, std::uint64_t size)
{
    store->files[key(file)].assign(static_cast<char const*>(bytes), size);
    return 0;
}

int remove(odradek_store* store, odradek_file const* file)
{
    store->files.erase(key(file));
    return 0;
}

int rename(odradek_store*, odradek_file const*, char const*) { return 0; }

int settle(odradek_store*, std::int64_t) { return 0; }

int exists(odradek_store* store, odradek_file const* file)
{
    return store->files.count(key(file)) != 0 ? 1 : 0;
}

std::uint64_t size_of(odradek_store* store, odradek_file const* file)
{
    auto const found = store->files.find(key(file));
    return found == store->files.end() ? 0 : found->second.size();
}

int read(odradek_store* store, odradek_file const* file, std::uint64_t offset, void* bytes,
         std::uint64_t size)
{
    std::memcpy(bytes, store->files[key(file)].data() + offset, size);
    return 0;
}

char const* failure(odradek_store* store) { return store->failure.c_str(); }

void close(odradek_store* store) { delete store; }

constexpr odradek_backend table = {
    OFFERED_VERSION, TABLE_SIZE, "map",  open,   create,  append, truncate, replace,
    remove,          rename,     settle, exists, size_of, read,   failure,  close,
};

}  // namespace

extern "C" __attribute__((visibility("default"))) odradek_backend const* ENTRY(std::uint32_t)
{
    return OFFERED_VERSION == 0 ? nullptr : &table;
}
