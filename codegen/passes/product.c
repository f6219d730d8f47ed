/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Products of 128 bits. WebAssembly multiplies 64 bits to 64, so that compilers call __multi3 for
 * the rest, and programs have functions of their own (hashes, big numbers): four products of halves
 * and their carries, where machines have one instruction. With ll = a0 * b0, and p and q the
 * products of a low half and a high one, in either order, the high word is a1 * b1 plus
 *
 *     t = p + (ll >> 32), u = q + (t & m):                    (t >> 32) + (u >> 32)
 *     u = q + (p & m) + (ll >> 32):                           (p >> 32) + (u >> 32)
 *     u = (p & m) + (q & m) + (ll >> 32):        (p >> 32) + (q >> 32) + (u >> 32)
 *
 * where m is 2^32 - 1, and the low word (u << 32) | (ll & m). No sum of these wraps. Or
 *
 *     u = p + q, low word = ll + (u << 32):    ((u < p) << 32 | u >> 32) + (low word < ll)
 *
 * which both may wrap. Found before any pass has moved things: sums may be of any order, and have
 * other terms.
 */
#include "codegen/ir.h"

/* Terms of a sum; additions from u >> 32 up to the sum that has them all; uses of a value that are
 * looked at. */
enum { TERMS = 8, CLIMB = 4, MOST_USES = 8, HALF_BITS = 32 };

struct sum {
    LLVMValueRef terms[TERMS];
    unsigned count;
};

struct product {
    LLVMValueRef a, b;                /* i64 */
    LLVMValueRef low_low, carry;      /* ll and u */
    LLVMValueRef p, q;                /* products */
    LLVMValueRef low_sum;             /* ll + (u << 32), if u may wrap */
    LLVMValueRef shifted[2];          /* terms of the high word but a1 * b1 and u: n >> 32 */
    LLVMValueRef low_word, high_word; /* made when they are first asked for */
};

/* ---- patterns ---- */

static bool is_integer(LLVMValueRef value, unsigned bits)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    return LLVMGetTypeKind(type) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(type) == bits;
}

static bool is_number(LLVMValueRef value, uint64_t n)
{
    return LLVMIsAConstantInt(value) && LLVMConstIntGetZExtValue(value) == n;
}

/* x of x `opcode` n, which is of 64 bits. */
static LLVMValueRef with_number(LLVMValueRef value, LLVMOpcode opcode, uint64_t n)
{
    if (!ir_is(value, opcode) || !is_integer(value, 64))
        return NULL;
    LLVMValueRef left = LLVMGetOperand(value, 0), right = LLVMGetOperand(value, 1);
    if (is_number(right, n))
        return left;
    return opcode == LLVMAnd && is_number(left, n) ? right : NULL;
}

/* x of x >> 32. */
static LLVMValueRef high_half(LLVMValueRef value)
{
    return with_number(value, LLVMLShr, HALF_BITS);
}

/* x of x & m, also as its low 32 bits, extended. */
static LLVMValueRef low_half(LLVMValueRef value)
{
    if (!ir_is(value, LLVMZExt))
        return with_number(value, LLVMAnd, UINT32_MAX);
    LLVMValueRef narrow = LLVMGetOperand(value, 0);
    bool halves = ir_is(narrow, LLVMTrunc) && is_integer(narrow, HALF_BITS);
    LLVMValueRef whole = halves ? LLVMGetOperand(narrow, 0) : NULL;
    return whole && is_integer(whole, 64) ? whole : NULL;
}

/* The sum of which the value says, as 0 or 1, whether it wrapped. */
static LLVMValueRef wrapped_sum(LLVMValueRef value)
{
    while (ir_is(value, LLVMZExt))
        value = LLVMGetOperand(value, 0);
    if (!ir_is(value, LLVMICmp))
        return NULL;
    LLVMIntPredicate predicate = LLVMGetICmpPredicate(value);
    if (predicate != LLVMIntULT && predicate != LLVMIntUGT)
        return NULL;
    LLVMValueRef sum = LLVMGetOperand(value, predicate == LLVMIntUGT);
    LLVMValueRef term = LLVMGetOperand(value, predicate == LLVMIntULT);
    bool compares =
        ir_is(sum, LLVMAdd) && (LLVMGetOperand(sum, 0) == term || LLVMGetOperand(sum, 1) == term);
    return compares ? sum : NULL;
}

/* u of (u has wrapped) << 32 | u >> 32: its high half and a bit more. */
static LLVMValueRef carried_half(LLVMValueRef value)
{
    if (!ir_is(value, LLVMOr))
        return NULL;
    for (unsigned i = 0; i < 2; i++) {
        LLVMValueRef sum = high_half(LLVMGetOperand(value, i));
        LLVMValueRef bit = with_number(LLVMGetOperand(value, 1 - i), LLVMShl, HALF_BITS);
        if (sum && bit && wrapped_sum(bit) == sum)
            return sum;
    }
    return NULL;
}

typedef LLVMValueRef half(LLVMValueRef value);

