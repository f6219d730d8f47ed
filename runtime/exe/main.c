/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The main function of a standalone executable: one WASI command and this runtime in one file. The
 * program gets the arguments as they are, so what is for the runtime comes in variables, as lists
 * separated by ';': W2S_DIRS holds directories, HOST[::GUEST][:ro], W2S_TCP_LISTEN addresses to
 * listen on, in addition to those that the compiler was given. The rest of the environment is the
 * program's. Functions that not every program needs are reached by pointers from w2s_exe, so that
 * others are linked without them.
 */
#include "runtime/include/wasm2so_exe.h"
#include "runtime/runtime.h"
#include "runtime/wasi/wasi.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum variable { DIRS, LISTENS, VARIABLES };

static const char *const variable_names[VARIABLES] = {"W2S_DIRS", "W2S_TCP_LISTEN"};

enum { EXIT_FAILED = 1, EXIT_TRAP = 134 };
enum { THREAD_STACK = 8 * 1024 * 1024 }; /* musl's own choice is 128 KiB */

extern const struct w2s_exe w2s_exe __attribute__((visibility("hidden")));

typedef bool define_threads(w2s_linker *, w2s_module *, const w2s_wasi_threads_config *,
                            w2s_error *);
typedef int listen_on(const char *, w2s_error *);
typedef unsigned enter_sandbox(const w2s_sandbox_config *, w2s_error *);

static const char *program; /* as messages call it */

/* ---- how it ends ---- */

/* At once: threads may still run, and the system takes all back. */
static _Noreturn void end(int code)
{
    w2s_error err;
    if (rt_is_linked(rt_profile_write) && !rt_modules_visit(rt_profile_write, &err))
        fprintf(stderr, "%s: no profile was written: %s\n", program, err.message);
    _exit(code);
}

static int failed(const char *message)
{
    fprintf(stderr, "%s: error: %s\n", program, message);
    return EXIT_FAILED;
}

static int out_of_memory(void)
{
    return failed("out of memory");
}

static void print_frame(size_t number, w2s_frame frame)
{
    fprintf(stderr, "    %zu: ", number);
    if (frame.func_index == W2S_NONE)
        fprintf(stderr, "host function");
    else if (frame.func_name)
        fprintf(stderr, "%s (function %u)", frame.func_name, frame.func_index);
    else
        fprintf(stderr, "function %u", frame.func_index);
    if (frame.module_name)
        fprintf(stderr, " in %s", frame.module_name);
    fputc('\n', stderr);
}

static int trapped(const w2s_trap *trap)
{
    if (w2s_trap_kind(trap) == W2S_TRAP_EXIT)
        return w2s_trap_exit_status(trap) & 0xff;
    fprintf(stderr, "%s: trap: %s\n", program, w2s_trap_message(trap));
    for (size_t i = 0; i < w2s_trap_frame_count(trap); i++)
        print_frame(i, w2s_trap_frame(trap, i));
    return EXIT_TRAP;
}

/* In the thread that ended the program; the others may compute for ever. */
static void thread_ended(void *env, w2s_trap *trap)
{
    (void)env;
    end(trapped(trap));
}

/* ---- what the program sees ---- */

/* Is it one of ours? Then *value is its value. */
static bool take_variable(char *text, char *values[VARIABLES])
{
    for (int i = 0; i < VARIABLES; i++) {
        size_t n = strlen(variable_names[i]);
        if (strncmp(text, variable_names[i], n) != 0 || text[n] != '=')
            continue;
        values[i] = text + n + 1;
        return true;
    }
    return false;
}

/* The environment without our own variables, whose values are left in values. NULL when out of
 * memory. */
static const char **take_environment(size_t *count, char *values[VARIABLES])
{
    size_t total = 0;
    while (environ[total])
        total++;
    const char **env = calloc(total + 1, sizeof *env);
    *count = 0;
    for (size_t i = 0; env && i < total; i++)
        if (!take_variable(environ[i], values))
            env[(*count)++] = environ[i];
    return env;
}

/* What the compiler was given, then what is in the variable (or NULL), all to be changed at will.
 * NULL when out of memory. */
static char **list(const char *const *given, uint64_t given_count, char *variable, size_t *count)
{
    size_t most = given_count + 1;
    for (const char *c = variable; c && *c; c++)
        most += *c == ';';
    char **items = calloc(most, sizeof *items);
    *count = 0;
    for (uint64_t i = 0; items && i < given_count; i++)
        if (!(items[(*count)++] = strdup(given[i])))
            return NULL;
    for (char *text; items && (text = strsep(&variable, ";"));)
        if (*text)
            items[(*count)++] = text;
    return items;
}

/* Takes text apart, which changes it. */
static struct w2s_wasi_dir parse_dir(char *text)
{
    size_t n = strlen(text);
    struct w2s_wasi_dir dir = {.host_path = text, .guest_path = text};
    if (n > 3 && strcmp(text + n - 3, ":ro") == 0) {
        dir.read_only = true;
        text[n - 3] = '\0';
    }
    char *colons = strstr(text, "::");
    if (colons) {
        *colons = '\0';
        dir.guest_path = colons + 2;
    }
    return dir;
}

static struct w2s_wasi_dir *list_dirs(char *variable, size_t *count)
{
    char **texts = list(w2s_exe.dirs, w2s_exe.dir_count, variable, count);
    struct w2s_wasi_dir *dirs = texts ? calloc(*count + 1, sizeof *dirs) : NULL;
    for (size_t i = 0; dirs && i < *count; i++)
        dirs[i] = parse_dir(texts[i]);
    return dirs;
}

