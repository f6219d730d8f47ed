/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Finds loops that search memory (search.h). Any blocks without a loop inside them will do: two
 * ways to go on are as good as one. Nothing but memory 0 may be read, nothing written or called,
 * and what an iteration hands to the next must be a number that moves by a constant, or something
 * that does not depend on what came from the iteration before.
 *
 * Runs on simplified loops with a preheader and one latch, before keepers are released (keep.c).
 */
#include "codegen/passes/search.h"

#include "codegen/ir.h"
#include "codegen/passes/address.h"

#include <string.h>

/* ---- blocks ---- */

static LLVMBasicBlockRef block_of(LLVMValueRef insn)
{
    return LLVMGetInstructionParent(insn);
}

/* The block that goes to bb by use u, or NULL if that is no branch. */
static LLVMBasicBlockRef predecessor(LLVMUseRef u)
{
    LLVMValueRef user = LLVMGetUser(u);
    bool is_branch = LLVMIsABranchInst(user) || LLVMIsASwitchInst(user);
    return is_branch ? block_of(user) : NULL;
}

static LLVMUseRef uses_of(LLVMBasicBlockRef bb)
{
    return LLVMGetFirstUse(LLVMBasicBlockAsValue(bb));
}

/* Notes those that come to a block of the loop: there are some, and not the preheader. */
static bool collect_predecessors(struct search *s, LLVMBasicBlockRef bb)
{
    if (!uses_of(bb))
        return false;
    for (LLVMUseRef u = uses_of(bb); u; u = LLVMGetNextUse(u)) {
        LLVMBasicBlockRef from = predecessor(u);
        if (!from || from == s->loop.preheader)
            return false;
        if (loop_has_block(&s->loop, from))
            continue;
        if (s->loop.block_count == SEARCH_BLOCKS)
            return false;
        s->blocks[s->loop.block_count++] = from;
    }
    return true;
}

/* The blocks from which the latch is reached without the header. */
static bool collect_blocks(struct search *s, LLVMBasicBlockRef header, LLVMBasicBlockRef before,
                           LLVMBasicBlockRef latch)
{
    s->loop = (struct loop){.preheader = before,
                            .body = header,
                            .latch = latch,
                            .blocks = s->blocks,
                            .block_count = 1,
                            .from_now = true};
    s->blocks[0] = header;
    if (latch != header)
        s->blocks[s->loop.block_count++] = latch;
    for (unsigned i = 1; i < s->loop.block_count; i++)
        if (!collect_predecessors(s, s->blocks[i]))
            return false;
    return true;
}

/* The header has two predecessors; the one from which we get back to it alone is the latch. */
static bool find_blocks(struct search *s, LLVMBasicBlockRef header)
{
    LLVMBasicBlockRef from[2];
    unsigned count = 0;
    for (LLVMUseRef u = uses_of(header); u; u = LLVMGetNextUse(u)) {
        if (count == 2 || !predecessor(u))
            return false;
        from[count++] = predecessor(u);
    }
    return count == 2 && from[0] != from[1] &&
           (collect_blocks(s, header, from[0], from[1]) ||
            collect_blocks(s, header, from[1], from[0]));
}

/* Edges between blocks of the loop that lead to bb. */
static unsigned edges_to(LLVMBasicBlockRef bb)
{
    unsigned n = 0;
    for (LLVMUseRef u = uses_of(bb); u; u = LLVMGetNextUse(u))
        n++;
    return n;
}

/* Edges to bb from the first `count` blocks. */
static unsigned edges_from(const struct search *s, unsigned count, LLVMBasicBlockRef bb)
{
    unsigned n = 0;
    for (LLVMUseRef u = uses_of(bb); u; u = LLVMGetNextUse(u))
        for (unsigned i = 0; i < count; i++)
            n += s->blocks[i] == predecessor(u);
    return n;
}

/* Puts each block behind those that go to it; false if there is a loop among them. */
static bool sort_blocks(struct search *s)
{
    for (unsigned done = 1; done < s->loop.block_count; done++) {
        unsigned next = done, open = 0;
        for (unsigned i = done; i < s->loop.block_count; i++)
            open += edges_from(s, done, s->blocks[i]);
        while (next < s->loop.block_count &&
               edges_from(s, done, s->blocks[next]) != edges_to(s->blocks[next]))
            next++;
        if (next == s->loop.block_count)
            return false;
        LLVMBasicBlockRef bb = s->blocks[next];
        s->blocks[next] = s->blocks[done];
        s->blocks[done] = bb;
        s->is_passed[done] = open == edges_to(bb);
    }
    s->is_passed[0] = true;
    return true;
}

/* ---- instructions ---- */

