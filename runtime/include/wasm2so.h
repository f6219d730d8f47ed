/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so.h: run WebAssembly modules that wasm2so has compiled to native shared objects.
 *
 *     w2s_error err;
 *     w2s_module *module = w2s_module_load("add.so", &err);
 *     w2s_store *store = w2s_store_new(NULL);
 *     w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
 *     w2s_value args[2] = {{.i32 = 34}, {.i32 = 76}}, result;
 *     w2s_trap *trap = w2s_call(w2s_instance_func(instance, "add"), args, &result);   // 110
 *     w2s_store_free(store);
 *     w2s_module_free(module);
 *
 * Ownership: a module is loaded once and shared by any number of stores and threads (it counts its
 * users). Everything else belongs to a store and lives until w2s_store_free: instances, functions,
 * memories, tables, globals; the pointers handed out stay valid that long. Traps belong to whoever
 * received them (w2s_trap_free).
 * Threads: different stores may be used by different threads at once; one store by one thread at a
 * time. Modules are immutable and may be used by all.
 * NULL: every w2s_error * may be NULL, and so may what is given to a function that frees. Sizes are
 * in bytes unless a comment says pages or elements.
 * Nothing here prints, exits or aborts: errors and traps are results.
 */
#ifndef WASM2SO_H
#define WASM2SO_H

#include "wasm2so_abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define W2S_API __attribute__((visibility("default")))

typedef struct w2s_module w2s_module;
typedef struct w2s_store w2s_store;
typedef struct w2s_instance w2s_instance;
typedef struct w2s_linker w2s_linker;
typedef struct w2s_func w2s_func;
typedef struct w2s_memory w2s_memory;
typedef struct w2s_table w2s_table;
typedef struct w2s_global w2s_global;
typedef struct w2s_tag w2s_tag;
typedef struct w2s_trap w2s_trap;
typedef struct w2s_root w2s_root;

/* A value, 16 bytes; the type that goes with it says which member holds it. References: a funcref
 * is a w2s_func *, an externref any pointer of the host's; NULL is the null reference. An exnref
 * that the host gets lives as long as the store. */
typedef union w2s_value {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    uint8_t v128[16];
    void *ref;
    uint64_t bits[2];
} w2s_value;

/* Type of a function; arrays belong to whoever made it. */
typedef struct w2s_functype {
    const w2s_valtype *params;
    const w2s_valtype *results;
    uint32_t param_count;
    uint32_t result_count;
} w2s_functype;

typedef struct w2s_externtype w2s_externtype;

/* Something that can be imported or exported. */
typedef struct w2s_extern {
    enum w2s_extern_kind kind;
    union {
        w2s_func *func;
        w2s_table *table;
        w2s_memory *memory;
        w2s_global *global;
        w2s_tag *tag;
    } of;
} w2s_extern;

enum w2s_error_kind {
    W2S_ERROR_NONE,
    W2S_ERROR_IO,       /* the file cannot be read */
    W2S_ERROR_FORMAT,   /* not a module of ours, damaged, or of another ABI version */
    W2S_ERROR_TARGET,   /* made for another machine, or the CPU lacks a feature */
    W2S_ERROR_LINK,     /* an import is missing ("unknown import") or of another type ("incompatible
                           import type") */
    W2S_ERROR_TRAP,     /* instantiation trapped; the trap is handed out beside */
    W2S_ERROR_MEMORY,   /* no memory or address space */
    W2S_ERROR_ARGUMENT, /* the caller's mistake */
    W2S_ERROR_LIMIT     /* a limit that the host set is reached */
};

typedef struct w2s_error {
    enum w2s_error_kind kind;
    char message[500]; /* one line, no newline */
} w2s_error;

/* ---- modules ---- */

/* Loads a compiled module. path: a file name as for dlopen; one without a slash is looked for in
 * the current directory. Returns NULL and fills err (which may be NULL) on failure. Thread-safe. */
