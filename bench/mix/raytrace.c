/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A ray tracer: spheres over a plane, shadows and mirrors, structs by value.
 */
#include <math.h>
#include <stdio.h>

enum { WIDTH = 960, HEIGHT = 720, SPHERES = 9, DEPTH = 4 };

struct vector {
    double x, y, z;
};

static struct sphere {
    struct vector center, color;
    double radius, mirror;
} spheres[SPHERES];

static struct vector add(struct vector a, struct vector b)
{
    return (struct vector){a.x + b.x, a.y + b.y, a.z + b.z};
}

static struct vector scale(struct vector a, double by)
{
    return (struct vector){a.x * by, a.y * by, a.z * by};
}

static double dot(struct vector a, struct vector b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static struct vector unit(struct vector a)
{
    return scale(a, 1 / sqrt(dot(a, a)));
}

/* How far to the nearest sphere, and which. */
static double hit(struct vector from, struct vector to, int *which)
{
    double nearest = 1e9;
    *which = -1;
    for (int i = 0; i < SPHERES; i++) {
        struct vector d = add(from, scale(spheres[i].center, -1));
        double b = dot(d, to), c = dot(d, d) - spheres[i].radius * spheres[i].radius,
               root = b * b - c;
        if (root < 0)
            continue;
        double t = -b - sqrt(root);
        if (t > 1e-4 && t < nearest)
            nearest = t, *which = i;
    }
    return nearest;
}

static struct vector trace(struct vector from, struct vector to, int depth)
{
    static const struct vector sky = {0.4, 0.6, 0.9}, light = {0.5, 0.7, -0.5};
    struct vector normal = {0, 1, 0}, color = {0.8, 0.8, 0.8};
    int which, shadow;
    double t = hit(from, to, &which), ground = to.y < -1e-6 ? -from.y / to.y : 1e9, mirror = 0.2;
    if (t == 1e9 && ground == 1e9)
        return sky;
    struct vector at = add(from, scale(to, fmin(t, ground)));
    if (t < ground) {
        normal = unit(add(at, scale(spheres[which].center, -1)));
        color = spheres[which].color;
        mirror = spheres[which].mirror;
    } else if (((int)floor(at.x) + (int)floor(at.z)) & 1) {
        color = (struct vector){0.2, 0.2, 0.2};
    }
    double bright = fmax(0.1, dot(normal, unit(light)));
    if (hit(at, unit(light), &shadow) < 1e9)
        bright = 0.1;
    color = scale(color, bright);
    if (depth == 0)
        return color;
    struct vector back = add(to, scale(normal, -2 * dot(to, normal)));
    return add(scale(color, 1 - mirror), scale(trace(at, back, depth - 1), mirror));
}

int main(void)
{
    struct vector sum = {0, 0, 0}, eye = {0, 1.5, -6};
    for (int i = 0; i < SPHERES; i++)
        spheres[i] = (struct sphere){{i % 3 * 1.6 - 1.6, 0.6 + i % 2, i / 3 * 1.5},
                                     {i % 2, i % 3 * 0.5, 0.7},
                                     0.6,
                                     i * 0.08};
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            sum = add(sum, trace(eye,
                                 unit((struct vector){(x - WIDTH / 2) / 600.0,
                                                      (HEIGHT / 2 - y) / 600.0, 1}),
                                 DEPTH));
    printf("%.4f %.4f %.4f\n", sum.x, sum.y, sum.z);
}
