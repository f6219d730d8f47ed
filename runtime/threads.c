/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasi-threads: the import wasi.thread-spawn. A thread of the guest is a native thread with a store
 * and an instance of its own; what it has in common with the others is the shared memory and the
 * host functions. The program ends when its main thread does, or when any thread traps or exits:
 * then all stores are interrupted, and the linker's store, when it is freed, joins the threads
 * before anything that they use goes.
 *
 * Who touches what: the records and `ended` are guarded by the lock; a store in a record is freed
 * by its thread, which takes it out of the record first, so that it is never interrupted after.
 */
#include "runtime/runtime.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREAD_ID = (1 << 29) - 1, SPAWN_FAILED = -6 /* WASI's "again" */ };

static const char spawn_module[] = "wasi", spawn_name[] = "thread-spawn";
static const char start_name[] = "wasi_thread_start";

struct program;

struct thread {
    struct thread *next;
    struct program *program;
    w2s_store *store; /* NULL before and after */
    w2s_func *start;
    int32_t id, arg;
    pthread_t handle;
    bool started, done; /* handle is to be joined; and will not keep who does so waiting */
};

struct program {
    struct rt_owned owned;
    w2s_store *store; /* of the main thread */
    const w2s_linker *linker;
    w2s_module *module;
    w2s_wasi_threads_config config;
    pthread_mutex_t lock;
    struct thread *threads;
    uint32_t thread_count;
    int32_t last_id;
    bool ended;
};

/* ---- records ---- */

static bool id_is_used(const struct program *program, int32_t id)
{
    for (const struct thread *thread = program->threads; thread; thread = thread->next)
        if (thread->id == id)
            return true;
    return false;
}

/* A record with a free number; NULL if there can be no more threads. */
static struct thread *thread_new(struct program *program, int32_t arg)
{
    struct thread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return NULL;
    *thread = (struct thread){.program = program, .arg = arg};
    pthread_mutex_lock(&program->lock);
    bool good = !program->ended && program->thread_count < program->config.max_threads;
    if (good) {
        do {
            program->last_id = program->last_id % MAX_THREAD_ID + 1;
        } while (id_is_used(program, program->last_id));
        thread->id = program->last_id;
        thread->next = program->threads;
        program->threads = thread;
        program->thread_count++;
    }
    pthread_mutex_unlock(&program->lock);
    if (good)
        return thread;
    free(thread);
    return NULL;
}

/* Under the lock: takes a record off the list, the given one, or some that is started and, if
 * asked for, done. NULL if there is none. */
static struct thread *thread_take(struct program *program, const struct thread *wanted, bool done)
{
    struct thread **link = &program->threads;
    while (*link && (wanted ? *link != wanted : !(*link)->started || (done && !(*link)->done)))
        link = &(*link)->next;
    struct thread *thread = *link;
    if (thread) {
        *link = thread->next;
        program->thread_count--;
    }
    return thread;
}

/* Joins all threads, or those that are done. */
static void join_threads(struct program *program, bool done)
{
    for (;;) {
        pthread_mutex_lock(&program->lock);
        struct thread *thread = thread_take(program, NULL, done);
        pthread_mutex_unlock(&program->lock);
        if (!thread)
            return;
        pthread_join(thread->handle, NULL);
        free(thread);
    }
}

/* ---- the end of the program ---- */

/* The first to come ends it. Its trap is told before the others see that they are interrupted. */
static void program_end(struct program *program, w2s_trap *trap)
{
    pthread_mutex_lock(&program->lock);
    bool first = !program->ended;
    program->ended = true;
    pthread_mutex_unlock(&program->lock);
    if (!first)
        return;
    if (trap && program->config.ended)
        program->config.ended(program->config.env, trap);
    pthread_mutex_lock(&program->lock);
    w2s_store_interrupt(program->store);
    for (struct thread *thread = program->threads; thread; thread = thread->next)
        if (thread->store)
            w2s_store_interrupt(thread->store);
    pthread_mutex_unlock(&program->lock);
}

static void program_free(void *self)
{
    struct program *program = self;
    program_end(program, NULL);
    join_threads(program, false);
    pthread_mutex_destroy(&program->lock);
    w2s_module_free(program->module);
    free(program);
}

/* ---- a thread ---- */

/* Makes its store known to program_end, or no longer; true if the program goes on. */
static bool thread_set_store(struct thread *thread, w2s_store *store)
{
    struct program *program = thread->program;
    pthread_mutex_lock(&program->lock);
    thread->store = store;
    bool going_on = !program->ended;
    pthread_mutex_unlock(&program->lock);
    return going_on;
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    struct program *program = thread->program;
    w2s_store *store = thread->store; /* ours alone to change */
    const w2s_value args[] = {{.i32 = thread->id}, {.i32 = thread->arg}};
    w2s_trap *trap = w2s_call(thread->start, args, NULL);
    if (trap)
        program_end(program, trap);
    w2s_trap_free(trap);
    thread_set_store(thread, NULL);
    w2s_store_free(store);
    pthread_mutex_lock(&program->lock);
    thread->done = true;
    pthread_mutex_unlock(&program->lock);
    return NULL;
}