W2S_API w2s_module *w2s_module_load(const char *path, w2s_error *err);

/* A module that is linked into this program: desc is its `w2s_module` (or PREFIX_module). */
W2S_API w2s_module *w2s_module_from_desc(const struct w2s_module_desc *desc, w2s_error *err);

/* Gives up the caller's use of the module; the code is unloaded with the last store that uses it.
 */
W2S_API void w2s_module_free(w2s_module *module);

/* The descriptor: everything known about the module, as documented in wasm2so_abi.h. */
W2S_API const struct w2s_module_desc *w2s_module_desc(const w2s_module *module);

/* What its code does besides: bits W2S_CODE_..., whatever release made the module. */
W2S_API uint64_t w2s_module_code_features(const w2s_module *module);

/* For a module compiled with --pgo-gen: adds what it has counted to the profile at path, which is
 * made if there is none, and counts from 0 again. path NULL: the environment's W2S_PROFILE, else
 * the name of the module's file, ".w2sprof" for its suffix, in the current directory. A module that
 * is unloaded, or loaded when the process exits, does so by itself. Returns false and fills err
 * (which may be NULL) on failure. */
W2S_API bool w2s_module_write_profile(w2s_module *module, const char *path, w2s_error *err);

/* ---- stores ---- */

typedef struct w2s_store_config {
    size_t size;         /* sizeof(w2s_store_config): fields may be appended */
    uint64_t max_memory; /* bytes a linear memory may grow to; 0: no limit but the type's */
    uint64_t max_table;  /* elements a table may grow to; 0: 10 000 000 */
    size_t max_stack;    /* bytes of native stack wasm may use a host entry; 0: what the thread has,
                            at most 64 MiB */
    uint64_t max_total_memory; /* bytes of all linear memories together, a shared one counting with
                                  its maximum; 0: no limit */
    uint64_t max_total_table;  /* elements of all tables together; 0: no limit */
    size_t max_instances;      /* instances ever made in the store; 0: no limit */
} w2s_store_config;

/* config may be NULL. Returns NULL when out of memory. */
W2S_API w2s_store *w2s_store_new(const w2s_store_config *config);
/* Frees the store and all that belongs to it. Must not be called from inside a host function. */
W2S_API void w2s_store_free(w2s_store *store);

/* Ends what the store runs: the code traps (W2S_TRAP_INTERRUPTED). From any thread and from signal
 * handlers. Code compiled with --interruptible is stopped wherever it is; other code in
 * memory.atomic.wait, even one in progress, and at its next call of a host function. A host
 * function in progress is not stopped. The store stays interrupted: what is called in it traps as
 * well, or returns if it comes to none of these places. */
W2S_API void w2s_store_interrupt(w2s_store *store);
/* Makes an interrupted store usable again. By the thread that uses the store, outside of calls into
 * it; not from a signal handler. An interrupt that comes at the same time counts as before or
 * after.
 */
W2S_API void w2s_store_resume(w2s_store *store);
W2S_API bool w2s_store_interrupted(const w2s_store *store);
/* Whether the store has instances and the code of all of them was compiled with --interruptible. */
W2S_API bool w2s_store_interruptible(const w2s_store *store);
/* Interrupts the store in so many nanoseconds, unless another deadline is set until then; 0: none.
 * Once w2s_store_set_deadline(store, 0, ...) has returned no deadline interrupts the store any
 * more; one that did before stays in force until w2s_store_resume. By the thread that uses the
 * store, host functions included. Cheap enough for every request (no system call as a rule). False,
 * with err (or NULL) filled in, if the store has an instance of a module compiled without
 * --interruptible; and with a deadline set, such an instance cannot be made. */
W2S_API bool w2s_store_set_deadline(w2s_store *store, uint64_t nanoseconds, w2s_error *err);

