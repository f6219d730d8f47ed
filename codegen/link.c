/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The linker's command line. What it makes is a shared object in the sense of docs/abi.md: code
 * read-only and executable, relocated data read-only after loading, no text relocations, no
 * executable stack; it needs the runtime and has no other undefined symbol.
 */
#include "codegen/artifact.h"

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
    bool full = strstr(line, "No space left") || strstr(line, "Permission denied");
    return error_set(err, full ? ERR_IO : ERR_LINK, ERROR_NO_OFFSET, "%s",
                     *line ? line : "the linker failed without a message");
}

static bool link_run(const struct target *target, bool shared, const char *stub,
                     const char *const *objects, size_t count, const char *output,
                     struct arena *arena, struct error *err)
{
    struct arguments args = {.list = arena_array(arena, count + 40, sizeof(char *))};
    const char *const head[] = {"ld.lld", "-m", target->lld_emulation, "-o", output};
    ADD(&args, head);
    ADD(&args, common_flags);
    if (shared)
        ADD(&args, shared_flags);
    else
        ADD(&args, relocatable_flags);
    add(&args, objects, count);
    if (stub)
        add(&args, &stub, 1);
    char log[2048];
    return lld_link(args.list, args.count, log, sizeof log) || link_failed(log, err);
}

bool link_objects(const struct target *target, bool shared, const char *const *objects,
                  size_t count, const char *output, struct arena *arena, struct error *err)
{
    if (!shared)
        return link_run(target, false, NULL, objects, count, output, arena, err);
    struct slice bytes = stub_runtime(target, arena);
    const char *stub = NULL;
    int fd = memory_file(bytes.p, bytes.n, &stub, arena, err);
    if (fd < 0)
        return false;
    bool ok = link_run(target, true, stub, objects, count, output, arena, err);
    close(fd);
    return ok;
}
