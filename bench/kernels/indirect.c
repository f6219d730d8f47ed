/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Indirect calls: objects with a table of operations, of two signatures, called in an order that a
 * branch predictor learns only in part. Shows what a signature check costs.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct shape;

struct shape_ops {
    uint32_t (*area)(const struct shape *);
    void (*scale)(struct shape *, uint32_t factor);
};

struct shape {
    const struct shape_ops *ops;
    uint32_t width, height;
};

static uint32_t box_area(const struct shape *s)
{
    return s->width * s->height;
}

static uint32_t triangle_area(const struct shape *s)
{
    return s->width * s->height / 2;
}

static uint32_t ring_area(const struct shape *s)
{
    return 3 * (s->width * s->width - s->height * s->height);
}

static uint32_t line_area(const struct shape *s)
{
    return s->width ^ s->height;
}

static void scale_both(struct shape *s, uint32_t factor)
{
    s->width = s->width * factor % 1021;
    s->height = s->height * factor % 1019;
}

static void scale_width(struct shape *s, uint32_t factor)
{
    s->width = s->width * factor % 2039;
}

static const struct shape_ops kinds[] = {
    {box_area, scale_both},
    {triangle_area, scale_width},
    {ring_area, scale_both},
    {line_area, scale_width},
};

enum { SHAPES = 1000 };

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 600;
    static struct shape shapes[SHAPES];
    uint32_t seed = 12345, sum = 0;
    for (int i = 0; i < SHAPES; i++) {
        seed = seed * 1664525u + 1013904223u;
        shapes[i] = (struct shape){&kinds[seed >> 30], (uint32_t)i + 3, (uint32_t)i % 77 + 1};
    }
    for (long r = 0; r < rounds; r++)
        for (int i = 0; i < SHAPES; i++) {
            struct shape *s = &shapes[i];
            sum += s->ops->area(s);
            if ((i + r) % 8 == 0)
                s->ops->scale(s, (uint32_t)r | 1);
        }
    printf("indirect %08x\n", (unsigned)sum);
    return 0;
}
