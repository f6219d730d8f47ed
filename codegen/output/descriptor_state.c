/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The descriptor's part on what an instance begins with: constant expressions, tables, memories,
 * globals, tags, segments.
 */
#include "codegen/output/descriptor.h"

#include <string.h>

_Static_assert((int)SEGMENT_ACTIVE == W2S_ACTIVE && (int)SEGMENT_DECLARATIVE == W2S_DECLARATIVE,
               "segment modes are the same");

/* ---- constant expressions ---- */

static LLVMValueRef init_record(struct cg *cg, enum w2s_init_kind kind, uint32_t index,
                                const uint64_t bits[2], LLVMValueRef code)
{
    LLVMValueRef words[] = {LLVMConstInt(cg->i64, bits[0], false),
                            LLVMConstInt(cg->i64, bits[1], false)};
    struct cstruct r = {.cg = cg};
    cstruct_u32(&r, kind);
    cstruct_u32(&r, index);
    cstruct_put(&r, LLVMConstArray2(cg->i64, words, 2));
    cstruct_put(&r, code);
    return cstruct_end(&r, sizeof(struct w2s_init));
}

static const uint64_t no_bits[2];

static LLVMValueRef init_unused(struct cg *cg)
{
    return init_record(cg, W2S_INIT_CONST, 0, no_bits, rodata_null(cg));
}

static LLVMValueRef init_null(struct cg *cg)
{
    return init_record(cg, W2S_INIT_NULL, 0, no_bits, rodata_null(cg));
}

static LLVMValueRef init_func(struct cg *cg, uint32_t func)
{
    return init_record(cg, W2S_INIT_FUNC, func, no_bits, rodata_null(cg));
}

/* A single instruction that the runtime can do by itself; NULL for all others. */
static LLVMValueRef init_direct(struct cg *cg, const struct insn *insn)
{
    uint64_t bits[2] = {insn->imm.bits, 0};
    switch ((enum opcode)insn->op) {
    case OP_i32_const:
    case OP_i64_const:
    case OP_f32_const:
    case OP_f64_const: return init_record(cg, W2S_INIT_CONST, 0, bits, rodata_null(cg));
    case OP_v128_const:
        memcpy(bits, insn->imm.v128, sizeof bits);
        return init_record(cg, W2S_INIT_CONST, 0, bits, rodata_null(cg));
    case OP_ref_null: return init_null(cg);
    case OP_ref_func: return init_func(cg, insn->imm.index.a);
    case OP_global_get:
        return init_record(cg, W2S_INIT_GLOBAL, insn->imm.index.a, no_bits, rodata_null(cg));
    default: return NULL;
    }
}

/* A constant i31. */
static LLVMValueRef init_i31(struct cg *cg, const struct insn *insns)
{
    if (insns[0].op != OP_i32_const || insns[1].op != OP_ref_i31)
        return NULL;
    const uint64_t bits[2] = {(uint32_t)(insns[0].imm.bits << 1) | 1, 0};
    return init_record(cg, W2S_INIT_CONST, 0, bits, rodata_null(cg));
}

static LLVMValueRef init(struct cg *cg, const struct constexpr *expr, struct valtype type)
{
    LLVMValueRef direct = expr->insn_count == 2   ? init_direct(cg, &expr->insns[0])
                          : expr->insn_count == 3 ? init_i31(cg, expr->insns)
                                                  : NULL;
    if (direct)
        return direct;
    const char *symbol = arena_printf(cg->arena, "%s.const.0x%zx", cg->c->lead, expr->offset);
    return init_record(cg, W2S_INIT_CODE, 0, no_bits,
                       emit_constexpr_function(cg, symbol, expr, type));
}

/* ---- tables, memories, globals, tags ---- */

LLVMValueRef describe_tables(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = rodata_values(cg, m->table_count);
    for (uint32_t i = 0; i < m->table_count; i++) {
        const struct table *table = &m->tables[i];
        struct cstruct r = {.cg = cg};
        cstruct_put(&r, closed_table_is_unread(cg->c->closed, i)
                            ? describe_empty_table(cg)
                            : describe_externtype(cg, EXTERN_TABLE, i));
        cstruct_put(&r, table->has_init ? init(cg, &table->init, table->type.elem) : init_null(cg));
        values[i] = cstruct_end(&r, sizeof(struct w2s_table_desc));
    }
    return rodata_array(cg, values, m->table_count);
}

LLVMValueRef describe_memories(struct cg *cg)
{
    LLVMValueRef *values = rodata_values(cg, cg->m->memory_count);
    for (uint32_t i = 0; i < cg->m->memory_count; i++) {
        struct cstruct r = {.cg = cg};
        cstruct_put(&r, describe_externtype(cg, EXTERN_MEMORY, i));
        values[i] = cstruct_end(&r, sizeof(struct w2s_memory_desc));
    }
    return rodata_array(cg, values, cg->m->memory_count);
}

