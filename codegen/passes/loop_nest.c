/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Two loops, one inside the other, that get a second version together: what both access is known
 * before the outer one begins, so one check there does for all of its rounds. In them nothing
 * branches, and what a round accesses is known to be apart from what other rounds do, so LLVM may
 * keep in registers what stays where it is, as the row of a matrix's product does.
 *
 *     entry -> header -> body -> body or latch, latch -> header or exit
 *
 * The inner loop runs a constant number of times, so that it may become straight code. The version
 * is a copy of the three blocks whose inner loop is then made a fast one as others are
 * (loop_version.c); the original keeps its inner loop, which gets versions of its own.
 */
#include "codegen/ir.h"
#include "codegen/passes/address.h"
#include "codegen/passes/loop_version.h"

enum { HEADER, BODY, LATCH, BLOCKS };

/* More rounds of the inner loop become no straight code. */
enum { MOST_ROUNDS = 1024 };

struct nest {
    struct version
        v; /* of the inner loop, then of its copy; with what the outer accesses as well */
    unsigned inner_groups, inner_accesses;
    struct loop inner, outer;
    LLVMBasicBlockRef blocks[BLOCKS], copies[BLOCKS];
    LLVMBasicBlockRef exit;                 /* of the outer loop */
    struct affine outer_forms[MOST_GROUPS]; /* of a group's first index in a round of the outer */
    LLVMValueRef firsts[MOST_GROUPS];       /* what that is in the first round: i64 */
    LLVMValueRef backedges;                 /* of the outer loop: i64 */
    LLVMValueRef round;                     /* the number of the outer loop's: i64 */
    struct value_set insns;                 /* of the three blocks */
    LLVMValueRef *to;                       /* their copies */
};

/* ---- which loops ---- */

static bool find_outer(struct nest *n)
{
    LLVMBasicBlockRef header = n->inner.preheader, latch = n->inner.exit;
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(latch);
    if (!ir_has_one_use(LLVMBasicBlockAsValue(latch)) || !LLVMIsABranchInst(branch) ||
        !LLVMIsConditional(branch))
        return false;
    unsigned back = LLVMGetSuccessor(branch, 0) == header ? 0 : 1;
    n->exit = LLVMGetSuccessor(branch, 1 - back);
    LLVMBasicBlockRef entry = loop_entry(header, latch);
    if (!entry || LLVMGetSuccessor(branch, back) != header || n->exit == header)
        return false;
    n->blocks[HEADER] = header;
    n->blocks[BODY] = n->inner.body;
    n->blocks[LATCH] = latch;
    n->outer = (struct loop){.preheader = entry,
                             .body = header,
                             .exit = n->exit,
                             .latch = latch,
                             .blocks = n->blocks,
                             .block_count = BLOCKS};
    return true;
}

static bool is_step(uint64_t step)
{
    return (int64_t)step <= MOST_STEP && (int64_t)step >= -MOST_STEP;
}

/* The groups of the inner loop, as the outer one sees them. */
static bool find_outer_forms(struct nest *n)
{
    for (unsigned i = 0; i < n->v.group_count; i++) {
        const struct group *g = &n->v.groups[i];
        if (g->is_free || g->form.rise_count > 0 ||
            !affine_of_start(&n->outer, &g->form, 32, &n->outer_forms[i]) ||
            !is_step(n->outer_forms[i].step))
            return false;
    }
    return true;
}

/* Adds what the outer loop accesses beside the inner one: groups that stay where they are while
 * that runs. */
