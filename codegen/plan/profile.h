/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: a profile, what code compiled with --pgo-gen counted (docs/pgo.md), as
 * --pgo-use reads it. The form of the file is struct w2s_profile_header of wasm2so_abi.h.
 */
#ifndef CODEGEN_PLAN_PROFILE_H
#define CODEGEN_PLAN_PROFILE_H

#include "frontend/error.h"
#include "frontend/module.h"
#include "runtime/include/wasm2so_abi.h"

/* The fewest counts, the highest first, that are together a part of the sum of all. */
struct profile_share {
    uint32_t millionths;
    uint64_t least; /* of these counts */
    size_t count;   /* of counters */
};

enum { PROFILE_SHARES = 16 };

struct profile {
    const struct w2s_profile_counter *counters; /* rising by func, offset, slot */
    size_t count;
    uint64_t total, most; /* calls of functions, ways of branches */
    struct profile_share shares[PROFILE_SHARES];
};

/* Takes over the bytes of a file of that name (NULL: none), in the arena; false with err set if
 * they are no profile, or one of another module than that of hash. */
bool profile_read(struct profile *profile, struct slice bytes, const char *name,
                  const uint8_t hash[32], struct arena *arena, struct error *err);

/* What that slot counted; 0 if there is no counter. */
uint64_t profile_count(const struct profile *profile, uint32_t func, uint32_t offset,
                       uint32_t slot);
/* Whether there is a profile and the function was never called. */
bool profile_is_cold(const struct profile *profile, const struct module *m, uint32_t func);
/* The counters of an instruction. */
struct profile profile_at(const struct profile *profile, uint32_t func, uint32_t offset);

#endif
