/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Perlin noise: floor, conversions to integers, tables of permutations.
 */
#include <math.h>
#include <stdio.h>
static int p[512];

static double f(double t)
{
    return t * t * t * (t * (t * 6 - 15) + 10);
}

static double l(double t, double a, double b)
{
    return a + t * (b - a);
}

static double g(int h, double x, double y, double z)
{
    h &= 15;
    double u = h < 8 ? x : y, v = h < 4 ? y : h == 12 || h == 14 ? x : z;
    return ((h & 1) ? -u : u) + ((h & 2) ? -v : v);
}

static double noise(double x, double y, double z)
{
    int X = (int)floor(x) & 255, Y = (int)floor(y) & 255, Z = (int)floor(z) & 255;
    x -= floor(x);
    y -= floor(y);
    z -= floor(z);
    double u = f(x), v = f(y), w = f(z);
    int A = p[X] + Y, AA = p[A] + Z, AB = p[A + 1] + Z, B = p[X + 1] + Y, BA = p[B] + Z,
        BB = p[B + 1] + Z;
    return l(w,
             l(v, l(u, g(p[AA], x, y, z), g(p[BA], x - 1, y, z)),
               l(u, g(p[AB], x, y - 1, z), g(p[BB], x - 1, y - 1, z))),
             l(v, l(u, g(p[AA + 1], x, y, z - 1), g(p[BA + 1], x - 1, y, z - 1)),
               l(u, g(p[AB + 1], x, y - 1, z - 1), g(p[BB + 1], x - 1, y - 1, z - 1))));
}

int main(void)
{
    unsigned s = 1;
    for (int i = 0; i < 256; i++)
        p[i] = i;
    for (int i = 255; i > 0; i--) {
        s = s * 1664525 + 1013904223;
        int j = (s >> 8) % (unsigned)(i + 1), t = p[i];
        p[i] = p[j];
        p[j] = t;
    }
    for (int i = 0; i < 256; i++)
        p[i + 256] = p[i];
    double r = 0;
    for (int i = 0; i < 4000000; i++)
        r += noise(i * .013, i * .007, i * .0031);
    printf("%.6f\n", r);
}
