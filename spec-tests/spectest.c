/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The host module "spectest": functions that print their arguments, four globals, two tables, two
 * memories, as the suite's README and the reference interpreter have them.
 */
#include "spec-tests/spectest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const w2s_valtype type_i32 = {.kind = W2S_I32}, type_i64 = {.kind = W2S_I64};
static const w2s_valtype type_f32 = {.kind = W2S_F32}, type_f64 = {.kind = W2S_F64};
static const w2s_valtype type_funcref = {.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_FUNC};

/* ---- functions ---- */

struct printer {
    const char *name;
    const char *params; /* i I f F, as in `kinds` */
};

static const struct printer printers[] = {
    {"print", ""},      {"print_i32", "i"},      {"print_i64", "I"},      {"print_f32", "f"},
    {"print_f64", "F"}, {"print_i32_f32", "if"}, {"print_f64_f64", "FF"},
};

static w2s_trap *print_quietly(void *env, w2s_instance *caller, const w2s_value *args,
                               w2s_value *results)
{
    (void)env, (void)caller, (void)args, (void)results;
    return NULL;
}

static w2s_trap *print_aloud(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    const struct printer *printer = env;
    (void)caller, (void)results;
    fprintf(stderr, "%s:", printer->name);
    for (const char *p = printer->params; *p != '\0'; p++, args++) {
        switch (*p) {
        case 'i': fprintf(stderr, " %" PRId32, args->i32); break;
        case 'I': fprintf(stderr, " %" PRId64, args->i64); break;
        case 'f': fprintf(stderr, " %.9g", (double)args->f32); break;
        case 'F': fprintf(stderr, " %.17g", args->f64); break;
        }
    }
    fprintf(stderr, "\n");
    return NULL;
}

static const w2s_valtype *type_of_letter(char letter)
{
    switch (letter) {
    case 'i': return &type_i32;
    case 'I': return &type_i64;
    case 'f': return &type_f32;
    default: return &type_f64;
    }
}

static bool define_functions(w2s_store *store, w2s_linker *linker, bool verbose)
{
    static struct printer envs[sizeof printers / sizeof *printers];
    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++) {
        w2s_valtype params[2];
        uint32_t count = 0;
        for (const char *p = printers[i].params; *p != '\0'; p++)
            params[count++] = *type_of_letter(*p);
        envs[i] = printers[i];
        w2s_functype type = {.params = params, .param_count = count};
        w2s_func *func =
            w2s_func_new(store, &type, verbose ? print_aloud : print_quietly, &envs[i], NULL);
        w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
        if (func == NULL || !w2s_linker_define(linker, "spectest", printers[i].name, item))
            return false;
    }
    return true;
}

/* ---- globals, tables, memories ---- */

static bool define_global(w2s_store *store, w2s_linker *linker, const char *name, w2s_valtype type,
                          w2s_value value)
{
    w2s_global *global = w2s_global_new(store, type, false, value);
    w2s_extern item = {.kind = W2S_GLOBAL, .of.global = global};
    return global != NULL && w2s_linker_define(linker, "spectest", name, item);
}

static bool define_globals(w2s_store *store, w2s_linker *linker)
{
    return define_global(store, linker, "global_i32", type_i32, (w2s_value){.i32 = 666}) &&
           define_global(store, linker, "global_i64", type_i64, (w2s_value){.i64 = 666}) &&
           define_global(store, linker, "global_f32", type_f32, (w2s_value){.f32 = 666.6f}) &&
           define_global(store, linker, "global_f64", type_f64, (w2s_value){.f64 = 666.6});
}

static bool define_table(w2s_store *store, w2s_linker *linker, const char *name, bool is_64,
                         w2s_error *err)
{
    w2s_externtype type = {.kind = W2S_TABLE,
                           .is_64 = is_64,
                           .has_max = 1,
                           .type = type_funcref,
                           .min = 10,
                           .max = 20};
    w2s_table *table = w2s_table_new(store, &type, NULL, err);
    w2s_extern item = {.kind = W2S_TABLE, .of.table = table};
    return table != NULL && w2s_linker_define(linker, "spectest", name, item);
}

static bool define_memory(w2s_store *store, w2s_linker *linker, const char *name, bool is_shared,
                          w2s_error *err)
{
    w2s_externtype type = {.kind = W2S_MEMORY,
                           .is_shared = is_shared,
                           .has_max = 1,
                           .page_size_log2 = 16,
                           .min = 1,
                           .max = 2};
    w2s_memory *memory = w2s_memory_new(store, &type, err);
    w2s_extern item = {.kind = W2S_MEMORY, .of.memory = memory};
    return memory != NULL && w2s_linker_define(linker, "spectest", name, item);
}

bool spectest_define(w2s_store *store, w2s_linker *linker, bool verbose, w2s_error *err)
{
    *err = (w2s_error){.kind = W2S_ERROR_MEMORY, .message = "out of memory"};
    /* Only scripts of the threads proposal use shared_memory; a runtime without it serves the
     * others all the same. */
    w2s_error ignored;
    (void)define_memory(store, linker, "shared_memory", true, &ignored);
    return define_functions(store, linker, verbose) && define_globals(store, linker) &&
           define_table(store, linker, "table", false, err) &&
           define_table(store, linker, "table64", true, err) &&
           define_memory(store, linker, "memory", false, err);
}