/* Fuel: what code compiled with --fuel may still execute in the store, in instructions
 * (docs/embedding.md); when it is gone the code traps (W2S_TRAP_OUT_OF_FUEL). Not limited at first.
 * False, with err (or NULL) filled in, if the store has an instance of a module compiled without
 * --fuel, which, once fuel is limited, cannot be made. By the thread that uses the store. */
#define W2S_FUEL_UNLIMITED INT64_MAX
W2S_API bool w2s_store_set_fuel(w2s_store *store, int64_t fuel, w2s_error *err);
/* What is left; also counts down from W2S_FUEL_UNLIMITED. */
W2S_API int64_t w2s_store_fuel(const w2s_store *store);

/* What an instance of a pool (below) that is given back has to do with the host: reset is called
 * after the request, with env. It returns true once env is as it was before the request, or false:
 * then everything is made anew for the next one. False when out of memory. */
W2S_API bool w2s_store_on_reset(w2s_store *store, bool (*reset)(void *env), void *env);

/* ---- imports: a linker maps (module name, name) to externs ---- */

/* Freed with the store. NULL when out of memory. */
W2S_API w2s_linker *w2s_linker_new(w2s_store *store);
/* Defines or redefines one name. The strings are copied. Returns false when out of memory. */
W2S_API bool w2s_linker_define(w2s_linker *linker, const char *module, const char *name,
                               w2s_extern item);
/* The same for names that contain NUL. */
W2S_API bool w2s_linker_define_n(w2s_linker *linker, const char *module, size_t module_size,
                                 const char *name, size_t name_size, w2s_extern item);
/* Defines every export of the instance, of the same store, under the given module name. Returns
 * false when out of memory. */
W2S_API bool w2s_linker_define_instance(w2s_linker *linker, const char *module,
                                        w2s_instance *instance);
W2S_API w2s_store *w2s_linker_store(const w2s_linker *linker);
/* What is defined under that name; false, and *item untouched, where nothing is. */
W2S_API bool w2s_linker_get(const w2s_linker *linker, const char *module, const char *name,
                            w2s_extern *item);

/* A linker of another store, for another thread, with what the module imports and stores can share:
 * host functions (the same callback and env, so they must be ready for several threads), shared
 * memories and immutable globals of numbers. NULL and err if the module imports anything else; what
 * is not defined is left to w2s_instance_new to miss. */
W2S_API w2s_linker *w2s_linker_share(const w2s_linker *linker, w2s_store *store,
                                     const w2s_module *module, w2s_error *err);

/* ---- instances ---- */

/* Makes an instance: matches imports, builds memories, tables and globals, copies segments, runs
 * the start function. linker may be NULL for a module without imports. Returns NULL and fills err
 * on failure; where the cause is a trap, *trap (if trap is not NULL) gets it. */
W2S_API w2s_instance *w2s_instance_new(w2s_store *store, w2s_module *module,
                                       const w2s_linker *linker, w2s_trap **trap, w2s_error *err);

/* The same with the imports given by number, in the module's order: what a module imports twice
 * under one name can be two things. */
W2S_API w2s_instance *w2s_instance_new_indexed(w2s_store *store, w2s_module *module,
                                               const w2s_extern *imports, uint32_t count,
                                               w2s_trap **trap, w2s_error *err);

/* An export by name; false (or NULL) where there is none of that name (and kind). */
W2S_API bool w2s_instance_export(w2s_instance *instance, const char *name, w2s_extern *item);
W2S_API bool w2s_instance_export_n(w2s_instance *instance, const char *name, size_t size,
                                   w2s_extern *item);
