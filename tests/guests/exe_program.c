/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A program that does what its first argument says, to be looked at from outside (tests/exe.sh).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int print_args(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("[%s]", argv[i]);
    putchar('\n');
    return 0;
}

static int print_env(void)
{
    for (char **variable = environ; *variable; variable++)
        puts(*variable);
    return 0;
}

static int copy(FILE *from)
{
    char line[256];
    while (fgets(line, sizeof line, from))
        fputs(line, stdout);
    return 0;
}

static int read_file(const char *name)
{
    FILE *file = fopen(name, "r");
    if (!file) {
        printf("cannot read: %s\n", strerror(errno));
        return 3;
    }
    copy(file);
    return fclose(file);
}

static int write_file(const char *name)
{
    FILE *file = fopen(name, "w");
    if (!file) {
        printf("cannot write: %s\n", strerror(errno));
        return 4;
    }
    fputs("written\n", file);
    return fclose(file);
}

__attribute__((noinline)) static int divide(int a, volatile int *b)
{
    return a / *b;
}

__attribute__((noinline)) static int load_far(volatile char *at)
{
    return at[-1 - (int)(size_t)at];
}

__attribute__((noinline)) static int sink(int depth)
{
    volatile char room[64];
    room[0] = (char)depth;
    return depth < 0 ? room[0] : sink(depth + 1) + room[0];
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "args", *with = argc > 2 ? argv[2] : "";
    volatile int zero = 0;
    if (strcmp(what, "env") == 0)
        return print_env();
    if (strcmp(what, "stdin") == 0)
        return copy(stdin);
    if (strcmp(what, "read") == 0)
        return read_file(with);
    if (strcmp(what, "write") == 0)
        return write_file(with);
    if (strcmp(what, "exit") == 0)
        exit(atoi(with));
    if (strcmp(what, "divide") == 0)
        return divide(argc, &zero);
    if (strcmp(what, "load") == 0)
        return load_far((volatile char *)argv);
    if (strcmp(what, "recurse") == 0)
        return sink(0);
    return print_args(argc, argv);
}
