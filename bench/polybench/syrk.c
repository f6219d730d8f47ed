/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C = alpha A A' + beta C, the lower half: rows updated by rows.
 */
#include "poly.h"

enum { M = SIZE(1000, 640), N = SIZE(1200, 660) };

static NOINLINE void syrk(double alpha, double beta, double c[N][N], double a[N][M])
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j <= i; j++)
            c[i][j] *= beta;
        for (int k = 0; k < M; k++)
            for (int j = 0; j <= i; j++)
                c[i][j] += alpha * a[i][k] * a[j][k];
    }
}

static void run(void)
{
    double(*c)[N] = MATRIX(N, N), (*a)[M] = MATRIX(M, N);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < M; j++)
            a[i][j] = (double)((i * j + 1) % N) / N;
        for (int j = 0; j < N; j++)
            c[i][j] = (double)((i * j + 2) % M) / M;
    }
    syrk(1.5, 1.2, c, a);
    print_sum("syrk", c[0], (size_t)N * N);
}
