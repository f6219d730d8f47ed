/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module made by hand against ABI 1, with its code in ARCH.S: what it relies on is stated here in
 * numbers, so a header that changes one does not compile, and a runtime that stops to run it fails
 * tests/abi/host.c. Never changed: a change that is needed here breaks every compiled module.
 */
#include <stddef.h>
#include <stdint.h>

#include "wasm2so_abi.h"

/* ---- the numbers ---- */

#define OFFSET(type, field, n) _Static_assert(offsetof(struct type, field) == (n), "ABI 1")
#define SIZE(type, n)          _Static_assert(sizeof(struct type) == (n), "ABI 1")

_Static_assert(W2S_ABI_VERSION == 1, "ABI 1");
_Static_assert(W2S_TRAP_UNREACHABLE == 1 && W2S_TRAP_MEMORY_OOB == 2 && W2S_TRAP_TABLE_OOB == 3 &&
                   W2S_TRAP_UNDEFINED_ELEMENT == 4 && W2S_TRAP_UNINITIALIZED_ELEMENT == 5 &&
                   W2S_TRAP_INDIRECT_CALL_TYPE == 6 && W2S_TRAP_DIV_BY_ZERO == 7 &&
                   W2S_TRAP_INT_OVERFLOW == 8 && W2S_TRAP_STACK_OVERFLOW == 10 &&
                   W2S_TRAP_NULL_FUNC == 11 && W2S_TRAP_UNCAUGHT_EXCEPTION == 21 &&
                   W2S_TRAP_HOST == 25 && W2S_TRAP_EXIT == 26,
               "ABI 1");
_Static_assert(W2S_I32 == 1 && W2S_I64 == 2 && W2S_F32 == 3 && W2S_F64 == 4 && W2S_V128 == 5 &&
                   W2S_REF == 6 && W2S_HEAP_FUNC == 0x7fffff00 && W2S_HEAP_EXTERN == 0x7fffff02 &&
                   W2S_HEAP_NOEXN == 0x7fffff0b,
               "ABI 1");
_Static_assert(W2S_FUNC == 0 && W2S_TABLE == 1 && W2S_MEMORY == 2 && W2S_GLOBAL == 3 &&
                   W2S_TAG == 4,
               "ABI 1");
_Static_assert(W2S_INIT_CONST == 0 && W2S_INIT_GLOBAL == 1 && W2S_INIT_FUNC == 2 &&
                   W2S_INIT_NULL == 3 && W2S_INIT_CODE == 4 && W2S_ACTIVE == 0 &&
                   W2S_PASSIVE == 1 && W2S_DECLARATIVE == 2 && W2S_MODE_GUARD == 0 &&
                   W2S_MODE_CHECKED == 1,
               "ABI 1");

