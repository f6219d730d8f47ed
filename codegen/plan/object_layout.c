/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Structures and arrays in memory (wasm2so_abi.h, struct w2s_object). Fields stand in order, each
 * at its natural alignment, so that a subtype begins as its supertype does. What the collector has
 * to look at follows from the types alone: references of the any and extern hierarchies. Functions
 * and exceptions are not the collector's.
 */
#include "codegen/internal.h"
#include "frontend/insn.h"
#include "runtime/include/wasm2so_abi.h"

uint32_t field_size(const struct fieldtype *field)
{
    if (field->packed_bits != 0)
        return field->packed_bits / 8;
    switch ((enum valtype_kind)field->type.kind) {
    case VT_I32:
    case VT_F32: return 4;
    case VT_V128: return 16;
    default: return 8;
    }
}

bool is_traced(const struct module *m, struct valtype type)
{
    if (type.kind != VT_REF)
        return false;
    uint32_t top = heaptype_top(m, type.heap);
    return top == HEAP_ANY || top == HEAP_EXTERN;
}

static struct object_layout struct_layout(const struct subtype *type, struct arena *arena)
{
    struct object_layout layout = {.size = sizeof(struct w2s_object)};
    layout.offsets = arena_array(arena, type->field_count, sizeof *layout.offsets);
    for (uint32_t i = 0; i < type->field_count; i++) {
        uint32_t size = field_size(&type->fields[i]);
        layout.offsets[i] = (layout.size + size - 1) / size * size;
        layout.size = layout.offsets[i] + size;
    }
    return layout;
}

struct object_layout *object_layouts(const struct module *m, struct arena *arena)
{
    struct object_layout *layouts = NULL;
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct subtype *type = &m->types[i];
        if (type->kind == COMP_FUNC)
            continue;
        if (!layouts)
            layouts = arena_array(arena, m->type_count, sizeof *layouts);
        if (type->kind == COMP_STRUCT)
            layouts[i] = struct_layout(type, arena);
        else
            layouts[i].size = field_size(&type->fields[0]);
    }
    return layouts;
}

/* ---- who needs the collector ---- */

/* Conversions make objects in modules that define no types of them. */
static bool makes_object(const struct insn *insn)
{
    return insn->op == OP_any_convert_extern || insn->op == OP_extern_convert_any;
}

static void note_insn(void *env, uint32_t func, const struct insn *insn)
{
    bool *found = env;
    (void)func;
    *found |= makes_object(insn);
}

static bool constexpr_makes_object(const struct constexpr *expr)
{
    for (uint32_t i = 0; i < expr->insn_count; i++)
        if (makes_object(&expr->insns[i]))
            return true;
    return false;
}

static bool constants_make_object(const struct module *m)
{
    bool found = false;
    for (uint32_t i = m->import_global_count; i < m->global_count; i++)
        found |= constexpr_makes_object(&m->globals[i].init);
    for (uint32_t i = 0; i < m->table_count; i++)
        found |= m->tables[i].has_init && constexpr_makes_object(&m->tables[i].init);
    for (uint32_t i = 0; i < m->elem_count; i++)
        for (uint32_t j = 0; !m->elems[i].is_funcs && j < m->elems[i].count; j++)
            found |= constexpr_makes_object(&m->elems[i].exprs[j]);
    return found;
}

bool needs_collector(const struct module *m, const struct scan *scan)
{
    for (uint32_t i = 0; i < m->type_count; i++)
        if (m->types[i].kind != COMP_FUNC)
            return true;
    bool found = constants_make_object(m);
    if (!found)
        scan_visit(scan, note_insn, &found);
    return found;
}
