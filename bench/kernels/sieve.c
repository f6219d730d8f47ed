/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The sieve of Eratosthenes over a bit set, then a count: strided read-modify-write and popcount.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1 << 22, WORDS = LIMIT / 64 };

static uint64_t composite[WORDS];

static void sieve(uint32_t offset)
{
    memset(composite, 0, sizeof composite);
    composite[0] = 3;
    for (uint32_t p = 2; p * p < LIMIT; p++) {
        if (composite[p / 64] >> (p % 64) & 1)
            continue;
        for (uint32_t m = p * p + offset * p; m < LIMIT; m += p)
            composite[m / 64] |= UINT64_C(1) << (m % 64);
    }
}

int main(int argc, char **argv)
{
    uint32_t rounds = (uint32_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 100) / 3 + 1;
    uint32_t sum = 0;
    for (uint32_t r = 0; r < rounds; r++) {
        sieve(r & 1);
        uint32_t primes = 0;
        for (int i = 0; i < WORDS; i++)
            primes += 64 - (uint32_t)__builtin_popcountll(composite[i]);
        sum = sum * 31 + primes;
    }
    printf("sieve %08x\n", (unsigned)sum);
    return 0;
}
