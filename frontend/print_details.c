/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The entries of each section, one line each (inspect -x).
 */
#include "frontend/print_private.h"
#include "frontend/reader.h"
#include <inttypes.h>
#include <string.h>

static void print_quoted(struct printer *p, struct slice text)
{
    fputc('"', p->out);
    print_text(p, text);
    fputs("\"\n", p->out);
}

/* ---- types ---- */

static void print_valtypes(struct printer *p, const struct valtype *types, uint32_t count)
{
    char text[32];
    for (uint32_t i = 0; i < count; i++)
        fprintf(p->out, "%s%s", i ? ", " : "", valtype_print(types[i], text, sizeof text));
}

static void print_functype(struct printer *p, const struct functype *type)
{
    fputc('(', p->out);
    print_valtypes(p, type->params, type->param_count);
    fputs(") -> ", p->out);
    if (type->result_count == 0)
        fputs("nil", p->out);
    if (type->result_count > 1)
        fputc('(', p->out);
    print_valtypes(p, type->results, type->result_count);
    if (type->result_count > 1)
        fputc(')', p->out);
}

static void print_field(struct printer *p, const struct fieldtype *field)
{
    char text[32];
    const char *type = field->packed_bits == 8    ? "i8"
                       : field->packed_bits == 16 ? "i16"
                                                  : valtype_print(field->type, text, sizeof text);
    fprintf(p->out, field->mutable_ ? " (mut %s)" : " %s", type);
}

static void print_subtype(struct printer *p, uint32_t index)
{
    const struct subtype *type = &p->m->types[index];
    fprintf(p->out, " - type[%u] ", index);
    if (type->super != NO_INDEX)
        fprintf(p->out, "(sub %s%u) ", type->final ? "final " : "", type->super);
    else if (!type->final)
        fputs("(sub) ", p->out);
    if (type->kind == COMP_FUNC) {
        print_functype(p, &type->func);
    } else {
        fputs(type->kind == COMP_STRUCT ? "(struct" : "(array", p->out);
        for (uint32_t i = 0; i < type->field_count; i++)
            print_field(p, &type->fields[i]);
        fputc(')', p->out);
    }
    fputc('\n', p->out);
}

static void print_types(struct printer *p)
{
    for (uint32_t i = 0; i < p->m->type_count; i++)
        print_subtype(p, i);
}

/* ---- constant expressions ---- */

static void print_number(struct printer *p, const struct insn *insn, bool is_signed)
{
    uint64_t bits = insn->imm.bits;
    switch (insn->op) {
    case OP_i32_const:
        if (is_signed)
            fprintf(p->out, "%" PRId32, (int32_t)bits);
        else
            fprintf(p->out, "%" PRIu32, (uint32_t)bits);
        break;
    case OP_i64_const:
        if (is_signed)
            fprintf(p->out, "%" PRId64, (int64_t)bits);
        else
            fprintf(p->out, "%" PRIu64, bits);
        break;
    case OP_f32_const: print_float(p->out, bits, 32); break;
    case OP_f64_const: print_float(p->out, bits, 64); break;
    default: break;
    }
}

/* One instruction of a longer expression: numbers are signed here, not in code. */
static void print_const_insn(struct printer *p, const struct insn *insn)
{
    if (insn->op == OP_i32_const || insn->op == OP_i64_const) {
        fprintf(p->out, "%s ", op_info[insn->op].text);
        print_number(p, insn, true);
    } else {
        print_insn(p, insn, NULL);
    }
}

static void print_long_expr(struct printer *p, const struct constexpr *expr)
{
    for (uint32_t i = 0; i + 1 < expr->insn_count; i++) {
        fputs(i ? ", " : "(", p->out);
        print_const_insn(p, &expr->insns[i]);
    }
    fputs(expr->insn_count > 1 ? ")" : "()", p->out);
}

static void print_expr(struct printer *p, const struct constexpr *expr, bool is_signed)
{
    const struct insn *insn = &expr->insns[0];
    bool single = expr->insn_count == 2;
    switch (single ? insn->op : OP_end) {
    case OP_i32_const:
    case OP_i64_const:
    case OP_f32_const:
    case OP_f64_const:
        fprintf(p->out, "%.3s=", op_info[insn->op].text);
        print_number(p, insn, is_signed);
        break;
    case OP_global_get:
        fprintf(p->out, "global=%u", insn->imm.index.a);
        print_name(p, NAMES_GLOBAL, insn->imm.index.a);
        break;
    case OP_ref_func:
        fprintf(p->out, "ref.func:%u", insn->imm.index.a);
        print_name(p, NAMES_FUNC, insn->imm.index.a);
        break;
    case OP_ref_null: {
        char text[32];
        fprintf(p->out, "ref.null %s", valtype_print(insn->type, text, sizeof text));
        break;
    }
    default: print_long_expr(p, expr); break;
    }
}

