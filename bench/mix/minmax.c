/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * fmin, fmax, clamping and copysign: boxes hit by rays, smooth steps.
 */
#include <math.h>
#include <stdio.h>

typedef struct {
    double lo[3], hi[3];
} Box;

typedef struct {
    double o[3], inv[3];
} Ray;

static int hit(const Ray *r, const Box *b, double tmax)
{
    double t0 = 0, t1 = tmax;
    for (int i = 0; i < 3; i++) {
        double a = (b->lo[i] - r->o[i]) * r->inv[i], c = (b->hi[i] - r->o[i]) * r->inv[i];
        t0 = fmax(t0, fmin(a, c));
        t1 = fmin(t1, fmax(a, c));
    }
    return t0 <= t1;
}

static double clamp(double x, double a, double b)
{
    return x < a ? a : x > b ? b : x;
}

static float smooth(float a, float b, float x)
{
    float t = fminf(fmaxf((x - a) / (b - a), 0.f), 1.f);
    return t * t * (3 - 2 * t);
}

int main()
{
    static Box b[256];
    unsigned s = 7;
    for (int i = 0; i < 256; i++)
        for (int k = 0; k < 3; k++) {
            s = s * 1664525 + 1013904223;
            b[i].lo[k] = (s >> 8) * 1e-6;
            b[i].hi[k] = b[i].lo[k] + (s >> 20) * 1e-3;
        }
    long h = 0;
    double acc = 0;
    float fa = 0;
    for (int n = 0; n < 20000; n++) {
        Ray r;
        for (int k = 0; k < 3; k++) {
            s = s * 1664525 + 1013904223;
            r.o[k] = (s >> 8) * 1e-6;
            s = s * 1664525 + 1013904223;
            r.inv[k] = 1.0 / ((int)(s >> 8) - (1 << 23) + 0.5) * 1e6;
        }
        for (int i = 0; i < 256; i++)
            h += hit(&r, &b[i], 1e3);
        for (int i = 0; i < 100; i++) {
            acc += clamp(r.o[i % 3] * i - 100, -5, 5);
            fa += smooth(0, 10, (float)r.o[i % 3] * i);
            if (acc > 1e6)
                acc -= 1e6;
            if (copysign(1, acc) < 0)
                acc = -acc;
        }
    }
    printf("%ld %g %g\n", h, acc, fa);
}
