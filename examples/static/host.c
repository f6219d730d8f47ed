/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module linked into a program: its exports are C functions, and nothing is loaded.
 */
#include <stdio.h>
#include <wasm2so.h>

#include "numbers.h"

/* The exported functions themselves. A module without imports needs no instance of its own. */
static void call_directly(void)
{
    printf("gcd(1071, 462) = %d\n", numbers_gcd(NULL, 1071, 462));
    printf("divide(7, 2) = %d\n", numbers_divide(NULL, 7, 2));
    numbers_divide(NULL, 7, 0);
    printf("divide(7, 0): %s\n", w2s_trap_kind_message(w2s_last_trap()));
}

/* Everything that wasm2so.h can do, with a module that is there already. */
static int call_by_name(void)
{
    w2s_error err;
    w2s_module *module = w2s_module_from_desc(&numbers_module, &err);
    w2s_store *store = w2s_store_new(NULL);
    w2s_instance *instance =
        module && store ? w2s_instance_new(store, module, NULL, NULL, &err) : NULL;
    if (!instance) {
        fprintf(stderr, "%s\n", store ? err.message : "out of memory");
        return 1;
    }
    w2s_value args[] = {{.i32 = 48}, {.i32 = 36}}, result;
    w2s_trap *trap = w2s_call(w2s_instance_func(instance, "gcd"), args, &result);
    if (!trap)
        printf("gcd(48, 36) = %d\n", result.i32);
    w2s_trap_free(trap);
    w2s_store_free(store);
    w2s_module_free(module);
    return trap != NULL;
}

int main(void)
{
    call_directly();
    return call_by_name();
}
