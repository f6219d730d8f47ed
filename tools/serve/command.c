/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * WASI commands, asked as CGI programs are (RFC 3875): variables tell the request, standard input
 * is its body, standard output the answer. A request is a run of the program, in a store of its
 * own.
 *
 * Both are files in memory. The one for the answer has its full size from the start and is sealed
 * against growing: that is the limit, and what it holds is known by its position.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/serve/cgi.h"
#include "tools/serve/protocol.h"

struct run {
    struct server *server;
    struct request *request;
    struct cgi_env env;
    int input, output;
    w2s_store *store;
};

/* ---- input and output ---- */

static int file_make(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static bool write_all(int file, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(file, data + done, size - done, (off_t)done);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* A page more than an answer may have shows that it has more. */
static bool files_open(struct run *run)
{
    const struct request *request = run->request;
    uint64_t room = (run->server->config->max_answer + 0x1fff) & ~(uint64_t)0xfff;
    run->input = file_make("request");
    run->output = file_make("answer");
    return run->input >= 0 && run->output >= 0 &&
           write_all(run->input, request->body, request->body_size) &&
           fcntl(run->input, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE) == 0 &&
           ftruncate(run->output, (off_t)room) == 0 &&
           fcntl(run->output, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0;
}

static void files_close(struct run *run)
{
    if (run->input >= 0)
        close(run->input);
    if (run->output >= 0)
        close(run->output);
}

/* ---- the guest ---- */

static w2s_instance *instance_make(struct server *server, w2s_store *store,
                                   const struct cgi_env *env, int input, int output,
                                   w2s_trap **trap, w2s_error *err)
{
    const struct serve_config *config = server->config;
    const char *args[] = {config->file};
    w2s_wasi_config wasi = {
        .size = sizeof wasi,
        .args = args,
        .arg_count = 1,
        .env = env->items,
        .env_count = env->count,
        .dirs = config->dirs,
        .dir_count = config->dir_count,
        .stdin_fd = input,
        .stdout_fd = output,
        .stderr_fd = STDERR_FILENO,
    };
    w2s_linker *linker = w2s_linker_new(store);
    *err = (w2s_error){W2S_ERROR_MEMORY, "out of memory"};
    if (!linker || !w2s_linker_define_wasi(linker, &wasi, err))
        return NULL;
    return w2s_instance_new(store, config->module, linker, trap, err);
}

static w2s_store *store_make(const struct server *server)
{
    w2s_store_config config = {.size = sizeof config, .max_memory = server->config->max_memory};
    return w2s_store_new(&config);
}

static bool exited_well(const w2s_trap *trap)
{
    return w2s_trap_kind(trap) == W2S_TRAP_EXIT && w2s_trap_exit_status(trap) == 0;
}

/* True when the program has ended well. */
static bool program_run(struct run *run)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    w2s_instance *instance =
        instance_make(run->server, run->store, &run->env, run->input, run->output, &trap, &err);
    if (!instance) {
        guest_missing(run->server, run->request, trap, &err);
        return false;
    }
    trap = w2s_call(w2s_instance_func(instance, "_start"), NULL, NULL);
    if (trap && !exited_well(trap)) {
        guest_trapped(run->server, run->request, trap);
        return false;
    }
    w2s_trap_free(trap);
    return !guest_overran(run->server, run->request, run->store);
}

static void run_program(struct run *run, unsigned thread)
{
    struct answer *answer = &run->request->answer;
    run->store = store_make(run->server);
    if (!run->store) {
        answer_text(answer, 503, "out of memory");
        return;
    }
    guest_begin(run->server, run->request, run->store, thread);
    bool ok = program_run(run);
    guest_end(run->server, thread);
    w2s_store_free(run->store);
    off_t size = lseek(run->output, 0, SEEK_CUR);
    if (!ok)
        return;
    if (size < 0 || (uint64_t)size > run->server->config->max_answer) {
        answer_text(answer, 500, "the guest's answer is too large");
        return;
    }
    cgi_answer(answer, run->output, (size_t)size);
    run->output = -1;
}

static void command_handle(struct server *server, struct request *request, unsigned thread)
{
    struct run run = {.server = server, .request = request, .input = -1, .output = -1};
    if (cgi_env_make(&run.env, server, request) && files_open(&run))
        run_program(&run, thread);
    else
        answer_text(&request->answer, 503, "out of memory or files");
    files_close(&run);
    cgi_env_free(&run.env);
}

/* Makes an instance and drops it: what it imports and nobody gives is known before the first
 * request. */
static bool command_open(struct server *server, w2s_error *err)
{
    struct cgi_env none = {.items = NULL};
    w2s_store *store = store_make(server);
    *err = (w2s_error){W2S_ERROR_MEMORY, "out of memory"};
    if (!store)
        return false;
    w2s_instance *instance =
        instance_make(server, store, &none, STDIN_FILENO, STDERR_FILENO, NULL, err);
    w2s_func *func = instance ? w2s_instance_func(instance, "_start") : NULL;
    w2s_functype type = func ? w2s_func_type(func) : (w2s_functype){.param_count = 1};
    bool ok = instance && type.param_count == 0 && type.result_count == 0;
    if (instance && !ok)
        *err = (w2s_error){W2S_ERROR_LINK, "_start has no parameters and results"};
    w2s_store_free(store);
    return ok;
}

static void command_close(struct server *server)
{
    (void)server;
}

const struct protocol protocol_command = {"CGI", "_start", command_open, command_close,
                                          command_handle};
