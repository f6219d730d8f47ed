/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * spec-tests: runs the official WebAssembly test suite against the compiler and the runtime. Each
 * script runs in a process of its own, several at a time, so that a crash or an endless loop costs
 * one file; what it reports comes through a pipe (report.h).
 */
#include "spec-tests/options.h"
#include "spec-tests/report.h"
#include "spec-tests/script.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the files ---- */

struct file_list {
    char **paths;
    size_t count;
};

/* nftw passes no argument to its callback. */
static struct file_list found;

static bool add_file(const char *path)
{
    char **more = realloc(found.paths, (found.count + 1) * sizeof *more);
    char *copy = strdup(path);
    if (more != NULL)
        found.paths = more;
    if (more == NULL || copy == NULL)
        return false;
    found.paths[found.count++] = copy;
    return true;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)where;
    size_t n = strlen(path);
    bool script = type == FTW_F && n > 5 && strcmp(path + n - 5, ".wast") == 0;
    return script && !add_file(path) ? -1 : 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool find_files(const struct options *options)
{
    for (size_t i = 0; i < options->path_count; i++) {
        const char *path = options->paths[i];
        struct stat status;
        if (stat(path, &status) != 0) {
            fprintf(stderr, "spec-tests: %s: %s\n", path, strerror(errno));
            return false;
        }
        size_t first = found.count;
        bool good = S_ISDIR(status.st_mode) ? nftw(path, visit, 16, FTW_PHYS) == 0 : add_file(path);
        if (!good) {
            fprintf(stderr, "spec-tests: %s: cannot be searched\n", path);
            return false;
        }
        if (found.count > first)
            qsort(found.paths + first, found.count - first, sizeof *found.paths, by_path);
    }
    return true;
}

/* ---- the processes ---- */

/* A script that runs. */
struct job {
    struct tally *tally;
    pid_t pid;
    int fd;
    time_t deadline;
    bool expired;
    size_t size; /* bytes in buffer: at most one incomplete record stays */
    char buffer[8 * (sizeof(struct event) + EVENT_TEXT_MAX)];
};

static time_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

static bool job_start(struct job *job, struct tally *tally, const struct options *options)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        script_run(options, tally->path, ends[1]);
        fflush(NULL);
        _exit(0);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    *job = (struct job){
        .tally = tally, .pid = pid, .fd = ends[0], .deadline = now() + (time_t)options->timeout};
    return true;
}

/* Counts the complete records in the buffer and keeps the rest. */
static void job_consume(struct job *job, bool verbose)
{
    size_t at = 0;
    struct event event;
    while (job->size - at >= sizeof event) {
        memcpy(&event, job->buffer + at, sizeof event);
        if (event.size > EVENT_TEXT_MAX || event.kind >= EVENT__COUNT) {
            kill(job->pid, SIGKILL); /* the process has gone wild */
            job->size = 0;
            return;
        }
        if (job->size - at < sizeof event + event.size)
            break;
        tally_add(job->tally, &event, job->buffer + at + sizeof event, verbose);
        at += sizeof event + event.size;
    }
    memmove(job->buffer, job->buffer + at, job->size - at);
    job->size -= at;
}

/* Reads what there is; false at the end of the stream. */
static bool job_read(struct job *job, bool verbose)
{
    ssize_t n = read(job->fd, job->buffer + job->size, sizeof job->buffer - job->size);
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    job->size += (size_t)n;
    job_consume(job, verbose);
    return true;
}

static void job_finish(struct job *job, unsigned timeout)
{
    int status = 0;
    char why[100];
    close(job->fd);
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (job->expired)
        snprintf(why, sizeof why, "not done after %u seconds", timeout);
    else if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(why, sizeof why, "exit code %d in the middle", WEXITSTATUS(status));
    if (!job->tally->done || WIFSIGNALED(status))
        tally_abort(job->tally, why);
}

/* Waits until some job has something to say; ends those that are over. Returns how many remain. */
static size_t jobs_wait(struct job *jobs, size_t count, const struct options *options)
{
    struct pollfd polls[1024];
    for (size_t i = 0; i < count; i++)
        polls[i] = (struct pollfd){.fd = jobs[i].fd, .events = POLLIN};
    poll(polls, count, 1000);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool alive = true;
        if (polls[i].revents != 0)
            alive = job_read(&jobs[i], options->verbose);
        else if (!jobs[i].expired && now() >= jobs[i].deadline)
            jobs[i].expired = kill(jobs[i].pid, SIGKILL) == 0;
        if (!alive)
            job_finish(&jobs[i], options->timeout);
        else if (kept++ != i)
            jobs[kept - 1] = jobs[i];
    }
    return kept;
}

static bool run_all(const struct options *options, struct tally *tallies)
{
    struct job *jobs = calloc(options->jobs, sizeof *jobs);
    size_t running = 0, next = 0;
    bool good = jobs != NULL;
    while (good && (running > 0 || next < found.count)) {
        while (good && running < options->jobs && next < found.count) {
            tallies[next].path = found.paths[next];
            good = job_start(&jobs[running], &tallies[next], options);
            running += good;
            next++;
        }
        running = jobs_wait(jobs, running, options);
    }
    if (!good)
        fprintf(stderr, "spec-tests: cannot start a process: %s\n", strerror(errno));
    free(jobs);
    return good;
}

int main(int argc, char **argv)
{
    static struct options options; /* with what it holds, to the end of the process */
    if (!options_read(&options, argc, argv))
        return 2;
    if (!find_files(&options))
        return 1;
    struct tally *tallies = calloc(found.count + 1, sizeof *tallies);
    bool good = tallies != NULL && run_all(&options, tallies);
    good = good && report_print(tallies, found.count);
    for (size_t i = 0; i < found.count; i++)
        free(found.paths[i]);
    free(found.paths);
    free(tallies);
    return good ? 0 : 1;
}
