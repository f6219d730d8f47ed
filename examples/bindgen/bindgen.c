/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The host's side of wasm-bindgen's ABI. A value of JavaScript is a struct value. Where the guest
 * has reference types it holds the pointer itself, as an externref; else it holds the number of a
 * slot in our heap. Names of imports end in a hash of the crate, so they are told by how they
 * begin.
 */
#include "bindgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESERVED = 32, CONSTANTS = 4, FIRST_FREE = RESERVED + CONSTANTS };

struct value {
    struct value *next; /* of all */
    size_t size;
    bool used;   /* sweep: the guest holds it */
    char text[]; /* JSON, or the characters of a string that the guest made */
};

struct bindgen {
    struct bindgen_config config;
    w2s_store *store;
    w2s_instance *instance;
    w2s_table *references; /* of the guest; NULL: it has handles */
    struct value *all;
    struct value **heap; /* by handle; NULL: free, or undefined */
    uint32_t heap_size;
};

/* What every guest can name: these are not in the list. */
static struct value undefined = {.size = 0}, *const null = NULL;

/* ---- values ---- */

static struct value *value_new(struct bindgen *guest, const void *text, size_t size)
{
    struct value *value = malloc(sizeof *value + size + 1);
    if (!value)
        return NULL;
    *value = (struct value){.next = guest->all, .size = size};
    if (size)
        memcpy(value->text, text, size);
    value->text[size] = '\0';
    guest->all = value;
    return value;
}

static void mark(struct value *value)
{
    if (value && value != &undefined)
        value->used = true;
}

/* Frees the values that neither the guest's table nor our heap holds: between calls. */
static void sweep(struct bindgen *guest)
{
    uint64_t count = guest->references ? w2s_table_size(guest->references) : 0;
    void *ref;
    for (uint64_t i = 0; i < count; i++)
        if (w2s_table_get(guest->references, i, &ref))
            mark(ref);
    for (uint32_t i = 0; i < guest->heap_size; i++)
        mark(guest->heap[i]);
    struct value **link = &guest->all;
    while (*link) {
        struct value *value = *link;
        bool used = value->used;
        value->used = false;
        if (used) {
            link = &value->next;
        } else {
            *link = value->next;
            free(value);
        }
    }
}

/* A handle for the value; 0 when out of memory. */
static int32_t heap_add(struct bindgen *guest, struct value *value)
{
    uint32_t i = FIRST_FREE;
    while (i < guest->heap_size && guest->heap[i])
        i++;
    if (i >= guest->heap_size) {
        uint32_t size = i < 64 ? 64 : 2 * i;
        struct value **heap = realloc(guest->heap, size * sizeof *heap);
        if (!heap)
            return 0;
        memset(heap + guest->heap_size, 0, (size - guest->heap_size) * sizeof *heap);
        guest->heap = heap;
        guest->heap_size = size;
    }
    guest->heap[i] = value;
    return (int32_t)i;
}

static void heap_drop(struct bindgen *guest, int32_t handle)
{
    if ((uint32_t)handle >= FIRST_FREE && (uint32_t)handle < guest->heap_size)
        guest->heap[handle] = NULL;
}

/* The JSON text of what a handle or a reference means; NULL: undefined. */
static const char *handle_text(const struct bindgen *guest, int32_t handle, size_t *size)
{
    static const char *const constants[CONSTANTS] = {NULL, "null", "true", "false"};
    uint32_t i = (uint32_t)handle;
    const char *text = NULL;
    if (i >= FIRST_FREE && i < guest->heap_size && guest->heap[i]) {
        *size = guest->heap[i]->size;
        return guest->heap[i]->text;
    }
    if (i >= RESERVED && i < FIRST_FREE)
        text = constants[i - RESERVED];
    *size = text ? strlen(text) : 0;
    return text;
}

static const char *reference_text(const struct value *value, size_t *size)
{
    if (value == null || value == &undefined) {
        *size = value ? 0 : 4;
        return value ? NULL : "null";
    }
    *size = value->size;
    return value->text;
}

/* ---- the guest's memory ---- */

static w2s_memory *memory_of(const struct bindgen *guest)
{
    return w2s_instance_main_memory(guest->instance);
}

