/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls the C functions of a module that an earlier compiler made (tests/abi/old.sh).
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

#include "wasm2so.h"

typedef int32_t function(w2s_instance *instance, int32_t a, int32_t b);

int main(int argc, char **argv)
{
    void *handle = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    w2s_error err = {0};
    w2s_module *module = handle ? w2s_module_load(argv[1], &err) : NULL;
    w2s_store *store = w2s_store_new(NULL);
    w2s_linker *linker = w2s_linker_new(store);
    w2s_wasi_config config = {.size = sizeof config, .stdin_fd = 0, .stdout_fd = 1, .stderr_fd = 2};
    w2s_linker_define_wasi(linker, &config, &err);
    w2s_instance *instance = module ? w2s_instance_new(store, module, linker, NULL, &err) : NULL;
    if (!instance) {
        printf("%s\n", handle ? err.message : dlerror());
        return 1;
    }
    function *add = (function *)dlsym(handle, "old_add");
    function *divide = (function *)dlsym(handle, "old_divide");
    int bad = add(instance, 34, 76) != 110;
    bad |= divide(instance, 7, 0) != 0 || w2s_last_trap() != W2S_TRAP_DIV_BY_ZERO;
    bad |= divide(instance, 7, 2) != 3;
    w2s_store_free(store);
    return bad;
}
