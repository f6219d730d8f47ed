/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Starts commands in turns, so that they meet the same load, and prints the median time of each
 * from exec to exit in microseconds, a line each. In C, because what starts a process from a large
 * one waits for its page tables.   usage: turns RUNS COMMAND...  (words separated by blanks)
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORDS = 16 };

struct command {
    char *words[MAX_WORDS];
    double *times;
};

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void split(struct command *command, char *text)
{
    size_t count = 0;
    for (char *word = strtok(text, " "); word && count < MAX_WORDS - 1; word = strtok(NULL, " "))
        command->words[count++] = word;
}

static double run_once(const struct command *command, const posix_spawn_file_actions_t *quiet)
{
    pid_t child;
    int status = 1;
    double start = now_us();
    if (posix_spawn(&child, command->words[0], quiet, NULL, command->words, environ) != 0 ||
        waitpid(child, &status, 0) < 0 || status != 0) {
        fprintf(stderr, "turns: %s: status %d\n", command->words[0], status);
        exit(1);
    }
    return now_us() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    size_t runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, count = (size_t)argc - 2;
    if (runs == 0) {
        fputs("usage: turns RUNS COMMAND...\n", stderr);
        return 2;
    }
    struct command *commands = calloc(count, sizeof *commands);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (size_t i = 0; commands && i < count; i++) {
        split(&commands[i], argv[i + 2]);
        commands[i].times = calloc(runs, sizeof *commands[i].times);
    }
    for (size_t run = 0; run < runs; run++)
        for (size_t i = 0; i < count; i++)
            commands[i].times[run] = run_once(&commands[i], &quiet);
    for (size_t i = 0; i < count; i++) {
        qsort(commands[i].times, runs, sizeof *commands[i].times, compare);
        printf("%.0f\n", commands[i].times[runs / 2]);
    }
    return 0;
}
