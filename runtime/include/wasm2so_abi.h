/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * THE contract between generated code and the runtime, version 1. Nothing here is ever changed or
 * reordered: fields and helpers are appended, and a module says in its descriptor how much of each
 * it knows, so that a .so built by release n runs on runtime n+k. docs/abi.md has the prose.
 *
 * Calling convention of a wasm function:
 *   R f(ctx, params...)      the target's C convention, with ctx in LLVM's swiftself register
 *                            (r13 on x86-64, x20 on AArch64), which is callee-saved.
 *   parameters   i32 i64 f32 f64 as in C, v128 as <16 x i8>, references as pointers
 *   results      0: void. 1: as in C. More: an LLVM struct of them, if they are at most 2 integers
 *                or references and at most 2 floats or vectors; they arrive in rax, rdx / xmm0,
 * xmm1 (x0, x1 / v0, v1), each class counted apart. Otherwise the function returns void and its
 * first parameter (after ctx) points to an array of 16-byte slots, one a result, that the caller
 * owns. A trap does not return: it unwinds to the innermost host entry of the thread.
 */
#ifndef WASM2SO_ABI_H
#define WASM2SO_ABI_H

#include <assert.h> /* static_assert, in C and C++ */
#include <stddef.h>
#include <stdint.h>

#define W2S_ABI_VERSION 1u
#define W2S_NONE        UINT32_MAX

/* ---- traps: one list gives enum, messages and docs. Messages are the spec suite's words. ---- */

#define W2S_TRAPS(T)                                                                               \
    T(NONE, "no trap")                                                                             \
    T(UNREACHABLE, "unreachable")                                                                  \
    T(MEMORY_OOB, "out of bounds memory access")                                                   \
    T(TABLE_OOB, "out of bounds table access")                                                     \
    T(UNDEFINED_ELEMENT, "undefined element")                                                      \
    T(UNINITIALIZED_ELEMENT, "uninitialized element")                                              \
    T(INDIRECT_CALL_TYPE, "indirect call type mismatch")                                           \
    T(DIV_BY_ZERO, "integer divide by zero")                                                       \
    T(INT_OVERFLOW, "integer overflow")                                                            \
    T(INVALID_CONVERSION, "invalid conversion to integer")                                         \
    T(STACK_OVERFLOW, "call stack exhausted")                                                      \
    T(NULL_FUNC, "null function reference")                                                        \
    T(NULL_REF, "null reference")                                                                  \
    T(NULL_STRUCT, "null structure reference")                                                     \
    T(NULL_ARRAY, "null array reference")                                                          \
    T(NULL_I31, "null i31 reference")                                                              \
    T(NULL_EXN, "null exception reference")                                                        \
    T(CAST_FAILURE, "cast failure")                                                                \
    T(ARRAY_OOB, "out of bounds array access")                                                     \
    T(UNALIGNED_ATOMIC, "unaligned atomic")                                                        \
    T(EXPECTED_SHARED, "expected shared memory")                                                   \
    T(UNCAUGHT_EXCEPTION, "unhandled exception")                                                   \
    T(OUT_OF_MEMORY, "out of memory")                                                              \
    T(INTERRUPTED, "interrupted")                                                                  \
    T(OUT_OF_FUEL, "all fuel consumed")                                                            \
    T(HOST, "host error")                                                                          \
    T(EXIT, "exit")

enum w2s_trap_kind {
#define T(name, message) W2S_TRAP_##name,
    W2S_TRAPS(T)
#undef T
        W2S_TRAP__COUNT
};

/* ---- types ---- */

enum w2s_valkind {
    W2S_I32 = 1,
    W2S_I64,
    W2S_F32,
    W2S_F64,
    W2S_V128,
    W2S_REF,
};

