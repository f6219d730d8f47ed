/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Three-point stencil of a line, from one array to another and back.
 */
#include "poly.h"

enum { N = SIZE(2000, 1000), STEPS = SIZE(200000, 100000) };

static NOINLINE void jacobi(double a[N], double b[N])
{
    for (int t = 0; t < STEPS; t++) {
        for (int i = 1; i < N - 1; i++)
            b[i] = 0.33333 * (a[i - 1] + a[i] + a[i + 1]);
        for (int i = 1; i < N - 1; i++)
            a[i] = 0.33333 * (b[i - 1] + b[i] + b[i + 1]);
    }
}

static void run(void)
{
    double *a = VECTOR(N), *b = VECTOR(N);
    for (int i = 0; i < N; i++) {
        a[i] = (i + 2.0) / N;
        b[i] = (i + 3.0) / N;
    }
    jacobi(a, b);
    print_sum("jacobi-1d", a, N);
}