/* clang-format off */
OFFSET(w2s_ctx, memory0_base, 0); OFFSET(w2s_ctx, memory0, 8); OFFSET(w2s_ctx, exec, 16);
OFFSET(w2s_ctx, instance, 24); SIZE(w2s_ctx, 32);
OFFSET(w2s_exec, stack_limit, 0); OFFSET(w2s_exec, interrupt_page, 8);
OFFSET(w2s_memory, base, 0); OFFSET(w2s_memory, size, 8);
OFFSET(w2s_table, base, 0); OFFSET(w2s_table, size, 8);
OFFSET(w2s_func, code, 0); OFFSET(w2s_func, type_id, 8); OFFSET(w2s_func, ctx, 16);
OFFSET(w2s_func, tail_code, 24); OFFSET(w2s_func, type, 32); OFFSET(w2s_func, instance, 40);
SIZE(w2s_func, 48);
OFFSET(w2s_import_func, code, 0); OFFSET(w2s_import_func, ctx, 8);
OFFSET(w2s_import_func, func, 16); SIZE(w2s_import_func, 24);
OFFSET(w2s_exception, tag, 0); OFFSET(w2s_exception, referenced, 8); SIZE(w2s_exception, 16);
OFFSET(w2s_instance_head, ctx, 0); OFFSET(w2s_instance_head, desc, 8);
OFFSET(w2s_direct, code, 0); OFFSET(w2s_direct, desc, 4); OFFSET(w2s_direct, func, 8);
OFFSET(w2s_direct, stack_words, 12); OFFSET(w2s_direct, buffer_size, 16); SIZE(w2s_direct, 24);
OFFSET(w2s_type, id, 0); OFFSET(w2s_type, canon, 8); OFFSET(w2s_type, canon_size, 16);
OFFSET(w2s_type, kind, 20); OFFSET(w2s_type, is_final, 21); OFFSET(w2s_type, depth, 22);
OFFSET(w2s_type, super, 24); OFFSET(w2s_type, param_count, 28);
OFFSET(w2s_type, result_count, 32); OFFSET(w2s_type, types, 40); SIZE(w2s_type, 48);
OFFSET(w2s_externtype, kind, 0); OFFSET(w2s_externtype, is_mutable, 1);
OFFSET(w2s_externtype, is_shared, 2); OFFSET(w2s_externtype, is_64, 3);
OFFSET(w2s_externtype, has_max, 4); OFFSET(w2s_externtype, page_size_log2, 5);
OFFSET(w2s_externtype, type_index, 8); OFFSET(w2s_externtype, type, 16);
OFFSET(w2s_externtype, min, 24); OFFSET(w2s_externtype, max, 32); SIZE(w2s_externtype, 40);
OFFSET(w2s_init, kind, 0); OFFSET(w2s_init, index, 4); OFFSET(w2s_init, bits, 8);
OFFSET(w2s_init, code, 24); SIZE(w2s_init, 32);
SIZE(w2s_name, 16); SIZE(w2s_import_desc, 72); SIZE(w2s_export_desc, 24); SIZE(w2s_func_desc, 20);
SIZE(w2s_table_desc, 72); SIZE(w2s_memory_desc, 40); SIZE(w2s_global_desc, 80);
SIZE(w2s_tag_desc, 8); SIZE(w2s_elem_desc, 72); SIZE(w2s_data_desc, 56); SIZE(w2s_object_desc, 16);
OFFSET(w2s_elem_desc, offset, 16); OFFSET(w2s_elem_desc, count, 48); OFFSET(w2s_elem_desc, funcs, 56);
OFFSET(w2s_data_desc, offset, 8); OFFSET(w2s_data_desc, bytes, 40); OFFSET(w2s_data_desc, size, 48);
OFFSET(w2s_module_desc, abi_version, 0); OFFSET(w2s_module_desc, size, 4);
OFFSET(w2s_module_desc, features_needed, 8); OFFSET(w2s_module_desc, source_hash, 16);
OFFSET(w2s_module_desc, compiler, 48); OFFSET(w2s_module_desc, options, 56);
OFFSET(w2s_module_desc, target, 64); OFFSET(w2s_module_desc, cpu, 72);
OFFSET(w2s_module_desc, cpu_features, 80); OFFSET(w2s_module_desc, prefix, 88);
OFFSET(w2s_module_desc, name, 96); OFFSET(w2s_module_desc, memory_mode, 112);
OFFSET(w2s_module_desc, start, 116); OFFSET(w2s_module_desc, type_count, 120);
OFFSET(w2s_module_desc, record_count, 180); OFFSET(w2s_module_desc, types, 184);
OFFSET(w2s_module_desc, imports, 192); OFFSET(w2s_module_desc, exports, 200);
OFFSET(w2s_module_desc, funcs, 208); OFFSET(w2s_module_desc, tables, 216);
OFFSET(w2s_module_desc, memories, 224); OFFSET(w2s_module_desc, globals, 232);
OFFSET(w2s_module_desc, tags, 240); OFFSET(w2s_module_desc, elems, 248);
OFFSET(w2s_module_desc, datas, 256); OFFSET(w2s_module_desc, records, 264);
OFFSET(w2s_module_desc, ctx_size, 272); OFFSET(w2s_module_desc, imports_offset, 280);
OFFSET(w2s_module_desc, memories_offset, 288); OFFSET(w2s_module_desc, tables_offset, 296);
OFFSET(w2s_module_desc, records_offset, 304); OFFSET(w2s_module_desc, text_start, 312);
OFFSET(w2s_module_desc, text_end, 320); OFFSET(w2s_module_desc, tags_offset, 328);
OFFSET(w2s_module_desc, object_types_offset, 336); OFFSET(w2s_module_desc, objects, 344);
_Static_assert(W2S_MODULE_DESC_MIN_SIZE == 328, "ABI 1");
/* clang-format on */

/* ctx, as the assembly has it: one import, one memory, one table, eight records, one global. */
enum {
    IMPORTS = 32,
    MEMORIES = 56,
    TABLES = 64,
    RECORDS = 72,
    GLOBAL_CELL = 464,
    CTX_SIZE = 480,
};
_Static_assert(RECORDS + 8 * 48 <= GLOBAL_CELL, "room");

/* ---- the module ---- */

#define NAME(text) {text, sizeof text - 1}
#define I32        {W2S_I32, 0, 0, 0}
#define I64        {W2S_I64, 0, 0, 0}
#define TYPE(id_, canon_, params_, results_, list_)                                                \
    {.id = (id_),                                                                                  \
     .canon = (canon_),                                                                            \
     .canon_size = sizeof(canon_),                                                                 \
     .is_final = 1,                                                                                \
     .super = W2S_NONE,                                                                            \
     .param_count = (params_),                                                                     \
     .result_count = (results_),                                                                   \
     .types = (list_)}

/* The identity of types (docs/abi.md): these hashes are in files. */
static const uint8_t unary_canon[] = {0x60, 1, 0x7f, 1, 0x7f};
static const uint8_t binary_canon[] = {0x60, 2, 0x7f, 0x7f, 1, 0x7f};
static const uint8_t three_canon[] = {0x60, 1, 0x7f, 3, 0x7f, 0x7f, 0x7f};
static const uint8_t void_canon[] = {0x60, 0, 0};
static const uint8_t pair_canon[] = {0x60, 0, 2, 0x7f, 0x7e};
static const w2s_valtype i32s[] = {I32, I32, I32, I32};
static const w2s_valtype pair_types[] = {I32, I64};

