/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Hash functions of strings: xxHash64, SipHash-2-4, MurmurHash3, FNV-1a; and a xoshiro generator.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 1 << 16 };

static uint8_t data[SIZE + 8];

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static uint64_t word_at(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static uint64_t xoshiro(uint64_t s[4])
{
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static uint64_t xx_round(uint64_t lane, uint64_t word)
{
    return rotate(lane + word * 0xc2b2ae3d27d4eb4f, 31) * 0x9e3779b185ebca87;
}

static uint64_t xxhash(const uint8_t *p, int size)
{
    uint64_t lanes[4] = {1, 2, 3, 4};
    for (; size >= 32; size -= 32, p += 32)
        for (int i = 0; i < 4; i++)
            lanes[i] = xx_round(lanes[i], word_at(p + 8 * i));
    return rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1], v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static uint64_t siphash(const uint8_t *p, int size)
{
    uint64_t v[4] = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
                     0x7465646279746573};
    for (; size >= 8; size -= 8, p += 8) {
        uint64_t word = word_at(p);
        v[3] ^= word;
        sip_round(v), sip_round(v);
        v[0] ^= word;
    }
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint32_t murmur(const uint8_t *p, int size)
{
    uint32_t hash = 1;
    for (int i = 0; i + 4 <= size; i += 4) {
        uint32_t word;
        memcpy(&word, p + i, 4);
        word *= 0xcc9e2d51;
        word = (word << 15 | word >> 17) * 0x1b873593;
        hash ^= word;
        hash = (hash << 13 | hash >> 19) * 5 + 0xe6546b64;
    }
    return hash ^ hash >> 16;
}

static uint32_t fnv(const uint8_t *p, int size)
{
    uint32_t hash = 2166136261;
    for (int i = 0; i < size; i++)
        hash = (hash ^ p[i]) * 16777619;
    return hash;
}

int main(void)
{
    uint64_t state[4] = {1, 2, 3, 4}, sum = 0;
    for (int round = 0; round < 400; round++) {
        for (int i = 0; i < SIZE; i += 8) {
            uint64_t word = xoshiro(state);
            memcpy(data + i, &word, sizeof word);
        }
        sum += xxhash(data, SIZE) ^ siphash(data, SIZE) ^ murmur(data, SIZE) ^ fnv(data, SIZE);
        for (int i = 0; i < SIZE; i += 24)
            sum += siphash(data + i, 16) + murmur(data + i, 12) + fnv(data + i, 7);
    }
    printf("%llu\n", (unsigned long long)sum);
}
