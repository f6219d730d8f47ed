/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The objects of a script and the steps that make and use them, over the compiler library and the
 * public interface of the runtime. Errors of both become a struct result, which keeps apart what
 * the assertions of the suite keep apart.
 */
#include "spec-tests/world.h"

#include "spec-tests/spectest.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = {
        [OUTCOME_OK] = "success",
        [OUTCOME_MALFORMED] = "malformed",
        [OUTCOME_INVALID] = "invalid",
        [OUTCOME_UNLINKABLE] = "unlinkable",
        [OUTCOME_TRAP] = "trap",
        [OUTCOME_EXCEPTION] = "exception",
        [OUTCOME_UNSUPPORTED] = "unsupported",
        [OUTCOME_ERROR] = "error",
    };
    return names[outcome];
}

bool result_set(struct result *result, enum outcome outcome, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *result = (struct result){.outcome = outcome};
    vsnprintf(result->text, sizeof result->text, format, args);
    va_end(args);
    return outcome == OUTCOME_OK;
}

static bool set_trap(struct result *result, w2s_trap *trap)
{
    enum w2s_trap_kind kind = w2s_trap_kind(trap);
    bool exception = kind == W2S_TRAP_UNCAUGHT_EXCEPTION;
    result_set(result, exception ? OUTCOME_EXCEPTION : OUTCOME_TRAP, "%s", w2s_trap_message(trap));
    result->trap = kind;
    w2s_trap_free(trap);
    return false;
}

static bool set_ok(struct result *result)
{
    return result_set(result, OUTCOME_OK, "%s", "");
}

#define BIT(feature) FEATURE_BIT(FEATURE_##feature)

/* Each folder of the suite is written for some state of the specification, and says that what came
 * later is malformed or invalid. The first row whose folder is in the path. */
static const struct {
    const char *folder;
    uint64_t disabled;
} suites[] = {
    {"/proposals/threads/", BIT(REFERENCE_TYPES) | BIT(MULTI_MEMORY) | BIT(MEMORY64)},
    {"/proposals/", 0},
    {"/legacy/", 0},
    {"/", BIT(THREADS) | BIT(CUSTOM_PAGE_SIZES) | BIT(WIDE_ARITHMETIC) | BIT(LEGACY_EXCEPTIONS)},
};

static uint64_t disabled_features(const char *path)
{
    char *absolute = realpath(path, NULL);
    size_t i = 0;
    while (i + 1 < sizeof suites / sizeof *suites &&
           (absolute == NULL || strstr(absolute, suites[i].folder) == NULL))
        i++;
    free(absolute);
    return suites[i].disabled;
}

bool world_init(struct world *world, const struct options *options, const char *path,
                struct result *result)
{
    w2s_error err;
    *world = (struct world){
        .options = options, .store = w2s_store_new(NULL), .disabled = disabled_features(path)};
    world->linker = world->store == NULL ? NULL : w2s_linker_new(world->store);
    if (world->linker == NULL)
        return result_set(result, OUTCOME_ERROR, "no memory for a store");
    if (!spectest_define(world->store, world->linker, options->verbose, &err))
        return result_set(result, OUTCOME_ERROR, "spectest: %s", err.message);
    return set_ok(result);
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < world->unit_count; i++)
        if (world->units[i].module != NULL)
            w2s_module_free(world->units[i].module);
    if (world->store != NULL)
        w2s_store_free(world->store);
    free(world->units);
    free(world->actors);
}

/* ---- modules ---- */

enum outcome world_outcome(enum error_kind kind)
{
    switch (kind) {
    case ERR_MALFORMED: return OUTCOME_MALFORMED;
    case ERR_INVALID: return OUTCOME_INVALID;
    case ERR_UNSUPPORTED: return OUTCOME_UNSUPPORTED;
    case ERR_NONE:
    case ERR_IO:
    case ERR_LINK:
    case ERR_INTERNAL:
    case ERR_CANCELLED:
    case ERR__COUNT: break;
    }
    return OUTCOME_ERROR;
}

/* A file name of our own in memory, else on disk. */
static void make_file_name(char *name, size_t size)
{
    static atomic_uint files; /* made so far, by all threads */
    const char *folder = getenv("TMPDIR");
    if (folder == NULL)
        folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    /* A new name each time: the dynamic loader takes a name it knows for the file it knows. */
    snprintf(name, size, "%s/spec-tests-%ld-%u.so", folder, (long)getpid(), files++);
}