/* Abstract heap types; a smaller number is a type index of the module that says it. */
enum w2s_heap {
    W2S_HEAP_FUNC = 0x7fffff00,
    W2S_HEAP_NOFUNC,
    W2S_HEAP_EXTERN,
    W2S_HEAP_NOEXTERN,
    W2S_HEAP_ANY,
    W2S_HEAP_EQ,
    W2S_HEAP_I31,
    W2S_HEAP_STRUCT,
    W2S_HEAP_ARRAY,
    W2S_HEAP_NONE,
    W2S_HEAP_EXN,
    W2S_HEAP_NOEXN,
};

typedef struct w2s_valtype {
    uint8_t kind;     /* enum w2s_valkind */
    uint8_t nullable; /* W2S_REF only */
    uint16_t reserved;
    uint32_t heap; /* W2S_REF only */
} w2s_valtype;

/* A defined type. Equal ids with different canonical bytes are refused when a module is loaded. */
struct w2s_type {
    uint64_t id;          /* 64-bit hash of the canonical form (docs/abi.md, "Type identity") */
    const uint8_t *canon; /* the canonical form */
    uint32_t canon_size;
    uint8_t kind; /* 0 func, 1 struct, 2 array */
    uint8_t is_final;
    uint16_t depth;       /* number of declared supertypes above it */
    uint32_t super;       /* type index, or W2S_NONE */
    uint32_t param_count; /* func only */
    uint32_t result_count;
    uint32_t reserved;
    const w2s_valtype *types; /* func: parameters, then results */
};

enum w2s_extern_kind { W2S_FUNC, W2S_TABLE, W2S_MEMORY, W2S_GLOBAL, W2S_TAG };

/* Type of an import, export, table, memory or global; which fields count depends on kind. */
struct w2s_externtype {
    uint8_t kind;           /* enum w2s_extern_kind */
    uint8_t is_mutable;     /* global */
    uint8_t is_shared;      /* memory */
    uint8_t is_64;          /* table, memory: 64-bit index type */
    uint8_t has_max;        /* table, memory */
    uint8_t page_size_log2; /* memory: 16 or 0 */
    uint16_t reserved;
    uint32_t type_index; /* func, tag */
    uint32_t reserved2;
    w2s_valtype type;  /* table element, global content */
    uint64_t min, max; /* table: elements, memory: pages */
};

struct w2s_name {
    const char *bytes; /* followed by a NUL, but may contain some */
    uint64_t size;
};

/* ---- what generated code touches at run time ---- */

struct w2s_instance;
struct w2s_ctx;
struct w2s_tag;

/* A linear memory. The base never moves; size is in bytes and changes when it grows. The runtime's
 * own fields follow. */
struct w2s_memory {
    uint8_t *base;
    uint64_t size;
};

/* A table of references (funcref: struct w2s_func *, NULL for null; externref: the host's pointer).
 * Both fields change when it grows. */
struct w2s_table {
    void **base;
    uint64_t size;
};

/* What a funcref points to. Immutable. */
struct w2s_func {
    void *code; /* R f(ctx, params...) */
    uint64_t type_id;
    struct w2s_ctx *ctx;
    void *tail_code;               /* swifttailcc entry, or NULL: the caller adapts */
    const struct w2s_type *type;   /* in the descriptor of the module that defines it */
    struct w2s_instance *instance; /* NULL for a host function */
};

/* Import slot of a function: what a direct call needs, and the reference for ref.func. */
struct w2s_import_func {
    void *code;
    struct w2s_ctx *ctx;
    struct w2s_func *func;
};

/* An exception: what an exnref points to and a landing pad gets (its two registers: the exception,
 * 0). A landing pad takes them all: generated code compares the tag, by address, and throws again
 * what no handler is for. The values follow the struct, 16 bytes each. */
struct w2s_exception {
    struct w2s_tag *tag; /* the runtime's; its address is the tag's identity */
    uint64_t referenced; /* generated code sets it to 1 when it makes an exnref */
};

/* A structure or array type at run time, one in the process for each canonical type; never freed.
 * The first two words are the collector's: marks says where references are in an object. */
enum w2s_object_kind {
    W2S_OBJECT_STRUCT = 1,
    W2S_OBJECT_ARRAY,
    W2S_OBJECT_HOST, /* a host's pointer that any.convert_extern made an anyref */
    W2S_OBJECT_I31,  /* an i31 that extern.convert_any made an externref */
};

