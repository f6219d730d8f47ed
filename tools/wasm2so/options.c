/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Option parsing over glibc's getopt_long, whose table is made from ours. Arguments are taken in
 * order (a leading '-' in the option string) because --invoke ends the options: what follows the
 * export's name are its arguments, negative numbers too.
 */
#include "tools/wasm2so/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/print.h"
#include "frontend/types.h"
#include "runtime/include/wasm2so.h"
#include "tools/wasm2so/command.h"

/* Stores an option; false: the argument makes no sense. arg is NULL for options without one. */
typedef bool option_setter(struct options *o, const char *arg);

struct option_row {
    unsigned commands; /* set of enum command_id */
    char letter;       /* short form, or 0 */
    const char *name;  /* long form, or NULL */
    const char *arg;   /* how help calls the argument, or NULL; "[X]": optional, after '=' */
    option_setter *set;
    const char *help;
};

static bool set_output(struct options *o, const char *arg)
{
    o->output = arg;
    return *arg != '\0';
}

static bool set_level(struct options *o, const char *arg)
{
    o->compile.optimize_size = strcmp(arg, "s") == 0;
    o->compile.level = o->compile.optimize_size ? 2 : arg[0] - '0';
    return o->compile.optimize_size || (arg[0] >= '0' && arg[0] <= '3' && arg[1] == '\0');
}

int options_word(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static bool set_emit(struct options *o, const char *arg)
{
    static const char *const words[] = {"so",      "obj", "archive",      "exe", "header",
                                        "llvm-ir", "asm", "envoy-module", NULL};
    static const enum w2s_emit kinds[] = {W2S_EMIT_SO,  W2S_EMIT_OBJ,         W2S_EMIT_ARCHIVE,
                                          W2S_EMIT_EXE, W2S_EMIT_HEADER,      W2S_EMIT_LLVM_IR,
                                          W2S_EMIT_ASM, W2S_EMIT_ENVOY_MODULE};
    int i = options_word(words, arg);
    o->emit_wasm = strcmp(arg, "wasm") == 0;
    if (i >= 0)
        o->compile.emit = kinds[i];
    return i >= 0 || o->emit_wasm;
}

static bool set_static(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.static_link = true;
}

static bool set_runtime_dir(struct options *o, const char *arg)
{
    o->compile.runtime_dir = arg;
    return *arg != '\0';
}

static bool set_memory(struct options *o, const char *arg)
{
    static const char *const words[] = {"auto", "guard", "checked", NULL};
    static const enum w2s_memory_option kinds[] = {W2S_MEMORY_AUTO, W2S_MEMORY_GUARD,
                                                   W2S_MEMORY_CHECKED};
    int i = options_word(words, arg);
    if (i >= 0)
        o->compile.memory = kinds[i];
    return i >= 0;
}

static bool set_target(struct options *o, const char *arg)
{
    o->compile.target = arg;
    return *arg != '\0';
}

static bool set_cpu(struct options *o, const char *arg)
{
    o->compile.cpu = arg;
    return *arg != '\0';
}

static bool set_features(struct options *o, const char *arg)
{
    o->compile.features = arg;
    return *arg == '+' || *arg == '-';
}

static bool set_proposal(struct options *o, const char *arg, bool disabled)
{
    enum feature feature = feature_by_name(arg);
    if (feature == FEATURE__COUNT || feature == FEATURE_MVP)
        return false;
    if (disabled)
        o->compile.disabled |= FEATURE_BIT(feature);
    else
        o->compile.disabled &= ~FEATURE_BIT(feature);
    return true;
}

static bool set_enable(struct options *o, const char *arg)
{
    return set_proposal(o, arg, false);
}

static bool set_disable(struct options *o, const char *arg)
{
    return set_proposal(o, arg, true);
}

static bool set_strict_traps(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.strict_traps = true;
}

static bool set_relaxed_traps(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.relaxed_traps = true;
}

static bool set_interruptible(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.interruptible = true;
}

static bool set_deterministic(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.deterministic = true;
}

static bool set_counts_fuel(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.fuel = true;
}

static bool set_debug(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.debug = true;
}

/* A decimal number of at most max, the whole of text. */
static bool number_parse(const char *text, uint64_t max, const char **end, uint64_t *value)
{
    char *stop;
    errno = 0;
    *value = strtoull(text, &stop, 10);
    *end = stop;
    return text[0] >= '0' && text[0] <= '9' && errno == 0 && *value <= max;
}

bool options_number(const char *text, uint64_t max, uint64_t *value)
{
    const char *end;
    return number_parse(text, max, &end, value) && *end == '\0';
}

static bool set_jobs(struct options *o, const char *arg)
{
    uint64_t jobs;
    if (!options_number(arg, 1024, &jobs))
        return false;
    o->compile.jobs = (unsigned)jobs;
    return jobs > 0;
}

static bool set_cache(struct options *o, const char *arg)
{
    o->cache = arg;
    o->compile.cache = arg;
    return *arg != '\0';
}

static bool set_prefix(struct options *o, const char *arg)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    o->compile.prefix = arg;
    return *arg != '\0' && (*arg < '0' || *arg > '9') && arg[strspn(arg, letters)] == '\0';
}

