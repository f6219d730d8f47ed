/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C = alpha (A B' + B A') + beta C, the lower half: two columns at a time.
 */
#include "poly.h"

enum { M = SIZE(800, 420), N = SIZE(1000, 440) };

static NOINLINE void syr2k(double alpha, double beta, double c[N][N], double a[N][M],
                           double b[N][M])
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j <= i; j++)
            c[i][j] *= beta;
        for (int k = 0; k < M; k++)
            for (int j = 0; j <= i; j++)
                c[i][j] += a[j][k] * alpha * b[i][k] + b[j][k] * alpha * a[i][k];
    }
}

static void run(void)
{
    double(*c)[N] = MATRIX(N, N), (*a)[M] = MATRIX(M, N), (*b)[M] = MATRIX(M, N);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < M; j++) {
            a[i][j] = (double)((i * j + 1) % N) / N;
            b[i][j] = (double)((i * j + 2) % M) / M;
        }
        for (int j = 0; j < N; j++)
            c[i][j] = (double)((i * j + 3) % N) / M;
    }
    syr2k(1.5, 1.2, c, a, b);
    print_sum("syr2k", c[0], (size_t)N * N);
}
