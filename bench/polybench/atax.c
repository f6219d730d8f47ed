/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * y = A' (A x), again and again.
 */
#include "poly.h"

enum { M = SIZE(1900, 500), N = SIZE(2100, 600), ROUNDS = SIZE(160, 300) };

static NOINLINE void atax(double a[M][N], double x[N], double y[N], double tmp[M])
{
    for (int j = 0; j < N; j++)
        y[j] = 0.0;
    for (int i = 0; i < M; i++) {
        tmp[i] = 0.0;
        for (int j = 0; j < N; j++)
            tmp[i] += a[i][j] * x[j];
        for (int j = 0; j < N; j++)
            y[j] += a[i][j] * tmp[i];
    }
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, M), *x = VECTOR(N), *y = VECTOR(N), *tmp = VECTOR(M);
    for (int j = 0; j < N; j++)
        x[j] = 1.0 + (double)j / N;
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++)
            a[i][j] = (double)((i + j) % N) / (5.0 * M);
    for (int r = 0; r < ROUNDS; r++) {
        atax(a, x, y, tmp);
        x[r % N] += y[r % N] * 1e-6;
    }
    print_sum("atax", y, N);
}
