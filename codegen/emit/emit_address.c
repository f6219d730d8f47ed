/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Native addresses of accesses to linear memory. THIS FILE IS SUBTLE: it is where the sandbox is
 * kept. docs/rationale.md has the reasoning at length.
 *
 * guard: a memory with 32-bit addresses has a reservation around it in which every address that the
 * code makes either is the right one or faults; the runtime turns the fault into a trap. So an
 * address is base + zext(index) + offset with no check at all.
 * checked: the end of the access is compared with the memory's size first. Also used for 64-bit
 * memories, whose additions may wrap at 64 bits.
 *
 * Producers add constants to indices by i32.add, which may wrap. An access at index t that did not
 * trap proves t + 1 <= size, and no memory reaches into the last W2S_MEMORY_MARGIN bytes of 32-bit
 * addresses. So for u = t + d, where d is a constant no larger than that:
 *  - d >= 0: the sum does not wrap, and the address is base + zext(t) + d.
 *  - d < 0: if it wraps, u is beyond any memory, and the access must trap; base + zext(t) + d is
 *    then below the base, where it faults, if the offset does not bring it back.
 * The native code may do the second access before the first, or the first not at all. Then zext(t)
 * + d may be the wrong address, but a wrong address is always one that faults, and the program one
 * that must trap. Nothing here relies on the order of the two.
 *
 * What is proven to be in bounds needs no check, and in guard mode no keeper (emit_memory.c). So
 * does what cannot be beyond the memory's least size.
 */
#include "codegen/abi.h"
#include "codegen/emit/fact.h"
#include "codegen/emit/function.h"
#include "codegen/ir.h"
#include "codegen/passes/interval.h"

/* Offsets beyond it are out of every memory's bounds, or nearly so. */
static const uint64_t most_offset = UINT64_C(1) << 40;

/* An access of the current instruction: bytes at index + offset. */
struct access {
    uint32_t memory;
    LLVMValueRef index;
    LLVMValueRef root; /* index = root + constant, wrapping */
    int64_t constant;
    uint64_t offset, reach; /* offset + bytes */
};

bool memory_is_checked(const struct compile *c, uint32_t memory)
{
    const struct limits *limits = &c->m->memories[memory].limits;
    return c->memory == W2S_MEMORY_CHECKED || limits->is64 || limits->page_size_log2 != 16;
}

bool memory_has_margin(const struct limits *limits)
{
    return limits->is64 || (limits->page_size_log2 == 16 && limits->min < 65536);
}

/* ---- checks ---- */

/* What a memory has at any time, or some of it. */
static int64_t least_size(const struct limits *limits)
{
    unsigned shift = limits->page_size_log2;
    uint64_t limit = most_offset >> shift;
    return (int64_t)((limits->min < limit ? limits->min : limit) << shift);
}

/* Traps unless index (i64) + reach fits the memory. */
static void emit_check(struct fn *f, uint32_t memory, LLVMValueRef index, uint64_t reach)
{
    LLVMValueRef size = abi_memory_size(f, memory);
    LLVMValueRef end = LLVMBuildAdd(f->b, index, LLVMConstInt(f->cg->i64, reach, false), "");
    emit_trap_if(f, LLVMBuildICmp(f->b, LLVMIntUGT, end, size, ""), W2S_TRAP_MEMORY_OOB);
}

/* The same where the sum may wrap at 64 bits. */
static void emit_wide_check(struct fn *f, uint32_t memory, LLVMValueRef index, uint64_t reach)
{
    LLVMValueRef size = abi_memory_size(f, memory), outside;
    LLVMValueRef distance = LLVMConstInt(f->cg->i64, reach, false);
    if (reach <= (uint64_t)least_size(&f->cg->m->memories[memory].limits)) {
        LLVMValueRef last = LLVMBuildSub(f->b, size, distance, "");
        outside = LLVMBuildICmp(f->b, LLVMIntUGT, index, last, "");
    } else {
        LLVMValueRef end = LLVMBuildAdd(f->b, index, distance, "");
        LLVMValueRef wrapped = LLVMBuildICmp(f->b, LLVMIntULT, end, distance, "");
        outside = LLVMBuildICmp(f->b, LLVMIntUGT, end, size, "");
        outside = LLVMBuildOr(f->b, outside, wrapped, "");
    }
    emit_trap_if(f, outside, W2S_TRAP_MEMORY_OOB);
}

/* For an access about which nothing is known. */
static void emit_bounds_check(struct fn *f, const struct access *a, LLVMValueRef index)
{
    if (a->reach < a->offset)
        emit_trap_if(f, LLVMConstInt(f->cg->i1, 1, false), W2S_TRAP_MEMORY_OOB);
    else if (f->cg->m->memories[a->memory].limits.is64)
        emit_wide_check(f, a->memory, index, a->reach);
    else
        emit_check(f, a->memory, index, a->reach);
}

/* base + index. */
static LLVMValueRef native(struct fn *f, uint32_t memory, LLVMValueRef index)
{
    return LLVMBuildGEP2(f->b, f->cg->i8, abi_memory_base(f, memory), &index, 1, "");
}

/* ---- what is known ---- */

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How far index is from the fact's anchor. False if that is too far, or nothing is known. */
static bool find_distance(const struct fn *f, const struct access *a, const struct fact *fact,
                          int64_t *distance)
{
    uint64_t d = (uint64_t)a->constant - (uint64_t)fact->constant;
    *distance = LLVMTypeOf(a->index) == f->cg->i32 ? (int32_t)(uint32_t)d : (int64_t)d;
    return fact->anchor && *distance <= W2S_MEMORY_MARGIN && *distance >= -W2S_MEMORY_MARGIN;
}

