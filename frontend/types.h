/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The vocabulary of the WebAssembly 3.0 specification, section 2.3 (types), as plain data, and the
 * relations between types (3.3: matching). Everything is represented for 3.0: recursive groups,
 * subtyping, typed references, 64-bit index types, tags.
 */
#ifndef FRONTEND_TYPES_H
#define FRONTEND_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_INDEX UINT32_MAX

struct slice {
    const uint8_t *p;
    size_t n;
};

/* ---- value types (2.3.4) ---- */

enum valtype_kind {
    VT_NONE, /* no type; also "not resolved" */
    VT_I32,
    VT_I64,
    VT_F32,
    VT_F64,
    VT_V128,
    VT_REF,
    VT_BOT /* validator only: the operand of unreachable code */
};

/* Heap types (2.3.3): a type index, or one of these above all indices. */
enum heap_type {
    HEAP_FUNC = 0x7fffff00,
    HEAP_NOFUNC,
    HEAP_EXTERN,
    HEAP_NOEXTERN,
    HEAP_ANY,
    HEAP_EQ,
    HEAP_I31,
    HEAP_STRUCT,
    HEAP_ARRAY,
    HEAP_NONE,
    HEAP_EXN,
    HEAP_NOEXN,
    HEAP_BOT /* validator only: below every heap type */
};

struct valtype {
    uint8_t kind;     /* enum valtype_kind */
    uint8_t nullable; /* VT_REF only, else 0 */
    uint16_t pad;     /* 0 */
    uint32_t heap;    /* VT_REF only, else 0: enum heap_type or a type index */
};

#define VALTYPE(k) ((struct valtype){.kind = (k)})
#define REFTYPE(null_, heap_)                                                                      \
    ((struct valtype){.kind = VT_REF, .nullable = (null_), .heap = (heap_)})

/* The same written type (indices compared as numbers; see valtype_matches for the relation). */
static inline bool valtype_eq(struct valtype a, struct valtype b)
{
    return a.kind == b.kind && a.nullable == b.nullable && a.heap == b.heap;
}

/* ---- composite types (2.3.8 on) ---- */

enum comptype_kind { COMP_FUNC, COMP_STRUCT, COMP_ARRAY };

struct functype {
    const struct valtype *params;
    const struct valtype *results;
    uint32_t param_count;
    uint32_t result_count;
};

struct fieldtype {
    struct valtype type; /* i32 for a packed field */
    uint8_t packed_bits; /* 0, 8 or 16 */
    bool mutable_;
};

struct subtype {
    enum comptype_kind kind;
    bool final;
    uint32_t super;                /* type index of the declared supertype, or NO_INDEX */
    uint32_t depth;                /* number of supertypes above it */
    uint32_t rec_first, rec_count; /* its recursive group: type indices [rec_first, +rec_count) */
    uint32_t canon; /* lowest type index of this module that is the same type (iso-recursive) */
    uint64_t id;    /* 64-bit hash of the canonical form; see docs/abi.md, "Type identity" */
    struct slice canon_bytes;       /* the canonical form of its group (canon.c) */
    struct functype func;           /* COMP_FUNC */
    const struct fieldtype *fields; /* COMP_STRUCT: field_count; COMP_ARRAY: one */
    uint32_t field_count;
    size_t offset; /* where it stands in the file */
};

/* ---- external types (2.3.12 on) ---- */

struct limits {
    uint64_t min, max; /* max is UINT64_MAX where absent */
    bool has_max;
    bool shared;
    bool is64;              /* 64-bit index type */
    uint8_t page_size_log2; /* memories: 16, or 0 with custom page sizes */
};

struct tabletype {
    struct valtype elem;
    struct limits limits;
};

struct globaltype {
    struct valtype type;
    bool mutable_;
};

enum extern_kind { EXTERN_FUNC, EXTERN_TABLE, EXTERN_MEMORY, EXTERN_GLOBAL, EXTERN_TAG };

/* ---- features: one bit a proposal; MVP is always on ---- */

#define FEATURES(F)                                                                                \
    F(MVP, "mvp")                                                                                  \
    F(MUTABLE_GLOBAL, "mutable-global")                                                            \
    F(SIGN_EXT, "sign-extension")                                                                  \
    F(SAT_FLOAT, "nontrapping-float-to-int")                                                       \
    F(MULTI_VALUE, "multi-value")                                                                  \
    F(BULK_MEMORY, "bulk-memory")                                                                  \
    F(REFERENCE_TYPES, "reference-types")                                                          \
    F(SIMD, "simd")                                                                                \
    F(RELAXED_SIMD, "relaxed-simd")                                                                \
    F(TAIL_CALL, "tail-call")                                                                      \
    F(EXTENDED_CONST, "extended-const")                                                            \
    F(FUNCTION_REFERENCES, "function-references")                                                  \
    F(GC, "gc")                                                                                    \
    F(EXCEPTIONS, "exceptions")                                                                    \
    F(LEGACY_EXCEPTIONS, "legacy-exceptions")                                                      \
    F(MEMORY64, "memory64")                                                                        \
    F(MULTI_MEMORY, "multi-memory")                                                                \
    F(THREADS, "threads")                                                                          \
    F(CUSTOM_PAGE_SIZES, "custom-page-sizes")                                                      \
    F(WIDE_ARITHMETIC, "wide-arithmetic")                                                          \
    F(BRANCH_HINTING, "branch-hinting")

enum feature {
#define F(name, text) FEATURE_##name,
    FEATURES(F)
#undef F
        FEATURE__COUNT
};

#define FEATURE_BIT(f) (UINT64_C(1) << (f))
#define FEATURES_ALL   (FEATURE_BIT(FEATURE__COUNT) - 1)

/* "simd", "tail-call", ... */
const char *feature_name(enum feature feature);

/* The feature of that name, or FEATURE__COUNT. */
enum feature feature_by_name(const char *name);

/* ---- relations (3.3); a module gives the meaning of type indices ---- */

struct module;

/* sub <= super. VT_BOT matches everything. */
bool valtype_matches(const struct module *m, struct valtype sub, struct valtype super);
bool heaptype_matches(const struct module *m, uint32_t sub, uint32_t super);
/* Type index a is the same type as b, or declares it among its supertypes. */
bool typeidx_matches(const struct module *m, uint32_t sub, uint32_t super);
/* The top of the hierarchy heap belongs to: func, extern, any or exn. */
uint32_t heaptype_top(const struct module *m, uint32_t heap);
/* Has a default value (3.2.8): all but non-null references. */
bool valtype_defaultable(struct valtype type);

/* Writes the spec's text of a type ("i32", "(ref null 3)", "funcref"); returns buf. */
char *valtype_print(struct valtype type, char *buf, size_t size);
/* "func", "any", ...; NULL for a type index. */
const char *heaptype_name(uint32_t heap);

/* Computes canon, id, depth and canon_bytes of the types [first, first + count) of one recursive
 * group; everything before it must be done, and references may go no further than the group's end.
 * Returns false if two different types of the module have the same id (canon.c says when). */
struct arena;
bool types_canonicalize(struct module *m, uint32_t first, uint32_t count, struct arena *arena);

#endif
