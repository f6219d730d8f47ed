/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: wasm's locals as SSA values, after Braun et al., "Simple and Efficient
 * Construction of Static Single Assignment Form" (CC 2013), on wasm's structured control flow.
 *
 * A block here is a stretch of code that its predecessors enter at the top; a branch in the middle
 * ends it (ssa_split), so that "the value at the end of the block" is what the branch carries. A
 * variable is looked up backwards on demand; phis are made only where different values meet. Where
 * a construct does not assign a variable at all, the look-up jumps over it to its entry, and over
 * long rows of them. All memory is the arena's; nothing is freed.
 */
#ifndef CODEGEN_EMIT_SSA_H
#define CODEGEN_EMIT_SSA_H

#include "codegen/internal.h"

struct ssa;
struct ssa_block;

/* Variables are the locals of body; *insn is the instruction that is translated, whenever one of
 * these is called. */
struct ssa *ssa_new(struct cg *cg, const struct func_body *body, const struct insn *const *insn);

/* The current block; reads and writes mean it. */
struct ssa_block *ssa_current(struct ssa *s);
void ssa_enter(struct ssa *s, struct ssa_block *block);

/* A block with one predecessor (NULL for the function's entry). */
struct ssa_block *ssa_block_after(struct ssa *s, struct ssa_block *pred);
/* A block where the branches of a construct meet, which began at entry and spans the instructions
 * [begin, end) of the body. Predecessors are added as branches are met; all of them must be before
 * the first read (join) or before ssa_seal (loop). */
struct ssa_block *ssa_join(struct ssa *s, LLVMBasicBlockRef bb, struct ssa_block *entry,
                           uint32_t begin, uint32_t end);
struct ssa_block *ssa_loop(struct ssa *s, LLVMBasicBlockRef bb, struct ssa_block *entry,
                           uint32_t begin, uint32_t end);
/* The current block branches to join from basic block bb. */
void ssa_add_pred(struct ssa *s, struct ssa_block *join, LLVMBasicBlockRef bb);
/* All branches to the loop header are known: completes its phis. */
void ssa_seal(struct ssa *s, struct ssa_block *loop);
/* How many variables the instructions [begin, end) assign. */
uint32_t ssa_assigned(const struct ssa *s, uint32_t begin, uint32_t end);
/* After a conditional branch: code goes on in a new block behind the current one. */
void ssa_split(struct ssa *s);

void ssa_write(struct ssa *s, uint32_t variable, LLVMValueRef value);
LLVMValueRef ssa_read(struct ssa *s, uint32_t variable);

#endif
