/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The command line of the runner and its skip list (`skip.txt`: FILE[:LINE] REASON, one a line, `#`
 * begins a comment).
 */
#include "spec-tests/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: spec-tests [options] FILE|FOLDER...\n"
    "Runs scripts of the official WebAssembly test suite (.wast); folders are searched.\n"
    "  -O LEVEL         0 to 3 (the compiler's default)\n"
    "  --cpu NAME       as of wasm2so compile (native)\n"
    "  --memory MODE    auto, guard or checked\n"
    "  --interruptible, --fuel, --deterministic, --strict-traps, --relaxed-traps,\n"
    "  --pgo-gen        as of wasm2so compile\n"
    "  -j N             files at a time (as many as processors)\n"
    "  --timeout S      seconds a file may take (300)\n"
    "  --skip FILE      what to leave out: FILE[:LINE] REASON, one a line (the project's list)\n"
    "  --verbose        say what is skipped, show what scripts print\n";

static bool wrong(const char *what, const char *value)
{
    fprintf(stderr, "spec-tests: %s: %s\n%s", what, value, usage);
    return false;
}

static bool read_number(const char *text, unsigned long max, unsigned *number)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || value > max)
        return false;
    *number = (unsigned)value;
    return true;
}

static bool read_memory(const char *text, enum w2s_memory_option *memory)
{
    static const char *const names[] = {
        [W2S_MEMORY_AUTO] = "auto", [W2S_MEMORY_GUARD] = "guard", [W2S_MEMORY_CHECKED] = "checked"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *memory = (enum w2s_memory_option)i;
            return true;
        }
    return false;
}

/* ---- the skip list ---- */

static bool skip_parse(char *text, struct skip *skip)
{
    text[strcspn(text, "#\n")] = '\0';
    char *rest = text, *name = strsep(&rest, " \t");
    if (*name == '\0')
        return false;
    char *colon = strrchr(name, ':');
    if (colon != NULL) {
        *colon = '\0';
        skip->line = (uint32_t)strtoul(colon + 1, NULL, 10);
    }
    rest += rest == NULL ? 0 : strspn(rest, " \t");
    skip->path = strdup(name);
    skip->reason = strdup(rest == NULL || *rest == '\0' ? "no reason given" : rest);
    return skip->path != NULL && skip->reason != NULL;
}

static bool read_skips(const char *file, struct options *options)
{
    FILE *in = fopen(file, "r");
    if (in == NULL) {
        fprintf(stderr, "spec-tests: %s: %s\n", file, strerror(errno));
        return false;
    }
    char *text = NULL;
    size_t capacity = 0;
    while (getline(&text, &capacity, in) >= 0) {
        struct skip skip = {0};
        if (!skip_parse(text, &skip))
            continue;
        struct skip *more =
            realloc(options->skips, (options->skip_count + 1) * sizeof *options->skips);
        if (more == NULL)
            break;
        options->skips = more;
        options->skips[options->skip_count++] = skip;
    }
    bool good = !ferror(in) && feof(in);
    free(text);
    fclose(in);
    return good;
}

static bool path_ends_with(const char *path, const char *end)
{
    size_t path_size = strlen(path), end_size = strlen(end);
    if (end_size > path_size || strcmp(path + path_size - end_size, end) != 0)
        return false;
    return end_size == path_size || path[path_size - end_size - 1] == '/';
}

const char *options_skip_reason(const struct options *options, const char *path, uint32_t line)
{
    for (size_t i = 0; i < options->skip_count; i++)
        if (options->skips[i].line == line && path_ends_with(path, options->skips[i].path))
            return options->skips[i].reason;
    return NULL;
}

/* ---- the command line ---- */

/* SPEC_SKIP, the list that comes with the sources, is defined by CMake. */
enum { OPT_CPU = 256, OPT_MEMORY, OPT_TIMEOUT, OPT_SKIP, OPT_VERBOSE, OPT_HELP, OPT_SWITCH };

/* Switches of the compiler: values from OPT_SWITCH. */
static const struct {
    const char *name;
    size_t offset; /* of a bool in w2s_compile_options */
} switches[] = {
    {"interruptible", offsetof(w2s_compile_options, interruptible)},
    {"fuel", offsetof(w2s_compile_options, fuel)},
    {"deterministic", offsetof(w2s_compile_options, deterministic)},
    {"pgo-gen", offsetof(w2s_compile_options, count_profile)},
    {"strict-traps", offsetof(w2s_compile_options, strict_traps)},
    {"relaxed-traps", offsetof(w2s_compile_options, relaxed_traps)},
};
enum { SWITCHES = sizeof switches / sizeof *switches };

enum { PLAIN_OPTIONS = 6 };

static struct option long_options[PLAIN_OPTIONS + SWITCHES + 1] = {
    {"cpu", required_argument, NULL, OPT_CPU},
    {"memory", required_argument, NULL, OPT_MEMORY},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"skip", required_argument, NULL, OPT_SKIP},
    {"verbose", no_argument, NULL, OPT_VERBOSE},
    {"help", no_argument, NULL, OPT_HELP},
};

static void add_switches(void)
{
    for (int i = 0; i < SWITCHES; i++)
        long_options[PLAIN_OPTIONS + i] =
            (struct option){switches[i].name, no_argument, NULL, OPT_SWITCH + i};
}

static bool read_option(struct options *options, int option, char *value)
{
    unsigned number;
    if (option >= OPT_SWITCH) {
        char *compile = (char *)&options->compile;
        *(bool *)(compile + switches[option - OPT_SWITCH].offset) = true;
        return true;
    }
    switch (option) {
    case 'O':
        if (!read_number(value, 3, &number))
            return wrong("-O", value);
        options->compile.level = (int)number;
        return true;
    case 'j':
        if (!read_number(value, 1024, &options->jobs) || options->jobs == 0)
            return wrong("-j", value);
        return true;
    case OPT_CPU: options->compile.cpu = value; return true;
    case OPT_MEMORY:
        return read_memory(value, &options->compile.memory) || wrong("--memory", value);
    case OPT_TIMEOUT:
        return read_number(value, 1000000, &options->timeout) || wrong("--timeout", value);
    case OPT_VERBOSE: options->verbose = true; return true;
    case OPT_HELP: fputs(usage, stdout); exit(0);
    default: fputs(usage, stderr); return false;
    }
}

bool options_read(struct options *options, int argc, char **argv)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (struct options){.compile = W2S_COMPILE_OPTIONS_INIT,
                                .jobs = processors > 0 ? (unsigned)processors : 1,
                                .timeout = 300};
    const char *skips = SPEC_SKIP;
    add_switches();
    for (int option; (option = getopt_long(argc, argv, "O:j:", long_options, NULL)) != -1;) {
        if (option == OPT_SKIP)
            skips = optarg;
        else if (!read_option(options, option, optarg))
            return false;
    }
    if (!read_skips(skips, options))
        return false;
    options->paths = argv + optind;
    options->path_count = (size_t)(argc - optind);
    return options->path_count > 0 || wrong("nothing to run", "give a file or a folder");
}