enum { W2S_DISPLAY = 8 };

struct w2s_object_type {
    void *reserved;
    uint64_t marks;
    uint8_t kind;   /* enum w2s_object_kind */
    uint8_t traced; /* objects may hold references to other objects */
    uint16_t depth; /* number of supertypes above it */
    uint32_t size;  /* struct: of an object. array: of an element. In bytes */
    uint64_t id;
    /* By depth: the supertypes, then the type itself, then NULL. At least W2S_DISPLAY, so that a
     * test for a type of smaller depth need not look at the depth of the object's. */
    const struct w2s_object_type *display[W2S_DISPLAY];
};

/* References of the any hierarchy: NULL; an i31 as its 31 bits and below them a 1, zero-extended;
 * or the address of an object, which begins with its type. A structure's fields follow in order,
 * each at its natural alignment. A reference of the extern hierarchy is a host's pointer or the
 * address of an object, never an i31 (W2S_OBJECT_I31 has it then). */
struct w2s_object {
    const struct w2s_object_type *type;
};

struct w2s_array {
    struct w2s_object object;
    uint32_t length;
    uint32_t reserved;
    /* the elements, packed ones in 1 or 2 bytes */
};

/* Shared by all instances of a store, which one thread runs at a time. */
struct w2s_exec {
    uintptr_t stack_limit;            /* a function whose frame reaches below it traps */
    volatile uint8_t *interrupt_page; /* read at loop headers of interruptible code */
    int64_t fuel;
};

/* Head of an instance as generated code sees it; the module's own part follows, laid out by the
 * compiler as the descriptor says. */
struct w2s_ctx {
    uint8_t *memory0_base;
    struct w2s_memory *memory0;
    struct w2s_exec *exec;
    struct w2s_instance *instance; /* the runtime's */
};

/* Head of an instance as the C functions of exports see it. */
struct w2s_instance_head {
    struct w2s_ctx *ctx;
    const void *desc; /* &w2s_module of its module */
};

/* How C gets into an exported function: calls w2s_rt_direct_enter as if it were the function, but
 * with the w2s_instance (NULL: the default one) in the register of ctx, and the address of this in
 * r10 (x18 on AArch64: LLVM's `nest` there). Returns what the function returns; zeros after a trap
 * and where the instance is none of the module's, see w2s_last_trap. Distances count from here. */
struct w2s_direct {
    int32_t code;         /* distance of the function; 0: the runtime is to look */
    int32_t desc;         /* distance of &w2s_module */
    uint32_t func;        /* function index */
    uint32_t stack_words; /* of stack arguments, even; more than there are does no harm */
    uint32_t buffer_size; /* bytes of results that go through a pointer; 0: none do */
    uint32_t reserved;
};

static_assert(sizeof(void *) == 8, "ABI 1 is for 64-bit targets");
static_assert(sizeof(struct w2s_instance_head) == 16, "ABI 1");
static_assert(sizeof(struct w2s_direct) == 24, "ABI 1");
static_assert(sizeof(struct w2s_ctx) == 32, "ABI 1");
static_assert(sizeof(struct w2s_func) == 48, "ABI 1");
static_assert(sizeof(struct w2s_import_func) == 24, "ABI 1");
static_assert(sizeof(struct w2s_type) == 48, "ABI 1");
static_assert(sizeof(struct w2s_externtype) == 40, "ABI 1");
static_assert(sizeof(struct w2s_exception) == 16, "ABI 1");
static_assert(offsetof(struct w2s_object_type, display) == 32, "ABI 1");
static_assert(sizeof(struct w2s_array) == 16, "ABI 1");

/* ---- helpers of the runtime that generated code calls: name, shape result_params with p pointer,
 *      i uint32_t, l uint64_t, v void. The first p is the caller's ctx unless said otherwise. ----
 */

