/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Five-point stencil between two grids.
 */
#include "poly.h"

enum { N = SIZE(1300, 250), STEPS = SIZE(250, 1200) };

static NOINLINE void jacobi(double a[N][N], double b[N][N])
{
    for (int t = 0; t < STEPS; t++) {
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                b[i][j] = 0.2 * (a[i][j] + a[i][j - 1] + a[i][1 + j] + a[1 + i][j] + a[i - 1][j]);
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                a[i][j] = 0.2 * (b[i][j] + b[i][j - 1] + b[i][1 + j] + b[1 + i][j] + b[i - 1][j]);
    }
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N), (*b)[N] = MATRIX(N, N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = ((double)i * (j + 2) + 2) / N;
            b[i][j] = ((double)i * (j + 3) + 3) / N;
        }
    jacobi(a, b);
    print_sum("jacobi-2d", a[0], (size_t)N * N);
}
