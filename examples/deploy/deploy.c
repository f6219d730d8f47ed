/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a tool does that compiles modules when they are deployed: several at once, each on a thread
 * of its own, with the compiler as a library. One that is wrong is told with its place; control-C
 * stops them all, and leaves no file.
 *
 *     deploy FOLDER MODULE...      writes FOLDER/NAME.so for each MODULE (a .wasm or .wat)
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm2so_compile.h"

struct job {
    pthread_t thread;
    const char *input;
    char output[1000];
    w2s_compile_error err;
    bool ok;
};

static atomic_bool stop;

static void on_interrupt(int number)
{
    (void)number;
    atomic_store(&stop, true);
}

static bool is_stopped(void *env)
{
    (void)env;
    return atomic_load(&stop);
}

/* The whole file, allocated; NULL when it cannot be read. */
static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    size_t room = (size_t)ftell(file);
    void *bytes = malloc(room + 1);
    rewind(file);
    *size = bytes ? fread(bytes, 1, room, file) : 0;
    fclose(file);
    return bytes;
}

static void *compile(void *env)
{
    struct job *job = env;
    size_t size = 0;
    void *bytes = read_file(job->input, &size);
    if (!bytes) {
        job->err = (w2s_compile_error){.kind = W2S_COMPILE_IO, .offset = UINT64_MAX};
        strcpy(job->err.message, "cannot be read");
        return NULL;
    }
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.name = job->input;
    options.jobs = 1; /* the threads are ours */
    options.cancelled = is_stopped;
    job->ok = w2s_compile(bytes, size, &options, job->output, &job->err);
    free(bytes);
    return NULL;
}

static void job_start(struct job *job, const char *folder, const char *input)
{
    const char *slash = strrchr(input, '/'), *name = slash ? slash + 1 : input;
    const char *dot = strrchr(name, '.');
    job->input = input;
    snprintf(job->output, sizeof job->output, "%s/%.*s.so", folder,
             (int)(dot ? (size_t)(dot - name) : strlen(name)), name);
    if (pthread_create(&job->thread, NULL, compile, job) != 0) {
        fprintf(stderr, "deploy: no thread\n");
        exit(1);
    }
}

static bool job_end(struct job *job)
{
    pthread_join(job->thread, NULL);
    if (job->ok)
        printf("%s: compiled\n", job->input);
    else if (job->err.line)
        printf("%s:%u:%u: %s\n", job->input, job->err.line, job->err.column, job->err.message);
    else if (job->err.offset != UINT64_MAX)
        printf("%s:0x%llx: %s\n", job->input, (unsigned long long)job->err.offset,
               job->err.message);
    else
        printf("%s: %s\n", job->input, job->err.message);
    return job->ok;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: deploy FOLDER MODULE...\n");
        return 2;
    }
    size_t count = (size_t)argc - 2, failed = 0;
    struct job *jobs = calloc(count, sizeof *jobs);
    if (!jobs)
        return 1;
    signal(SIGINT, on_interrupt);
    for (size_t i = 0; i < count; i++)
        job_start(&jobs[i], argv[1], argv[i + 2]);
    for (size_t i = 0; i < count; i++)
        failed += !job_end(&jobs[i]);
    free(jobs);
    return failed ? 1 : 0;
}
