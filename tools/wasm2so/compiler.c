/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Runs the compiler library in a child. The child sends its w2s_compile_error through a pipe; if
 * none comes, it died, and how it died is the message.
 */
#include "tools/wasm2so/compiler.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/wasm2so/library.h"
#include "tools/wasm2so/options.h"

const char *compiler_library(char *buf, size_t size)
{
    return library_path("libwasm2so.so", buf, size);
}

/* ---- the child ---- */

struct progress_line {
    struct timespec start;
    double first_seconds, first_bytes; /* of the first report */
    bool shown;
};

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

/* Redraws the line, once the work has taken long enough for anybody to wonder. Time goes with the
 * bytes of code, give or take a giant function, so what is left is estimated by them, from the
 * first report on: what comes before it, as loading LLVM, is done once. */
static void show_progress(void *env, const w2s_compile_progress *progress)
{
    struct progress_line *line = env;
    double seconds = seconds_since(&line->start);
    double done = (double)progress->bytes_done, total = (double)progress->bytes_total;
    if (done == 0)
        return;
    if (line->first_bytes == 0) {
        line->first_seconds = seconds;
        line->first_bytes = done;
    }
    if (seconds < 0.3 || done == line->first_bytes)
        return;
    line->shown = true;
    double rate = (seconds - line->first_seconds) / (done - line->first_bytes);
    fprintf(stderr, "\r%u of %u functions, %.2f of %.2f MB, %.1f s, about %.0f s left\033[K",
            progress->functions_done, progress->functions_total, done / 1e6, total / 1e6, seconds,
            rate * (total - done));
}

static void show_note(void *env, const char *text)
{
    (void)env;
    fprintf(stderr, "wasm2so: %s\n", text);
}

typedef bool compile_function(const void *, size_t, const w2s_compile_options *, const char *,
                              w2s_compile_error *);

/* dlsym's void * as a function, the way POSIX blesses. */
static compile_function *library_function(void *library, const char *name)
{
    compile_function *function = NULL;
    void *symbol = library ? dlsym(library, name) : NULL;
    memcpy(&function, &symbol, sizeof function);
    return function;
}

static void child_compile(const struct options *options, struct slice bytes, const char *to,
                          w2s_compile_error *result)
{
    char path[4096];
    void *library = dlopen(compiler_library(path, sizeof path), RTLD_NOW | RTLD_LOCAL);
    compile_function *compile = library_function(library, "w2s_compile");
    if (!compile) {
        *result = (w2s_compile_error){.kind = ERR_IO, .offset = UINT64_MAX, .func = UINT32_MAX};
        snprintf(result->message, sizeof result->message, "the compiler cannot be loaded: %s",
                 dlerror());
        return;
    }
    struct progress_line line = {.shown = false};
    clock_gettime(CLOCK_MONOTONIC, &line.start);
    w2s_compile_options wanted = options->compile;
    wanted.env = &line;
    wanted.progress = isatty(STDERR_FILENO) ? show_progress : NULL;
    wanted.note = show_note;
    if (compile(bytes.p, bytes.n, &wanted, to, result))
        result->kind = ERR_NONE;
    if (line.shown)
        fputs("\r\033[K", stderr);
}

static _Noreturn void child_main(const struct options *options, struct slice bytes, const char *to,
                                 int report_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    w2s_compile_error result;
    memset(&result, 0, sizeof result);
    child_compile(options, bytes, to, &result);
    ssize_t put = write(report_fd, &result, sizeof result); /* below PIPE_BUF: all or nothing */
    _exit(put == (ssize_t)sizeof result ? 0 : 1);
}

/* ---- the parent ---- */

static volatile sig_atomic_t signal_seen;

static void remember_signal(int number)
{
    signal_seen = number;
}

static const int end_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { END_SIGNAL_COUNT = sizeof end_signals / sizeof end_signals[0] };

static void signals_catch(struct sigaction *old)
{
    struct sigaction action = {.sa_handler = remember_signal}; /* no SA_RESTART: read() returns */
    signal_seen = 0;
    for (int i = 0; i < END_SIGNAL_COUNT; i++) {
        sigaction(end_signals[i], NULL, &old[i]);
        if (old[i].sa_handler != SIG_IGN)
            sigaction(end_signals[i], &action, NULL);
    }
}

static void signals_restore(const struct sigaction *old)
{
    for (int i = 0; i < END_SIGNAL_COUNT; i++)
        sigaction(end_signals[i], &old[i], NULL);
}

/* Reads the child's report; false if it ended without one. */
static bool report_read(int fd, pid_t child, w2s_compile_error *result)
{
    ssize_t got;
    while ((got = read(fd, result, sizeof *result)) < 0 && errno == EINTR)
        if (signal_seen)
            kill(child, SIGKILL);
    return got == (ssize_t)sizeof *result;
}

static bool died(struct error *err, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET,
                         "the compiler was killed (out of memory?)");
    if (WIFSIGNALED(status))
        return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "the compiler crashed: %s",
                         strsignal(WTERMSIG(status)));
    return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "the compiler gave up (status %d)",
                     WEXITSTATUS(status));
}

/* The library's error as ours, with the place. */
static bool failed(struct error *err, const w2s_compile_error *result)
{
    size_t offset = result->offset == UINT64_MAX ? ERROR_NO_OFFSET : (size_t)result->offset;
    error_set(err, (enum error_kind)result->kind, offset, "%.*s", (int)sizeof result->message - 1,
              result->message);
    err->func = result->func;
    err->line = result->line;
    err->column = result->column;
    return false;
}

static bool child_wait(int fd, pid_t child, int *interrupted, struct error *err)
{
    w2s_compile_error result;
    int status = 0;
    bool reported = report_read(fd, child, &result);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        if (signal_seen)
            kill(child, SIGKILL);
    *interrupted = signal_seen;
    if (!reported || !WIFEXITED(status))
        return died(err, status);
    return result.kind == ERR_NONE || failed(err, &result);
}

bool compiler_run(const struct options *options, struct slice bytes, const char *to,
                  int *interrupted, struct error *err)
{
    int ends[2];
    struct sigaction old[END_SIGNAL_COUNT];
    *interrupted = 0;
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "pipe: %s", strerror(errno));
    signals_catch(old);
    pid_t child = fork();
    if (child == 0) {
        signals_restore(old);
        child_main(options, bytes, to, ends[1]);
    }
    close(ends[1]);
    bool ok = child > 0
                  ? child_wait(ends[0], child, interrupted, err)
                  : error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "fork: %s", strerror(errno));
    close(ends[0]);
    signals_restore(old);
    return ok;
}
