/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation rules of structures and arrays (spec 3.4.10). A packed field is an i32 on the operand
 * stack; it is read only by the get instructions that extend it. insn.type is the operand's own
 * reference type, or that of the new object.
 */
#include "frontend/validate_private.h"

/* Pops the reference to an object of that type; null is for the instruction to trap on. */
static void pop_object(struct validator *v, struct insn *insn)
{
    insn->type = operand_pop(v, REFTYPE(1, insn->imm.index.a));
}

static void push_object(struct validator *v, struct insn *insn)
{
    insn->type = REFTYPE(0, insn->imm.index.a);
    operand_push(v, insn->type);
}

static bool defaultable(struct validator *v, const struct fieldtype *field)
{
    char text[48];
    if (valtype_defaultable(field->type))
        return true;
    return invalid(v, "type mismatch: %s of type %u: %s has no default value",
                   op_info[v->insn->op].text, v->insn->imm.index.a,
                   valtype_print(field->type, text, sizeof text));
}

/* Packed fields are read with a sign, others without. */
static bool extension_fits(struct validator *v, const struct fieldtype *field, bool extends)
{
    if ((field->packed_bits != 0) == extends)
        return true;
    return invalid(v, "type mismatch: %s of a field that is %spacked", op_info[v->insn->op].text,
                   extends ? "not " : "");
}

/* ---- structures ---- */

void check_struct_new(struct validator *v, struct insn *insn)
{
    const struct subtype *type = struct_at(v, insn->imm.index.a);
    if (!type)
        return;
    for (uint32_t i = type->field_count; i > 0; i--)
        operand_pop(v, type->fields[i - 1].type);
    push_object(v, insn);
}

void check_struct_new_default(struct validator *v, struct insn *insn)
{
    const struct subtype *type = struct_at(v, insn->imm.index.a);
    if (!type)
        return;
    for (uint32_t i = 0; i < type->field_count; i++)
        if (!defaultable(v, &type->fields[i]))
            return;
    push_object(v, insn);
}

static const struct fieldtype *field_at(struct validator *v, const struct insn *insn)
{
    const struct subtype *type = struct_at(v, insn->imm.index.a);
    if (!type || !index_check(v, "field", insn->imm.index.b, type->field_count))
        return NULL;
    return &type->fields[insn->imm.index.b];
}

static void struct_read(struct validator *v, struct insn *insn, bool extends)
{
    const struct fieldtype *field = field_at(v, insn);
    if (!field || !extension_fits(v, field, extends))
        return;
    pop_object(v, insn);
    operand_push(v, field->type);
}

void check_struct_get(struct validator *v, struct insn *insn)
{
    struct_read(v, insn, false);
}

void check_struct_get_s(struct validator *v, struct insn *insn)
{
    struct_read(v, insn, true);
}

void check_struct_get_u(struct validator *v, struct insn *insn)
{
    struct_read(v, insn, true);
}

void check_struct_set(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = field_at(v, insn);
    if (!field)
        return;
    if (!field->mutable_) {
        invalid(v, "immutable field %u of type %u", insn->imm.index.b, insn->imm.index.a);
        return;
    }
    operand_pop(v, field->type);
    pop_object(v, insn);
}

/* ---- new arrays ---- */

void check_array_new(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = array_at(v, insn->imm.index.a);
    if (!field)
        return;
    operand_pop_kind(v, VT_I32);
    operand_pop(v, field->type);
    push_object(v, insn);
}

void check_array_new_default(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = array_at(v, insn->imm.index.a);
    if (!field || !defaultable(v, field))
        return;
    operand_pop_kind(v, VT_I32);
    push_object(v, insn);
}

void check_array_new_fixed(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = array_at(v, insn->imm.index.a);
    if (!field)
        return;
    operand_pop_many(v, field->type, insn->imm.index.b);
    push_object(v, insn);
}

/* Bytes can become the elements. */
static bool numeric(struct validator *v, const struct fieldtype *field)
{
    if (field->type.kind != VT_REF)
        return true;
    return invalid(v, "array type is not numeric or vector: %s of type %u",
                   op_info[v->insn->op].text, v->insn->imm.index.a);
}