/* -1, or the exit code. */
static int open_sockets(w2s_wasi_config *config, char *variable)
{
    w2s_error err;
    listen_on *listen;
    char **texts = list(w2s_exe.listens, w2s_exe.listen_count, variable, &config->socket_count);
    int *sockets = texts ? calloc(config->socket_count + 1, sizeof *sockets) : NULL;
    if (!sockets)
        return out_of_memory();
    config->sockets = sockets;
    memcpy(&listen, &w2s_exe.listen, sizeof listen);
    if (config->socket_count > 0 && !listen)
        return failed("an address to listen on, and the program accepts no connections");
    for (size_t i = 0; i < config->socket_count; i++)
        if ((sockets[i] = listen(texts[i], &err)) < 0)
            return failed(err.message);
    return -1;
}

static int configure(w2s_wasi_config *config, int argc, char **argv)
{
    char *values[VARIABLES] = {NULL};
    *config = (w2s_wasi_config){
        .size = sizeof *config,
        .args = (const char *const *)argv,
        .arg_count = (size_t)argc,
        .stdin_fd = STDIN_FILENO,
        .stdout_fd = STDOUT_FILENO,
        .stderr_fd = STDERR_FILENO,
    };
    config->env = take_environment(&config->env_count, values);
    config->dirs = list_dirs(values[DIRS], &config->dir_count);
    return config->env && config->dirs ? open_sockets(config, values[LISTENS]) : out_of_memory();
}

static int define_wasi(w2s_linker *linker, const w2s_wasi_config *config)
{
    w2s_error err;
    const struct w2s_wasi_row *const *rows = (const struct w2s_wasi_row *const *)w2s_exe.wasi;
    if (!wasi_define(linker, rows, w2s_exe.wasi_count, config, &err))
        return failed(err.message);
    for (size_t i = 0; i < config->socket_count; i++)
        close(config->sockets[i]); /* the guest has its own */
    return -1;
}

static int define_wasi_threads(w2s_linker *linker, w2s_module *module)
{
    if (!w2s_exe.define_threads)
        return -1;
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0 || pthread_attr_setstacksize(&attr, THREAD_STACK) != 0 ||
        pthread_setattr_default_np(&attr) != 0)
        return failed("threads cannot have the stack they need");
    define_threads *define;
    memcpy(&define, &w2s_exe.define_threads, sizeof define);
    w2s_wasi_threads_config config = {.size = sizeof config, .ended = thread_ended};
    w2s_error err;
    return define(linker, module, &config, &err) ? -1 : failed(err.message);
}

static int enter(const w2s_wasi_config *config)
{
    if (!w2s_exe.sandbox)
        return -1;
    enter_sandbox *enter_it;
    memcpy(&enter_it, &w2s_exe.sandbox, sizeof enter_it);
    w2s_error err;
    unsigned in_force = enter_it(&(w2s_sandbox_config){.size = sizeof(w2s_sandbox_config),
                                                       .wasi = config,
                                                       .threads = w2s_exe.define_threads != NULL},
                                 &err);
    if (in_force == 0)
        return failed(err.message);
    if (!(in_force & W2S_SANDBOX_FILES))
        fprintf(stderr, "%s: sandbox without Landlock, which this kernel lacks\n", program);
    if (!(in_force & W2S_SANDBOX_CALLS))
        fprintf(stderr, "%s: sandbox without seccomp, which this kernel lacks\n", program);
    return -1;
}

/* ---- the run ---- */

/* -1, or the exit code if that ended the program. */
static int call(w2s_instance *instance, const char *name)
{
    w2s_func *func = w2s_instance_func(instance, name);
    w2s_functype type = func ? w2s_func_type(func) : (w2s_functype){.params = NULL};
    if (!func || type.param_count != 0 || type.result_count != 0)
        return -1;
    w2s_trap *trap = w2s_call(func, NULL, NULL);
    return trap ? trapped(trap) : -1;
}

static int run(w2s_store *store, w2s_linker *linker, w2s_module *module)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    w2s_instance *instance = w2s_instance_new(store, module, linker, &trap, &err);
    if (!instance)
        return trap ? trapped(trap) : failed(err.message);
    int code = call(instance, "_initialize");
    if (code < 0)
        code = call(instance, "_start");
    return code < 0 ? 0 : code;
}

static int start(int argc, char **argv)
{
    w2s_error err;
    w2s_module *module = rt_module_linked(w2s_exe.module, program, &err);
    if (!module)
        return failed(err.message);
    w2s_store_config config = {.size = sizeof config};
    w2s_store *store = w2s_store_new(&config);
    w2s_linker *linker = store ? w2s_linker_new(store) : NULL;
    if (!linker)
        return out_of_memory();
    w2s_wasi_config wasi;
    int code = configure(&wasi, argc, argv);
    if (code < 0)
        code = define_wasi(linker, &wasi);
    if (code < 0)
        code = define_wasi_threads(linker, module);
    if (code < 0)
        code = enter(&wasi);
    return code < 0 ? run(store, linker, module) : code;
}

int main(int argc, char **argv)
{
    const char *path = argc > 0 && *argv[0] ? argv[0] : "program";
    const char *slash = strrchr(path, '/');
    program = slash ? slash + 1 : path;
    first_process_obey_signals();
    end(start(argc, argv));
}
