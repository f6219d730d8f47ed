/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Constants and result patterns of scripts.
 */
#include "frontend/arena.h"
#include "frontend/text/heap_names.h"
#include "frontend/text/vector.h"
#include "frontend/text/wast_private.h"

/* A float, or a class of NaNs. */
static uint64_t parse_float(struct parser *p, unsigned bits, bool patterns, enum wast_nan *nan)
{
    *nan = WAST_NUMBER;
    if (patterns && accept_keyword(p, "nan:canonical"))
        *nan = WAST_NAN_CANONICAL;
    else if (patterns && accept_keyword(p, "nan:arithmetic"))
        *nan = WAST_NAN_ARITHMETIC;
    return *nan == WAST_NUMBER ? expect_float(p, bits) : 0;
}

static void parse_vector(struct parser *p, bool patterns, struct wast_value *value)
{
    const struct shape *shape = parse_shape(p);
    value->lanes = (uint8_t)shape->lanes;
    value->lanes_float = shape->is_float;
    for (unsigned lane = 0; lane < shape->lanes; lane++) {
        uint64_t bits = shape->is_float
                            ? parse_float(p, shape->bits, patterns, &value->lane_nan[lane])
                            : expect_int(p, shape->bits);
        store_lane(value->v128, shape, lane, bits);
    }
}

/* (ref.null ht), or (ref.null) for any. */
static void parse_null(struct parser *p, struct wast_value *value)
{
    value->heap = NO_INDEX;
    if (heaptype_by_name(&p->tok, &value->heap) || at_index(p))
        parser_advance(p);
}

static const struct {
    const char *keyword;
    enum wast_value_kind kind;
    bool result_only;
} kinds[] = {
    {"i32.const", WAST_I32, false},         {"i64.const", WAST_I64, false},
    {"f32.const", WAST_F32, false},         {"f64.const", WAST_F64, false},
    {"v128.const", WAST_V128, false},       {"ref.null", WAST_REF_NULL, false},
    {"ref.extern", WAST_REF_EXTERN, false}, {"ref.host", WAST_REF_HOST, false},
    {"ref.func", WAST_REF_FUNC, true},      {"ref.any", WAST_REF_ANY, true},
    {"ref.eq", WAST_REF_EQ, true},          {"ref.i31", WAST_REF_I31, true},
    {"ref.struct", WAST_REF_STRUCT, true},  {"ref.array", WAST_REF_ARRAY, true},
    {"ref.exn", WAST_REF_EXN, true},        {"either", WAST_EITHER, true},
};

/* What stands behind the keyword. Alternatives do not nest: (either ...) takes constants only. */
static void parse_operand(struct parser *p, bool patterns, struct wast_value *value)
{
    switch (value->kind) {
    case WAST_I32: value->bits = expect_int(p, 32); break;
    case WAST_I64: value->bits = expect_int(p, 64); break;
    case WAST_F32: value->bits = parse_float(p, 32, patterns, &value->nan); break;
    case WAST_F64: value->bits = parse_float(p, 64, patterns, &value->nan); break;
    case WAST_V128: parse_vector(p, patterns, value); break;
    case WAST_REF_NULL: parse_null(p, value); break;
    case WAST_REF_EXTERN:
    case WAST_REF_HOST:
    case WAST_REF_FUNC:
        value->has_bits = p->tok.kind == TOK_NAT;
        value->bits = value->has_bits ? expect_nat(p, 32) : 0;
        break;
    case WAST_REF_ANY:
    case WAST_REF_EQ:
    case WAST_REF_I31:
    case WAST_REF_STRUCT:
    case WAST_REF_ARRAY:
    case WAST_REF_EXN:
    case WAST_EITHER: break;
    }
}

/* One value; either only where one may be. */
static struct wast_value parse_value(struct parser *p, bool patterns, bool may_choose)
{
    struct wast_value value = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool allowed =
            patterns ? kinds[i].kind != WAST_EITHER || may_choose : !kinds[i].result_only;
        if (!allowed || !accept_form(p, kinds[i].keyword))
            continue;
        value.kind = kinds[i].kind;
        if (value.kind != WAST_EITHER) {
            parse_operand(p, patterns, &value);
            expect_rpar(p);
        }
        return value;
    }
    expect_lpar(p);
    parser_unexpected(p, "a constant");
    return value;
}

struct value_list {
    struct wast_value *values;
    uint32_t count, capacity;
};

static struct wast_value *add_value(struct parser *p, struct value_list *list,
                                    struct wast_value value)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 4;
        list->values =
            arena_grow(p->arena, list->values, list->capacity, capacity, sizeof *list->values);
        list->capacity = capacity;
    }
    list->values[list->count] = value;
    return &list->values[list->count++];
}

static void parse_alternatives(struct parser *p, struct wast_value *value)
{
    struct value_list list = {0};
    while (p->tok.kind == TOK_LPAR)
        add_value(p, &list, parse_value(p, true, false));
    expect_rpar(p);
    value->alternatives = list.values;
    value->alternative_count = list.count;
}

struct wast_value *wast_parse_values(struct parser *p, bool patterns, uint32_t *count)
{
    struct value_list list = {0};
    while (p->tok.kind == TOK_LPAR) {
        struct wast_value *value = add_value(p, &list, parse_value(p, patterns, true));
        if (value->kind == WAST_EITHER && !parser_failed(p))
            parse_alternatives(p, value);
    }
    *count = list.count;
    return list.values;
}