/* The thread's store with an instance in it; false if that cannot be made. */
static bool thread_prepare(struct thread *thread, w2s_store *store)
{
    const struct program *program = thread->program;
    w2s_linker *linker = w2s_linker_share(program->linker, store, program->module, NULL);
    w2s_instance *instance =
        linker ? w2s_instance_new(store, program->module, linker, NULL, NULL) : NULL;
    thread->start = instance ? w2s_instance_func(instance, start_name) : NULL;
    return thread->start != NULL;
}

static bool thread_start(struct thread *thread, w2s_store *spawner)
{
    struct program *program = thread->program;
    w2s_store *store = w2s_store_new(&program->store->config);
    if (!store)
        return false;
    rt_fuel_share(spawner, store);
    bool good = thread_set_store(thread, store) && thread_prepare(thread, store);
    pthread_mutex_lock(&program->lock);
    good =
        good && !program->ended && pthread_create(&thread->handle, NULL, thread_main, thread) == 0;
    thread->started = good;
    if (!good)
        thread->store = NULL;
    pthread_mutex_unlock(&program->lock);
    if (!good) {
        rt_fuel_return(store, spawner);
        w2s_store_free(store);
    }
    return good;
}

static w2s_trap *spawn(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    struct program *program = env;
    results[0].i32 = SPAWN_FAILED;
    join_threads(program, true);
    struct thread *thread = thread_new(program, args[0].i32);
    if (!thread)
        return NULL;
    int32_t id = thread->id;
    if (thread_start(thread, caller ? caller->store : program->store)) {
        results[0].i32 = id;
        return NULL;
    }
    pthread_mutex_lock(&program->lock);
    thread_take(program, thread, false);
    pthread_mutex_unlock(&program->lock);
    free(thread);
    return NULL;
}

/* ---- definition ---- */

static bool is_start(const struct w2s_module_desc *desc, const struct w2s_export_desc *export)
{
    if (export->kind != W2S_FUNC || strcmp(export->name.bytes, start_name) != 0)
        return false;
    const struct w2s_type *type = &desc->types[desc->funcs[export->index].type_index];
    return type->param_count == 2 && type->result_count == 0 && type->types[0].kind == W2S_I32 &&
           type->types[1].kind == W2S_I32;
}

static bool check_start(const struct w2s_module_desc *desc, w2s_error *err)
{
    for (uint32_t i = 0; i < desc->export_count; i++)
        if (is_start(desc, &desc->exports[i]))
            return true;
    return rt_fail(err, W2S_ERROR_LINK, "no export \"%s\" (param i32 i32), which %s.%s needs",
                   start_name, spawn_module, spawn_name);
}

/* The shared memories that the module imports and nobody has defined. */
static bool define_memories(w2s_linker *linker, const struct w2s_module_desc *desc, w2s_error *err)
{
    for (uint32_t i = 0; i < desc->import_count; i++) {
        const struct w2s_import_desc *import = &desc->imports[i];
        if (import->type.kind != W2S_MEMORY || !import->type.is_shared ||
            rt_linker_find(linker, import->module, import->name))
            continue;
        w2s_extern item = {.kind = W2S_MEMORY};
        item.of.memory = w2s_memory_new(w2s_linker_store(linker), &import->type, err);
        if (!item.of.memory)
            return false;
        if (!w2s_linker_define_n(linker, import->module.bytes, import->module.size,
                                 import->name.bytes, import->name.size, item))
            return rt_fail_memory(err);
    }
    return true;
}

static struct program *program_new(const w2s_linker *linker, w2s_module *module,
                                   const w2s_wasi_threads_config *config)
{
    struct program *program = calloc(1, sizeof *program);
    if (!program)
        return NULL;
    program->store = w2s_linker_store(linker);
    program->linker = linker;
    program->module = module;
    if (config)
        memcpy(&program->config, config,
               config->size < sizeof *config ? config->size : sizeof *config);
    if (program->config.max_threads == 0 || program->config.max_threads > MAX_THREAD_ID)
        program->config.max_threads = MAX_THREAD_ID;
    pthread_mutex_init(&program->lock, NULL);
    rt_module_retain(module);
    rt_store_own_first(program->store, &program->owned, program_free, program);
    return program;
}

bool w2s_linker_define_wasi_threads(w2s_linker *linker, w2s_module *module,
                                    const w2s_wasi_threads_config *config, w2s_error *err)
{
    static const w2s_valtype i32 = {.kind = W2S_I32};
    static const w2s_functype type = {&i32, &i32, 1, 1};
    if (!check_start(w2s_module_desc(module), err) ||
        !define_memories(linker, w2s_module_desc(module), err))
        return false;
    struct program *program = program_new(linker, module, config);
    w2s_extern item = {.kind = W2S_FUNC};
    item.of.func = program ? w2s_func_new(program->store, &type, spawn, program, NULL) : NULL;
    if (!item.of.func || !w2s_linker_define(linker, spawn_module, spawn_name, item))
        return rt_fail_memory(err);
    return true;
}
