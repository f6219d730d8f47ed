/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Memory that one more instance of a module costs: bytes of heap, and resident bytes of its linear
 * memory. Counted by the allocator and by mincore(), not as the process's RSS, so that it means the
 * same under an emulator.
 *   usage: instance MODULE.so
 */
#include "wasm2so.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { INSTANCES = 64 };

static size_t resident(const w2s_memory *memory, uint8_t *base)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = w2s_memory_size(memory);
    size_t count = 0, pages = (size + page - 1) / page;
    unsigned char *in = calloc(pages + 1, 1);
    if (in && mincore(base, size, in) == 0)
        for (size_t i = 0; i < pages; i++)
            count += in[i] & 1;
    free(in);
    return count * page;
}

/* A store with one instance, as a host has that keeps its guests apart. */
static w2s_instance *make(w2s_module *module)
{
    w2s_store *store = w2s_store_new(NULL);
    return store ? w2s_instance_new(store, module, NULL, NULL, NULL) : NULL;
}

int main(int argc, char **argv)
{
    w2s_error err = {0};
    w2s_module *module = argc == 2 ? w2s_module_load(argv[1], &err) : NULL;
    w2s_instance *first = module ? make(module) : NULL;
    if (!first) {
        fprintf(stderr, "instance: %s\n", module ? "no instance" : err.message);
        return 1;
    }
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < INSTANCES; i++)
        if (!make(module))
            return 1;
    size_t heap = (mallinfo2().uordblks - before) / INSTANCES;
    w2s_memory *memory = w2s_instance_memory_at(first, 0);
    printf("%zu %zu\n", heap, memory ? resident(memory, w2s_memory_base(memory)) : 0);
    return 0;
}
