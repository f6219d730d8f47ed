/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * SHA-256 (FIPS 180-4) of a block again and again: 32-bit rotations, additions and a message
 * schedule in memory. The constants are computed (fractional parts of roots of primes).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t round_constant[64], start[8];

/* floor(2^32 * fractional part of the root-th root of n), by bisection on 36-bit values. */
static uint32_t root_fraction(uint64_t n, int root)
{
    uint64_t low = 0, high = UINT64_C(1) << 36;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        unsigned __int128 power = (unsigned __int128)middle * middle, bound = n;
        if (root == 3)
            power = (power >> 32) * middle + (((power & UINT32_MAX) * middle) >> 32);
        bound <<= 64;
        if (power <= bound)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static void make_constants(void)
{
    int found = 0;
    for (uint64_t n = 2; found < 64; n++) {
        int prime = 1;
        for (uint64_t d = 2; d * d <= n; d++)
            prime &= n % d != 0;
        if (!prime)
            continue;
        if (found < 8)
            start[found] = root_fraction(n, 2);
        round_constant[found++] = root_fraction(n, 3);
    }
}

static uint32_t rotr(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void compress(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, state, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
        uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + round_constant[i] + w[i];
        uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
        uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1;
        v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 20000;
    uint8_t block[64] = "abc\x80"; /* the standard's example: one padded block of 24 bits */
    block[63] = 24;
    make_constants();
    uint32_t state[8];
    memcpy(state, start, sizeof state);
    compress(state, block);
    printf("sha256(abc) %08x..%08x\n", (unsigned)state[0], (unsigned)state[7]);
    for (long r = 0; r < rounds; r++) {
        memcpy(block + r % 32, state, sizeof state);
        compress(state, block);
    }
    printf("sha256 %08x %08x\n", (unsigned)state[0], (unsigned)state[7]);
    return 0;
}