W2S_API w2s_func *w2s_instance_func(w2s_instance *instance, const char *name);
W2S_API w2s_memory *w2s_instance_memory(w2s_instance *instance, const char *name);
W2S_API w2s_table *w2s_instance_table(w2s_instance *instance, const char *name);
W2S_API w2s_global *w2s_instance_global(w2s_instance *instance, const char *name);
/* Export number index (0 <= index < desc->export_count), in the module's order. */
W2S_API w2s_extern w2s_instance_export_at(w2s_instance *instance, uint32_t index);
W2S_API w2s_module *w2s_instance_module(w2s_instance *instance);
W2S_API w2s_store *w2s_instance_store(w2s_instance *instance);
/* Memory number index of the instance, exported or not; NULL where there is none. */
W2S_API w2s_memory *w2s_instance_memory_at(w2s_instance *instance, uint32_t index);
/* The memory that host functions mean, as WASI has it: the export "memory", else memory 0; or NULL.
 * Looked up once. */
W2S_API w2s_memory *w2s_instance_main_memory(w2s_instance *instance);
/* One pointer for the embedder's own use. */
W2S_API void w2s_instance_set_data(w2s_instance *instance, void *data);
W2S_API void *w2s_instance_data(const w2s_instance *instance);

/* ---- pools: instances made ahead, one a request ---- */

typedef struct w2s_pool w2s_pool;

typedef struct w2s_pool_config {
    size_t size;          /* sizeof(w2s_pool_config): fields may be appended */
    size_t max_instances; /* at once; 0: 1000. Each of guard mode reserves 8 GiB of address space:
                             about 16 000 fit */
    size_t warm;          /* how many to make at once, in w2s_pool_new */
    size_t keep_resident; /* bytes of memory that were written which an instance keeps and copies
                             back rather than gives back to the system; 0: 256 KiB */
    const w2s_store_config *store; /* of every instance's store; may be NULL */
    /* Defines what the module imports, in the linker of a new store: called when an instance is
     * made, not when it is taken, and by the thread that does so. Host functions that it makes
     * stay, and what their env refers to is the host's (see w2s_store_on_reset). Where it makes or
     * shares memories, tables, mutable globals or other instances, all is made anew for each
     * request. May be NULL. */
    bool (*define)(void *env, w2s_linker *linker, w2s_error *err);
    void *env;
} w2s_pool_config;

/* A pool of instances of the module, each with a store of its own, for any number of threads.
 * config may be NULL. */
W2S_API w2s_pool *w2s_pool_new(w2s_module *module, const w2s_pool_config *config, w2s_error *err);
/* An instance as w2s_instance_new would make it, its start function run. NULL and err on failure:
 * W2S_ERROR_LIMIT where max_instances are out, W2S_ERROR_TRAP where the start function trapped
 * (*trap, if trap is not NULL, gets it), and whatever making an instance can come to. */
W2S_API w2s_instance *w2s_pool_take(w2s_pool *pool, w2s_trap **trap, w2s_error *err);
/* Takes an instance back, from any thread, and undoes all that it did and that was done to it:
 * memories, tables, globals, dropped segments, whatever was made in its store, WASI's descriptors,
 * interruption. What came from it is no longer valid, but for traps. False, and nothing done, if it
 * is not an instance that is out of this pool, or if a call into it is in progress. */
W2S_API bool w2s_pool_give(w2s_pool *pool, w2s_instance *instance);
/* Frees the pool and all its instances, also those that are out. No thread may use them then. */
W2S_API void w2s_pool_free(w2s_pool *pool);

/* ---- functions ---- */

/* A host function. caller: the instance whose import was called, or NULL when it was called through
 * a reference or by the host. args and results have the counts of the type; results come zeroed.
 * Returns NULL, or a trap (w2s_trap_new, or one that an inner call returned), which then unwinds
 * the wasm code. Must return: neither longjmp nor C++ exceptions may leave it. */
typedef w2s_trap *w2s_callback(void *env, w2s_instance *caller, const w2s_value *args,
                               w2s_value *results);

/* Makes a host function. type is copied. finalize (or NULL) is called with env when the store is
 * freed. Only numeric, vector and abstract reference types. NULL when out of memory. */
W2S_API w2s_func *w2s_func_new(w2s_store *store, const w2s_functype *type, w2s_callback *callback,
                               void *env, void (*finalize)(void *env));
