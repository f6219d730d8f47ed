/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The linker's command line. What it makes is a shared object in the sense of docs/abi.md: code
 * read-only and executable, relocated data read-only after loading, no text relocations, no
 * executable stack; it needs the runtime and has no other undefined symbol. Or an executable, with
 * the runtime in it and no more of that than is used.
 */
#include "codegen/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "codegen/shim.h"

/* clang-format off */
static const char *const shared_flags[] = {
    "-shared", "--no-undefined", "-Bsymbolic", "--hash-style=gnu", "--eh-frame-hdr",
    "--build-id=sha1", "--gc-sections", "-z", "now", "-z", "relro", "-z", "noexecstack",
    "-z", "text",
};
static const char *const relocatable_flags[] = {"-r"};
static const char *const executable_flags[] = {
    "--hash-style=gnu", "--eh-frame-hdr", "--build-id=sha1", "--gc-sections", "-z", "now",
    "-z", "relro", "-z", "noexecstack",
};
/* Only what Envoy calls is to be seen. It stays loaded: the runtime's signal handlers are in it. What
 * is undefined is Envoy's, which has the functions in its executable. */
static const char *const envoy_flags[] = {
    "-shared", "-Bsymbolic", "-z", "text", "-z", "nodelete",
    "--undefined-glob=envoy_dynamic_module_on_*",
};
static const char envoy_script[] = "{ global: envoy_dynamic_module_on_*; local: *; };\n";
static const char *const static_flags[] = {"-static"};
static const char *const counting_flags[] = {"--undefined=rt_profile_open"};
static const char *const stripped_flags[] = {"--strip-all"};
/* One thread: same bytes, and no pool of threads for a link of milliseconds. Without a limit of
 * errors, because lld ends the process at the limit. */
static const char *const common_flags[] = {"--threads=1", "--error-limit=0", "--no-color-diagnostics"};
/* clang-format on */

struct arguments {
    const char **list;
    size_t count;
};

static void add(struct arguments *args, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        args->list[args->count++] = list[i];
}

#define ADD(args, array) add(args, array, sizeof(array) / sizeof *(array))

/* The first message of the linker, without its name: what went wrong. */
static bool link_failed(char *log, struct error *err)
{
    char *line = strstr(log, "error: ");
    line = line ? line + strlen("error: ") : log;
    line[strcspn(line, "\n")] = '\0';
    return error_set(err, ERR_LINK, ERROR_NO_OFFSET, "%s",
                     *line ? line : "the linker failed without a message");
}

/* ---- the output ---- */

/* lld maps its output file and dies of SIGBUS when the disk is full; into a pipe it writes from
 * memory. The other end is a thread that puts the bytes into the file, and when it cannot, still
 * takes them all. */
struct drain {
    int from;
    const struct output *output;
    struct error err;
};

static void *drain_run(void *env)
{
    struct drain *drain = env;
    char bytes[65536];
    ssize_t n;
    while ((n = read(drain->from, bytes, sizeof bytes)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0 && drain->err.kind == ERR_NONE)
            output_write(drain->output, bytes, (size_t)n, &drain->err);
    }
    return NULL;
}

static bool link_run(const struct arguments *args, struct error *err)
{
    char log[2048];
    return lld_link(args->list, args->count, log, sizeof log) || link_failed(log, err);
}

/* Links with the pipe as output, whose name is the last argument. */
static bool link_into(const struct output *output, struct arguments *args, struct arena *arena,
                      struct error *err)
{
    int ends[2];
    pthread_t thread;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "cannot make a pipe");
    struct drain drain = {.from = ends[0], .output = output, .err = ERROR_INIT};
    bool started = thread_start(&thread, NULL, drain_run, &drain);
    const char *const to[] = {"-o", arena_printf(arena, "/proc/self/fd/%d", ends[1])};
    ADD(args, to);
    bool ok = started ? link_run(args, err)
                      : error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "cannot start a thread");
    close(ends[1]);
    if (started)
        pthread_join(thread, NULL);
    close(ends[0]);
    if (ok && drain.err.kind != ERR_NONE)
        *err = drain.err;
    return ok && drain.err.kind == ERR_NONE;
}

bool link_objects(const struct target *target, bool shared, const char *const *objects,
                  size_t count, const struct output *output, struct arena *arena, struct error *err)
{
    struct arguments args = {.list = arena_array(arena, count + 40, sizeof(char *))};
    const char *const head[] = {"ld.lld", "-m", target->lld_emulation};
    ADD(&args, head);
    ADD(&args, common_flags);
    if (!shared) {
        ADD(&args, relocatable_flags);
        add(&args, objects, count);
        return link_into(output, &args, arena, err);
    }
    ADD(&args, shared_flags);
    add(&args, objects, count);
    struct slice bytes = stub_runtime(target, arena);
    const char *stub = NULL;
    int fd = memory_file(bytes.p, bytes.n, &stub, arena, err);
    if (fd < 0)
        return false;
    add(&args, &stub, 1);
    bool ok = link_into(output, &args, arena, err);
    close(fd);
    return ok;
}

/* ---- executables ---- */

static void add_names(struct arguments *args, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count && list[i]; i++)
        add(args, &list[i], 1);
}

/* Links what args and kit say. */
static bool link_kit(struct arguments *args, const struct kit *kit, const char *const *objects,
                     size_t count, const struct output *output, struct arena *arena,
                     struct error *err)
{
    add_names(args, kit->before, sizeof kit->before / sizeof *kit->before);
    add(args, objects, count);
    add_names(args, kit->after, sizeof kit->after / sizeof *kit->after);
    return link_into(output, args, arena, err);
}

static bool link_envoy(struct arguments *args, const struct kit *kit, const char *const *objects,
                       size_t count, const struct output *output, struct arena *arena,
                       struct error *err)
{
    const char *script = NULL;
    int fd = memory_file(envoy_script, sizeof envoy_script - 1, &script, arena, err);
    if (fd < 0)
        return false;
    ADD(args, envoy_flags);
    const char *const version_script[] = {"--version-script", script};
    ADD(args, version_script);
    bool ok = link_kit(args, kit, objects, count, output, arena, err);
    close(fd);
    return ok;
}

bool link_executable(const struct target *target, const w2s_compile_options *options,
                     const char *const *objects, size_t count, const struct output *output,
                     struct arena *arena, struct error *err)
{
    struct arguments args = {.list = arena_array(arena, count + 50, sizeof(char *))};
    const char *const head[] = {"ld.lld", "-m", target->lld_emulation};
    const char *const dynamic_flags[] = {"-pie", "-dynamic-linker", target->interpreter};
    struct kit kit;
    if (!kit_find(&kit, target, options, arena, err))
        return false;
    ADD(&args, head);
    ADD(&args, common_flags);
    ADD(&args, executable_flags);
    if (!options->debug)
        ADD(&args, stripped_flags);
    if (options->count_profile)
        ADD(&args, counting_flags);
    if (options->emit == W2S_EMIT_ENVOY_MODULE)
        return link_envoy(&args, &kit, objects, count, output, arena, err);
    if (options->static_link)
        ADD(&args, static_flags);
    else
        ADD(&args, dynamic_flags);
    return link_kit(&args, &kit, objects, count, output, arena, err) &&
           output_make_executable(output, err);
}
