/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the commands of a script act on: one store with the modules and instances made so far, under
 * the names the script gave them, and the linker with what it registered. A thread of a script has
 * a world of its own.
 */
#ifndef SPEC_TESTS_WORLD_H
#define SPEC_TESTS_WORLD_H

#include "frontend/error.h"
#include "frontend/types.h"
#include "runtime/include/wasm2so.h"
#include "spec-tests/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a step ended. */
enum outcome {
    OUTCOME_OK,
    OUTCOME_MALFORMED,
    OUTCOME_INVALID,
    OUTCOME_UNLINKABLE,
    OUTCOME_TRAP,
    OUTCOME_EXCEPTION,
    OUTCOME_UNSUPPORTED, /* a proposal that is not generated; text names it */
    OUTCOME_ERROR        /* anything else: I/O, a limit, a script that asks for what is not there */
};

struct result {
    enum outcome outcome;
    enum w2s_trap_kind trap; /* OUTCOME_TRAP */
    char text[600];          /* the message; empty for OUTCOME_OK */
};

/* "malformed", "trap", ... */
const char *outcome_name(enum outcome outcome);

/* Sets the outcome and a text; returns whether it is OUTCOME_OK. */
bool result_set(struct result *result, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A module that was compiled and loaded, or why not. */
struct unit {
    struct slice name;
    w2s_module *module;
    struct result result;
};

/* An instance, or why there is none. */
struct actor {
    struct slice name;
    w2s_instance *instance;
    bool of_other_thread; /* its shared memories can be registered, nothing else */
    struct result result;
};

struct world {
    const struct options *options;
    w2s_store *store;
    w2s_linker *linker;
    struct unit *units; /* in the order of their making: the last one has no need of a name */
    size_t unit_count;
    struct actor *actors;
    size_t actor_count;
    uint64_t disabled;       /* proposals that the script's part of the suite does without */
    char registered_gap[64]; /* the proposal for want of which a name is not registered, or "" */
};

/* Makes the store with its spectest module, for the script of that path. Names passed later must
 * outlive the world. */
bool world_init(struct world *world, const struct options *options, const char *path,
                struct result *result);
void world_free(struct world *world);

/* The outcome that an error of the frontend or the compiler is. */
enum outcome world_outcome(enum error_kind kind);

/* Compiles and loads a module, binary or text; *module is NULL unless the outcome is OK. */
bool world_compile(struct world *world, const void *bytes, size_t size, w2s_module **module,
                   struct result *result);
/* Instantiates a module among what is registered. */
bool world_instantiate(struct world *world, w2s_module *module, w2s_instance **instance,
                       struct result *result);

/* Records a module (the world owns it from now on) or an instance, with the result of making it. */
bool world_add_unit(struct world *world, struct slice name, w2s_module *module,
                    const struct result *result);
bool world_add_actor(struct world *world, struct slice name, w2s_instance *instance,
                     const struct result *result);
/* Records an instance of another thread's world. */
bool world_add_shared(struct world *world, struct slice name, w2s_instance *instance);
/* The module or instance of that name, the latest one where the name is empty; NULL if not found.
 */
struct unit *world_unit(struct world *world, struct slice name);
struct actor *world_actor(struct world *world, struct slice name);

/* Makes the exports of an instance importable under a module name. */
bool world_register(struct world *world, struct slice as, const struct actor *actor,
                    struct result *result);

/* Results of an action: values and their types, as many as the function has. */
enum { WORLD_VALUES_MAX = 64 };
struct values {
    w2s_value values[WORLD_VALUES_MAX];
    w2s_valtype types[WORLD_VALUES_MAX];
    uint32_t count;
};

/* Calls an exported function. args->types is what the script gave. */
bool world_invoke(struct actor *actor, struct slice export_name, const struct values *args,
                  struct values *results, struct result *result);
/* Reads an exported global. */
bool world_get(struct actor *actor, struct slice export_name, struct values *results,
               struct result *result);

#endif
