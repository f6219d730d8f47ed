/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linear forms and iteration counts; see affine.h. Integers wrap, so a form is a value modulo 2^32
 * or 2^64, and a count holds only under a condition that is computed beside it.
 */
#include "codegen/passes/affine.h"
#include "codegen/ir.h"

#include <stdlib.h>

enum { DEPTH = 8 }; /* of an expression; bounds the time */

LLVMBasicBlockRef loop_entry(LLVMBasicBlockRef header, LLVMBasicBlockRef latch)
{
    LLVMBasicBlockRef found = NULL;
    for (LLVMUseRef u = LLVMGetFirstUse(LLVMBasicBlockAsValue(header)); u; u = LLVMGetNextUse(u)) {
        LLVMBasicBlockRef from = LLVMGetInstructionParent(LLVMGetUser(u));
        if (from == latch)
            continue;
        if (found || !LLVMIsABranchInst(LLVMGetUser(u)) || LLVMIsConditional(LLVMGetUser(u)))
            return NULL;
        found = from;
    }
    return found;
}

bool loop_of(LLVMBasicBlockRef bb, struct loop *loop)
{
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(bb);
    if (!LLVMIsABranchInst(branch) || !LLVMIsConditional(branch))
        return false;
    unsigned back = LLVMGetSuccessor(branch, 0) == bb ? 0 : 1;
    if (LLVMGetSuccessor(branch, back) != bb || LLVMGetSuccessor(branch, 1 - back) == bb)
        return false;
    LLVMBasicBlockRef before = loop_entry(bb, bb);
    *loop = (struct loop){
        .preheader = before, .body = bb, .exit = LLVMGetSuccessor(branch, 1 - back), .latch = bb};
    return before != NULL;
}

bool loop_has_block(const struct loop *loop, LLVMBasicBlockRef bb)
{
    for (unsigned i = 0; i < loop->block_count; i++)
        if (loop->blocks[i] == bb)
            return true;
    return bb == loop->body;
}

bool loop_has(const struct loop *loop, LLVMValueRef value)
{
    return LLVMIsAInstruction(value) && loop_has_block(loop, LLVMGetInstructionParent(value));
}

/* It has two edges. */
static unsigned edge_from_latch(const struct loop *loop, LLVMValueRef phi)
{
    return LLVMGetIncomingBlock(phi, 0) == loop->latch ? 0 : 1;
}

LLVMValueRef loop_first(const struct loop *loop, LLVMValueRef phi)
{
    return LLVMGetIncomingValue(phi, 1 - edge_from_latch(loop, phi));
}

LLVMValueRef loop_next(const struct loop *loop, LLVMValueRef phi)
{
    return LLVMGetIncomingValue(phi, edge_from_latch(loop, phi));
}

/* ---- linear forms ---- */

static uint64_t constant_of(LLVMValueRef value)
{
    return (uint64_t)LLVMConstIntGetSExtValue(value);
}

static bool is_constant(LLVMValueRef value)
{
    return LLVMIsAConstantInt(value) && LLVMGetIntTypeWidth(LLVMTypeOf(value)) <= 64;
}

/* To terms of which there are at most so many. */
static bool add_to_terms(struct affine_term *terms, unsigned *count, unsigned most,
                         LLVMValueRef value, uint64_t scale)
{
    for (unsigned i = 0; i < *count; i++)
        if (terms[i].value == value) {
            terms[i].scale += scale;
            return true;
        }
    if (*count == most)
        return false;
    terms[(*count)++] = (struct affine_term){value, scale};
    return true;
}

static bool add_term(struct affine *form, LLVMValueRef value, uint64_t scale)
{
    return add_to_terms(form->terms, &form->count, AFFINE_TERMS, value, scale);
}

static bool add_rise(struct affine *form, LLVMValueRef value, uint64_t scale)
{
    return add_to_terms(form->rise, &form->rise_count, AFFINE_RISES, value, scale);
}

/* Terms further from 0 than this would be outside of most memories. */
static const int64_t most_free = INT64_C(1) << 30;