static bool find_outer_accesses(struct nest *n)
{
    struct version *v = &n->v, rim = {.cg = v->cg, .loop = n->outer};
    if (!version_visit_block(&rim, n->blocks[HEADER]) ||
        !version_visit_block(&rim, n->blocks[LATCH]) || loop_has(&n->outer, v->base) ||
        v->group_count + rim.group_count > MOST_GROUPS ||
        v->access_count + rim.access_count > MOST_ACCESSES)
        return false;
    n->inner_groups = v->group_count;
    n->inner_accesses = v->access_count;
    for (unsigned i = 0; i < rim.group_count; i++) {
        struct group *g = &v->groups[v->group_count];
        n->outer_forms[v->group_count++] = rim.groups[i].form;
        *g = rim.groups[i];
        g->form = (struct affine){.count = 0};
        if (g->is_free || rim.groups[i].form.rise_count > 0)
            return false;
    }
    for (unsigned i = 0; i < rim.access_count; i++) {
        v->accesses[v->access_count] = rim.accesses[i];
        v->accesses[v->access_count++].group += n->inner_groups;
    }
    return true;
}

static bool find_accesses(struct nest *n)
{
    return version_find_accesses(&n->v) && find_outer_forms(n) && find_outer_accesses(n) &&
           version_written_pairs(&n->v) <= MOST_PAIRS;
}

/* Both loops can be counted, the inner one by the compiler. Emits the number of the outer one. */
static bool emit_counts(struct nest *n)
{
    struct version *v = &n->v;
    LLVMValueRef sure;
    LLVMPositionBuilderBefore(v->cg->builder, LLVMGetBasicBlockTerminator(n->blocks[HEADER]));
    v->backedges = loop_backedges(v->cg, &n->inner, &sure);
    if (!v->backedges || !LLVMIsAConstantInt(v->backedges) || !LLVMIsAConstantInt(sure) ||
        LLVMIsNull(sure) || LLVMConstIntGetZExtValue(v->backedges) > MOST_ROUNDS)
        return false;
    LLVMPositionBuilderBefore(v->cg->builder, LLVMGetBasicBlockTerminator(n->outer.preheader));
    n->backedges = loop_backedges(v->cg, &n->outer, &v->inside);
    return n->backedges != NULL;
}

/* ---- the check before the outer loop ---- */

static void add_way(struct nest *n, struct way *way, LLVMValueRef backedges, uint64_t step)
{
    LLVMBuilderRef b = n->v.cg->builder;
    bool down = (int64_t)step < 0;
    LLVMValueRef *sum = down ? &way->down : &way->up;
    LLVMValueRef by = version_number(&n->v, down ? -step : step);
    *sum = LLVMBuildAdd(b, *sum, LLVMBuildMul(b, backedges, by, ""), "");
}

static void emit_check(struct nest *n)
{
    struct version *v = &n->v;
    LLVMValueRef none = version_number(v, 0);
    v->size = cg_memory_size(v->cg, v->base);
    for (unsigned i = 0; i < v->group_count; i++) {
        struct way way = {none, none};
        add_way(n, &way, v->backedges, v->groups[i].form.step);
        add_way(n, &way, n->backedges, n->outer_forms[i].step);
        LLVMValueRef inside = version_check_range(v, &v->groups[i], &n->outer_forms[i], way);
        v->inside = LLVMBuildAnd(v->cg->builder, v->inside, inside, "");
        n->firsts[i] = v->groups[i].start;
    }
    v->inside = LLVMBuildAnd(v->cg->builder, v->inside, version_check_aliases(v), "");
    version_make_scopes(v);
}

/* ---- the copy ---- */

static LLVMValueRef copy_of(const struct nest *n, LLVMValueRef value)
{
    uint32_t number = value_set_number(&n->insns, value);
    return number == VALUE_ABSENT ? value : n->to[number];
}

static void copy_block(struct nest *n, unsigned block)
{
    LLVMBuilderRef b = n->v.cg->builder;
    LLVMPositionBuilderAtEnd(b, n->copies[block]);
    for (LLVMValueRef i = LLVMGetFirstInstruction(n->blocks[block]); !LLVMIsATerminatorInst(i);
         i = LLVMGetNextInstruction(i)) {
        LLVMValueRef copy;
        if (LLVMIsAPHINode(i)) {
            copy = LLVMBuildPhi(b, LLVMTypeOf(i), "");
        } else {
            copy = LLVMInstructionClone(i);
            for (unsigned k = 0, count = (unsigned)LLVMGetNumOperands(i); k < count; k++)
                LLVMSetOperand(copy, k, copy_of(n, LLVMGetOperand(i, k)));
            LLVMInsertIntoBuilder(b, copy);
        }
        n->to[n->insns.count] = copy;
        value_set_add(&n->insns, i);
    }
}