bool world_compile(struct world *world, const void *bytes, size_t size, w2s_module **module,
                   struct result *result)
{
    w2s_compile_options options = world->options->compile;
    if (options.cpu == NULL)
        options.cpu = "native";
    options.jobs = 1;
    options.name = "script";
    options.disabled = world->disabled;
    char path[4096];
    make_file_name(path, sizeof path);
    w2s_compile_error failure;
    *module = NULL;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* remote.c serves one at a time */
    pthread_mutex_lock(&lock);
    bool compiled = w2s_compile(bytes, size, &options, path, &failure);
    pthread_mutex_unlock(&lock);
    if (!compiled)
        return result_set(result, world_outcome((enum error_kind)failure.kind), "%s",
                          failure.message);
    w2s_error err;
    *module = w2s_module_load(path, &err);
    unlink(path);
    if (*module == NULL)
        return result_set(result, OUTCOME_ERROR, "load: %s", err.message);
    return set_ok(result);
}

bool world_instantiate(struct world *world, w2s_module *module, w2s_instance **instance,
                       struct result *result)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    *instance = w2s_instance_new(world->store, module, world->linker, &trap, &err);
    if (*instance != NULL)
        return set_ok(result);
    if (trap != NULL)
        return set_trap(result, trap);
    if (err.kind != W2S_ERROR_LINK)
        return result_set(result, OUTCOME_ERROR, "instantiate: %s", err.message);
    if (world->registered_gap[0] != '\0' && strncmp(err.message, "unknown import", 14) == 0)
        return result_set(result, OUTCOME_UNSUPPORTED, "%s", world->registered_gap);
    return result_set(result, OUTCOME_UNLINKABLE, "%s", err.message);
}

/* ---- what has been made ---- */

