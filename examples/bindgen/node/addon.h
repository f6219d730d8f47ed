/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * addon.h: a compiled module in Node, in the shape of the JavaScript API, from inside. A guest is
 * an instance with a store of its own. An externref is the number of a slot in which the guest
 * holds a value of JavaScript (value.c); NULL is null.
 */
#ifndef ADDON_H
#define ADDON_H

#include <node_api.h>

#include "wasm2so.h"

enum { MAX_VALUES = 128 }; /* parameters or results of a function that can be called */

struct guest {
    napi_env env;
    w2s_store *store;
    w2s_tag *js_tag; /* what JavaScript throws, as wasm sees it */
    unsigned depth;  /* calls into wasm in progress */
    struct memory *memories;
    struct function **functions; /* by w2s_func, a hash table */
    uint32_t function_count, function_room;
    struct {
        napi_ref values; /* an array */
        bool *marks;
        uint32_t *free_slots;
        uint32_t count, free_count, room, limit; /* limit: when to sweep */
        bool swept; /* the guest keeps references only where sweep looks: in exports */
        w2s_extern *places;
        uint32_t place_count;
    } held;
};

/* ---- values (value.c): false, with an exception pending, where JavaScript throws ---- */

bool from_js(struct guest *guest, napi_value js, w2s_valtype type, w2s_value *value);
napi_value to_js(struct guest *guest, w2s_value value, w2s_valtype type);
bool is_supported(const w2s_functype *type);
bool held_init(struct guest *guest);
/* Where the instance may keep references; afterwards values that it dropped are released. */
void held_watch(struct guest *guest, w2s_instance *instance);
/* Releases what the guest dropped; outside of calls into it. */
void held_sweep(struct guest *guest);

/* ---- functions (function.c) ---- */

/* Defines the import in the linker. False when out of memory. */
bool import_define(struct guest *guest, w2s_linker *linker, const struct w2s_import_desc *desc,
                   const struct w2s_type *type, napi_value callback);
/* The function's one object in JavaScript. */
napi_value function_js(struct guest *guest, w2s_func *func);
/* The other way; NULL for what is no exported function. */
w2s_func *function_of(napi_env env, napi_value js);

/* ---- what is thrown (throw.c): all return NULL ---- */

/* An error of that class of WebAssembly, or of JavaScript. */
napi_value throw_error(napi_env env, const char *class, const char *message);
/* Frees the trap. */
napi_value throw_trap(struct guest *guest, w2s_trap *trap);
/* The trap that takes the pending exception through wasm. */
w2s_trap *trap_pending(struct guest *guest);

/* ---- memories, tables, globals (object.c) ---- */

napi_value memory_js(struct guest *guest, w2s_memory *memory);
napi_value table_js(struct guest *guest, w2s_table *table);
napi_value global_js(struct guest *guest, w2s_global *global);
/* Detaches the buffers of memories that have grown: after wasm has run. */
void memories_refresh(struct guest *guest);

#endif
