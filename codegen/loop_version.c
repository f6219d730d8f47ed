/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops whose accesses to linear memory are all known before they run get a second version. A few
 * comparisons before the loop find that it stays inside the memory and that no address wraps; then
 * it runs with 64-bit addresses, without bounds to keep and without keepers (emit_memory.c), which
 * is what LLVM's vectoriser and instruction selection want to see. Otherwise it runs as it was, and
 * traps where it should.
 *
 * Accesses whose addresses differ by a constant are checked together: the lowest address of the
 * first (or, counting down, last) iteration and the reach from there to the end of the highest.
 *
 * Runs on simplified, rotated loops in LCSSA form, before keepers are released (keep.c).
 */
#include "codegen/abi.h"
#include "codegen/affine.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

/* Accesses whose addresses differ by constants. */
struct group {
    struct affine form; /* of the first of them: 32-bit index */
    int64_t low, high;  /* of the differences to it */
    uint64_t reach;     /* most that offset and size of an access are */
    LLVMValueRef start; /* in the fast version: lowest index of the first iteration, i64 */
};

/* A load or store of linear memory 0. */
struct access {
    LLVMValueRef insn;
    unsigned group;
    int64_t delta;   /* of the index, to the group's form */
    uint64_t offset; /* after the index was extended */
};

enum {
    MOST_INSNS = 400,
    MOST_GROUPS = 12,
    MOST_ACCESSES = 64,
    MOST_STEP = 1 << 20,
    MOST_SPAN = 1 << 24
};

struct version {
    struct cg *cg;
    struct loop loop;
    LLVMValueRef base; /* of memory 0 */
    struct group groups[MOST_GROUPS];
    struct access accesses[MOST_ACCESSES];
    unsigned group_count, access_count;
    LLVMValueRef *from, *to; /* instructions of the body and their copies */
    unsigned insn_count;
};

/* ---- what the loop accesses ---- */

static LLVMValueRef pointer_operand(LLVMValueRef insn)
{
    return LLVMGetOperand(insn, LLVMIsAStoreInst(insn) ? 1 : 0);
}

static LLVMTypeRef accessed_type(LLVMValueRef insn)
{
    return LLVMIsAStoreInst(insn) ? LLVMTypeOf(LLVMGetOperand(insn, 0)) : LLVMTypeOf(insn);
}

/* The load of memory 0's base: of the first word of ctx. */
static bool is_memory_base(LLVMValueRef value)
{
    if (!LLVMIsALoadInst(value) || LLVMGetTypeKind(LLVMTypeOf(value)) != LLVMPointerTypeKind)
        return false;
    LLVMValueRef function = LLVMGetBasicBlockParent(LLVMGetInstructionParent(value));
    return LLVMGetOperand(value, 0) == LLVMGetParam(function, 0);
}

/* An address: base, plus an index of 32 bits zero-extended, plus an offset. */
struct address {
    LLVMValueRef base, index;
    uint64_t offset;
};

/* What a GEP or an addition in 64 bits adds. False if that is not an index or an offset. */
static bool add_to_address(struct address *address, LLVMValueRef value)
{
    while (LLVMIsAInstruction(value) && LLVMGetInstructionOpcode(value) == LLVMAdd &&
           LLVMIsAConstantInt(LLVMGetOperand(value, 1))) {
        address->offset += LLVMConstIntGetZExtValue(LLVMGetOperand(value, 1));
        value = LLVMGetOperand(value, 0);
    }
    if (LLVMIsAConstantInt(value)) {
        address->offset += LLVMConstIntGetZExtValue(value);
        return true;
    }
    if (address->index || !LLVMIsAZExtInst(value) ||
        LLVMGetIntTypeWidth(LLVMTypeOf(LLVMGetOperand(value, 0))) != 32)
        return false;
    address->index = LLVMGetOperand(value, 0);
    return true;
}

static bool find_address(struct cg *cg, LLVMValueRef pointer, struct address *address)
{
    *address = (struct address){.base = pointer};
    bool simple = true;
    while (LLVMIsAGetElementPtrInst(address->base)) {
        LLVMValueRef gep = address->base;
        simple = simple && LLVMGetNumOperands(gep) == 2 &&
                 LLVMGetGEPSourceElementType(gep) == cg->i8 &&
                 add_to_address(address, LLVMGetOperand(gep, 1));
        address->base = LLVMGetOperand(gep, 0);
    }
    return simple;
}

