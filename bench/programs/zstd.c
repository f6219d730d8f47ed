/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Zstandard on text that is made up here: compression at a fast, the usual and a strong level, and
 * decompression, of two megabytes.
 */
#include "zstd.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 2 << 20 };

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Words of a vocabulary with a skewed frequency, and now and then a number. */
static void make_text(char *to)
{
    static const char *const syllables[] = {"ka", "lo", "mir", "ten", "su", "ra", "vel", "po"};
    uint32_t state = 1;
    size_t n = 0;
    while (n + 64 < SIZE) {
        uint32_t word = next(&state) % (1 + next(&state) % 600);
        if (next(&state) % 12 == 0)
            n += (size_t)sprintf(to + n, "%u ", (unsigned)next(&state));
        for (uint32_t rest = word + 1; rest; rest /= 8)
            n += (size_t)sprintf(to + n, "%s", syllables[rest % 8]);
        to[n++] = next(&state) % 9 ? ' ' : '\n';
    }
    memset(to + n, '.', SIZE - n);
}

static uint32_t checksum(const uint8_t *data, size_t n)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ data[i]) * 16777619u;
    return sum;
}

int main(int argc, char **argv)
{
    static const int levels[] = {1, 3, 9};
    long scale = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    size_t bound = ZSTD_compressBound(SIZE);
    char *text = malloc(SIZE), *packed = malloc(bound), *unpacked = malloc(SIZE);
    if (!text || !packed || !unpacked)
        return 1;
    if (scale == 0)
        return 0;
    make_text(text);
    uint32_t sum = 0;
    for (long r = 0; r <= scale / 25; r++)
        for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
            size_t n = ZSTD_compress(packed, bound, text, SIZE, levels[i]);
            if (ZSTD_isError(n) || ZSTD_decompress(unpacked, SIZE, packed, n) != SIZE ||
                memcmp(text, unpacked, SIZE) != 0)
                return 1;
            sum ^= checksum((const uint8_t *)packed, n) + (uint32_t)n;
            for (int again = 0; again < 6; again++)
                ZSTD_decompress(unpacked, SIZE, packed, n);
            text[(size_t)r * 1000 % SIZE] ^= 1;
        }
    printf("zstd %08x\n", (unsigned)sum);
    return 0;
}
