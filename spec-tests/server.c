/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * spec-compile: compiles for a runner on another machine (remote.h), requests on standard input,
 * answers on standard output, until the input ends.
 */
#include "spec-tests/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads a request's bytes into one block; NULL at the end of the stream or without memory. */
static char *receive(struct compile_request *request)
{
    const uint64_t most = UINT64_C(1) << 32;
    if (!remote_read(STDIN_FILENO, request, sizeof *request) || request->target_size > most ||
        request->cpu_size > most || request->output_size > most || request->module_size > most)
        return NULL;
    size_t size =
        request->target_size + request->cpu_size + request->output_size + request->module_size;
    char *block = malloc(size + 1);
    if (block == NULL || remote_read(STDIN_FILENO, block, size))
        return block;
    free(block);
    return NULL;
}

int main(void)
{
    struct compile_request request;
    for (char *block; (block = receive(&request)) != NULL; free(block)) {
        const char *target = block, *cpu = target + request.target_size;
        const char *output = cpu + request.cpu_size, *module = output + request.output_size;
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.level = request.level;
        options.memory = (enum w2s_memory_option)request.memory;
        options.interruptible = request.interruptible;
        options.fuel = request.fuel;
        options.deterministic = request.deterministic;
        options.count_profile = request.count_profile;
        options.strict_traps = request.strict_traps;
        options.relaxed_traps = request.relaxed_traps;
        options.disabled = request.disabled;
        options.target = target;
        options.cpu = cpu;
        options.jobs = 1;
        options.name = "script";
        w2s_compile_error answer;
        if (w2s_compile(module, request.module_size, &options, output, &answer))
            answer.kind = 0;
        if (!remote_write(STDOUT_FILENO, &answer, sizeof answer))
            return 1;
    }
    return 0;
}
