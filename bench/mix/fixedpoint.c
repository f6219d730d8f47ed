/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Fixed-point numbers: CORDIC, roots, filters, products of 64 bits.
 */
#include <stdint.h>
#include <stdio.h>
typedef int32_t fx;
typedef int64_t i64;
typedef uint64_t u64;
typedef uint32_t u32;

static fx mul(fx a, fx b)
{
    return (fx)(((i64)a * b + 0x8000) >> 16);
}

static fx dv(fx a, fx b)
{
    return (fx)(((i64)a << 16) / b);
}

static const fx at[16] = {51472, 30386, 16055, 8150, 4091, 2047, 1024, 512,
                          256,   128,   64,    32,   16,   8,    4,    2};

__attribute__((noinline)) static void cordic(fx th, fx *s, fx *c)
{
    fx x = 39797, y = 0, z = th;
    for (int i = 0; i < 16; i++) {
        fx d = z >> 31;
        fx tx = x - (((y >> i) ^ d) - d), ty = y + (((x >> i) ^ d) - d);
        z -= ((at[i] ^ d) - d);
        x = tx;
        y = ty;
    }
    *c = x;
    *s = y;
}

static fx fsqrt(fx v)
{
    u32 r = 0, b = 1u << 30;
    u64 n = (u64)v << 16;
    u64 res = 0, bit = 1ull << 46;
    while (bit > n)
        bit >>= 2;
    while (bit) {
        if (n >= res + bit) {
            n -= res + bit;
            res = (res >> 1) + bit;
        } else
            res >>= 1;
        bit >>= 2;
    }
    return (fx)res;
}

static u64 mulhi(u64 a, u64 b)
{
    return (u64)(((unsigned __int128)a * b) >> 64);
}

static int sat16(int x)
{
    return x > 32767 ? 32767 : x < -32768 ? -32768 : x;
}

static u32 mt[624];
static int mi = 624;

static u32 mtn(void)
{
    if (mi >= 624) {
        for (int k = 0; k < 624; k++) {
            u32 y = (mt[k] & 0x80000000u) | (mt[(k + 1) % 624] & 0x7fffffff);
            mt[k] = mt[(k + 397) % 624] ^ (y >> 1) ^ ((y & 1) ? 0x9908b0dfu : 0);
        }
        mi = 0;
    }
    u32 y = mt[mi++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static u32 pcg(u64 *s)
{
    u64 o = *s;
    *s = o * 6364136223846793005ull + 1442695040888963407ull;
    u32 x = ((o >> 18) ^ o) >> 27, r = o >> 59;
    return x >> r | x << (-r & 31);
}

int main()
{
    u64 s = 42, o = 0;
    for (int i = 0; i < 624; i++)
        mt[i] = i * 1812433253u + 1;
    for (int i = 0; i < 700000; i++) {
        fx a, b;
        cordic((fx)(pcg(&s) % 200000) - 100000, &a, &b);
        o += mul(a, b) + dv(a, b | 1) + fsqrt(pcg(&s) >> 2);
        o += mulhi(s, o) + sat16((int)(s >> 40) - 100000);
        o += mtn() % 1000;
        int p = 0, ix = 0;
        for (int k = 0; k < 4; k++) {
            int d = (int)(s >> (k * 8) & 15);
            p = sat16(p + ((d & 8) ? -(d & 7) * (16 + ix) : (d & 7) * (16 + ix)));
            ix += d > 5 ? 2 : -1;
            if (ix < 0)
                ix = 0;
            if (ix > 88)
                ix = 88;
        }
        o += p;
    }
    printf("%llu\n", (unsigned long long)o);
}