static bool set_init(struct options *o, const char *arg)
{
    o->init = arg ? arg : "";
    return !arg || *arg;
}

static bool set_pgo_gen(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.count_profile = true;
}

static bool set_pgo_use(struct options *o, const char *arg)
{
    o->profile = arg;
    return *arg;
}

static bool set_save_temps(struct options *o, const char *arg)
{
    (void)arg;
    return o->compile.keep_temporaries = true;
}

static bool set_verbose(struct options *o, const char *arg)
{
    (void)arg;
    return o->verbose = true;
}

static void list_add(struct options *o, struct string_list *list, const char *item)
{
    list->items = arena_grow(&o->arena, list->items, list->count, list->count + 1, sizeof item);
    list->items[list->count++] = item;
}

static bool set_dir(struct options *o, const char *arg)
{
    list_add(o, &o->dirs, arg);
    return *arg != '\0';
}

static bool set_listen(struct options *o, const char *arg)
{
    list_add(o, &o->listens, arg);
    return strchr(arg, ':') != NULL;
}

static bool set_sandbox(struct options *o, const char *arg)
{
    (void)arg;
    return o->sandbox = true;
}

static bool set_env(struct options *o, const char *arg)
{
    list_add(o, &o->env, arg);
    const char *equals = strchr(arg, '=');
    return equals && equals != arg;
}

static bool set_inherit_env(struct options *o, const char *arg)
{
    (void)arg;
    return o->inherit_env = true;
}

static bool set_preload(struct options *o, const char *arg)
{
    list_add(o, &o->preloads, arg);
    const char *equals = strchr(arg, '=');
    return equals && equals[1] != '\0';
}

static bool set_invoke(struct options *o, const char *arg)
{
    o->invoke = arg;
    return true; /* the empty name is a name */
}

static bool set_wapc(struct options *o, const char *arg)
{
    o->wapc = arg;
    return true; /* any name */
}

bool options_bytes(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMG";
    const char *end;
    uint64_t n;
    if (!number_parse(text, UINT64_MAX >> 30, &end, &n) || n == 0)
        return false;
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (*end && (!unit || end[1] != '\0'))
        return false;
    *bytes = unit ? n << 10 * (unit - units + 1) : n;
    return true;
}

static bool set_max_memory(struct options *o, const char *arg)
{
    return options_bytes(arg, &o->max_memory);
}

/* What is compiled for this run can be stopped. */
static bool set_timeout(struct options *o, const char *arg)
{
    o->compile.interruptible = true;
    return options_number(arg, UINT64_MAX / 1000000, &o->timeout) && o->timeout > 0;
}