/* The function's type; it lives as long as the function. */
W2S_API w2s_functype w2s_func_type(const w2s_func *func);

/* Calls func. args: as many values as the type has parameters; results: room for its results.
 * Returns NULL when it returned, else the trap, which the caller frees; results are then zero.
 * May be called from inside host functions (calls nest). */
W2S_API w2s_trap *w2s_call(w2s_func *func, const w2s_value *args, w2s_value *results);

/* ---- traps ---- */

W2S_API w2s_trap *w2s_trap_new(w2s_store *store, const char *message); /* W2S_TRAP_HOST; copied */
/* Ends the program of a WASI command: unwinds like a trap of kind W2S_TRAP_EXIT. */
W2S_API w2s_trap *w2s_trap_exit(w2s_store *store, int32_t status);
W2S_API enum w2s_trap_kind w2s_trap_kind(const w2s_trap *trap);
/* The message: the spec's words, or the host's. Lives as long as the trap. */
W2S_API const char *w2s_trap_message(const w2s_trap *trap);
W2S_API int32_t w2s_trap_exit_status(const w2s_trap *trap);

/* What wasm threw and did not catch arrives as a trap of kind W2S_TRAP_UNCAUGHT_EXCEPTION. A host
 * function that returns such a trap (one of an inner call, or its own) throws that exception on
 * into its caller, which may catch it; traps of other kinds cannot be caught by wasm. */
W2S_API w2s_trap *w2s_trap_exception(w2s_store *store, w2s_tag *tag, const w2s_value *values);
/* The exception's tag, and as many values as its type has parameters; NULL for a trap that is no
 * exception. The values live as long as the trap, the tag as long as the store. */
W2S_API w2s_tag *w2s_trap_tag(const w2s_trap *trap);
W2S_API const w2s_value *w2s_trap_values(const w2s_trap *trap);

typedef struct w2s_frame {
    uint32_t func_index;     /* W2S_NONE for a host function */
    const char *func_name;   /* from the name section or an export; NULL where unknown */
    const char *module_name; /* from the name section, else its file's stem */
    uint64_t code_offset;    /* native: bytes into the function's code */
} w2s_frame;

/* The wasm frames at the trap, innermost first (at most 64 are kept; the count is of those kept).
 */
W2S_API size_t w2s_trap_frame_count(const w2s_trap *trap);
W2S_API w2s_frame w2s_trap_frame(const w2s_trap *trap, size_t index);
/* The module of a frame, which the trap keeps loaded; NULL for a host function. */
W2S_API w2s_module *w2s_trap_frame_module(const w2s_trap *trap, size_t index);
/* Where in the .wasm the instruction lies that trapped; W2S_NONE where only the function is known:
 * for traps by a fault, of the host, and of the runtime's helpers. */
W2S_API uint32_t w2s_trap_offset(const w2s_trap *trap);
W2S_API void w2s_trap_free(w2s_trap *trap);
/* The kind of the last trap of a direct call (generated header) on this thread; resets it to none.
 */
W2S_API enum w2s_trap_kind w2s_last_trap(void);
/* The spec suite's words for a kind. */
W2S_API const char *w2s_trap_kind_message(enum w2s_trap_kind kind);

/* ---- memories ---- */

/* Pages are of 64 KiB (or of the type's page size). has_max false: no maximum. NULL and err for a
 * type that is none, a limit of the store, or when out of memory. */
