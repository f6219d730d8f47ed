/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Vectors, quaternions and matrices of three dimensions as structs by value.
 */
#include <math.h>
#include <stdio.h>

typedef struct {
    double x, y, z;
} V;

typedef struct {
    double w, x, y, z;
} Q;

typedef struct {
    V r[3];
} M;

typedef struct {
    float m[4][4];
} M4;

__attribute__((noinline)) static V cross(V a, V b)
{
    return (V){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static V add(V a, V b)
{
    return (V){a.x + b.x, a.y + b.y, a.z + b.z};
}

static V scale(V a, double k)
{
    return (V){a.x * k, a.y * k, a.z * k};
}

static double dot(V a, V b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

__attribute__((noinline)) static V norm(V a)
{
    return scale(a, 1 / sqrt(dot(a, a)));
}

__attribute__((noinline)) static Q qmul(Q a, Q b)
{
    return (Q){a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
               a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
               a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
               a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w};
}

static V mv(const M *m, V v)
{
    return (V){dot(m->r[0], v), dot(m->r[1], v), dot(m->r[2], v)};
}

static M4 mm(const M4 *a, const M4 *b)
{
    M4 r;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            float s = 0;
            for (int k = 0; k < 4; k++)
                s += a->m[i][k] * b->m[k][j];
            r.m[i][j] = s;
        }
    return r;
}

__attribute__((noinline)) static M4 rot(float c, float s)
{
    M4 r = {{{c, -s, 0, 0}, {s, c, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};
    return r;
}

int main()
{
    V p = {1, 2, 3}, q = {-1, .5, .25};
    Q a = {.9, .1, .2, .3}, b = {.99, .01, -.02, .03};
    M m = {{{.9, .1, 0}, {-.1, .9, .1}, {0, -.1, .95}}};
    M4 t = rot(1, 0);
    double o = 0;
    for (int i = 0; i < 2500000; i++) {
        V c = cross(p, q);
        p = norm(add(p, scale(c, .01)));
        q = mv(&m, add(q, p));
        a = qmul(a, b);
        if ((i & 15) == 0) {
            double n = 1 / sqrt(a.w * a.w + a.x * a.x + a.y * a.y + a.z * a.z);
            a.w *= n;
            a.x *= n;
            a.y *= n;
            a.z *= n;
        }
        if ((i & 3) == 0) {
            M4 r = rot(.999f, .0447f);
            t = mm(&t, &r);
        }
        o += p.x + q.y + a.z;
    }
    printf("%.6g %.6g\n", o, t.m[0][0]);
}
