/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module written by hand: what the compiler would make of a small .wasm, so that the runtime has
 * tests of its own. clang's swiftcall puts ctx where generated code has it. Built several times:
 *   plain      guard mode, imports only env.host
 *   -DCHECKED  the same with explicit bounds checks
 *   -DIMPORTER takes table, memory and global from env as well
 *   -DALONE    imports nothing; function 0 is load as well
 * -DBAD_TYPE gives the type (i32) -> (i32) the id of another.
 */
#include "runtime/include/wasm2so_abi.h"

#ifdef IMPORTER
enum { IMPORTED = 1 };
#else
enum { IMPORTED = 0 };
#endif

struct guest_ctx {
    struct w2s_ctx head;
    struct w2s_import_func imports[1];
    struct w2s_memory *memories[1];
    struct w2s_table *tables[1];
    struct w2s_func records[17];
    _Alignas(16) uint64_t cells[2][2]; /* globals; an imported one is a pointer */
};

#define CTX       struct guest_ctx *ctx __attribute__((swift_context))
#define FUNCTION  __attribute__((swiftcall, used, noinline, section("wasm_text"))) static
#define SWIFTCALL __attribute__((swiftcall))

typedef uint8_t v128 __attribute__((vector_size(16)));
typedef SWIFTCALL int32_t unary_fn(int32_t, CTX);

/* ---- functions ---- */

