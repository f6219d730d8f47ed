/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * w2s_compile() without a compiler: hands the module to the program named by SPEC_COMPILER, which
 * is started once a process and ends with it.
 */
#include "spec-tests/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__aarch64__)
static const char this_target[] = "aarch64-linux-gnu";
#elif defined(__x86_64__)
static const char this_target[] = "x86_64-linux-gnu";
#endif

/* Pipes to and from the program; -1: not started. The runner has one thread. */
static int to = -1, from = -1;

static void serve(const char *program, const int *request, const int *answer)
{
    if (dup2(request[0], STDIN_FILENO) >= 0 && dup2(answer[1], STDOUT_FILENO) >= 0)
        execl(program, program, (char *)NULL);
    fprintf(stderr, "spec-tests: %s: %s\n", program, strerror(errno));
    _exit(1);
}

static bool start(void)
{
    int request[2], answer[2];
    const char *program = getenv("SPEC_COMPILER");
    if (program == NULL || pipe2(request, O_CLOEXEC) != 0)
        return false;
    if (pipe2(answer, O_CLOEXEC) != 0) {
        close(request[0]);
        close(request[1]);
        return false;
    }
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0)
        serve(program, request, answer);
    close(request[0]);
    close(answer[1]);
    to = request[1];
    from = answer[0];
    return pid > 0;
}

static bool ask(const void *bytes, size_t size, const w2s_compile_options *options,
                const char *output, w2s_compile_error *answer)
{
    /* What the program calls native is its own machine. */
    bool native = options->cpu != NULL && strcmp(options->cpu, "native") == 0;
    const char *cpu = native || options->cpu == NULL ? "generic" : options->cpu;
    const struct compile_request request = {
        .level = options->level,
        .memory = options->memory,
        .interruptible = options->interruptible,
        .fuel = options->fuel,
        .deterministic = options->deterministic,
        .count_profile = options->count_profile,
        .strict_traps = options->strict_traps,
        .relaxed_traps = options->relaxed_traps,
        .disabled = options->disabled,
        .target_size = sizeof this_target,
        .cpu_size = strlen(cpu) + 1,
        .output_size = strlen(output) + 1,
        .module_size = size,
    };
    return remote_write(to, &request, sizeof request) &&
           remote_write(to, this_target, request.target_size) &&
           remote_write(to, cpu, request.cpu_size) &&
           remote_write(to, output, request.output_size) && remote_write(to, bytes, size) &&
           remote_read(from, answer, sizeof *answer);
}

bool w2s_compile(const void *bytes, size_t size, const w2s_compile_options *options,
                 const char *output, w2s_compile_error *err)
{
    enum { INTERNAL = 6 };
    if ((to >= 0 || start()) && ask(bytes, size, options, output, err))
        return err->kind == 0;
    *err = (w2s_compile_error){.kind = INTERNAL, .offset = UINT64_MAX, .func = UINT32_MAX};
    snprintf(err->message, sizeof err->message, "no answer from the compiler in SPEC_COMPILER");
    return false;
}
