/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiled modules by content: DIR/KEY.so, where KEY is the SHA-256 of the module's bytes, of every
 * option that changes the code, of the compiler library and, for --cpu native, of this CPU. An
 * entry ends with the SHA-256 of what is before it: a damaged one is not loaded but made anew.
 * Entries come by rename, so any number of processes may share a cache; deleting it is always safe.
 */
#ifndef TOOLS_CACHE_H
#define TOOLS_CACHE_H

#include "frontend/error.h"
#include "frontend/types.h"

struct options;

struct cache_entry {
    char path[4096]; /* "" if there is no cache */
};

/* Where the module's entry is or would be. Makes the directory (options->cache, else
 * $XDG_CACHE_HOME/wasm2so, else ~/.cache/wasm2so) if need be; false with err set if that fails. */
bool cache_locate(const struct options *options, struct slice bytes, struct cache_entry *entry,
                  struct error *err);

/* Whether the entry is there, whole, and nobody else could have written it. */
bool cache_holds(const struct cache_entry *entry);

/* Seals the file (appends its sum) and moves it into the cache. */
bool cache_insert(const struct cache_entry *entry, const char *file, struct error *err);

/* Copies an entry, without its sum, to target (replaced at once, or written to if it is a device).
 */
bool cache_copy(const char *entry_path, const char *target, struct error *err);

#endif
