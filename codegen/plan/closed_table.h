/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: tables whose contents are known at compile time (closed_table.c), as the
 * emitter of calls through them sees them (emit_closed.c).
 */
#ifndef CODEGEN_PLAN_CLOSED_TABLE_H
#define CODEGEN_PLAN_CLOSED_TABLE_H

#include "codegen/internal.h"

/* As many functions of a type can be told apart by comparing the index. */
enum { CLOSED_FEW = 3 };

/* A type that the table is called with, and the elements that have it. */
struct closed_type {
    uint32_t canon;
    bool called, tail_called; /* by call_indirect, return_call_indirect */
    uint32_t members;         /* elements of the type */
    uint32_t first, last;     /* of these, if there are any */
    uint32_t func_count;      /* different functions among them, up to CLOSED_FEW + 1 */
    uint32_t funcs[CLOSED_FEW + 1];
};

struct closed_table {
    uint32_t size;
    uint32_t *funcs;           /* NO_INDEX: null. NULL: the table is not closed */
    bool is_read;              /* by instructions that want an element of the instance's table */
    struct closed_type *types; /* rising by canon */
    uint32_t type_count;
};

/* NULL if no call names that type. */
const struct closed_type *closed_type_find(const struct closed_table *closed, uint32_t canon);

#endif
