/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Constant expressions: reading them, and typing them on a small stack (spec 3.4.10). Instructions
 * with a signature in opcodes.def are typed from it; the others allowed here have a rule of their
 * own below.
 */
#include "frontend/constexpr.h"

#include "frontend/arena.h"
#include "frontend/insn.h"
#include "frontend/reader.h"
#include "frontend/validate_module_private.h"

/* ---- reading ---- */

struct constexpr constexpr_read(struct reader *r, struct arena *arena)
{
    struct constexpr expr = {.offset = reader_offset(r)};
    uint32_t capacity = 0;
    for (int64_t open = 1; open > 0 && !reader_failed(r);) {
        if (expr.insn_count == capacity) {
            uint32_t larger = capacity ? 2 * capacity : 2;
            expr.insns = arena_grow(arena, expr.insns, capacity, larger, sizeof *expr.insns);
            capacity = larger;
        }
        struct insn *insn = &expr.insns[expr.insn_count++];
        insn_read(r, insn, arena);
        open += insn_nesting(insn);
    }
    return expr;
}

/* ---- typing ---- */

struct typing {
    struct module *m;
    uint32_t global_count; /* globals that may be read */
    struct valtype *stack;
    uint32_t depth, capacity;
    struct arena *arena;
    struct error *err;
};

static bool push(struct typing *t, struct insn *insn, struct valtype type)
{
    if (t->depth == t->capacity) {
        uint32_t larger = t->capacity ? 2 * t->capacity : 8;
        t->stack = arena_grow(t->arena, t->stack, t->capacity, larger, sizeof *t->stack);
        t->capacity = larger;
    }
    t->stack[t->depth++] = type;
    insn->type = type;
    return true;
}

static bool pop(struct typing *t, const struct insn *insn, struct valtype want)
{
    char want_text[32], found_text[32];
    const char *op = op_info[insn->op].text;
    valtype_print(want, want_text, sizeof want_text);
    if (t->depth == 0)
        return error_set(t->err, ERR_INVALID, insn->offset,
                         "type mismatch: %s wants %s, found nothing", op, want_text);
    struct valtype found = t->stack[--t->depth];
    if (valtype_matches(t->m, found, want))
        return true;
    return error_set(t->err, ERR_INVALID, insn->offset, "type mismatch: %s wants %s, found %s", op,
                     want_text, valtype_print(found, found_text, sizeof found_text));
}

static bool not_constant(struct typing *t, const struct insn *insn)
{
    return error_set(t->err, ERR_INVALID, insn->offset,
                     "constant expression required: %s is not constant", op_info[insn->op].text);
}

/* "ii>i": one result, operands of one type. */
static bool type_sig(struct typing *t, struct insn *insn)
{
    const struct valtype none = VALTYPE(VT_NONE); /* no index type: nothing here has an address */
    const char *sig = op_info[insn->op].sig;
    for (; *sig != '>'; sig++)
        if (!pop(t, insn, sig_type(*sig, none)))
            return false;
    return push(t, insn, sig_type(sig[1], none));
}

static bool type_global_get(struct typing *t, struct insn *insn)
{
    uint32_t index = insn->imm.index.a;
    if (index >= t->global_count)
        return error_set(t->err, ERR_INVALID, insn->offset, "unknown global %u", index);
    const struct global *global = &t->m->globals[index];
    if (global->type.mutable_)
        return error_set(t->err, ERR_INVALID, insn->offset,
                         "constant expression required: global %u is mutable", index);
    if (!global->import &&
        !module_feature_check(t->m, FEATURE_GC, insn->offset, t->err,
                              "constant expression required: global %u is not imported", index))
        return false;
    return push(t, insn, global->type.type);
}

static bool type_ref_func(struct typing *t, struct insn *insn)
{
    uint32_t index = insn->imm.index.a;
    if (index >= t->m->func_count)
        return error_set(t->err, ERR_INVALID, insn->offset, "unknown function %u", index);
    t->m->funcs[index].declared = true;
    return push(t, insn, REFTYPE(0, t->m->funcs[index].type));
}

static bool type_ref_null(struct typing *t, struct insn *insn)
{
    return module_valtype_check(t->m, insn->type, t->m->type_count, insn->offset, t->err) &&
           push(t, insn, REFTYPE(1, insn->type.heap));
}

/* The defined type of an aggregate instruction; NULL with the error set if it is none. */
static const struct subtype *aggregate(struct typing *t, const struct insn *insn,
                                       enum comptype_kind kind)
{
    uint32_t index = insn->imm.index.a;
    if (index >= t->m->type_count) {
        error_set(t->err, ERR_INVALID, insn->offset, "unknown type %u", index);
        return NULL;
    }
    const struct subtype *type = &t->m->types[index];
    if (type->kind != kind) {
        error_set(t->err, ERR_INVALID, insn->offset, "type mismatch: %s of type %u, which is %s",
                  op_info[insn->op].text, index, kind == COMP_STRUCT ? "no structure" : "no array");
        return NULL;
    }
    return type;
}

