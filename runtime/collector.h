/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to the runtime: garbage collection. The collector is libgc (Boehm, Demers, Weiser),
 * loaded with the first module that needs it. Its heap is the process's; it marks with all mutators
 * stopped, from two kinds of roots:
 *
 *  - Stacks. A thread is known to the collector only while it runs wasm of a collected store
 *    (rt_inside), and only its stack from that entry on is scanned, word by word. While a host
 *    function runs (rt_outside) the thread is not stopped: it may block, or switch stacks.
 *  - What a store owns: globals, tables, segments, exceptions, the host's roots. They are visited
 *    by type (rt_store_visit). As the host's threads are not stopped, whatever they change there
 *    they change under the collector's lock (rt_roots_lock).
 *
 * Objects are marked by the layout of their types (struct w2s_object_type); those without
 * references are never looked into.
 */
#ifndef RUNTIME_COLLECTOR_H
#define RUNTIME_COLLECTOR_H

#include "runtime/runtime.h"

#pragma GCC visibility push(hidden)

/* Loads and starts the collector, unless it runs. */
bool rt_collector_load(w2s_error *err);

/* From now on the store's objects are collected. Fails while wasm of the store runs: frames that
 * are there already would not be scanned. */
bool rt_store_collect(w2s_store *store, w2s_error *err);
/* The store goes. */
void rt_store_leave(w2s_store *store);

/* Runs task(env) as a mutator: with the stack scanned from here on. Traps must not leave it. */
typedef void rt_task(void *env);
void rt_inside(w2s_store *store, rt_task *task, void *env);
/* Runs task(env) as the host's: the frames so far are scanned, those of the task are not. */
void rt_outside(rt_task *task, void *env);

/* Guards what rt_store_visit visits against collections; nothing where the store is not collected.
 * Not reentrant. */
void rt_roots_lock(const w2s_store *store);
void rt_roots_unlock(const w2s_store *store);

/* A zeroed object of that size (the type's, or what an array's length makes of it) with its type;
 * NULL when out of memory. The calling thread is inside. */
struct w2s_object *rt_object_alloc(const struct w2s_object_type *type, size_t size);
/* The object that begins at that address, or NULL; takes any address. */
struct w2s_object *rt_object_at(void *address);
/* Memory for values, aligned to 16; scanned like the stack if the calling thread is inside, then as
 * now. NULL when out of memory. */
void *rt_buffer_new(size_t size);
void rt_buffer_free(void *buffer);

/* ---- store_visit.c ---- */

typedef void rt_visit(void **refs, size_t count);
/* Visits all references to objects that the store owns. */
void rt_store_visit(w2s_store *store, rt_visit *visit);
/* Whether values of that type may refer to objects. */
bool rt_is_traced(w2s_valtype type, const struct w2s_module_desc *desc);

/* ---- reference.c ---- */

/* Room for the results of a call; false when out of memory. Then the results, which lie in values
 * of 16 bytes each. */
bool rt_recent_reserve(w2s_store *store, size_t count);
void rt_recent_set(w2s_store *store, const w2s_value *values, size_t count);
void rt_references_free(w2s_store *store);

/* ---- object_type.c ---- */

/* The run-time type of a structure or array type; super: that of its supertype, or NULL. Never
 * freed; NULL when out of memory. */
struct w2s_object_type *rt_object_type_new(const struct w2s_type *type,
                                           const struct w2s_object_desc *layout,
                                           const struct w2s_object_type *super);

#pragma GCC visibility pop

#endif
