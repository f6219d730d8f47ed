/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to capi: the structs behind wasm.h, and what its files offer each other.
 *
 * There is one wasm_ref_t for each object of the runtime, found by its address in a table of the
 * store, so that host info stays with the object and `same` compares pointers. Handles of the host
 * are counted. What wasm can reach is `held` and lives as long as its store, as the runtime's own
 * objects do; the rest goes with its last handle. A handle may outlive its store: then it can only
 * be deleted.
 */
#ifndef CAPI_CAPI_H
#define CAPI_CAPI_H

#include "capi/include/wasm.h"
#include "capi/include/wasm2so_capi.h"
#include "runtime/include/wasm2so.h"

#include <stdatomic.h>

#pragma GCC visibility push(hidden)

/* ---- configuration and engine (engine.c) ---- */

struct wasm_config_t {
    int level;
    char *cpu; /* NULL: native */
    unsigned jobs;
    bool isolated;
    uint64_t max_memory;
};

struct wasm_engine_t {
    atomic_uint users; /* the host and the stores */
    struct wasm_config_t config;
};

/* ---- types (types.c, externtype.c) ---- */

struct wasm_valtype_t {
    wasm_valkind_t kind;
};

/* The head of all kinds of extern types. */
struct wasm_externtype_t {
    wasm_externkind_t kind;
};

struct wasm_functype_t {
    wasm_externtype_t head;
    wasm_valtype_vec_t params, results;
};

struct wasm_globaltype_t {
    wasm_externtype_t head;
    wasm_valtype_t *content;
    wasm_mutability_t mutability;
};

struct wasm_tabletype_t {
    wasm_externtype_t head;
    wasm_valtype_t *element;
    wasm_limits_t limits;
};

struct wasm_memorytype_t {
    wasm_externtype_t head;
    wasm_limits_t limits;
};

struct wasm_tagtype_t {
    wasm_externtype_t head;
    wasm_functype_t *functype;
};

struct wasm_importtype_t {
    wasm_name_t module, name;
    wasm_externtype_t *type;
};

struct wasm_exporttype_t {
    wasm_name_t name;
    wasm_externtype_t *type;
};

/* From the runtime's types; concrete heap types belong to desc. */
wasm_valkind_t valkind_from(w2s_valtype type, const struct w2s_module_desc *desc);
wasm_valtype_t *valtype_from(w2s_valtype type, const struct w2s_module_desc *desc);
wasm_functype_t *functype_from(const w2s_functype *type, const struct w2s_module_desc *desc);
wasm_externtype_t *externtype_from(const struct w2s_externtype *type,
                                   const struct w2s_module_desc *desc);
wasm_limits_t limits_from(const struct w2s_externtype *type);
/* To them; false for a kind that the host cannot make. */
bool valtype_to(wasm_valkind_t kind, w2s_valtype *out);
/* The limits as they are, of elements or pages. */
void limits_to(wasm_limits_t limits, struct w2s_externtype *out);

/* ---- vectors (vec.c) ---- */

/* size items of item_size bytes: zero, or copies of from. NULL for none, or when out of memory. */
void *items_new(size_t size, size_t item_size, const void *from);
/* The items are pointers: each is replaced by copy(it), or given to destroy. */
void items_copy(void *items, size_t size, void *(*copy)(const void *));
void items_delete(void *items, size_t size, void (*destroy)(void *));

/* ---- references (ref.c) ---- */

/* Those of externals as in wasm_externkind_enum. */
enum ref_kind {
    REF_FUNC,
    REF_GLOBAL,
    REF_TABLE,
    REF_MEMORY,
    REF_TAG,
    REF_INSTANCE,
    REF_FOREIGN,
    REF_TRAP,
    REF_MODULE,
    REF_OBJECT, /* of wasm: collected, or an exception */
};

struct wasm_ref_t {
    enum ref_kind kind;
    bool held;                /* by the store: wasm may reach it */
    size_t handles;           /* of the host */
    wasm_store_t *store;      /* NULL once it is deleted */
    wasm_ref_t *next, **link; /* in the store's list */
    void *host_info;
    void (*finalizer)(void *);
};

/* Allocates a zeroed struct of that size, which begins with a wasm_ref_t, with one handle. NULL
 * when out of memory. */
void *ref_new(wasm_store_t *store, enum ref_kind kind, size_t size);
/* One more handle; NULL for NULL. The object is logically the host's, whatever the pointer says. */
void *ref_retain(const wasm_ref_t *ref);
/* ref if it is of that kind, else NULL. */
void *ref_of_kind(const wasm_ref_t *ref, enum ref_kind kind);
/* The object that the store knows by that address of the runtime's, or NULL; with a new handle. */
void *ref_find(const wasm_store_t *store, const void *item);
/* From now on it is found by that address and held. False when out of memory. */
bool ref_hold(wasm_ref_t *ref, const void *item);
/* The store is being deleted: finalizers run, objects without handles go. */
void refs_close(wasm_store_t *store);

