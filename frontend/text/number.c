/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Numeric literals (spec 6.3.1, 6.3.2). A float is brought into the form m * 2^e with 64
 * significant bits and a sticky bit for what is lost, and then rounded once.
 */
#include "frontend/text/number.h"

#include <string.h>

/* ---- shape ---- */

static bool is_digit(uint8_t c, bool hex)
{
    return (c >= '0' && c <= '9') || (hex && ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'));
}

/* digit ('_'? digit)*: the end, or p itself if there is none. */
static const uint8_t *digits_end(const uint8_t *p, const uint8_t *end, bool hex)
{
    while (p < end && is_digit(*p, hex)) {
        p++;
        if (end - p >= 2 && *p == '_' && is_digit(p[1], hex))
            p++;
    }
    return p;
}

static bool has_prefix(const uint8_t *p, const uint8_t *end, const char *prefix)
{
    size_t n = strlen(prefix);
    return (size_t)(end - p) >= n && memcmp(p, prefix, n) == 0;
}

static bool is_word(const uint8_t *p, const uint8_t *end, const char *word)
{
    return (size_t)(end - p) == strlen(word) && has_prefix(p, end, word);
}

static enum token_kind symbolic_kind(const uint8_t *p, const uint8_t *end)
{
    if (is_word(p, end, "inf") || is_word(p, end, "nan"))
        return TOK_FLOAT;
    if (!has_prefix(p, end, "nan:0x"))
        return TOK_RESERVED;
    const uint8_t *after = digits_end(p + 6, end, true);
    return after > p + 6 && after == end ? TOK_FLOAT : TOK_RESERVED;
}

enum token_kind number_kind(const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n;
    bool is_signed = n > 0 && (*p == '+' || *p == '-');
    p += is_signed;
    if (p < end && (*p == 'i' || *p == 'n'))
        return symbolic_kind(p, end);
    bool hex = has_prefix(p, end, "0x");
    p += hex ? 2 : 0;
    const uint8_t *after = digits_end(p, end, hex);
    if (after == p)
        return TOK_RESERVED;
    if (after == end)
        return is_signed ? TOK_INT : TOK_NAT;
    p = after;
    if (*p == '.')
        p = digits_end(p + 1, end, hex);
    if (p < end && (*p | 0x20) == (hex ? 'p' : 'e')) {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        after = digits_end(p, end, false);
        if (after == p)
            return TOK_RESERVED;
        p = after;
    }
    return p == end ? TOK_FLOAT : TOK_RESERVED;
}

/* ---- integers ---- */

static unsigned digit_value(uint8_t c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static bool magnitude(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    bool hex = has_prefix(p, end, "0x");
    unsigned base = hex ? 16 : 10;
    uint64_t sum = 0;
    bool fits = true;
    for (p += hex ? 2 : 0; p < end; p++) {
        if (*p == '_')
            continue;
        uint64_t next;
        fits &= !__builtin_mul_overflow(sum, base, &next);
        fits &= !__builtin_add_overflow(next, digit_value(*p), &sum);
    }
    *value = sum;
    return fits;
}

static uint64_t low_bits(unsigned bits)
{
    return UINT64_MAX >> (64 - bits);
}

bool number_nat(struct slice text, unsigned bits, uint64_t *value)
{
    return magnitude(text.p, text.p + text.n, value) && *value <= low_bits(bits);
}

bool number_int(struct slice text, unsigned bits, uint64_t *value)
{
    const uint8_t *end = text.p + text.n;
    bool negative = *text.p == '-';
    bool is_signed = negative || *text.p == '+';
    if (!magnitude(text.p + is_signed, end, value))
        return false;
    if (*value > (negative ? (low_bits(bits) >> 1) + 1 : low_bits(bits)))
        return false;
    if (negative)
        *value = (0 - *value) & low_bits(bits);
    return true;
}

/* ---- floats ---- */

/* The two interchange formats (IEEE 754): bits of the fraction and of the exponent. */
struct format {
    unsigned fraction, exponent;
};

static struct format format_of(unsigned bits)
{
    return bits == 32 ? (struct format){23, 8} : (struct format){52, 11};
}

static uint64_t infinity(struct format f)
{
    return low_bits(f.exponent) << f.fraction;
}

/* Rounds m * 2^e (the highest bit of m set; sticky: a little more) to the format's bits. */
static bool round_float(struct format f, uint64_t m, int e, bool sticky, uint64_t *bits)
{
    int bias = (1 << (f.exponent - 1)) - 1;
    int exponent = e + 63 + bias; /* biased; below 1 the number is subnormal */
    unsigned drop = 63 - f.fraction;
    if (exponent < 1) {
        drop = exponent < -64 ? 128 : drop + (unsigned)(1 - exponent);
        exponent = 0;
    }
    if (drop > 64) {
        *bits = 0;
        return true;
    }
    uint64_t kept = drop == 64 ? 0 : m >> drop;
    uint64_t half = UINT64_C(1) << (drop - 1);
    uint64_t rest = drop == 64 ? m : m & low_bits(drop);
    bool up = rest > half || (rest == half && (sticky || (kept & 1)));
    /* The hidden bit adds one to the exponent, and a carry out of the fraction does so too. */
    uint64_t base = exponent > 0 ? (uint64_t)(exponent - 1) << f.fraction : 0;
    if (exponent > 4000)
        return false;
    *bits = base + kept + up;
    return *bits < infinity(f);
}

/* Exponents saturate here; nothing near is a finite number or nonzero. */
#define EXPONENT_MAX 100000000

static int read_exponent(const uint8_t *p, const uint8_t *end)
{
    bool negative = p < end && *p == '-';
    int value = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end; p++)
        if (*p != '_' && value < EXPONENT_MAX)
            value = value * 10 + (int)digit_value(*p);
    return negative ? -value : value;
}

/* The digits of a mantissa, one by one: skips '_' and notes the point. */
struct mantissa {
    const uint8_t *p, *end;
    bool point;
};

static bool next_digit(struct mantissa *m, bool hex, unsigned *digit)
{
    for (; m->p < m->end; m->p++) {
        if (*m->p == '.')
            m->point = true;
        else if (*m->p != '_')
            break;
    }
    if (m->p >= m->end || !is_digit(*m->p, hex))
        return false;
    *digit = digit_value(*m->p++);
    return true;
}

static bool read_hex_float(struct format f, const uint8_t *p, const uint8_t *end, uint64_t *bits)
{
    struct mantissa m = {p, end, false};
    uint64_t value = 0;
    long long exponent = 0;
    bool sticky = false;
    unsigned digit;
    while (next_digit(&m, true, &digit)) {
        if (value >> 60) {
            sticky |= digit != 0;
            exponent += m.point ? 0 : 4;
        } else {
            value = value << 4 | digit;
            exponent -= m.point ? 4 : 0;
        }
    }
    *bits = 0;
    if (value == 0)
        return true;
    if (m.p < end)
        exponent += read_exponent(m.p + 1, end);
    int shift = __builtin_clzll(value);
    exponent -= shift;
    if (exponent > 5000)
        return false;
    if (exponent < -5000)
        return true;
    return round_float(f, value << shift, (int)exponent, sticky, bits);
}

static bool read_decimal_float(struct format f, const uint8_t *p, const uint8_t *end,
                               uint64_t *bits)
{
    struct mantissa m = {p, end, false};
    char digits[DECIMAL_DIGITS];
    unsigned count = 0, digit;
    long long exponent = 0;
    bool inexact = false;
    while (next_digit(&m, false, &digit)) {
        bool kept = count < DECIMAL_DIGITS;
        if (kept && (count > 0 || digit > 0))
            digits[count++] = (char)('0' + digit);
        inexact |= !kept && digit > 0;
        exponent += (kept ? 0 : 1) - (m.point ? 1 : 0);
    }
    *bits = 0;
    if (count == 0)
        return true;
    if (m.p < end)
        exponent += read_exponent(m.p + 1, end);
    if (exponent + count > 310)
        return false;
    if (exponent + count < -400)
        return true;
    int exponent2;
    bool sticky;
    uint64_t value = decimal_to_binary(digits, count, inexact, (int)exponent, &exponent2, &sticky);
    return round_float(f, value, exponent2, sticky, bits);
}

static bool read_nan(struct format f, const uint8_t *p, const uint8_t *end, uint64_t *bits)
{
    uint64_t payload = UINT64_C(1) << (f.fraction - 1);
    if (end - p > 4 && !magnitude(p + 4, end, &payload))
        return false;
    if (payload == 0 || payload > low_bits(f.fraction))
        return false;
    *bits = infinity(f) | payload;
    return true;
}

bool number_float(struct slice text, unsigned bits, uint64_t *value)
{
    struct format f = format_of(bits);
    const uint8_t *p = text.p, *end = p + text.n;
    bool negative = *p == '-', ok = true;
    p += *p == '-' || *p == '+';
    if (*p == 'i')
        *value = infinity(f);
    else if (*p == 'n')
        ok = read_nan(f, p, end, value);
    else if (has_prefix(p, end, "0x"))
        ok = read_hex_float(f, p + 2, end, value);
    else
        ok = read_decimal_float(f, p, end, value);
    *value |= (uint64_t)negative << (bits - 1);
    return ok;
}
