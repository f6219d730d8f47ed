/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The story of a compile: bytes, module, checks, code, file. session_run reads from top to bottom;
 * each step does nothing but its part and says whether to go on.
 */
#include "codegen/artifact.h"
#include "codegen/plan/profile.h"
#include "codegen/plan/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <llvm/Config/llvm-config.h>

#include "codegen/shim.h"
#include "frontend/decode.h"
#include "frontend/sha256.h"
#include "frontend/text/text.h"

struct session {
    w2s_compile_options options;
    struct slice input;
    const char *path; /* of the output; NULL: memory, which goes to artifact */
    void *artifact;
    size_t artifact_size;
    struct arena arena;
    struct error err;
    struct text_map *map;
    struct module m;
    struct compile c;
    struct generation generation;
    struct output output;
};

const char *w2s_compiler_version(void)
{
    return "wasm2so " W2S_VERSION " (LLVM " LLVM_VERSION_STRING ")";
}

/* ---- the module ---- */

static void note_mnemonic(void *env, uint32_t line, uint32_t column, const char *message)
{
    struct session *s = env;
    if (s->options.note)
        s->options.note(s->options.env, arena_printf(&s->arena, "%s:%u:%u: note: %s",
                                                     s->options.name ? s->options.name : "input",
                                                     line, column, message));
}

static bool read_module(struct session *s)
{
    struct slice binary = s->input;
    uint64_t features = (FEATURES_ALL & ~s->options.disabled) | FEATURE_BIT(FEATURE_MVP);
    struct text_options text = {.names = true,
                                .limits32 = !(features & FEATURE_BIT(FEATURE_MEMORY64)),
                                .note = note_mnemonic,
                                .env = s};
    if (!text_is_binary(s->input) &&
        !text_to_binary(s->input, &text, &s->arena, &binary, &s->map, &s->err))
        return false;
    return module_decode(&s->m, binary, features, &s->arena, &s->err) &&
           module_validate(&s->m, &s->arena, &s->err);
}

/* ---- what to make of it ---- */

static bool choose_target(struct session *s)
{
    struct compile *c = &s->c;
    const w2s_compile_options *o = &s->options;
    c->target = target_find(o->target);
    if (!c->target)
        return error_set(
            &s->err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
            "target %.60s is not generated: x86_64-linux-gnu and aarch64-linux-gnu are",
            o->target ? o->target : "of this machine");
    return target_cpu(c->target, o->cpu, o->features, &s->arena, &c->cpu, &s->err);
}

static const char *options_text(struct session *s)
{
    const struct compile *c = &s->c;
    const char *features = s->options.features ? s->options.features : "";
    const char *level = c->size ? "s" : arena_printf(&s->arena, "%d", c->level);
    return arena_printf(&s->arena, "-O%s --cpu %s%s%s --memory %s%s%s%s%s%s%s%s", level,
                        c->cpu.name, *features ? " --features " : "", features,
                        c->memory == W2S_MEMORY_CHECKED ? "checked" : "guard",
                        c->counting  ? " --pgo-gen"
                        : c->profile ? " --pgo-use"
                                     : "",
                        c->strict_traps ? " --strict-traps" : "",
                        c->relaxed_traps ? " --relaxed-traps" : "",
                        c->interruptible ? " --interruptible" : "", c->fuel ? " --fuel" : "",
                        c->deterministic ? " --deterministic" : "", c->debug ? " -g" : "");
}

static void choose_names(struct session *s)
{
    const char *prefix = s->options.prefix;
    if (!prefix || !*prefix)
        prefix = prefix_default(s->options.name, &s->arena);
    const struct slice given = {(const uint8_t *)prefix, strlen(prefix)};
    struct compile *c = &s->c;
    c->prefix = identifier_mangle(given, &s->arena);
    c->name = s->m.name.n ? s->m.name : given;
    c->symbols = symbols_compute(&s->m, c->prefix, &s->arena);
    c->descriptor = descriptor_symbol(c->prefix, &s->arena);
    c->several = s->options.emit == W2S_EMIT_OBJ || s->options.emit == W2S_EMIT_ARCHIVE;
    c->lead = c->several ? arena_printf(&s->arena, "w2s.%s", c->prefix) : "w2s";
    c->text_section = c->several ? arena_printf(&s->arena, "w2s_text_%s", c->prefix) : "w2s_text";
}

/* Counting or going by counts, not both: what is inlined or called directly would be counted where
 * the next compile does not ask. */
