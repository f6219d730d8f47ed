/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loads from one object: of those at constant distances from one pointer, with nothing between them
 * that has an effect, the outermost trap for the others. Memory has no holes: if neither the lowest
 * nor the highest access faults, nothing in between does. Which of them it is that faults first
 * nobody can tell.
 */
#include "codegen/ir.h"
#include "codegen/passes/address.h"
#include "codegen/passes/keep.h"

/* Some bytes at the pointer are of no memory only if they are beyond its end. */
static bool is_above_base(struct cg *cg, LLVMValueRef pointer)
{
    struct address address;
    return cg_find_address(cg, pointer, &address) && address.offset >= 0 &&
           cg_is_memory_base(address.base);
}

static struct keep_range range_of(struct cg *cg, LLVMValueRef load, LLVMValueRef keeper)
{
    struct keep_range range = {LLVMGetOperand(load, 0), 0, 0, keeper, keeper};
    while (LLVMIsAGetElementPtrInst(range.pointer) && LLVMGetNumOperands(range.pointer) == 2 &&
           LLVMGetGEPSourceElementType(range.pointer) == cg->i8 &&
           LLVMIsAConstantInt(LLVMGetOperand(range.pointer, 1))) {
        range.start += LLVMConstIntGetSExtValue(LLVMGetOperand(range.pointer, 1));
        range.pointer = LLVMGetOperand(range.pointer, 0);
    }
    range.end = range.start + (int64_t)ir_accessed_size(cg, load);
    return range;
}

static void release_inner(const struct keep_range *range, LLVMValueRef keeper)
{
    if (keeper && keeper != range->lowest && keeper != range->highest)
        LLVMInstructionEraseFromParent(keeper);
}

/* Of equals the one that needs no keeper is better. */
static void widen(struct keep_range *range, const struct keep_range *by)
{
    bool for_free = !by->lowest;
    LLVMValueRef keepers[] = {by->lowest, range->lowest,
                              range->highest == range->lowest ? NULL : range->highest};
    if (by->start < range->start || (by->start == range->start && for_free)) {
        range->start = by->start;
        range->lowest = by->lowest;
    }
    if (by->end > range->end || (by->end == range->end && for_free)) {
        range->end = by->end;
        range->highest = by->highest;
    }
    for (unsigned i = 0; i < sizeof keepers / sizeof *keepers; i++)
        release_inner(range, keepers[i]);
}

void keep_ranges_add(struct keep_ranges *ranges, struct cg *cg, LLVMValueRef load,
                     LLVMValueRef keeper)
{
    struct keep_range range = range_of(cg, load, keeper);
    for (unsigned i = 0; i < ranges->count && i < KEEP_RANGES; i++)
        if (ranges->ranges[i].pointer == range.pointer) {
            widen(&ranges->ranges[i], &range);
            return;
        }
    if (range.start >= 0 && is_above_base(cg, range.pointer)) {
        range.start = 0;
        range.lowest = NULL;
    }
    ranges->ranges[ranges->count++ % KEEP_RANGES] = range;
}
