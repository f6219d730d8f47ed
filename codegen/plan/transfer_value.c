/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values that are known in part (transfer_value.h). Results are what holds whatever the rest is, or
 * "anything". Comparisons that the known part does not decide are answered by choose, both ways in
 * turn, which asks for more than can happen but for nothing less.
 */
#include "codegen/plan/transfer_value.h"

#include "frontend/opcode.h"

#include <string.h>

/* Addresses in bounds are this far from wrapping (memory_has_margin). */
enum { MARGIN = 65535 };

bool choose(struct world *w)
{
    struct choices *c = w->choices;
    if (c->asked == sizeof c->answers)
        w->failed = true;
    if (w->failed)
        return false;
    if (c->asked == c->count)
        c->answers[c->count++] = 0;
    return c->answers[c->asked++];
}

/* ---- what values are made of ---- */

struct value value_constant(uint64_t n)
{
    return (struct value){.kind = VALUE_SUM, .constant = n};
}

struct value value_any(void)
{
    struct value any = {.kind = VALUE_BYTES};
    for (int i = 0; i < 8; i++)
        any.bytes[i] = BYTE_ANY;
    return any;
}

bool is_constant(const struct value *value)
{
    return value->kind == VALUE_SUM && value->dest == 0 && value->source == 0;
}

void value_get_bytes(const struct value *value, uint16_t bytes[8])
{
    for (int i = 0; i < 8; i++)
        bytes[i] = value->kind == VALUE_BYTES ? value->bytes[i]
                   : is_constant(value)       ? (uint8_t)(value->constant >> 8 * i)
                                              : BYTE_ANY;
}

struct value value_of_bytes(const uint16_t bytes[8])
{
    struct value value = {.kind = VALUE_BYTES};
    uint64_t constant = 0;
    bool known = true;
    for (int i = 0; i < 8; i++) {
        known &= bytes[i] < 256;
        constant |= (uint64_t)(bytes[i] & 255) << 8 * i;
    }
    if (known)
        return value_constant(constant);
    memcpy(value.bytes, bytes, sizeof value.bytes);
    return value;
}

/* The value in the lowest `size` bytes. */
static struct value cut(const struct value *value, unsigned size)
{
    uint16_t bytes[8];
    if (size == 8)
        return *value;
    if (value->kind != VALUE_BYTES) {
        struct value result = *value;
        result.constant = (uint32_t)result.constant;
        return result;
    }
    value_get_bytes(value, bytes);
    for (unsigned i = size; i < 8; i++)
        bytes[i] = 0;
    return value_of_bytes(bytes);
}

/* ---- low bits ---- */

static uint32_t address_low_bits(struct world *w, int which, unsigned bits)
{
    for (; w->low[which].known < bits; w->low[which].known++)
        w->low[which].bits |= (uint32_t)choose(w) << w->low[which].known;
    return w->low[which].bits;
}

uint32_t value_low_bits(struct world *w, const struct value *sum, unsigned bits)
{
    uint32_t result = (uint32_t)sum->constant;
    if (sum->dest)
        result += sum->dest * address_low_bits(w, 0, bits);
    if (sum->source)
        result += sum->source * address_low_bits(w, 1, bits);
    return result & ((1u << bits) - 1);
}

static bool is_address_sum(const struct value *value)
{
    return value->kind == VALUE_SUM && !is_constant(value);
}

/* Sums are not taken apart by bits, but for the lowest. */
static struct value to_low(struct world *w, const struct value *value)
{
    if (!is_address_sum(value))
        return *value;
    return (struct value){.kind = VALUE_LOW, .constant = value_low_bits(w, value, LOW_BITS)};
}

/* value & mask, of an address or its low bits. */
static struct value mask_address(struct world *w, const struct value *value, uint32_t mask)
{
    enum { MOST_BITS = 4 };
    for (unsigned bits = 1; bits <= MOST_BITS; bits++) {
        uint32_t low = (1u << bits) - 1;
        if (mask <= low && value->kind == VALUE_SUM)
            return value_constant(value_low_bits(w, value, bits) & mask);
        if (mask <= low && bits <= LOW_BITS)
            return value_constant(value->constant & mask);
        if (mask == ~low && value->kind == VALUE_SUM) {
            struct value result = *value;
            result.constant = (uint32_t)(value->constant - value_low_bits(w, value, bits));
            return result;
        }
    }
    return value_any();
}

/* ---- arithmetic ---- */