static bool choose_profile(struct session *s)
{
    const w2s_compile_options *o = &s->options;
    const struct slice bytes = {o->profile, o->profile_size};
    s->c.counting = o->count_profile;
    if (s->c.counting)
        s->c.profile_section = arena_printf(&s->arena, "w2s_profile_%s", s->c.prefix);
    if (!o->profile)
        return true;
    if (o->count_profile)
        return error_set(&s->err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
                         "--pgo-gen and --pgo-use exclude each other");
    struct profile *profile = arena_alloc(&s->arena, sizeof *profile);
    s->c.profile = profile;
    return profile_read(profile, bytes, o->profile_name, s->c.source_hash, &s->arena, &s->err);
}

static bool choose(struct session *s)
{
    enum { DEFAULT_LEVEL = 2 };
    struct compile *c = &s->c;
    const w2s_compile_options *o = &s->options;
    c->m = &s->m;
    c->size = o->optimize_size;
    c->level = o->level < 0 || c->size ? DEFAULT_LEVEL : o->level > 3 ? 3 : o->level;
    c->memory = o->memory == W2S_MEMORY_CHECKED ? W2S_MEMORY_CHECKED : W2S_MEMORY_GUARD;
    c->relaxed_traps = o->relaxed_traps;
    c->debug = o->debug;
    c->interruptible = o->interruptible;
    c->fuel = o->fuel;
    c->deterministic = o->deterministic;
    c->strict_traps =
        o->strict_traps || o->fuel; /* else fuel would be left after a trap by chance */
    if (!choose_target(s) || !module_generated(&s->m, &s->err))
        return false;
    if (o->emit == W2S_EMIT_EXE && !executable_check(&s->m, o, &s->err))
        return false;
    if (o->emit == W2S_EMIT_ENVOY_MODULE && !envoy_check(&s->m, &s->err))
        return false;
    choose_names(s);
    sha256_of(s->input.p, s->input.n, s->c.source_hash);
    if (!choose_profile(s))
        return false;
    c->options_text = options_text(s);
    images_plan(&c->images, &s->m, c->target->page_size, &s->arena);
    return true;
}

/* ---- code ---- */

static void plan(struct session *s)
{
    struct arena scratch = rescue_arena();
    enum rank *ranks =
        s->c.level > 0 ? arena_array(&s->arena, s->m.func_count, sizeof *ranks) : NULL;
    const struct scan *scan = scan_bodies(&s->c, ranks, &scratch);
    s->c.ranks = ranks;
    s->c.tail = tail_plan(&s->m, scan, &s->arena);
    s->c.closed = closed_tables(&s->m, s->c.counting, scan, &s->arena);
    const bool *records = record_plan(&s->m, s->c.closed, scan, &s->arena);
    layout_compute(&s->c.layout, &s->m, records, &s->arena);
    s->c.exceptions = exception_plan(&s->m, scan);
    s->c.collector = needs_collector(&s->m, scan);
    s->c.transfers = transfer_plan(&s->c, &s->arena);
    arena_free(&scratch);
}

/* Of several invalid functions the first of the module, whichever part came first. */
static bool report_first(struct session *s)
{
    struct error first = ERROR_INIT;
    if ((s->err.kind == ERR_INVALID || s->err.kind == ERR_MALFORMED) &&
        !module_validate_all(&s->m, &s->arena, &first))
        s->err = first;
    return false;
}

static bool make_code(struct session *s)
{
    enum { WRAPPERS_BESIDE = 200 }; /* with more exports the descriptor gets a module of its own */
    struct generation *g = &s->generation;
    plan(s);
    if (s->c.collector && s->options.static_link)
        return error_set(&s->err, ERR_LINK, ERROR_NO_OFFSET,
                         "the module needs the collector, a shared library: not with --static");
    g->c = &s->c;
    g->options = &s->options;
    g->plan = partition_plan(&s->c, &s->arena, &s->c.partition_count);
    uint32_t parts = s->c.partition_count;
    s->c.split = parts > 1 || s->m.export_count > WRAPPERS_BESIDE;
    uint32_t last = s->m.export_count > 0 ? (s->m.export_count - 1) / WRAPPERS_IN_PART : 0;
    g->part_count = s->c.split ? parts + 1 + last : 1;
    g->results = arena_array(&s->arena, g->part_count, sizeof *g->results);
    return generate(g, &s->arena, &s->err) || report_first(s);
}

/* ---- the file ---- */

static bool write_buffer(struct session *s, LLVMMemoryBufferRef buffer)
{
    return output_write(&s->output, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), &s->err);
}