enum { UNARY, BINARY, THREE, VOID, PAIR, TYPES };

static const struct w2s_type types[TYPES] = {
    [UNARY] = TYPE(0x3698e9738c9e880d, unary_canon, 1, 1, i32s),
    [BINARY] = TYPE(0x2a6ca4b86d11c69b, binary_canon, 2, 1, i32s),
    [THREE] = TYPE(0x76ea396a71ea465d, three_canon, 1, 3, i32s),
    [VOID] = TYPE(0x4c7af78a6485a615, void_canon, 0, 0, NULL),
    [PAIR] = TYPE(0x802fae6637e91ed8, pair_canon, 0, 2, pair_types),
};

static const struct w2s_import_desc imports[] = {
    {NAME("env"), NAME("host"), {.kind = W2S_FUNC, .type_index = UNARY}},
};
static const struct w2s_export_desc exports[] = {
    {NAME("add"), W2S_FUNC, 1},       {NAME("load"), W2S_FUNC, 2},
    {NAME("call_host"), W2S_FUNC, 3}, {NAME("indirect"), W2S_FUNC, 4},
    {NAME("count"), W2S_FUNC, 6},     {NAME("three"), W2S_FUNC, 7},
    {NAME("grow"), W2S_FUNC, 8},      {NAME("memory"), W2S_MEMORY, 0},
    {NAME("table"), W2S_TABLE, 0},    {NAME("global"), W2S_GLOBAL, 0},
};

/* Rows of struct w2s_func_desc: distances, which C cannot say. */
#define ROW(type, code) ".long " code ", 0, " #type ", 0x10, 0\n"
__asm__(".section .rodata.abi, \"a\"\n.p2align 3\n"
        "abi_funcs:\n" ROW(0, "0") ROW(1, "abi_add - .") ROW(0, "abi_load - .")
            ROW(0, "abi_call_host - .") ROW(1, "abi_indirect - .") ROW(0, "abi_double - .")
                ROW(4, "abi_count - .") ROW(2, "abi_three - .") ROW(0, "abi_grow - .")
                    ROW(3, "abi_start - .") ".p2align 3\n.globl abi_direct\n.hidden abi_direct\n"
                                            "abi_direct: .long abi_add - ., w2s_module - "
                                            "abi_direct, 1, 0, 0, 0\n.text");
__attribute__((visibility("hidden"))) extern const struct w2s_func_desc abi_funcs[];

static const struct w2s_table_desc tables[] = {
    {{.kind = W2S_TABLE, .type = {W2S_REF, 1, 0, W2S_HEAP_FUNC}, .min = 4},
     {.kind = W2S_INIT_NULL}},
};
static const struct w2s_memory_desc memories[] = {
    {{.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1, .has_max = 1, .max = 3}},
};
static const struct w2s_global_desc globals[] = {
    {{.kind = W2S_GLOBAL, .is_mutable = 1, .type = I32},
     GLOBAL_CELL,
     {.kind = W2S_INIT_CONST, .bits = {37}}},
};
static const uint32_t elem_funcs[] = {5, 0, 1};
static const struct w2s_elem_desc elems[] = {
    {.mode = W2S_ACTIVE,
     .type = {W2S_REF, 1, 0, W2S_HEAP_FUNC},
     .offset = {.kind = W2S_INIT_CONST, .bits = {0}},
     .count = 3,
     .funcs = elem_funcs},
};
static const struct w2s_data_desc datas[] = {
    {.mode = W2S_ACTIVE,
     .offset = {.kind = W2S_INIT_CONST, .bits = {16}},
     .bytes = (const uint8_t *)"wasm",
     .size = 4},
};
/* Of what is exported or in the table and defined here. */
static const uint32_t records[] = {1, 2, 3, 4, 5, 6, 7, 8};

__attribute__((visibility("hidden"))) extern const char __start_w2s_text[], __stop_w2s_text[];

__attribute__((visibility("protected"))) const struct w2s_module_desc w2s_module = {
    .abi_version = 1,
    .size = 328, /* of the first release: what was appended is not there */
    .compiler = "by hand",
    .options = "",
    .target = TARGET,
    .cpu = "generic",
    .cpu_features = "",
    .prefix = "abi",
    .name = NAME("abi"),
    .start = 9,
    .type_count = TYPES,
    .import_count = 1,
    .export_count = sizeof exports / sizeof *exports,
    .func_count = 10,
    .import_func_count = 1,
    .table_count = 1,
    .memory_count = 1,
    .global_count = 1,
    .elem_count = 1,
    .data_count = 1,
    .record_count = 8,
    .types = types,
    .imports = imports,
    .exports = exports,
    .funcs = abi_funcs,
    .tables = tables,
    .memories = memories,
    .globals = globals,
    .elems = elems,
    .datas = datas,
    .records = records,
    .ctx_size = CTX_SIZE,
    .imports_offset = IMPORTS,
    .memories_offset = MEMORIES,
    .tables_offset = TABLES,
    .records_offset = RECORDS,
    .text_start = __start_w2s_text,
    .text_end = __stop_w2s_text,
};
