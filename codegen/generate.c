/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions -> objects: parts of a module, each made by one thread with an LLVM context of its own.
 * Threads take the largest first, so that none waits long for the last. After a failure nobody
 * takes another, and those taken before the failed one are finished, so that the first failure,
 * which is reported, does not depend on timing. A part's result depends on the module alone.
 */
#include "codegen/artifact.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <llvm-c/Target.h>

/* LLVM recurses over expressions and blocks; pages of a stack cost nothing until they are used. */
static const size_t stack_sizes[] = {(size_t)512 << 20, (size_t)64 << 20, (size_t)8 << 20};

struct size {
    uint32_t part;
    size_t bytes; /* of code */
};

struct pool {
    struct generation *g;
    const struct size *order; /* in which parts are taken */
    pthread_mutex_t lock;     /* of all below */
    uint32_t next;            /* turn to be taken */
    uint32_t failed;          /* first turn that failed, or NO_INDEX */
    struct error err;         /* its error */
    w2s_compile_progress progress;
};

bool cancelled(const w2s_compile_options *options, struct error *err)
{
    return options->cancelled && options->cancelled(options->env) &&
           !error_set(err, ERR_CANCELLED, ERROR_NO_OFFSET, "the compile was cancelled");
}

/* ---- one part ---- */

struct part {
    const struct generation *g;
    uint32_t turn, number;
    struct arena arena, scratch; /* of the part; of a function */
    uint32_t func;               /* being translated, or NO_INDEX */
    LLVMMemoryBufferRef result;
    struct error err;
};

static bool holds_functions(const struct part *part)
{
    return part->number < part->g->c->partition_count;
}

static bool holds_descriptor(const struct part *part)
{
    return part->number + 1 == part->g->part_count;
}

/* ---- what is inlined across parts ---- */

/* Of its bytes. Compilers put what machines do in an instruction and WebAssembly does not, as
 * products of 128 bits (product.c), at the end of a module, far from who calls it. */
enum { MOST_IMPORTED = 256 };

static bool is_straight(const struct func_body *body)
{
    for (uint32_t i = 0; i < body->insn_count; i++)
        switch ((int)body->insns[i].op) {
        case OP_loop:
        case OP_call:
        case OP_call_indirect:
        case OP_call_ref: return false;
        default: break;
        }
    return true;
}

/* A copy for the inliner only. If the function is not valid, the part it belongs to says so. */
static void import_function(struct part *part, struct cg *cg, uint32_t index)
{
    struct error ignored = ERROR_INIT;
    struct func_body body;
    if (func_validate(cg->m, index, &body, &part->scratch, &ignored) &&
        body_generated(&body, index, &ignored) && is_straight(&body)) {
        emit_function(cg, index, &body);
        LLVMSetLinkage(cg_function(cg, index), LLVMAvailableExternallyLinkage);
    }
    arena_reset(&part->scratch);
}

static bool is_importable(const struct cg *cg, uint32_t index)
{
    LLVMValueRef function = cg->funcs[index];
    return function && LLVMIsDeclaration(function) && !cg_is_tail(cg, index) &&
           cg->m->funcs[index].body.n <= MOST_IMPORTED && cg->c->ranks[index] == RANK_ORDINARY;
}

static void import_functions(struct part *part, struct cg *cg)
{
    const struct compile *c = cg->c;
    if (c->level < 2 || c->size || c->counting || !c->split || cg_has_giants(cg))
        return;
    for (uint32_t i = c->m->import_func_count; i < c->m->func_count; i++)
        if (is_importable(cg, i))
            import_function(part, cg, i);
}

static bool translate_functions(struct part *part, struct cg *cg)
{
    const struct partition *range = &part->g->plan[part->number];
    for (uint32_t i = 0; i < range->count; i++) {
        struct func_body body;
        part->func = range->funcs[i];
        if (cancelled(part->g->options, &part->err) ||
            !func_validate(cg->m, part->func, &body, &part->scratch, &part->err) ||
            !body_generated(&body, part->func, &part->err))
            return false;
        emit_function(cg, part->func, &body);
        arena_reset(&part->scratch);
    }
    part->func = NO_INDEX;
    import_functions(part, cg);
    emit_bulk_functions(cg);
    return true;
}