static bool set_fuel(struct options *o, const char *arg)
{
    uint64_t fuel;
    bool good = options_number(arg, W2S_FUEL_UNLIMITED - 1, &fuel);
    o->compile.fuel = true;
    o->fuel = (int64_t)fuel;
    return good;
}

static bool set_headers(struct options *o, const char *arg)
{
    (void)arg;
    o->print_what |= PRINT_HEADERS;
    return true;
}

static bool set_details(struct options *o, const char *arg)
{
    (void)arg;
    o->print_what |= PRINT_DETAILS;
    return true;
}

static bool set_disassemble(struct options *o, const char *arg)
{
    (void)arg;
    o->print_what |= PRINT_DISASSEMBLY;
    return true;
}

static bool set_raw(struct options *o, const char *arg)
{
    (void)arg;
    o->print_what |= PRINT_RAW;
    return true;
}

static bool set_section(struct options *o, const char *arg)
{
    o->section = arg;
    return true;
}

#define CMD_MAKE (CMD_COMPILE | CMD_RUN | CMD_SERVE)
#define CMD_READ (CMD_MAKE | CMD_VALIDATE)
#define CMD_EXEC (CMD_RUN | CMD_SERVE)

/* clang-format off */
static const struct option_row rows[] = {
    /* compile */
    {CMD_COMPILE, 'o', "output", "FILE", set_output, "write the result to FILE; - is standard output"},
    {CMD_COMPILE, 0, "emit", "KIND", set_emit, "so (default), exe, obj, archive, envoy-module, header, llvm-ir, asm or wasm"},
    {CMD_COMPILE, 0, "static", NULL, set_static, "exe: needs no shared library"},
    {CMD_COMPILE, 0, "runtime-dir", "DIR", set_runtime_dir, "exe: where the runtimes are, by target (default: beside the compiler)"},
    {CMD_MAKE, 'O', NULL, "LEVEL", set_level, "optimise: 0, 1, 2, 3, or s for size"},
    {CMD_COMPILE, 0, "target", "TRIPLE", set_target, "machine to compile for (default: this one)"},
    {CMD_MAKE, 0, "cpu", "NAME", set_cpu, "CPU to compile for: a name LLVM knows, generic or native"},
    {CMD_MAKE, 0, "features", "+X,-Y", set_features, "CPU features to add or leave out"},
    {CMD_MAKE, 0, "memory", "MODE", set_memory, "bounds checks: auto, guard (pages) or checked (explicit)"},
    {CMD_MAKE, 0, "strict-traps", NULL, set_strict_traps, "keep stores before a trap in order as well"},
    {CMD_MAKE, 0, "relaxed-traps", NULL, set_relaxed_traps, "allow a trap of an unused value to get lost"},
    {CMD_MAKE, 0, "interruptible", NULL, set_interruptible, "code that deadlines and other threads can stop"},
    {CMD_MAKE, 0, "deterministic", NULL, set_deterministic, "the same results everywhere: one NaN, relaxed SIMD without choices"},
    {CMD_COMPILE, 0, "fuel", NULL, set_counts_fuel, "code that counts instructions, for run --fuel"},
    {CMD_READ, 0, "enable", "PROPOSAL", set_enable, "allow what a proposal adds"},
    {CMD_READ, 0, "disable", "PROPOSAL", set_disable, "refuse what a proposal adds"},
    {CMD_COMPILE, 'g', NULL, NULL, set_debug, "keep debug information"},
    {CMD_MAKE, 'j', "jobs", "N", set_jobs, "compile on N threads (default: one a processor)"},
    {CMD_MAKE, 0, "cache", "DIR", set_cache, "keep what is compiled in DIR, modules and parts, and take it from there"},
    {CMD_COMPILE, 0, "prefix", "NAME", set_prefix, "C prefix of the exports (default: from the file's name)"},
    {CMD_COMPILE, 0, "init", "[FUNC]", set_init, "run an exported initialiser now and keep what it leaves"},
    {CMD_COMPILE, 0, "pgo-gen", NULL, set_pgo_gen, "make code that counts what it does and writes a profile (W2S_PROFILE=FILE)"},
    {CMD_COMPILE, 0, "pgo-use", "FILE", set_pgo_use, "make code that is fast at what a profile says"},
    {CMD_COMPILE, 0, "save-temps", NULL, set_save_temps, "keep intermediate files beside the output"},
    /* run */
    {CMD_MAKE, 0, "dir", "HOST[::GUEST][:ro]", set_dir, "let the program (run, serve, exe) see a directory; may be repeated"},
    {CMD_COMPILE | CMD_RUN, 0, "tcp-listen", "HOST:PORT", set_listen, "give the program (run, exe) a listening socket; may be repeated"},
    {CMD_COMPILE | CMD_RUN, 0, "sandbox", NULL, set_sandbox, "let the kernel confine the program (run, exe) as well"},
    {CMD_EXEC, 0, "env", "KEY=VALUE", set_env, "set a variable of the program's environment"},
    {CMD_EXEC, 0, "inherit-env", NULL, set_inherit_env, "pass on this environment"},
    {CMD_RUN, 0, "preload", "NAME=FILE", set_preload, "define the exports of another module for import"},
    {CMD_EXEC, 0, "max-memory", "N", set_max_memory, "bytes a memory may grow to (K, M, G)"},
    {CMD_EXEC, 0, "timeout", "MS", set_timeout, "end the program (serve: a request) with a trap after MS milliseconds"},
    {CMD_RUN, 0, "fuel", "N", set_fuel, "end the program with a trap after N instructions"},
    {CMD_RUN, 0, "wapc", "OPERATION", set_wapc, "call a waPC guest: payload from standard input, answer to output"},
    {CMD_RUN, 0, "invoke", "NAME [ARG...]", set_invoke, "call an export and print its results; ends the options"},
    /* serve */
    {CMD_SERVE, 0, "listen", "HOST:PORT", set_http_listen, "where to serve (default: 127.0.0.1:8080); also unix:PATH"},
    {CMD_SERVE, 0, "operation", "OP", set_operation, "waPC: the operation (default: check_word_exists)"},
    {CMD_SERVE, 0, "format", "FORMAT", set_format, "waPC: answers as text (default), node (result=...) or raw"},
    {CMD_SERVE, 0, "instances", "N", set_instances, "guests at work at once (default: two a processor)"},
    {CMD_SERVE, 0, "queue", "N", set_queue, "requests that may wait for a guest (default: 1024)"},
    {CMD_SERVE, 0, "workers", "N", set_workers, "threads that speak HTTP (default: one for two processors)"},
    {CMD_SERVE, 0, "connections", "N", set_connections, "connections at once (default: 1000)"},
    {CMD_SERVE, 0, "max-body", "N", set_max_body, "bytes of a request's body (K, M, G; default: 1M)"},
    {CMD_SERVE, 0, "max-answer", "N", set_max_answer, "bytes of an answer (K, M, G; default: 16M)"},
    {CMD_SERVE, 0, "client-timeout", "MS", set_client_timeout, "for a client to send a request or take an answer (default: 30000)"},
    {CMD_SERVE, 0, "grace", "MS", set_grace, "for requests in progress at the end (default: 10000)"},
    {CMD_SERVE, 0, "access-log", NULL, set_access_log, "a line a request on standard output"},
    /* inspect */
    {CMD_INSPECT, 'h', "headers", NULL, set_headers, "list the sections (default)"},
    {CMD_INSPECT, 'x', "details", NULL, set_details, "show what the sections hold"},
    {CMD_INSPECT, 'd', "disassemble", NULL, set_disassemble, "disassemble the functions"},
    {CMD_INSPECT, 's', "full-contents", NULL, set_raw, "show the bytes of the sections"},
    {CMD_INSPECT, 'j', "section", "NAME", set_section, "only this section"},

    {CMD_MAKE, 'v', "verbose", NULL, set_verbose, "say what is done"},
};
/* clang-format on */

