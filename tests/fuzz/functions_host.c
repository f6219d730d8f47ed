/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls all exported functions of modules, of whatever program they are, with random arguments, and
 * compares how that goes with the module compiled in several ways (ways.h): how each call ends,
 * what it returns, and what is in memory afterwards; after a trap too where all ways are strict.
 * Imports do nothing. The first way counts fuel: what takes too long there is not called in the
 * others. NaNs are taken as equal. A module that is not valid, or too large, counts as one without
 * calls. Prints each difference and a line a module; functions.py makes modules and reads that.
 * usage: functions_host DIRECTORY SEED CALLS WAY[:WAY...] MODULE...   (CALLS: of each function)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/include/wasm2so.h"
#include "tests/fuzz/ways.h"

enum {
    WAYS = 8,
    PARAMS = 64,
    FUEL = 3000000,
    PLACES = 1 << 16, /* at the end of memory: filled at random, and what most addresses lie in */
    FEW = 24          /* calls between two comparisons of memory */
};

struct way {
    const char *name;
    w2s_module *module;
    w2s_store *store;
    w2s_instance *instance;
    w2s_value results[PARAMS];
};

struct run {
    struct way ways[WAYS];
    unsigned count, calls, skipped, traps, differences;
    uint64_t random, places; /* places: where they start */
    bool strict;             /* what was stored before a trap counts */
};

static void die(const char *what, const char *message)
{
    printf("%s: %s\n", what, message);
    exit(1);
}

/* ---- random values ---- */

static uint32_t below(struct run *run, uint32_t n)
{
    run->random = run->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((run->random >> 33) % n);
}

static uint32_t random_word(struct run *run)
{
    static const int32_t words[] = {0,    1,      2,         3,         7,   8,  16, 31,
                                    32,   64,     100,       255,       256, -1, -2, -8,
                                    4096, 0xffff, INT32_MAX, INT32_MIN, -16, 10, 65, 127};
    switch (below(run, 10)) {
    case 8: return (uint32_t)(run->places + PLACES) - below(run, 300);
    case 9: return (uint32_t)(run->places + PLACES) - 4 * below(run, 40);
    case 0: return below(run, 1 << 16) << 16 | below(run, 1 << 16);
    case 1:
    case 2: return (uint32_t)words[below(run, sizeof words / sizeof *words)];
    case 3: return below(run, 20);
    case 4: return (uint32_t)run->places + below(run, PLACES);
    default: return (uint32_t)run->places + (below(run, PLACES) & ~UINT32_C(15));
    }
}

static double random_float(struct run *run)
{
    static const double floats[] = {0,    -0.0, 1,     -1,         0.5,        1.5,
                                    1e10, 1e38, 1e300, 2147483648, -1.0 / 0.0, 3.14159};
    return below(run, 2) ? floats[below(run, sizeof floats / sizeof *floats)]
                         : ((int)below(run, 20001) - 10000) / 64.0;
}

static w2s_value random_value(struct run *run, w2s_valtype type)
{
    w2s_value value = {.bits = {0, 0}};
    switch (type.kind) {
    case W2S_I32: value.i32 = (int32_t)random_word(run); break;
    case W2S_I64:
        value.bits[0] = below(run, 2) ? random_word(run) : (uint64_t)(int32_t)random_word(run);
        value.bits[0] |= below(run, 4) ? 0 : (uint64_t)random_word(run) << 32;
        break;
    case W2S_F32: value.f32 = (float)random_float(run); break;
    case W2S_F64: value.f64 = random_float(run); break;
    case W2S_V128:
        for (unsigned i = 0; i < 16; i++)
            value.v128[i] = (uint8_t)random_word(run);
        break;
    default: break; /* null */
    }
    return value;
}

/* ---- instances ---- */

static w2s_trap *import_call(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    const w2s_functype *type = env;
    (void)args;
    for (uint32_t i = 0; i < type->result_count; i++)
        if (type->results[i].kind == W2S_REF && !type->results[i].nullable)
            return w2s_trap_new(w2s_instance_store(caller), "nothing to return");
    memset(results, 0, type->result_count * sizeof *results);
    return NULL;
}

static w2s_functype functype_of(const struct w2s_module_desc *desc, uint32_t index)
{
    const struct w2s_type *type = &desc->types[index];
    return (w2s_functype){
        .params = type->types,
        .results = type->types ? type->types + type->param_count : NULL,
        .param_count = type->param_count,
        .result_count = type->result_count,
    };
}

static w2s_func *func_import(w2s_store *store, w2s_functype type)
{
    w2s_functype *env = malloc(sizeof *env);
    if (!env)
        die("import", "out of memory");
    *env = type;
    return w2s_func_new(store, &type, import_call, env, free);
}