/* A part with a function that only linear passes may see gets the machine's passes of -O0. */
static LLVMMemoryBufferRef make_object(struct part *part, struct cg *cg,
                                       LLVMTargetMachineRef machine)
{
    const struct compile *c = part->g->c;
    if (!cg_has_giants(cg))
        return object_emit(cg, machine, part->g->options->emit, &part->err);
    LLVMTargetMachineRef plain = target_machine(c->target, &c->cpu, 0, &part->err);
    if (!plain)
        return NULL;
    LLVMMemoryBufferRef object = object_emit(cg, plain, part->g->options->emit, &part->err);
    LLVMDisposeTargetMachine(plain);
    return object;
}

/* Those of the first exports in the first part after the partitions, and so on. */
static void translate_wrappers(const struct part *part, struct cg *cg)
{
    uint32_t exports = cg->m->export_count, first = 0, end = exports;
    if (cg->c->split)
        first = (part->number - cg->c->partition_count) * WRAPPERS_IN_PART;
    if (!holds_descriptor(part))
        end = first + WRAPPERS_IN_PART;
    emit_export_wrappers(cg, first, end);
}

/* What a file of that kind has beside. */
static void translate_kind(const struct part *part, struct cg *cg)
{
    const w2s_compile_options *options = part->g->options;
    switch (options->emit) {
    case W2S_EMIT_SO: emit_file_note(cg); break;
    case W2S_EMIT_EXE: emit_executable(cg, options); break;
    case W2S_EMIT_ENVOY_MODULE: emit_envoy(cg); break;
    default: break;
    }
}

static bool translate(struct part *part, struct cg *cg)
{
    const bool last = holds_descriptor(part);
    if (holds_functions(part) && !translate_functions(part, cg))
        return false;
    if (last) {
        emit_descriptor(cg);
        emit_closed_tables(cg);
    }
    if (!holds_functions(part) || !cg->c->split)
        translate_wrappers(part, cg);
    if (last)
        translate_kind(part, cg);
    target_mark(cg->c->target, cg->module);
    return !cancelled(part->g->options, &part->err);
}

static bool optimize(struct part *part, struct cg *cg, LLVMTargetMachineRef machine)
{
    if (holds_functions(part) ? !cg_optimize(cg, machine, &part->err)
                              : !cg_optimize_wrappers(cg, machine, &part->err))
        return false;
    if (cancelled(part->g->options, &part->err))
        return false;
    part->result = make_object(part, cg, machine);
    return part->result != NULL;
}

/* Text is not kept. */
static bool is_object(enum w2s_emit emit)
{
    return emit != W2S_EMIT_LLVM_IR && emit != W2S_EMIT_ASM;
}

/* From the module to the object, or to where it lies ready. */
static bool finish(struct part *part, struct cg *cg, LLVMTargetMachineRef machine)
{
    const w2s_compile_options *options = part->g->options;
    if (!options->cache || !is_object(options->emit))
        return optimize(part, cg, machine);
    const char *key = part_key(cg, &part->arena);
    part->result = part_find(options->cache, key, &part->arena);
    if (part->result)
        return true;
    if (!optimize(part, cg, machine))
        return false;
    part_keep(options->cache, key, part->result, &part->arena);
    return true;
}

static void part_open(struct part *part, struct cg *cg, LLVMTargetMachineRef machine)
{
    const struct compile *c = part->g->c;
    cg_open(cg, c, c->prefix, &part->arena); /* no number: it would be in the object */
    rescue_context(cg->context);
    /* Passes make up names for most of what they make, which only text shows. */
    LLVMContextSetDiscardValueNames(cg->context, part->g->options->emit != W2S_EMIT_LLVM_IR);
    cg_summarize_profile(cg);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
    LLVMSetTarget(cg->module, c->target->triple);
    LLVMSetModuleDataLayout(cg->module, layout);
    LLVMDisposeTargetData(layout);
}

static void part_make(void *env)
{
    struct part *part = env;
    const struct compile *c = part->g->c;
    LLVMTargetMachineRef machine = target_machine(c->target, &c->cpu, c->level, &part->err);
    if (!machine)
        return;
    struct cg cg;
    part_open(part, &cg, machine);
    if (translate(part, &cg))
        finish(part, &cg, machine);
    cg_close(&cg);
    LLVMDisposeTargetMachine(machine);
}

/* LLVM gave up: says where. */
static void locate_failure(struct part *part)
{
    char reason[sizeof part->err.message];
    part->err.func = part->func;
    if (part->func != NO_INDEX || !holds_functions(part))
        return;
    const struct partition *range = &part->g->plan[part->number];
    if (range->count == 0)
        return;
    memcpy(reason, part->err.message, sizeof reason);
    part->err.kind = ERR_NONE;
    error_set(&part->err, ERR_INTERNAL, ERROR_NO_OFFSET, "functions %u to %u: %.200s",
              range->funcs[0], range->funcs[range->count - 1], reason);
}