static bool add_access(struct version *v, LLVMValueRef insn, const struct address *address)
{
    struct affine form = {.count = 0};
    if (address->index && !affine_of(&v->loop, address->index, &form))
        return false;
    uint64_t size =
        LLVMStoreSizeOfType(LLVMGetModuleDataLayout(v->cg->module), accessed_type(insn));
    if ((int64_t)form.step > MOST_STEP || (int64_t)form.step < -MOST_STEP ||
        address->offset > UINT32_MAX || v->access_count == MOST_ACCESSES)
        return false;
    unsigned g = 0;
    while (g < v->group_count && !affine_is_parallel(&v->groups[g].form, &form))
        g++;
    if (g == MOST_GROUPS)
        return false;
    struct group *group = &v->groups[g];
    if (g == v->group_count) {
        *group = (struct group){.form = form};
        v->group_count++;
    }
    int64_t delta = (int32_t)(form.constant - group->form.constant);
    if (delta > MOST_SPAN || delta < -MOST_SPAN)
        return false;
    group->low = delta < group->low ? delta : group->low;
    group->high = delta > group->high ? delta : group->high;
    group->reach = address->offset + size > group->reach ? address->offset + size : group->reach;
    v->accesses[v->access_count++] = (struct access){insn, g, delta, address->offset};
    return true;
}

static bool is_plain_call(LLVMValueRef insn)
{
    LLVMValueRef callee = LLVMGetCalledValue(insn);
    return cg_is_keeper(insn) || (LLVMIsAFunction(callee) && LLVMGetIntrinsicID(callee) != 0);
}

/* Notes an access; false if the loop cannot have a second version because of the instruction. */
static bool visit(struct version *v, LLVMValueRef insn)
{
    if (LLVMIsACallInst(insn))
        return is_plain_call(insn);
    if (!LLVMIsALoadInst(insn) && !LLVMIsAStoreInst(insn))
        return !LLVMIsAAtomicRMWInst(insn) && !LLVMIsAAtomicCmpXchgInst(insn) &&
               !LLVMIsAFenceInst(insn) && !LLVMIsAAllocaInst(insn);
    if (LLVMGetVolatile(insn) || LLVMGetOrdering(insn) != LLVMAtomicOrderingNotAtomic)
        return false;
    struct address address;
    bool simple = find_address(v->cg, pointer_operand(insn), &address);
    if (!is_memory_base(address.base))
        return true; /* something else: the copy does the same */
    v->base = address.base;
    return simple && add_access(v, insn, &address);
}

/* Uses outside of the body are phis of the exit. */
static bool is_closed(const struct loop *loop, LLVMValueRef insn)
{
    for (LLVMUseRef u = LLVMGetFirstUse(insn); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        LLVMBasicBlockRef block = LLVMGetInstructionParent(user);
        if (block != loop->body && (block != loop->exit || !LLVMIsAPHINode(user)))
            return false;
    }
    return true;
}

static bool find_accesses(struct version *v)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(v->loop.body); i; i = LLVMGetNextInstruction(i)) {
        if (++v->insn_count > MOST_INSNS || !visit(v, i) || !is_closed(&v->loop, i))
            return false;
    }
    return v->access_count > 0;
}

/* ---- the check before the loop ---- */

static LLVMValueRef constant(struct version *v, uint64_t n)
{
    return LLVMConstInt(v->cg->i64, n, false);
}

static LLVMValueRef context_load(struct version *v, LLVMTypeRef type, LLVMValueRef from,
                                 uint64_t offset)
{
    LLVMValueRef index = constant(v, offset);
    LLVMValueRef at = LLVMBuildGEP2(v->cg->builder, v->cg->i8, from, &index, 1, "");
    LLVMValueRef load = LLVMBuildLoad2(v->cg->builder, type, at, "");
    LLVMSetMetadata(load, v->cg->md_tbaa, v->cg->tbaa[ALIAS_CTX]);
    return load;
}

static LLVMValueRef memory_size(struct version *v)
{
    LLVMValueRef ctx = LLVMGetOperand(v->base, 0);
    LLVMValueRef memory = context_load(v, v->cg->ptr, ctx, offsetof(struct w2s_ctx, memory0));
    LLVMSetMetadata(memory, v->cg->md_invariant, v->cg->empty_node);
    LLVMValueRef size = context_load(v, v->cg->i64, memory, offsetof(struct w2s_memory, size));
    if (v->cg->m->memories[0].limits.shared)
        LLVMSetOrdering(size, LLVMAtomicOrderingMonotonic);
    return size;
}

/* Whether all accesses of the group are inside: the lowest index, which is one of 32 bits, plus
 * what the loop moves, plus the reach of the highest. If the sum is at most the size of a memory,
 * no address between wraps. Leaves where the first iteration starts. */
