/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Comparing results with patterns. Everything is compared as bits: a NaN's payload and the sign of
 * zero count. The host reference number n of a script is the pointer n + 1, so that it is not null.
 */
#include "spec-tests/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- NaN patterns (spec 2.2.3) ---- */

static bool bits_match(uint64_t expected, enum wast_nan nan, uint64_t bits, unsigned width)
{
    const uint64_t quiet = width == 32 ? UINT64_C(0x7fc00000) : UINT64_C(0x7ff8000000000000);
    const uint64_t magnitude = width == 32 ? UINT64_C(0x7fffffff) : UINT64_C(0x7fffffffffffffff);
    switch (nan) {
    case WAST_NUMBER: return bits == expected;
    case WAST_NAN_CANONICAL: return (bits & magnitude) == quiet;
    case WAST_NAN_ARITHMETIC: return (bits & quiet) == quiet;
    }
    return false;
}

/* Lane i of a vector with lanes of `width` bytes, which stand in memory with the low byte first. */
static uint64_t lane_bits(const uint8_t bytes[16], unsigned lane, unsigned width)
{
    uint64_t bits = 0;
    for (unsigned i = width; i-- > 0;)
        bits = bits << 8 | bytes[lane * width + i];
    return bits;
}

static bool vector_matches(const struct wast_value *pattern, const uint8_t bytes[16])
{
    if (!pattern->lanes_float || pattern->lanes == 0 || pattern->lanes > 4)
        return memcmp(pattern->v128, bytes, 16) == 0;
    const unsigned width = 16u / pattern->lanes;
    for (unsigned i = 0; i < pattern->lanes; i++)
        if (!bits_match(lane_bits(pattern->v128, i, width), pattern->lane_nan[i],
                        lane_bits(bytes, i, width), 8 * width))
            return false;
    return true;
}

/* ---- references ---- */

static void *host_reference(uint64_t number)
{
    /* A number standing for a pointer: never followed. */
    return (void *)(uintptr_t)(number + 1);
}

static bool in_any_hierarchy(uint32_t heap)
{
    switch (heap) {
    case W2S_HEAP_FUNC:
    case W2S_HEAP_NOFUNC:
    case W2S_HEAP_EXTERN:
    case W2S_HEAP_NOEXTERN:
    case W2S_HEAP_EXN:
    case W2S_HEAP_NOEXN: return false;
    default: return true;
    }
}

/* An index may be of a function, structure or array type; only the module would know. */
static bool may_be_func(uint32_t heap)
{
    return heap == W2S_HEAP_FUNC || heap == W2S_HEAP_NOFUNC || heap < W2S_HEAP_FUNC;
}

static bool is_extern(uint32_t heap)
{
    return heap == W2S_HEAP_EXTERN || heap == W2S_HEAP_NOEXTERN;
}

static bool is_exn(uint32_t heap)
{
    return heap == W2S_HEAP_EXN || heap == W2S_HEAP_NOEXN;
}

static bool is_eq(uint32_t heap)
{
    return heap == W2S_HEAP_I31 || heap == W2S_HEAP_STRUCT || heap == W2S_HEAP_ARRAY;
}

static bool null_matches(uint32_t wanted, uint32_t heap)
{
    if (wanted == NO_INDEX)
        return true;
    if (wanted == HEAP_FUNC || wanted == HEAP_NOFUNC)
        return may_be_func(heap);
    if (wanted == HEAP_EXTERN || wanted == HEAP_NOEXTERN)
        return is_extern(heap);
    if (wanted == HEAP_EXN || wanted == HEAP_NOEXN)
        return is_exn(heap);
    return in_any_hierarchy(heap);
}

static bool reference_matches(const struct wast_value *pattern, void *ref, uint32_t heap)
{
    if (pattern->kind == WAST_REF_NULL)
        return ref == NULL && null_matches(pattern->heap, heap);
    if (ref == NULL)
        return false;
    switch (pattern->kind) {
    case WAST_REF_EXTERN:
        return is_extern(heap) && (!pattern->has_bits || ref == host_reference(pattern->bits));
    case WAST_REF_HOST:
        return heap == W2S_HEAP_ANY && (!pattern->has_bits || ref == host_reference(pattern->bits));
    case WAST_REF_FUNC: return may_be_func(heap);
    case WAST_REF_EXN: return is_exn(heap);
    case WAST_REF_ANY: return in_any_hierarchy(heap);
    case WAST_REF_EQ: return is_eq(heap);
    case WAST_REF_I31: return heap == W2S_HEAP_I31;
    case WAST_REF_STRUCT: return heap == W2S_HEAP_STRUCT;
    case WAST_REF_ARRAY: return heap == W2S_HEAP_ARRAY;
    default: return false;
    }
}

/* ---- values ---- */

static const char *const number_names[] = {
    [WAST_I32] = "i32", [WAST_I64] = "i64", [WAST_F32] = "f32", [WAST_F64] = "f64"};

/* Value kind of a number or vector; 0 for references. */
static uint8_t valkind_of(enum wast_value_kind kind)
{
    static const uint8_t kinds[] = {[WAST_I32] = W2S_I32,
                                    [WAST_I64] = W2S_I64,
                                    [WAST_F32] = W2S_F32,
                                    [WAST_F64] = W2S_F64,
                                    [WAST_V128] = W2S_V128};
    return kind <= WAST_V128 ? kinds[kind] : 0;
}

static uint64_t number_bits(const w2s_value *value, uint8_t kind)
{
    return kind == W2S_I32 || kind == W2S_F32 ? (uint32_t)value->i32 : (uint64_t)value->i64;
}