/* The parts one after the other: text, or a single object. */
static bool write_parts(struct session *s)
{
    for (uint32_t i = 0; i < s->generation.part_count; i++)
        if (!write_buffer(s, s->generation.results[i]))
            return false;
    return true;
}

/* Keeps a copy of object i beside the output. */
static bool keep_object(struct session *s, uint32_t i)
{
    LLVMMemoryBufferRef buffer = s->generation.results[i];
    struct output kept;
    const char *path = arena_printf(&s->arena, "%s.%u.o", s->path, i);
    if (!output_open(&kept, path, &s->arena, &s->err))
        return false;
    if (!output_write(&kept, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), &s->err)) {
        output_discard(&kept);
        return false;
    }
    if (s->options.note)
        s->options.note(s->options.env, arena_printf(&s->arena, "object kept: %s", path));
    return output_commit(&kept, &s->err);
}

static bool link_paths(struct session *s, const char *const *paths, uint32_t count)
{
    if (s->options.emit == W2S_EMIT_EXE || s->options.emit == W2S_EMIT_ENVOY_MODULE)
        return link_executable(s->c.target, &s->options, paths, count, &s->output, &s->arena,
                               &s->err);
    bool shared = s->options.emit == W2S_EMIT_SO;
    return link_objects(s->c.target, shared, paths, count, &s->output, &s->arena, &s->err) &&
           (!shared || output_seal(&s->output, &s->err));
}

static bool link_parts(struct session *s)
{
    struct generation *g = &s->generation;
    const char **paths = arena_array(&s->arena, g->part_count, sizeof *paths);
    int *files = arena_array(&s->arena, g->part_count, sizeof *files);
    uint32_t count = 0;
    bool ok = true;
    while (ok && count < g->part_count) {
        LLVMMemoryBufferRef buffer = g->results[count];
        files[count] = memory_file(LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer),
                                   &paths[count], &s->arena, &s->err);
        ok = files[count] >= 0 &&
             (!s->path || !s->options.keep_temporaries || keep_object(s, count));
        count += files[count] >= 0;
    }
    ok = ok && link_paths(s, paths, g->part_count);
    while (count > 0)
        close(files[--count]);
    return ok;
}

static bool archive_write(void *env, const void *bytes, size_t size)
{
    struct session *s = env;
    return output_write(&s->output, bytes, size, &s->err);
}

static bool archive_parts(struct session *s)
{
    struct generation *g = &s->generation;
    struct archive_member *members = arena_array(&s->arena, g->part_count, sizeof *members);
    char log[160] = "";
    for (uint32_t i = 0; i < g->part_count; i++)
        members[i] = (struct archive_member){
            .name = arena_printf(&s->arena, "%s.%u.o", s->c.prefix, i),
            .bytes = LLVMGetBufferStart(g->results[i]),
            .size = LLVMGetBufferSize(g->results[i]),
        };
    return archive_make(members, g->part_count, archive_write, s, log, sizeof log) ||
           error_set(&s->err, ERR_LINK, ERROR_NO_OFFSET, "%s", log);
}

static bool write_file(struct session *s)
{
    switch (s->options.emit) {
    case W2S_EMIT_SO:
    case W2S_EMIT_EXE:
    case W2S_EMIT_ENVOY_MODULE: return link_parts(s);
    case W2S_EMIT_ARCHIVE: return archive_parts(s);
    case W2S_EMIT_OBJ: return s->generation.part_count == 1 ? write_parts(s) : link_parts(s);
    case W2S_EMIT_LLVM_IR:
    case W2S_EMIT_ASM: return write_parts(s);
    case W2S_EMIT_HEADER: break;
    }
    struct slice header = header_text(&s->c, &s->arena);
    return output_write(&s->output, header.p, header.n, &s->err);
}

/* ---- a compile ---- */

static bool make_output(struct session *s)
{
    bool header = s->options.emit == W2S_EMIT_HEADER;
    if (cancelled(&s->options, &s->err))
        return false;
    return output_open(&s->output, s->path, &s->arena, &s->err) &&
           (header ? module_validate_all(&s->m, &s->arena, &s->err) : make_code(s)) &&
           !cancelled(&s->options, &s->err) && write_file(s) && output_commit(&s->output, &s->err);
}