static LLVMValueRef check_group(struct version *v, struct group *g, LLVMValueRef backedges,
                                LLVMValueRef size)
{
    LLVMBuilderRef b = v->cg->builder;
    bool down = (int64_t)g->form.step < 0;
    uint64_t step = down ? -g->form.step : g->form.step;
    LLVMValueRef moved = LLVMBuildMul(b, backedges, constant(v, step), "");
    LLVMValueRef index = affine_start(v->cg, &g->form, v->cg->i32);
    index = LLVMBuildAdd(b, index, LLVMConstInt(v->cg->i32, (uint64_t)g->low, true), "");
    if (down)
        index = LLVMBuildSub(b, index, LLVMBuildTrunc(b, moved, v->cg->i32, ""), "");
    LLVMValueRef lowest = LLVMBuildZExt(b, index, v->cg->i64, "");
    g->start = down ? LLVMBuildAdd(b, lowest, moved, "") : lowest;
    LLVMValueRef reach = constant(v, (uint64_t)(g->high - g->low) + g->reach);
    LLVMValueRef end = LLVMBuildAdd(b, LLVMBuildAdd(b, lowest, moved, ""), reach, "");
    return LLVMBuildICmp(b, LLVMIntULE, end, size, "");
}

/* Emits the check at the end of the preheader; the number of backedges, or NULL. */
static LLVMValueRef emit_check(struct version *v, LLVMValueRef *inside)
{
    LLVMPositionBuilderBefore(v->cg->builder, LLVMGetBasicBlockTerminator(v->loop.preheader));
    LLVMValueRef backedges = loop_backedges(v->cg, &v->loop, inside);
    if (!backedges)
        return NULL;
    LLVMValueRef size = memory_size(v);
    for (unsigned i = 0; i < v->group_count; i++)
        *inside = LLVMBuildAnd(v->cg->builder, *inside,
                               check_group(v, &v->groups[i], backedges, size), "");
    return backedges;
}

/* ---- the copy ---- */

static LLVMValueRef copy_of(const struct version *v, LLVMValueRef value)
{
    if (!LLVMIsAInstruction(value) || LLVMGetInstructionParent(value) != v->loop.body)
        return value;
    for (unsigned i = v->insn_count; i-- > 0;)
        if (v->from[i] == value)
            return v->to[i];
    return value;
}

static const struct access *access_of(const struct version *v, LLVMValueRef insn)
{
    for (unsigned i = 0; i < v->access_count; i++)
        if (v->accesses[i].insn == insn)
            return &v->accesses[i];
    return NULL;
}

/* A keeper of a load that cannot trap here. */
static bool is_needless(const struct version *v, LLVMValueRef insn)
{
    if (!cg_is_keeper(insn))
        return false;
    LLVMValueRef value = LLVMGetOperand(insn, 0);
    return access_of(v, LLVMIsACastInst(value) ? LLVMGetOperand(value, 0) : value) != NULL;
}

static LLVMValueRef fast_pointer(struct version *v, const struct access *a, LLVMValueRef iteration)
{
    LLVMBuilderRef b = v->cg->builder;
    const struct group *g = &v->groups[a->group];
    LLVMValueRef moved = LLVMBuildMul(b, iteration, constant(v, g->form.step), "");
    LLVMSetNSW(moved, true);
    LLVMSetNUW(moved, (int64_t)g->form.step >= 0);
    LLVMValueRef parts[] = {g->start, moved,
                            constant(v, (uint64_t)(a->delta - g->low) + a->offset)};
    LLVMValueRef pointer = v->base;
    for (unsigned i = 0; i < 3; i++)
        pointer = LLVMBuildInBoundsGEP2(b, v->cg->i8, pointer, &parts[i], 1, "");
    return pointer;
}

static LLVMValueRef copy_insn(struct version *v, LLVMValueRef insn, LLVMValueRef iteration)
{
    LLVMBuilderRef b = v->cg->builder;
    if (LLVMIsAPHINode(insn))
        return LLVMBuildPhi(b, LLVMTypeOf(insn), "");
    if (LLVMIsATerminatorInst(insn) || is_needless(v, insn))
        return NULL;
    const struct access *a = access_of(v, insn);
    LLVMValueRef pointer = a ? fast_pointer(v, a, iteration) : NULL;
    LLVMValueRef copy = LLVMInstructionClone(insn);
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(insn); i < n; i++)
        LLVMSetOperand(copy, i, copy_of(v, LLVMGetOperand(insn, i)));
    if (a)
        LLVMSetOperand(copy, LLVMIsAStoreInst(insn) ? 1 : 0, pointer);
    LLVMInsertIntoBuilder(b, copy);
    return copy;
}

