/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The main function of a standalone executable: one WASI command and this runtime in one file. The
 * program gets the arguments as they are, so what is for the runtime comes in a variable: W2S_DIRS
 * holds directories, HOST[::GUEST][:ro], separated by ';', in addition to those that the compiler
 * was given. The rest of the environment is the program's.
 */
#include "runtime/include/wasm2so_exe.h"
#include "runtime/runtime.h"
#include "runtime/wasi/wasi.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRS_VARIABLE "W2S_DIRS"

enum { EXIT_FAILED = 1, EXIT_TRAP = 134 };
enum { THREAD_STACK = 8 * 1024 * 1024 }; /* musl's own choice is 128 KiB */

extern const struct w2s_exe w2s_exe __attribute__((visibility("hidden")));

typedef bool define_threads(w2s_linker *, w2s_module *, const w2s_wasi_threads_config *,
                            w2s_error *);

static const char *program; /* as messages call it */

/* ---- how it ends ---- */

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
    _exit(trapped(trap));
}

/* ---- what the program sees ---- */

/* The environment without our own variable, whose value is *dirs (NULL: not set). Returns NULL when
 * out of memory. */
static const char **take_environment(size_t *count, char **dirs)
{
    const size_t n = sizeof DIRS_VARIABLE - 1;
    size_t total = 0;
    while (environ[total])
        total++;
    const char **env = calloc(total + 1, sizeof *env);
    *count = 0;
    *dirs = NULL;
    for (size_t i = 0; env && i < total; i++) {
        if (strncmp(environ[i], DIRS_VARIABLE "=", n + 1) == 0)
            *dirs = environ[i] + n + 1;
        else
            env[(*count)++] = environ[i];
    }
    return env;
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

/* The directories of the compiler, then those of the variable. NULL when out of memory. */
static struct w2s_wasi_dir *list_dirs(char *variable, size_t *count)
{
    size_t most = w2s_exe.dir_count + 1;
    for (const char *c = variable; c && *c; c++)
        most += *c == ';';
    struct w2s_wasi_dir *dirs = calloc(most, sizeof *dirs);
    *count = 0;
    for (uint64_t i = 0; dirs && i < w2s_exe.dir_count; i++) {
        char *text = strdup(w2s_exe.dirs[i]);
        if (!text)
            return NULL;
        dirs[(*count)++] = parse_dir(text);
    }
    for (char *text; dirs && (text = strsep(&variable, ";"));)
        if (*text)
            dirs[(*count)++] = parse_dir(text);
    return dirs;
}

static int define_wasi(w2s_linker *linker, int argc, char **argv)
{
    size_t env_count, dir_count;
    char *variable;
    const char **env = take_environment(&env_count, &variable);
    struct w2s_wasi_dir *dirs = list_dirs(variable, &dir_count);
    if (!env || !dirs)
        return out_of_memory();
    w2s_wasi_config config = {
        .size = sizeof config,
        .args = (const char *const *)argv,
        .arg_count = (size_t)argc,
        .env = env,
        .env_count = env_count,
        .dirs = dirs,
        .dir_count = dir_count,
        .stdin_fd = STDIN_FILENO,
        .stdout_fd = STDOUT_FILENO,
        .stderr_fd = STDERR_FILENO,
    };
    w2s_error err;
    const struct w2s_wasi_row *const *rows = (const struct w2s_wasi_row *const *)w2s_exe.wasi;
    return wasi_define(linker, rows, w2s_exe.wasi_count, &config, &err) ? -1 : failed(err.message);
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
    int code = define_wasi(linker, argc, argv);
    if (code < 0)
        code = define_wasi_threads(linker, module);
    return code < 0 ? run(store, linker, module) : code;
}

int main(int argc, char **argv)
{
    const char *path = argc > 0 && *argv[0] ? argv[0] : "program";
    const char *slash = strrchr(path, '/');
    program = slash ? slash + 1 : path;
    _exit(start(argc, argv)); /* at once: threads may still run, and the system takes all back */
}