/* The phis of a loop's header, entered from before. */
static void fill_phis(struct nest *n, const struct loop *loop, LLVMBasicBlockRef before,
                      LLVMBasicBlockRef latch)
{
    for (LLVMValueRef phi = LLVMGetFirstInstruction(loop->body); LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef values[] = {copy_of(n, loop_first(loop, phi)),
                                 copy_of(n, loop_next(loop, phi))};
        LLVMBasicBlockRef blocks[] = {before, latch};
        LLVMAddIncoming(copy_of(n, phi), values, blocks, 2);
    }
}

/* Ends the copy of a latch as its original does. */
static void copy_branch(struct nest *n, const struct loop *loop, LLVMBasicBlockRef latch,
                        LLVMBasicBlockRef header, LLVMBasicBlockRef exit)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(loop->latch);
    bool back = LLVMGetSuccessor(branch, 0) == loop->body;
    LLVMPositionBuilderAtEnd(n->v.cg->builder, latch);
    LLVMBuildCondBr(n->v.cg->builder, copy_of(n, LLVMGetCondition(branch)), back ? header : exit,
                    back ? exit : header);
}

static LLVMBasicBlockRef new_block(struct nest *n, const char *name)
{
    return LLVMInsertBasicBlockInContext(n->v.cg->context, n->blocks[HEADER], name);
}

/* The copy of the inner loop is not entered, and has an exit of its own until there is its fast
 * version. */
static void copy_inner(struct nest *n, struct flat_loop *flat)
{
    LLVMBuilderRef b = n->v.cg->builder;
    LLVMBasicBlockRef body = n->copies[BODY];
    *flat = (struct flat_loop){.entry = new_block(n, ""), .exit = n->copies[LATCH]};
    flat->loop = (struct loop){
        .preheader = n->copies[HEADER], .body = body, .exit = new_block(n, ""), .latch = body};
    LLVMPositionBuilderAtEnd(b, flat->entry);
    LLVMBuildBr(b, body);
    fill_phis(n, &n->inner, flat->entry, body);
    copy_branch(n, &n->inner, body, body, flat->loop.exit);
    LLVMPositionBuilderAtEnd(b, flat->loop.exit);
    for (LLVMValueRef phi = LLVMGetFirstInstruction(n->blocks[LATCH]); LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = copy_of(n, ir_incoming(phi, n->inner.body));
        LLVMAddIncoming(LLVMBuildPhi(b, LLVMTypeOf(phi), ""), &value, &body, 1);
    }
    LLVMBuildUnreachable(b);
}

/* What leaves the outer loop leaves its copy, too. */
static void fill_exit(struct nest *n)
{
    for (LLVMValueRef phi = LLVMGetFirstInstruction(n->exit); LLVMIsAPHINode(phi);
         phi = LLVMGetNextInstruction(phi)) {
        LLVMValueRef value = copy_of(n, ir_incoming(phi, n->blocks[LATCH]));
        LLVMAddIncoming(phi, &value, &n->copies[LATCH], 1);
    }
}

static void copy_nest(struct nest *n, struct flat_loop *flat)
{
    static const char *const names[BLOCKS] = {"nest", "", ""};
    struct version *v = &n->v;
    n->to = arena_array(v->cg->arena, 2 * MOST_INSNS, sizeof *n->to);
    n->insns = (struct value_set){.arena = v->cg->arena};
    value_set_clear(&n->insns);
    for (unsigned i = 0; i < BLOCKS; i++)
        n->copies[i] = new_block(n, names[i]);
    for (unsigned i = 0; i < BLOCKS; i++)
        copy_block(n, i);
    fill_phis(n, &n->outer, n->outer.preheader, n->copies[LATCH]);
    copy_branch(n, &n->outer, n->copies[LATCH], n->copies[HEADER], n->exit);
    copy_inner(n, flat);
    fill_exit(n);
    v->loop = flat->loop;
    for (unsigned i = 0; i < v->access_count; i++)
        v->accesses[i].insn = copy_of(n, v->accesses[i].insn);
}

