/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * codegen/output/descriptor.c: LLVM lays out every record as C does, field by field; and a
 * descriptor read back from a linked module says what the module says.
 */
#include "codegen/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <llvm-c/Analysis.h>
#include <llvm-c/Target.h>

#include <cmocka.h>

#include "runtime/include/wasm2so.h"
#include "tests/codegen/support.h"

/* ---- layout ---- */

struct layout_case {
    const char *name;
    size_t size;
    unsigned count;
    size_t offsets[64];
};

#define AT(s, field) offsetof(struct s, field)

/* clang-format off */
static const struct layout_case module_desc = {
    "w2s_module_desc", sizeof(struct w2s_module_desc), 55,
    {AT(w2s_module_desc, abi_version), AT(w2s_module_desc, size),
     AT(w2s_module_desc, features_needed), AT(w2s_module_desc, source_hash),
     AT(w2s_module_desc, compiler), AT(w2s_module_desc, options), AT(w2s_module_desc, target),
     AT(w2s_module_desc, cpu), AT(w2s_module_desc, cpu_features), AT(w2s_module_desc, prefix),
     AT(w2s_module_desc, name), AT(w2s_module_desc, memory_mode), AT(w2s_module_desc, start),
     AT(w2s_module_desc, type_count), AT(w2s_module_desc, import_count),
     AT(w2s_module_desc, export_count), AT(w2s_module_desc, func_count),
     AT(w2s_module_desc, import_func_count), AT(w2s_module_desc, table_count),
     AT(w2s_module_desc, import_table_count), AT(w2s_module_desc, memory_count),
     AT(w2s_module_desc, import_memory_count), AT(w2s_module_desc, global_count),
     AT(w2s_module_desc, import_global_count), AT(w2s_module_desc, tag_count),
     AT(w2s_module_desc, import_tag_count), AT(w2s_module_desc, elem_count),
     AT(w2s_module_desc, data_count), AT(w2s_module_desc, record_count),
     AT(w2s_module_desc, types), AT(w2s_module_desc, imports), AT(w2s_module_desc, exports),
     AT(w2s_module_desc, funcs), AT(w2s_module_desc, tables), AT(w2s_module_desc, memories),
     AT(w2s_module_desc, globals), AT(w2s_module_desc, tags), AT(w2s_module_desc, elems),
     AT(w2s_module_desc, datas), AT(w2s_module_desc, records), AT(w2s_module_desc, ctx_size),
     AT(w2s_module_desc, imports_offset), AT(w2s_module_desc, memories_offset),
     AT(w2s_module_desc, tables_offset), AT(w2s_module_desc, records_offset),
     AT(w2s_module_desc, text_start), AT(w2s_module_desc, text_end),
     AT(w2s_module_desc, tags_offset), AT(w2s_module_desc, object_types_offset),
     AT(w2s_module_desc, objects), AT(w2s_module_desc, code_features),
     AT(w2s_module_desc, images), AT(w2s_module_desc, image_data_count),
     AT(w2s_module_desc, profile_start), AT(w2s_module_desc, profile_end)}};