/* Whether the value is the product of those halves of a and b. */
static bool multiplies(LLVMValueRef value, half *left, LLVMValueRef a, half *right, LLVMValueRef b)
{
    if (!ir_is(value, LLVMMul))
        return false;
    LLVMValueRef x = LLVMGetOperand(value, 0), y = LLVMGetOperand(value, 1);
    return (left(x) == a && right(y) == b) || (left(y) == a && right(x) == b);
}

/* ---- sums ---- */

/* Adds the terms of the value to the sum; false if they are too many. */
static bool flatten(struct sum *sum, LLVMValueRef value, int depth)
{
    if (depth > 0 && ir_is(value, LLVMAdd))
        return flatten(sum, LLVMGetOperand(value, 0), depth - 1) &&
               flatten(sum, LLVMGetOperand(value, 1), depth - 1);
    if (sum->count == TERMS)
        return false;
    sum->terms[sum->count++] = value;
    return true;
}

static bool sum_of(struct sum *sum, LLVMValueRef value)
{
    sum->count = 0;
    return flatten(sum, value, CLIMB);
}

static void remove_term(struct sum *sum, unsigned i)
{
    sum->terms[i] = sum->terms[--sum->count];
}

/* Takes out a term that is that part of `of`, or (NULL) of anything; what it is part of. */
static LLVMValueRef take_half(struct sum *sum, half *part, LLVMValueRef of)
{
    for (unsigned i = 0; i < sum->count; i++) {
        LLVMValueRef whole = part(sum->terms[i]);
        if (!whole || (of && whole != of))
            continue;
        remove_term(sum, i);
        return whole;
    }
    return NULL;
}

static LLVMValueRef take_product(struct sum *sum)
{
    for (unsigned i = 0; i < sum->count; i++)
        if (ir_is(sum->terms[i], LLVMMul)) {
            LLVMValueRef product = sum->terms[i];
            remove_term(sum, i);
            return product;
        }
    return NULL;
}

/* ---- recognition ---- */

/* t = p + (ll >> 32), of which u has the low half. */
static bool match_chain(struct product *f, LLVMValueRef t)
{
    struct sum sum;
    f->shifted[0] = t;
    return sum_of(&sum, t) && sum.count == 2 && (f->low_low = take_half(&sum, high_half, NULL)) &&
           (f->p = take_product(&sum));
}

/* u in any of its three forms, as far as they differ. */
static bool match_carry(struct product *f, LLVMValueRef u)
{
    struct sum sum;
    if (!sum_of(&sum, u) || sum.count < 2 || sum.count > 3)
        return false;
    f->carry = u;
    f->shifted[1] = NULL;
    if (sum.count == 3 && !(f->low_low = take_half(&sum, high_half, NULL)))
        return false;
    bool chain = !f->low_low;
    f->shifted[0] = f->p = take_half(&sum, low_half, NULL);
    f->q = take_product(&sum);
    if (!f->q)
        f->shifted[1] = f->q = take_half(&sum, low_half, NULL);
    if (!f->p || !f->q)
        return false;
    return !chain || (!f->shifted[1] && match_chain(f, f->p));
}

/* The first user that adds a product, which is noted as ll. */
static LLVMValueRef sum_with_product(struct product *f, LLVMValueRef value)
{
    LLVMUseRef use = LLVMGetFirstUse(value);
    for (int n = 0; use && n < MOST_USES; use = LLVMGetNextUse(use), n++) {
        LLVMValueRef user = LLVMGetUser(use);
        if (!ir_is(user, LLVMAdd))
            continue;
        f->low_low = LLVMGetOperand(user, LLVMGetOperand(user, 0) == value);
        if (ir_is(f->low_low, LLVMMul))
            return user;
    }
    return NULL;
}

/* u = p + q. */
static bool match_wrapping(struct product *f, LLVMValueRef u)
{
    struct sum sum;
    if (!sum_of(&sum, u) || sum.count != 2)
        return false;
    f->carry = u;
    if (!(f->p = take_product(&sum)) || !(f->q = take_product(&sum)))
        return false;
    LLVMUseRef use = LLVMGetFirstUse(u);
    for (int n = 0; use && n < MOST_USES && !f->low_sum; use = LLVMGetNextUse(use), n++)
        if (with_number(LLVMGetUser(use), LLVMShl, HALF_BITS) == u)
            f->low_sum = sum_with_product(f, LLVMGetUser(use));
    return f->low_sum;
}

/* That all are products of the halves of two numbers, which are noted. */
static bool match_factors(struct product *f)
{
    if (!ir_is(f->low_low, LLVMMul))
        return false;
    LLVMValueRef a = f->a = low_half(LLVMGetOperand(f->low_low, 0));
    LLVMValueRef b = f->b = low_half(LLVMGetOperand(f->low_low, 1));
    if (!a || !b)
        return false;
    return (multiplies(f->p, high_half, a, low_half, b) &&
            multiplies(f->q, low_half, a, high_half, b)) ||
           (multiplies(f->p, low_half, a, high_half, b) &&
            multiplies(f->q, high_half, a, low_half, b));
}

