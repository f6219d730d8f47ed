/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * QR decomposition by Gram and Schmidt: everything walks down columns.
 */
#include "poly.h"

#include <math.h>

enum { M = SIZE(700, 480), N = SIZE(800, 460) };

static NOINLINE void gramschmidt(double a[M][N], double r[N][N], double q[M][N])
{
    for (int k = 0; k < N; k++) {
        double norm = 0.0;
        for (int i = 0; i < M; i++)
            norm += a[i][k] * a[i][k];
        r[k][k] = sqrt(norm);
        for (int i = 0; i < M; i++)
            q[i][k] = a[i][k] / r[k][k];
        for (int j = k + 1; j < N; j++) {
            r[k][j] = 0.0;
            for (int i = 0; i < M; i++)
                r[k][j] += q[i][k] * a[i][j];
            for (int i = 0; i < M; i++)
                a[i][j] = a[i][j] - q[i][k] * r[k][j];
        }
    }
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, M), (*r)[N] = MATRIX(N, N), (*q)[N] = MATRIX(N, M);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++)
            a[i][j] = (double)(i * (j + 1) % M) / M * 100.0 + 10.0 + (i == j ? 50.0 : 0.0);
    gramschmidt(a, r, q);
    print_sum("gramschmidt", r[0], (size_t)N * N);
}
