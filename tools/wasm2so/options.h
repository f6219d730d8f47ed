/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The command line: one table of options says which command takes what, and gives the help text.
 * Options of the interface whose machinery does not exist yet are in the table as well, so that
 * they are refused by name instead of being called unknown; help does not list them.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include "codegen/include/wasm2so_compile.h"
#include "frontend/arena.h"
#include "tools/wasm2so/options_serve.h"

#include <stdio.h>

/* A set of them says who takes an option. */
enum command_id {
    CMD_COMPILE = 1,
    CMD_RUN = 2,
    CMD_INSPECT = 4,
    CMD_VALIDATE = 8,
    CMD_HELP = 16,
    CMD_SERVE = 32,
};

/* Repeatable option: its arguments in order. */
struct string_list {
    const char **items;
    size_t count;
};

struct options {
    struct arena arena;
    enum command_id command;
    const char *file;   /* the module; help: the command asked for, or NULL */
    const char *output; /* -o, or NULL */
    w2s_compile_options compile;
    const char *profile, /* --pgo-use: the file */
        *init;      /* --init: the export to run while compiling; "": by its usual names; or NULL */
    bool emit_wasm; /* --emit wasm: nothing for the compiler to do */
    const char *cache; /* --cache, or NULL */
    bool verbose;

    /* run */
    struct string_list dirs, listens, env, preloads;
    bool sandbox;
    bool inherit_env;
    const char *invoke; /* export to call, or NULL: _start */
    const char *wapc;   /* operation to call of a waPC guest, or NULL */
    const char **args;  /* arguments of the export, or of the program behind -- */
    size_t arg_count;
    uint64_t max_memory; /* bytes; 0: no limit */
    uint64_t timeout;    /* milliseconds; 0: none */
    int64_t fuel;        /* instructions; W2S_FUEL_UNLIMITED */

    struct serve_options serve;

    /* inspect */
    unsigned print_what; /* enum print_what; 0: default */
    const char *section;
};

/* Parses argv (argv[0] is the command's name) for the command. Returns -1 to go on; otherwise the
 * exit code, after --help or a mistake that has been printed. */
int options_parse(struct options *options, enum command_id command, int argc, char **argv);
void options_free(struct options *options);

/* For setters: the position of word in a NULL-terminated list, or -1; a decimal number of at most
 * max; bytes, with K, M or G for powers of 1024. False for anything else. */
int options_word(const char *const *words, const char *word);
bool options_number(const char *text, uint64_t max, uint64_t *value);
bool options_bytes(const char *text, uint64_t *bytes);

/* The options that command takes, a line each. */
void options_help(FILE *out, enum command_id command);

#endif
