/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * process.c: arguments, environment, random bytes, signals and the exit. The first argument says
 * what to do; test.sh passes what is checked here, and looks at the exit codes itself.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char bytes[4096];
static char *pointers[64];

static const char *const args[] = {"strings", "", "two words",
                                   "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "-x=1"};
static const char *const variables[] = {"A=1", "EMPTY=", "UNI=\xc3\xbc\xe2\x82\xac", "EQ=a=b=c"};
enum { ARGS = sizeof args / sizeof *args, VARIABLES = sizeof variables / sizeof *variables };

static void check_args(void)
{
    uint32_t count = 0, size = 0, want = 0;
    WORKS(args_sizes_get, &count, &size);
    EQUAL(args_sizes_get, 1 + ARGS, count);
    memset(bytes, '#', sizeof bytes);
    WORKS(args_get, pointers, bytes);
    HOLDS(args_get, pointers[0] == bytes);
    HOLDS(args_get, strstr(pointers[0], "process.") != NULL);
    want = strlen(pointers[0]) + 1;
    for (int i = 0; i < ARGS; i++) {
        HOLDS(args_get, pointers[1 + i] == bytes + want);
        BYTES(args_get, args[i], pointers[1 + i], strlen(args[i]) + 1);
        want += strlen(args[i]) + 1;
    }
    EQUAL(args_sizes_get, want, size);
    HOLDS(args_get, bytes[size] == '#'); /* and not a byte more */
    HOLDS(args_get, pointers[1 + ARGS] == NULL);
}

static void check_environ(void)
{
    uint32_t count = 0, size = 0, want = 0;
    WORKS(environ_sizes_get, &count, &size);
    EQUAL(environ_sizes_get, VARIABLES, count);
    memset(bytes, '#', sizeof bytes);
    memset(pointers, 0, sizeof pointers);
    WORKS(environ_get, pointers, bytes);
    for (int i = 0; i < VARIABLES; i++) {
        HOLDS(environ_get, pointers[i] == bytes + want);
        BYTES(environ_get, variables[i], pointers[i], strlen(variables[i]) + 1);
        want += strlen(variables[i]) + 1;
    }
    EQUAL(environ_sizes_get, want, size);
    HOLDS(environ_get, bytes[size] == '#');
    HOLDS(environ_get, pointers[VARIABLES] == NULL);
}

static void check_bare(void)
{
    uint32_t count = 9, size = 9;
    WORKS(args_sizes_get, &count, &size);
    EQUAL(args_sizes_get, 1, count); /* the program's name */
    WORKS(environ_sizes_get, &count, &size);
    EQUAL(environ_sizes_get, 0, count);
    EQUAL(environ_sizes_get, 0, size);
    bytes[0] = '#';
    WORKS(environ_get, pointers, bytes);
    HOLDS(environ_get, bytes[0] == '#');
}

static void check_random(void)
{
    enum { SIZE = 3000000 };
    static unsigned char buffer[SIZE + 1];
    int seen[256] = {0}, missing = 0;
    WORKS(random_get, buffer, SIZE);
    for (int i = 0; i < SIZE; i++)
        seen[buffer[i]]++;
    for (int i = 0; i < 256; i++)
        missing += seen[i] < SIZE / 256 / 2 || seen[i] > SIZE / 256 * 2;
    EQUAL(random_get, 0, missing);
    EQUAL(random_get, 0, buffer[SIZE]);
    WORKS(random_get, bytes, 64);
    WORKS(random_get, bytes + 64, 64);
    HOLDS(random_get, memcmp(bytes, bytes + 64, 64) != 0);
    bytes[0] = '#';
    WORKS(random_get, bytes, 0);
    HOLDS(random_get, bytes[0] == '#');
    WORKS(random_get, (void *)0xffffffff, 0);
}

static void check_signals(void)
{
    WORKS(proc_raise, 0);          /* none */
    WORKS(proc_raise, 16);         /* chld: ignored */
    WORKS(proc_raise, 17);         /* cont */
    FAILS(NOTSUP, proc_raise, 18); /* stop */
    FAILS(INVAL, proc_raise, 31);
    FAILS(INVAL, proc_raise, 0xffffffff);
    WORKS(sched_yield);
    WORKS(sched_yield);
    int error = 0;
    for (int i = 0; i < 1000; i++)
        error |= wasi_sched_yield();
    EQUAL(sched_yield, 0, error);
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        check_bare();
    } else if (strcmp(argv[1], "strings") == 0) {
        check_args();
        check_environ();
        check_random();
        check_signals();
    } else if (strcmp(argv[1], "exit") == 0) {
        wasi_proc_exit((uint32_t)strtoul(argv[2], NULL, 0));
    } else {
        wasi_proc_raise((uint32_t)strtoul(argv[2], NULL, 0));
    }
    return check_end();
}
