/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation rules of references (spec 3.4.9) and of the branches that look at one: null tests,
 * type tests and casts, i31 and the conversions between the any and extern hierarchies.
 */
#include "frontend/validate_private.h"

static struct valtype nullable_of(struct valtype ref)
{
    return REFTYPE(1, ref.heap);
}

static struct valtype non_null_of(struct valtype ref)
{
    return REFTYPE(0, ref.heap);
}

void check_ref_null(struct validator *v, struct insn *insn)
{
    if (valtype_check(v, insn->type))
        operand_push(v, insn->type);
}

void check_ref_is_null(struct validator *v, struct insn *insn)
{
    insn->type = operand_pop_ref(v);
    operand_push_kind(v, VT_I32);
}

void check_ref_func(struct validator *v, struct insn *insn)
{
    uint32_t index = insn->imm.index.a;
    if (!index_check(v, "function", index, v->m->func_count))
        return;
    const struct func *func = &v->m->funcs[index];
    if (!func->declared) {
        invalid(v, "undeclared function reference: ref.func %u", index);
        return;
    }
    insn->type = REFTYPE(0, func->type);
    operand_push(v, insn->type);
}

void check_ref_eq(struct validator *v, struct insn *insn)
{
    (void)insn;
    operand_pop(v, REFTYPE(1, HEAP_EQ));
    operand_pop(v, REFTYPE(1, HEAP_EQ));
    operand_push_kind(v, VT_I32);
}

void check_ref_as_non_null(struct validator *v, struct insn *insn)
{
    insn->type = operand_pop_ref(v);
    operand_push(v, non_null_of(insn->type));
}

/* ---- branches on null ---- */

void check_br_on_null(struct validator *v, struct insn *insn)
{
    struct resulttype types;
    insn->type = operand_pop_ref(v);
    if (!label_branch(v, insn->imm.index.a, &types))
        return;
    operands_retype(v, types);
    operand_push(v, non_null_of(insn->type));
}

/* Of the label's types the last is the reference the branch takes along; without it the others
 * stay on the stack. NULL and an error if ref does not match it. */
static struct frame *branch_with_ref(struct validator *v, uint32_t label, struct valtype ref,
                                     struct resulttype *others)
{
    char want[48], found[48];
    struct frame *frame = label_branch(v, label, others);
    if (!frame)
        return NULL;
    if (others->count == 0) {
        invalid(v, "type mismatch: %s to a label without values", op_info[v->insn->op].text);
        return NULL;
    }
    others->count--;
    struct valtype last = others->types[others->count];
    if (valtype_matches(v->m, ref, last))
        return frame;
    mismatch(v, valtype_print(ref, want, sizeof want), valtype_print(last, found, sizeof found));
    return NULL;
}

void check_br_on_non_null(struct validator *v, struct insn *insn)
{
    struct resulttype others;
    insn->type = operand_pop_ref(v);
    if (branch_with_ref(v, insn->imm.index.a, non_null_of(insn->type), &others))
        operands_retype(v, others);
}

/* ---- type tests and casts ---- */

/* Any reference of the hierarchy the tested type belongs to; its own type is left in the
 * immediate. */
static void pop_cast_operand(struct validator *v, struct insn *insn)
{
    struct valtype ref = operand_pop(v, REFTYPE(1, heaptype_top(v->m, insn->type.heap)));
    insn->imm.index.a = ref.heap;
    insn->imm.index.b = ref.nullable;
}

static void check_test(struct validator *v, struct insn *insn)
{
    if (!valtype_check(v, insn->type))
        return;
    pop_cast_operand(v, insn);
    operand_push_kind(v, VT_I32);
}

void check_ref_test(struct validator *v, struct insn *insn)
{
    check_test(v, insn);
}

void check_ref_test_null(struct validator *v, struct insn *insn)
{
    check_test(v, insn);
}

static void check_cast(struct validator *v, struct insn *insn)
{
    if (!valtype_check(v, insn->type))
        return;
    pop_cast_operand(v, insn);
    operand_push(v, insn->type);
}

void check_ref_cast(struct validator *v, struct insn *insn)
{
    check_cast(v, insn);
}

void check_ref_cast_null(struct validator *v, struct insn *insn)
{
    check_cast(v, insn);
}

/* What is left of `from` when it is not of type `to`: null goes with `to` if that takes it. */
static struct valtype cast_rest(const struct br_cast *cast)
{
    return cast->to.nullable ? non_null_of(cast->from) : cast->from;
}

/* Both casts: `taken` goes along with the branch, `stays` remains where it is not taken. */
static void branch_on_cast(struct validator *v, const struct br_cast *cast, struct valtype taken,
                           struct valtype stays)
{
    struct resulttype others;
    char from[48], to[48];
    if (!valtype_check(v, cast->from) || !valtype_check(v, cast->to))
        return;
    if (!valtype_matches(v->m, cast->to, cast->from)) {
        invalid(v, "type mismatch: cast from %s to %s, which is no subtype",
                valtype_print(cast->from, from, sizeof from),
                valtype_print(cast->to, to, sizeof to));
        return;
    }
    operand_pop(v, cast->from);
    if (!branch_with_ref(v, cast->label, taken, &others))
        return;
    operands_retype(v, others);
    operand_push(v, stays);
}

void check_br_on_cast(struct validator *v, struct insn *insn)
{
    const struct br_cast *cast = insn->imm.br_cast;
    insn->type = cast->from;
    branch_on_cast(v, cast, cast->to, cast_rest(cast));
}

void check_br_on_cast_fail(struct validator *v, struct insn *insn)
{
    const struct br_cast *cast = insn->imm.br_cast;
    insn->type = cast->from;
    branch_on_cast(v, cast, cast_rest(cast), cast->to);
}

/* ---- i31, any and extern ---- */

void check_ref_i31(struct validator *v, struct insn *insn)
{
    (void)insn;
    operand_pop_kind(v, VT_I32);
    operand_push(v, REFTYPE(0, HEAP_I31));
}

static void check_i31_get(struct validator *v, struct insn *insn)
{
    insn->type = operand_pop(v, REFTYPE(1, HEAP_I31));
    operand_push_kind(v, VT_I32);
}

void check_i31_get_s(struct validator *v, struct insn *insn)
{
    check_i31_get(v, insn);
}

void check_i31_get_u(struct validator *v, struct insn *insn)
{
    check_i31_get(v, insn);
}

/* A reference of the one top type becomes one of the other, null as it was. */
static void convert(struct validator *v, struct insn *insn, uint32_t from, uint32_t to)
{
    insn->type = operand_pop(v, nullable_of(REFTYPE(0, from)));
    operand_push(v, REFTYPE(insn->type.nullable, to));
}

void check_any_convert_extern(struct validator *v, struct insn *insn)
{
    convert(v, insn, HEAP_EXTERN, HEAP_ANY);
}

void check_extern_convert_any(struct validator *v, struct insn *insn)
{
    convert(v, insn, HEAP_ANY, HEAP_EXTERN);
}