static void print_init(struct printer *p, const struct constexpr *expr, bool is_signed)
{
    fputs(" - init ", p->out);
    print_expr(p, expr, is_signed);
}

/* ---- index spaces ---- */

static void print_limits(struct printer *p, const struct limits *limits)
{
    fprintf(p->out, "initial=%" PRIu64, limits->min);
    if (limits->has_max)
        fprintf(p->out, " max=%" PRIu64, limits->max);
    if (limits->shared)
        fputs(" shared", p->out);
    if (limits->is64)
        fputs(" i64", p->out);
}

static void print_func(struct printer *p, uint32_t index)
{
    fprintf(p->out, " - func[%u] sig=%u", index, p->m->funcs[index].type);
    print_name(p, NAMES_FUNC, index);
}

static void print_table(struct printer *p, uint32_t index)
{
    char text[32];
    const struct tabletype *type = &p->m->tables[index].type;
    fprintf(p->out, " - table[%u] type=%s ", index, valtype_print(type->elem, text, sizeof text));
    print_limits(p, &type->limits);
}

static void print_memory(struct printer *p, uint32_t index)
{
    const struct limits *limits = &p->m->memories[index].limits;
    fprintf(p->out, " - memory[%u] pages: ", index);
    print_limits(p, limits);
    if (limits->page_size_log2 != 16)
        fprintf(p->out, " pagesize=2^%u", limits->page_size_log2);
}

static void print_global(struct printer *p, uint32_t index)
{
    char text[32];
    const struct globaltype *type = &p->m->globals[index].type;
    fprintf(p->out, " - global[%u] %s mutable=%d", index,
            valtype_print(type->type, text, sizeof text), type->mutable_);
}

static void print_tag(struct printer *p, uint32_t index)
{
    fprintf(p->out, " - tag[%u] sig=%u", index, p->m->tags[index].type);
}

static void print_import(struct printer *p, const struct import *import)
{
    switch (import->kind) {
    case EXTERN_FUNC: print_func(p, import->index); break;
    case EXTERN_TABLE: print_table(p, import->index); break;
    case EXTERN_MEMORY: print_memory(p, import->index); break;
    case EXTERN_GLOBAL: print_global(p, import->index); break;
    case EXTERN_TAG:
        print_tag(p, import->index);
        print_name(p, NAMES_TAG, import->index);
        break;
    }
    fputs(" <- ", p->out);
    print_text(p, import->module);
    fputc('.', p->out);
    print_text(p, import->name);
    fputc('\n', p->out);
}

static void print_imports(struct printer *p)
{
    for (uint32_t i = 0; i < p->m->import_count; i++)
        print_import(p, &p->m->imports[i]);
}

static void print_funcs(struct printer *p)
{
    for (uint32_t i = p->m->import_func_count; i < p->m->func_count; i++) {
        print_func(p, i);
        fputc('\n', p->out);
    }
}

static void print_tables(struct printer *p)
{
    for (uint32_t i = p->m->import_table_count; i < p->m->table_count; i++) {
        print_table(p, i);
        print_name(p, NAMES_TABLE, i);
        if (p->m->tables[i].has_init)
            print_init(p, &p->m->tables[i].init, true);
        fputc('\n', p->out);
    }
}

static void print_memories(struct printer *p)
{
    for (uint32_t i = p->m->import_memory_count; i < p->m->memory_count; i++) {
        print_memory(p, i);
        fputc('\n', p->out);
    }
}

static void print_tags(struct printer *p)
{
    for (uint32_t i = p->m->import_tag_count; i < p->m->tag_count; i++) {
        print_tag(p, i);
        fputc('\n', p->out);
    }
}

static void print_globals(struct printer *p)
{
    for (uint32_t i = p->m->import_global_count; i < p->m->global_count; i++) {
        print_global(p, i);
        print_name(p, NAMES_GLOBAL, i);
        print_init(p, &p->m->globals[i].init, true);
        fputc('\n', p->out);
    }
}

static void print_exports(struct printer *p)
{
    static const char *const kinds[] = {[EXTERN_FUNC] = "func",
                                        [EXTERN_TABLE] = "table",
                                        [EXTERN_MEMORY] = "memory",
                                        [EXTERN_GLOBAL] = "global",
                                        [EXTERN_TAG] = "tag"};
    for (uint32_t i = 0; i < p->m->export_count; i++) {
        const struct export *export = &p->m->exports[i];
        fprintf(p->out, " - %s[%u]", kinds[export->kind], export->index);
        if (export->kind == EXTERN_FUNC)
            print_name(p, NAMES_FUNC, export->index);
        fputs(" -> ", p->out);
        print_quoted(p, export->name);
    }
}