W2S_API w2s_memory *w2s_memory_new(w2s_store *store, const w2s_externtype *type, w2s_error *err);
/* The bytes; valid as long as the store: the base never moves. */
W2S_API uint8_t *w2s_memory_base(w2s_memory *memory);
W2S_API uint64_t w2s_memory_size(const w2s_memory *memory); /* in bytes */
/* Returns the old size in pages, or UINT64_MAX when it cannot grow. */
W2S_API uint64_t w2s_memory_grow(w2s_memory *memory, uint64_t pages);
/* Copies out of or into the memory; false, and nothing done, if the range is not inside. */
W2S_API bool w2s_memory_read(const w2s_memory *memory, uint64_t address, void *to, size_t size);
W2S_API bool w2s_memory_write(w2s_memory *memory, uint64_t address, const void *from, size_t size);
W2S_API w2s_externtype w2s_memory_type(const w2s_memory *memory); /* min is the current size */
/* A shared memory (is_shared; has_max too) may be used by several stores at once: after this, store
 * can import it as well. It lives as long as the last of its stores. */
W2S_API bool w2s_memory_share(w2s_memory *memory, w2s_store *store, w2s_error *err);

/* ---- tables ---- */

/* init (or NULL) is every element's first value. NULL and err as for memories. */
W2S_API w2s_table *w2s_table_new(w2s_store *store, const w2s_externtype *type, void *init,
                                 w2s_error *err);
W2S_API uint64_t w2s_table_size(const w2s_table *table); /* in elements */
/* false, and *ref untouched, if index is out of bounds. */
W2S_API bool w2s_table_get(const w2s_table *table, uint64_t index, void **ref);
/* false if index is out of bounds. A ref of the wrong type is the caller's mistake. */
W2S_API bool w2s_table_set(w2s_table *table, uint64_t index, void *ref);
/* Adds count elements of that value. Returns the old size, or UINT64_MAX when it cannot grow. */
W2S_API uint64_t w2s_table_grow(w2s_table *table, uint64_t count, void *ref);
W2S_API w2s_externtype w2s_table_type(const w2s_table *table); /* min is the current size */

/* ---- globals ---- */

/* NULL when out of memory. A value of the wrong type is the caller's mistake. */
W2S_API w2s_global *w2s_global_new(w2s_store *store, w2s_valtype type, bool is_mutable,
                                   w2s_value value);
W2S_API w2s_value w2s_global_get(const w2s_global *global);
W2S_API bool w2s_global_set(w2s_global *global, w2s_value value); /* false: immutable */
W2S_API w2s_externtype w2s_global_type(const w2s_global *global);

/* ---- references to collected objects ---- */

/* Structures, arrays and what was converted between externref and anyref are garbage collected. The
 * collector does not move objects, and does not look at the host's memory or stack. A reference is
 * good
 *  - as long as a global, a table, another object or a root holds it,
 *  - as an argument of a host function, until that returns,
 *  - as a result of w2s_call, until the next call into the store has returned,
 *  - after w2s_ref_unroot or a conversion, until the next of these in the store.
 * Keeping it longer takes a root. Roots belong to the store and go with it. */
W2S_API w2s_root *w2s_ref_root(w2s_store *store, void *ref); /* NULL when out of memory */
W2S_API void *w2s_root_ref(const w2s_root *root);
W2S_API void w2s_ref_unroot(w2s_root *root);
/* What any.convert_extern and extern.convert_any do. NULL for NULL, when out of memory, and in
 * stores that have no instance of a module with garbage collection. An externref is taken for an
 * object's if it is the address of one: a host must not make externrefs of numbers that a guest
 * chooses. */
W2S_API void *w2s_extern_to_any(w2s_store *store, void *externref);
W2S_API void *w2s_any_to_extern(w2s_store *store, void *anyref);
/* What an anyref is: W2S_HEAP_I31, W2S_HEAP_STRUCT, W2S_HEAP_ARRAY, W2S_HEAP_EXTERN for a pointer
 * of the host's, W2S_HEAP_NONE for NULL. */
W2S_API enum w2s_heap w2s_any_kind(const void *anyref);

/* ---- tags ---- */

/* A new tag for exceptions with values of the type's parameters. type is copied and has no results.
 * NULL when it has some, for types of a module (as for w2s_func_new), or when out of memory. Tags
 * are the same only if they are one object. */