/* As if the module were linked at some place, with a stack. */
static w2s_extern import_make(w2s_store *store, const struct w2s_module_desc *desc,
                              const struct w2s_import_desc *import)
{
    w2s_error err = {.message = "out of memory"};
    w2s_extern item = {.kind = import->type.kind};
    w2s_functype type;
    w2s_value value = {.i32 = strstr(import->name.bytes, "stack") ? 60000 : 1024};
    switch (item.kind) {
    case W2S_FUNC:
        item.of.func = func_import(store, functype_of(desc, import->type.type_index));
        break;
    case W2S_TABLE: item.of.table = w2s_table_new(store, &import->type, NULL, &err); break;
    case W2S_MEMORY: item.of.memory = w2s_memory_new(store, &import->type, &err); break;
    case W2S_GLOBAL:
        if (import->type.type.kind == W2S_REF)
            value.ref = NULL;
        item.of.global = w2s_global_new(store, import->type.type, import->type.is_mutable, value);
        break;
    default:
        type = functype_of(desc, import->type.type_index);
        item.of.tag = w2s_tag_new(store, &type);
    }
    if (!item.of.func)
        die(import->name.bytes, err.message);
    return item;
}

/* False if the start function or a segment traps. */
static bool instance_make(struct way *way)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    const struct w2s_module_desc *desc = w2s_module_desc(way->module);
    bool is_large = desc->memory_count && desc->memories[0].type.min > 1024;
    w2s_store_config config = {.size = sizeof config,
                               .max_memory = is_large ? 0 : UINT64_C(1) << 26};
    w2s_store_free(way->store);
    way->store = w2s_store_new(&config);
    if (strstr(way->name, "fuel") && !w2s_store_set_fuel(way->store, FUEL, &err))
        die(way->name, err.message);
    w2s_extern *imports = calloc(desc->import_count + 1, sizeof *imports);
    for (uint32_t i = 0; imports && i < desc->import_count; i++)
        imports[i] = import_make(way->store, desc, &desc->imports[i]);
    way->instance =
        w2s_instance_new_indexed(way->store, way->module, imports, desc->import_count, &trap, &err);
    free(imports);
    if (!way->instance && !trap)
        die(way->name, err.message);
    w2s_trap_free(trap);
    return way->instance;
}

/* What a word in memory is, by the kind of its neighbourhood: numbers, text, an address of these
 * places. */
static uint32_t word_of(struct run *run, uint32_t kind)
{
    switch (kind) {
    case 0: return 0;
    case 1: return random_word(run);
    case 2: return below(run, 30);
    case 3: return 0x20202020 + (below(run, 1 << 30) & 0x5f5f5f5f);
    default: return (uint32_t)run->places + (below(run, PLACES) & ~UINT32_C(7));
    }
}

static void fill_places(struct run *run, uint8_t *places, uint64_t size)
{
    enum { NEIGHBOURHOOD = 64 };
    uint32_t kind = 0;
    for (uint64_t i = 0; i + 4 <= size; i += 4) {
        if (i % NEIGHBOURHOOD == 0)
            kind = below(run, 5);
        uint32_t word = word_of(run, kind);
        memcpy(places + i, &word, sizeof word);
    }
}

static uint64_t memory_size(const struct way *way)
{
    w2s_memory *memory = w2s_instance_memory_at(way->instance, 0);
    return memory ? w2s_memory_size(memory) : 0;
}

static uint8_t *memory_base(const struct way *way)
{
    w2s_memory *memory = w2s_instance_memory_at(way->instance, 0);
    return memory ? w2s_memory_base(memory) : NULL;
}

/* New ones, in the same state. False if they cannot be made: all trap at once. */
static bool instances_make(struct run *run)
{
    const struct way *first = &run->ways[0];
    unsigned made = 0;
    for (unsigned i = 0; i < run->count; i++)
        made += instance_make(&run->ways[i]);
    if (made != 0 && made != run->count)
        die("instances", "some trap, others do not");
    if (made == 0)
        return false;
    uint64_t size = memory_size(first), filled = size < PLACES ? size : PLACES;
    run->places = size - filled;
    if (filled == 0)
        return true;
    fill_places(run, memory_base(first) + run->places, filled);
    for (unsigned i = 1; i < run->count; i++)
        memcpy(memory_base(&run->ways[i]) + run->places, memory_base(first) + run->places, filled);
    return true;
}

/* ---- comparisons ---- */

static bool both_nan(const void *x, const void *y, bool is_double)
{
    double a, b;
    float c, d;
    if (is_double) {
        memcpy(&a, x, sizeof a);
        memcpy(&b, y, sizeof b);
        return a != a && b != b;
    }
    memcpy(&c, x, sizeof c);
    memcpy(&d, y, sizeof d);
    return c != c && d != d;
}

