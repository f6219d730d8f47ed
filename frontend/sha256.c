/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * SHA-256 as FIPS 180-4 writes it: 6.2.2 (the hash), 5.1.1 (padding), 4.2.2 and 5.3.3 (constants).
 */
#include "frontend/sha256.h"

#include <stdatomic.h>
#include <string.h>

#include "frontend/sha256_block.h"

/* clang-format off */
const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
/* clang-format on */

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void schedule(uint32_t w[64], const uint8_t *block)
{
    for (int t = 0; t < 16; t++)
        w[t] = load_be32(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
}

static void compress_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    schedule(w, block);
    for (int t = 0; t < 64; t++) {
        uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + sha256_constants[t] + w[t];
        uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    const uint32_t add[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++)
        state[i] += add[i];
}

void sha256_compress(uint32_t state[8], const uint8_t *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        compress_block(state, blocks + i * SHA256_BLOCK);
}

static void compress(struct sha256 *hash, const uint8_t *blocks, size_t count)
{
    static _Atomic(sha256_compress_fn *) known; /* asking a processor takes a microsecond */
    sha256_compress_fn *fn = atomic_load_explicit(&known, memory_order_relaxed);
    if (!fn) {
        sha256_compress_fn *machine = sha256_compress_machine();
        fn = machine ? machine : sha256_compress;
        atomic_store_explicit(&known, fn, memory_order_relaxed);
    }
    fn(hash->state, blocks, count);
}

void sha256_init(struct sha256 *hash)
{
    *hash = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                      0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    size_t used = hash->size % SHA256_BLOCK;
    if (size == 0)
        return;
    hash->size += size;
    if (used) { /* fill up the begun block */
        size_t n = size < SHA256_BLOCK - used ? size : SHA256_BLOCK - used;
        memcpy(hash->block + used, p, n);
        p += n;
        size -= n;
        if (used + n < SHA256_BLOCK)
            return;
        compress(hash, hash->block, 1);
    }
    if (size >= SHA256_BLOCK)
        compress(hash, p, size / SHA256_BLOCK);
    memcpy(hash->block, p + (size & ~(size_t)(SHA256_BLOCK - 1)), size % SHA256_BLOCK);
}

void sha256_add_item(struct sha256 *hash, const void *bytes, size_t size)
{
    uint64_t prefix = size;
    sha256_add(hash, &prefix, sizeof prefix);
    sha256_add(hash, bytes, size);
}

void sha256_add_text(struct sha256 *hash, const char *text)
{
    sha256_add_item(hash, text ? text : "", text ? strlen(text) : 0);
}

void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = hash->size * 8;
    size_t used = hash->size % 64;
    sha256_add(hash, padding, used < 56 ? 56 - used : 120 - used);
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(hash, length, sizeof length);
    for (int i = 0; i < SHA256_SIZE; i++)
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_end_hex(struct sha256 *hash, char hex[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_SIZE];
    sha256_end(hash, digest);
    for (int i = 0; i < SHA256_SIZE; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * SHA256_SIZE] = '\0';
}

void sha256_of(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE])
{
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, bytes, size);
    sha256_end(&hash, digest);
}
