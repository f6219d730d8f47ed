/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A system of equations by LU decomposition: a running difference a row, then two substitutions.
 */
#include "poly.h"

enum { N = SIZE(1400, 700) };

static NOINLINE void ludcmp(double a[N][N], double b[N], double x[N], double y[N])
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            double w = a[i][j];
            for (int k = 0; k < j; k++)
                w -= a[i][k] * a[k][j];
            a[i][j] = w / a[j][j];
        }
        for (int j = i; j < N; j++) {
            double w = a[i][j];
            for (int k = 0; k < i; k++)
                w -= a[i][k] * a[k][j];
            a[i][j] = w;
        }
    }
    for (int i = 0; i < N; i++) {
        double w = b[i];
        for (int j = 0; j < i; j++)
            w -= a[i][j] * y[j];
        y[i] = w;
    }
    for (int i = N - 1; i >= 0; i--) {
        double w = y[i];
        for (int j = i + 1; j < N; j++)
            w -= a[i][j] * x[j];
        x[i] = w / a[i][i];
    }
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N), *b = VECTOR(N), *x = VECTOR(N), *y = VECTOR(N);
    for (int i = 0; i < N; i++) {
        b[i] = (i + 1.0) / N / 2.0 + 4.0;
        for (int j = 0; j < N; j++)
            a[i][j] = (double)((7 * i + 2 * j) % 29 - 14) / 29.0;
        a[i][i] = N;
    }
    ludcmp(a, b, x, y);
    print_sum("ludcmp", x, N);
}
