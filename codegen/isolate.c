/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A compile in a child process, for hosts that take modules from anybody: a crash of LLVM, or all
 * the memory it wants, ends the child. The child's report and artifact lie in memory that both see;
 * how it died is the message when there is no report.
 */
#include "codegen/artifact.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct report {
    atomic_bool done;
    w2s_compile_error err;
};

static _Noreturn void child_main(const struct isolated *work, const struct output *artifact,
                                 struct report *report)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    w2s_compile_options options = *work->options;
    struct error err = ERROR_INIT;
    void *bytes = NULL;
    size_t size = 0;
    options.isolated = false;
    options.progress = NULL; /* the parent would not see what they do */
    options.cancelled = NULL;
    bool ok = w2s_compile_to_memory(work->bytes, work->size, &options, &bytes, &size, &report->err);
    if (!ok || output_write(artifact, bytes, size, &err))
        atomic_store(&report->done, true);
    _exit(0);
}

/* Waits for the child, and asks meanwhile whether it is wanted still. */
static int child_wait(pid_t child, const w2s_compile_options *options, struct error *err)
{
    static const struct timespec pause = {.tv_nsec = 10000000};
    int status = 0;
    pid_t ended;
    while ((ended = waitpid(child, &status, options->cancelled ? WNOHANG : 0)) != child) {
        if (ended < 0 && errno != EINTR)
            return 0; /* the host has waited for it, or wants no children */
        if (ended == 0 && err->kind == ERR_NONE && cancelled(options, err))
            kill(child, SIGKILL);
        if (ended == 0)
            nanosleep(&pause, NULL);
    }
    return status;
}

static bool died(int status, struct error *err)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGKILL)
        return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET,
                         "the compiler was killed (out of memory?)");
    return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "the compiler crashed (signal %d)",
                     number);
}

/* The child's error as ours. */
static bool failed(const w2s_compile_error *from, struct error *err)
{
    if (from->kind == W2S_COMPILE_OK)
        return true;
    error_set(err, (enum error_kind)from->kind,
              from->offset == UINT64_MAX ? ERROR_NO_OFFSET : (size_t)from->offset, "%s",
              from->message);
    err->func = from->func;
    err->line = from->line;
    err->column = from->column;
    return false;
}

bool isolate(const struct isolated *work, const struct output *artifact, struct error *err)
{
    struct report *report =
        mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "out of memory");
    pid_t child = fork();
    if (child == 0)
        child_main(work, artifact, report);
    bool ok = child > 0 || error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "cannot start a process");
    if (ok) {
        int status = child_wait(child, work->options, err);
        bool done = atomic_load(&report->done);
        ok = err->kind == ERR_NONE && (done ? failed(&report->err, err) : died(status, err));
    }
    munmap(report, sizeof *report);
    return ok;
}
