/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: the least and the most that an integer can be, by how it is computed: masks,
 * narrow loads, remainders, minima. Enough for the indices of tables.
 */
#ifndef CODEGEN_PASSES_INTERVAL_H
#define CODEGEN_PASSES_INTERVAL_H

#include "codegen/internal.h"

/* As a signed integer of the value's width, both included. */
struct interval {
    int64_t low, high;
};

/* Of an integer; of more than 64 bits: anything. */
struct interval interval_of(LLVMValueRef value);
/* The same in a finished function, whose phis have all their edges. */
struct interval interval_through_phis(LLVMValueRef value);

#endif
