/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Running the initialiser (compile --init): the module, with a few exports more, is compiled for
 * this machine, and a child process makes an instance and calls it. The child hands over memories
 * and globals in a file without a name. What could not be written down again is refused: imports
 * other than WASI's, shared memories, changed tables and references.
 */
#include "tools/wasm2so/snapshot.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/wasm2so/artifact.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/guest.h"
#include "tools/wasm2so/options.h"

/* ---- what can be kept ---- */

static bool slice_is(struct slice slice, const char *text)
{
    return slice.n == strlen(text) && memcmp(slice.p, text, slice.n) == 0;
}

static bool has_function(const struct module *m, const char *name)
{
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *e = &m->exports[i];
        if (e->kind != EXTERN_FUNC || !slice_is(e->name, name))
            continue;
        const struct functype *type = &m->types[m->funcs[e->index].type].func;
        return type->param_count == 0 && type->result_count == 0;
    }
    return false;
}

/* The export to call, or NULL with err set. */
static const char *initialiser(const struct module *m, const char *wanted, struct error *err)
{
    static const char *const usual[] = {"wizer-initialize", "wizer.initialize", "wasm2so_init",
                                        "_initialize"};
    if (*wanted) {
        if (has_function(m, wanted))
            return wanted;
        error_set(err, ERR_LINK, ERROR_NO_OFFSET,
                  "--init: no exported function %.80s without parameters and results", wanted);
        return NULL;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (has_function(m, usual[i]))
            return usual[i];
    error_set(err, ERR_LINK, ERROR_NO_OFFSET,
              "--init: no exported function wizer-initialize, wizer.initialize, wasm2so_init or "
              "_initialize; --init=FUNC names another");
    return NULL;
}

static bool can_keep(const struct module *m, struct error *err)
{
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct import *import = &m->imports[i];
        if (import->kind != EXTERN_FUNC || !(slice_is(import->module, "wasi_snapshot_preview1") ||
                                             slice_is(import->module, "wasi_unstable")))
            return error_set(err, ERR_LINK, import->offset,
                             "--init: WASI functions can be imported, not \"%.*s\" of \"%.*s\"",
                             (int)(import->name.n < 60 ? import->name.n : 60), import->name.p,
                             (int)(import->module.n < 60 ? import->module.n : 60),
                             import->module.p);
    }
    for (uint32_t i = 0; i < m->memory_count; i++)
        if (m->memories[i].limits.shared)
            return error_set(err, ERR_UNSUPPORTED, m->memories[i].offset,
                             "--init: a shared memory cannot be kept");
    return true;
}

/* ---- in the child ---- */

/* What must not change, as it is before the first call: references, newest last. */
struct fixed {
    struct arena arena;
    const struct module *m;
    w2s_instance *instance;
    void **refs;
    size_t count;
};

static w2s_global *global_at(const struct fixed *f, struct arena *arena, uint32_t index)
{
    return w2s_instance_global(f->instance, arena_printf(arena, SNAPSHOT_GLOBAL "%u", index));
}

static void collect(struct fixed *f)
{
    uint64_t room = f->m->global_count;
    w2s_table **tables = arena_array(&f->arena, f->m->table_count + 1, sizeof *tables);
    for (uint32_t i = 0; i < f->m->table_count; i++) {
        const char *name = arena_printf(&f->arena, SNAPSHOT_TABLE "%u", i);
        tables[i] = w2s_instance_table(f->instance, name);
        room += w2s_table_size(tables[i]);
    }
    f->refs = arena_array(&f->arena, room + 1, sizeof *f->refs);
    for (uint32_t i = 0; i < f->m->table_count; i++)
        for (uint64_t j = 0; j < w2s_table_size(tables[i]); j++)
            w2s_table_get(tables[i], j, &f->refs[f->count++]);
    for (uint32_t i = 0; i < f->m->global_count; i++)
        if (f->m->globals[i].type.mutable_ && f->m->globals[i].type.type.kind == VT_REF)
            f->refs[f->count++] = w2s_global_get(global_at(f, &f->arena, i)).ref;
}

static bool same(const struct fixed *a, const struct fixed *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->refs, b->refs, a->count * sizeof *a->refs) == 0);
}

/* -1, or the exit code. */
static int call(w2s_instance *instance, const char *init)
{
    int code = guest_call_plain(instance, SNAPSHOT_START);
    if (code < 0 && strcmp(init, "_initialize") != 0)
        code = guest_call_plain(instance, "_initialize");
    return code < 0 ? guest_call_plain(instance, init) : code;
}

/* Sizes of the memories, their bytes, the globals. */
static bool hand_over(const struct fixed *f, int to, struct error *err)
{
    struct arena arena = {.head = NULL};
    bool ok = true;
    for (uint32_t i = 0; ok && i < f->m->memory_count; i++) {
        w2s_memory *memory = w2s_instance_memory_at(f->instance, i);
        uint64_t size = w2s_memory_size(memory);
        ok = write_all(to, &size, sizeof size, "the snapshot", err) &&
             write_all(to, w2s_memory_base(memory), size, "the snapshot", err);
    }
    for (uint32_t i = 0; ok && i < f->m->global_count; i++)
        if (snapshot_keeps(&f->m->globals[i])) {
            w2s_value value = w2s_global_get(global_at(f, &arena, i));
            ok = write_all(to, &value, 16, "the snapshot", err);
        }
    arena_free(&arena);
    return ok;
}