static w2s_trap *trap(const struct bindgen *guest, const char *message)
{
    return w2s_trap_new(guest->store, message);
}

/* The bytes that a pair of arguments names. */
static const char *bytes_at(const struct bindgen *guest, const w2s_value *at, size_t *size)
{
    w2s_memory *memory = memory_of(guest);
    uint64_t all = w2s_memory_size(memory);
    uint32_t start = (uint32_t)at[0].i32, count = (uint32_t)at[1].i32;
    *size = count;
    if (count > all || start > all - count)
        return NULL;
    return (const char *)w2s_memory_base(memory) + start;
}

/* Copies a text into memory of the guest's; where[0] and where[1] become its place and size. */
static w2s_trap *text_give(struct bindgen *guest, const char *text, size_t size, w2s_value *where)
{
    w2s_func *allocate = w2s_instance_func(guest->instance, "__wbindgen_malloc");
    w2s_value args[2] = {{.i32 = (int32_t)size}, {.i32 = 1}}; /* later ones want an alignment */
    if (!allocate || size > INT32_MAX)
        return trap(guest, allocate ? "the text is too long" : "no export __wbindgen_malloc");
    w2s_functype type = w2s_func_type(allocate);
    if (type.param_count < 1 || type.param_count > 2 || type.result_count != 1)
        return trap(guest, "__wbindgen_malloc has another type");
    w2s_trap *failed = w2s_call(allocate, args, &where[0]);
    where[1] = (w2s_value){.i32 = (int32_t)size};
    if (failed || w2s_memory_write(memory_of(guest), (uint32_t)where[0].i32, text, size))
        return failed;
    return trap(guest, "__wbindgen_malloc gave no memory");
}

/* Writes place and size of a text to the two words at ret. */
static w2s_trap *text_return(struct bindgen *guest, w2s_value ret, const char *text, size_t size)
{
    w2s_value where[2];
    w2s_trap *failed = text_give(guest, text, size, where);
    if (failed)
        return failed;
    const int32_t words[2] = {where[0].i32, where[1].i32};
    if (w2s_memory_write(memory_of(guest), (uint32_t)ret.i32, words, sizeof words))
        return NULL;
    return trap(guest, "out of bounds memory access");
}

/* ---- imports ---- */

static w2s_trap *alert(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)caller, (void)results;
    struct bindgen *guest = env;
    size_t size;
    const char *text = bytes_at(guest, args, &size);
    if (!text)
        return trap(guest, "out of bounds memory access");
    guest->config.alert(guest->config.env, text, size);
    return NULL;
}

static w2s_trap *throw(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)caller, (void)results;
    const struct bindgen *guest = env;
    size_t size;
    const char *text = bytes_at(guest, args, &size);
    char message[400];
    snprintf(message, sizeof message, "%.*s", (int)(size < 399 ? size : 399), text ? text : "");
    return trap(guest, text ? message : "out of bounds memory access");
}

static w2s_trap *json_parse(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    (void)caller;
    struct bindgen *guest = env;
    size_t size;
    const char *text = bytes_at(guest, args, &size);
    struct value *value = text ? value_new(guest, text, size) : NULL;
    results[0].i32 = value ? heap_add(guest, value) : 0;
    return results[0].i32 ? NULL
                          : trap(guest, text ? "out of memory" : "out of bounds memory access");
}

static w2s_trap *json_serialize(void *env, w2s_instance *caller, const w2s_value *args,
                                w2s_value *results)
{
    (void)caller, (void)results;
    struct bindgen *guest = env;
    size_t size;
    const char *text = handle_text(guest, args[1].i32, &size);
    return text_return(guest, args[0], text ? text : "null",
                       text ? size : 4); /* as the glue has it */
}

static w2s_trap *drop_handle(void *env, w2s_instance *caller, const w2s_value *args,
                             w2s_value *results)
{
    (void)caller, (void)results;
    heap_drop(env, args[0].i32);
    return NULL;
}

/* JSON.parse. Guests that declare it with a String give the text away, those with a &str lend it,
 * under the same name: so it is never freed. */