/* Of scale * value, if that stays near 0. */
static bool free_interval(LLVMValueRef value, int64_t scale, struct interval *product)
{
    struct interval all = interval_of(value);
    bool fits =
        !__builtin_mul_overflow(all.low, scale, scale < 0 ? &product->high : &product->low) &&
        !__builtin_mul_overflow(all.high, scale, scale < 0 ? &product->low : &product->high);
    return fits && product->low >= -most_free && product->high <= most_free;
}

/* What a phi is increased by from one round of its loop to the next, coming from block latch. */
static bool step_from(LLVMValueRef phi, unsigned latch, uint64_t *step)
{
    LLVMValueRef value = LLVMGetIncomingValue(phi, latch);
    *step = 0;
    for (int depth = 0; depth < DEPTH && value != phi; depth++) {
        if (!ir_is(value, LLVMAdd) || !is_constant(LLVMGetOperand(value, 1)))
            return false;
        *step += constant_of(LLVMGetOperand(value, 1));
        value = LLVMGetOperand(value, 0);
    }
    return value == phi;
}

/* A phi of an outer loop that counts; start: the number of what it comes in with. */
static bool counts(LLVMValueRef phi, unsigned *start, int64_t *step)
{
    uint64_t change;
    if (LLVMCountIncoming(phi) != 2)
        return false;
    for (*start = 0; *start < 2; ++*start)
        if (step_from(phi, 1 - *start, &change)) {
            *step = (int64_t)change;
            return change != 0 && *step <= MOST_STEP && *step >= -MOST_STEP;
        }
    return false;
}

bool affine_counts(LLVMValueRef value, LLVMBasicBlockRef block)
{
    unsigned start;
    int64_t step;
    for (int depth = 0; depth < DEPTH && LLVMIsAInstruction(value); depth++) {
        if (LLVMIsAPHINode(value))
            return LLVMGetInstructionParent(value) == block && counts(value, &start, &step);
        if (LLVMGetInstructionOpcode(value) != LLVMAdd || !is_constant(LLVMGetOperand(value, 1)))
            return false;
        value = LLVMGetOperand(value, 0);
    }
    return false;
}

/* The phi of the same outer loop by which others are expressed: that of the least step, of those at
 * the top. */
static LLVMValueRef leading_phi(LLVMValueRef phi)
{
    enum { LOOKED_AT = 16 };
    LLVMValueRef best = NULL, other = LLVMGetFirstInstruction(LLVMGetInstructionParent(phi));
    int64_t least = 0, step;
    unsigned start;
    for (int i = 0; i < LOOKED_AT && LLVMIsAPHINode(other); i++) {
        if (LLVMTypeOf(other) == LLVMTypeOf(phi) && counts(other, &start, &step) &&
            (!best || llabs(step) < llabs(least))) {
            best = other;
            least = step;
        }
        other = LLVMGetNextInstruction(other);
    }
    return best;
}

/* The low bits of n, extended by their sign. */
static uint64_t low_bits(uint64_t n, unsigned bits)
{
    return bits >= 64 ? n : (uint64_t)((int64_t)(n << (64 - bits)) >> (64 - bits));
}

/* As affine_of, of expressions so deep. */
static bool affine_to_depth(const struct loop *loop, LLVMValueRef value, int depth,
                            struct affine *out);

/* Adds scale * value to the form. */
static bool add_value(const struct loop *loop, LLVMValueRef value, uint64_t scale, int depth,
                      struct affine *form);

/* Adds an invariant to the step. */
static bool add_to_step(const struct loop *loop, LLVMValueRef value, int depth, struct affine *form)
{
    struct affine part, sum = *form;
    if (affine_to_depth(loop, value, depth / 2, &part) && part.rise_count == 0 && part.step == 0 &&
        part.free_count == 0) {
        bool fits = true;
        for (unsigned i = 0; i < part.count && fits; i++)
            fits = add_rise(&sum, part.terms[i].value, part.terms[i].scale);
        sum.step += part.constant;
        if (fits) {
            *form = sum;
            return true;
        }
    }
    return add_rise(form, value, 1);
}

