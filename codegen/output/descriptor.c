/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The constant `w2s_module` and all it points to: struct w2s_module_desc of wasm2so_abi.h, as LLVM
 * constants (rodata.h; tests/codegen/test_descriptor.c: field by field as C lays them out). Nothing
 * of the compiling machine goes in: equal modules give equal bytes.
 */
#include "codegen/output/descriptor.h"

#include <string.h>

/* ---- functions ---- */

/* By function index: what to call it in a backtrace; no name where n is 0. */
static struct slice *func_names(struct cg *cg)
{
    const struct module *m = cg->m;
    struct slice *names = arena_array(cg->arena, m->func_count, sizeof *names);
    for (uint32_t i = 0; i < m->func_count; i++)
        names[i] = m->funcs[i].name;
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        if (export->kind == EXTERN_FUNC && names[export->index].n == 0)
            names[export->index] = export->name;
    }
    return names;
}

/* The 32-bit distance of an object from the field that holds it. */
static LLVMValueRef relative(struct cg *cg, LLVMValueRef object, LLVMTypeRef table_type,
                             LLVMValueRef table, uint32_t row, unsigned field)
{
    LLVMValueRef path[] = {LLVMConstInt(cg->i64, 0, false), LLVMConstInt(cg->i64, row, false),
                           LLVMConstInt(cg->i32, field, false)};
    LLVMValueRef from = LLVMConstInBoundsGEP2(table_type, table, path, 3);
    LLVMValueRef distance =
        LLVMConstSub(LLVMConstPtrToInt(object, cg->i64), LLVMConstPtrToInt(from, cg->i64));
    return LLVMConstTrunc(distance, cg->i32);
}

static LLVMValueRef describe_funcs(struct cg *cg)
{
    const struct module *m = cg->m;
    if (m->func_count == 0)
        return rodata_null(cg);
    LLVMTypeRef fields[] = {cg->i32, cg->i32, cg->i32, cg->i32, cg->i32};
    LLVMTypeRef row = LLVMStructTypeInContext(cg->context, fields, 5, false);
    LLVMTypeRef type = LLVMArrayType2(row, m->func_count);
    LLVMValueRef table = rodata(cg, LLVMGetUndef(type)), zero = LLVMConstInt(cg->i32, 0, false);
    LLVMValueRef *values = rodata_values(cg, m->func_count);
    const struct slice *names = func_names(cg);
    for (uint32_t i = 0; i < m->func_count; i++) {
        const struct func *func = &m->funcs[i];
        struct cstruct r = {.cg = cg};
        cstruct_put(&r, func->import ? zero : relative(cg, cg_function(cg, i), type, table, i, 0));
        cstruct_put(&r, names[i].n == 0 ? zero
                                        : relative(cg, rodata_text(cg, names[i].p, names[i].n),
                                                   type, table, i, 1));
        cstruct_u32(&r, func->type);
        cstruct_u32(&r, func->import ? 0 : (uint32_t)func->body_offset);
        cstruct_put(&r, cg_is_tail(cg, i) ? relative(cg, cg_body(cg, i), type, table, i, 4) : zero);
        values[i] = cstruct_end(&r, sizeof(struct w2s_func_desc));
    }
    LLVMSetInitializer(table, LLVMConstArray2(row, values, m->func_count));
    return table;
}

/* ---- the descriptor ---- */

/* A bound of a section, by the linker; 0 if there is none, or none is meant (NULL). */
static LLVMValueRef section_bound(struct cg *cg, const char *which, const char *section)
{
    if (!section)
        return LLVMConstNull(cg->ptr);
    const char *symbol = arena_printf(cg->arena, "__%s_%s", which, section);
    LLVMValueRef bound = LLVMAddGlobal(cg->module, cg->i8, symbol);
    LLVMSetLinkage(bound, LLVMExternalWeakLinkage);
    LLVMSetVisibility(bound, LLVMHiddenVisibility);
    return bound;
}

/* Generated code adds to 32-bit addresses as emit_address.c says. */
static uint64_t features_needed(const struct compile *c)
{
    uint64_t features =
        (c->collector ? W2S_NEEDS_COLLECTOR : 0) | (c->counting ? W2S_NEEDS_PROFILE : 0);
    for (uint32_t i = 0; i < c->m->memory_count; i++) {
        const struct limits *limits = &c->m->memories[i].limits;
        if (!limits->is64 && memory_has_margin(limits))
            features |= W2S_NEEDS_MARGIN;
    }
    return features;
}