/* clang-format off */
#define W2S_HELPERS(H)                                                                             \
    H(trap,             v_pii)      /* kind, wasm byte offset; does not return */                  \
    H(memory_grow,      l_pil)      /* memory, pages -> old pages or UINT64_MAX */                 \
    H(memory_init,      v_piilll)   /* memory, data segment, dest, source, n */                    \
    H(memory_copy,      v_piilll)   /* dest memory, source memory, dest, source, n */              \
    H(memory_fill,      v_pilil)    /* memory, dest, byte, n */                                    \
    H(data_drop,        v_pi)       /* data segment */                                             \
    H(table_grow,       l_pipl)     /* table, reference, n -> old size or UINT64_MAX */            \
    H(table_init,       v_piilll)   /* table, elem segment, dest, source, n */                     \
    H(table_copy,       v_piilll)   /* dest table, source table, dest, source, n */                \
    H(table_fill,       v_pilpl)    /* table, dest, reference, n */                                \
    H(elem_drop,        v_pi)       /* elem segment */                                             \
    H(func_is,          i_ppi)      /* w2s_func, type index: its type is or declares that type */  \
    H(direct_call,      v_ppipp)    /* &w2s_module, w2s_instance or NULL (the default instance),   \
                                       function index, 16-byte slots of arguments, of results      \
                                       (zeroed after a trap, see w2s_last_trap) */                 \
    H(exception_new,    p_pi)       /* tag -> w2s_exception, its values zero */                    \
    H(exception_throw,  v_pp)       /* w2s_exception; does not return: goes on in the innermost    \
                                       landing pad, or ends the host entry */                      \
    H(exception_drop,   v_pp)       /* w2s_exception that was caught by its values; gone then,     \
                                       unless it is referenced */                                  \
    H(exception_keep,   v_pp)       /* exnref that goes where the runtime does not look for it: a  \
                                       table, a global, another exception, a struct or array */    \
    H(personality,      i_iilpp)    /* of functions with landing pads; the unwinder's arguments */  \
    H(atomic_wait32,    i_pilil)    /* memory, address, expected, ns (signed; below 0: forever)    \
                                       -> 0 woken, 1 not equal, 2 timed out; checks the address */ \
    H(atomic_wait64,    i_pilll)    /* the same of 64 bits */                                      \
    H(atomic_notify,    i_pili)     /* memory, address, most -> number of the woken */             \
    H(struct_new,       p_pp)       /* w2s_object_type -> object, its fields zero */               \
    H(array_new,        p_ppi)      /* w2s_object_type, length -> array, its elements zero */      \
    H(array_new_data,   p_ppiii)    /* w2s_object_type, data segment, source, n */                 \
    H(array_new_elem,   p_ppiii)    /* w2s_object_type, elem segment, source, n */                 \
    H(array_init_data,  v_ppiiii)   /* array, data segment, dest, source, n */                     \
    H(array_init_elem,  v_ppiiii)   /* array, elem segment, dest, source, n */                     \
    H(array_copy,       v_ppipii)   /* dest array, dest, source array, source, n */                \
    H(any_convert_extern, p_pp)     /* externref -> anyref */                                      \
    H(extern_convert_any, p_pp)     /* anyref -> externref */                                      \
    H(direct_enter,     v_)         /* calls an exported function from C; see struct w2s_direct */ \
    H(loop_fill,        l_pilll)    /* memory, dest, 64 bits that repeat, n -> n, or 0: nothing    \
                                       was done, as some of it is out of bounds or too low */      \
    H(loop_copy,        l_pillli)   /* memory, dest, source, n, W2S_LOOP_... -> n, or 0; as a loop \
                                       would that copies piece by piece */                         \
    H(profile_call,     v_ppp)      /* W2S_PROFILE_CALLEES w2s_profile_counter, w2s_func or NULL,  \
                                       which is called: counts it */
/* clang-format on */

/* How a loop copies: in its lowest bits how many bytes an iteration does. */
#define W2S_LOOP_DOWN    UINT32_C(0x80000000) /* from the highest address to the lowest */
#define W2S_LOOP_ORDERED UINT32_C(0x40000000) /* within an iteration in that order as well */
#define W2S_LOOP_BYTES   UINT32_C(0x3fffffff)
/* Loops are done from this address on only. Their accesses have static offsets up to it. */
#define W2S_LOOP_LOWEST 1024

