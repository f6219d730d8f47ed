/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Cholesky factorisation in place of a symmetric, diagonally dominant matrix.
 */
#include "poly.h"

#include <math.h>

enum { N = SIZE(2000, 900) };

static NOINLINE void cholesky(double a[N][N])
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            for (int k = 0; k < j; k++)
                a[i][j] -= a[i][k] * a[j][k];
            a[i][j] /= a[j][j];
        }
        for (int k = 0; k < i; k++)
            a[i][i] -= a[i][k] * a[i][k];
        a[i][i] = sqrt(a[i][i]);
    }
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j <= i; j++)
            a[i][j] = a[j][i] = (double)((i + 3 * j) % 17 - 8) / 17.0;
        a[i][i] = N;
    }
    cholesky(a);
    print_sum("cholesky", a[0], (size_t)N * N);
}
