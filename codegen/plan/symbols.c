/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C symbols of exported functions: PREFIX_NAME, mangled as docs/abi.md says. Two names may mangle
 * to one symbol; the first export keeps it and the later one has none. Our own symbols are taken
 * from the start.
 */
#include "codegen/artifact.h"

#include "frontend/hash.h"

#include <string.h>

static bool is_identifier_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const char *identifier_mangle(struct slice bytes, struct arena *arena)
{
    static const char hex[] = "0123456789abcdef";
    char *text = arena_array(arena, bytes.n + 1, 3), *end = text;
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = bytes.p[i];
        if (is_identifier_byte(c)) {
            *end++ = (char)c;
        } else {
            *end++ = '_';
            *end++ = hex[c >> 4];
            *end++ = hex[c & 15];
        }
    }
    return text;
}

const char *prefix_default(const char *name, struct arena *arena)
{
    const char *slash = name ? strrchr(name, '/') : NULL;
    const char *stem = slash ? slash + 1 : name ? name : "";
    const char *dot = strrchr(stem, '.');
    size_t n = dot && dot != stem ? (size_t)(dot - stem) : strlen(stem);
    return n == 0 ? "module" : arena_string(arena, stem, n);
}

/* ---- the set of symbols: open addressing, at most half full ---- */

struct symbol_set {
    const char **slots;
    size_t mask;
    uint64_t seed;
};

static struct symbol_set symbol_set_make(size_t count, struct arena *arena)
{
    size_t size = 4;
    while (size < 2 * count)
        size *= 2;
    return (struct symbol_set){arena_array(arena, size, sizeof(char *)), size - 1, hash_seed()};
}

/* False if it was there. */
static bool symbol_set_add(struct symbol_set *set, const char *symbol)
{
    struct slice key = {(const uint8_t *)symbol, strlen(symbol)};
    size_t i = hash_bytes(set->seed, key) & set->mask;
    for (; set->slots[i]; i = (i + 1) & set->mask)
        if (strcmp(set->slots[i], symbol) == 0)
            return false;
    set->slots[i] = symbol;
    return true;
}

/* Symbols of ours, and identifiers that C reserves for the implementation in any case. */
static bool is_reserved(const char *symbol)
{
    static const char runtime[] = "w2s_rt_";
    return strcmp(symbol, "w2s_module") == 0 || strncmp(symbol, runtime, sizeof runtime - 1) == 0;
}

/* An identifier does not begin with a digit. */
static const char *symbol_of(const char *prefix, const char *name, struct arena *arena)
{
    return arena_printf(arena, "%s%s_%s", prefix[0] >= '0' && prefix[0] <= '9' ? "_" : "", prefix,
                        name);
}

const char *descriptor_symbol(const char *prefix, struct arena *arena)
{
    return symbol_of(prefix, "module", arena);
}

const char *const *symbols_compute(const struct module *m, const char *prefix, struct arena *arena)
{
    const char **symbols = arena_array(arena, m->export_count, sizeof *symbols);
    struct symbol_set set = symbol_set_make((size_t)m->export_count + 1, arena);
    symbol_set_add(&set, descriptor_symbol(prefix, arena));
    for (uint32_t i = 0; i < m->export_count; i++) {
        if (m->exports[i].kind != EXTERN_FUNC)
            continue;
        const char *name = identifier_mangle(m->exports[i].name, arena);
        const char *symbol = symbol_of(prefix, name, arena);
        if (!is_reserved(symbol) && symbol_set_add(&set, symbol))
            symbols[i] = symbol;
    }
    return symbols;
}