/* The arrays that the descriptor points to: the field of w2s_module_desc, and a row. */
static const struct {
    size_t pointer;
    struct layout_case row;
} arrays[] = {
    {AT(w2s_module_desc, types), {"w2s_type", sizeof(struct w2s_type), 11,
     {AT(w2s_type, id), AT(w2s_type, canon), AT(w2s_type, canon_size), AT(w2s_type, kind),
      AT(w2s_type, is_final), AT(w2s_type, depth), AT(w2s_type, super), AT(w2s_type, param_count),
      AT(w2s_type, result_count), AT(w2s_type, reserved), AT(w2s_type, types)}}},
    {AT(w2s_module_desc, imports), {"w2s_import_desc", sizeof(struct w2s_import_desc), 3,
     {AT(w2s_import_desc, module), AT(w2s_import_desc, name), AT(w2s_import_desc, type)}}},
    {AT(w2s_module_desc, exports), {"w2s_export_desc", sizeof(struct w2s_export_desc), 3,
     {AT(w2s_export_desc, name), AT(w2s_export_desc, kind), AT(w2s_export_desc, index)}}},
    {AT(w2s_module_desc, funcs), {"w2s_func_desc", sizeof(struct w2s_func_desc), 5,
     {AT(w2s_func_desc, code), AT(w2s_func_desc, name), AT(w2s_func_desc, type_index),
      AT(w2s_func_desc, wasm_offset), AT(w2s_func_desc, tail_code)}}},
    {AT(w2s_module_desc, tables), {"w2s_table_desc", sizeof(struct w2s_table_desc), 2,
     {AT(w2s_table_desc, type), AT(w2s_table_desc, init)}}},
    {AT(w2s_module_desc, memories), {"w2s_memory_desc", sizeof(struct w2s_memory_desc), 1,
     {AT(w2s_memory_desc, type)}}},
    {AT(w2s_module_desc, globals), {"w2s_global_desc", sizeof(struct w2s_global_desc), 3,
     {AT(w2s_global_desc, type), AT(w2s_global_desc, ctx_offset), AT(w2s_global_desc, init)}}},
    {AT(w2s_module_desc, elems), {"w2s_elem_desc", sizeof(struct w2s_elem_desc), 7,
     {AT(w2s_elem_desc, mode), AT(w2s_elem_desc, table), AT(w2s_elem_desc, type),
      AT(w2s_elem_desc, offset), AT(w2s_elem_desc, count), AT(w2s_elem_desc, funcs),
      AT(w2s_elem_desc, inits)}}},
    {AT(w2s_module_desc, datas), {"w2s_data_desc", sizeof(struct w2s_data_desc), 5,
     {AT(w2s_data_desc, mode), AT(w2s_data_desc, memory), AT(w2s_data_desc, offset),
      AT(w2s_data_desc, bytes), AT(w2s_data_desc, size)}}},
};

static const struct layout_case externtype_case = {
    "w2s_externtype", sizeof(struct w2s_externtype), 12,
    {AT(w2s_externtype, kind), AT(w2s_externtype, is_mutable), AT(w2s_externtype, is_shared),
     AT(w2s_externtype, is_64), AT(w2s_externtype, has_max), AT(w2s_externtype, page_size_log2),
     AT(w2s_externtype, reserved), AT(w2s_externtype, type_index), AT(w2s_externtype, reserved2),
     AT(w2s_externtype, type), AT(w2s_externtype, min), AT(w2s_externtype, max)}};
static const struct layout_case init_case = {
    "w2s_init", sizeof(struct w2s_init), 4,
    {AT(w2s_init, kind), AT(w2s_init, index), AT(w2s_init, bits), AT(w2s_init, code)}};
static const struct layout_case valtype_case = {
    "w2s_valtype", sizeof(w2s_valtype), 4,
    {AT(w2s_valtype, kind), AT(w2s_valtype, nullable), AT(w2s_valtype, reserved),
     AT(w2s_valtype, heap)}};
static const struct layout_case name_case = {
    "w2s_name", sizeof(struct w2s_name), 2, {AT(w2s_name, bytes), AT(w2s_name, size)}};
/* clang-format on */

/* Every instruction of a constant expression, every kind of segment, all external types. */
static const char everything[] =
    "(module $demo"
    " (import \"env\" \"f\" (func $imported (param i32) (result i64)))"
    " (import \"env\" \"g\" (global $base i32))"
    " (table $t 3 5 funcref) (table $x 1 externref) (memory 1 2)"
    " (global i32 (i32.const -7)) (global (mut i64) (i64.const 9)) (global f64 (f64.const 1.5))"
    " (global i32 (global.get $base)) (global funcref (ref.func $a)) (global externref (ref.null "
    "extern))"
    " (global i32 (i32.add (i32.const 40) (i32.const 2)))"
    " (func $a (export \"a\") (param i32 f64) (result i32) local.get 0)"
    " (func $b) (func (export \"c\") (result i32 f64) i32.const 1 f64.const 2)"
    " (elem (i32.const 1) func $a $b) (elem funcref (ref.func $b) (ref.null func))"
    " (data (i32.const 16) \"hello\") (data \"passive\") (data (global.get $base) \"\")"
    " (export \"m\" (memory 0)) (export \"t\" (table $t)) (start $b))";