/* The element segment exists, and its values can become the elements. */
static bool elem_fits(struct validator *v, const struct fieldtype *field, uint32_t index)
{
    char want[48], found[48];
    const struct elem_segment *elem = elem_at(v, index);
    if (!elem)
        return false;
    if (field->packed_bits == 0 && valtype_matches(v->m, elem->type, field->type))
        return true;
    return mismatch(v, valtype_print(field->type, want, sizeof want),
                    valtype_print(elem->type, found, sizeof found));
}

void check_array_new_data(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = array_at(v, insn->imm.index.a);
    if (!field || !numeric(v, field) || !data_check(v, insn->imm.index.b))
        return;
    operand_pop_kind(v, VT_I32);
    operand_pop_kind(v, VT_I32);
    push_object(v, insn);
}

void check_array_new_elem(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = array_at(v, insn->imm.index.a);
    if (!field || !elem_fits(v, field, insn->imm.index.b))
        return;
    operand_pop_kind(v, VT_I32);
    operand_pop_kind(v, VT_I32);
    push_object(v, insn);
}

/* ---- elements ---- */

/* The element type of an array that is written to. */
static const struct fieldtype *mutable_array_at(struct validator *v, uint32_t index)
{
    const struct fieldtype *field = array_at(v, index);
    if (!field || field->mutable_)
        return field;
    invalid(v, "immutable array: %s of type %u", op_info[v->insn->op].text, index);
    return NULL;
}

static void array_read(struct validator *v, struct insn *insn, bool extends)
{
    const struct fieldtype *field = array_at(v, insn->imm.index.a);
    if (!field || !extension_fits(v, field, extends))
        return;
    operand_pop_kind(v, VT_I32);
    pop_object(v, insn);
    operand_push(v, field->type);
}

void check_array_get(struct validator *v, struct insn *insn)
{
    array_read(v, insn, false);
}

void check_array_get_s(struct validator *v, struct insn *insn)
{
    array_read(v, insn, true);
}

void check_array_get_u(struct validator *v, struct insn *insn)
{
    array_read(v, insn, true);
}

void check_array_set(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = mutable_array_at(v, insn->imm.index.a);
    if (!field)
        return;
    operand_pop(v, field->type);
    operand_pop_kind(v, VT_I32);
    pop_object(v, insn);
}

void check_array_len(struct validator *v, struct insn *insn)
{
    insn->type = operand_pop(v, REFTYPE(1, HEAP_ARRAY));
    operand_push_kind(v, VT_I32);
}

void check_array_fill(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = mutable_array_at(v, insn->imm.index.a);
    if (!field)
        return;
    operand_pop_kind(v, VT_I32);
    operand_pop(v, field->type);
    operand_pop_kind(v, VT_I32);
    pop_object(v, insn);
}

void check_array_copy(struct validator *v, struct insn *insn)
{
    const struct fieldtype *to = mutable_array_at(v, insn->imm.index.a);
    const struct fieldtype *from = to ? array_at(v, insn->imm.index.b) : NULL;
    if (!from)
        return;
    if (from->packed_bits != to->packed_bits || !valtype_matches(v->m, from->type, to->type)) {
        invalid(v, "array types do not match: array.copy from type %u to %u", insn->imm.index.b,
                insn->imm.index.a);
        return;
    }
    operand_pop_kind(v, VT_I32);
    operand_pop_kind(v, VT_I32);
    operand_pop(v, REFTYPE(1, insn->imm.index.b));
    operand_pop_kind(v, VT_I32);
    pop_object(v, insn);
}

/* Length, offset in the segment, index in the array. */
static void pop_array_init(struct validator *v, struct insn *insn)
{
    operand_pop_kind(v, VT_I32);
    operand_pop_kind(v, VT_I32);
    operand_pop_kind(v, VT_I32);
    pop_object(v, insn);
}

void check_array_init_data(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = mutable_array_at(v, insn->imm.index.a);
    if (field && numeric(v, field) && data_check(v, insn->imm.index.b))
        pop_array_init(v, insn);
}

void check_array_init_elem(struct validator *v, struct insn *insn)
{
    const struct fieldtype *field = mutable_array_at(v, insn->imm.index.a);
    if (field && elem_fits(v, field, insn->imm.index.b))
        pop_array_init(v, insn);
}
