// A storage backend on LMDB, behind the C interface of sim/backend_plugin.h: an example to start
// from, and proof that the interface is enough. README.md in this folder says why LMDB.
//
// Two tables. "files": path -> number and size. "content": number and offset (both big-endian, so
// that a file's pieces lie in order) -> bytes. One step of the run is one transaction, so what is
// found after a crash is always what the disks held after some step.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <new>
#include <string>
#include <utility>

#include <lmdb.h>

#include "sim/backend_plugin.h"

namespace {

// Address space, not disk: the file grows with what is in it.
constexpr std::size_t map_bytes = std::size_t{1} << 38;
constexpr std::size_t key_bytes = 16;

struct File {
    std::uint64_t number{0};
    std::uint64_t size{0};
    bool exists{false};
    bool changed{false};
    std::string path;
};

void put_big_endian(unsigned char* to, std::uint64_t value)
{
    for (int i = 0; i < 8; ++i)
        to[i] = static_cast<unsigned char>(value >> (56 - 8 * i));
}

std::uint64_t get_big_endian(unsigned char const* from)
{
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
        value = value << 8 | from[i];
    return value;
}

struct ContentKey {
    unsigned char bytes[key_bytes];

    ContentKey(std::uint64_t number, std::uint64_t offset)
    {
        put_big_endian(bytes, number);
        put_big_endian(bytes + 8, offset);
    }
    MDB_val val() { return {key_bytes, bytes}; }
};

}  // namespace

struct odradek_store {
    MDB_env* env{nullptr};
    MDB_txn* txn{nullptr};  // Of the step under way; null between steps.
    MDB_dbi files_table{0};
    MDB_dbi content_table{0};
    std::map<std::pair<std::uint32_t, std::uint32_t>, File> files;  // By host and file.
    std::uint64_t numbers{0};
    std::string failure;

    odradek_store() = default;
    odradek_store(odradek_store const&) = delete;
    odradek_store& operator=(odradek_store const&) = delete;
    ~odradek_store()
    {
        if (txn != nullptr)
            mdb_txn_abort(txn);
        if (env != nullptr)
            mdb_env_close(env);
    }

