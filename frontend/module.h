/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A decoded module (spec 2.5) as plain data. Arrays live in the module's arena; names, bodies and
 * data are slices of the input, which must outlive the module. Every `offset` is a byte offset in
 * the file. Index spaces hold imports first, as in the spec. Read-only once decoded and validated,
 * so threads may share it.
 */
#ifndef FRONTEND_MODULE_H
#define FRONTEND_MODULE_H

#include "frontend/types.h"

struct arena;
struct insn;
struct type_table;

struct import {
    struct slice module, name;
    enum extern_kind kind;
    uint32_t index; /* in the index space of its kind */
    size_t offset;
};

struct export
{
    struct slice name;
    enum extern_kind kind;
    uint32_t index;
    size_t offset;
};

/* A constant expression: parsed, and after validation typed. insns includes the closing end. */
struct constexpr
{
    struct insn *insns;
    uint32_t insn_count;
    size_t offset;
};

struct func {
    uint32_t type;               /* type index (COMP_FUNC once validated) */
    const struct import *import; /* NULL for a function defined here */
    struct slice body;           /* locals and instructions; empty for an import */
    size_t body_offset;          /* of body.p in the file */
    size_t offset;               /* of its entry: import, or the size field in the code section */
    struct slice name;           /* from the name section; n == 0 where none */
    bool declared; /* may be named by ref.func in code: exported, or in an element segment
                      or global initialiser (3.4.10, C.refs) */
};

struct table {
    struct tabletype type;
    const struct import *import;
    bool has_init;
    struct constexpr init;
    size_t offset;
};

struct memory {
    struct limits limits;
    const struct import *import;
    size_t offset;
};

struct global {
    struct globaltype type;
    const struct import *import;
    struct constexpr init; /* of a global defined here */
    size_t offset;
};

struct tag {
    uint32_t type;
    const struct import *import;
    size_t offset;
};

enum segment_mode { SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_DECLARATIVE };

struct elem_segment {
    enum segment_mode mode;
    struct valtype type;
    uint32_t table;      /* active */
    struct constexpr at; /* active: offset expression */
    bool is_funcs;       /* written as function indices: funcs is set, exprs is not */
    const uint32_t *funcs;
    const struct constexpr *exprs;
    uint32_t count;
    size_t offset;
};

struct data_segment {
    enum segment_mode mode;
    uint32_t memory;
    struct constexpr at;
    struct slice bytes;
    size_t bytes_offset;
    size_t offset;
};

struct custom_section {
    struct slice name;
    struct slice bytes;
    size_t offset; /* of the contents */
    uint8_t after; /* id of the last non-custom section before it, 0 if none */
};

/* One section as it stands in the file, for inspection. */
struct section {
    uint8_t id;
    size_t header_offset; /* of the id byte */
    size_t offset, size;  /* contents */
    uint32_t count;       /* entries of a vector section; 1 for start; 0 for custom */
    struct slice name;    /* custom only */
};

/* Branch hints (custom section metadata.code.branch_hint): sorted by func, then offset. */
struct branch_hint {
    uint32_t func;
    uint32_t offset; /* of the instruction, from the start of the function's body (its locals) */
    bool likely;
};

struct module {
    struct slice bytes; /* the whole input */
    uint64_t features;  /* what the validator lets pass */

    struct subtype *types;
    struct import *imports;
    struct func *funcs;
    struct table *tables;
    struct memory *memories;
    struct global *globals;
    struct tag *tags;
    struct export *exports;
    struct elem_segment *elems;
    struct data_segment *datas;
    struct custom_section *customs;
    struct section *sections;
    struct branch_hint *hints;
    uint32_t type_count, import_count, func_count, table_count, memory_count, global_count;
    uint32_t tag_count, export_count, elem_count, data_count, custom_count, section_count;
    uint32_t hint_count;

    uint32_t import_func_count, import_table_count, import_memory_count, import_global_count;
    uint32_t import_tag_count;

    uint32_t start; /* function index, or NO_INDEX */
    size_t start_offset;
    bool has_data_count;
    uint32_t data_count_section; /* what the data count section says */

    struct slice name;               /* module name of the name section */
    struct local_names *local_names; /* names.h; NULL where none */
    struct type_table *type_table;   /* canon.c: types by id */
};

#endif