static w2s_trap *parse(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)caller;
    struct bindgen *guest = env;
    size_t size;
    const char *text = bytes_at(guest, args, &size);
    struct value *value = text ? value_new(guest, text, size) : NULL;
    results[0].ref = value;
    return value ? NULL : trap(guest, text ? "out of memory" : "out of bounds memory access");
}

/* JSON.stringify: a value is its text already, and its string is the same characters. */
static w2s_trap *stringify(void *env, w2s_instance *caller, const w2s_value *args,
                           w2s_value *results)
{
    (void)caller;
    struct bindgen *guest = env;
    size_t size;
    const char *text = reference_text(args[0].ref, &size);
    results[0].ref = text ? value_new(guest, text, size) : &undefined;
    return results[0].ref ? NULL : trap(guest, "out of memory");
}

static w2s_trap *string_get(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    (void)caller, (void)results;
    struct bindgen *guest = env;
    size_t size;
    const char *text = reference_text(args[1].ref, &size);
    static const int32_t none[2];
    if (text)
        return text_return(guest, args[0], text, size);
    if (w2s_memory_write(memory_of(guest), (uint32_t)args[0].i32, none, sizeof none))
        return NULL;
    return trap(guest, "out of bounds memory access");
}

static w2s_trap *is_undefined(void *env, w2s_instance *caller, const w2s_value *args,
                              w2s_value *results)
{
    (void)env, (void)caller;
    results[0].i32 = args[0].ref == &undefined;
    return NULL;
}

static w2s_trap *is_null(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)env, (void)caller;
    size_t size;
    const char *text = reference_text(args[0].ref, &size);
    results[0].i32 = text && size == 4 && memcmp(text, "null", 4) == 0;
    return NULL;
}

/* Writes whether it is a number, and the number. */
static w2s_trap *number_get(void *env, w2s_instance *caller, const w2s_value *args,
                            w2s_value *results)
{
    (void)caller, (void)results;
    struct bindgen *guest = env;
    size_t size;
    const char *text = reference_text(args[1].ref, &size);
    struct {
        uint64_t is_number;
        double number;
    } answer = {0, 0};
    char *end = NULL;
    if (text && size && strchr("-0123456789", text[0]))
        answer.number = strtod(text, &end);
    answer.is_number = end && end == text + size;
    if (w2s_memory_write(memory_of(guest), (uint32_t)args[0].i32, &answer, sizeof answer))
        return NULL;
    return trap(guest, "out of bounds memory access");
}

/* Four slots for what every guest can name: undefined, null, true, false. Guests of today have room
 * for them behind the 1024 of a stack, in earlier ones the host makes it. */
static bool constants_at(w2s_table *table, uint64_t *at)
{
    uint64_t size = w2s_table_size(table);
    bool has_room = size % 128 == CONSTANTS;
    *at = has_room ? size - CONSTANTS : w2s_table_grow(table, CONSTANTS, &undefined);
    return *at != UINT64_MAX;
}

static w2s_trap *init_references(void *env, w2s_instance *caller, const w2s_value *args,
                                 w2s_value *results)
{
    (void)caller, (void)args, (void)results;
    struct bindgen *guest = env;
    uint64_t at;
    struct value *yes = value_new(guest, "true", 4), *no = value_new(guest, "false", 5);
    if (!guest->references || !yes || !no || !constants_at(guest->references, &at))
        return trap(guest, "no table __wbindgen_externrefs that can grow");
    w2s_table_set(guest->references, 0, &undefined);
    w2s_table_set(guest->references, at, &undefined);
    w2s_table_set(guest->references, at + 1, null);
    w2s_table_set(guest->references, at + 2, yes);
    w2s_table_set(guest->references, at + 3, no);
    return NULL;
}

/* Types by letters: i is i32, r externref; the last is the result, or v. */
static const struct import {
    const char *prefix, *type;
    w2s_callback *callback;
} imports[] = {
    {"__wbg_alert_", "iiv", alert},
    {"__wbindgen_json_parse", "iii", json_parse},
    {"__wbindgen_json_serialize", "iiv", json_serialize},
    {"__wbindgen_object_drop_ref", "iv", drop_handle},
    {"__wbindgen_throw", "iiv", throw},
    {"__wbg___wbindgen_throw_", "iiv", throw},
    {"__wbg_parse_", "iir", parse},
    {"__wbg_stringify_", "rr", stringify},
    {"__wbg___wbindgen_string_get_", "irv", string_get},
    {"__wbindgen_string_get", "irv", string_get},
    {"__wbg___wbindgen_is_undefined_", "ri", is_undefined},
    {"__wbg___wbindgen_is_null_", "ri", is_null},
    {"__wbg___wbindgen_number_get_", "irv", number_get},
    {"__wbindgen_init_externref_table", "v", init_references},
};