/* What an access at a new anchor, its index, proves. */
static struct fact own_fact(const struct access *a, LLVMValueRef pointer)
{
    return (struct fact){a->index, pointer, a->constant, 0, (int64_t)a->reach};
}

/* With this access the fact's reach grows. */
static void extend_fact(struct fact *fact, const struct access *a, int64_t distance)
{
    fact->low = least(fact->low, distance);
    fact->top = most(fact->top, distance + (int64_t)a->reach);
}

/* The fact as one of the index that is `distance` away, after an access there. */
static struct fact moved_fact(const struct fact *fact, const struct access *a, int64_t distance,
                              LLVMValueRef pointer)
{
    struct fact moved = own_fact(a, pointer);
    moved.low = least(moved.low, fact->low - distance);
    moved.top = most(moved.top, fact->top - distance);
    return moved;
}

/* ---- addresses: each gives that of the index, and notes what is known after the access ---- */

static LLVMValueRef emit_first(struct fn *f, const struct access *a, bool is_checked)
{
    LLVMValueRef index = fn_u64(f, a->index);
    if (is_checked)
        emit_bounds_check(f, a, index);
    LLVMValueRef pointer = native(f, a->memory, index);
    if (memory_has_margin(&f->cg->m->memories[a->memory].limits) && a->offset < most_offset) {
        struct fact fact = own_fact(a, pointer);
        facts_put(f->facts, a->memory, a->root, &fact);
    }
    return pointer;
}

/* From the anchor of a fact. */
static LLVMValueRef emit_near(struct fn *f, const struct access *a, struct fact fact,
                              int64_t distance)
{
    extend_fact(&fact, a, distance);
    facts_put(f->facts, a->memory, a->root, &fact);
    return abi_offset(f, fact.pointer, (uint64_t)distance);
}

static LLVMValueRef emit_near_checked(struct fn *f, const struct access *a, const struct fact *fact,
                                      int64_t distance)
{
    if (!f->is_covered && distance >= 0)
        emit_check(f, a->memory, fn_u64(f, fact->anchor), (uint64_t)distance + a->reach);
    else if (!f->is_covered)
        emit_bounds_check(f, a, fn_u64(f, a->index));
    return emit_near(f, a, *fact, distance);
}

static LLVMValueRef emit_near_guarded(struct fn *f, const struct access *a, const struct fact *fact,
                                      int64_t distance)
{
    if (distance >= 0 || a->offset == 0)
        return emit_near(f, a, *fact, distance);
    LLVMValueRef pointer = native(f, a->memory, fn_u64(f, a->index));
    struct fact moved = moved_fact(fact, a, distance, pointer);
    facts_put(f->facts, a->memory, a->root, &moved);
    return pointer;
}

static LLVMValueRef emit_constant(struct fn *f, const struct access *a, bool is_checked)
{
    struct fact fact = facts_get(f->facts, a->memory, NULL);
    LLVMValueRef index = fn_u64(f, a->index);
    uint64_t n = LLVMConstIntGetZExtValue(index);
    fact.top = most(fact.top, least_size(&f->cg->m->memories[a->memory].limits));
    f->is_covered =
        n < most_offset && a->offset < most_offset && n + a->reach <= (uint64_t)fact.top;
    if (is_checked && !f->is_covered)
        emit_bounds_check(f, a, index);
    if (!f->is_covered && n < most_offset && a->offset < most_offset) {
        fact.top = (int64_t)(n + a->reach);
        facts_put(f->facts, a->memory, NULL, &fact);
    }
    return native(f, a->memory, index);
}

/* Whatever the index is, as in a table at a constant address that has an element for each byte. */
static bool is_always_inside(const struct fn *f, const struct access *a)
{
    uint64_t size = (uint64_t)least_size(&f->cg->m->memories[a->memory].limits);
    if (a->offset >= most_offset || a->reach > size)
        return false;
    struct interval index = interval_of(a->index);
    return index.low >= 0 && (uint64_t)index.high <= size - a->reach;
}

static LLVMValueRef emit_index(struct fn *f, const struct access *a)
{
    bool is_checked = memory_is_checked(f->cg->c, a->memory);
    f->is_covered = false;
    if (LLVMIsAConstantInt(a->index))
        return emit_constant(f, a, is_checked);
    f->is_covered = is_always_inside(f, a);
    if (f->is_covered)
        return native(f, a->memory, fn_u64(f, a->index));
    struct fact fact = facts_get(f->facts, a->memory, a->root);
    int64_t distance;
    if (a->offset >= most_offset || !find_distance(f, a, &fact, &distance))
        return emit_first(f, a, is_checked);
    f->is_covered = distance >= fact.low && distance + (int64_t)a->reach <= fact.top;
    return is_checked ? emit_near_checked(f, a, &fact, distance)
                      : emit_near_guarded(f, a, &fact, distance);
}

LLVMValueRef emit_memory_address(struct fn *f, LLVMValueRef index, uint32_t bytes)
{
    uint64_t offset = f->insn->imm.mem.offset;
    struct access a = {.memory = f->insn->imm.mem.memory,
                       .index = index,
                       .root = index,
                       .offset = offset,
                       .reach = offset + bytes};
    ir_split_sum(index, &a.root, &a.constant);
    return abi_offset(f, emit_index(f, &a), offset);
}