#define ROW_COUNT   (sizeof rows / sizeof rows[0])
#define LONG_BASE   256 /* getopt's value of row i is LONG_BASE + i */
#define OPTION_HELP (LONG_BASE + (int)ROW_COUNT)

struct getopt_tables {
    char letters[3 * ROW_COUNT + 4];
    struct option longs[ROW_COUNT + 2];
};

static void letter_add(struct getopt_tables *tables, const struct option_row *row)
{
    char text[3] = {row->letter, row->arg ? ':' : '\0', '\0'};
    if (row->letter)
        strcat(tables->letters, text);
}

static void tables_make(struct getopt_tables *tables, enum command_id command)
{
    memset(tables, 0, sizeof *tables);
    strcpy(tables->letters, "-:"); /* in order; ':' for a missing argument */
    struct option *next = tables->longs;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];
        if (!(row->commands & command))
            continue;
        letter_add(tables, row);
        int has_arg = !row->arg            ? no_argument
                      : row->arg[0] == '[' ? optional_argument
                                           : required_argument;
        if (row->name)
            *next++ = (struct option){row->name, has_arg, NULL, LONG_BASE + (int)i};
    }
    *next = (struct option){"help", no_argument, NULL, OPTION_HELP};
    if (command != CMD_INSPECT)
        strcat(tables->letters, "h");
}