/* ---- the fast version ---- */

/* Counts the rounds of the outer loop, and with them where each group starts. */
static void emit_starts(struct nest *n)
{
    struct version *v = &n->v;
    LLVMBuilderRef b = v->cg->builder;
    LLVMPositionBuilderBefore(b, LLVMGetFirstInstruction(n->copies[HEADER]));
    n->round = LLVMBuildPhi(b, v->cg->i64, "");
    LLVMPositionBuilderBefore(b, LLVMGetBasicBlockTerminator(n->copies[LATCH]));
    LLVMValueRef next = LLVMBuildNUWAdd(b, n->round, version_number(v, 1), "");
    LLVMValueRef values[] = {version_number(v, 0), next};
    LLVMBasicBlockRef blocks[] = {n->outer.preheader, n->copies[LATCH]};
    LLVMAddIncoming(n->round, values, blocks, 2);
    LLVMValueRef at = n->round;
    while (at && LLVMIsAPHINode(at))
        at = LLVMGetNextInstruction(at);
    if (at)
        LLVMPositionBuilderBefore(b, at);
    else
        LLVMPositionBuilderAtEnd(b, n->copies[HEADER]);
    for (unsigned i = 0; i < v->group_count; i++) {
        LLVMValueRef step = version_number(v, n->outer_forms[i].step);
        LLVMValueRef moved = LLVMBuildNSWMul(b, n->round, step, "");
        v->groups[i].start = LLVMBuildNSWAdd(b, n->firsts[i], moved, "");
    }
}

/* Of the blocks beside the inner loop: accesses where they are known to be, without keepers. */
static void make_fast(struct nest *n, LLVMBasicBlockRef block)
{
    struct version *v = &n->v;
    LLVMValueRef next;
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i; i = next) {
        next = LLVMGetNextInstruction(i);
        const struct access *a = version_access(v, i);
        if (version_is_needless(v, i)) {
            LLVMInstructionEraseFromParent(i);
        } else if (a) {
            LLVMPositionBuilderBefore(v->cg->builder, i);
            LLVMSetOperand(i, ir_pointer_index(i), version_pointer(v, a, version_number(v, 0), 1));
            version_set_scopes(v, i, &v->groups[a->group]);
        }
    }
}

static void emit_fast(struct nest *n)
{
    LLVMBuilderRef b = n->v.cg->builder;
    struct flat_loop flat;
    copy_nest(n, &flat);
    LLVMBasicBlockRef header = n->copies[HEADER];
    emit_starts(n);
    make_fast(n, header);
    make_fast(n, n->copies[LATCH]);
    n->v.group_count = n->inner_groups;
    n->v.access_count = n->inner_accesses;
    version_list_body(&n->v);
    LLVMBasicBlockRef fast = version_emit_fast(&n->v, header, true);
    LLVMPositionBuilderAtEnd(b, header);
    LLVMBuildBr(b, fast);
    loop_unflatten(&flat);
}

/* The original is not marked as rare: where rounds of the outer loop overlap it always runs. */
static void enter(struct nest *n)
{
    LLVMBuilderRef b = n->v.cg->builder;
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(n->outer.preheader);
    LLVMPositionBuilderBefore(b, branch);
    LLVMBuildCondBr(b, n->v.inside, n->copies[HEADER], n->blocks[HEADER]);
    LLVMInstructionEraseFromParent(branch);
}

bool nest_version(struct cg *cg, const struct loop *inner)
{
    struct nest n = {.v = {.cg = cg, .loop = *inner}, .inner = *inner};
    version_narrow_phis(cg, inner);
    if (cg_is_wide_memory(cg) || !find_outer(&n) || !find_accesses(&n) || !emit_counts(&n))
        return false;
    emit_check(&n);
    emit_fast(&n);
    enter(&n);
    return true;
}