static bool are_equal(w2s_valtype type, const w2s_value *x, const w2s_value *y)
{
    switch (type.kind) {
    case W2S_I32: return x->i32 == y->i32;
    case W2S_F32: return x->i32 == y->i32 || both_nan(x, y, false);
    case W2S_I64: return x->i64 == y->i64;
    case W2S_F64: return x->i64 == y->i64 || both_nan(x, y, true);
    case W2S_V128: return !memcmp(x, y, 16);
    default: return !x->ref == !y->ref;
    }
}

/* The byte at `at` may be of a NaN in both memories, aligned or not. */
static bool is_in_nans(const uint8_t *x, const uint8_t *y, uint64_t size, uint64_t at)
{
    for (uint64_t from = at < 7 ? 0 : at - 7; from <= at && from + 4 <= size; from++) {
        bool is_float = from + 4 > at && both_nan(x + from, y + from, false);
        if (is_float || (from + 8 <= size && both_nan(x + from, y + from, true)))
            return true;
    }
    return false;
}

enum { SAME, SAME_BUT_NANS, OTHER };

/* Of so many bytes from `from` on. *at: the first that differs. */
static int compare_bytes(const struct way *one, const struct way *other, uint64_t from, uint64_t n,
                         uint64_t *at)
{
    const uint8_t *x = memory_base(one), *y = memory_base(other);
    int found = SAME;
    if (!memcmp(x + from, y + from, n))
        return SAME;
    for (*at = from; *at < from + n; ++*at) {
        if (x[*at] == y[*at])
            continue;
        if (!is_in_nans(x, y, memory_size(one), *at))
            return OTHER;
        found = SAME_BUT_NANS;
    }
    return found;
}

/* Of large memories, which are nearly empty, only both ends. */
static int compare_memory(const struct way *one, const struct way *other, uint64_t *at)
{
    enum { PIECE = 4096, LARGE = 1 << 27, END = 1 << 20 };
    uint64_t size = memory_size(one);
    int found = SAME;
    *at = 0;
    if (size != memory_size(other))
        return OTHER;
    for (uint64_t i = 0; i < size && found != OTHER; i += PIECE) {
        if (size > LARGE && i == END)
            i = size - END;
        int piece = compare_bytes(one, other, i, size - i < PIECE ? size - i : PIECE, at);
        found = piece > found ? piece : found;
    }
    return found;
}

/* Whether the instances still are in the same state. */
static bool compare_memories(struct run *run, const char *after)
{
    bool same = true;
    for (unsigned i = 1; i < run->count; i++) {
        uint64_t at;
        int found = compare_memory(&run->ways[0], &run->ways[i], &at);
        same = same && found == SAME;
        if (found != OTHER)
            continue;
        printf("DIFFERENT %s: memory at %#llx, not later than %s\n", run->ways[i].name,
               (unsigned long long)at, after);
        run->differences++;
    }
    return same;
}

/* ---- calls ---- */

struct call {
    const char *name;
    uint32_t export;
    w2s_functype type;
    w2s_value args[PARAMS];
};

/* A difference's first words. */
static void print_call(struct run *run, const struct way *way, const struct call *call)
{
    printf("DIFFERENT %s: %s(", way->name, call->name);
    for (uint32_t i = 0; i < call->type.param_count; i++)
        printf("%s%#llx", i ? ", " : "", (unsigned long long)call->args[i].bits[0]);
    printf(") ");
    run->differences++;
}

enum { RETURNS = -1 };

/* The kind of the trap, or RETURNS. */
static int call_once(struct way *way, const struct call *call)
{
    w2s_func *func = w2s_instance_export_at(way->instance, call->export).of.func;
    memset(way->results, 0, sizeof way->results);
    w2s_trap *trap = w2s_call(func, call->args, way->results);
    int kind = trap ? (int)w2s_trap_kind(trap) : RETURNS;
    w2s_trap_free(trap);
    return kind;
}

static const char *ending(int kind)
{
    return kind == RETURNS ? "returns" : w2s_trap_kind_message((enum w2s_trap_kind)kind);
}

/* Whether the call went in this way as in the first one. How deep a stack is may differ. */
static bool compare_call(struct run *run, const struct way *way, const struct call *call, int kind,
                         int expected)
{
    const w2s_value *results = run->ways[0].results;
    if (kind == W2S_TRAP_STACK_OVERFLOW)
        return false;
    if (kind != expected) {
        print_call(run, way, call);
        printf("%s, not %s\n", ending(kind), ending(expected));
        return false;
    }
    for (uint32_t i = 0; kind == RETURNS && i < call->type.result_count; i++) {
        if (are_equal(call->type.results[i], &way->results[i], &results[i]))
            continue;
        print_call(run, way, call);
        printf("%#llx, not %#llx\n", (unsigned long long)way->results[i].bits[0],
               (unsigned long long)results[i].bits[0]);
        return false;
    }
    return true;
}

