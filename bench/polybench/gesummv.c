/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * y = alpha A x + beta B x: two inner products in one sweep.
 */
#include "poly.h"

enum { N = SIZE(1300, 500), ROUNDS = SIZE(60, 120) };

static NOINLINE void gesummv(double alpha, double beta, double a[N][N], double b[N][N],
                             double tmp[N], double x[N], double y[N])
{
    for (int i = 0; i < N; i++) {
        tmp[i] = 0.0;
        y[i] = 0.0;
        for (int j = 0; j < N; j++) {
            tmp[i] = a[i][j] * x[j] + tmp[i];
            y[i] = b[i][j] * x[j] + y[i];
        }
        y[i] = alpha * tmp[i] + beta * y[i];
    }
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N), (*b)[N] = MATRIX(N, N), *tmp = VECTOR(N), *x = VECTOR(N);
    double *y = VECTOR(N);
    for (int i = 0; i < N; i++) {
        x[i] = (double)(i % N) / N;
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)((i * j + 1) % N) / N;
            b[i][j] = (double)((i * j + 2) % N) / N;
        }
    }
    for (int t = 0; t < ROUNDS; t++) {
        gesummv(1.5, 1.2, a, b, tmp, x, y);
        x[t % N] += y[t % N] * 1e-6;
    }
    print_sum("gesummv", y, N);
}