/* The row that getopt's value stands for, or NULL. */
static const struct option_row *row_find(int value, enum command_id command)
{
    if (value >= LONG_BASE)
        return &rows[value - LONG_BASE];
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].letter == value && rows[i].commands & command)
            return &rows[i];
    return NULL;
}

static const char *row_name(const struct option_row *row, char *buf, size_t size)
{
    if (row->name)
        snprintf(buf, size, "--%s", row->name);
    else
        snprintf(buf, size, "-%c", row->letter);
    return buf;
}

/* Ways to hold a memory's base that gain too little. */
static bool is_declined(const struct option_row *row, const char *arg)
{
    static const char *const memories[] = {"segue", "fixed", NULL};
    return row->set == set_memory && options_word(memories, arg) >= 0;
}

/* -1, or the exit code. */
static int option_take(struct options *o, const struct option_row *row, const char *arg)
{
    char name[40];
    row_name(row, name, sizeof name);
    if (arg && is_declined(row, arg))
        return usage_error(
            "%s %s: not supported, as it gains too little over guard (docs/rationale.md)", name,
            arg);
    if (!row->set(o, arg))
        return usage_error("%s: bad argument '%s' (%s)", name, arg ? arg : "", row->help);
    return -1;
}

/* What is not an option: the one file. -1, or the exit code. */
static int file_take(struct options *o, const char *arg)
{
    if (!o->file) {
        o->file = arg;
        return -1;
    }
    if (o->command == CMD_RUN)
        return usage_error("unexpected '%s': arguments of the program follow --", arg);
    return usage_error("unexpected '%s': one file at a time", arg);
}

static int help_for(struct options *o, const char *command)
{
    bool about_help = o->command == CMD_HELP;
    o->command = CMD_HELP;
    o->file = about_help ? NULL : command;
    return cmd_help(o);
}

/* What getopt could not make sense of: an option it does not know. */
static int unknown_option(char **argv)
{
    if (optopt > 0 && optopt < LONG_BASE)
        return usage_error("unknown option '-%c'; see wasm2so help %s", optopt, argv[0]);
    if (optopt >= LONG_BASE)
        return usage_error("option '%s' takes no argument", argv[optind - 1]);
    return usage_error("unknown or ambiguous option '%s'; see wasm2so help %s", argv[optind - 1],
                       argv[0]);
}

