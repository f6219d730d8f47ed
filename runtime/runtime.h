/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private structs of the runtime, behind the opaque handles of wasm2so.h, and what its files offer
 * each other (rt_*, never exported from the shared library).
 *
 * Ownership: a store owns a list of objects (struct rt_owned), freed newest first. An instance is
 * one allocation that also holds its ctx, its own memories, tables, globals and tags. Modules count
 * their users; each instance is one, so the code stays loaded as long as a store can reach it.
 */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

/* The helpers that generated code calls are exported like the API. */
#pragma GCC visibility push(default)
#include "runtime/include/wasm2so_abi.h"
#pragma GCC visibility pop

#include "runtime/include/wasm2so.h"

#include <stdatomic.h>

#pragma GCC visibility push(hidden)

/* ---- errors (error.c) ---- */

/* Fills err, which may be NULL. Returns false, so that callers can return it. */
bool rt_fail(w2s_error *err, enum w2s_error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool rt_fail_memory(w2s_error *err);

/* ---- types (types.c) ---- */

/* Where one parameter or result lives in a call frame: the register block, then the stack
 * arguments, then, if there is one, the result buffer. */
struct rt_slot {
    uint32_t offset;
    uint32_t size; /* 4, 8 or 16 */
};

/* What the C calling convention makes of a function type, worked out once. */
struct rt_plan {
    uint32_t param_count, result_count;
    uint32_t stack_words;   /* of stack arguments, even */
    uint32_t buffer_offset; /* of the result buffer in the frame, or 0: results in registers */
    uint32_t frame_size;    /* a multiple of 16 */
    bool uses_vectors;      /* some parameter is in a vector register */
    bool has_exnrefs;       /* some parameter or result is an exnref */
    struct rt_slot slots[]; /* parameters, then results */
};

/* A canonical type known to the process. */
struct rt_type_entry {
    struct rt_type_entry *next;
    uint64_t id;
    uint32_t users;
    struct rt_form *form;           /* its canonical form */
    struct rt_plan *plan;           /* functions only */
    struct w2s_object_type *object; /* structures and arrays only; once made, the entry stays */
};

/* Returns the entry of the type with one more user; NULL and err if another type has its id.
 * sibling, or NULL: the entry of another type of the same recursive group. */
struct rt_type_entry *rt_type_intern(const struct w2s_type *type,
                                     const struct rt_type_entry *sibling, w2s_error *err);
void rt_type_release(struct rt_type_entry *entry);
/* The run-time type of a structure or array type; NULL and err when out of memory or if its layout
 * is not the known one. */
struct w2s_object_type *rt_type_object(struct rt_type_entry *entry, const struct w2s_type *type,
                                       const struct w2s_object_desc *layout,
                                       const struct w2s_object_type *super, w2s_error *err);
/* The type of a host function, with id and canonical form: one allocation, or NULL. */
struct w2s_type *rt_type_of_functype(const w2s_functype *functype);
/* True if type a of module a_desc is type id or declares it as a supertype. */
bool rt_type_is(const struct w2s_type *a, const struct w2s_module_desc *a_desc, uint64_t id);
/* Subtyping and equality of value types (spec 3.3); concrete heap types belong to the descs. */
bool rt_valtype_match(w2s_valtype a, const struct w2s_module_desc *a_desc, w2s_valtype b,
                      const struct w2s_module_desc *b_desc);
bool rt_valtype_equal(w2s_valtype a, const struct w2s_module_desc *a_desc, w2s_valtype b,
                      const struct w2s_module_desc *b_desc);

struct rt_plan *rt_plan_new(const struct w2s_type *type); /* plan.c */

/* ---- stores (store.c) ---- */

/* What the collector and the pool have to know of an owned object. */
enum rt_owned_kind {
    RT_OTHER,
    RT_INSTANCE,
    RT_TABLE,
    RT_GLOBAL,
    RT_STATELESS, /* it is the same after a request as before */
};

struct rt_owned {
    struct rt_owned *next;
    void (*destroy)(void *self);
    void *self;
    enum rt_owned_kind kind;
};

/* A reference that the host holds. */
struct w2s_root {
    w2s_root *next, **link; /* in the store's list */
    w2s_store *store;
    void *ref;
};

/* What the host wants to reset when a pool gets an instance back. */
struct rt_reset_hook {
    struct rt_owned owned;
    struct rt_reset_hook *next;
    bool (*reset)(void *env);
    void *env;
};

struct rt_activation;
struct rt_memory_use;
struct rt_exception;

struct w2s_store {
    struct w2s_exec exec;
    struct rt_activation *top; /* innermost entry of this store */
    /* While not 0: the stack limit in exec is right for entries of this thread (rt_thread.id) with
     * the stack pointer at most RT_STACK_SPAN above stack_from. */
    uint64_t stack_thread;
    uintptr_t stack_from;
    struct rt_owned *owned, *owned_first; /* freed before the others */
    struct rt_memory_use *memories;       /* read by the fault handler */
    _Atomic(uint32_t) interruption;       /* enum rt_interruption */
    _Atomic(uint32_t) wait_state;         /* of the wait in progress: its futex (wait.c) */
    bool uninterruptible, unmetered;      /* some instance's code does not poll, count fuel */
    bool fuel_limited;
    _Atomic(uint64_t) deadline;        /* ns on the monotonic clock; 0: none, 1: being met */
    w2s_store *next_watched;           /* in the list of deadline.c */
    void (*unwatch)(w2s_store *store); /* takes it off; NULL: it is not in there */
    struct rt_exception *exceptions;
    size_t exception_count, collect_at; /* of exceptions: when to collect */
    bool collected;                     /* its objects are garbage collected (collector.h) */
    w2s_store *next_collected;          /* of all such stores */
    w2s_root *roots;
    void **recent; /* what the last call returned, kept until the next */
    size_t recent_count, recent_capacity;
    void *unrooted; /* the last reference that lost its root, or was converted for the host */
    struct rt_reset_hook *hooks;
    bool is_pooled;                     /* of an instance of a pool */
    uint64_t total_memory, total_table; /* bytes and elements, against the limits */
    size_t instance_count;
    w2s_store_config config; /* with the defaults filled in */
};

/* Makes a store of zeroed memory. */
void rt_store_init(w2s_store *store, const w2s_store_config *config);
/* Frees the objects that the store owns from the newest to, but not including, mark. */
void rt_store_free_owned(w2s_store *store, struct rt_owned *mark);
/* Frees all that belongs to the store, which may then be made again. */
void rt_store_clear(w2s_store *store);
/* Counts more bytes of memory, or elements of tables; false if that is over the store's limit. */
bool rt_store_add_memory(w2s_store *store, uint64_t bytes);
bool rt_store_add_table(w2s_store *store, uint64_t elements);

/* ---- interruption (interrupt.c, deadline.c, bulk.c) ---- */

enum rt_interruption { RT_GOING_ON, RT_INTERRUPTING, RT_INTERRUPTED };

static inline bool rt_is_interrupted(const w2s_store *store)
{
    return atomic_load_explicit(&store->interruption, memory_order_relaxed) != RT_GOING_ON;
}
void rt_interrupt_init(w2s_store *store);
void rt_interrupt_close(w2s_store *store);
/* Before an instance of the module comes into the store. */
bool rt_interrupt_admit(w2s_store *store, const struct w2s_module_desc *desc, w2s_error *err);
/* The same; what a thread begins with, half of what its spawner has; and what it has not used. */
void rt_fuel_init(w2s_store *store);
bool rt_fuel_admit(w2s_store *store, const struct w2s_module_desc *desc, w2s_error *err);
void rt_fuel_share(w2s_store *from, w2s_store *to);
void rt_fuel_return(w2s_store *from, w2s_store *to);
/* w2s_store_interrupt; false if computing code could not be stopped, but might be later. */
bool rt_store_stop(w2s_store *store);
/* Ends the wait that the store may be in; takes no lock (wait.c). */
void rt_wait_interrupt(w2s_store *store);
/* Whether the address is in the page that the store's code polls. */
bool rt_page_holds(const w2s_store *store, uintptr_t address);
/* memmove and memset for generated code: in pieces, between which the store may be interrupted. */
void rt_bulk_copy(void *ctx, uint8_t *to, const uint8_t *from, uint64_t n);
void rt_bulk_fill(void *ctx, uint8_t *to, uint8_t byte, uint64_t n);

void rt_store_own(w2s_store *store, struct rt_owned *owned, void (*destroy)(void *), void *self);
void rt_store_own_as(w2s_store *store, struct rt_owned *owned, enum rt_owned_kind kind,
                     void (*destroy)(void *), void *self);
/* For what uses the store's objects from other threads until it is destroyed. */
void rt_store_own_first(w2s_store *store, struct rt_owned *owned, void (*destroy)(void *),
                        void *self);
/* Whether the item is the store's, or shared with it. */
bool rt_extern_in_store(const w2s_extern *item, const w2s_store *store);

/* ---- objects ---- */

/* That a store uses a memory: an entry of its list. */
struct rt_memory_use {
    struct rt_memory_use *next;
    struct rt_memory *memory;
    struct rt_owned owned; /* of host-made and shared ones */
};

struct rt_sharing;

struct rt_memory {
    struct w2s_memory pub;
    w2s_store *store;           /* NULL if shared: memory_shared.c keeps the uses */
    struct rt_sharing *sharing; /* NULL unless shared */
    struct rt_memory_use use;   /* unless shared */
    struct w2s_externtype type; /* as declared */
    uint64_t reserved;          /* bytes of address space from base on */
    uint64_t committed;         /* of them readable and writable */
    uint64_t max_size;          /* bytes it may grow to */
    const w2s_module *image_of; /* whose image is mapped; NULL: it began as zeros */
    const struct w2s_image *image;
    bool guarded; /* reserved as guard mode wants it, also below base */
};

struct rt_table {
    struct w2s_table pub;
    w2s_store *store;
    const struct w2s_module_desc *desc; /* that type speaks of; NULL for the host's */
    struct rt_owned owned;
    struct w2s_externtype type;
    uint64_t capacity, max_size;
};

struct w2s_global {
    w2s_value *cell;
    w2s_store *store;
    const struct w2s_module_desc *desc;
    w2s_valtype type;
    bool is_mutable;
};

struct w2s_tag {
    w2s_store *store;
    const struct w2s_type *type;
};

struct rt_host_func;

/* The "ctx" of a host function: who is called, and by which instance. */
struct rt_binding {
    struct rt_host_func *host;
    w2s_instance *caller;
};

struct rt_host_func {
    struct w2s_func func;
    struct rt_binding binding; /* caller NULL */
    struct rt_owned owned;
    w2s_store *store;
    w2s_callback *callback;
    void *env;
    void (*finalize)(void *env);
    struct w2s_type *type;
    struct rt_type_entry *entry;
};

/* Offsets of the parts of an instance's single allocation. */
struct rt_layout {
    size_t ctx, bindings, globals, tags, own_memories, own_tables, own_globals, own_tags;
    size_t dropped_datas, dropped_elems, elem_refs, total;
};

struct w2s_module {
    struct w2s_module *next; /* of all loaded ones */
    atomic_uint users;
    void *handle; /* of dlopen, or NULL */
    const struct w2s_module_desc *desc;
    struct rt_text *text;
    struct rt_type_entry **types;
    const struct rt_plan **plans; /* by type index; NULL for what is no function */
    uint32_t *record_of;          /* by function index; W2S_NONE where there is no record */
    uint32_t *export_order;       /* export numbers, sorted by name */
    struct rt_layout layout;
    char *stem;
    int image_file; /* or -1; and the segment in it that has the images */
    uintptr_t image_start;
    uint64_t image_size, image_offset;
};

struct rt_pooled;

struct w2s_instance {
    struct w2s_ctx *ctx; /* this and the next: struct w2s_instance_head */
    const struct w2s_module_desc *desc;
    struct rt_owned owned;
    w2s_store *store;
    w2s_module *module;
    struct rt_pooled *pooled; /* whose memory it is; NULL for an instance of its own */
    void *data;
    w2s_memory *main_memory;         /* once asked for */
    struct w2s_import_func *imports; /* in ctx, as the next three */
    struct w2s_memory **memories;
    struct w2s_table **tables;
    struct w2s_func *records;
    struct rt_binding *bindings; /* one an imported function */
    struct w2s_global **globals; /* all, imports first; likewise tags */
    struct w2s_tag **tags;
    struct rt_memory *own_memories;
    struct rt_table *own_tables;
    struct w2s_global *own_globals;
    struct w2s_tag *own_tags;
    uint8_t *dropped_datas, *dropped_elems; /* one flag a segment */
    void ***elem_refs;                      /* by segment; NULL for segments of functions */
};

/* ---- modules (load.c, elf.c, desc.c, text.c, arch/cpu_*.c) ---- */

bool rt_elf_check(const char *path, w2s_error *err);
/* Refuses descriptors of other versions and machines and those whose numbers do not fit together.
 */
bool rt_desc_check(const struct w2s_module_desc *desc, w2s_error *err);
/* Where generated code finds its tags, or 0. */
uint64_t rt_desc_tags_offset(const struct w2s_module_desc *desc);
/* What the descriptor says of objects; objects is NULL where it says nothing. */
struct rt_objects {
    const struct w2s_object_desc *objects;
    uint64_t types_offset;
};
struct rt_objects rt_desc_objects(const struct w2s_module_desc *desc);
/* Bits W2S_CODE_... */
uint64_t rt_desc_code_features(const struct w2s_module_desc *desc);
void rt_module_retain(w2s_module *module);
/* load.c: visits all loaded modules; err gets the first error. */
bool rt_modules_visit(bool (*visit)(w2s_module *module, w2s_error *err), w2s_error *err);
/* What the runtime of executables does without, unless the linker is asked for it. */
#ifdef W2S_EXECUTABLE
#define RT_OPTIONAL            __attribute__((weak))
#define rt_is_linked(function) ((function) != NULL)
#else
#define RT_OPTIONAL
#define rt_is_linked(function) true
#endif
/* profile.c: checks the counters of a module that is loaded; writes them if there are counts. */
RT_OPTIONAL bool rt_profile_open(const struct w2s_module_desc *desc, w2s_error *err);
RT_OPTIONAL bool rt_profile_write(w2s_module *module, w2s_error *err);
/* w2s_module_from_desc with a file's name, whose stem names the module in backtraces. */
w2s_module *rt_module_linked(const struct w2s_module_desc *desc, const char *name, w2s_error *err);
/* Name in messages and backtraces: of the name section, else the file's stem. */
const char *rt_module_name(const w2s_module *module);
bool rt_cpu_check(const char *features, w2s_error *err);
extern const char rt_cpu_arch[]; /* first part of the target name */

/* Text ranges of loaded modules: written under a lock, read without by the fault handler. */
struct rt_text {
    struct rt_text *next;
    _Atomic(uintptr_t) start, end; /* 0 when free */
    _Atomic(w2s_module *) module;
};
struct rt_text *rt_text_add(w2s_module *module);
void rt_text_remove(struct rt_text *text);
w2s_module *rt_text_find(uintptr_t pc);

/* ---- memories and tables ---- */

/* A memory of the type cannot reach into the last W2S_MEMORY_MARGIN bytes of 32-bit addresses. */
static inline bool rt_has_margin(const struct w2s_externtype *type)
{
    return !type->is_64 && type->page_size_log2 == 16 && type->min < 65536;
}

/* Fills in *memory; guarded: as guard mode needs it, or fail. The size is type->min pages. */
bool rt_memory_init(struct rt_memory *memory, w2s_store *store, const struct w2s_externtype *type,
                    bool guarded, w2s_error *err);
void rt_memory_destroy(struct rt_memory *memory);
/* Gives up what it has grown by; the contents stay. False if the system does not let it. Like the
 * next, for memories of one store. */
bool rt_memory_shrink(struct rt_memory *memory);
/* The memory (of the size of a new one) has its first contents again. keep: bytes written that may
 * stay resident. False if the system does not let it (memory_reset.c). */
bool rt_memory_reset(struct rt_memory *memory, size_t keep);
uint64_t rt_page_size(void);
/* Checks the range and grows; old size in pages or UINT64_MAX. One thread at a time. */
uint64_t rt_memory_grow(struct rt_memory *memory, uint64_t pages);
/* Adds the memory to the store's list. */
void rt_memory_use(w2s_store *store, struct rt_memory_use *use, struct rt_memory *memory);
/* The size in bytes: other threads may grow a shared memory. */
static inline uint64_t rt_memory_size(const struct w2s_memory *memory)
{
    return __atomic_load_n(&memory->size, __ATOMIC_ACQUIRE);
}

/* Images (image.c). The descriptor's of a memory, or NULL. */
const struct w2s_image *rt_desc_image(const struct w2s_module_desc *desc, uint32_t memory);
/* Opens the file that images are mapped from, if there are any. */
void rt_image_open(w2s_module *module);
void rt_image_close(w2s_module *module);
/* Maps the image over a memory that is as large at least. False if that cannot be done; then the
 * memory has parts of it. */
bool rt_image_map(struct rt_memory *memory, const w2s_module *module,
                  const struct w2s_image *image);
/* What the image has at a page of the memory; NULL: zeros. */
const uint8_t *rt_image_page(const struct w2s_image *image, uint64_t address);

/* Shared memories (memory_shared.c): each store that uses one holds a use of it. */
struct rt_memory *rt_shared_memory_new(w2s_store *store, const struct w2s_externtype *type,
                                       bool guarded, w2s_error *err);
uint64_t rt_shared_memory_grow(struct rt_memory *memory, uint64_t pages);
bool rt_shared_memory_in_store(const struct rt_memory *memory, const w2s_store *store);
bool rt_table_init(struct rt_table *table, w2s_store *store, const struct w2s_externtype *type,
                   const struct w2s_module_desc *desc, w2s_error *err);
void rt_table_destroy(struct rt_table *table);
/* Has its first size again; the contents stay. */
void rt_table_shrink(struct rt_table *table);
/* Of a global that the store owns. */
bool rt_global_is_mutable(const void *self);
/* True if [start, start + n) lies in [0, size). */
static inline bool rt_in_range(uint64_t start, uint64_t n, uint64_t size)
{
    return n <= size && start <= size - n;
}

/* ---- instances (instance.c, import.c, instance_init.c) ---- */

/* Bytes that an instance of the module takes, aligned to 64. */
size_t rt_instance_size(const w2s_module *module);
/* Makes an instance of such memory, which need not be zeroed: linked, with memories, tables,
 * globals and records, and owned by the store. On failure nothing is left. */
bool rt_instance_make(w2s_instance *instance, w2s_store *store, w2s_module *module,
                      struct rt_pooled *pooled, const w2s_linker *linker, w2s_error *err);
/* The error of an instantiation that trapped; the trap goes to *to, or is freed. */
void rt_instance_trapped(w2s_trap *trap, w2s_trap **to, w2s_error *err);
bool rt_instance_link(w2s_instance *instance, const w2s_linker *linker, w2s_error *err);
/* Globals, table elements, segments, as the spec orders them (4.7.2). */
w2s_trap *rt_instance_init(w2s_instance *instance);
/* Active data segments alone. */
w2s_trap *rt_instance_init_datas(w2s_instance *instance);
/* The start function, if there is one. */
w2s_trap *rt_instance_start(w2s_instance *instance);
struct w2s_func *rt_instance_func_at(const w2s_instance *instance, uint32_t index);
const w2s_extern *rt_linker_find(const w2s_linker *linker, struct w2s_name module,
                                 struct w2s_name name);
/* Import number index of the module, by its names or by its number. */
const w2s_extern *rt_linker_import(const w2s_linker *linker, const struct w2s_module_desc *desc,
                                   uint32_t index);
bool rt_elem_init(w2s_instance *instance, struct w2s_table *table, uint32_t segment, uint64_t dest,
                  uint64_t source, uint64_t n);
void *rt_elem_ref(const w2s_instance *instance, uint32_t segment, uint64_t i);
bool rt_data_init(w2s_instance *instance, struct w2s_memory *memory, uint32_t segment,
                  uint64_t dest, uint64_t source, uint64_t n);

/* Code address of function number index, which the module defines. */
void *rt_func_code(const struct w2s_module_desc *desc, uint32_t index);
/* Its body of the tail convention, to which code is but an entry then; or NULL. */
void *rt_func_tail_code(const struct w2s_module_desc *desc, uint32_t index);

/* ---- calls (call.c, host.c, stack.c, direct.c) ---- */

struct rt_default_instance;

/* What the runtime knows of a thread. Initial-exec: the fault handler may read it at any time. */
struct rt_thread {
    struct rt_activation *top;       /* innermost entry; right whenever generated code runs */
    uint64_t id;                     /* never that of another thread; 0: not known yet */
    uintptr_t stack_low, stack_high; /* equal: not known */
    bool stack_asked;
    enum w2s_trap_kind last_trap;                          /* of a direct call */
    enum { RT_NO_MUTATOR, RT_INSIDE, RT_OUTSIDE } mutator; /* as the collector sees it */
    bool signals_open;
    struct rt_default_instance *defaults;
};
extern _Thread_local struct rt_thread rt_thread __attribute__((tls_model("initial-exec")));

/* Finds out the bounds of this thread's stack, which entries do otherwise. */
void rt_stack_know(void);

/* An entry takes the store's limit as it is if the stack pointer is not farther from that of an
 * earlier one than half of this. */
enum { RT_STACK_SPAN = 8192 };

/* Sets the store's stack limit if this entry is its first on the current stack. False if sp is
 * already below the limit. Followed by rt_stack_leave with the limit that was there before. */
bool rt_stack_enter(w2s_store *store, uintptr_t sp);
void rt_stack_leave(w2s_store *store, uintptr_t outer_limit);
/* Whether the limit is right for an entry with the stack pointer at sp, which is above it. */
static inline bool rt_stack_known(const w2s_store *store, uintptr_t sp)
{
    return store->stack_thread == rt_thread.id && sp - store->stack_from <= RT_STACK_SPAN;
}
/* The next entry is to look for the limit itself. */
void rt_stack_forget(w2s_store *store);

w2s_trap *rt_call(w2s_store *store, const struct rt_plan *plan, void *code, void *ctx,
                  const w2s_value *args, w2s_value *results);
/* Calls code(ctx, result), which is generated code and may trap. */
w2s_trap *rt_call_init(w2s_instance *instance, void (*code)(struct w2s_ctx *, void *),
                       w2s_value *result);
/* Copies between values and the registers and stack arguments of a call (a result buffer's address
 * is in the first integer register). */
void rt_args_get(const struct rt_plan *plan, const uint8_t *regs, const uint8_t *stack,
                 w2s_value *args);
void rt_results_put(const struct rt_plan *plan, uint8_t *regs, const w2s_value *results,
                    uint8_t *buffer);
/* Calls a host function without generated code in between. */
w2s_trap *rt_host_invoke(const struct rt_binding *binding, const w2s_value *args,
                         w2s_value *results);

/* ---- traps (trap.c, backtrace.c, signal.c) ---- */

/* Makes a trap with the backtrace of the calling thread. Never NULL. */
w2s_trap *rt_trap_make(enum w2s_trap_kind kind);
/* Adds the backtrace of the calling thread, if the trap has none yet. */
void rt_trap_locate(w2s_trap *trap);
/* Ends the innermost entry of the store with this trap. */
_Noreturn void rt_trap_throw(w2s_store *store, w2s_trap *trap);
_Noreturn void rt_fault_trap(enum w2s_trap_kind kind); /* called by rt_fault (arch/) */

enum { RT_MAX_FRAMES = 64 };

struct rt_frame {
    w2s_module *module; /* NULL for a host function */
    uint32_t func_index;
    uint64_t code_offset;
};
/* The wasm and host function frames of the calling thread, innermost first; returns how many. */
size_t rt_backtrace(struct rt_frame frames[RT_MAX_FRAMES]);
/* Name from the name section or an export, or NULL. */
const char *rt_func_name(const struct w2s_module_desc *desc, uint32_t index);

/* ---- exceptions (exception.h) ---- */

bool rt_is_exnref(w2s_valtype type);
/* What the host gets lives as long as the store. */
void rt_exceptions_keep(const w2s_valtype *types, const w2s_value *values, uint32_t count);

w2s_store *rt_ctx_store(const struct w2s_ctx *ctx);

/* Installs the fault handlers, unless they are in place. */
void rt_signals_install(void);
/* Not so in the small profile. */
extern const bool rt_faults_are_traps;

#pragma GCC visibility pop

#endif
