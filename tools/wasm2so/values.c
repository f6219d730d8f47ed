/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Text <-> values. Numbers go through strtoull, strtof and strtod (the C locale: nothing here calls
 * setlocale), which round correctly; the shortest form is found by trying more digits until the
 * value reads back.
 */
#include "tools/wasm2so/values.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* An integer of that many bits, signed or unsigned, as its two's complement. */
static bool integer_parse(const char *text, unsigned bits, uint64_t *value)
{
    bool negative = *text == '-';
    const char *digits = text + (*text == '-' || *text == '+');
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    const char *first = hex ? digits + 2 : digits;
    static const char allowed[] = "0123456789abcdefABCDEF";
    if (*first == '\0' || first[strspn(first, hex ? allowed : "0123456789")] != '\0')
        return false;
    errno = 0;
    uint64_t magnitude = strtoull(first, NULL, hex ? 16 : 10);
    uint64_t sign_bit = UINT64_C(1) << (bits - 1);
    uint64_t most = negative ? sign_bit : sign_bit | (sign_bit - 1);
    *value = negative ? 0 - magnitude : magnitude;
    return errno == 0 && magnitude <= most;
}

/* What strtod takes, less white space before and anything behind. */
static bool float_parse(const char *text, bool is_double, w2s_value *value)
{
    static const char starts[] = "+-.0123456789iInN";
    char *end;
    if (*text == '\0' || !strchr(starts, *text))
        return false;
    errno = 0;
    if (is_double)
        value->f64 = strtod(text, &end);
    else
        value->f32 = strtof(text, &end);
    bool overflow = errno == ERANGE && (is_double ? isinf(value->f64) : isinf(value->f32));
    return end != text && *end == '\0' && !overflow;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *p = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return p ? (int)(p - digits) : -1;
}