/* The child's artifact as the session's own: in memory, or the file. */
static bool make_isolated(struct session *s)
{
    const struct isolated work = {s->input.p, s->input.n, &s->options};
    struct output made;
    if (!output_open(&made, NULL, &s->arena, &s->err))
        return false;
    bool ok = isolate(&work, &made, &s->err) &&
              (s->artifact = output_take(&made, &s->artifact_size, &s->err)) != NULL;
    close(made.memory);
    return ok;
}

static bool put_isolated(struct session *s)
{
    bool ok = output_open(&s->output, s->path, &s->arena, &s->err) &&
              output_write(&s->output, s->artifact, s->artifact_size, &s->err) &&
              (s->options.emit != W2S_EMIT_EXE || output_make_executable(&s->output, &s->err)) &&
              output_commit(&s->output, &s->err);
    free(s->artifact);
    s->artifact = NULL;
    return ok;
}

static void isolated_run(void *env)
{
    struct session *s = env;
    if (make_isolated(s) && s->path)
        put_isolated(s);
}

static void session_run(void *env)
{
    struct session *s = env;
    if (read_module(s) && choose(s) && make_output(s) && !s->path)
        s->artifact = output_take(&s->output, &s->artifact_size, &s->err);
}

static void validation_run(void *env)
{
    struct session *s = env;
    if (read_module(s))
        module_validate_all(&s->m, &s->arena, &s->err);
}

static void session_open(struct session *s, const void *bytes, size_t size,
                         const w2s_compile_options *options)
{
    *s = (struct session){
        .options = W2S_COMPILE_OPTIONS_INIT,
        .input = {bytes, size},
        .arena = rescue_arena(),
        .err = ERROR_INIT,
        .output = {.memory = -1},
    };
    /* A program built against an older header has a shorter struct. */
    if (options)
        memcpy(&s->options, options,
               options->size < sizeof s->options ? options->size : sizeof s->options);
}

static void session_close(struct session *s)
{
    for (uint32_t i = 0; s->generation.results && i < s->generation.part_count; i++)
        if (s->generation.results[i])
            LLVMDisposeMemoryBuffer(s->generation.results[i]);
    if (s->err.kind != ERR_NONE)
        output_discard(&s->output);
    if (s->output.memory >= 0)
        close(s->output.memory);
    text_locate_error(s->map, &s->err);
    arena_free(&s->arena);
}

_Static_assert((int)ERR_MALFORMED == W2S_COMPILE_MALFORMED &&
                   (int)ERR_INVALID == W2S_COMPILE_INVALID &&
                   (int)ERR_UNSUPPORTED == W2S_COMPILE_UNSUPPORTED &&
                   (int)ERR_IO == W2S_COMPILE_IO && (int)ERR_LINK == W2S_COMPILE_LINK &&
                   (int)ERR_INTERNAL == W2S_COMPILE_INTERNAL &&
                   (int)ERR_CANCELLED == W2S_COMPILE_CANCELLED,
               "the two enums are one");

static bool report(const struct error *err, w2s_compile_error *out)
{
    *out = (w2s_compile_error){
        .kind = (int)err->kind,
        .offset = err->offset == ERROR_NO_OFFSET ? UINT64_MAX : err->offset,
        .func = err->func,
        .line = err->line,
        .column = err->column,
    };
    memcpy(out->message, err->message, sizeof out->message);
    return err->kind == ERR_NONE;
}

static bool session_do(struct session *s, void (*run)(void *env), w2s_compile_error *err)
{
    rescue_run(run, s, &s->err);
    session_close(s);
    return report(&s->err, err);
}

bool w2s_compile(const void *bytes, size_t size, const w2s_compile_options *options,
                 const char *output, w2s_compile_error *err)
{
    struct session s;
    session_open(&s, bytes, size, options);
    s.path = output;
    return session_do(&s, s.options.isolated ? isolated_run : session_run, err);
}

bool w2s_compile_to_memory(const void *bytes, size_t size, const w2s_compile_options *options,
                           void **artifact, size_t *artifact_size, w2s_compile_error *err)
{
    struct session s;
    session_open(&s, bytes, size, options);
    bool ok = session_do(&s, s.options.isolated ? isolated_run : session_run, err);
    *artifact = s.artifact;
    *artifact_size = s.artifact_size;
    return ok;
}

void w2s_artifact_free(void *artifact)
{
    free(artifact);
}

bool w2s_validate(const void *bytes, size_t size, uint64_t disabled, w2s_compile_error *err)
{
    struct session s;
    session_open(&s, bytes, size, NULL);
    s.options.disabled = disabled;
    return session_do(&s, validation_run, err);
}
