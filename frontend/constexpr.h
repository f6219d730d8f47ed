/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Constant expressions (spec 3.4.10, 5.4.9): the initialisers of globals and tables, the contents
 * and offsets of segments.
 */
#ifndef FRONTEND_CONSTEXPR_H
#define FRONTEND_CONSTEXPR_H

#include "frontend/error.h"
#include "frontend/module.h"

struct arena;
struct reader;

/* Reads instructions up to and with the closing end. */
struct constexpr constexpr_read(struct reader *r, struct arena *arena);

/* Checks that the expression is constant and has one result that matches type; marks functions it
 * names as declared and sets each insn's type to what it leaves on the stack. Only the first
 * global_count globals may be read. */
bool constexpr_validate(struct module *m, const struct constexpr *expr, struct valtype type,
                        uint32_t global_count, struct arena *arena, struct error *err);

#endif