static bool constants(int op, unsigned size, uint64_t a, uint64_t b, uint64_t *result)
{
    unsigned count = (unsigned)b & (8 * size - 1);
    switch (op) {
    case OP_i32_add: *result = a + b; return true;
    case OP_i32_sub: *result = a - b; return true;
    case OP_i32_mul: *result = a * b; return true;
    case OP_i32_and: *result = a & b; return true;
    case OP_i32_or: *result = a | b; return true;
    case OP_i32_xor: *result = a ^ b; return true;
    case OP_i32_shl: *result = a << count; return true;
    case OP_i32_shr_u: *result = a >> count; return true;
    case OP_i32_shr_s:
        *result = size == 8 ? (uint64_t)((int64_t)a >> count) : (uint64_t)((int32_t)a >> count);
        return true;
    default: return false;
    }
}

/* i32: a + factor * b. */
static struct value add(const struct value *a, const struct value *b, uint32_t factor)
{
    struct value sum = *a;
    sum.dest += factor * b->dest;
    sum.source += factor * b->source;
    sum.constant = (uint32_t)(a->constant + factor * b->constant);
    return sum;
}

/* or, xor and sums of bytes: where one is zero, the other. */
static void join(uint16_t *a, const uint16_t *b)
{
    for (int i = 0; i < 8; i++)
        a[i] = b[i] == 0 ? a[i] : a[i] == 0 ? b[i] : BYTE_ANY;
}

static void mask_bytes(uint16_t *a, const uint16_t *mask)
{
    for (int i = 0; i < 8; i++)
        a[i] = mask[i] == 255                ? a[i]
               : a[i] == 255                 ? mask[i]
               : !mask[i] || !a[i]           ? 0
               : a[i] < 256 && mask[i] < 256 ? a[i] & mask[i]
                                             : BYTE_ANY;
}

/* Up by count bytes; down if it is negative. */
static void shift(uint16_t *to, const uint16_t *from, int count, int size)
{
    for (int i = 0; i < 8; i++)
        to[i] = i < size && i - count >= 0 && i - count < size ? from[i - count] : 0;
}

/* By a number whose bytes are 0 and 1. */
static bool multiply(uint16_t *a, const uint16_t *b, int size)
{
    uint16_t sum[8] = {0}, term[8];
    for (int i = 0; i < 8; i++) {
        shift(term, a, i, size);
        if (b[i] == 1)
            join(sum, term);
        else if (b[i] != 0)
            return false;
    }
    memcpy(a, sum, sizeof sum);
    return true;
}

static bool is_any_of(const uint16_t *bytes)
{
    for (int i = 0; i < 8; i++)
        if (bytes[i] == BYTE_ANY)
            return true;
    return false;
}

static struct value operate_bytes(int op, unsigned size, const struct value *a,
                                  const struct value *b)
{
    uint16_t x[8], y[8], moved[8];
    value_get_bytes(a, x);
    value_get_bytes(b, y);
    bool whole = is_constant(b) && b->constant % 8 == 0;
    int count = whole ? (int)(b->constant % (8 * size) / 8) : 0;
    switch (op) {
    case OP_i32_and: mask_bytes(x, y); break;
    case OP_i32_or:
    case OP_i32_xor: join(x, y); break;
    case OP_i32_add:
        join(x, y);
        if (is_any_of(x)) /* they carry */
            return value_any();
        break;
    case OP_i32_mul:
        if (!multiply(x, y, (int)size) || is_any_of(x))
            return value_any();
        break;
    case OP_i32_shl:
    case OP_i32_shr_u:
        if (!whole)
            return value_any();
        shift(moved, x, op == OP_i32_shl ? count : -count, (int)size);
        return value_of_bytes(moved);
    default: return value_any();
    }
    return value_of_bytes(x);
}

/* and, or, xor where one is no more than low bits. */
static struct value operate_low(struct world *w, int op, const struct value *a,
                                const struct value *b)
{
    if (op == OP_i32_and && is_constant(b))
        return mask_address(w, a, (uint32_t)b->constant);
    if (op == OP_i32_and && is_constant(a))
        return mask_address(w, b, (uint32_t)a->constant);
    struct value x = to_low(w, a), y = to_low(w, b);
    if (x.kind == VALUE_BYTES || y.kind == VALUE_BYTES ||
        !constants(op, 4, x.constant, y.constant, &x.constant))
        return value_any();
    x = (struct value){.kind = VALUE_LOW, .constant = x.constant & ((1u << LOW_BITS) - 1)};
    return x;
}

static bool is_bitwise(int op)
{
    return op == OP_i32_and || op == OP_i32_or || op == OP_i32_xor;
}