static void part_run(struct part *part)
{
    part->arena = part->scratch = rescue_arena();
    if (!rescue_run(part_make, part, &part->err))
        locate_failure(part);
    arena_free(&part->arena);
    arena_free(&part->scratch);
}

/* ---- the threads ---- */

/* The descriptor's wrappers, which may be many, as if they were the largest. */
static size_t part_bytes(const struct generation *g, uint32_t number)
{
    if (number >= g->c->partition_count)
        return SIZE_MAX;
    const struct partition *range = &g->plan[number];
    size_t bytes = 0;
    for (uint32_t i = 0; i < range->count; i++)
        bytes += g->c->m->funcs[range->funcs[i]].body.n;
    return bytes;
}

static int by_size(const void *left, const void *right)
{
    const struct size *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return a->part < b->part ? -1 : 1;
}

static const struct size *largest_first(const struct generation *g, struct arena *arena)
{
    struct size *order = arena_array(arena, g->part_count, sizeof *order);
    for (uint32_t i = 0; i < g->part_count; i++)
        order[i] = (struct size){i, part_bytes(g, i)};
    qsort(order, g->part_count, sizeof *order, by_size);
    return order;
}

static bool part_take(struct pool *pool, struct part *part)
{
    *part = (struct part){.g = pool->g, .func = NO_INDEX, .err = ERROR_INIT};
    pthread_mutex_lock(&pool->lock);
    bool taken = pool->failed == NO_INDEX && pool->next < pool->g->part_count;
    if (taken) {
        part->turn = pool->next++;
        part->number = pool->order[part->turn].part;
    }
    pthread_mutex_unlock(&pool->lock);
    return taken;
}

static void progress_report(struct pool *pool, const struct part *part)
{
    const w2s_compile_options *options = pool->g->options;
    if (!options->progress || !holds_functions(part))
        return;
    pool->progress.functions_done += pool->g->plan[part->number].count;
    pool->progress.bytes_done += pool->order[part->turn].bytes;
    options->progress(options->env, &pool->progress);
}

static void part_done(struct pool *pool, const struct part *part)
{
    pthread_mutex_lock(&pool->lock);
    pool->g->results[part->number] = part->result;
    if (part->err.kind == ERR_NONE) {
        progress_report(pool, part);
    } else if (part->turn < pool->failed) {
        pool->failed = part->turn;
        pool->err = part->err;
    }
    pthread_mutex_unlock(&pool->lock);
}

static void *worker(void *env)
{
    struct pool *pool = env;
    struct part part;
    while (part_take(pool, &part)) {
        part_run(&part);
        part_done(pool, &part);
    }
    return NULL;
}

/* Faults stay open: they are of the thread itself. */
bool thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *env)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    int failed = pthread_create(thread, attr, run, env);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !failed;
}

static bool worker_start(pthread_t *thread, struct pool *pool)
{
    for (size_t i = 0; i < sizeof stack_sizes / sizeof *stack_sizes; i++) {
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, stack_sizes[i]);
        bool started = thread_start(thread, &attr, worker, pool);
        pthread_attr_destroy(&attr);
        if (started)
            return true;
    }
    return false;
}

static unsigned processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static unsigned thread_count(const struct generation *g)
{
    enum { MOST = 256 };
    unsigned count = g->options->jobs ? g->options->jobs : processors();
    if (count > g->part_count)
        count = g->part_count;
    return count < MOST ? count : MOST;
}

static void progress_begin(struct pool *pool)
{
    const struct module *m = pool->g->c->m;
    pool->progress.functions_total = m->func_count - m->import_func_count;
    for (uint32_t i = m->import_func_count; i < m->func_count; i++)
        pool->progress.bytes_total += m->funcs[i].body.n;
}

bool generate(struct generation *g, struct arena *arena, struct error *err)
{
    struct pool pool = {.g = g,
                        .order = largest_first(g, arena),
                        .failed = NO_INDEX,
                        .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[256];
    unsigned wanted = thread_count(g), count = 0;
    progress_begin(&pool);
    while (count < wanted && worker_start(&threads[count], &pool))
        count++;
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    if (count == 0)
        return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "cannot start a thread");
    if (pool.failed == NO_INDEX)
        return true;
    *err = pool.err;
    return false;
}