LLVMValueRef describe_globals(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = rodata_values(cg, m->global_count);
    for (uint32_t i = 0; i < m->global_count; i++) {
        const struct global *global = &m->globals[i];
        struct cstruct r = {.cg = cg};
        cstruct_put(&r, describe_externtype(cg, EXTERN_GLOBAL, i));
        cstruct_u64(&r, cg->c->layout.global_offset[i]);
        cstruct_put(&r,
                    global->import ? init_unused(cg) : init(cg, &global->init, global->type.type));
        values[i] = cstruct_end(&r, sizeof(struct w2s_global_desc));
    }
    return rodata_array(cg, values, m->global_count);
}

LLVMValueRef describe_tags(struct cg *cg)
{
    LLVMValueRef *values = rodata_values(cg, cg->m->tag_count);
    for (uint32_t i = 0; i < cg->m->tag_count; i++) {
        struct cstruct r = {.cg = cg};
        cstruct_u32(&r, cg->m->tags[i].type);
        cstruct_u32(&r, 0);
        values[i] = cstruct_end(&r, sizeof(struct w2s_tag_desc));
    }
    return rodata_array(cg, values, cg->m->tag_count);
}

/* ---- segments ---- */

/* The offset of an active segment, of the index type of where it goes. */
static LLVMValueRef segment_offset(struct cg *cg, enum segment_mode mode,
                                   const struct constexpr *at, bool is64)
{
    if (mode != SEGMENT_ACTIVE)
        return init_unused(cg);
    return init(cg, at, VALTYPE(is64 ? VT_I64 : VT_I32));
}

static LLVMValueRef elem_inits(struct cg *cg, const struct elem_segment *elem)
{
    LLVMValueRef *values = rodata_values(cg, elem->count);
    for (uint32_t i = 0; i < elem->count; i++)
        values[i] = init(cg, &elem->exprs[i], elem->type);
    return rodata_array(cg, values, elem->count);
}

LLVMValueRef describe_elems(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = rodata_values(cg, m->elem_count);
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_segment *elem = &m->elems[i];
        const bool dead = elem_is_dead(m, cg->c->closed, i);
        const enum segment_mode mode = dead ? SEGMENT_DECLARATIVE : elem->mode;
        const bool active = mode == SEGMENT_ACTIVE;
        bool is64 = active && m->tables[elem->table].type.limits.is64;
        struct cstruct r = {.cg = cg};
        cstruct_u32(&r, mode);
        cstruct_u32(&r, active ? elem->table : 0);
        cstruct_put(&r, describe_valtype(cg, elem->type));
        cstruct_put(&r, segment_offset(cg, mode, &elem->at, is64));
        cstruct_u64(&r, dead ? 0 : elem->count);
        cstruct_put(&r, elem->is_funcs && !dead ? rodata_u32s(cg, elem->funcs, elem->count)
                                                : rodata_null(cg));
        cstruct_put(&r, elem->is_funcs || dead ? rodata_null(cg) : elem_inits(cg, elem));
        values[i] = cstruct_end(&r, sizeof(struct w2s_elem_desc));
    }
    return rodata_array(cg, values, m->elem_count);
}

static LLVMValueRef image(struct cg *cg, uint32_t memory)
{
    const struct memory_image *image = &cg->c->images.memories[memory];
    LLVMValueRef *extents = rodata_values(cg, image->count);
    for (uint32_t i = 0; i < image->count; i++) {
        struct cstruct e = {.cg = cg};
        cstruct_u64(&e, image->extents[i].address);
        cstruct_u64(&e, image->extents[i].size);
        cstruct_put(&e, image_bytes(cg, memory, i));
        extents[i] = cstruct_end(&e, sizeof(struct w2s_extent));
    }
    struct cstruct r = {.cg = cg};
    cstruct_u64(&r, image->count);
    cstruct_put(&r, rodata_array(cg, extents, image->count));
    return cstruct_end(&r, sizeof(struct w2s_image));
}

LLVMValueRef describe_images(struct cg *cg)
{
    if (!cg->c->images.any)
        return rodata_null(cg);
    LLVMValueRef *values = rodata_values(cg, cg->m->memory_count);
    for (uint32_t i = 0; i < cg->m->memory_count; i++)
        values[i] = image(cg, i);
    return rodata_array(cg, values, cg->m->memory_count);
}

LLVMValueRef describe_datas(struct cg *cg)
{
    const struct module *m = cg->m;
    LLVMValueRef *values = rodata_values(cg, m->data_count);
    for (uint32_t i = 0; i < m->data_count; i++) {
        const struct data_segment *data = &m->datas[i];
        bool active = data->mode == SEGMENT_ACTIVE;
        bool is64 = active && m->memories[data->memory].limits.is64;
        struct cstruct r = {.cg = cg};
        cstruct_u32(&r, data->mode);
        cstruct_u32(&r, active ? data->memory : 0);
        cstruct_put(&r, segment_offset(cg, data->mode, &data->at, is64));
        LLVMValueRef mapped = image_segment(cg, i);
        cstruct_put(&r, mapped ? mapped : rodata_bytes(cg, data->bytes));
        cstruct_u64(&r, data->bytes.n);
        values[i] = cstruct_end(&r, sizeof(struct w2s_data_desc));
    }
    return rodata_array(cg, values, m->data_count);
}
