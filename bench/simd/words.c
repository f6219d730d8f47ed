/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops over integers of 16 and 32 bits and over floats that are converted: a mix of two sounds,
 * a filter of eight taps, the least and the greatest, a heat equation.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 8192, TAPS = 8 };

static int16_t left[COUNT + TAPS], right[COUNT + TAPS], mixed[COUNT];
static int32_t words[COUNT];
static double heat[COUNT], warmer[COUNT];

static void mix(int by)
{
    for (int i = 0; i < COUNT; i++)
        mixed[i] = (int16_t)((left[i] * by + right[i] * (64 - by)) >> 6);
}

static void filter(const int16_t *taps)
{
    for (int i = 0; i < COUNT; i++) {
        int32_t sum = 0;
        for (int k = 0; k < TAPS; k++)
            sum += left[i + k] * taps[k];
        words[i] = sum;
    }
}

static int32_t range(void)
{
    int32_t least = words[0], greatest = words[0];
    for (int i = 1; i < COUNT; i++) {
        least = words[i] < least ? words[i] : least;
        greatest = words[i] > greatest ? words[i] : greatest;
    }
    return greatest - least;
}

static void spread(void)
{
    for (int i = 1; i < COUNT - 1; i++)
        warmer[i] = heat[i] + 0.25 * (heat[i - 1] - 2 * heat[i] + heat[i + 1]);
    for (int i = 1; i < COUNT - 1; i++)
        heat[i] = warmer[i] + 1e-6 * (double)words[i];
}

int main(int argc, char **argv)
{
    static const int16_t taps[TAPS] = {3, -9, 21, 64, 70, 20, -8, 2};
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 300;
    uint32_t random = 1;
    for (int i = 0; i < COUNT + TAPS; i++) {
        random = random * 1664525 + 1013904223;
        left[i] = (int16_t)(random >> 16);
        right[i] = (int16_t)(random >> 8);
    }
    uint32_t hash = 0;
    for (long r = 0; r < rounds; r++) {
        mix((int)r & 63);
        filter(taps);
        hash = hash * 31 + (uint32_t)range();
        spread();
        left[r % COUNT] = mixed[(r + 7) % COUNT];
    }
    printf("words %u %.6e\n", (unsigned)hash, heat[COUNT / 2]);
    return 0;
}