    // Remembers why; false if it failed.
    bool good(char const* what, int code)
    {
        if (code != MDB_SUCCESS && failure.empty())
            failure = std::string(what) + ": " + mdb_strerror(code);
        return code == MDB_SUCCESS;
    }
    bool begin() { return txn != nullptr || good("begin", mdb_txn_begin(env, nullptr, 0, &txn)); }
    File& of(odradek_file const& name)
    {
        File& file = files[{name.host, name.file}];
        if (file.path.empty())
            file.path = name.path;
        file.changed = true;
        return file;
    }
    bool open_tables()
    {
        return begin() &&
               good("open table", mdb_dbi_open(txn, "files", MDB_CREATE, &files_table)) &&
               good("open table", mdb_dbi_open(txn, "content", MDB_CREATE, &content_table)) &&
               commit();
    }
    bool commit()
    {
        MDB_txn* const done = std::exchange(txn, nullptr);
        return good("commit", mdb_txn_commit(done));
    }
    bool add(File& file, void const* bytes, std::uint64_t size)
    {
        if (size == 0)
            return true;
        ContentKey place(file.number, file.size);
        MDB_val key = place.val();
        MDB_val value{static_cast<std::size_t>(size), const_cast<void*>(bytes)};
        file.size += size;
        return good("put", mdb_put(txn, content_table, &key, &value, 0));
    }
    // Deletes pieces from the end until only `size` bytes are left.
    bool cut(File& file, std::uint64_t size)
    {
        MDB_cursor* cursor = nullptr;
        if (!good("cursor", mdb_cursor_open(txn, content_table, &cursor)))
            return false;
        ContentKey first(file.number, size);
        MDB_val key = first.val();
        MDB_val value{};
        int found = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
        while (found == MDB_SUCCESS && key.mv_size == key_bytes &&
               get_big_endian(static_cast<unsigned char const*>(key.mv_data)) == file.number) {
            found = mdb_cursor_del(cursor, 0);
            // After a deletion that is the piece behind the one that was deleted.
            if (found == MDB_SUCCESS)
                found = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
        mdb_cursor_close(cursor);
        file.size = size;
        return found == MDB_NOTFOUND || good("delete", found);
    }
};

namespace {

// An exception must not leave the library; the only one there can be is a lack of memory.
template <class Function>
int guarded(odradek_store& store, Function function)
{
    try {
        return function() ? 0 : 1;
    } catch (std::exception const& error) {
        store.failure = error.what();
        return 1;
    }
}

bool open_environment(odradek_store& store, char const* directory, std::uint32_t flags)
{
    // What is not synced is lost with the machine only: a killed process has written it.
    unsigned const no_sync = (flags & ODRADEK_NO_SYNC) != 0 ? MDB_NOSYNC : 0;
    return store.good("create", mdb_env_create(&store.env)) &&
           store.good("map", mdb_env_set_mapsize(store.env, map_bytes)) &&
           store.good("tables", mdb_env_set_maxdbs(store.env, 2)) &&
           // Our directory is locked already, and a reader's slot is not a thread's.
           store.good(directory,
                      mdb_env_open(store.env, directory, MDB_NOLOCK | MDB_NOTLS | no_sync, 0644)) &&
           store.open_tables();
}

odradek_store* open(char const* directory, std::uint32_t flags, char* error, std::size_t error_size)
{
    auto* const store = new (std::nothrow) odradek_store;
    if (store == nullptr) {
        std::snprintf(error, error_size, "out of memory");
        return nullptr;
    }
    if (guarded(*store, [&] { return open_environment(*store, directory, flags); }) == 0)
        return store;
    std::snprintf(error, error_size, "%s", store->failure.c_str());
    delete store;
    return nullptr;
}

int create(odradek_store* store, odradek_file const* name)
{
    return guarded(*store, [&] {
        File& file = store->of(*name);
        file.path = name->path;
        file.exists = true;
        file.number = store->numbers++;
        file.size = 0;
        return store->begin();
    });
}

int append(odradek_store* store, odradek_file const* name, void const* bytes, std::uint64_t size)
{
    return guarded(*store,
                   [&] { return store->begin() && store->add(store->of(*name), bytes, size); });
}

int truncate(odradek_store* store, odradek_file const* name, std::uint64_t size)
{
    return guarded(*store, [&] { return store->begin() && store->cut(store->of(*name), size); });
}

int replace(odradek_store* store, odradek_file const* name, void const* bytes, std::uint64_t size)
{
    return guarded(*store, [&] {
        File& file = store->of(*name);
        return store->begin() && store->cut(file, 0) && store->add(file, bytes, size);
    });
}

bool delete_row(odradek_store& store, std::string& path)
{
    MDB_val key{path.size(), path.data()};
    int const gone = mdb_del(store.txn, store.files_table, &key, nullptr);
    return gone == MDB_NOTFOUND || store.good("delete", gone);
}

int remove(odradek_store* store, odradek_file const* name)
{
    return guarded(*store, [&] {
        File& file = store->of(*name);
        file.exists = false;
        return store->begin() && store->cut(file, 0) && delete_row(*store, file.path);
    });
}

int rename(odradek_store* store, odradek_file const* name, char const* path)
{
    return guarded(*store, [&] {
        File& file = store->of(*name);
        // The row of the new path is written at the end of the step, after all are deleted.
        if (!store->begin() || !delete_row(*store, file.path))
            return false;
        file.path = path;
        return true;
    });
}

// The row of a file in "files".
bool write_row(odradek_store& store, File& file)
{
    if (!file.exists)
        return true;
    MDB_val key{file.path.size(), file.path.data()};
    unsigned char row[16];
    put_big_endian(row, file.number);
    put_big_endian(row + 8, file.size);
    MDB_val value{sizeof row, row};
    return store.good("put", mdb_put(store.txn, store.files_table, &key, &value, 0));
}

int settle(odradek_store* store, std::int64_t)
{
    return guarded(*store, [&] {
        if (store->txn == nullptr)
            return true;
        for (auto& [id, file] : store->files)
            if (std::exchange(file.changed, false) && !write_row(*store, file))
                return false;
        return store->commit();
    });
}

File const* find(odradek_store const& store, odradek_file const& name)
{
    auto const found = store.files.find({name.host, name.file});
    return found == store.files.end() || !found->second.exists ? nullptr : &found->second;
}

int exists(odradek_store* store, odradek_file const* name)
{
    return find(*store, *name) != nullptr ? 1 : 0;
}

std::uint64_t size_of(odradek_store* store, odradek_file const* name)
{
    File const* const file = find(*store, *name);
    return file != nullptr ? file->size : 0;
}

bool read_pieces(odradek_store& store, File const& file, std::uint64_t offset, char* to,
                 std::uint64_t size)
{
    MDB_cursor* cursor = nullptr;
    if (!store.begin() ||
        !store.good("cursor", mdb_cursor_open(store.txn, store.content_table, &cursor)))
        return false;
    std::uint64_t const end = offset + size;
    ContentKey first(file.number, offset);
    MDB_val key = first.val();
    MDB_val value{};
    // The piece that holds the first byte may begin before it.
    int found = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    bool const exact =
        found == MDB_SUCCESS && std::memcmp(key.mv_data, first.bytes, key_bytes) == 0;
    if (!exact)
        found = mdb_cursor_get(cursor, &key, &value, found == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    std::uint64_t done = offset;
    while (found == MDB_SUCCESS && done < end) {
        auto const* const place = static_cast<unsigned char const*>(key.mv_data);
        std::uint64_t const begin = get_big_endian(place + 8);
        std::uint64_t const skip = done - begin;
        if (get_big_endian(place) != file.number || begin > done || skip >= value.mv_size)
            break;
        std::uint64_t const piece = std::min<std::uint64_t>(value.mv_size - skip, end - done);
        std::memcpy(to + (done - offset), static_cast<char const*>(value.mv_data) + skip, piece);
        done += piece;
        found = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (done < end && store.failure.empty())
        store.failure = file.path + ": bytes are missing";
    return done == end;
}

int read(odradek_store* store, odradek_file const* name, std::uint64_t offset, void* bytes,
         std::uint64_t size)
{
    return guarded(*store, [&] {
        File const* const file = find(*store, *name);
        return size == 0 || (file != nullptr &&
                             read_pieces(*store, *file, offset, static_cast<char*>(bytes), size));
    });
}

char const* failure(odradek_store* store) { return store->failure.c_str(); }

void close(odradek_store* store) { delete store; }

constexpr odradek_backend table = {
    ODRADEK_BACKEND_VERSION,
    sizeof(odradek_backend),
    "lmdb",
    open,
    create,
    append,
    truncate,
    replace,
    remove,
    rename,
    settle,
    exists,
    size_of,
    read,
    failure,
    close,
};

}  // namespace

extern "C" __attribute__((visibility("default"))) odradek_backend const*
odradek_backend_entry(std::uint32_t version)
{
    return version == ODRADEK_BACKEND_VERSION ? &table : nullptr;
}
