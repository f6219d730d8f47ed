/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A guest program: arguments, environment, standard input, clocks, random bytes, sleeping, and the
 * exit status. Prints its arguments after the first, the variable W2S_TEST and what it reads; exits
 * with the number in its last argument. The same file compiled natively must behave the same.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void print_input(void)
{
    char line[256];
    int lines = 0, words = 0;
    while (fgets(line, sizeof line, stdin)) {
        lines++;
        for (const char *p = line; *p; p++)
            words += !isspace((unsigned char)*p) && (p == line || isspace((unsigned char)p[-1]));
        for (char *p = line; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        fputs(line, stdout);
    }
    printf("%d lines, %d words\n", lines, words);
}

static double seconds(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) < 0)
        return -1;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void use_clocks(void)
{
    struct timespec resolution;
    time_t epoch = 86400 * 365;
    char text[64];
    double start = seconds(CLOCK_MONOTONIC);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    double slept = seconds(CLOCK_MONOTONIC) - start;
    printf("slept %s\n", slept >= 0.02 && slept < 10 ? "long enough" : "wrongly");
    printf("time %s\n", time(NULL) > 1700000000 ? "is now" : "is wrong");
    printf("realtime %s\n", seconds(CLOCK_REALTIME) > 1.7e9 ? "is now" : "is wrong");
    printf("resolution %d\n", clock_getres(CLOCK_MONOTONIC, &resolution));
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime(&epoch));
    printf("a year: %s\n", text);
    start = seconds(CLOCK_MONOTONIC);
    printf("poll %d", poll(NULL, 0, 10));
    printf(" %s\n", seconds(CLOCK_MONOTONIC) - start >= 0.01 ? "waited" : "did not wait");
    printf("yield %d\n", sched_yield());
}

static void use_random(void)
{
    unsigned char a[64] = {0}, b[64] = {0};
    printf("entropy %d %d", getentropy(a, sizeof a), getentropy(b, sizeof b));
    printf(", %s\n", memcmp(a, b, sizeof a) ? "different" : "the same");
}

static void at_exit(void)
{
    puts("at exit");
}

int main(int argc, char **argv)
{
    atexit(at_exit);
    printf("%d arguments\n", argc - 1);
    for (int i = 1; i < argc; i++)
        printf("  '%s'\n", argv[i]);
    const char *value = getenv("W2S_TEST");
    printf("W2S_TEST %s\n", value ? value : "is not set");
    printf("W2S_UNSET %s\n", getenv("W2S_UNSET") ? "is set" : "is not set");
    print_input();
    use_clocks();
    use_random();
    fputs("to standard error\n", stderr);
    return argc > 1 ? atoi(argv[argc - 1]) : 0;
}