/* What a phi of the body is increased by in an iteration: in step and rise. */
static bool step_of(const struct loop *loop, LLVMValueRef phi, int depth, struct affine *form)
{
    LLVMValueRef value = loop_next(loop, phi);
    *form = (struct affine){.count = 0};
    for (int i = 0; i < DEPTH && value != phi; i++) {
        if (!ir_is(value, LLVMAdd) || !loop_has(loop, value))
            return false;
        unsigned added = loop_has(loop, LLVMGetOperand(value, 1)) ? 0 : 1;
        LLVMValueRef by = LLVMGetOperand(value, added);
        if (is_constant(by))
            form->step += constant_of(by);
        else if (loop_has(loop, by) || !add_to_step(loop, by, depth, form))
            return false;
        value = LLVMGetOperand(value, 1 - added);
    }
    return value == phi;
}

/* What the body computes in an iteration a phi has in the next one. If that is linear, so is the
 * phi, in case it comes in with what would have been there before. */
static bool add_lagging_phi(const struct loop *loop, LLVMValueRef phi, uint64_t scale, int depth,
                            struct affine *form)
{
    LLVMValueRef entry = loop_first(loop, phi);
    struct affine before, after;
    if (!affine_to_depth(loop, loop_next(loop, phi), depth / 2, &after) ||
        !affine_to_depth(loop, entry, depth / 2, &before))
        return false;
    unsigned width = LLVMGetIntTypeWidth(LLVMTypeOf(phi));
    before.step = after.step;
    if (after.rise_count > 0 || after.free_count > 0 || !affine_is_parallel(&before, &after) ||
        low_bits(before.constant + before.step - after.constant, width) != 0)
        return false;
    form->step += scale * after.step;
    return add_value(loop, entry, scale, depth - 1, form);
}

static bool add_phi(const struct loop *loop, LLVMValueRef phi, uint64_t scale, int depth,
                    struct affine *form)
{
    struct affine change;
    if (LLVMGetInstructionParent(phi) != loop->body)
        return false;
    if (!step_of(loop, phi, depth, &change))
        return !loop->from_now && add_lagging_phi(loop, phi, scale, depth, form);
    form->step += scale * change.step;
    for (unsigned i = 0; i < change.rise_count; i++)
        if (!add_rise(form, change.rise[i].value, scale * change.rise[i].scale))
            return false;
    if (loop->from_now)
        return add_term(form, phi, scale);
    return add_value(loop, loop_first(loop, phi), scale, depth - 1, form);
}

/* A phi that counts in an outer loop, by another one of that loop: both have been increased as
 * often since they came in. */
static bool add_outer_phi(const struct loop *loop, LLVMValueRef phi, uint64_t scale, int depth,
                          struct affine *form)
{
    unsigned start, other_start;
    int64_t step, other_step;
    LLVMValueRef other = leading_phi(phi);
    if (!other || other == phi || !counts(phi, &start, &step) ||
        !counts(other, &other_start, &other_step) || step % other_step != 0)
        return false;
    uint64_t ratio = (uint64_t)(step / other_step);
    return LLVMGetIncomingBlock(phi, start) == LLVMGetIncomingBlock(other, other_start) &&
           add_value(loop, LLVMGetIncomingValue(phi, start), scale, depth - 1, form) &&
           add_value(loop, LLVMGetIncomingValue(other, other_start), -ratio * scale, depth - 1,
                     form) &&
           add_term(form, other, ratio * scale);
}

/* All values of the form are multiples of a power of two. */
static bool is_multiple(const struct affine *form, uint64_t power)
{
    uint64_t bits = form->step | form->constant;
    for (unsigned i = 0; i < form->count; i++)
        bits |= form->terms[i].scale;
    for (unsigned i = 0; i < form->rise_count; i++)
        bits |= form->rise[i].scale;
    return (bits & (power - 1)) == 0;
}

/* x ^ -2^k is -2^k - x if x is a multiple of 2^k: LLVM prefers it to the subtraction. Bits of the
 * mask that the scale moves out do not count, and LLVM may have cleared them. */