const struct search_load *search_load_of(const struct search *s, LLVMValueRef insn)
{
    for (unsigned i = 0; i < s->load_count; i++)
        if (s->loads[i].insn == insn)
            return &s->loads[i];
    return NULL;
}

const struct search_phi *search_phi_of(const struct search *s, LLVMValueRef insn)
{
    for (unsigned i = 0; i < s->phi_count; i++)
        if (s->phis[i].phi == insn)
            return &s->phis[i];
    return NULL;
}

/* Whether an intrinsic works lane by lane, with vectors as with numbers. */
static bool is_lanewise(LLVMValueRef call)
{
    static const char *const names[] = {"llvm.umin", "llvm.umax", "llvm.smin",
                                        "llvm.smax", "llvm.fshl", "llvm.usub.sat"};
    unsigned id = ir_intrinsic(call);
    for (unsigned i = 0; id != 0 && i < sizeof names / sizeof *names; i++)
        if (LLVMLookupIntrinsicID(names[i], strlen(names[i])) == id)
            return true;
    return false;
}

/* A type that vectors can be made of. */
static bool is_number(LLVMTypeRef type)
{
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    return kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind ||
           (kind == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(type) <= 64);
}

static bool add_load(struct search *s, LLVMValueRef insn)
{
    struct address address;
    struct search_load load = {.insn = insn};
    if (!ir_is_plain_access(insn) || s->load_count == SEARCH_LOADS ||
        !cg_find_address(s->cg, LLVMGetOperand(insn, 0), &address) ||
        !cg_is_memory_base(address.base) || loop_has(&s->loop, address.base) ||
        !cg_address_form(s->cg, &s->loop, &address, &load.form, &load.offset) ||
        load.form.rise_count > 0)
        return false;
    load.base = address.base;
    load.bytes = ir_accessed_size(s->cg, insn);
    uint64_t step = load.form.step;
    if (step != 0 && step != load.bytes && step != -load.bytes)
        return false;
    if (step != 0 && load.bytes > s->bytes)
        s->bytes = (unsigned)load.bytes;
    s->loads[s->load_count++] = load;
    return true;
}

static bool add_phi(struct search *s, LLVMValueRef phi)
{
    struct affine form;
    if (s->phi_count == SEARCH_PHIS)
        return false;
    struct search_phi *out = &s->phis[s->phi_count++];
    *out = (struct search_phi){.phi = phi, .is_carried = true};
    if (LLVMGetTypeKind(LLVMTypeOf(phi)) == LLVMIntegerTypeKind &&
        affine_of(&s->loop, phi, &form)) {
        out->is_carried = false;
        out->step = form.step;
    }
    s->has_carried |= out->is_carried;
    return true;
}

static bool visit(struct search *s, LLVMValueRef insn)
{
    LLVMOpcode opcode = LLVMGetInstructionOpcode(insn);
    switch (opcode) {
    case LLVMBr:
    case LLVMSwitch:
    case LLVMGetElementPtr: return true;
    case LLVMCall: return cg_is_keeper(insn) || is_lanewise(insn);
    default: break;
    }
    if (!is_number(LLVMTypeOf(insn)))
        return false;
    switch (opcode) {
    case LLVMPHI: return block_of(insn) != s->loop.body || add_phi(s, insn);
    case LLVMLoad: return add_load(s, insn);
    case LLVMICmp:
    case LLVMFCmp: return is_number(LLVMTypeOf(LLVMGetOperand(insn, 0)));
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc:
    case LLVMSelect:
    case LLVMFreeze:
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr:
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFNeg: return true;
    default: return false;
    }
}

static bool visit_all(struct search *s)
{
    unsigned count = 0;
    for (unsigned i = 0; i < s->loop.block_count; i++)
        for (LLVMValueRef insn = LLVMGetFirstInstruction(s->blocks[i]); insn;
             insn = LLVMGetNextInstruction(insn))
            if (++count > SEARCH_INSNS || !visit(s, insn))
                return false;
    return s->bytes > 0 && s->bytes <= 8;
}

/* Whether the value is made of nothing that came from the iteration before, but what moves by a
 * constant. visits: how many values may still be looked at. */
static bool is_fresh(const struct search *s, LLVMValueRef value, unsigned *visits)
{
    if (!loop_has(&s->loop, value) || search_load_of(s, value))
        return true;
    if (LLVMIsAPHINode(value)) {
        const struct search_phi *phi = search_phi_of(s, value);
        return phi && !phi->is_carried;
    }
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(value); i < n; i++)
        if (*visits == 0 || !((*visits)--, is_fresh(s, LLVMGetOperand(value, i), visits)))
            return false;
    return true;
}