static void put_head(struct cstruct *r)
{
    const struct compile *c = r->cg->c;
    cstruct_u32(r, W2S_ABI_VERSION);
    cstruct_u32(r, sizeof(struct w2s_module_desc));
    cstruct_u64(r, features_needed(c));
    cstruct_put(r, LLVMConstStringInContext2(r->cg->context, (const char *)c->source_hash,
                                             sizeof c->source_hash, true));
    cstruct_put(r, rodata_string(r->cg, w2s_compiler_version()));
    cstruct_put(r, rodata_string(r->cg, c->options_text));
    cstruct_put(r, rodata_string(r->cg, c->target->artifact));
    cstruct_put(r, rodata_string(r->cg, c->cpu.name));
    cstruct_put(r, rodata_string(r->cg, c->cpu.needed));
    cstruct_put(r, rodata_string(r->cg, c->prefix));
    cstruct_put(r, describe_name(r->cg, c->name));
    cstruct_u32(r, c->memory == W2S_MEMORY_CHECKED ? W2S_MODE_CHECKED : W2S_MODE_GUARD);
    cstruct_u32(r, c->m->start == NO_INDEX ? W2S_NONE : c->m->start);
}

static void put_counts(struct cstruct *r)
{
    const struct module *m = r->cg->m;
    const uint32_t counts[] = {
        m->type_count,          m->import_count,
        m->export_count,        m->func_count,
        m->import_func_count,   m->table_count,
        m->import_table_count,  m->memory_count,
        m->import_memory_count, m->global_count,
        m->import_global_count, m->tag_count,
        m->import_tag_count,    m->elem_count,
        m->data_count,          r->cg->c->layout.record_count,
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        cstruct_u32(r, counts[i]);
}

static void put_parts(struct cstruct *r)
{
    static LLVMValueRef (*const parts[])(struct cg *cg) = {
        describe_types,    describe_imports, describe_exports, describe_funcs, describe_tables,
        describe_memories, describe_globals, describe_tags,    describe_elems, describe_datas,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cstruct_put(r, parts[i](r->cg));
    const struct layout *layout = &r->cg->c->layout;
    cstruct_put(r, rodata_u32s(r->cg, layout->records, layout->record_count));
}

static void put_layout(struct cstruct *r)
{
    const struct layout *layout = &r->cg->c->layout;
    cstruct_u64(r, layout->ctx_size);
    cstruct_u64(r, layout->imports_offset);
    cstruct_u64(r, layout->memories_offset);
    cstruct_u64(r, layout->tables_offset);
    cstruct_u64(r, layout->records_offset);
}

void emit_descriptor(struct cg *cg)
{
    struct cstruct r = {.cg = cg};
    put_head(&r);
    put_counts(&r);
    put_parts(&r);
    put_layout(&r);
    cstruct_put(&r, section_bound(cg, "start", cg->c->text_section));
    cstruct_put(&r, section_bound(cg, "stop", cg->c->text_section));
    cstruct_u64(&r, cg->c->layout.tags_offset);
    cstruct_u64(&r, cg->c->layout.object_types_offset);
    cstruct_put(&r, describe_objects(cg));
    cstruct_u64(&r, (cg->c->interruptible ? W2S_CODE_INTERRUPTIBLE : 0) |
                        (cg->c->fuel ? W2S_CODE_FUEL : 0));
    cstruct_put(&r, describe_images(cg));
    cstruct_u64(&r, cg->c->images.data_count);
    cstruct_put(&r, section_bound(cg, "start", cg->c->profile_section));
    cstruct_put(&r, section_bound(cg, "stop", cg->c->profile_section));
    LLVMValueRef value = cstruct_end(&r, sizeof(struct w2s_module_desc));
    LLVMValueRef descriptor = rodata_named(cg, cg->c->descriptor, value);
    /* Protected: each module sees its own, whatever else is loaded. */
    LLVMSetVisibility(descriptor, LLVMProtectedVisibility);
    if (cg->c->several || strcmp(cg->c->descriptor, W2S_MODULE_SYMBOL) == 0)
        return;
    LLVMValueRef alias =
        LLVMAddAlias2(cg->module, LLVMTypeOf(value), 0, descriptor, W2S_MODULE_SYMBOL);
    LLVMSetVisibility(alias, LLVMProtectedVisibility);
}
