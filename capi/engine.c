/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Configurations, engines and stores, and the reason of the last failure. An engine is what stores
 * have in common: the options; it lives as long as the last of its users.
 */
#include "capi/capi.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the last failure ---- */

static _Thread_local char reason[500];

void *capi_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return NULL;
}

const char *w2s_capi_error(void)
{
    return reason;
}

/* ---- configurations ---- */

/* What the user wants of programs that do not say: 0 to 3, else -1. */
static int level_of_environment(void)
{
    const char *level = getenv("WASM2SO_LEVEL");
    return level && level[0] >= '0' && level[0] <= '3' && !level[1] ? level[0] - '0' : -1;
}

wasm_config_t *wasm_config_new(void)
{
    wasm_config_t *config = calloc(1, sizeof *config);
    if (config)
        config->level = level_of_environment();
    return config;
}

void wasm_config_delete(wasm_config_t *config)
{
    if (config)
        free(config->cpu);
    free(config);
}

void w2s_config_set_level(wasm_config_t *config, int level)
{
    config->level = level >= 0 && level <= 3 ? level : -1;
}

bool w2s_config_set_cpu(wasm_config_t *config, const char *cpu)
{
    char *copy = strdup(cpu);
    if (!copy)
        return false;
    free(config->cpu);
    config->cpu = copy;
    return true;
}

void w2s_config_set_jobs(wasm_config_t *config, unsigned jobs)
{
    config->jobs = jobs;
}

void w2s_config_set_isolated(wasm_config_t *config, bool isolated)
{
    config->isolated = isolated;
}

void w2s_config_set_max_memory(wasm_config_t *config, uint64_t bytes)
{
    config->max_memory = bytes;
}

/* ---- engines ---- */

wasm_engine_t *wasm_engine_new(void)
{
    wasm_config_t *config = wasm_config_new();
    return config ? wasm_engine_new_with_config(config) : NULL;
}

wasm_engine_t *wasm_engine_new_with_config(wasm_config_t *config)
{
    wasm_engine_t *engine = malloc(sizeof *engine);
    if (!engine) {
        wasm_config_delete(config);
        return NULL;
    }
    atomic_init(&engine->users, 1);
    engine->config = *config;
    free(config); /* the text in it is the engine's now */
    return engine;
}

void wasm_engine_delete(wasm_engine_t *engine)
{
    if (!engine || atomic_fetch_sub(&engine->users, 1) != 1)
        return;
    free(engine->config.cpu);
    free(engine);
}

/* ---- stores ---- */

wasm_store_t *wasm_store_new(wasm_engine_t *engine)
{
    wasm_store_t *store = calloc(1, sizeof *store);
    const w2s_store_config config = {.size = sizeof config,
                                     .max_memory = engine->config.max_memory};
    if (store)
        store->store = w2s_store_new(&config);
    if (!store || !store->store) {
        free(store);
        return NULL;
    }
    store->engine = engine;
    atomic_fetch_add(&engine->users, 1);
    return store;
}

/* Traps give back what they have of the runtime's store before that goes. */
void wasm_store_delete(wasm_store_t *store)
{
    if (!store)
        return;
    traps_close(store);
    w2s_store_free(store->store);
    refs_close(store);
    wasm_engine_delete(store->engine);
    free(store);
}
