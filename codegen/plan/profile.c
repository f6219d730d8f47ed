/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Reading profiles. What is read is only ever a hint: counts of functions or places that do not
 * exist are never asked for. Still a file must be whole, sorted and of this module, since a stale
 * or torn one would make code slower without a word.
 */
#include "codegen/plan/profile.h"

#include "frontend/arena.h"

#include <stdlib.h>
#include <string.h>

/* A name that is too long for the message must leave room for what is wrong. */
static bool fail(struct error *err, const char *name, const char *text)
{
    if (!name)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "the profile %s", text);
    return error_set(err, ERR_IO, ERROR_NO_OFFSET, "the profile %.90s %s", name, text);
}

/* FNV-1a, 64 bits. */
static uint64_t sum_of(const uint8_t *p, size_t n)
{
    uint64_t sum = W2S_PROFILE_SUM;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ p[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static int compare(const struct w2s_profile_counter *a, const struct w2s_profile_counter *b)
{
    if (a->func != b->func)
        return a->func < b->func ? -1 : 1;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static bool is_sorted(const struct profile *profile)
{
    for (size_t i = 1; i < profile->count; i++)
        if (compare(&profile->counters[i - 1], &profile->counters[i]) >= 0)
            return false;
    return true;
}

/* ---- the summary ---- */

static int compare_falling(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x > y ? -1 : x < y;
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* The least counts that make up each share; counts fall. */
static void find_shares(struct profile *profile, const uint64_t *counts, size_t n)
{
    static const uint32_t millionths[PROFILE_SHARES] = {
        10000,  100000, 200000, 300000, 400000, 500000, 600000, 700000,
        800000, 900000, 950000, 990000, 999000, 999900, 999990, 999999};
    uint64_t sum = 0;
    size_t taken = 0;
    for (int i = 0; i < PROFILE_SHARES; i++) {
        double wanted = (double)profile->total * millionths[i] / 1e6;
        while (taken < n && (taken == 0 || (double)sum < wanted))
            sum = add_saturating(sum, counts[taken++]);
        profile->shares[i] = (struct profile_share){
            .millionths = millionths[i], .least = taken ? counts[taken - 1] : 0, .count = taken};
    }
}

static void summarize(struct profile *profile, struct arena *arena)
{
    uint64_t *counts = arena_array(arena, profile->count, sizeof *counts);
    size_t n = 0;
    for (size_t i = 0; i < profile->count; i++)
        if (!(profile->counters[i].slot & W2S_PROFILE_CALLEE)) {
            counts[n++] = profile->counters[i].count;
            profile->total = add_saturating(profile->total, profile->counters[i].count);
        }
    if (n > 0)
        qsort(counts, n, sizeof *counts, compare_falling);
    profile->most = n > 0 ? counts[0] : 0;
    find_shares(profile, counts, n);
}

/* ---- the file ---- */

bool profile_read(struct profile *profile, struct slice bytes, const char *name,
                  const uint8_t hash[32], struct arena *arena, struct error *err)
{
    struct w2s_profile_header header;
    uint64_t sum;
    const size_t outside = sizeof header + sizeof sum;
    if (bytes.n < outside || memcmp(bytes.p, W2S_PROFILE_MAGIC, sizeof header.magic) != 0)
        return fail(err, name, "is none: --pgo-use wants a file that code of --pgo-gen wrote");
    memcpy(&header, bytes.p, sizeof header);
    memcpy(&sum, bytes.p + bytes.n - sizeof sum, sizeof sum);
    const size_t size = bytes.n - outside;
    if (size % sizeof *profile->counters != 0 || header.count != size / sizeof *profile->counters ||
        sum != sum_of(bytes.p, bytes.n - sizeof sum))
        return fail(err, name, "is damaged");
    if (memcmp(header.source_hash, hash, sizeof header.source_hash) != 0)
        return fail(err, name, "is that of another module");
    struct w2s_profile_counter *counters =
        arena_array(arena, (size_t)header.count, sizeof *counters);
    memcpy(counters, bytes.p + sizeof header, size);
    *profile = (struct profile){.counters = counters, .count = (size_t)header.count};
    if (!is_sorted(profile))
        return fail(err, name, "is damaged: its counters are not in order");
    summarize(profile, arena);
    return true;
}

/* The first counter that is not below key. */
static size_t lower_bound(const struct profile *profile, const struct w2s_profile_counter *key)
{
    size_t low = 0, high = profile->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&profile->counters[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t profile_count(const struct profile *profile, uint32_t func, uint32_t offset, uint32_t slot)
{
    const struct w2s_profile_counter key = {.func = func, .offset = offset, .slot = slot};
    size_t at = lower_bound(profile, &key);
    bool found = at < profile->count && compare(&profile->counters[at], &key) == 0;
    return found ? profile->counters[at].count : 0;
}

bool profile_is_cold(const struct profile *profile, const struct module *m, uint32_t func)
{
    return profile && profile_count(profile, func, (uint32_t)m->funcs[func].body_offset, 0) == 0;
}

struct profile profile_at(const struct profile *profile, uint32_t func, uint32_t offset)
{
    const struct w2s_profile_counter key = {.func = func, .offset = offset};
    size_t first = lower_bound(profile, &key), end = first;
    while (end < profile->count && profile->counters[end].func == func &&
           profile->counters[end].offset == offset)
        end++;
    return (struct profile){.counters = profile->counters + first, .count = end - first};
}