/* Generated code names a helper w2s_rt_<name>. */
typedef void w2s_fn_v_(void); /* not a C function */
typedef void w2s_fn_v_pii(void *, uint32_t, uint32_t);
typedef uint64_t w2s_fn_l_pil(void *, uint32_t, uint64_t);
typedef void w2s_fn_v_piilll(void *, uint32_t, uint32_t, uint64_t, uint64_t, uint64_t);
typedef void w2s_fn_v_pilil(void *, uint32_t, uint64_t, uint32_t, uint64_t);
typedef void w2s_fn_v_pi(void *, uint32_t);
typedef uint64_t w2s_fn_l_pipl(void *, uint32_t, void *, uint64_t);
typedef void w2s_fn_v_pilpl(void *, uint32_t, uint64_t, void *, uint64_t);
typedef uint32_t w2s_fn_i_ppi(void *, void *, uint32_t);
typedef void w2s_fn_v_ppipp(void *, void *, uint32_t, void *, void *);
typedef void *w2s_fn_p_pi(void *, uint32_t);
typedef uint64_t w2s_fn_l_pilll(void *, uint32_t, uint64_t, uint64_t, uint64_t);
typedef uint64_t w2s_fn_l_pillli(void *, uint32_t, uint64_t, uint64_t, uint64_t, uint32_t);
typedef void w2s_fn_v_pp(void *, void *);
typedef void w2s_fn_v_ppp(void *, void *, void *);
typedef uint32_t w2s_fn_i_iilpp(uint32_t, uint32_t, uint64_t, void *, void *);
typedef uint32_t w2s_fn_i_pilil(void *, uint32_t, uint64_t, uint32_t, uint64_t);
typedef uint32_t w2s_fn_i_pilll(void *, uint32_t, uint64_t, uint64_t, uint64_t);
typedef uint32_t w2s_fn_i_pili(void *, uint32_t, uint64_t, uint32_t);
typedef void *w2s_fn_p_pp(void *, void *);
typedef void *w2s_fn_p_ppi(void *, void *, uint32_t);
typedef void *w2s_fn_p_ppiii(void *, void *, uint32_t, uint32_t, uint32_t);
typedef void w2s_fn_v_ppiiii(void *, void *, uint32_t, uint32_t, uint32_t, uint32_t);
typedef void w2s_fn_v_ppipii(void *, void *, uint32_t, void *, uint32_t, uint32_t);
#define H(name, shape) w2s_fn_##shape w2s_rt_##name;
W2S_HELPERS(H)
#undef H

/* ---- the descriptor: the constant `w2s_module` that every compiled module exports ---- */

enum w2s_init_kind {
    W2S_INIT_CONST,  /* bits */
    W2S_INIT_GLOBAL, /* the value of global `index` */
    W2S_INIT_FUNC,   /* reference to function `index` */
    W2S_INIT_NULL,   /* null reference */
    W2S_INIT_CODE,   /* call code(ctx, result): writes 16 bytes; may trap */
};

/* A constant expression. */
struct w2s_init {
    uint32_t kind;
    uint32_t index;
    uint64_t bits[2];
    void (*code)(struct w2s_ctx *ctx,
                 void *result); /* ctx in its usual register: not callable from C */
};

struct w2s_import_desc {
    struct w2s_name module, name;
    struct w2s_externtype type;
};

struct w2s_export_desc {
    struct w2s_name name;
    uint32_t kind;  /* enum w2s_extern_kind */
    uint32_t index; /* in the index space of the kind, imports first */
};

/* One function, imports included (code 0). Offsets are relative to the field that holds them, so
 * that the table needs no relocation. */
struct w2s_func_desc {
    int32_t code; /* entry */
    int32_t name; /* NUL-terminated debug name, or 0 */
    uint32_t type_index;
    uint32_t wasm_offset; /* of the body in the .wasm */
    int32_t tail_code;    /* swifttailcc entry, or 0 */
};

