/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation (spec 3). module_validate checks everything but bodies, func_validate one body. The
 * product of func_validate is the input of the generator: what is live, with types resolved. After
 * it a surprise is a bug of ours, never of the input.
 */
#ifndef FRONTEND_VALIDATE_H
#define FRONTEND_VALIDATE_H

#include "frontend/error.h"
#include "frontend/insn.h"
#include "frontend/module.h"

struct arena;

/* A function ready for the generator.
 *
 * insns holds the body without unreachable code, closed by the function's own `end`. Every block,
 * loop, if and try in it has its end there (and its else, if live at the block). Code after an
 * unconditional branch is left out up to the next live else or end; INSN_DEAD_BEFORE at that else
 * or end says that nothing falls into it. If an end is dead before and nobody branches to its
 * label, what follows in the enclosing block is left out as well. */
struct func_body {
    const struct functype *type;
    const struct valtype *locals; /* parameters first */
    uint32_t local_count;
    struct insn *insns;
    uint32_t insn_count;
    uint32_t max_depth; /* of nested blocks, the function's own included */
};

/* Checks types, imports, limits, constant expressions, segments, exports, start; completes *m
 * (func.declared, typed constant expressions). Bodies are not looked at. */
bool module_validate(struct module *m, struct arena *arena, struct error *err);

/* Validates the body of function index (defined here, not imported) and fills *body, in arena.
 * m is not changed: threads may validate different functions at once, each with its own arena. */
bool func_validate(const struct module *m, uint32_t index, struct func_body *body,
                   struct arena *arena, struct error *err);

/* module_validate and func_validate of every body, whose products are thrown away. */
bool module_validate_all(struct module *m, struct arena *arena, struct error *err);

#endif
