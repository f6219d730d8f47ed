/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * LU factorisation in place without pivoting: the inner products walk one matrix along rows and
 * down columns, which is hard on the TLB.
 */
#include "poly.h"

enum { N = SIZE(1600, 640) };

static NOINLINE void lu(double a[N][N])
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            for (int k = 0; k < j; k++)
                a[i][j] -= a[i][k] * a[k][j];
            a[i][j] /= a[j][j];
        }
        for (int j = i; j < N; j++)
            for (int k = 0; k < i; k++)
                a[i][j] -= a[i][k] * a[k][j];
    }
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            a[i][j] = (double)((5 * i + 3 * j) % 23 - 11) / 23.0;
        a[i][i] = N;
    }
    lu(a);
    print_sum("lu", a[0], (size_t)N * N);
}
