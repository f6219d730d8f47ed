/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bytes as in image work: blending with saturation and average, widening products, narrowing,
 * shuffled channels, counting by masks.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef uint8_t u8x8 __attribute__((vector_size(8)));

enum { COUNT = 1 << 16 };

static u8x16 front[COUNT / 16], back[COUNT / 16];

static u16x8 low(u8x16 v)
{
    return __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7), u16x8);
}

static u16x8 high(u8x16 v)
{
    return __builtin_convertvector(__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15),
                                   u16x8);
}

static u8x16 narrow(u16x8 a, u16x8 b)
{
    u8x8 x = __builtin_convertvector(a >> 8, u8x8), y = __builtin_convertvector(b >> 8, u8x8);
    return __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* front over back with one weight, channels swapped, clamped from below */
static void blend(uint16_t weight)
{
    for (int i = 0; i < COUNT / 16; i++) {
        u8x16 a = front[i], b = back[i];
        u8x16 mixed = narrow(low(a) * weight + low(b) * (uint16_t)(256 - weight),
                             high(a) * weight + high(b) * (uint16_t)(256 - weight));
        u8x16 swapped = __builtin_shufflevector(mixed, mixed, 2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11,
                                                14, 13, 12, 15);
        u8x16 floor = (u8x16){0} + 16;
        u8x16 dark = (u8x16)(swapped < floor);
        back[i] = (swapped & ~dark) | (floor & dark);
    }
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 600;
    uint32_t seed = 1, sum = 0;
    for (int i = 0; i < COUNT / 16; i++)
        for (int k = 0; k < 16; k++) {
            seed = seed * 1664525u + 1013904223u;
            front[i][k] = (uint8_t)(seed >> 24);
            back[i][k] = (uint8_t)(seed >> 16);
        }
    for (long r = 0; r < rounds; r++) {
        blend((uint16_t)(r % 200 + 30));
        sum = sum * 31 + back[r % (COUNT / 16)][r % 16];
    }
    printf("pixels %08x\n", (unsigned)sum);
    return 0;
}
