/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Conversions between floats and integers: noise, pixels, samples.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

__attribute__((noinline)) static long noise(double x, double y)
{
    int xi = (int)floor(x), yi = (int)floor(y);
    double fx = x - xi, fy = y - yi;
    unsigned h = xi * 374761393u + yi * 668265263u;
    h = (h ^ (h >> 13)) * 1274126177u;
    return (long)((h & 0xffff) * fx * (1 - fy));
}

__attribute__((noinline)) static unsigned pix(float r, float g, float b)
{
    unsigned R = (unsigned)(r * 255.f + .5f), G = (unsigned)(g * 255.f + .5f),
             B = (unsigned)(b * 255.f + .5f);
    return R << 16 | G << 8 | B;
}

__attribute__((noinline)) static int64_t q(double d)
{
    return (int64_t)(d * 65536.0);
}

__attribute__((noinline)) static uint64_t uq(double d)
{
    return (uint64_t)d;
}

static double fromu(uint64_t u)
{
    return (double)u * 0x1p-64;
}

int main()
{
    uint64_t s = 88172645463325252ull, o = 0;
    double acc = 0;
    for (int i = 0; i < 6000000; i++) {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        double d = fromu(s);
        float f = (float)d;
        o += noise(d * 1000 - 500, d * 77) + pix(f, 1 - f, f * f) + q(d - 0.5) + uq(d * 1e15);
        acc += (double)(int)(s >> 40) + (float)(unsigned)s + (double)(int64_t)s;
        o += (unsigned char)(int)(d * 100);
    }
    printf("%llu %g\n", (unsigned long long)o, acc);
}