W2S_API w2s_tag *w2s_tag_new(w2s_store *store, const w2s_functype *type);
W2S_API w2s_functype w2s_tag_type(const w2s_tag *tag);

/* ---- WASI preview 1 ---- */

typedef struct w2s_wasi_config {
    size_t size;             /* sizeof(w2s_wasi_config): fields may be appended */
    const char *const *args; /* argc strings, argv[0] first */
    size_t arg_count;
    const char *const *env; /* "KEY=VALUE" */
    size_t env_count;
    const struct w2s_wasi_dir {
        const char *host_path;
        const char *guest_path;
        bool read_only;
    } *dirs; /* preopened directories: descriptors 3, 4, ... */
    size_t dir_count;
    int stdin_fd, stdout_fd,
        stderr_fd;      /* the host's descriptors behind 0, 1, 2; not closed by us */
    const int *sockets; /* the host's; duplicated, as the descriptors after the directories */
    size_t socket_count;
} w2s_wasi_config;

/* Defines wasi_snapshot_preview1 and wasi_unstable in the linker. The state (descriptors) belongs
 * to the linker's store. Memory is that of the calling instance: its export "memory", else memory
 * 0. */
W2S_API bool w2s_linker_define_wasi(w2s_linker *linker, const w2s_wasi_config *config,
                                    w2s_error *err);

/* A listening socket for `sockets`: HOST:PORT, where HOST is an IPv4 address, an IPv6 address in
 * brackets or localhost (127.0.0.1), and port 0 is one that is free; or unix:PATH. Returns the
 * descriptor, or -1 with err filled. */
W2S_API int w2s_listen(const char *address, w2s_error *err);

/* ---- sandbox ---- */

typedef struct w2s_sandbox_config {
    size_t size;                 /* sizeof(w2s_sandbox_config): fields may be appended */
    const w2s_wasi_config *wasi; /* its directories stay within reach; may be NULL */
    bool threads;                /* threads may be started (docs/wasi.md) */
} w2s_sandbox_config;

enum { W2S_SANDBOX_FILES = 1, W2S_SANDBOX_CALLS = 2 };

/* Confines this thread, and those that it starts, for ever: by Landlock to the files below the
 * directories and what is open already (FILES), by a seccomp filter to the system calls that
 * running a guest takes (CALLS). Modules are loaded and WASI is defined before. Returns what is in
 * force; the kernel may lack one of the two. 0 with err filled where it lacks both, or when that
 * failed: then no guest should be run. */
W2S_API unsigned w2s_sandbox_enter(const w2s_sandbox_config *config, w2s_error *err);

/* ---- wasi-threads ---- */

typedef struct w2s_wasi_threads_config {
    size_t size;          /* sizeof(w2s_wasi_threads_config): fields may be appended */
    uint32_t max_threads; /* at once, the main thread not counted; 0: what the system allows */
    /* Called once, in the thread that ended the program by a trap or an exit, if that is not the
     * main thread, whose trap w2s_call returns. The trap is valid for the call. May be NULL. */
    void (*ended)(void *env, w2s_trap *trap);
    void *env;
} w2s_wasi_threads_config;

/* Defines wasi.thread-spawn in the linker, for programs of that module, and the shared memories it
 * imports and the linker lacks. A thread runs the export wasi_thread_start in a store of its own,
 * with an instance linked as w2s_linker_share says; WASI's descriptors are common to all. Once a
 * thread has trapped or exited the program is over: after `ended`, all its stores are interrupted
 * (w2s_store_interrupt), the linker's as well. Freeing the linker's store interrupts the threads
 * and joins them first, so it waits for those that compute or are inside a host function: who
 * cannot wait ends the process. config may be NULL. */
W2S_API bool w2s_linker_define_wasi_threads(w2s_linker *linker, w2s_module *module,
                                            const w2s_wasi_threads_config *config, w2s_error *err);

/* "0.1.0" */
W2S_API const char *w2s_version(void);

#ifdef __cplusplus
}
#endif
#endif
