/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Decimal to binary, exactly: digits * 10^e is a quotient of two big integers, whose first 64 bits
 * and remainder are all that rounding needs. Plain long division: numbers have a few digits, and
 * the longest (800 digits) still take only some microseconds.
 */
#include <assert.h>
#include <string.h>

#include "frontend/text/number.h"

/* 10^1220 has 4053 bits, and the quotient needs 65 more. */
#define WORDS 136

struct big {
    uint32_t word[WORDS]; /* little-endian */
    unsigned n;           /* words in use; the highest is not zero */
};

/* b = b * factor + addend */
static void big_multiply(struct big *b, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (unsigned i = 0; i < b->n; i++) {
        carry += (uint64_t)b->word[i] * factor;
        b->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) {
        assert(b->n < WORDS);
        b->word[b->n++] = (uint32_t)carry;
    }
}

static void big_power10(struct big *b, int exponent)
{
    for (; exponent >= 9; exponent -= 9)
        big_multiply(b, 1000000000, 0);
    for (; exponent > 0; exponent--)
        big_multiply(b, 10, 0);
}

static int big_bits(const struct big *b)
{
    return b->n == 0 ? 0 : (int)(32 * b->n) - __builtin_clz(b->word[b->n - 1]);
}

static void big_shift_left(struct big *b, unsigned bits)
{
    unsigned words = bits / 32;
    assert(b->n + words < WORDS);
    memmove(b->word + words, b->word, b->n * sizeof *b->word);
    memset(b->word, 0, words * sizeof *b->word);
    b->n += words;
    big_multiply(b, UINT32_C(1) << (bits % 32), 0);
}

static bool big_less(const struct big *a, const struct big *b)
{
    if (a->n != b->n)
        return a->n < b->n;
    for (unsigned i = a->n; i-- > 0;)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i];
    return false;
}

/* a -= b, which is not greater. */
static void big_subtract(struct big *a, const struct big *b)
{
    uint64_t borrow = 0;
    for (unsigned i = 0; i < a->n; i++) {
        uint64_t difference = (uint64_t)a->word[i] - (i < b->n ? b->word[i] : 0) - borrow;
        a->word[i] = (uint32_t)difference;
        borrow = difference >> 63;
    }
    while (a->n > 0 && a->word[a->n - 1] == 0)
        a->n--;
}

uint64_t decimal_to_binary(const char *digits, unsigned count, bool inexact, int exponent10,
                           int *exponent2, bool *sticky)
{
    struct big numerator = {.n = 0}, denominator = {.word = {1}, .n = 1};
    for (unsigned i = 0; i < count; i++)
        big_multiply(&numerator, 10, (uint32_t)(digits[i] - '0'));
    big_power10(&numerator, exponent10);
    big_power10(&denominator, -exponent10);

    /* Bring the quotient into [1/2, 2), then into [1, 2): its highest bit is then the first. */
    int scale = big_bits(&numerator) - big_bits(&denominator);
    big_shift_left(scale < 0 ? &numerator : &denominator, (unsigned)(scale < 0 ? -scale : scale));
    if (big_less(&numerator, &denominator)) {
        big_shift_left(&numerator, 1);
        scale--;
    }
    uint64_t quotient = 0;
    for (int i = 0; i < 64; i++) {
        quotient <<= 1;
        if (!big_less(&numerator, &denominator)) {
            big_subtract(&numerator, &denominator);
            quotient |= 1;
        }
        big_multiply(&numerator, 2, 0);
    }
    *exponent2 = scale - 63;
    *sticky = inexact || numerator.n > 0;
    return quotient;
}