struct w2s_table_desc {
    struct w2s_externtype type;
    struct w2s_init init; /* of every element; imports: unused */
};

struct w2s_memory_desc {
    struct w2s_externtype type;
};

struct w2s_global_desc {
    struct w2s_externtype type;
    uint64_t
        ctx_offset; /* own: the 16-byte aligned cell inline in ctx; imported: a pointer to it */
    struct w2s_init init;
};

struct w2s_tag_desc {
    uint32_t type_index;
    uint32_t reserved;
};

enum w2s_segment_mode { W2S_ACTIVE, W2S_PASSIVE, W2S_DECLARATIVE };

struct w2s_elem_desc {
    uint32_t mode; /* enum w2s_segment_mode */
    uint32_t table;
    w2s_valtype type;
    struct w2s_init offset;
    uint64_t count;
    const uint32_t *funcs; /* function indices, or NULL and: */
    const struct w2s_init *inits;
};

struct w2s_data_desc {
    uint32_t mode;
    uint32_t memory;
    struct w2s_init offset;
    const uint8_t *bytes;
    uint64_t size;
};

/* Pages of a memory's first contents. Address, size and the place of the bytes in the file are
 * multiples of the largest page that the target's kernels have, so that they can be mapped. */
struct w2s_extent {
    uint64_t address, size; /* in the memory */
    const uint8_t *bytes;
};

/* What the active data segments up to image_data_count leave in a memory; what is in no extent is
 * zero. Copying these segments does the same: their bytes lie in the extents. */
struct w2s_image {
    uint64_t extent_count; /* 0: no image */
    const struct w2s_extent *extents;
};

/* A counter of a profile: code compiled with --pgo-gen adds to count, and a file of counters is
 * what --pgo-use reads. slot is what was done by the instruction at that offset of the .wasm:
 *   0 at the offset of a function's body    the function was called
 *   0, 1 at a conditional branch, or an if  it was not taken, it was
 *   i at a br_table                         it went to its label i
 *   W2S_PROFILE_CALLEE | i at a call through a reference: function i was called; W2S_NONE: another
 */
struct w2s_profile_counter {
    uint32_t func, offset, slot, reserved;
    uint64_t count;
};

#define W2S_PROFILE_CALLEE UINT32_C(0x80000000)
/* Counters of a call through a reference; the last one is for all other functions. Until they are
 * used slot is W2S_NONE. */
#define W2S_PROFILE_CALLEES 5

/* How a file of counters begins, little-endian. After it the counters, rising by func, offset and
 * slot, and a 64-bit sum (FNV-1a, beginning with W2S_PROFILE_SUM) of all bytes before it. */
struct w2s_profile_header {
    char magic[8]; /* W2S_PROFILE_MAGIC, without the NUL */
    uint8_t source_hash[32];
    uint64_t count; /* of counters */
};

#define W2S_PROFILE_MAGIC "w2sprof1"
#define W2S_PROFILE_SUM   UINT64_C(0xcbf29ce484222325)

static_assert(sizeof(struct w2s_profile_counter) == 24, "ABI 1");
static_assert(sizeof(struct w2s_profile_header) == 48, "ABI 1");

/* The layout of the structure or array type of the same index; size 0 for function types. */
struct w2s_object_desc {
    uint32_t size;        /* struct: of an object. array: of an element. In bytes */
    uint32_t ref_count;   /* struct: fields with references of the any or extern hierarchy. array: 1
                             if the elements are such */
    const uint32_t *refs; /* struct: their offsets, rising */
};

/* Bits of features_needed. A runtime refuses modules that set one it does not know. */
#define W2S_NEEDS_COLLECTOR UINT64_C(1) /* objects: garbage collection */
#define W2S_NEEDS_MARGIN    UINT64_C(2) /* memories have a margin (W2S_MEMORY_MARGIN) */
#define W2S_NEEDS_PROFILE   UINT64_C(4) /* counts what it does: w2s_rt_profile_call */