static void assert_layout(LLVMTargetDataRef data, LLVMTypeRef type, const struct layout_case *c)
{
    if (LLVMABISizeOfType(data, type) != c->size)
        fail_msg("%s: %llu bytes for %zu", c->name, LLVMABISizeOfType(data, type), c->size);
    assert_int_equal(LLVMCountStructElementTypes(type), c->count);
    for (unsigned i = 0; i < c->count; i++)
        if (LLVMOffsetOfElement(data, type, i) != c->offsets[i])
            fail_msg("%s: field %u at %llu for %zu", c->name, i, LLVMOffsetOfElement(data, type, i),
                     c->offsets[i]);
}

/* The row type of the array that the descriptor's field at that offset points to. */
static LLVMTypeRef row_type(LLVMTargetDataRef data, LLVMValueRef desc, size_t offset)
{
    unsigned field = LLVMElementAtOffset(data, LLVMTypeOf(desc), offset);
    return LLVMGetElementType(LLVMGlobalGetValueType(LLVMGetOperand(desc, field)));
}

static void assert_all_layouts(struct cg *cg, LLVMTargetDataRef data)
{
    LLVMValueRef desc = LLVMGetInitializer(LLVMGetNamedGlobal(cg->module, cg->c->descriptor));
    assert_layout(data, LLVMTypeOf(desc), &module_desc);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        assert_layout(data, row_type(data, desc, arrays[i].pointer), &arrays[i].row);
    LLVMTypeRef global = row_type(data, desc, AT(w2s_module_desc, globals));
    LLVMTypeRef externtype = LLVMStructGetTypeAtIndex(global, 0);
    assert_layout(data, externtype, &externtype_case);
    assert_layout(data, LLVMStructGetTypeAtIndex(externtype, 9), &valtype_case);
    assert_layout(data, LLVMStructGetTypeAtIndex(global, 2), &init_case);
    LLVMTypeRef export = row_type(data, desc, AT(w2s_module_desc, exports));
    assert_layout(data, LLVMStructGetTypeAtIndex(export, 0), &name_case);
}

/* The descriptor's IR, with declarations in place of the functions' bodies. */
static void test_layout(void **state)
{
    (void)state;
    static const char *const triples[] = {"x86_64-linux-gnu", "aarch64-linux-gnu"};
    for (size_t i = 0; i < sizeof triples / sizeof *triples; i++) {
        struct arena arena = {0}, scratch = {0};
        struct error err = ERROR_INIT;
        struct compile c = {.m = support_module(everything, &arena),
                            .target = target_find(triples[i]),
                            .prefix = "demo",
                            .descriptor = "demo_module",
                            .lead = "w2s",
                            .text_section = "w2s_text",
                            .options_text = "",
                            .split = true};
        assert_true(target_cpu(c.target, NULL, NULL, &arena, &c.cpu, &err));
        const struct scan *scan = scan_bodies(&c, NULL, &scratch);
        c.closed = closed_tables(c.m, false, scan, &arena);
        layout_compute(&c.layout, c.m, record_plan(c.m, c.closed, scan, &arena), &arena);
        LLVMTargetMachineRef machine = target_machine(c.target, &c.cpu, 1, &err);
        LLVMTargetDataRef data = LLVMCreateTargetDataLayout(machine);
        struct cg cg;
        cg_open(&cg, &c, "descriptor", &arena);
        LLVMSetModuleDataLayout(cg.module, data);
        emit_descriptor(&cg);
        assert_all_layouts(&cg, data);
        assert_false(LLVMVerifyModule(cg.module, LLVMReturnStatusAction, NULL));
        cg_close(&cg);
        LLVMDisposeTargetData(data);
        LLVMDisposeTargetMachine(machine);
        arena_free(&arena);
        arena_free(&scratch);
    }
}

