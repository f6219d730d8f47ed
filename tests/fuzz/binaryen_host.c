/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Runs a module of Binaryen's random generator as `wasm-opt --fuzz-exec-before` does, and prints
 * the same lines: first the way it was compiled, then each export, what it logs, and how it ends.
 * The imports are those of the generator: logs, exceptions, calls back into the module, and
 * externrefs, which are numbers made of their names. binaryen.py compares. usage: binaryen_host
 * DIRECTORY WAY[:WAY...] MODULE    (ways: see ways.h)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/include/wasm2so.h"
#include "tests/fuzz/ways.h"

enum { EXTERNS = 4096, JS_ERROR = 0xbad }; /* the payload that stands for an Error of JavaScript */

struct world {
    w2s_store *store;
    w2s_instance *instance;
    const struct w2s_module_desc *desc;
    w2s_tag *wasm_tag, *js_tag;
};

static char externs[EXTERNS]; /* externref number n is &externs[n] */

static void die(const char *what)
{
    printf("error: %s\n", what);
    exit(1);
}

/* ---- values ---- */

/* The top of a reference type's hierarchy. */
static uint32_t top_of(const struct w2s_module_desc *desc, w2s_valtype type)
{
    switch (type.heap) {
    case W2S_HEAP_FUNC:
    case W2S_HEAP_NOFUNC: return W2S_HEAP_FUNC;
    case W2S_HEAP_EXTERN:
    case W2S_HEAP_NOEXTERN: return W2S_HEAP_EXTERN;
    case W2S_HEAP_EXN:
    case W2S_HEAP_NOEXN: return W2S_HEAP_EXN;
    default: break;
    }
    bool is_func = type.heap < desc->type_count && desc->types[type.heap].kind == 0;
    return is_func ? W2S_HEAP_FUNC : W2S_HEAP_ANY;
}

static void any_print(const void *ref)
{
    switch ((int)w2s_any_kind(ref)) {
    case W2S_HEAP_I31: printf("i31ref(%d)", (int32_t)(uint32_t)(uintptr_t)ref >> 1); break;
    case W2S_HEAP_NONE: printf("null"); break;
    default: printf("object(null)"); break;
    }
}

/* A host's externref by its number; an internalised or externalised reference as what it is. */
static void ref_print(struct world *world, uint32_t top, void *ref)
{
    const char *bytes = ref;
    if (!ref)
        printf("null");
    else if (top == W2S_HEAP_FUNC)
        printf("function");
    else if (top == W2S_HEAP_EXN)
        printf("object(null)");
    else if (top == W2S_HEAP_ANY && w2s_any_kind(ref) == W2S_HEAP_EXTERN)
        ref_print(world, W2S_HEAP_EXTERN, w2s_any_to_extern(world->store, ref));
    else if (top == W2S_HEAP_ANY)
        any_print(ref);
    else if (bytes == externs + JS_ERROR)
        printf("jserror");
    else if (bytes >= externs && bytes < externs + EXTERNS)
        printf("externref(%d)", (int)(bytes - externs));
    else
        any_print(w2s_extern_to_any(world->store, ref));
}

static void vector_print(const uint8_t *bytes)
{
    uint32_t lanes[4];
    memcpy(lanes, bytes, sizeof lanes);
    printf("i32x4 0x%08x 0x%08x 0x%08x 0x%08x", lanes[0], lanes[1], lanes[2], lanes[3]);
}

static void value_print(struct world *world, w2s_valtype type, const w2s_value *value)
{
    switch (type.kind) {
    case W2S_I32: printf("%d", value->i32); break;
    case W2S_I64: printf("%lld", (long long)value->i64); break;
    case W2S_F32: printf("%a", (double)value->f32); break;
    case W2S_F64: printf("%a", value->f64); break;
    case W2S_V128: vector_print(value->v128); break;
    default: ref_print(world, top_of(world->desc, type), value->ref); break;
    }
}

/* ---- imports ---- */

static w2s_trap *js_exception(struct world *world)
{
    w2s_value payload = {.ref = externs + JS_ERROR};
    return w2s_trap_exception(world->store, world->js_tag, &payload);
}

static w2s_trap *log_value(struct world *world, w2s_valtype type, const w2s_value *value)
{
    printf("[LoggingExternalInterface logging ");
    if (type.kind == W2S_I64)
        printf("%d %d", (int32_t)value->i64, (int32_t)(value->i64 >> 32));
    else
        value_print(world, type, value);
    printf("]\n");
    return NULL;
}

/* What JavaScript can neither give nor take. */
static bool stays_out(const struct w2s_module_desc *desc, w2s_valtype type)
{
    return type.kind == W2S_V128 || (type.kind == W2S_REF && top_of(desc, type) == W2S_HEAP_EXN);
}

