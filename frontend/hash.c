/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * FNV-1a from the seed on, its high bits folded into the low ones that index tables.
 */
#include "frontend/hash.h"

#include <sys/random.h>

uint64_t hash_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
        seed = (uintptr_t)&seed; /* early at boot: where the stack is */
    return seed;
}

uint64_t hash_bytes(uint64_t seed, struct slice key)
{
    uint64_t hash = seed;
    for (size_t i = 0; i < key.n; i++)
        hash = (hash ^ key.p[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}
