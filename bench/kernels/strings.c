/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Text: builds a page of words, splits it, folds case, searches for substrings and formats numbers:
 * byte loads, short loops, snprintf.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 20000 };

static char page[PAGE + 64];

static size_t make_page(uint32_t seed)
{
    static const char *const words[] = {"Alpha", "beta",  "GAMMA", "delta", "Epsilon", "zeta",
                                        "eta",   "theta", "Iota",  "kappa", "lambda",  "MU"};
    size_t n = 0;
    while (n < PAGE) {
        seed = seed * 1103515245u + 12345u;
        const char *word = words[(seed >> 16) % 12];
        int added = seed & 0x800 ? snprintf(page + n, 48, "%s-%u ", word, (unsigned)(seed % 100000))
                                 : snprintf(page + n, 48, "%s ", word);
        n += (size_t)added;
    }
    return n;
}

static uint32_t hash_words(void)
{
    uint32_t sum = 0, hash = 2166136261u;
    for (const char *p = page; *p; p++) {
        if (*p == ' ') {
            sum += hash;
            hash = 2166136261u;
        } else {
            hash = (hash ^ (uint32_t)tolower((unsigned char)*p)) * 16777619u;
        }
    }
    return sum;
}

static uint32_t count(const char *needle)
{
    uint32_t n = 0;
    for (const char *p = page; (p = strstr(p, needle)) != NULL; p++)
        n++;
    return n;
}

static uint32_t sum_numbers(void)
{
    uint32_t sum = 0;
    for (const char *p = page; (p = strchr(p, '-')) != NULL;)
        sum += (uint32_t)strtoul(p + 1, NULL, 10), p++;
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
