/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: what accesses to linear memory that did not trap say about addresses. A fact
 * stands under the root of an index, which is what the index is without the constant that was added
 * to it, so that accesses near each other find the same one.
 *
 * A fact holds in all that is reached through the place where it was learnt only. On wasm's
 * structured control flow that is a matter of taking back what was learnt since a construct began
 * (emit_control.c): each change is logged.
 */
#ifndef CODEGEN_EMIT_FACT_H
#define CODEGEN_EMIT_FACT_H

#include "codegen/internal.h"

/* Of an index, extended to 64 bits: 0 <= anchor + low and anchor + top <= the memory's size. */
struct fact {
    LLVMValueRef anchor;  /* NULL: nothing is known */
    LLVMValueRef pointer; /* its native address */
    int64_t constant;     /* anchor = root + constant, wrapping */
    int64_t low, top;
};

struct facts;

struct facts *facts_new(struct arena *arena);
/* Of the memory's indices with that root (NULL: of constants); zeros if nothing is known. */
struct fact facts_get(const struct facts *facts, uint32_t memory, LLVMValueRef root);
void facts_put(struct facts *facts, uint32_t memory, LLVMValueRef root, const struct fact *fact);
/* What is known now; forgets what was put since. */
uint32_t facts_mark(const struct facts *facts);
void facts_forget(struct facts *facts, uint32_t mark);

#endif
