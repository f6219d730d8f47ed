/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Relations between types (spec 3.3, matching), their text, and the names of features. Indices may
 * be of types that are not checked yet: one out of range matches nothing but itself.
 */
#include "frontend/types.h"

#include "frontend/module.h"
#include <stdio.h>
#include <string.h>

/* ---- features ---- */

static const char *const feature_names[FEATURE__COUNT] = {
#define F(name, text) [FEATURE_##name] = (text),
    FEATURES(F)
#undef F
};

const char *feature_name(enum feature feature)
{
    return feature_names[feature];
}

enum feature feature_by_name(const char *name)
{
    for (int f = 0; f < FEATURE__COUNT; f++)
        if (strcmp(feature_names[f], name) == 0)
            return (enum feature)f;
    return FEATURE__COUNT;
}

/* ---- abstract heap types (3.3.3) ---- */

/* The row of each: its name, the short name of its nullable reference, the type right above it
 * (itself for a top) and the top of its hierarchy. Ordered as enum heap_type. */
static const struct abstract {
    const char *name, *nullable;
    uint32_t above, top;
} abstracts[] = {
    {"func", "funcref", HEAP_FUNC, HEAP_FUNC},
    {"nofunc", "nullfuncref", HEAP_FUNC, HEAP_FUNC},
    {"extern", "externref", HEAP_EXTERN, HEAP_EXTERN},
    {"noextern", "nullexternref", HEAP_EXTERN, HEAP_EXTERN},
    {"any", "anyref", HEAP_ANY, HEAP_ANY},
    {"eq", "eqref", HEAP_ANY, HEAP_ANY},
    {"i31", "i31ref", HEAP_EQ, HEAP_ANY},
    {"struct", "structref", HEAP_EQ, HEAP_ANY},
    {"array", "arrayref", HEAP_EQ, HEAP_ANY},
    {"none", "nullref", HEAP_ANY, HEAP_ANY},
    {"exn", "exnref", HEAP_EXN, HEAP_EXN},
    {"noexn", "nullexnref", HEAP_EXN, HEAP_EXN},
};
_Static_assert(sizeof abstracts / sizeof abstracts[0] == HEAP_BOT - HEAP_FUNC,
               "one row a heap type");

static bool is_abstract(uint32_t heap)
{
    return heap >= HEAP_FUNC && heap < HEAP_BOT;
}

static const struct abstract *abstract(uint32_t heap)
{
    return &abstracts[heap - HEAP_FUNC];
}

static bool is_bottom(uint32_t heap)
{
    return heap == HEAP_NONE || heap == HEAP_NOFUNC || heap == HEAP_NOEXTERN || heap == HEAP_NOEXN;
}

/* The abstract type right above the types of that kind. */
static uint32_t above_index(const struct module *m, uint32_t index)
{
    static const uint32_t above[] = {
        [COMP_FUNC] = HEAP_FUNC, [COMP_STRUCT] = HEAP_STRUCT, [COMP_ARRAY] = HEAP_ARRAY};
    return above[m->types[index].kind];
}

uint32_t heaptype_top(const struct module *m, uint32_t heap)
{
    if (is_abstract(heap))
        return abstract(heap)->top;
    if (heap >= m->type_count)
        return heap;
    return abstract(above_index(m, heap))->top;
}

/* ---- matching ---- */

bool typeidx_matches(const struct module *m, uint32_t sub, uint32_t super)
{
    if (sub == super)
        return true;
    if (sub >= m->type_count || super >= m->type_count)
        return false;
    const struct subtype *types = m->types;
    while (types[sub].depth > types[super].depth)
        sub = types[sub].super;
    return types[sub].canon == types[super].canon;
}

bool heaptype_matches(const struct module *m, uint32_t sub, uint32_t super)
{
    if (sub == super || sub == HEAP_BOT)
        return true;
    if (super == HEAP_BOT)
        return false;
    if (!is_abstract(sub) && !is_abstract(super))
        return typeidx_matches(m, sub, super);
    if (is_bottom(sub))
        return abstract(sub)->top == heaptype_top(m, super);
    if (!is_abstract(super) || (!is_abstract(sub) && sub >= m->type_count))
        return false;
    uint32_t heap = is_abstract(sub) ? sub : above_index(m, sub);
    while (heap != super && heap != abstract(heap)->above)
        heap = abstract(heap)->above;
    return heap == super;
}

bool valtype_matches(const struct module *m, struct valtype sub, struct valtype super)
{
    if (sub.kind == VT_BOT)
        return true;
    if (sub.kind != super.kind)
        return false;
    if (sub.kind != VT_REF)
        return true;
    return (!sub.nullable || super.nullable) && heaptype_matches(m, sub.heap, super.heap);
}

bool valtype_defaultable(struct valtype type)
{
    return type.kind != VT_REF || type.nullable;
}

/* ---- text ---- */

char *valtype_print(struct valtype type, char *buf, size_t size)
{
    static const char *const names[] = {
        [VT_NONE] = "none", [VT_I32] = "i32",   [VT_I64] = "i64",         [VT_F32] = "f32",
        [VT_F64] = "f64",   [VT_V128] = "v128", [VT_REF] = "a reference", [VT_BOT] = "any type"};
    const char *null = type.nullable ? "null " : "";
    if (type.kind != VT_REF || type.heap == HEAP_BOT)
        snprintf(buf, size, "%s", names[type.kind]);
    else if (!is_abstract(type.heap))
        snprintf(buf, size, "(ref %s%u)", null, type.heap);
    else if (type.nullable)
        snprintf(buf, size, "%s", abstract(type.heap)->nullable);
    else
        snprintf(buf, size, "(ref %s)", abstract(type.heap)->name);
    return buf;
}

const char *heaptype_name(uint32_t heap)
{
    return is_abstract(heap) ? abstract(heap)->name : NULL;
}