/* ---- replacement ---- */

static LLVMValueRef low_word(struct cg *cg, struct product *f)
{
    if (f->low_word)
        return f->low_word;
    LLVMPositionBuilderBefore(cg->builder, f->carry);
    return f->low_word = LLVMBuildMul(cg->builder, f->a, f->b, "");
}

static LLVMValueRef high_word(struct cg *cg, struct product *f)
{
    LLVMBuilderRef b = cg->builder;
    if (f->high_word)
        return f->high_word;
    LLVMTypeRef i128 = LLVMInt128TypeInContext(cg->context);
    LLVMPositionBuilderBefore(b, f->carry);
    LLVMValueRef left = LLVMBuildZExt(b, f->a, i128, ""), right = LLVMBuildZExt(b, f->b, i128, "");
    LLVMValueRef whole = LLVMBuildMul(b, left, right, "");
    LLVMSetNUW(whole, true);
    LLVMValueRef high = LLVMBuildLShr(b, whole, LLVMConstInt(i128, 64, false), "");
    f->low_word = LLVMBuildTrunc(b, whole, cg->i64, "");
    return f->high_word = LLVMBuildTrunc(b, high, cg->i64, "");
}

/* Takes out the terms of a high word but a1 * b1. */
static bool take_carries(struct sum *sum, const struct product *f)
{
    if (f->low_sum)
        return take_half(sum, carried_half, f->carry) && take_half(sum, wrapped_sum, f->low_sum);
    return take_half(sum, high_half, f->carry) && take_half(sum, high_half, f->shifted[0]) &&
           (!f->shifted[1] || take_half(sum, high_half, f->shifted[1]));
}

/* The sum without the terms of a high word; false if it has not all of them. */
static bool take_high_word(struct sum *sum, const struct product *f)
{
    if (!take_carries(sum, f))
        return false;
    for (unsigned i = 0; i < sum->count; i++)
        if (multiplies(sum->terms[i], high_half, f->a, high_half, f->b)) {
            remove_term(sum, i);
            return true;
        }
    return false;
}

/* The next addition that the value is a term of, or what is such a term with it, or NULL. */
static LLVMValueRef adding_user(LLVMValueRef value)
{
    LLVMUseRef use = LLVMGetFirstUse(value);
    for (int n = 0; use && n < MOST_USES; use = LLVMGetNextUse(use), n++)
        if (ir_is(LLVMGetUser(use), LLVMAdd) || carried_half(LLVMGetUser(use)))
            return LLVMGetUser(use);
    return NULL;
}

/* Replaces the smallest sum that has all terms of the high word. */
static void replace_high(struct cg *cg, struct product *f, LLVMValueRef shifted_carry)
{
    LLVMValueRef root = shifted_carry;
    for (int i = 0; i < CLIMB && (root = adding_user(root)); i++) {
        struct sum sum;
        if (!sum_of(&sum, root) || !take_high_word(&sum, f))
            continue;
        LLVMValueRef result = high_word(cg, f);
        LLVMPositionBuilderBefore(cg->builder, root);
        for (unsigned k = 0; k < sum.count; k++)
            result = LLVMBuildAdd(cg->builder, result, sum.terms[k], "");
        LLVMReplaceAllUsesWith(root, result);
        return;
    }
}

/* Replaces (u << 32) | (ll & m), or ll + (u << 32). */
static void replace_low(struct cg *cg, struct product *f, LLVMValueRef shifted)
{
    LLVMUseRef use = LLVMGetFirstUse(shifted);
    for (int n = 0; use && n < MOST_USES; use = LLVMGetNextUse(use), n++) {
        LLVMValueRef user = LLVMGetUser(use);
        if ((!ir_is(user, LLVMOr) && !ir_is(user, LLVMAdd)) || !LLVMGetFirstUse(user))
            continue;
        LLVMValueRef other = LLVMGetOperand(user, LLVMGetOperand(user, 0) == shifted);
        if (user == f->low_sum || (!f->low_sum && low_half(other) == f->low_low))
            LLVMReplaceAllUsesWith(user, low_word(cg, f));
    }
}

/* What is left without uses goes with the first pass. */
static void replace_words(struct cg *cg, LLVMValueRef shifted_carry)
{
    struct product f = {.carry = NULL};
    LLVMValueRef u = high_half(shifted_carry);
    if ((!match_carry(&f, u) && !match_wrapping(&f, u)) || !match_factors(&f))
        return;
    replace_high(cg, &f, shifted_carry);
    LLVMUseRef use = LLVMGetFirstUse(f.carry);
    for (int n = 0; use && n < MOST_USES; use = LLVMGetNextUse(use), n++)
        if (with_number(LLVMGetUser(use), LLVMShl, HALF_BITS) == f.carry)
            replace_low(cg, &f, LLVMGetUser(use));
}

void cg_join_products(struct cg *cg)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
                if (high_half(i) && ir_is(high_half(i), LLVMAdd))
                    replace_words(cg, i);
}
