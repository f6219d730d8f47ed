/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Base64, there and back, byte by byte over tables.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 90000 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t values[256], data[SIZE], again[SIZE];
static char text[SIZE / 3 * 4 + 1];

static void encode(void)
{
    char *to = text;
    for (int i = 0; i < SIZE; i += 3) {
        uint32_t group = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *to++ = digits[group >> shift & 63];
    }
}

static int decode(void)
{
    uint8_t *to = again;
    for (const char *from = text; *from; from += 4) {
        uint32_t group = 0;
        for (int i = 0; i < 4; i++) {
            uint8_t value = values[(uint8_t)from[i]];
            if (value == 255)
                return -1;
            group = group << 6 | value;
        }
        *to++ = (uint8_t)(group >> 16);
        *to++ = (uint8_t)(group >> 8);
        *to++ = (uint8_t)group;
    }
    return (int)(to - again);
}

int main(void)
{
    unsigned seed = 5, sum = 0;
    memset(values, 255, sizeof values);
    for (int i = 0; i < 64; i++)
        values[(uint8_t)digits[i]] = (uint8_t)i;
    for (int i = 0; i < SIZE; i++)
        data[i] = (uint8_t)((seed = seed * 69069 + 1) >> 24);
    for (int round = 0; round < 1200; round++) {
        data[round] ^= 85;
        encode();
        sum += (unsigned)decode() + again[round * 7] + (unsigned)text[round * 9];
    }
    printf("%u %d\n", sum, memcmp(data, again, SIZE));
}
