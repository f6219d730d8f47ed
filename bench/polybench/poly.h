/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the programs of this folder share. They are our own, named after the kernels of PolyBench/C
 * and doing the same work: doubles on the heap, handed to the kernel as arrays of constant shape,
 * so that a compiler sees strides and nothing about aliases. SIZE picks the dimension of the large
 * set (half a second to two natively) or of the small one (-DSMALL). Scale 0 ends at once: what
 * starting takes.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef SMALL
#define SIZE(large, small) (small)
#else
#define SIZE(large, small) (large)
#endif

#define NOINLINE __attribute__((noinline))

static void run(void);

/* Zeroed, for the life of the program. */
static void *grid(size_t bytes)
{
    void *p = calloc(1, bytes);
    if (!p)
        abort();
    return p;
}

#define VECTOR(n)          ((double *)grid((size_t)(n) * sizeof(double)))
#define MATRIX(cols, rows) grid((size_t)(rows) * (size_t)(cols) * sizeof(double))

/* One number in which every element counts, at its place. */
static inline void print_sum(const char *name, const double *v, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * (double)(i % 31 + 1);
    printf("%s %.12e\n", name, sum);
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "0") != 0)
        run();
    return 0;
}