static void print_start(struct printer *p)
{
    fprintf(p->out, " - start function: %u", p->m->start);
    print_name(p, NAMES_FUNC, p->m->start);
    fputc('\n', p->out);
}

/* ---- code and segments ---- */

static void print_code_sizes(struct printer *p)
{
    for (uint32_t i = p->m->import_func_count; i < p->m->func_count; i++) {
        fprintf(p->out, " - func[%u] size=%zu", i, p->m->funcs[i].body.n);
        print_name(p, NAMES_FUNC, i);
        fputc('\n', p->out);
    }
}

/* Where a segment's contents go: its offset if that is a number. Segments without one are counted
 * from the number seen last, as wasm-objdump does. */
static uint64_t segment_start(struct printer *p, enum segment_mode mode, const struct constexpr *at)
{
    bool number = mode == SEGMENT_ACTIVE && at->insn_count == 2 &&
                  (at->insns[0].op == OP_i32_const || at->insns[0].op == OP_i64_const);
    if (number)
        p->last_offset = at->insns[0].imm.bits;
    return p->last_offset;
}

/* The flags as written: the module does not keep whether a table index of 0 was explicit. */
static uint32_t elem_flags(const struct printer *p, const struct elem_segment *elem)
{
    struct error ignored = ERROR_INIT;
    struct slice rest = {.p = p->m->bytes.p + elem->offset, .n = p->m->bytes.n - elem->offset};
    struct reader r = reader_open(rest, p->m->bytes.p, &ignored);
    return reader_leb_u32(&r);
}

static void print_elem(struct printer *p, uint32_t index)
{
    const struct elem_segment *elem = &p->m->elems[index];
    fprintf(p->out, " - segment[%u] flags=%u table=%u count=%u", index, elem_flags(p, elem),
            elem->table, elem->count);
    if (elem->mode == SEGMENT_ACTIVE)
        print_init(p, &elem->at, false);
    fputc('\n', p->out);
    uint64_t start = segment_start(p, elem->mode, &elem->at);
    for (uint32_t i = 0; i < elem->count; i++) {
        fprintf(p->out, "  - elem[%" PRIu64 "] = ", start + i);
        if (elem->is_funcs) {
            fprintf(p->out, "ref.func:%u", elem->funcs[i]);
            print_name(p, NAMES_FUNC, elem->funcs[i]);
        } else {
            print_expr(p, &elem->exprs[i], true);
        }
        fputc('\n', p->out);
    }
}

static void print_elems(struct printer *p)
{
    p->last_offset = 0;
    for (uint32_t i = 0; i < p->m->elem_count; i++)
        print_elem(p, i);
}

static void print_data_count(struct printer *p)
{
    fprintf(p->out, " - data count: %u\n", p->m->data_count_section);
}

static void print_datas(struct printer *p)
{
    p->last_offset = 0;
    for (uint32_t i = 0; i < p->m->data_count; i++) {
        const struct data_segment *data = &p->m->datas[i];
        fprintf(p->out, " - segment[%u]", i);
        print_name(p, NAMES_DATA, i);
        if (data->mode == SEGMENT_ACTIVE)
            fprintf(p->out, " memory=%u", data->memory);
        else
            fputs(" passive", p->out);
        fprintf(p->out, " size=%zu", data->bytes.n);
        if (data->mode == SEGMENT_ACTIVE)
            print_init(p, &data->at, false);
        fputc('\n', p->out);
        print_bytes(p->out, "  - ", segment_start(p, data->mode, &data->at), data->bytes);
    }
}

/* ---- custom sections ---- */

static void print_custom(struct printer *p, const struct section *section)
{
    fputs(" - name: ", p->out);
    print_quoted(p, section->name);
    if (section->name.n != 4 || memcmp(section->name.p, "name", 4) != 0)
        return;
    for (uint32_t i = 0; i < p->m->custom_count; i++)
        if (p->m->customs[i].name.p == section->name.p)
            print_name_section(p, &p->m->customs[i]);
}

void print_details(struct printer *p, const struct section *section)
{
    static void (*const printers[])(struct printer *p) = {
        [1] = print_types,    [2] = print_imports,     [3] = print_funcs,   [4] = print_tables,
        [5] = print_memories, [6] = print_globals,     [7] = print_exports, [8] = print_start,
        [9] = print_elems,    [10] = print_code_sizes, [11] = print_datas,  [12] = print_data_count,
        [13] = print_tags};
    bool counted = section->id != 0 && section->id != 8 && section->id != 12;
    if (counted)
        fprintf(p->out, "%s[%u]:\n", section_name(section->id), section->count);
    else
        fprintf(p->out, "%s:\n", section_name(section->id));
    if (section->id == 0)
        print_custom(p, section);
    else
        printers[section->id](p);
}