/* What only JavaScript has. Guests import more than they call, so it can be had, not called. */
static w2s_trap *missing(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)args, (void)results;
    const struct w2s_import_desc *desc = env;
    char message[300];
    snprintf(message, sizeof message, "%.200s: not served by this host", desc->name.bytes);
    return w2s_trap_new(caller ? w2s_instance_store(caller) : NULL, message);
}

static const struct import *import_find(const char *name)
{
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++)
        if (strncmp(name, imports[i].prefix, strlen(imports[i].prefix)) == 0)
            return &imports[i];
    return NULL;
}

static w2s_valtype valtype_of(char letter)
{
    if (letter == 'i')
        return (w2s_valtype){.kind = W2S_I32};
    return (w2s_valtype){.kind = W2S_REF, .nullable = 1, .heap = W2S_HEAP_EXTERN};
}

static w2s_func *missing_new(struct bindgen *guest, const struct w2s_module_desc *desc,
                             const struct w2s_import_desc *import)
{
    const struct w2s_type *of = &desc->types[import->type.type_index];
    w2s_functype type = {of->types, of->types + of->param_count, of->param_count, of->result_count};
    return w2s_func_new(guest->store, &type, missing, (void *)(uintptr_t)import, NULL);
}

static w2s_func *import_new(struct bindgen *guest, const struct import *import)
{
    w2s_valtype types[4];
    uint32_t count = (uint32_t)strlen(import->type) - 1;
    for (uint32_t i = 0; i <= count; i++)
        types[i] = valtype_of(import->type[i]);
    w2s_functype type = {types, types + count, count, import->type[count] != 'v'};
    return w2s_func_new(guest->store, &type, import->callback, guest, NULL);
}

static bool import_define(struct bindgen *guest, w2s_linker *linker,
                          const struct w2s_module_desc *module, const struct w2s_import_desc *desc)
{
    const struct import *import = import_find(desc->name.bytes);
    if (desc->type.kind != W2S_FUNC)
        return true; /* a link error that names it will follow */
    w2s_func *func = import ? import_new(guest, import) : missing_new(guest, module, desc);
    w2s_extern item = {.kind = W2S_FUNC, .of.func = func};
    return func && w2s_linker_define_n(linker, desc->module.bytes, desc->module.size,
                                       desc->name.bytes, desc->name.size, item);
}

/* ---- making one ---- */

static bool fail(w2s_error *err, enum w2s_error_kind kind, const char *message)
{
    err->kind = kind;
    snprintf(err->message, sizeof err->message, "%s", message);
    return false;
}

/* Frees the trap. */
static bool fail_by(w2s_error *err, w2s_trap *failed)
{
    fail(err, W2S_ERROR_TRAP, w2s_trap_message(failed));
    w2s_trap_free(failed);
    return false;
}

static bool instantiate(struct bindgen *guest, w2s_module *module, w2s_error *err)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    w2s_linker *linker = w2s_linker_new(guest->store);
    if (!linker)
        return fail(err, W2S_ERROR_MEMORY, "out of memory");
    for (uint32_t i = 0; i < desc->import_count; i++)
        if (!import_define(guest, linker, desc, &desc->imports[i]))
            return fail(err, W2S_ERROR_MEMORY, "an import cannot be made");
    guest->instance = w2s_instance_new(guest->store, module, linker, NULL, err);
    return guest->instance != NULL;
}

static bool start(struct bindgen *guest, w2s_error *err)
{
    guest->references = w2s_instance_table(guest->instance, "__wbindgen_externrefs");
    if (!memory_of(guest))
        return fail(err, W2S_ERROR_LINK, "the module has no memory");
    w2s_func *func = w2s_instance_func(guest->instance, "__wbindgen_start");
    if (!func)
        return true;
    if (w2s_func_type(func).param_count || w2s_func_type(func).result_count)
        return fail(err, W2S_ERROR_LINK, "__wbindgen_start has another type");
    w2s_trap *failed = w2s_call(func, NULL, NULL);
    return failed ? fail_by(err, failed) : true;
}