static bool add_xor(const struct loop *loop, LLVMValueRef left, uint64_t mask, uint64_t scale,
                    int depth, struct affine *form)
{
    struct affine multiple = {.count = 0};
    unsigned width = LLVMGetIntTypeWidth(LLVMTypeOf(left));
    for (uint64_t rest = scale; width > 1 && (rest & 1) == 0; rest >>= 1)
        width--;
    mask = low_bits(mask, width);
    uint64_t power = -mask;
    if ((power & (power - 1)) != 0 || !add_value(loop, left, 1, depth - 1, &multiple) ||
        !is_multiple(&multiple, power))
        return false;
    form->constant += scale * mask;
    return add_value(loop, left, -scale, depth - 1, form);
}

static bool add_operation(const struct loop *loop, LLVMValueRef value, uint64_t scale, int depth,
                          struct affine *form)
{
    LLVMOpcode opcode = LLVMGetInstructionOpcode(value);
    LLVMValueRef left = LLVMGetOperand(value, 0);
    if (opcode == LLVMTrunc)
        return add_value(loop, left, scale, depth - 1, form);
    if (LLVMGetNumOperands(value) != 2)
        return false;
    LLVMValueRef right = LLVMGetOperand(value, 1);
    bool is_disjoint = opcode == LLVMOr && LLVMGetIsDisjoint(value);
    if (opcode == LLVMAdd || opcode == LLVMSub || is_disjoint)
        return add_value(loop, left, scale, depth - 1, form) &&
               add_value(loop, right, opcode == LLVMSub ? -scale : scale, depth - 1, form);
    if (!is_constant(right))
        return false;
    if (opcode == LLVMXor)
        return add_xor(loop, left, constant_of(right), scale, depth, form);
    if (opcode == LLVMMul)
        return add_value(loop, left, scale * constant_of(right), depth - 1, form);
    return opcode == LLVMShl && constant_of(right) < LLVMGetIntTypeWidth(LLVMTypeOf(value)) &&
           add_value(loop, left, scale << constant_of(right), depth - 1, form);
}

/* Invariant values are looked into as well: two of them may differ by a constant. */
static bool add_value(const struct loop *loop, LLVMValueRef value, uint64_t scale, int depth,
                      struct affine *form)
{
    if (is_constant(value)) {
        form->constant += scale * constant_of(value);
        return true;
    }
    bool invariant = !loop_has(loop, value);
    if (LLVMIsAInstruction(value) && depth > 0) {
        struct affine before = *form;
        bool is_phi = LLVMIsAPHINode(value);
        if (is_phi ? invariant && add_outer_phi(loop, value, scale, depth, form)
                   : add_operation(loop, value, scale, depth, form))
            return true;
        *form = before;
    }
    if (invariant)
        return add_term(form, value, scale);
    if (depth > 0 && LLVMIsAPHINode(value))
        return add_phi(loop, value, scale, depth, form);
    struct interval all = loop->is_free ? interval_of(value) : (struct interval){INT64_MIN, 0};
    return all.low >= -most_free && all.high <= most_free &&
           add_to_terms(form->free, &form->free_count, AFFINE_FREE, value, scale);
}

/* Scales modulo 2^width; terms that are 0 go. */
static void normalise(struct affine_term *terms, unsigned *count, unsigned width)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < *count; i++) {
        terms[i].scale = low_bits(terms[i].scale, width);
        if (terms[i].scale != 0)
            terms[kept++] = terms[i];
    }
    *count = kept;
}

static void normalise_all(struct affine *form, unsigned width)
{
    normalise(form->terms, &form->count, width);
    normalise(form->rise, &form->rise_count, width);
    normalise(form->free, &form->free_count, width);
    form->step = low_bits(form->step, width);
    form->constant = low_bits(form->constant, width);
}

static bool affine_to_depth(const struct loop *loop, LLVMValueRef value, int depth,
                            struct affine *out)
{
    unsigned width = LLVMGetIntTypeWidth(LLVMTypeOf(value));
    *out = (struct affine){.count = 0};
    if (width > 64 || !add_value(loop, value, 1, depth, out))
        return false;
    normalise_all(out, width);
    return true;
}