static void fill_phis(struct version *v, LLVMBasicBlockRef fast)
{
    for (unsigned i = 0; i < v->insn_count && LLVMIsAPHINode(v->from[i]); i++) {
        for (unsigned n = 0; n < 2; n++) {
            LLVMBasicBlockRef block = LLVMGetIncomingBlock(v->from[i], n);
            LLVMValueRef value = LLVMGetIncomingValue(v->from[i], n);
            LLVMBasicBlockRef from = v->loop.preheader;
            if (block == v->loop.body) {
                value = copy_of(v, value);
                from = fast;
            }
            LLVMAddIncoming(v->to[i], &value, &from, 1);
        }
    }
    for (LLVMValueRef phi = LLVMGetFirstInstruction(v->loop.exit); phi && LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi))
        for (unsigned n = 0, count = LLVMCountIncoming(phi); n < count; n++)
            if (LLVMGetIncomingBlock(phi, n) == v->loop.body) {
                LLVMValueRef value = copy_of(v, LLVMGetIncomingValue(phi, n));
                LLVMAddIncoming(phi, &value, &fast, 1);
                break;
            }
}

/* The original is what runs when something is odd: not worth vectors or unrolling. */
static void mark_slow(struct version *v)
{
    static const char *const names[] = {"llvm.loop.vectorize.enable", "llvm.loop.unroll.disable"};
    LLVMContextRef context = v->cg->context;
    LLVMMetadataRef self = LLVMTemporaryMDNode(context, NULL, 0), parts[3] = {self};
    for (unsigned i = 0; i < 2; i++) {
        LLVMMetadataRef words[2] = {LLVMMDStringInContext2(context, names[i], strlen(names[i])),
                                    LLVMValueAsMetadata(LLVMConstInt(v->cg->i1, 0, false))};
        parts[1 + i] = LLVMMDNodeInContext2(context, words, i == 0 ? 2 : 1);
    }
    LLVMMetadataRef node = LLVMMDNodeInContext2(context, parts, 3);
    LLVMMetadataReplaceAllUsesWith(self, node);
    LLVMSetMetadata(LLVMGetBasicBlockTerminator(v->loop.body),
                    LLVMGetMDKindIDInContext(context, "llvm.loop", 9),
                    LLVMMetadataAsValue(context, node));
}

static void emit_copy(struct version *v, LLVMValueRef backedges, LLVMValueRef inside)
{
    LLVMBuilderRef b = v->cg->builder;
    LLVMBasicBlockRef fast = LLVMInsertBasicBlockInContext(v->cg->context, v->loop.body, "fast");
    v->from = arena_array(v->cg->arena, v->insn_count, sizeof(LLVMValueRef));
    v->to = arena_array(v->cg->arena, v->insn_count, sizeof(LLVMValueRef));
    LLVMPositionBuilderAtEnd(b, fast);
    LLVMValueRef iteration = LLVMBuildPhi(b, v->cg->i64, "");
    unsigned n = 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(v->loop.body); i; i = LLVMGetNextInstruction(i)) {
        v->from[n] = i;
        v->to[n++] = copy_insn(v, i, iteration);
    }
    LLVMValueRef next = LLVMBuildAdd(b, iteration, constant(v, 1), "");
    LLVMSetNUW(next, true);
    LLVMSetNSW(next, true);
    LLVMValueRef more = LLVMBuildICmp(b, LLVMIntNE, iteration, backedges, "");
    LLVMBuildCondBr(b, more, fast, v->loop.exit);
    LLVMValueRef starts[] = {constant(v, 0), next};
    LLVMBasicBlockRef blocks[] = {v->loop.preheader, fast};
    LLVMAddIncoming(iteration, starts, blocks, 2);
    fill_phis(v, fast);

    LLVMValueRef branch = LLVMGetBasicBlockTerminator(v->loop.preheader);
    LLVMPositionBuilderBefore(b, branch);
    LLVMSetMetadata(LLVMBuildCondBr(b, inside, fast, v->loop.body), v->cg->md_prof,
                    v->cg->prof_likely);
    LLVMInstructionEraseFromParent(branch);
    mark_slow(v);
}

static void version_loop(struct cg *cg, const struct loop *loop)
{
    struct version v = {.cg = cg, .loop = *loop};
    LLVMValueRef inside;
    if (!find_accesses(&v))
        return;
    LLVMValueRef backedges = emit_check(&v, &inside);
    if (backedges)
        emit_copy(&v, backedges, inside);
}

void cg_version_loops(struct cg *cg)
{
    if (cg->m->memory_count == 0 || cg->m->memories[0].limits.is64)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f), next; bb; bb = next) {
            struct loop loop;
            next = LLVMGetNextBasicBlock(bb);
            if (loop_of(bb, &loop))
                version_loop(cg, &loop);
        }
}
