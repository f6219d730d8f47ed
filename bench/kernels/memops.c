/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The C library's memory routines: memset, memcpy, memmove, memcmp and strlen over blocks of 16 B
 * to 64 KiB. In wasm without bulk memory they are byte loops, or words at best; natively, hand-made
 * vector code.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 1 << 17 };

static char from[CAPACITY], to[CAPACITY];

static uint32_t one_pass(size_t size, uint32_t seed)
{
    memset(from, (int)(seed % 255 + 1), size);
    from[size] = 0;
    memcpy(to, from, size + 1);
    memmove(to + 7, to, size - 8);
    uint32_t sum = (uint32_t)strlen(to);
    to[size - 1] ^= 1;
    sum = sum * 31 + (memcmp(from, to, size) > 0);
    return sum * 31 + (uint8_t)to[seed % size];
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 150;
    uint32_t sum = 1;
    for (long r = 0; r < rounds; r++)
        for (size_t size = 16; size <= CAPACITY / 2; size *= 4)
            for (size_t n = 0; n < 65536 / size + 1 && n < 64; n++)
                sum = sum * 16777619u ^ one_pass(size, sum);
    printf("memops %08x\n", (unsigned)sum);
    return 0;
}