static bool v128_parse(const char *text, w2s_value *value)
{
    size_t n = strlen(text);
    if (n < 3 || n > 34 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return false;
    for (size_t i = 0; i < n - 2; i++) {
        int digit = hex_digit(text[n - 1 - i]);
        if (digit < 0)
            return false;
        value->v128[i / 2] |= (uint8_t)(digit << 4 * (i % 2));
    }
    return true;
}

bool value_parse(const char *text, w2s_valtype type, w2s_value *value)
{
    uint64_t bits;
    *value = (w2s_value){.bits = {0, 0}};
    switch ((enum w2s_valkind)type.kind) {
    case W2S_I32:
        if (!integer_parse(text, 32, &bits))
            return false;
        value->bits[0] = (uint32_t)bits;
        return true;
    case W2S_I64: return integer_parse(text, 64, &value->bits[0]);
    case W2S_F32: return float_parse(text, false, value);
    case W2S_F64: return float_parse(text, true, value);
    case W2S_V128: return v128_parse(text, value);
    case W2S_REF: return type.nullable && strcmp(text, "null") == 0;
    }
    return false;
}

/* ---- printing ---- */

/* The digits of a positive finite number as "d.ddde+XX", the fewest that read back the same. */
static void shortest_digits(double x, bool is_double, char *text, size_t size)
{
    int most = is_double ? 17 : 9;
    for (int digits = 1; digits <= most; digits++) {
        snprintf(text, size, "%.*e", digits - 1, x);
        bool same = is_double ? !islessgreater(strtod(text, NULL), x)
                              : !islessgreater(strtof(text, NULL), (float)x);
        if (same)
            return;
    }
}

/* Plain decimal from 1e-6 up to below 1e21, as JavaScript has it; an exponent beyond. */
static void float_print(FILE *out, double x, bool is_double)
{
    if (isnan(x)) {
        fputs("nan", out);
        return;
    }
    if (signbit(x))
        fputc('-', out);
    x = fabs(x);
    if (isinf(x) || fpclassify(x) == FP_ZERO) {
        fputs(isinf(x) ? "inf" : "0", out);
        return;
    }
    char text[40], digits[24];
    shortest_digits(x, is_double, text, sizeof text);
    int exponent = atoi(strchr(text, 'e') + 1), n = 0;
    for (const char *p = text; *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    static const char zeros[] = "00000000000000000000";
    if (exponent < -6 || exponent >= 21)
        fprintf(out, "%c%s%.*se%+d", digits[0], n > 1 ? "." : "", n - 1, digits + 1, exponent);
    else if (exponent < 0)
        fprintf(out, "0.%.*s%.*s", -exponent - 1, zeros, n, digits);
    else if (n <= exponent + 1)
        fprintf(out, "%.*s%.*s", n, digits, exponent + 1 - n, zeros);
    else
        fprintf(out, "%.*s.%.*s", exponent + 1, digits, n - exponent - 1, digits + exponent + 1);
}

static void v128_print(FILE *out, const uint8_t *bytes)
{
    fputs("0x", out);
    for (int i = 15; i >= 0; i--)
        fprintf(out, "%02x", bytes[i]);
}

/* Names of abstract heap types; the same row gives "func" and "funcref". */
static const char *heap_name(uint32_t heap)
{
    static const char *const names[] = {"func", "nofunc", "extern", "noextern", "any", "eq",
                                        "i31",  "struct", "array",  "none",     "exn", "noexn"};
    uint32_t i = heap - W2S_HEAP_FUNC;
    return heap >= W2S_HEAP_FUNC && i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

static void reference_print(FILE *out, w2s_valtype type, const void *ref)
{
    const char *name = heap_name(type.heap);
    if (!ref)
        fputs("null", out);
    else
        fprintf(out, "%sref", name ? name : "func");
}

void value_print(FILE *out, w2s_valtype type, const w2s_value *value)
{
    switch ((enum w2s_valkind)type.kind) {
    case W2S_I32: fprintf(out, "%" PRId32, value->i32); break;
    case W2S_I64: fprintf(out, "%" PRId64, value->i64); break;
    case W2S_F32: float_print(out, (double)value->f32, false); break;
    case W2S_F64: float_print(out, value->f64, true); break;
    case W2S_V128: v128_print(out, value->v128); break;
    case W2S_REF: reference_print(out, type, value->ref); break;
    }
}

const char *type_name(w2s_valtype type, char *buf, size_t size)
{
    static const char *const names[] = {"?", "i32", "i64", "f32", "f64", "v128"};
    const char *heap = heap_name(type.heap), *null = type.nullable ? "null " : "";
    if (type.kind != W2S_REF)
        snprintf(buf, size, "%s", type.kind < W2S_REF ? names[type.kind] : "?");
    else if (heap && type.nullable && type.heap <= W2S_HEAP_EXTERN && type.heap != W2S_HEAP_NOFUNC)
        snprintf(buf, size, "%sref", heap);
    else if (heap)
        snprintf(buf, size, "(ref %s%s)", null, heap);
    else
        snprintf(buf, size, "(ref %s%u)", null, type.heap);
    return buf;
}

static void types_print(FILE *out, const w2s_valtype *types, size_t count)
{
    char buf[40];
    fputc('(', out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s", i ? ", " : "", type_name(types[i], buf, sizeof buf));
    fputc(')', out);
}

void signature_print(FILE *out, const w2s_valtype *params, size_t param_count,
                     const w2s_valtype *results, size_t result_count)
{
    types_print(out, params, param_count);
    fputs(" -> ", out);
    types_print(out, results, result_count);
}

void functype_print(FILE *out, const struct w2s_type *type)
{
    const w2s_valtype *results = type->types ? type->types + type->param_count : NULL;
    signature_print(out, type->types, type->param_count, results, type->result_count);
}

void name_print(FILE *out, struct w2s_name name)
{
    for (uint64_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.bytes[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            fprintf(out, "\\%02x", c);
        else
            fputc(c, out);
    }
}
