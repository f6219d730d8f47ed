/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation rules of tables and of bulk memory (spec 3.4.5, 3.4.6). Addresses and sizes have the
 * index type of the table or memory; offsets in a segment, and lengths with one, are i32.
 */
#include "frontend/validate_private.h"

static struct valtype table_index_type(const struct table *table)
{
    return limits_index_type(&table->type.limits);
}

/* The values of sub may stand where super's element type is asked for. */
static bool elements_match(struct validator *v, struct valtype sub, struct valtype super)
{
    char sub_text[48], super_text[48];
    if (valtype_matches(v->m, sub, super))
        return true;
    return mismatch(v, valtype_print(super, super_text, sizeof super_text),
                    valtype_print(sub, sub_text, sizeof sub_text));
}

/* ---- tables ---- */

void check_table_get(struct validator *v, struct insn *insn)
{
    const struct table *table = table_at(v, insn->imm.index.a);
    if (!table)
        return;
    insn->type = table->type.elem;
    operand_pop(v, table_index_type(table));
    operand_push(v, insn->type);
}

void check_table_set(struct validator *v, struct insn *insn)
{
    const struct table *table = table_at(v, insn->imm.index.a);
    if (!table)
        return;
    insn->type = table->type.elem;
    operand_pop(v, insn->type);
    operand_pop(v, table_index_type(table));
}

void check_table_size(struct validator *v, struct insn *insn)
{
    const struct table *table = table_at(v, insn->imm.index.a);
    if (!table)
        return;
    insn->type = table->type.elem;
    operand_push(v, table_index_type(table));
}

void check_table_grow(struct validator *v, struct insn *insn)
{
    const struct table *table = table_at(v, insn->imm.index.a);
    if (!table)
        return;
    insn->type = table->type.elem;
    operand_pop(v, table_index_type(table));
    operand_pop(v, insn->type);
    operand_push(v, table_index_type(table));
}

void check_table_fill(struct validator *v, struct insn *insn)
{
    const struct table *table = table_at(v, insn->imm.index.a);
    if (!table)
        return;
    insn->type = table->type.elem;
    operand_pop(v, table_index_type(table));
    operand_pop(v, insn->type);
    operand_pop(v, table_index_type(table));
}

void check_table_copy(struct validator *v, struct insn *insn)
{
    const struct table *to = table_at(v, insn->imm.index.a);
    const struct table *from = to ? table_at(v, insn->imm.index.b) : NULL;
    if (!from || !elements_match(v, from->type.elem, to->type.elem))
        return;
    insn->type = to->type.elem;
    operand_pop(v, limits_smaller_type(&to->type.limits, &from->type.limits));
    operand_pop(v, table_index_type(from));
    operand_pop(v, table_index_type(to));
}

void check_table_init(struct validator *v, struct insn *insn)
{
    const struct table *table = table_at(v, insn->imm.index.b);
    const struct elem_segment *elem = table ? elem_at(v, insn->imm.index.a) : NULL;
    if (!elem || !elements_match(v, elem->type, table->type.elem))
        return;
    insn->type = table->type.elem;
    operand_pop_kind(v, VT_I32);
    operand_pop_kind(v, VT_I32);
    operand_pop(v, table_index_type(table));
}

void check_elem_drop(struct validator *v, struct insn *insn)
{
    elem_at(v, insn->imm.index.a);
}

/* ---- memories ---- */

void check_memory_init(struct validator *v, struct insn *insn)
{
    const struct memory *memory = memory_at(v, insn->imm.index.b);
    if (!memory || !data_check(v, insn->imm.index.a))
        return;
    operand_pop_kind(v, VT_I32);
    operand_pop_kind(v, VT_I32);
    operand_pop(v, limits_index_type(&memory->limits));
}

void check_data_drop(struct validator *v, struct insn *insn)
{
    data_check(v, insn->imm.index.a);
}

void check_memory_copy(struct validator *v, struct insn *insn)
{
    const struct memory *to = memory_at(v, insn->imm.index.a);
    const struct memory *from = to ? memory_at(v, insn->imm.index.b) : NULL;
    if (!from)
        return;
    operand_pop(v, limits_smaller_type(&to->limits, &from->limits));
    operand_pop(v, limits_index_type(&from->limits));
    operand_pop(v, limits_index_type(&to->limits));
}

void check_memory_fill(struct validator *v, struct insn *insn)
{
    const struct memory *memory = memory_at(v, insn->imm.index.a);
    if (!memory)
        return;
    operand_pop(v, limits_index_type(&memory->limits));
    operand_pop_kind(v, VT_I32);
    operand_pop(v, limits_index_type(&memory->limits));
}
