/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Heat in a cube: a seven-point stencil from one array to another and back.
 */
#include "poly.h"

enum { N = SIZE(120, 50), STEPS = SIZE(100, 300) };

static inline void step(double to[N][N][N], double from[N][N][N])
{
    for (int i = 1; i < N - 1; i++)
        for (int j = 1; j < N - 1; j++)
            for (int k = 1; k < N - 1; k++)
                to[i][j][k] =
                    0.125 * (from[i + 1][j][k] - 2.0 * from[i][j][k] + from[i - 1][j][k]) +
                    0.125 * (from[i][j + 1][k] - 2.0 * from[i][j][k] + from[i][j - 1][k]) +
                    0.125 * (from[i][j][k + 1] - 2.0 * from[i][j][k] + from[i][j][k - 1]) +
                    from[i][j][k];
}

static NOINLINE void heat(double a[N][N][N], double b[N][N][N])
{
    for (int t = 0; t < STEPS; t++) {
        step(b, a);
        step(a, b);
    }
}

static void run(void)
{
    double(*a)[N][N] = MATRIX(N * N, N), (*b)[N][N] = MATRIX(N * N, N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++)
                a[i][j][k] = b[i][j][k] = (double)(i + j + (N - k)) * 10.0 / N;
    heat(a, b);
    print_sum("heat-3d", a[0][0], (size_t)N * N * N);
}
