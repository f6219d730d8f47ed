/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A matrix changed by two outer products, then multiplied from both sides, again and again.
 */
#include "poly.h"

enum { N = SIZE(2000, 500), ROUNDS = SIZE(25, 160) };

static NOINLINE void gemver(double alpha, double beta, double a[N][N], double u1[N], double v1[N],
                            double u2[N], double v2[N], double w[N], double x[N], double y[N],
                            double z[N])
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i][j] = a[i][j] + u1[i] * v1[j] + u2[i] * v2[j];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            x[i] = x[i] + beta * a[j][i] * y[j];
    for (int i = 0; i < N; i++)
        x[i] = x[i] + z[i];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            w[i] = w[i] + alpha * a[i][j] * x[j];
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N), *u1 = VECTOR(N), *v1 = VECTOR(N), *u2 = VECTOR(N);
    double *v2 = VECTOR(N), *w = VECTOR(N), *x = VECTOR(N), *y = VECTOR(N), *z = VECTOR(N);
    for (int i = 0; i < N; i++) {
        u1[i] = (double)i / N * 1e-3;
        u2[i] = (i + 1.0) / N / 2.0 * 1e-3;
        v1[i] = (i + 1.0) / N / 4.0;
        v2[i] = (i + 1.0) / N / 6.0;
        y[i] = (i + 1.0) / N / 8.0;
        z[i] = (i + 1.0) / N / 9.0;
        for (int j = 0; j < N; j++)
            a[i][j] = (double)(i * j % N) / N;
    }
    for (int t = 0; t < ROUNDS; t++) {
        memset(x, 0, N * sizeof *x);
        gemver(1.5e-4, 1.2e-3, a, u1, v1, u2, v2, w, x, y, z);
    }
    print_sum("gemver", w, N);
}
