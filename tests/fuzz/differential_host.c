/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiles each module in several ways, calls its exports t0, t1, ... and prints one line for each
 * way: how every call ended, and a sum of the memory after it. differential.py compares the lines,
 * with each other and with those of differential.js. Ways are those of ways.h, and ,pgo; with fuel
 * the last word of the line says how much all calls that ended without a trap used, with pgo
 * it is done counting first, then by what was counted. With aarch64 the module is run by the
 * command in DIFFERENTIAL_AARCH64: an emulator with its options, and differential_runner. usage:
 * differential_host DIRECTORY WAY[:WAY...] MODULE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/differential_run.h"
#include "tests/fuzz/ways.h"

struct input {
    const char *file;
    const void *bytes;
    size_t size;
};

/* Compiled for AArch64, run by what the environment names: an emulator, and differential_runner. */
static void run_elsewhere(const struct input *in, const char *output, const char *way)
{
    char command[8192];
    const char *runner = getenv("DIFFERENTIAL_AARCH64");
    if (!runner)
        differential_die(in->file, way, "DIFFERENTIAL_AARCH64 is not set");
    snprintf(command, sizeof command, "exec %s %s %s %s", runner, output, in->file, way);
    fflush(stdout);
    if (system(command) != 0)
        differential_die(in->file, way, "the emulator failed");
}

/* Compiles and runs. profile: where to write what was counted, or NULL. */
static void run_way(const struct input *in, const char *directory, const char *way,
                    const w2s_compile_options *options, const char *profile)
{
    char output[4096];
    w2s_compile_error err;
    snprintf(output, sizeof output, "%s/module.so", directory);
    if (!w2s_compile(in->bytes, in->size, options, output, &err))
        differential_die(in->file, way, err.message);
    if (options->target)
        run_elsewhere(in, output, way);
    else
        differential_run(output, in->file, way, profile);
    unlink(output);
}

/* The file's size; it is removed. */
static size_t take_file(const char *path, void *bytes, size_t size)
{
    FILE *in = fopen(path, "rb");
    size_t n = in ? fread(bytes, 1, size, in) : 0;
    if (in)
        fclose(in);
    unlink(path);
    return n;
}

static void one_way(const struct input *in, const char *directory, const char *way)
{
    static char profile[1 << 22];
    char path[4096], counting[64];
    w2s_compile_options options = way_options(way);
    if (strstr(way, "pgo")) {
        snprintf(path, sizeof path, "%s/profile", directory);
        snprintf(counting, sizeof counting, "%s,counting", way);
        options.count_profile = true;
        run_way(in, directory, counting, &options, path);
        options.count_profile = false;
        options.profile = profile;
        options.profile_size = take_file(path, profile, sizeof profile);
    }
    run_way(in, directory, way, &options, NULL);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    for (int i = 3; i < argc; i++) {
        static char bytes[1 << 20], ways[256];
        FILE *in = fopen(argv[i], "rb");
        if (!in)
            differential_die(argv[i], "-", "cannot open");
        size_t size = fread(bytes, 1, sizeof bytes, in);
        fclose(in);
        snprintf(ways, sizeof ways, "%s", argv[2]);
        for (char *way = strtok(ways, ":"); way; way = strtok(NULL, ":")) {
            one_way(&(struct input){argv[i], bytes, size}, argv[1], way);
            fflush(stdout);
        }
    }
    return 0;
}