/* ---- stores (store.c) ---- */

struct wasm_store_t {
    wasm_engine_t *engine;
    w2s_store *store;
    wasm_ref_t *refs;       /* all */
    struct ref_slot *slots; /* hash table of the held ones */
    size_t slot_count, held_count;
    wasm_trap_t *in_flight; /* that host functions returned into wasm */
};

/* ---- objects ---- */

struct wasm_extern_t {
    wasm_ref_t ref;
    w2s_extern item;
    w2s_valtype type;                   /* of a global, of a table's elements */
    const struct w2s_module_desc *desc; /* whose concrete heap types the type names */
};

struct wasm_global_t {
    wasm_extern_t ext;
};

struct wasm_table_t {
    wasm_extern_t ext;
};

struct wasm_memory_t {
    wasm_extern_t ext;
};

struct wasm_func_t {
    wasm_extern_t ext;
    w2s_functype type;             /* asked for once */
    wasm_func_callback_t callback; /* of a host function: this, or with_env */
    wasm_func_callback_with_env_t with_env;
    void *env;
    void (*finalizer)(void *);
};

struct wasm_instance_t {
    wasm_ref_t ref;
    w2s_instance *instance;
};

struct wasm_foreign_t {
    wasm_ref_t ref;
};

/* What is not the host's: by a root, or exceptions, which live as long as the store. */
struct wasm_object {
    wasm_ref_t ref;
    enum w2s_heap heap; /* top of its hierarchy: any, extern or exn */
    w2s_root *root;
    void *exception;
};

struct wasm_trap_t {
    wasm_ref_t ref;
    w2s_trap *trap; /* NULL: only the message is left */
    bool in_flight; /* the runtime has it */
    wasm_trap_t *next;
    wasm_message_t message;
};

struct wasm_frame_t {
    wasm_instance_t *instance;
    uint32_t func_index;
    size_t func_offset, module_offset;
};

/* A loaded module, for any number of stores. */
struct wasm_shared_module_t {
    atomic_uint users;
    w2s_module *module;
    void *bytes; /* the artifact, mapped */
    size_t size;
};

struct wasm_module_t {
    wasm_ref_t ref;
    wasm_shared_module_t *shared;
};

/* extern.c: the object of an external, with a new handle; type and desc as in wasm_extern_t. NULL
 * when out of memory. */
wasm_extern_t *extern_from(wasm_store_t *store, w2s_extern item, w2s_valtype type,
                           const struct w2s_module_desc *desc);

/* func.c: sets what is known of a function by its item. */
void func_describe(wasm_func_t *func);

/* ---- values (value.c) ---- */

/* The value as one of that type, or false if it is none; refs stay the caller's. */
bool value_to(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
              const wasm_val_t *val, w2s_value *out);
bool ref_to(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
            wasm_ref_t *ref, void **out);
/* *out is owned. */
void value_from(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
                w2s_value value, wasm_val_t *out);
wasm_ref_t *ref_from(wasm_store_t *store, w2s_valtype type, const struct w2s_module_desc *desc,
                     void *ref);

/* ---- traps (trap.c) ---- */

/* The runtime's trap, taken over, as one for the host. */
wasm_trap_t *trap_from(wasm_store_t *store, w2s_trap *trap);
/* The host's, taken over, as one for the runtime. */
w2s_trap *trap_to(wasm_trap_t *trap);
wasm_trap_t *trap_text(wasm_store_t *store, const char *message);
/* Gives back what belongs to the runtime's store. */
void traps_close(wasm_store_t *store);
/* The trap's own part is freed. */
void trap_destroy(wasm_trap_t *trap);

/* ---- modules (module.c, image.c, compiler.c) ---- */

void shared_release(wasm_shared_module_t *shared);
/* Loads an artifact; NULL, and the error is set. */
wasm_shared_module_t *image_load(const void *bytes, size_t size);
/* Compiles; false, and the error is set. */
bool compiler_compile(const struct wasm_config_t *config, const wasm_byte_vec_t *binary,
                      void **artifact, size_t *size);
void compiler_free(void *artifact);
bool compiler_validate(const wasm_byte_vec_t *binary);

/* Sets what w2s_capi_error says; returns NULL (error.c). */
void *capi_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#pragma GCC visibility pop

#endif