struct bindgen *bindgen_new(w2s_module *module, const struct bindgen_config *config, w2s_error *err)
{
    struct bindgen *guest = calloc(1, sizeof *guest);
    if (guest) {
        guest->config = *config;
        guest->store = w2s_store_new(NULL);
    }
    if (!guest || !guest->store) {
        fail(err, W2S_ERROR_MEMORY, "out of memory");
    } else if (instantiate(guest, module, err) && start(guest, err)) {
        return guest;
    }
    bindgen_free(guest);
    return NULL;
}

void bindgen_free(struct bindgen *guest)
{
    if (!guest)
        return;
    w2s_store_free(guest->store);
    free(guest->heap);
    guest->heap = NULL;
    guest->heap_size = 0;
    guest->references = NULL;
    sweep(guest);
    free(guest);
}

/* ---- calls ---- */

static bool is_reference(w2s_valtype type)
{
    return type.kind == W2S_REF && type.heap == W2S_HEAP_EXTERN;
}

/* A string is two numbers, a value a handle or a reference; so is what comes back. */
static bool type_fits(const w2s_functype *type, enum bindgen_arg kind)
{
    uint32_t count = kind == BINDGEN_NOTHING ? 0 : kind == BINDGEN_VALUE ? 1 : 2;
    if (type->param_count != count || type->result_count > 1)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (type->params[i].kind != W2S_I32 &&
            !(kind == BINDGEN_VALUE && is_reference(type->params[i])))
            return false;
    return type->result_count == 0 || type->results[0].kind == W2S_I32 ||
           is_reference(type->results[0]);
}

static w2s_trap *argument(struct bindgen *guest, const w2s_functype *type, enum bindgen_arg kind,
                          const char *text, w2s_value *args)
{
    if (kind == BINDGEN_STRING)
        return text_give(guest, text, strlen(text), args);
    if (kind == BINDGEN_NOTHING)
        return NULL;
    struct value *value = value_new(guest, text, strlen(text));
    bool is_handle = type->params[0].kind == W2S_I32;
    if (value && is_handle)
        args[0].i32 = heap_add(guest, value);
    else
        args[0].ref = value;
    return value && (!is_handle || args[0].i32) ? NULL : trap(guest, "out of memory");
}

/* Takes what came back: a handle is ours again. */
static bool result_take(struct bindgen *guest, const w2s_functype *type, w2s_value result,
                        char **json, w2s_error *err)
{
    size_t size = 0;
    const char *text = NULL;
    if (type->result_count == 1)
        text = type->results[0].kind == W2S_I32 ? handle_text(guest, result.i32, &size)
                                                : reference_text(result.ref, &size);
    *json = text ? strndup(text, size) : NULL;
    if (type->result_count == 1 && type->results[0].kind == W2S_I32)
        heap_drop(guest, result.i32);
    return !text || *json || fail(err, W2S_ERROR_MEMORY, "out of memory");
}

bool bindgen_call(struct bindgen *guest, const char *name, enum bindgen_arg kind, const char *text,
                  char **json, w2s_error *err)
{
    w2s_value args[2] = {{.i32 = 0}}, result = {.i32 = 0};
    w2s_func *func = w2s_instance_func(guest->instance, name);
    *json = NULL;
    if (!func)
        return fail(err, W2S_ERROR_ARGUMENT, "no such export");
    w2s_functype type = w2s_func_type(func);
    if (!type_fits(&type, kind))
        return fail(err, W2S_ERROR_ARGUMENT, "the export takes other arguments");
    w2s_trap *failed = argument(guest, &type, kind, text, args);
    if (!failed)
        failed = w2s_call(func, args, &result);
    if (kind == BINDGEN_VALUE && type.params[0].kind == W2S_I32)
        heap_drop(guest, args[0].i32); /* lent */
    bool ok = failed ? fail_by(err, failed) : result_take(guest, &type, result, json, err);
    sweep(guest);
    return ok;
}