/* What is carried is looked at twice, as this iteration's and the next one's: not where other
 * threads may write it in between. */
static bool check_carried(const struct search *s)
{
    unsigned visits = SEARCH_INSNS;
    if (s->has_carried && s->cg->m->memories[0].limits.shared)
        return false;
    for (unsigned i = 0; i < s->phi_count; i++)
        if (s->phis[i].is_carried && !is_fresh(s, loop_next(&s->loop, s->phis[i].phi), &visits))
            return false;
    return true;
}

/* ---- conditions ---- */

static bool is_bool_constant(LLVMValueRef value, bool which)
{
    return LLVMIsAConstantInt(value) && LLVMConstIntGetZExtValue(value) == which;
}

/* The parts of a condition that must all be so: of `a and b` if wanted, of `a or b` if not. */
static bool get_parts(LLVMValueRef value, bool wanted, LLVMValueRef parts[2])
{
    if (!LLVMIsAInstruction(value))
        return false;
    parts[0] = LLVMGetOperand(value, 0);
    switch (LLVMGetInstructionOpcode(value)) {
    case LLVMAnd:
    case LLVMOr:
        parts[1] = LLVMGetOperand(value, 1);
        return (LLVMGetInstructionOpcode(value) == LLVMAnd) == wanted;
    case LLVMSelect:
        parts[1] = LLVMGetOperand(value, wanted ? 1 : 2);
        return is_bool_constant(LLVMGetOperand(value, wanted ? 2 : 1), !wanted);
    default: return false;
    }
}

static bool add_condition(struct search *s, struct search_condition condition, unsigned depth)
{
    LLVMValueRef parts[2];
    if (depth > 0 && condition.value && get_parts(condition.value, condition.wanted, parts))
        return add_condition(s, (struct search_condition){parts[0], condition.wanted, NULL},
                             depth - 1) &&
               add_condition(s, (struct search_condition){parts[1], condition.wanted, NULL},
                             depth - 1);
    if (condition.value && s->limit_count < SEARCH_LIMITS &&
        limit_of(&s->loop, condition.value, condition.wanted, &s->limits[s->limit_count])) {
        s->limit_count++;
        return true;
    }
    if (s->condition_count == SEARCH_CONDITIONS)
        return false;
    s->conditions[s->condition_count++] = condition;
    return true;
}

/* On what an iteration comes to bb, if it has come to the last block before that all pass. */
static bool add_arrival(struct search *s, LLVMBasicBlockRef bb, LLVMBasicBlockRef from,
                        bool from_is_passed)
{
    enum { DEPTH = 3 };
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(from);
    if (!from_is_passed || !LLVMIsABranchInst(branch))
        return add_condition(s, (struct search_condition){.block = bb}, 0);
    return !LLVMIsConditional(branch) ||
           add_condition(s,
                         (struct search_condition){.value = LLVMGetCondition(branch),
                                                   .wanted = LLVMGetSuccessor(branch, 0) == bb},
                         DEPTH);
}

static bool find_conditions(struct search *s)
{
    unsigned count = s->loop.block_count;
    for (unsigned i = 1; i < count; i++)
        if (s->is_passed[i] && !add_arrival(s, s->blocks[i], s->blocks[i - 1],
                                            edges_to(s->blocks[i]) == 1 && s->is_passed[i - 1]))
            return false;
    bool latch_is_last = s->blocks[count - 1] == s->loop.latch && s->is_passed[count - 1];
    return add_arrival(s, s->loop.body, s->loop.latch, latch_is_last) && s->condition_count > 0;
}

/* Whether bb is the header of such a loop; then fills *out, which points into itself. */
static bool is_search(struct cg *cg, LLVMBasicBlockRef bb, struct search *out)
{
    *out = (struct search){.cg = cg};
    return find_blocks(out, bb) && sort_blocks(out) && visit_all(out) && check_carried(out) &&
           find_conditions(out);
}

/* ---- all loops ---- */

/* More in one function are not worth the time. */
static const unsigned most_scans = 50;

static void search_function(struct cg *cg, LLVMValueRef function)
{
    unsigned scans = 0;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(function), next; bb && scans < most_scans;
         bb = next) {
        struct search s;
        next = LLVMGetNextBasicBlock(bb);
        if (LLVMIsAPHINode(LLVMGetFirstInstruction(bb)) && is_search(cg, bb, &s)) {
            search_emit(&s);
            scans++;
        }
    }
}

void cg_scan_loops(struct cg *cg)
{
    if (cg->m->memory_count == 0 || cg->m->memories[0].limits.is64)
        return;
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        if (!cg_is_giant(f))
            search_function(cg, f);
}
