/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions that copy or fill memory, whatever they are called: f(dest, source, n) and
 * f(dest, byte, n) of a C library without bulk memory, of a language's runtime or of a user.
 * transfer.c finds them by executing them for each n up to TRANSFER_MOST, for each alignment that
 * they ask for, on addresses and bytes that stay unknown (transfer_value.c): what is written must
 * be what the bulk instruction would write, and nothing else may happen. So that much is proven, of
 * ranges in bounds that do not overlap, and emit_bulk.c does these short transfers its own way.
 */
#ifndef CODEGEN_PLAN_TRANSFER_H
#define CODEGEN_PLAN_TRANSFER_H

#include <stdint.h>

struct arena;
struct compile;

enum { TRANSFER_MOST = 256 };

enum transfer_kind { TRANSFER_NONE, TRANSFER_COPY, TRANSFER_FILL };

/* enum transfer_kind by function index; NULL: there are none. */
const uint8_t *transfer_plan(const struct compile *c, struct arena *arena);

#endif
