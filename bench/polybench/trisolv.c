/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Forward substitution with a lower triangular matrix, again and again.
 */
#include "poly.h"

enum { N = SIZE(2000, 500), ROUNDS = SIZE(60, 800) };

static NOINLINE void trisolv(double l[N][N], double x[N], double b[N])
{
    for (int i = 0; i < N; i++) {
        x[i] = b[i];
        for (int j = 0; j < i; j++)
            x[i] -= l[i][j] * x[j];
        x[i] = x[i] / l[i][i];
    }
}

static void run(void)
{
    double(*l)[N] = MATRIX(N, N), *x = VECTOR(N), *b = VECTOR(N);
    for (int i = 0; i < N; i++) {
        b[i] = i;
        for (int j = 0; j <= i; j++)
            l[i][j] = (double)(i + N - j + 1) * 2.0 / N;
    }
    for (int t = 0; t < ROUNDS; t++) {
        trisolv(l, x, b);
        b[t % N] += x[t % N] * 1e-6;
    }
    print_sum("trisolv", x, N);
}