static int one_option(struct options *o, int value, char **argv)
{
    if (value == 1)
        return file_take(o, optarg);
    if (value == OPTION_HELP || (value == 'h' && o->command != CMD_INSPECT))
        return help_for(o, argv[0]);
    if (value == '?')
        return unknown_option(argv);
    if (value == ':')
        return usage_error("option '%s' needs an argument", argv[optind - 1]);
    return option_take(o, row_find(value, o->command), optarg);
}

/* What the options say together. -1, or the exit code. */
static int options_check(struct options *o)
{
    if (!o->file && o->command != CMD_HELP)
        return usage_error("no file given; see wasm2so --help");
    if (o->compile.strict_traps && o->compile.relaxed_traps)
        return usage_error("--strict-traps and --relaxed-traps exclude each other");
    if (o->compile.count_profile && o->profile)
        return usage_error("--pgo-gen and --pgo-use exclude each other");
    bool exe = o->compile.emit == W2S_EMIT_EXE;
    if (o->compile.static_link && !exe)
        return usage_error("--static is for --emit exe");
    if (o->command == CMD_COMPILE && !exe) {
        if (o->dirs.count > 0 && !o->init)
            return usage_error("--dir is for run, --emit exe and --init");
        if (o->listens.count > 0)
            return usage_error("--tcp-listen is for run and for --emit exe");
        if (o->sandbox)
            return usage_error("--sandbox is for run and for --emit exe");
    }
    if (o->sandbox && o->preloads.count > 0)
        return usage_error("--sandbox and --preload exclude each other");
    if (o->wapc && o->invoke)
        return usage_error("--wapc and --invoke exclude each other");
    if (o->command != CMD_RUN && o->arg_count > 0)
        return usage_error("unexpected '%s': one file at a time", o->args[0]);
    return -1;
}

/* After the last option: the program's or the export's arguments; or, for other commands, a file
 * behind "--" (its name may begin with '-'). */
static int rest_take(struct options *o, int argc, char **argv)
{
    if (o->command != CMD_RUN && optind < argc) {
        int code = file_take(o, argv[optind++]);
        if (code >= 0)
            return code;
    }
    o->arg_count = (size_t)(argc - optind);
    o->args = arena_array(&o->arena, o->arg_count, sizeof *o->args);
    for (size_t i = 0; i < o->arg_count; i++)
        o->args[i] = argv[(size_t)optind + i];
    return -1;
}

int options_parse(struct options *o, enum command_id command, int argc, char **argv)
{
    *o = (struct options){
        .command = command, .compile = W2S_COMPILE_OPTIONS_INIT, .fuel = W2S_FUEL_UNLIMITED};
    options_serve_default(&o->serve);
    struct getopt_tables tables;
    tables_make(&tables, command);
    opterr = 0;
    optind = 0; /* glibc: start afresh */
    while (!o->invoke) {
        int value = getopt_long(argc, argv, tables.letters, tables.longs, NULL);
        if (value == -1)
            break;
        int code = one_option(o, value, argv);
        if (code >= 0)
            return code;
    }
    int code = rest_take(o, argc, argv);
    return code >= 0 ? code : options_check(o);
}

void options_free(struct options *o)
{
    arena_free(&o->arena);
}

void options_help(FILE *out, enum command_id command)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];
        if (!(row->commands & command))
            continue;
        char left[64] = "    ";
        if (row->letter)
            snprintf(left, sizeof left, "-%c%s", row->letter, row->name ? ", " : " ");
        size_t n = strlen(left);
        snprintf(left + n, sizeof left - n, "%s%s%s%s", row->name ? "--" : "",
                 row->name ? row->name : "", row->name && row->arg ? " " : "",
                 row->arg ? row->arg : "");
        fprintf(out, "  %-30s %s\n", left, row->help);
    }
    fprintf(out, "  %-30s %s\n", command == CMD_INSPECT ? "    --help" : "-h, --help", "show this");
}