static int run_instance(const struct module *m, w2s_instance *instance, const char *init, int to)
{
    struct fixed before = {.m = m, .instance = instance}, after = before;
    struct error err = ERROR_INIT;
    collect(&before);
    int code = call(instance, init);
    if (code >= 0) {
        fprintf(stderr, "wasm2so: --init: %s did not return\n", init);
        return EXIT_FAILED;
    }
    collect(&after);
    if (!same(&before, &after))
        error_set(&err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
                  "%.80s changed a table or a reference, which cannot be kept", init);
    else
        hand_over(&after, to, &err);
    arena_free(&before.arena);
    arena_free(&after.arena);
    return err.kind == ERR_NONE ? EXIT_OK : report(&err, "--init");
}

static int run(const struct module *m, const char *so, const char *init,
               const struct options *options, int to)
{
    w2s_error err;
    w2s_module *module = w2s_module_load(so, &err);
    w2s_store *store = module ? w2s_store_new(NULL) : NULL;
    w2s_linker *linker = store ? w2s_linker_new(store) : NULL;
    if (!linker)
        return guest_failed(so, &err);
    int code = guest_define_wasi(linker, options);
    if (code >= 0)
        return code;
    w2s_trap *trap = NULL;
    w2s_instance *instance = w2s_instance_new(store, module, linker, &trap, &err);
    if (!instance)
        return trap ? guest_trapped(trap) : guest_failed(options->file, &err);
    code = run_instance(m, instance, init, to);
    w2s_store_free(store);
    w2s_module_free(module);
    return code;
}

/* ---- in the parent ---- */

static bool run_in_child(const struct module *m, const char *so, const char *init,
                         const struct options *options, int to, struct error *err)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot start a process");
    if (child == 0) {
        if (strcmp(options->output, "-") == 0)
            dup2(STDERR_FILENO, STDOUT_FILENO); /* the file goes there */
        int code = run(m, so, init, options, to);
        fflush(NULL);
        _exit(code);
    }
    while (waitpid(child, &status, 0) < 0)
        ;
    return (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OK) ||
           error_set(err, ERR_LINK, ERROR_NO_OFFSET, "the initialiser failed");
}

/* A part of what the child wrote; NULL if there is less. */
static const uint8_t *take(struct slice *file, uint64_t size)
{
    if (size > file->n)
        return NULL;
    const uint8_t *part = file->p;
    file->p += size;
    file->n -= size;
    return part;
}

static bool read_state(const struct module *m, struct slice file, struct arena *arena,
                       struct snapshot_state *state)
{
    struct slice *memories = arena_array(arena, m->memory_count + 1u, sizeof *memories);
    uint8_t(*globals)[16] = arena_array(arena, m->global_count + 1u, sizeof *globals);
    for (uint32_t i = 0; i < m->memory_count; i++) {
        uint64_t size;
        const uint8_t *part = take(&file, sizeof size);
        if (!part)
            return false;
        memcpy(&size, part, sizeof size);
        memories[i] = (struct slice){take(&file, size), size};
        if (!memories[i].p)
            return false;
    }
    for (uint32_t i = 0; i < m->global_count; i++)
        if (snapshot_keeps(&m->globals[i])) {
            const uint8_t *part = take(&file, 16);
            if (!part)
                return false;
            memcpy(globals[i], part, 16);
        }
    state->memories = memories;
    state->globals = (const uint8_t(*)[16])globals;
    return true;
}

static bool write_made(const struct module *m, int from, const char *init, struct arena *arena,
                       struct source *made, struct error *err)
{
    struct stat status;
    struct snapshot_state state;
    size_t size = fstat(from, &status) == 0 ? (size_t)status.st_size : 0;
    void *file = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, from, 0) : NULL;
    bool ok = file != MAP_FAILED && read_state(m, (struct slice){file, size}, arena, &state);
    if (ok)
        made->bytes = snapshot_write(m, &state, init, arena);
    if (file && file != MAP_FAILED)
        munmap(file, size);
    return ok || error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "the snapshot is not whole");
}

/* Compiles the module that runs, for this machine. */
static bool compile_instrumented(const struct options *options, const struct source *source,
                                 const struct module *m, struct arena *arena,
                                 struct artifact *artifact)
{
    struct options wanted = *options;
    struct source instrumented = {.name = source->name};
    wanted.output = NULL;
    wanted.compile.emit = W2S_EMIT_SO;
    wanted.compile.target = NULL;
    wanted.compile.cpu = "native";
    wanted.compile.features = NULL;
    wanted.compile.keep_temporaries = false;
    wanted.compile.static_link = false;
    instrumented.bytes = snapshot_instrument(m, arena);
    return artifact_make(artifact, &wanted, &instrumented, false, NULL);
}

static bool make(const struct options *options, const struct source *source, const struct module *m,
                 const char *init, struct arena *arena, struct source *made, struct error *err)
{
    struct artifact artifact;
    if (!compile_instrumented(options, source, m, arena, &artifact)) {
        artifact_close(&artifact);
        return false; /* printed */
    }
    int state = memfd_create("wasm2so", MFD_CLOEXEC);
    bool ok = state >= 0 ? run_in_child(m, artifact.path, init, options, state, err)
                         : error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot make a file in memory");
    ok = ok && write_made(m, state, init, arena, made, err);
    if (state >= 0)
        close(state);
    artifact_close(&artifact);
    return ok || source_report(source, err);
}

bool snapshot_make(const struct options *options, const struct source *source, struct arena *arena,
                   struct source *made)
{
    struct module m, check;
    struct error err = ERROR_INIT;
    uint64_t features = FEATURES_ALL & ~options->compile.disabled;
    *made = (struct source){.name = source->name};
    if (!source_validate(source, &m, features, arena))
        return false;
    const char *init = can_keep(&m, &err) ? initialiser(&m, options->init, &err) : NULL;
    if (!init)
        return source_report(source, &err);
    return make(options, source, &m, init, arena, made, &err) &&
           source_validate(made, &check, features, arena);
}
