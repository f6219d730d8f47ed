/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Fuel of stores. Generated code does the counting (codegen/emit/emit_fuel.c); it may go below zero
 * by less than a function's length before it asks.
 */
#include "runtime/runtime.h"

void rt_fuel_init(w2s_store *store)
{
    store->exec.fuel = W2S_FUEL_UNLIMITED;
    store->fuel_limited = false;
}

bool rt_fuel_admit(w2s_store *store, const struct w2s_module_desc *desc, w2s_error *err)
{
    if (rt_desc_code_features(desc) & W2S_CODE_FUEL)
        return true;
    if (store->fuel_limited)
        return rt_fail(err, W2S_ERROR_LINK,
                       "the store's fuel is limited, which needs modules compiled with --fuel");
    store->unmetered = true;
    return true;
}

bool w2s_store_set_fuel(w2s_store *store, int64_t fuel, w2s_error *err)
{
    bool limited = fuel != W2S_FUEL_UNLIMITED;
    if (fuel < 0)
        return rt_fail(err, W2S_ERROR_ARGUMENT, "a negative amount of fuel");
    if (limited && store->unmetered)
        return rt_fail(err, W2S_ERROR_ARGUMENT,
                       "limited fuel needs code that counts it: the store has a module compiled "
                       "without --fuel");
    store->fuel_limited = limited;
    store->exec.fuel = fuel;
    return true;
}

int64_t w2s_store_fuel(const w2s_store *store)
{
    return store->exec.fuel < 0 ? 0 : store->exec.fuel;
}

void rt_fuel_share(w2s_store *from, w2s_store *to)
{
    if (!from->fuel_limited)
        return;
    int64_t half = w2s_store_fuel(from) / 2;
    from->exec.fuel -= half;
    to->exec.fuel = half;
    to->fuel_limited = true;
}

void rt_fuel_return(w2s_store *from, w2s_store *to)
{
    if (to->fuel_limited)
        to->exec.fuel += w2s_store_fuel(from);
}