bool affine_of(const struct loop *loop, LLVMValueRef value, struct affine *out)
{
    return affine_to_depth(loop, value, DEPTH, out) && out->rise_count == 0;
}

bool affine_free_of(const struct loop *loop, LLVMValueRef value, struct affine *out,
                    struct interval *free)
{
    struct loop with = *loop;
    with.is_free = true;
    *free = (struct interval){0, 0};
    if (!affine_to_depth(&with, value, DEPTH, out))
        return false;
    for (unsigned i = 0; i < out->free_count; i++) {
        struct interval product;
        if (!free_interval(out->free[i].value, (int64_t)out->free[i].scale, &product))
            return false;
        free->low += product.low;
        free->high += product.high;
    }
    return true;
}

bool affine_rising_of(const struct loop *loop, LLVMValueRef value, struct affine *out)
{
    return affine_to_depth(loop, value, DEPTH, out);
}

bool affine_of_start(const struct loop *loop, const struct affine *form, unsigned width,
                     struct affine *out)
{
    *out = (struct affine){.constant = form->constant};
    for (unsigned i = 0; i < form->count; i++)
        if (!add_value(loop, form->terms[i].value, form->terms[i].scale, DEPTH, out))
            return false;
    normalise_all(out, width);
    return out->rise_count == 0;
}

uint64_t affine_scale(const struct affine_term *terms, unsigned count, LLVMValueRef value)
{
    for (unsigned i = 0; i < count; i++)
        if (terms[i].value == value)
            return terms[i].scale;
    return 0;
}

/* The same terms, none of which is 0, in any order. */
static bool same_terms(const struct affine_term *a, unsigned a_count, const struct affine_term *b,
                       unsigned b_count)
{
    if (a_count != b_count)
        return false;
    for (unsigned i = 0; i < a_count; i++)
        if (affine_scale(b, b_count, a[i].value) != a[i].scale)
            return false;
    return true;
}

bool affine_is_parallel(const struct affine *a, const struct affine *b)
{
    return a->step == b->step && same_terms(a->terms, a->count, b->terms, b->count) &&
           same_terms(a->rise, a->rise_count, b->rise, b->rise_count);
}

static LLVMValueRef emit_product(struct cg *cg, const struct affine_term *term, LLVMTypeRef type)
{
    LLVMValueRef value = term->value;
    if (LLVMTypeOf(value) != type)
        value = LLVMBuildTrunc(cg->builder, value, type, "");
    if (term->scale == 1)
        return value;
    return LLVMBuildMul(cg->builder, value, LLVMConstInt(type, term->scale, true), "");
}

LLVMValueRef affine_start(struct cg *cg, const struct affine *form, LLVMTypeRef type)
{
    LLVMValueRef sum = LLVMConstInt(type, form->constant, true);
    for (unsigned i = 0; i < form->count; i++) {
        LLVMValueRef product = emit_product(cg, &form->terms[i], type);
        sum = i == 0 && form->constant == 0 ? product : LLVMBuildAdd(cg->builder, product, sum, "");
    }
    return sum;
}

static uint64_t divided(uint64_t scale, unsigned parts)
{
    return (uint64_t)((int64_t)scale / (int64_t)parts);
}

struct affine affine_stride(const struct affine *form, unsigned parts)
{
    struct affine stride = {.count = form->rise_count, .constant = divided(form->step, parts)};
    for (unsigned i = 0; i < form->rise_count; i++)
        stride.terms[i] =
            (struct affine_term){form->rise[i].value, divided(form->rise[i].scale, parts)};
    return stride;
}

/* ---- how often a loop runs ---- */

static LLVMIntPredicate inverse(LLVMIntPredicate predicate)
{
    switch (predicate) {
    case LLVMIntEQ: return LLVMIntNE;
    case LLVMIntNE: return LLVMIntEQ;
    case LLVMIntUGT: return LLVMIntULE;
    case LLVMIntUGE: return LLVMIntULT;
    case LLVMIntULT: return LLVMIntUGE;
    case LLVMIntULE: return LLVMIntUGT;
    case LLVMIntSGT: return LLVMIntSLE;
    case LLVMIntSGE: return LLVMIntSLT;
    case LLVMIntSLT: return LLVMIntSGE;
    default: return LLVMIntSGT;
    }
}

