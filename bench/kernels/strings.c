/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Text: builds a page of words, splits it, folds case, searches for substrings, writes and reads
 * numbers: byte loads, short loops. It has its own functions for these, since what a C library's
 * are made of says nothing about a compiler.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 20000 };

static char page[PAGE + 64];

static char *put_text(char *to, const char *text)
{
    while (*text)
        *to++ = *text++;
    return to;
}

static char *put_number(char *to, uint32_t n)
{
    char digits[10];
    int count = 0;
    do
        digits[count++] = (char)('0' + n % 10);
    while (n /= 10);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}

static uint32_t read_number(const char *text)
{
    uint32_t n = 0;
    while (*text >= '0' && *text <= '9')
        n = n * 10 + (uint32_t)(*text++ - '0');
    return n;
}

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool begins_with(const char *text, const char *start)
{
    while (*start)
        if (*text++ != *start++)
            return false;
    return true;
}

static const char *find(const char *text, const char *needle)
{
    for (; *text; text++)
        if (*text == *needle && begins_with(text, needle))
            return text;
    return NULL;
}

static size_t make_page(uint32_t seed)
{
    static const char *const words[] = {"Alpha", "beta",  "GAMMA", "delta", "Epsilon", "zeta",
                                        "eta",   "theta", "Iota",  "kappa", "lambda",  "MU"};
    char *p = page;
    while (p < page + PAGE) {
        seed = seed * 1103515245u + 12345u;
        p = put_text(p, words[(seed >> 16) % 12]);
        if (seed & 0x800) {
            *p++ = '-';
            p = put_number(p, seed % 100000);
        }
        *p++ = ' ';
    }
    *p = 0;
    return (size_t)(p - page);
}

static uint32_t hash_words(void)
{
    uint32_t sum = 0, hash = 2166136261u;
    for (const char *p = page; *p; p++) {
        if (*p == ' ') {
            sum += hash;
            hash = 2166136261u;
        } else {
            hash = (hash ^ (uint32_t)lower((unsigned char)*p)) * 16777619u;
        }
    }
    return sum;
}

static uint32_t count(const char *needle)
{
    uint32_t n = 0;
    for (const char *p = page; (p = find(p, needle)) != NULL; p++)
        n++;
    return n;
}

static uint32_t sum_numbers(void)
{
    uint32_t sum = 0;
    for (const char *p = page; (p = find(p, "-")) != NULL; p++)
        sum += read_number(p + 1);
    return sum;
}

int main(int argc, char **argv)
{
    uint32_t rounds = (uint32_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 100) * 18;
    uint32_t sum = 0;
    for (uint32_t r = 0; r < rounds; r++) {
        size_t size = make_page(r);
        sum = sum * 31 + (uint32_t)size + hash_words();
        sum = sum * 31 + count("eta") + 7 * count("lambda-9") + sum_numbers();
    }
    printf("strings %08x\n", (unsigned)sum);
    return 0;
}
