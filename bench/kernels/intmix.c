/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Integer mix: 64-bit multiplication, rotation, shift, division and popcount in one dependent
 * chain, with the branch pattern of a generator that rejects values. Shows instruction selection.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << (n & 63) | x >> (-n & 63);
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 29;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= rotate(x, (unsigned)x & 31);
    return x + (uint64_t)__builtin_popcountll(x);
}

int main(int argc, char **argv)
{
    uint64_t rounds = (argc > 1 ? strtoull(argv[1], NULL, 10) : 100) * 400000;
    uint64_t state = 88172645463325252u, sum = 0;
    uint32_t rejected = 0;
    for (uint64_t i = 0; i < rounds; i++) {
        state = mix(state + i);
        uint32_t low = (uint32_t)state;
        if (low % 1000003 > 900000) {
            rejected++;
            continue;
        }
        sum += low / ((uint32_t)(state >> 40) | 1);
        sum ^= state >> (low & 7);
    }
    printf("intmix %016" PRIx64 " %" PRIu32 "\n", sum, rejected);
    return 0;
}