bool world_add_unit(struct world *world, struct slice name, w2s_module *module,
                    const struct result *result)
{
    struct unit *more = realloc(world->units, (world->unit_count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    world->units = more;
    more[world->unit_count++] = (struct unit){name, module, *result};
    return true;
}

bool world_add_actor(struct world *world, struct slice name, w2s_instance *instance,
                     const struct result *result)
{
    struct actor *more = realloc(world->actors, (world->actor_count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    world->actors = more;
    more[world->actor_count++] = (struct actor){name, instance, false, *result};
    return true;
}

bool world_add_shared(struct world *world, struct slice name, w2s_instance *instance)
{
    struct result result;
    set_ok(&result);
    if (!world_add_actor(world, name, instance, &result))
        return false;
    world->actors[world->actor_count - 1].of_other_thread = true;
    return true;
}

/* No name, or the same name. */
static bool is_wanted(struct slice wanted, struct slice name)
{
    return wanted.n == 0 || (wanted.n == name.n && memcmp(wanted.p, name.p, name.n) == 0);
}

struct unit *world_unit(struct world *world, struct slice name)
{
    for (size_t i = world->unit_count; i-- > 0;)
        if (is_wanted(name, world->units[i].name))
            return &world->units[i];
    return NULL;
}

struct actor *world_actor(struct world *world, struct slice name)
{
    for (size_t i = world->actor_count; i-- > 0;)
        if (is_wanted(name, world->actors[i].name))
            return &world->actors[i];
    return NULL;
}

static const char *chars(struct slice name)
{
    return name.n == 0 ? "" : (const char *)name.p;
}

/* Whether the world's store may import the item, made by another thread. */
static bool is_shared_memory(struct world *world, const w2s_extern *item)
{
    return item->kind == W2S_MEMORY && w2s_memory_share(item->of.memory, world->store, NULL);
}

bool world_register(struct world *world, struct slice as, const struct actor *actor,
                    struct result *result)
{
    if (actor->instance == NULL) {
        if (actor->result.outcome == OUTCOME_UNSUPPORTED)
            snprintf(world->registered_gap, sizeof world->registered_gap, "%.60s",
                     actor->result.text);
        *result = actor->result;
        return false;
    }
    const struct w2s_module_desc *desc = w2s_module_desc(w2s_instance_module(actor->instance));
    for (uint32_t i = 0; i < desc->export_count; i++) {
        const struct w2s_name *name = &desc->exports[i].name;
        const w2s_extern item = w2s_instance_export_at(actor->instance, i);
        if (actor->of_other_thread && !is_shared_memory(world, &item))
            continue;
        if (!w2s_linker_define_n(world->linker, chars(as), as.n, name->bytes, (size_t)name->size,
                                 item))
            return result_set(result, OUTCOME_ERROR, "no memory for a registration");
    }
    return set_ok(result);
}

/* ---- actions ---- */

static bool find_export(struct actor *actor, struct slice name, enum w2s_extern_kind kind,
                        w2s_extern *item, struct result *result)
{
    if (actor->instance == NULL) {
        *result = actor->result;
        return false;
    }
    if (actor->of_other_thread)
        return result_set(result, OUTCOME_ERROR, "the instance is another thread's");
    if (!w2s_instance_export_n(actor->instance, chars(name), name.n, item) || item->kind != kind)
        return result_set(result, OUTCOME_ERROR, "no such export \"%.*s\"", (int)name.n,
                          chars(name));
    return true;
}

static bool is_any(w2s_valtype type, w2s_instance *instance)
{
    if (type.kind != W2S_REF)
        return false;
    if (type.heap >= W2S_HEAP_FUNC)
        return type.heap >= W2S_HEAP_ANY && type.heap <= W2S_HEAP_NONE;
    return instance != NULL &&
           w2s_module_desc(w2s_instance_module(instance))->types[type.heap].kind != 0;
}

/* What an anyref is at run time becomes its type; a pointer of the host's is shown as such. */
static void resolve_any(w2s_store *store, w2s_instance *instance, w2s_value *value,
                        w2s_valtype *type)
{
    if (!is_any(*type, instance) || value->ref == NULL)
        return;
    type->heap = w2s_any_kind(value->ref);
    if (type->heap != W2S_HEAP_EXTERN)
        return;
    type->heap = W2S_HEAP_ANY;
    value->ref = w2s_any_to_extern(store, value->ref);
}

/* The arguments that a script gives as pointers of the host's are such as anyref, too. */
static void internalize(w2s_store *store, const struct values *args, struct values *made)
{
    *made = *args;
    for (uint32_t i = 0; i < args->count; i++)
        if (args->types[i].kind == W2S_REF && args->types[i].heap == W2S_HEAP_ANY)
            made->values[i].ref = w2s_extern_to_any(store, args->values[i].ref);
}

bool world_invoke(struct actor *actor, struct slice export_name, const struct values *args,
                  struct values *results, struct result *result)
{
    w2s_extern item;
    if (!find_export(actor, export_name, W2S_FUNC, &item, result))
        return false;
    const w2s_functype type = w2s_func_type(item.of.func);
    if (type.param_count != args->count || type.result_count > WORLD_VALUES_MAX)
        return result_set(result, OUTCOME_ERROR, "%u arguments for %u parameters", args->count,
                          type.param_count);
    for (uint32_t i = 0; i < args->count; i++)
        if (type.params[i].kind != args->types[i].kind)
            return result_set(result, OUTCOME_ERROR, "argument %u is of another type", i);
    w2s_store *store = w2s_instance_store(actor->instance);
    struct values made;
    internalize(store, args, &made);
    w2s_trap *trap = w2s_call(item.of.func, made.values, results->values);
    if (trap != NULL)
        return set_trap(result, trap);
    results->count = type.result_count;
    if (type.result_count > 0)
        memcpy(results->types, type.results, type.result_count * sizeof *type.results);
    for (uint32_t i = 0; i < results->count; i++)
        resolve_any(store, item.of.func->instance, &results->values[i], &results->types[i]);
    return set_ok(result);
}

bool world_get(struct actor *actor, struct slice export_name, struct values *results,
               struct result *result)
{
    w2s_extern item;
    if (!find_export(actor, export_name, W2S_GLOBAL, &item, result))
        return false;
    results->count = 1;
    results->values[0] = w2s_global_get(item.of.global);
    results->types[0] = w2s_global_type(item.of.global).type;
    resolve_any(w2s_instance_store(actor->instance), actor->instance, &results->values[0],
                &results->types[0]);
    return set_ok(result);
}