bool value_from_constant(const struct wast_value *constant, w2s_value *value, w2s_valtype *type)
{
    *value = (w2s_value){.bits = {0, 0}};
    *type = (w2s_valtype){.kind = valkind_of(constant->kind)};
    switch (constant->kind) {
    case WAST_I32:
    case WAST_F32: value->i32 = (int32_t)(uint32_t)constant->bits; return true;
    case WAST_I64:
    case WAST_F64: value->i64 = (int64_t)constant->bits; return true;
    case WAST_V128: memcpy(value->v128, constant->v128, 16); return true;
    case WAST_REF_NULL: *type = (w2s_valtype){W2S_REF, 1, 0, constant->heap}; return true;
    case WAST_REF_EXTERN:
    case WAST_REF_HOST:
        *type = (w2s_valtype){W2S_REF, 1, 0,
                              constant->kind == WAST_REF_HOST ? W2S_HEAP_ANY : W2S_HEAP_EXTERN};
        value->ref = host_reference(constant->bits);
        return constant->has_bits;
    default: return false;
    }
}

bool value_matches(const struct wast_value *pattern, const w2s_value *value, w2s_valtype type)
{
    switch (pattern->kind) {
    case WAST_EITHER:
        for (uint32_t i = 0; i < pattern->alternative_count; i++)
            if (value_matches(&pattern->alternatives[i], value, type))
                return true;
        return false;
    case WAST_I32:
    case WAST_F32:
        return type.kind == valkind_of(pattern->kind) &&
               bits_match(pattern->bits, pattern->nan, number_bits(value, type.kind), 32);
    case WAST_I64:
    case WAST_F64:
        return type.kind == valkind_of(pattern->kind) &&
               bits_match(pattern->bits, pattern->nan, number_bits(value, type.kind), 64);
    case WAST_V128: return type.kind == W2S_V128 && vector_matches(pattern, value->v128);
    default: return type.kind == W2S_REF && reference_matches(pattern, value->ref, type.heap);
    }
}

/* The phrase that a message begins with: up to the colon before the details, which are everyone's
 * own. */
static size_t phrase_size(const char *message, size_t size)
{
    const char *colon = size == 0 ? NULL : memchr(message, ':', size);
    return colon == NULL ? size : (size_t)(colon - message);
}

bool message_matches(struct slice expected, const char *message)
{
    const size_t wanted = phrase_size((const char *)expected.p, expected.n);
    const size_t got = phrase_size(message, strlen(message)), n = wanted < got ? wanted : got;
    return n > 0 && memcmp(expected.p, message, n) == 0;
}

/* ---- texts ---- */

static char *vector_print(const uint8_t bytes[16], char *buf, size_t size)
{
    snprintf(buf, size, "v128 0x%016" PRIx64 "%016" PRIx64, lane_bits(bytes, 1, 8),
             lane_bits(bytes, 0, 8));
    return buf;
}

char *value_print(const w2s_value *value, w2s_valtype type, char *buf, size_t size)
{
    const uint64_t bits = number_bits(value, type.kind);
    switch ((enum w2s_valkind)type.kind) {
    case W2S_I32: snprintf(buf, size, "i32 %" PRId32 " (0x%" PRIx64 ")", value->i32, bits); break;
    case W2S_I64: snprintf(buf, size, "i64 %" PRId64 " (0x%" PRIx64 ")", value->i64, bits); break;
    case W2S_F32:
        snprintf(buf, size, "f32 %.9g (0x%08" PRIx64 ")", (double)value->f32, bits);
        break;
    case W2S_F64: snprintf(buf, size, "f64 %.17g (0x%016" PRIx64 ")", value->f64, bits); break;
    case W2S_V128: return vector_print(value->v128, buf, size);
    case W2S_REF:
        snprintf(buf, size, value->ref == NULL ? "null reference" : "reference %p", value->ref);
        break;
    }
    return buf;
}

static const char *reference_name(enum wast_value_kind kind)
{
    static const char *const names[] = {
        [WAST_REF_NULL] = "ref.null",     [WAST_REF_EXTERN] = "ref.extern",
        [WAST_REF_HOST] = "ref.host",     [WAST_REF_FUNC] = "ref.func",
        [WAST_REF_ANY] = "ref.any",       [WAST_REF_EQ] = "ref.eq",
        [WAST_REF_I31] = "ref.i31",       [WAST_REF_STRUCT] = "ref.struct",
        [WAST_REF_ARRAY] = "ref.array",   [WAST_REF_EXN] = "ref.exn",
        [WAST_EITHER] = "one of several",
    };
    return names[kind];
}

char *pattern_print(const struct wast_value *pattern, char *buf, size_t size)
{
    static const char *const nans[] = {"", "nan:canonical", "nan:arithmetic"};
    if (pattern->kind == WAST_V128)
        return vector_print(pattern->v128, buf, size);
    if (pattern->kind > WAST_V128) {
        snprintf(buf, size, "%s", reference_name(pattern->kind));
        if (pattern->has_bits)
            snprintf(buf, size, "%s %" PRIu64, reference_name(pattern->kind), pattern->bits);
        return buf;
    }
    if (pattern->nan != WAST_NUMBER) {
        snprintf(buf, size, "%s %s", number_names[pattern->kind], nans[pattern->nan]);
        return buf;
    }
    w2s_value value;
    w2s_valtype type;
    (void)value_from_constant(pattern, &value, &type);
    return value_print(&value, type, buf, size);
}