/* False if the instances may be in different states now. */
static bool call_all(struct run *run, const struct call *call)
{
    w2s_error err;
    bool same = true;
    if (!w2s_store_set_fuel(run->ways[0].store, FUEL, &err))
        die("fuel", err.message);
    int expected = call_once(&run->ways[0], call);
    run->calls++;
    if (expected == W2S_TRAP_OUT_OF_FUEL || expected == W2S_TRAP_STACK_OVERFLOW) {
        run->skipped++;
        return false;
    }
    for (unsigned i = 1; i < run->count; i++) {
        int kind = call_once(&run->ways[i], call);
        same = compare_call(run, &run->ways[i], call, kind, expected) && same;
    }
    if (expected == RETURNS)
        return same;
    run->traps++;
    if (same && run->strict)
        compare_memories(run, call->name);
    return false;
}

static bool can_call(const w2s_functype *type)
{
    for (uint32_t i = 0; i < type->param_count; i++)
        if (type->params[i].kind == W2S_REF && !type->params[i].nullable)
            return false;
    return type->param_count <= PARAMS && type->result_count <= PARAMS;
}

/* Every function, in the module's order. */
static void call_exports(struct run *run)
{
    const struct w2s_module_desc *desc = w2s_module_desc(run->ways[0].module);
    unsigned since = 0;
    for (uint32_t i = 0; i < desc->export_count; i++) {
        const struct w2s_export_desc *export = &desc->exports[i];
        if (export->kind != W2S_FUNC)
            continue;
        struct call call = {
            export->name.bytes, i, functype_of(desc, desc->funcs[export->index].type_index), {{0}}};
        if (!can_call(&call.type))
            continue;
        for (uint32_t k = 0; k < call.type.param_count; k++)
            call.args[k] = random_value(run, call.type.params[k]);
        bool same = call_all(run, &call);
        if (same && ++since >= FEW) {
            same = compare_memories(run, call.name);
            since = 0;
        }
        if (!same && !instances_make(run))
            return;
    }
    compare_memories(run, "the end");
}

/* ---- ways ---- */

/* False if the module is not valid. */
static bool way_make(struct way *way, const char *directory, const void *bytes, size_t size)
{
    char output[4096];
    w2s_error err;
    w2s_compile_error compile_err;
    w2s_compile_options options = way_options(way->name);
    snprintf(output, sizeof output, "%s/module.so", directory);
    if (!w2s_compile(bytes, size, &options, output, &compile_err)) {
        if (compile_err.kind == W2S_COMPILE_INVALID || compile_err.kind == W2S_COMPILE_MALFORMED)
            return false;
        die(way->name, compile_err.message);
    }
    way->module = w2s_module_load(output, &err);
    if (!way->module)
        die(way->name, err.message);
    unlink(output);
    return true;
}

static void *file_read(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    if (!in || fseek(in, 0, SEEK_END) != 0)
        die(path, "cannot open");
    *size = (size_t)ftell(in);
    rewind(in);
    void *bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, in) != *size)
        die(path, "cannot read");
    fclose(in);
    return bytes;
}

static void ways_of(struct run *run, char *ways)
{
    run->strict = true;
    for (char *way = strtok(ways, ":"); way && run->count < WAYS; way = strtok(NULL, ":")) {
        run->ways[run->count++].name = way;
        run->strict = run->strict && (strstr(way, "strict") || strstr(way, "fuel"));
    }
}

static void ways_free(struct run *run)
{
    for (unsigned i = 0; i < run->count; i++) {
        w2s_store_free(run->ways[i].store);
        w2s_module_free(run->ways[i].module);
    }
}

/* True if no differences were found. */
static bool module_run(const char *path, const char *directory, const char *seed, const char *calls,
                       char *ways)
{
    static struct run run;
    size_t size;
    void *bytes = file_read(path, &size);
    bool valid = true;
    run = (struct run){.random = strtoull(seed, NULL, 0)};
    ways_of(&run, ways);
    for (unsigned i = 0; valid && i < run.count; i++)
        valid = way_make(&run.ways[i], directory, bytes, size);
    free(bytes);
    for (long n = strtol(calls, NULL, 0); valid && n > 0 && instances_make(&run); n--)
        call_exports(&run);
    printf("%s: %u calls, %u trapped, %u too long, %u different%s\n", path, run.calls, run.traps,
           run.skipped, run.differences, valid ? "" : ", not valid");
    ways_free(&run);
    return run.differences == 0;
}

int main(int argc, char **argv)
{
    bool same = true;
    if (argc < 6)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 5; i < argc; i++) {
        char ways[256];
        snprintf(ways, sizeof ways, "%s", argv[4]);
        same = module_run(argv[i], argv[1], argv[2], argv[3], ways) && same;
    }
    return !same;
}
