// The storage backend of somebody else: a shared library behind this C interface, version 1. It
// keeps the durable bytes of one run and decides nothing; a run is the same, to the digest, on
// every backend. `odradek run FILE --backend plugin:PATH/TO/LIB.so --data DIR` uses it; an example
// is sim/backends/lmdb_backend.cpp, and tests/sim/backend_test.cpp is what each must pass.
//
// The library exports one function,
//
//     const struct odradek_backend *odradek_backend_entry(uint32_t version);
//
// which is asked for ODRADEK_BACKEND_VERSION and answers with a table that stays valid until the
// process ends, or with NULL if it does not have that version.
//
// Ownership: what is passed in (paths, bytes) is the caller's and valid during the call. A store is
// the library's, from open() to close(). Texts that are given out stay valid until the next call of
// the same store.
//
// Threads: several stores may be open at the same time, in one thread each. open(), every call and
// close() of one store come from the same thread.
//
// Errors: a function that answers `int` answers 0, or something else when it failed; failure() then
// says why. Nothing more is changed in that store from then on: the run goes on without it and
// reports the reason at its end. No function may end the process or throw through this interface.
//
// Durability: what was changed before settle() is to be found again, all of it, when the process or
// the machine ends after settle() has returned; of what was changed since, all or nothing of each
// change may be there, in the order in which the changes were made. settle() is called when the run
// was promised that something is kept, and now and then besides.
#ifndef ODRADEK_BACKEND_PLUGIN_H
#define ODRADEK_BACKEND_PLUGIN_H
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ODRADEK_BACKEND_VERSION 1
#define ODRADEK_BACKEND_ENTRY "odradek_backend_entry"

/* To open(): settle() need not wait for the machine's disk. A process that is killed must still
   lose nothing. */
#define ODRADEK_NO_SYNC 1u

struct odradek_store; /* The library's own. */

/* Which file is meant. A store may go by the two numbers, which never change, or by the path, which
   rename() changes. */
struct odradek_file {
    uint32_t host;
    uint32_t file;    /* Of that host. */
    char const* path; /* "broker-1/orders-0/00000000000000000000.log"; ends with a zero byte. */
};

struct odradek_backend {
    uint32_t version; /* ODRADEK_BACKEND_VERSION. */
    uint32_t size;    /* sizeof(struct odradek_backend), as the library was compiled. */
    char const* name; /* "lmdb". */

    /* A new store. `directory` exists, belongs to this run alone and stays locked meanwhile; names
       in it that begin with '.' or "odradek." are ours. NULL if it cannot be: then up to
       `error_size` bytes of the reason are in `error`, with a zero byte at the end. */
    struct odradek_store* (*open)(char const* directory, uint32_t flags, char* error,
                                  size_t error_size);

    /* Changes. A file is created, empty, before anything else is said of it; also again, after its
       removal. All others are of files that exist. */
    int (*create)(struct odradek_store*, const struct odradek_file*);
    int (*append)(struct odradek_store*, const struct odradek_file*, void const* bytes,
                  uint64_t size);
    /* Only the first `size` bytes remain: as many as some appends have made. */
    int (*truncate)(struct odradek_store*, const struct odradek_file*, uint64_t size);
    /* The whole content at once: whoever looks finds the old one or the new one. */
    int (*replace)(struct odradek_store*, const struct odradek_file*, void const* bytes,
                   uint64_t size);
    int (*remove)(struct odradek_store*, const struct odradek_file*);
    /* The path of the file is `path` from now on; no other file is called that. */
    int (*rename)(struct odradek_store*, const struct odradek_file*, char const* path);
    /* One step of the run is complete, at `now_ns` nanoseconds of its own time. */
    int (*settle)(struct odradek_store*, int64_t now_ns);

    /* What is kept, the changes since the last settle() included. */
    int (*exists)(struct odradek_store*, const struct odradek_file*);       /* 1 or 0. */
    uint64_t (*size_of)(struct odradek_store*, const struct odradek_file*); /* 0: none. */
    /* Exactly `size` bytes from `offset` on; the caller has asked size_of() before. */
    int (*read)(struct odradek_store*, const struct odradek_file*, uint64_t offset, void* bytes,
                uint64_t size);

    /* Why the last call failed; NULL or empty while all is well. */
    char const* (*failure)(struct odradek_store*);
    void (*close)(struct odradek_store*);
};

typedef const struct odradek_backend* odradek_backend_entry_function(uint32_t version);

#ifdef __cplusplus
}
#endif

#endif