static LLVMIntPredicate swapped(LLVMIntPredicate predicate)
{
    switch (predicate) {
    case LLVMIntUGT: return LLVMIntULT;
    case LLVMIntUGE: return LLVMIntULE;
    case LLVMIntULT: return LLVMIntUGT;
    case LLVMIntULE: return LLVMIntUGE;
    case LLVMIntSGT: return LLVMIntSLT;
    case LLVMIntSGE: return LLVMIntSLE;
    case LLVMIntSLT: return LLVMIntSGT;
    case LLVMIntSLE: return LLVMIntSGE;
    default: return predicate;
    }
}

/* The counting side comes to the other. */
static bool comes_to_limit(const struct limit *limit)
{
    int64_t step = (int64_t)limit->left.step;
    if (step == 0 || step > MOST_STEP || step < -MOST_STEP || limit->right.step != 0)
        return false;
    if (limit->predicate == LLVMIntNE)
        return true;
    if (LLVMGetIntTypeWidth(limit->type) != 32)
        return false;
    switch (limit->predicate) {
    case LLVMIntULT:
    case LLVMIntULE:
    case LLVMIntSLT:
    case LLVMIntSLE: return step > 0;
    case LLVMIntUGT:
    case LLVMIntUGE:
    case LLVMIntSGT:
    case LLVMIntSGE: return step < 0;
    default: return false;
    }
}

bool limit_of(const struct loop *loop, LLVMValueRef condition, bool wanted, struct limit *limit)
{
    if (!LLVMIsAICmpInst(condition) ||
        LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(condition, 0))) != LLVMIntegerTypeKind)
        return false;
    limit->type = LLVMTypeOf(LLVMGetOperand(condition, 0));
    unsigned width = LLVMGetIntTypeWidth(limit->type);
    if ((width != 32 && width != 64) ||
        !affine_of(loop, LLVMGetOperand(condition, 0), &limit->left) ||
        !affine_of(loop, LLVMGetOperand(condition, 1), &limit->right))
        return false;
    limit->predicate = LLVMGetICmpPredicate(condition);
    if (!wanted)
        limit->predicate = inverse(limit->predicate);
    if (limit->left.step == 0) {
        struct affine left = limit->right;
        limit->right = limit->left;
        limit->left = left;
        limit->predicate = swapped(limit->predicate);
    }
    return comes_to_limit(limit);
}

static LLVMValueRef udiv(struct cg *cg, LLVMValueRef n, uint64_t divisor)
{
    if (divisor == 1)
        return n;
    return LLVMBuildUDiv(cg->builder, n, LLVMConstInt(LLVMTypeOf(n), divisor, false), "");
}

/* Until it is equal: the difference, wrapping, is a multiple of the step. Counted are the times
 * that the body runs, of which there is one at least, so that LLVM sees a bound if there is one of
 * the difference. */
static LLVMValueRef count_to_equal(struct cg *cg, const struct limit *limit, LLVMValueRef *sure)
{
    LLVMBuilderRef b = cg->builder;
    bool up = (int64_t)limit->left.step > 0;
    uint64_t step = up ? limit->left.step : -limit->left.step;
    LLVMValueRef distance = LLVMConstInt(limit->type, step, false);
    LLVMValueRef left = affine_start(cg, &limit->left, limit->type);
    LLVMValueRef right = affine_start(cg, &limit->right, limit->type);
    LLVMValueRef way = up ? LLVMBuildSub(b, right, left, "") : LLVMBuildSub(b, left, right, "");
    way = LLVMBuildAdd(b, way, distance, "");
    LLVMValueRef rest = LLVMBuildURem(b, way, distance, "");
    LLVMValueRef zero = LLVMConstInt(limit->type, 0, false), one = LLVMConstInt(cg->i64, 1, false);
    *sure = LLVMBuildAnd(b, LLVMBuildICmp(b, LLVMIntEQ, rest, zero, ""),
                         LLVMBuildICmp(b, LLVMIntNE, way, zero, ""), "");
    LLVMValueRef times = LLVMBuildZExt(b, udiv(cg, way, step), cg->i64, "");
    LLVMValueRef several = LLVMBuildICmp(b, LLVMIntUGT, times, one, "");
    times = LLVMBuildSelect(b, several, times, one, "");
    LLVMValueRef count = LLVMBuildSub(b, times, one, "");
    LLVMSetNUW(count, true);
    LLVMSetNSW(count, true);
    LLVMValueRef most = LLVMConstInt(cg->i64, UINT32_MAX, false);
    *sure = LLVMBuildAnd(b, *sure, LLVMBuildICmp(b, LLVMIntULE, count, most, ""), "");
    return count;
}