/* ---- contents ---- */

static w2s_module *load_module(const char *path)
{
    w2s_error err;
    w2s_module *module = w2s_module_load(path, &err);
    unlink(path);
    if (!module)
        fail_msg("%s", err.message);
    return module;
}

static void assert_globals(const struct w2s_module_desc *d)
{
    static const struct {
        enum w2s_init_kind kind;
        uint32_t index;
        uint64_t bits;
    } expected[] = {
        {W2S_INIT_CONST, 0, 0}, /* imported */
        {W2S_INIT_CONST, 0, (uint32_t)-7},
        {W2S_INIT_CONST, 0, 9},
        {W2S_INIT_CONST, 0, UINT64_C(0x3ff8000000000000)},
        {W2S_INIT_GLOBAL, 0, 0},
        {W2S_INIT_FUNC, 1, 0},
        {W2S_INIT_NULL, 0, 0},
        {W2S_INIT_CODE, 0, 0},
    };
    assert_int_equal(d->global_count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < d->global_count; i++) {
        const struct w2s_init *init = &d->globals[i].init;
        assert_int_equal(init->kind, expected[i].kind);
        assert_int_equal(init->index, expected[i].index);
        assert_int_equal(init->bits[0], expected[i].bits);
        assert_int_equal(init->code != NULL, expected[i].kind == W2S_INIT_CODE);
        assert_true(d->globals[i].ctx_offset < d->ctx_size);
    }
    assert_true(d->globals[2].type.is_mutable);
    assert_int_equal(d->globals[3].type.type.kind, W2S_F64);
}

static void assert_segments(const struct w2s_module_desc *d)
{
    assert_int_equal(d->elem_count, 2);
    assert_int_equal(d->elems[0].mode, W2S_ACTIVE);
    assert_int_equal(d->elems[0].offset.bits[0], 1);
    assert_int_equal(d->elems[0].count, 2);
    assert_int_equal(d->elems[0].funcs[1], 2);
    assert_int_equal(d->elems[1].mode, W2S_PASSIVE);
    assert_null(d->elems[1].funcs);
    assert_int_equal(d->elems[1].inits[0].kind, W2S_INIT_FUNC);
    assert_int_equal(d->elems[1].inits[1].kind, W2S_INIT_NULL);
    assert_int_equal(d->data_count, 3);
    assert_memory_equal(d->datas[0].bytes, "hello", 5);
    assert_int_equal(d->datas[0].size, 5);
    assert_int_equal(d->datas[1].mode, W2S_PASSIVE);
    assert_int_equal(d->datas[2].offset.kind, W2S_INIT_GLOBAL);
    assert_int_equal(d->datas[2].size, 0);
}

/* A field of a function's row that holds its distance to something. */
static const char *follow(const int32_t *field)
{
    return *field ? (const char *)field + *field : NULL;
}

static void assert_funcs(const struct w2s_module_desc *d)
{
    static const char *const names[] = {"imported", "a", "b", "c"};
    assert_int_equal(d->func_count, 4);
    assert_int_equal(d->import_func_count, 1);
    assert_null(follow(&d->funcs[0].code));
    for (uint32_t i = 0; i < d->func_count; i++)
        assert_string_equal(follow(&d->funcs[i].name), names[i]);
    for (uint32_t i = 1; i < d->func_count; i++) {
        const char *code = follow(&d->funcs[i].code);
        assert_true(code >= (const char *)d->text_start && code < (const char *)d->text_end);
        assert_true(d->funcs[i].wasm_offset > 8);
    }
    const struct w2s_type *type = &d->types[d->funcs[1].type_index];
    assert_int_equal(type->param_count, 2);
    assert_int_equal(type->result_count, 1);
    assert_int_equal(type->types[1].kind, W2S_F64);
    assert_int_equal(type->types[2].kind, W2S_I32);
    assert_true(type->canon_size > 0 && type->canon != NULL);
}