static bool is_defaultable(w2s_valtype type)
{
    return type.kind != W2S_REF || type.nullable;
}

static bool can_call_as_js(const struct w2s_module_desc *desc, w2s_functype type)
{
    for (uint32_t i = 0; i < type.param_count; i++)
        if (type.params[i].kind == W2S_I64 || stays_out(desc, type.params[i]) ||
            !is_defaultable(type.params[i]))
            return false;
    for (uint32_t i = 0; i < type.result_count; i++)
        if (stays_out(desc, type.results[i]))
            return false;
    return true;
}

/* Calls with zeros; the caller frees *results. */
static w2s_trap *call_with_zeros(w2s_func *func, w2s_value **results)
{
    w2s_functype type = w2s_func_type(func);
    w2s_value *args = calloc(type.param_count + 1, sizeof *args);
    *results = calloc(type.result_count + 1, sizeof **results);
    if (!args || !*results)
        die("out of memory");
    w2s_trap *trap = w2s_call(func, args, *results);
    free(args);
    return trap;
}

static w2s_trap *call_as_js(struct world *world, w2s_func *func)
{
    w2s_value *results;
    if (!func || !can_call_as_js(world->desc, w2s_func_type(func)))
        return js_exception(world);
    w2s_trap *trap = call_with_zeros(func, &results);
    free(results);
    return trap;
}

static w2s_func *export_func(struct world *world, int32_t index)
{
    if (!world->instance || (uint32_t)index >= world->desc->export_count)
        return NULL;
    w2s_extern item = w2s_instance_export_at(world->instance, (uint32_t)index);
    return item.kind == W2S_FUNC ? item.of.func : NULL;
}

/* An exception becomes a result; a trap goes on. */
static w2s_trap *caught(w2s_trap *trap, w2s_value *results)
{
    if (!trap || w2s_trap_kind(trap) != W2S_TRAP_UNCAUGHT_EXCEPTION)
        return trap;
    results->i32 = 1;
    w2s_trap_free(trap);
    return NULL;
}

static w2s_trap *table_access(struct world *world, bool is_set, const w2s_value *args,
                              w2s_value *results)
{
    w2s_table *table = world->instance ? w2s_instance_table(world->instance, "table") : NULL;
    bool done = table && (is_set ? w2s_table_set(table, (uint32_t)args[0].i32, args[1].ref)
                                 : w2s_table_get(table, (uint32_t)args[0].i32, &results->ref));
    return done ? NULL : js_exception(world);
}

struct import {
    struct world *world;
    const char *name;
    w2s_valtype param; /* the first one's type */
};

static w2s_trap *import_call(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    const struct import *import = env;
    struct world *world = import->world;
    const char *name = import->name;
    if (!world->instance)
        world->instance = caller; /* the start function calls */
    if (!strncmp(name, "log", 3))
        return log_value(world, import->param, args);
    if (!strcmp(name, "throw"))
        return args->i32 ? w2s_trap_exception(world->store, world->wasm_tag, args)
                         : js_exception(world);
    if (!strncmp(name, "table-", 6))
        return table_access(world, name[6] == 's', args, results);
    if (!strcmp(name, "sleep"))
        results->i32 = args[1].i32;
    if (strncmp(name, "call-", 5) != 0)
        return NULL;
    w2s_func *func = strncmp(name, "call-ref", 8) ? export_func(world, args->i32) : args->ref;
    w2s_trap *trap = call_as_js(world, func);
    return strstr(name, "catch") ? caught(trap, results) : trap;
}

static w2s_func *func_import(struct world *world, const struct w2s_import_desc *desc)
{
    const struct w2s_type *type = &world->desc->types[desc->type.type_index];
    w2s_functype functype = {type->types, type->types + type->param_count, type->param_count,
                             type->result_count};
    struct import *import = malloc(sizeof *import);
    if (!import)
        die("out of memory");
    *import = (struct import){world, desc->name.bytes, {0}};
    if (functype.param_count)
        import->param = functype.params[0];
    return w2s_func_new(world->store, &functype, import_call, import, free);
}

static w2s_global *global_import(struct world *world, const struct w2s_import_desc *desc)
{
    unsigned payload = 0;
    const struct w2s_name names[] = {desc->module, desc->name};
    for (unsigned n = 0; n < 2; n++)
        for (uint64_t i = 0; i < names[n].size; i++)
            payload = (payload + (unsigned char)names[n].bytes[i]) % 251;
    w2s_value value = {.ref = externs + payload};
    return w2s_global_new(world->store, desc->type.type, desc->type.is_mutable, value);
}

