/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Options by the words of a way: see ways.h.
 */
#include "tests/fuzz/ways.h"

#include <string.h>

w2s_compile_options way_options(const char *way)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = way[0] - '0';
    options.memory = strstr(way, "checked") ? W2S_MEMORY_CHECKED : W2S_MEMORY_AUTO;
    options.cpu = strstr(way, "native") ? "native" : strstr(way, "haswell") ? "haswell" : NULL;
    options.strict_traps = strstr(way, "strict") != NULL;
    options.interruptible = strstr(way, "interruptible") != NULL;
    options.fuel = strstr(way, "fuel") != NULL;
    options.deterministic = strstr(way, "deterministic") != NULL;
    options.target = strstr(way, "aarch64") ? "aarch64-linux-gnu" : NULL;
    options.jobs = 1;
    return options;
}