static void test_contents(void **state)
{
    (void)state;
    char path[SUPPORT_PATH];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.prefix = "demo";
    support_compile(everything, &options, path);
    w2s_module *module = load_module(path);
    const struct w2s_module_desc *d = w2s_module_desc(module);
    assert_int_equal(d->abi_version, W2S_ABI_VERSION);
    assert_int_equal(d->size, sizeof *d);
    assert_string_equal(d->prefix, "demo");
    assert_string_equal(d->compiler, w2s_compiler_version());
    assert_int_equal(d->name.size, 4);
    assert_string_equal(d->name.bytes, "demo");
    assert_int_equal(d->start, 2);
    assert_int_equal(d->import_count, 2);
    assert_string_equal(d->imports[1].name.bytes, "g");
    assert_int_equal(d->imports[1].type.kind, W2S_GLOBAL);
    assert_int_equal(d->imports[0].type.type_index, d->funcs[0].type_index);
    assert_int_equal(d->export_count, 4);
    assert_string_equal(d->exports[2].name.bytes, "m");
    assert_int_equal(d->exports[2].kind, W2S_MEMORY);
    assert_int_equal(d->tables[0].type.max, 5);
    assert_int_equal(d->tables[0].type.has_max, 1);
    assert_int_equal(d->tables[1].type.has_max, 0);
    assert_int_equal(d->memories[0].type.page_size_log2, 16);
    assert_funcs(d);
    assert_globals(d);
    assert_segments(d);
    w2s_module_free(module);
}

/* What an instance has of the table of a module: functions $a, $b, $c are in it, $d is exported. */
static void check_table(const char *uses, uint32_t records, uint64_t elements)
{
    char text[1024], path[SUPPORT_PATH];
    snprintf(text, sizeof text,
             "(module (type $t (sub (func (result i32)))) (table $t 8 funcref)"
             " (elem (i32.const 1) func $a $b $c)"
             " (func $a (result i32) i32.const 1) (func $b (type $t) i32.const 2)"
             " (func $c (result i32) i32.const 3)"
             " (func $d (export \"d\") (param i32) (result i32)"
             "  local.get 0 call_indirect (result i32)) %s)",
             uses);
    support_compile(text, NULL, path);
    w2s_module *module = load_module(path);
    const struct w2s_module_desc *d = w2s_module_desc(module);
    assert_int_equal(d->record_count, records);
    assert_int_equal(d->tables[0].type.min, elements);
    assert_int_equal(d->elems[0].count, elements ? 3 : 0);
    assert_int_equal(d->elems[0].mode, elements ? W2S_ACTIVE : W2S_DECLARATIVE);
    w2s_module_free(module);
}

static void test_records(void **state)
{
    (void)state;
    check_table("", 1, 0);
    check_table("(func (result i32) table.size $t)", 1, 0);
    check_table("(elem declare func $b) (func (result funcref) ref.func $b)", 2, 0);
    check_table("(elem declare func $b)", 1, 0);
    check_table("(global funcref (ref.func $c))", 2, 0);
    check_table("(elem funcref (ref.func $a) (ref.func $c))", 3, 0);
    check_table("(table 1 funcref (ref.func $a))", 2, 0);
    check_table("(func (result funcref) i32.const 0 table.get $t)", 4, 8);
    check_table("(func (result i32) i32.const 0 call_indirect (type $t))", 4, 8);
    check_table("(table $u 8 funcref) (func i32.const 0 i32.const 0 i32.const 0 table.copy $u $t)",
                4, 8);
    check_table("(func i32.const 0 ref.null func table.set $t)", 4, 8);
    check_table("(export \"t\" (table $t))", 4, 8);
}

/* No function, no section for them: the bounds are 0 and the module links all the same. */
static void test_empty(void **state)
{
    (void)state;
    char path[SUPPORT_PATH];
    support_compile("(module)", NULL, path);
    w2s_module *module = load_module(path);
    const struct w2s_module_desc *d = w2s_module_desc(module);
    assert_null(d->text_start);
    assert_null(d->text_end);
    assert_null(d->funcs);
    assert_int_equal(d->func_count + d->export_count + d->type_count, 0);
    assert_int_equal(d->start, W2S_NONE);
    w2s_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
