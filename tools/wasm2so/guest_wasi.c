/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a guest of the run command sees: arguments, variables, directories, sockets; and the sandbox
 * that keeps it to that.
 */
#include "tools/wasm2so/guest.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"

/* "HOST[::GUEST][:ro]" */
static struct w2s_wasi_dir dir_parse(const char *text, struct arena *arena)
{
    size_t n = strlen(text);
    struct w2s_wasi_dir dir = {.read_only = n > 3 && strcmp(text + n - 3, ":ro") == 0};
    if (dir.read_only)
        n -= 3;
    const char *whole = arena_string(arena, text, n), *colons = strstr(whole, "::");
    dir.guest_path = colons ? colons + 2 : whole;
    dir.host_path = colons ? arena_string(arena, whole, (size_t)(colons - whole)) : whole;
    return dir;
}

static bool env_has(const struct string_list *list, const char *variable)
{
    size_t n = strcspn(variable, "=") + 1;
    for (size_t i = 0; i < list->count; i++)
        if (strncmp(list->items[i], variable, n) == 0)
            return true;
    return false;
}

struct string_list guest_env(const struct options *options, struct arena *arena)
{
    size_t inherited = 0;
    while (options->inherit_env && environ[inherited])
        inherited++;
    struct string_list all = {arena_array(arena, inherited + options->env.count, sizeof(char *)),
                              0};
    for (size_t i = 0; i < inherited; i++)
        if (!env_has(&options->env, environ[i]))
            all.items[all.count++] = environ[i];
    for (size_t i = 0; i < options->env.count; i++)
        all.items[all.count++] = options->env.items[i];
    return all;
}

struct w2s_wasi_dir *guest_dirs(const struct options *options, struct arena *arena)
{
    struct w2s_wasi_dir *dirs = arena_array(arena, options->dirs.count, sizeof *dirs);
    for (size_t i = 0; i < options->dirs.count; i++)
        dirs[i] = dir_parse(options->dirs.items[i], arena);
    return dirs;
}

/* Port 0 is one that the system chose: which? */
static void note_address(const char *text, int socket, size_t fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
    } address;
    socklen_t size = sizeof address;
    if (getsockname(socket, &address.any, &size) != 0 || address.any.sa_family == AF_UNIX)
        fprintf(stderr, "wasm2so: descriptor %zu listens on %s\n", fd, text);
    else /* IPv6 has its port in the same place */
        fprintf(stderr, "wasm2so: descriptor %zu listens on port %u\n", fd,
                ntohs(address.ip4.sin_port));
}

static bool sockets_open(const struct options *options, int *sockets)
{
    w2s_error err;
    for (size_t i = 0; i < options->listens.count; i++) {
        const char *text = options->listens.items[i];
        sockets[i] = w2s_listen(text, &err);
        if (sockets[i] < 0) {
            guest_failed(options->file, &err);
            return false;
        }
        if (options->verbose)
            note_address(text, sockets[i], STDERR_FILENO + 1 + options->dirs.count + i);
    }
    return true;
}

/* The guest has descriptors of its own. */
static void sockets_close(const struct options *options, const int *sockets)
{
    for (size_t i = 0; i < options->listens.count; i++)
        close(sockets[i]);
}

static bool define(w2s_linker *linker, const struct options *options, struct arena *arena,
                   w2s_error *err)
{
    size_t arg_count = options->invoke ? 1 : options->arg_count + 1;
    const char **args = arena_array(arena, arg_count, sizeof *args);
    args[0] = options->file;
    for (size_t i = 1; i < arg_count; i++)
        args[i] = options->args[i - 1];
    struct string_list env = guest_env(options, arena);
    int *sockets = arena_array(arena, options->listens.count, sizeof *sockets);
    w2s_wasi_config config = {
        .size = sizeof config,
        .args = args,
        .arg_count = arg_count,
        .env = env.items,
        .env_count = env.count,
        .dirs = guest_dirs(options, arena),
        .dir_count = options->dirs.count,
        .stdin_fd = STDIN_FILENO,
        .stdout_fd = options->wapc ? STDERR_FILENO : STDOUT_FILENO,
        .stderr_fd = STDERR_FILENO,
        .sockets = sockets,
        .socket_count = options->listens.count,
    };
    if (!sockets_open(options, sockets))
        return false;
    if (!w2s_linker_define_wasi(linker, &config, err)) {
        guest_failed(options->file, err);
        return false;
    }
    sockets_close(options, sockets);
    return true;
}

int guest_define_wasi(w2s_linker *linker, const struct options *options)
{
    struct arena arena = {.head = NULL};
    w2s_error err;
    bool ok = define(linker, options, &arena, &err);
    arena_free(&arena);
    return ok ? -1 : EXIT_FAILED;
}

int guest_enter_sandbox(const struct options *options, bool threads)
{
    struct arena arena = {.head = NULL};
    w2s_error err;
    w2s_wasi_config wasi = {
        .size = sizeof wasi, .dirs = guest_dirs(options, &arena), .dir_count = options->dirs.count};
    w2s_sandbox_config config = {.size = sizeof config, .wasi = &wasi, .threads = threads};
    unsigned in_force = w2s_sandbox_enter(&config, &err);
    arena_free(&arena);
    if (in_force == 0)
        return guest_failed(options->file, &err);
    if (!(in_force & W2S_SANDBOX_FILES))
        fprintf(stderr, "wasm2so: sandbox without Landlock, which this kernel lacks\n");
    if (!(in_force & W2S_SANDBOX_CALLS))
        fprintf(stderr, "wasm2so: sandbox without seccomp, which this kernel lacks\n");
    return -1;
}