static bool type_struct_new(struct typing *t, struct insn *insn)
{
    const struct subtype *type = aggregate(t, insn, COMP_STRUCT);
    for (uint32_t i = type ? type->field_count : 0; i-- > 0;) {
        if (insn->op == OP_struct_new && !pop(t, insn, type->fields[i].type))
            return false;
        if (insn->op == OP_struct_new_default && !valtype_defaultable(type->fields[i].type))
            return error_set(t->err, ERR_INVALID, insn->offset,
                             "type mismatch: field %u has no default value", i);
    }
    return type && push(t, insn, REFTYPE(0, insn->imm.index.a));
}

static bool type_array_new(struct typing *t, struct insn *insn)
{
    const struct subtype *type = aggregate(t, insn, COMP_ARRAY);
    if (!type)
        return false;
    struct valtype element = type->fields[0].type;
    if (insn->op == OP_array_new_default && !valtype_defaultable(element))
        return error_set(t->err, ERR_INVALID, insn->offset,
                         "type mismatch: the elements have no default value");
    uint32_t elements = insn->op == OP_array_new_fixed ? insn->imm.index.b
                        : insn->op == OP_array_new     ? 1
                                                       : 0;
    if (insn->op != OP_array_new_fixed && !pop(t, insn, VALTYPE(VT_I32)))
        return false;
    for (uint32_t i = 0; i < elements; i++)
        if (!pop(t, insn, element))
            return false;
    return push(t, insn, REFTYPE(0, insn->imm.index.a));
}

/* any.convert_extern and extern.convert_any keep nullability (3.3.6). */
static bool type_convert(struct typing *t, struct insn *insn, uint32_t from, uint32_t to)
{
    uint8_t nullable = t->depth != 0 ? t->stack[t->depth - 1].nullable : 0;
    return pop(t, insn, REFTYPE(1, from)) && push(t, insn, REFTYPE(nullable, to));
}

static bool type_insn(struct typing *t, struct insn *insn)
{
    switch (insn->op) {
    case OP_i32_const:
    case OP_i64_const:
    case OP_f32_const:
    case OP_f64_const:
    case OP_v128_const: return type_sig(t, insn);
    case OP_i32_add:
    case OP_i32_sub:
    case OP_i32_mul:
    case OP_i64_add:
    case OP_i64_sub:
    case OP_i64_mul:
        return module_feature_check(t->m, FEATURE_EXTENDED_CONST, insn->offset, t->err,
                                    "constant expression required: %s", op_info[insn->op].text) &&
               type_sig(t, insn);
    case OP_global_get: return type_global_get(t, insn);
    case OP_ref_func: return type_ref_func(t, insn);
    case OP_ref_null: return type_ref_null(t, insn);
    case OP_ref_i31: return pop(t, insn, VALTYPE(VT_I32)) && push(t, insn, REFTYPE(0, HEAP_I31));
    case OP_struct_new:
    case OP_struct_new_default: return type_struct_new(t, insn);
    case OP_array_new:
    case OP_array_new_default:
    case OP_array_new_fixed: return type_array_new(t, insn);
    case OP_any_convert_extern: return type_convert(t, insn, HEAP_EXTERN, HEAP_ANY);
    case OP_extern_convert_any: return type_convert(t, insn, HEAP_ANY, HEAP_EXTERN);
    default: return not_constant(t, insn);
    }
}

static bool insn_enabled(const struct module *m, const struct insn *insn, struct error *err)
{
    enum feature feature = (enum feature)op_info[insn->op].feature;
    return module_feature_check(m, feature, insn->offset, err, "illegal opcode: %s",
                                op_info[insn->op].text);
}

bool constexpr_validate(struct module *m, const struct constexpr *expr, struct valtype type,
                        uint32_t global_count, struct arena *arena, struct error *err)
{
    struct typing t = {.m = m, .global_count = global_count, .arena = arena, .err = err};
    uint32_t last = expr->insn_count - 1;
    for (uint32_t i = 0; i < last; i++)
        if (!insn_enabled(m, &expr->insns[i], err) || !type_insn(&t, &expr->insns[i]))
            return false;
    if (!pop(&t, &expr->insns[last], type))
        return false;
    if (t.depth != 0)
        return error_set(err, ERR_INVALID, expr->offset,
                         "type mismatch: a constant expression leaves %u values, one is wanted",
                         t.depth + 1);
    return true;
}