static w2s_extern import_make(struct world *world, const struct w2s_import_desc *desc)
{
    w2s_extern item = {.kind = desc->type.kind};
    switch (item.kind) {
    case W2S_FUNC: item.of.func = func_import(world, desc); break;
    case W2S_GLOBAL: item.of.global = global_import(world, desc); break;
    case W2S_TAG:
        item.of.tag = strcmp(desc->name.bytes, "jstag") ? world->wasm_tag : world->js_tag;
        break;
    default: die("an import that the generator does not make");
    }
    return item;
}

/* ---- runs ---- */

static void trap_print(struct world *world, w2s_trap *trap)
{
    w2s_tag *tag = w2s_trap_tag(trap);
    if (!tag) {
        printf("[trap %s]\n", w2s_trap_message(trap));
    } else {
        w2s_functype type = w2s_tag_type(tag);
        printf("[exception thrown: tag");
        for (uint32_t i = 0; i < type.param_count; i++) {
            putchar(' ');
            value_print(world, type.params[i], &w2s_trap_values(trap)[i]);
        }
        printf("]\n");
    }
    w2s_trap_free(trap);
}

static void func_run(struct world *world, const char *name, w2s_func *func)
{
    w2s_functype type = w2s_func_type(func);
    w2s_value *results;
    for (uint32_t i = 0; i < type.param_count; i++) {
        if (!is_defaultable(type.params[i])) {
            printf("[trap a parameter without a default]\n");
            return;
        }
    }
    w2s_trap *trap = call_with_zeros(func, &results);
    if (trap)
        trap_print(world, trap);
    else if (type.result_count)
        printf("[fuzz-exec] note result: %s => ", name);
    for (uint32_t i = 0; !trap && i < type.result_count; i++) {
        value_print(world, type.results[i], &results[i]);
        putchar('\n');
    }
    free(results);
}

static void export_run(struct world *world, uint32_t index)
{
    const char *name = world->desc->exports[index].name.bytes;
    w2s_extern item = w2s_instance_export_at(world->instance, index);
    if (item.kind == W2S_FUNC || item.kind == W2S_GLOBAL)
        printf("[fuzz-exec] export %s\n", name);
    if (item.kind == W2S_FUNC) {
        func_run(world, name, item.of.func);
    } else if (item.kind == W2S_GLOBAL) {
        w2s_value value = w2s_global_get(item.of.global);
        printf("[LoggingExternalInterface logging ");
        value_print(world, w2s_global_type(item.of.global).type, &value);
        printf("]\n");
    }
    fflush(stdout);
}

static w2s_tag *tag_make(w2s_store *store, w2s_valtype param)
{
    w2s_functype type = {.params = &param, .param_count = 1};
    return w2s_tag_new(store, &type);
}

static void module_run(w2s_module *module)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    w2s_store *store = w2s_store_new(NULL);
    struct world world = {.store = store, .desc = w2s_module_desc(module)};
    uint32_t count = world.desc->import_count;
    w2s_extern *imports = calloc(count + 1, sizeof *imports);
    if (!store || !imports)
        die("out of memory");
    world.wasm_tag = tag_make(store, (w2s_valtype){.kind = W2S_I32});
    world.js_tag =
        tag_make(store, (w2s_valtype){.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_EXTERN});
    for (uint32_t i = 0; i < count; i++)
        imports[i] = import_make(&world, &world.desc->imports[i]);
    world.instance = w2s_instance_new_indexed(store, module, imports, count, &trap, &err);
    if (trap)
        trap_print(&world, trap);
    else if (!world.instance)
        die(err.message);
    for (uint32_t i = 0; world.instance && i < world.desc->export_count; i++)
        export_run(&world, i);
    free(imports);
    w2s_store_free(store);
}

static void one_way(const char *directory, const char *way, const void *bytes, size_t size)
{
    char output[4096];
    w2s_error err;
    w2s_compile_error compile_err;
    w2s_compile_options options = way_options(way);
    printf("way %s\n", way);
    snprintf(output, sizeof output, "%s/module.so", directory);
    if (!w2s_compile(bytes, size, &options, output, &compile_err))
        die(compile_err.message);
    w2s_module *module = w2s_module_load(output, &err);
    if (!module)
        die(err.message);
    module_run(module);
    w2s_module_free(module);
    unlink(output);
}

int main(int argc, char **argv)
{
    static char bytes[1 << 20];
    FILE *in = argc == 4 ? fopen(argv[3], "rb") : NULL;
    if (!in)
        return 2;
    size_t size = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    for (char *way = strtok(argv[2], ":"); way; way = strtok(NULL, ":")) {
        one_way(argv[1], way, bytes, size);
        fflush(stdout);
    }
    return 0;
}