/* Memories with 32-bit addresses and pages of 64 KiB: none that was declared with less than 65536
 * pages comes to reach into the last W2S_MEMORY_MARGIN bytes below 2^32, and an access within as
 * many bytes below the base of one that is reserved for guard mode is a trap (docs/abi.md). */
#define W2S_MEMORY_MARGIN 65536

/* Bits of code_features: what the code does besides; a runtime may ignore those it does not know.
 */
#define W2S_CODE_INTERRUPTIBLE UINT64_C(1) /* polls exec->interrupt_page (docs/abi.md) */
#define W2S_CODE_FUEL          UINT64_C(2) /* counts exec->fuel down, traps below 0 */

enum w2s_memory_mode { W2S_MODE_GUARD, W2S_MODE_CHECKED, W2S_MODE_SEGUE, W2S_MODE_FIXED };

struct w2s_module_desc {
    uint32_t abi_version;
    uint32_t size;            /* of this struct as the compiler knew it */
    uint64_t features_needed; /* W2S_NEEDS_... */
    uint8_t source_hash[32];  /* of the .wasm */
    const char *compiler;     /* "wasm2so 0.1.0" */
    const char *options;      /* what it was compiled with, as option text */
    const char *target;       /* "x86_64-linux-gnu" */
    const char *cpu;          /* LLVM's CPU name */
    const char *cpu_features; /* CPU features the code may use: "sse4.2,popcnt,avx2" */
    const char *prefix;       /* of the C symbols */
    struct w2s_name name;     /* module name */
    uint32_t memory_mode;     /* enum w2s_memory_mode */
    uint32_t start;           /* function index, or W2S_NONE */

    uint32_t type_count, import_count, export_count, func_count, import_func_count;
    uint32_t table_count, import_table_count, memory_count, import_memory_count;
    uint32_t global_count, import_global_count, tag_count, import_tag_count;
    uint32_t elem_count, data_count, record_count;
    const struct w2s_type *types;
    const struct w2s_import_desc *imports;
    const struct w2s_export_desc *exports;
    const struct w2s_func_desc *funcs; /* all, imports first, as all index spaces */
    const struct w2s_table_desc *tables;
    const struct w2s_memory_desc *memories;
    const struct w2s_global_desc *globals;
    const struct w2s_tag_desc *tags;
    const struct w2s_elem_desc *elems;
    const struct w2s_data_desc *datas;
    /* Functions defined here that have a struct w2s_func in ctx: exported, in segments or tables,
     * or named by ref.func; rising function indices. */
    const uint32_t *records;

    /* Layout of the module's part of ctx; all offsets from the start of ctx. */
    uint64_t ctx_size;
    uint64_t imports_offset;  /* struct w2s_import_func[import_func_count] */
    uint64_t memories_offset; /* struct w2s_memory *[memory_count] */
    uint64_t tables_offset;   /* struct w2s_table *[table_count] */
    uint64_t records_offset;  /* struct w2s_func[record_count] */

    const void *text_start, *text_end; /* of the functions: a fault in there may be a trap */

    /* Appended; there if size covers them, else as if 0. */
    uint64_t tags_offset; /* struct w2s_tag *[tag_count] in ctx; 0: generated code asks for none */
    uint64_t object_types_offset;          /* const struct w2s_object_type *[type_count] in ctx */
    const struct w2s_object_desc *objects; /* by type index; NULL where no type is of objects */
    uint64_t code_features;                /* W2S_CODE_... */
    const struct w2s_image *images;        /* by memory index; NULL where no memory has one */
    uint64_t image_data_count; /* active segments below this index cannot trap, and those of
                                  memories with an image are in there */
    struct w2s_profile_counter *profile_start, *profile_end; /* with W2S_NEEDS_PROFILE */
};

/* Size of the descriptor in the first release of ABI 1. */
#define W2S_MODULE_DESC_MIN_SIZE offsetof(struct w2s_module_desc, tags_offset)

#define W2S_MODULE_SYMBOL "w2s_module"

#endif