FUNCTION int32_t add(int32_t a, int32_t b, CTX)
{
    (void)ctx;
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline volatile uint8_t *address(struct guest_ctx *ctx, uint32_t index)
{
#ifdef CHECKED
    if (index >= ctx->memories[0]->size)
        w2s_rt_trap(ctx, W2S_TRAP_MEMORY_OOB, 0);
#endif
    return ctx->head.memory0_base + index;
}

FUNCTION int32_t load(int32_t index, CTX)
{
    return *address(ctx, (uint32_t)index);
}

FUNCTION void store(int32_t index, int32_t value, CTX)
{
    *address(ctx, (uint32_t)index) = (uint8_t)value;
}

FUNCTION int32_t grow(int32_t pages, CTX)
{
    return (int32_t)w2s_rt_memory_grow(ctx, 0, (uint32_t)pages);
}

/* Through the import, with one added to the result: the frame must survive the call. */
FUNCTION int32_t call_host(int32_t value, CTX)
{
    struct w2s_import_func *slot = &ctx->imports[0];
    unary_fn *code = (unary_fn *)slot->code;
    int32_t result = code(value, (struct guest_ctx *)slot->ctx);
    return result + (ctx->head.instance ? 1 : 1000);
}

FUNCTION int32_t unreachable(int32_t value, CTX)
{
    w2s_rt_trap(ctx, W2S_TRAP_UNREACHABLE, 0x42);
    return value;
}

FUNCTION int32_t recurse(int32_t depth, CTX)
{
    volatile int32_t frame[32];
    if ((uintptr_t)__builtin_frame_address(0) - 256 < ctx->head.exec->stack_limit)
        w2s_rt_trap(ctx, W2S_TRAP_STACK_OVERFLOW, 0);
    frame[depth & 31] = depth;
    return depth == 0 ? 0 : recurse(depth - 1, ctx) + (frame[depth & 31] == depth);
}

/* Integers and floats in registers and on the stack; each parameter with a weight of its own. */
FUNCTION double many(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, int32_t g,
                     int32_t h, double i, double j, double k, double l, double m, double n,
                     double o, double p, double q, double r, v128 s, int64_t t, CTX)
{
    (void)ctx;
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k +
           12 * l + 13 * m + 14 * n + 15 * o + 16 * p + 17 * q + 18 * r + 19 * s[15] +
           20 * (double)t;
}

struct four {
    int32_t a;
    int64_t b;
    float c;
    double d;
};

FUNCTION struct four four(int32_t value, CTX)
{
    (void)ctx;
    return (struct four){value, (int64_t)value << 32, (float)value / 2, value * 0.25};
}

/* Three integers do not fit the registers: 16-byte slots. */
FUNCTION void three(uint64_t *slots, int32_t value, CTX)
{
    (void)ctx;
    for (uint32_t i = 0; i < 3; i++) {
        slots[2 * i] = 0xffffffff00000000u | ((uint32_t)value + i);
        slots[2 * i + 1] = 0xdead;
    }
}

FUNCTION int32_t call_indirect(int32_t index, int32_t value, CTX)
{
    struct w2s_table *table = ctx->tables[0];
    if ((uint32_t)index >= table->size)
        w2s_rt_trap(ctx, W2S_TRAP_UNDEFINED_ELEMENT, 0);
    struct w2s_func *func = table->base[index];
    if (!func)
        w2s_rt_trap(ctx, W2S_TRAP_UNINITIALIZED_ELEMENT, 0);
    if (!w2s_rt_func_is(ctx, func, 1))
        w2s_rt_trap(ctx, W2S_TRAP_INDIRECT_CALL_TYPE, 0);
    return ((unary_fn *)func->code)(value, (struct guest_ctx *)func->ctx);
}

FUNCTION void fill(int32_t dest, int32_t byte, int32_t n, CTX)
{
    w2s_rt_memory_fill(ctx, 0, (uint32_t)dest, (uint32_t)byte, (uint32_t)n);
}

FUNCTION void copy(int32_t dest, int32_t source, int32_t n, CTX)
{
    w2s_rt_memory_copy(ctx, 0, 0, (uint32_t)dest, (uint32_t)source, (uint32_t)n);
}

FUNCTION void init(int32_t dest, int32_t source, int32_t n, CTX)
{
    w2s_rt_memory_init(ctx, 0, 1, (uint32_t)dest, (uint32_t)source, (uint32_t)n);
}

FUNCTION void drop(CTX)
{
    w2s_rt_data_drop(ctx, 1);
}

FUNCTION void start(CTX)
{
    ctx->cells[1][0] += 1;
}

/* Constant expression of global 1. */
FUNCTION void global1(uint64_t *result, CTX)
{
    result[0] = IMPORTED ? *(uint32_t *)ctx->cells[0][0] : ctx->cells[0][0] + 1;
}

/* ---- descriptor ---- */

/* clang-format off */
#define I32  {W2S_I32, 0, 0, 0}
#define I64  {W2S_I64, 0, 0, 0}
#define F32  {W2S_F32, 0, 0, 0}
#define F64  {W2S_F64, 0, 0, 0}
#define V128 {W2S_V128, 0, 0, 0}
#define FUNCREF {W2S_REF, 1, 0, W2S_HEAP_FUNC}
#define TYPE(name, hash, params, results, list)                                                    \
    {.id = (hash), .canon = name##_canon, .canon_size = sizeof name##_canon, .is_final = 1,        \
     .super = W2S_NONE, .param_count = (params), .result_count = (results), .types = (list)}

#ifdef BAD_TYPE
#define UNARY_ID 0x4c7af78a6485a615 /* of () -> () */
#else
#define UNARY_ID 0x3698e9738c9e880d
#endif
static const uint8_t void_canon[] = {0x60, 0x0, 0x0};
static const uint8_t unary_canon[] = {0x60, 0x1, 0x7f, 0x1, 0x7f};
static const w2s_valtype unary_types[] = {I32, I32};
static const uint8_t binary_canon[] = {0x60, 0x2, 0x7f, 0x7f, 0x1, 0x7f};
static const w2s_valtype binary_types[] = {I32, I32, I32};
static const uint8_t pair_canon[] = {0x60, 0x2, 0x7f, 0x7f, 0x0};
static const w2s_valtype pair_types[] = {I32, I32};
static const uint8_t many_canon[] = {0x60, 0x14, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7c, 0x7b, 0x7e, 0x1, 0x7c};
static const w2s_valtype many_types[] = {I32, I32, I32, I32, I32, I32, I32, I32, F64, F64, F64, F64, F64, F64, F64, F64, F64, F64, V128, I64, F64};
static const uint8_t four_canon[] = {0x60, 0x1, 0x7f, 0x4, 0x7f, 0x7e, 0x7d, 0x7c};
static const w2s_valtype four_types[] = {I32, I32, I64, F32, F64};
static const uint8_t three_canon[] = {0x60, 0x1, 0x7f, 0x3, 0x7f, 0x7f, 0x7f};
static const w2s_valtype three_types[] = {I32, I32, I32, I32};
static const uint8_t triple_canon[] = {0x60, 0x3, 0x7f, 0x7f, 0x7f, 0x0};
static const w2s_valtype triple_types[] = {I32, I32, I32};
static const struct w2s_type types[] = {
    TYPE(void, 0x4c7af78a6485a615, 0, 0, NULL),
    TYPE(unary, UNARY_ID, 1, 1, unary_types),
    TYPE(binary, 0x2a6ca4b86d11c69b, 2, 1, binary_types),
    TYPE(pair, 0xb1caff9d8e17e77d, 2, 0, pair_types),
    TYPE(many, 0x3f3e91e6eb061c1f, 20, 1, many_types),
    TYPE(four, 0x99e10aea2f511a57, 1, 4, four_types),
    TYPE(three, 0x76ea396a71ea465d, 1, 3, three_types),
    TYPE(triple, 0x1698184c92a79ea7, 3, 0, triple_types),
};
#define FUNC(type, name)                                                                           \
    __asm__(".section .rodata.funcs,\"a\"\n.long " #name " - .\n.long 1f - .\n.long " #type        \
            "\n.long 0x10, 0\n.section .rodata.names,\"a\"\n1: .asciz \"$" #name "\"\n.text");
#ifdef ALONE
#define FUNC0 "load - ."
#else
#define FUNC0 "0"
#endif
__asm__(".section .rodata.funcs,\"a\"\n.p2align 2\nfuncs: .long " FUNC0 ", 0, 1, 0, 0\n.text");
FUNC(2, add) FUNC(1, load) FUNC(3, store) FUNC(1, grow) FUNC(1, call_host) FUNC(1, unreachable)
FUNC(1, recurse) FUNC(4, many) FUNC(5, four) FUNC(6, three) FUNC(2, call_indirect)
FUNC(7, fill) FUNC(7, copy) FUNC(7, init) FUNC(0, drop) FUNC(0, start)
__attribute__((visibility("hidden"))) extern const struct w2s_func_desc funcs[];

#define NAME(text) {text, sizeof text - 1}
#define TABLE  {.kind = W2S_TABLE, .type = FUNCREF, .min = 6, .has_max = 1, .max = 20}
#define MEMORY {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1, .has_max = 1, .max = 4}
#define GLOBAL {.kind = W2S_GLOBAL, .type = I32}

enum {
#ifdef ALONE
    IMPORT_FUNCS = 0,
#else
    IMPORT_FUNCS = 1,
#endif
};
static const struct w2s_import_desc imports[] = {
    {NAME("env"), NAME("host"), {.kind = W2S_FUNC, .type_index = 1}},
#ifdef IMPORTER
    {NAME("env"), NAME("table"), TABLE},
    {NAME("env"), NAME("memory"), MEMORY},
    {NAME("env"), NAME("global"), GLOBAL},
#endif
};
static const struct w2s_export_desc exports[] = {
    {NAME("add"), W2S_FUNC, 1},        {NAME("load"), W2S_FUNC, 2},
    {NAME("store"), W2S_FUNC, 3},      {NAME("grow"), W2S_FUNC, 4},
    {NAME("call_host"), W2S_FUNC, 5},  {NAME("unreachable"), W2S_FUNC, 6},
    {NAME("recurse"), W2S_FUNC, 7},    {NAME("many"), W2S_FUNC, 8},
    {NAME("four"), W2S_FUNC, 9},       {NAME("three"), W2S_FUNC, 10},
    {NAME("call_indirect"), W2S_FUNC, 11}, {NAME("fill"), W2S_FUNC, 12},
    {NAME("copy"), W2S_FUNC, 13},      {NAME("init"), W2S_FUNC, 14},
    {NAME("drop"), W2S_FUNC, 15},      {NAME("host"), W2S_FUNC, 0},
    {NAME("memory"), W2S_MEMORY, 0},   {NAME("table"), W2S_TABLE, 0},
    {NAME("global0"), W2S_GLOBAL, 0},  {NAME("global1"), W2S_GLOBAL, 1},
    {NAME(""), W2S_FUNC, 1},
};
static const uint32_t records[] = {
#ifdef ALONE
    0,
#endif
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const struct w2s_table_desc tables[] = {{.type = TABLE, .init = {.kind = W2S_INIT_NULL}}};
static const struct w2s_memory_desc memories[] = {{MEMORY}};
static const struct w2s_global_desc globals[] = {
    {GLOBAL, offsetof(struct guest_ctx, cells[0]), {.kind = W2S_INIT_CONST, .bits = {41}}},
    {{.kind = W2S_GLOBAL, .is_mutable = 1, .type = I32}, offsetof(struct guest_ctx, cells[1]),
     {.kind = W2S_INIT_CODE, .code = (void (*)(struct w2s_ctx *, void *))global1}},
};
static const uint32_t elem_funcs[] = {7, 0, 1};
static const struct w2s_elem_desc elems[] = {
    {.mode = W2S_ACTIVE, .type = FUNCREF, .offset = {.kind = W2S_INIT_CONST, .bits = {1}},
     .count = 3, .funcs = elem_funcs},
};
static const struct w2s_data_desc datas[] = {
    {.mode = W2S_ACTIVE, .offset = {.kind = W2S_INIT_GLOBAL, .index = 0},
     .bytes = (const uint8_t *)"wasm", .size = 4},
    {.mode = W2S_PASSIVE, .bytes = (const uint8_t *)"passive", .size = 7},
};
extern const char __start_wasm_text[], __stop_wasm_text[];
#pragma clang diagnostic ignored "-Winitializer-overrides"
__attribute__((visibility("default"))) extern const struct w2s_module_desc w2s_module;
const struct w2s_module_desc w2s_module = {
    .abi_version = W2S_ABI_VERSION, .size = sizeof(struct w2s_module_desc),
    .compiler = "by hand", .options = "", .cpu = "generic", .cpu_features = "",
#ifdef __x86_64__
    .target = "x86_64-linux-gnu",
#else
    .target = "aarch64-linux-gnu",
#endif
    .prefix = "guest", .name = NAME("guest"),
#ifdef CHECKED
    .memory_mode = W2S_MODE_CHECKED,
#endif
    .start = 16,
    .type_count = 8, .types = types,
    .import_count = IMPORT_FUNCS + 3 * IMPORTED, .imports = imports,
    .export_count = sizeof exports / sizeof exports[0], .exports = exports,
    .func_count = 17, .import_func_count = IMPORT_FUNCS, .funcs = funcs,
    .table_count = 1, .import_table_count = IMPORTED, .tables = tables,
    .memory_count = 1, .import_memory_count = IMPORTED, .memories = memories,
    .global_count = 2, .import_global_count = IMPORTED, .globals = globals,
    .elem_count = 1, .elems = elems, .data_count = 2, .datas = datas,
    .record_count = sizeof records / sizeof records[0], .records = records,
    .ctx_size = sizeof(struct guest_ctx),
    .imports_offset = offsetof(struct guest_ctx, imports),
    .memories_offset = offsetof(struct guest_ctx, memories),
    .tables_offset = offsetof(struct guest_ctx, tables),
    .records_offset = offsetof(struct guest_ctx, records),
    .text_start = __start_wasm_text, .text_end = __stop_wasm_text,
};
/* clang-format on */
