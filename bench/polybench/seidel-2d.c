/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Nine-point stencil in place: each element waits for the one before.
 */
#include "poly.h"

enum { N = SIZE(1000, 250), STEPS = SIZE(100, 150) };

static NOINLINE void seidel(double a[N][N])
{
    for (int t = 0; t < STEPS; t++)
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                a[i][j] = (a[i - 1][j - 1] + a[i - 1][j] + a[i - 1][j + 1] + a[i][j - 1] + a[i][j] +
                           a[i][j + 1] + a[i + 1][j - 1] + a[i + 1][j] + a[i + 1][j + 1]) /
                          9.0;
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i][j] = ((double)i * (j + 2) + 2) / N;
    seidel(a);
    print_sum("seidel-2d", a[0], (size_t)N * N);
}
