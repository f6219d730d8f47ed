/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * SHA-256 by the instructions that most processors have for it, six times as fast: x86's SHA
 * extensions (Intel SDM, "SHA256RNDS2") and AArch64's FEAT_SHA256.
 */
#include "frontend/sha256_block.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define TARGET __attribute__((target("sha,sse4.1")))

/* Words 4t to 4t + 3 of the schedule, t >= 4; w has the last four of such groups. */
TARGET static __m128i next_words(const __m128i w[4], unsigned t)
{
    __m128i back7 = _mm_alignr_epi8(w[(t + 3) % 4], w[(t + 2) % 4], 4);
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[t % 4], w[(t + 1) % 4]), back7);
    return _mm_sha256msg2_epu32(sum, w[(t + 3) % 4]);
}

/* abef and cdgh: the eight variables in the order of the instructions, the first in the highest. */
TARGET static void compress_block(__m128i *abef, __m128i *cdgh, const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i w[4], x = *abef, y = *cdgh;
#pragma GCC unroll 16
    for (unsigned t = 0; t < 16; t++) {
        w[t % 4] =
            t >= 4 ? next_words(w, t)
                   : _mm_shuffle_epi8(_mm_loadu_si128((const void *)(block + t * 16)), big_endian);
        __m128i sum =
            _mm_add_epi32(w[t % 4], _mm_loadu_si128((const void *)(sha256_constants + t * 4)));
        y = _mm_sha256rnds2_epu32(y, x, sum);
        x = _mm_sha256rnds2_epu32(x, y, _mm_shuffle_epi32(sum, 0x0e));
    }
    *abef = _mm_add_epi32(*abef, x);
    *cdgh = _mm_add_epi32(*cdgh, y);
}

TARGET static void compress(uint32_t state[8], const uint8_t *blocks, size_t count)
{
    __m128i dcba = _mm_loadu_si128((const void *)state);
    __m128i hgfe = _mm_loadu_si128((const void *)(state + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (size_t i = 0; i < count; i++)
        compress_block(&abef, &cdgh, blocks + i * SHA256_BLOCK);
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static int is_there(void)
{
    unsigned a, b, c, d;
    const unsigned sse41 = 1u << 19, sha = 1u << 29;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & sse41) &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & sha);
}

#elif defined(__aarch64__)

#include <arm_neon.h>
#include <sys/auxv.h>

#define TARGET __attribute__((target("+crypto")))

TARGET static uint32x4_t next_words(const uint32x4_t w[4], unsigned t)
{
    uint32x4_t sum = vsha256su0q_u32(w[t % 4], w[(t + 1) % 4]);
    return vsha256su1q_u32(sum, w[(t + 2) % 4], w[(t + 3) % 4]);
}

TARGET static void compress(uint32_t state[8], const uint8_t *blocks, size_t count)
{
    uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
    for (; count > 0; count--, blocks += SHA256_BLOCK) {
        uint32x4_t w[4], x = abcd, y = efgh;
#pragma GCC unroll 16
        for (unsigned t = 0; t < 16; t++) {
            w[t % 4] = t >= 4 ? next_words(w, t)
                              : vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(blocks + t * 16)));
            uint32x4_t sum = vaddq_u32(w[t % 4], vld1q_u32(sha256_constants + t * 4));
            uint32x4_t before = x;
            x = vsha256hq_u32(x, y, sum);
            y = vsha256h2q_u32(y, before, sum);
        }
        abcd = vaddq_u32(abcd, x);
        efgh = vaddq_u32(efgh, y);
    }
    vst1q_u32(state, abcd);
    vst1q_u32(state + 4, efgh);
}

static int is_there(void)
{
    const unsigned long sha2 = 1ul << 6; /* HWCAP_SHA2 */
    return (getauxval(AT_HWCAP) & sha2) != 0;
}

#endif

sha256_compress_fn *sha256_compress_machine(void)
{
    return is_there() ? compress : NULL;
}