/* While it is below (counting up) or above (counting down) a limit of 32 bits: in 64 bits, where
 * nothing wraps, and right if the value that ends the loop is one of 32 bits too. */
static LLVMValueRef count_to_order(struct cg *cg, const struct limit *limit, bool is_signed,
                                   bool or_equal, LLVMValueRef *sure)
{
    LLVMBuilderRef b = cg->builder;
    bool up = (int64_t)limit->left.step > 0;
    uint64_t step = up ? limit->left.step : -limit->left.step;
    LLVMOpcode extend = is_signed ? LLVMSExt : LLVMZExt;
    LLVMValueRef left =
        LLVMBuildCast(b, extend, affine_start(cg, &limit->left, cg->i32), cg->i64, "");
    LLVMValueRef right =
        LLVMBuildCast(b, extend, affine_start(cg, &limit->right, cg->i32), cg->i64, "");
    LLVMValueRef way = up ? LLVMBuildSub(b, right, left, "") : LLVMBuildSub(b, left, right, "");
    LLVMValueRef zero = LLVMConstInt(cg->i64, 0, false);
    LLVMValueRef round = LLVMConstInt(cg->i64, or_equal ? step : step - 1, false);
    LLVMValueRef count = udiv(cg, LLVMBuildAdd(b, way, round, ""), step);
    LLVMValueRef none = LLVMBuildICmp(b, or_equal ? LLVMIntSLT : LLVMIntSLE, way, zero, "");
    count = LLVMBuildSelect(b, none, zero, count, "");
    LLVMValueRef distance = LLVMBuildMul(b, count, LLVMConstInt(cg->i64, step, false), "");
    LLVMValueRef last =
        up ? LLVMBuildAdd(b, left, distance, "") : LLVMBuildSub(b, left, distance, "");
    LLVMValueRef narrow = LLVMBuildTrunc(b, last, cg->i32, "");
    *sure = LLVMBuildICmp(b, LLVMIntEQ, LLVMBuildCast(b, extend, narrow, cg->i64, ""), last, "");
    return count;
}

LLVMValueRef limit_count(struct cg *cg, const struct limit *limit, LLVMValueRef *sure)
{
    switch (limit->predicate) {
    case LLVMIntNE: return count_to_equal(cg, limit, sure);
    case LLVMIntULT:
    case LLVMIntUGT: return count_to_order(cg, limit, false, false, sure);
    case LLVMIntULE:
    case LLVMIntUGE: return count_to_order(cg, limit, false, true, sure);
    case LLVMIntSLT:
    case LLVMIntSGT: return count_to_order(cg, limit, true, false, sure);
    default: return count_to_order(cg, limit, true, true, sure);
    }
}

LLVMValueRef loop_backedges(struct cg *cg, const struct loop *loop, LLVMValueRef *sure)
{
    struct limit limit;
    LLVMValueRef branch = LLVMGetBasicBlockTerminator(loop->latch);
    bool wanted = LLVMGetSuccessor(branch, 0) == loop->body;
    if (!limit_of(loop, LLVMGetCondition(branch), wanted, &limit))
        return NULL;
    return limit_count(cg, &limit, sure);
}