static bool is_low_or_address(const struct value *value)
{
    return value->kind == VALUE_LOW || is_address_sum(value);
}

struct value value_operate(struct world *w, int op, unsigned size, const struct value *a,
                           const struct value *b)
{
    uint64_t result;
    struct value value;
    if (is_constant(a) && is_constant(b))
        value = constants(op, size, a->constant, b->constant, &result) ? value_constant(result)
                                                                       : value_any();
    else if (size == 4 && a->kind == VALUE_SUM && b->kind == VALUE_SUM &&
             (op == OP_i32_add || op == OP_i32_sub))
        value = add(a, b, op == OP_i32_add ? 1 : UINT32_MAX);
    else if (size == 4 && is_bitwise(op) && (is_low_or_address(a) || is_low_or_address(b)))
        value = operate_low(w, op, a, b);
    else
        value = operate_bytes(op, size, a, b);
    return cut(&value, size);
}

/* ---- comparisons ---- */

enum answer { NO, YES, UNKNOWN };

/* The difference of the addresses, in whichever direction, is from n to 2^32 - n. */
static bool is_distance(const struct value *value)
{
    return value->kind == VALUE_SUM && (value->dest == 1 || value->source == 1) &&
           value->dest + value->source == 0;
}

static enum answer equal(const struct world *w, const struct value *a, const struct value *b)
{
    if (a->kind != VALUE_SUM || b->kind != VALUE_SUM)
        return UNKNOWN;
    struct value difference = add(a, b, UINT32_MAX);
    if (is_constant(&difference))
        return a->constant == b->constant ? YES : NO;
    uint32_t distance = (uint32_t)(0 - difference.constant);
    bool overlaps = w->n > 0 && (distance < w->n || distance > 0 - w->n);
    return is_distance(&difference) && overlaps ? NO : UNKNOWN;
}

/* Does an address plus that wrap? */
static bool is_far_from_wrapping(const struct world *w, uint64_t constant)
{
    return constant <= (uint64_t)w->n + MARGIN;
}

/* A distance, plus a constant, is from low to low + length. */
static enum answer distance_is_below(const struct world *w, const struct value *distance,
                                     uint64_t bound, bool or_above)
{
    uint64_t low = (uint32_t)(distance->constant + w->n),
             high = low + (UINT64_C(1) << 32) - 2 * w->n;
    if (w->n == 0 || high > UINT32_MAX)
        return UNKNOWN;
    if (or_above)
        return low > bound ? YES : high <= bound ? NO : UNKNOWN;
    return high < bound ? YES : low >= bound ? NO : UNKNOWN;
}

static enum answer below(const struct world *w, const struct value *a, const struct value *b)
{
    if (a->kind != VALUE_SUM || b->kind != VALUE_SUM)
        return UNKNOWN;
    if (is_constant(a) && is_constant(b))
        return a->constant < b->constant ? YES : NO;
    if (is_distance(a) && is_constant(b))
        return distance_is_below(w, a, b->constant, false);
    if (is_constant(a) && is_distance(b))
        return distance_is_below(w, b, a->constant, true);
    if (a->dest == b->dest && a->source == b->source && a->dest + a->source == 1 &&
        (a->dest == 0 || a->source == 0) && is_far_from_wrapping(w, a->constant) &&
        is_far_from_wrapping(w, b->constant))
        return a->constant < b->constant ? YES : NO;
    return UNKNOWN;
}

static enum answer signed_below(const struct value *a, const struct value *b)
{
    if (!is_constant(a) || !is_constant(b))
        return UNKNOWN;
    return (int32_t)a->constant < (int32_t)b->constant ? YES : NO;
}

bool value_compare(struct world *w, int op, const struct value *a, const struct value *b)
{
    enum answer answer = UNKNOWN;
    bool negated = false;
    switch (op) {
    case OP_i32_ne: negated = true; /* fallthrough */
    case OP_i32_eq: answer = equal(w, a, b); break;
    case OP_i32_ge_u: negated = true; /* fallthrough */
    case OP_i32_lt_u: answer = below(w, a, b); break;
    case OP_i32_le_u: negated = true; /* fallthrough */
    case OP_i32_gt_u: answer = below(w, b, a); break;
    case OP_i32_ge_s: negated = true; /* fallthrough */
    case OP_i32_lt_s: answer = signed_below(a, b); break;
    case OP_i32_le_s: negated = true; /* fallthrough */
    case OP_i32_gt_s: answer = signed_below(b, a); break;
    default: break;
    }
    if (answer == UNKNOWN)
        return choose(w);
    return (answer == YES) != negated;
}
