/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C = alpha A B + beta C with a symmetric A of which one half is kept: an update and an inner
 * product in the same loop.
 */
#include "poly.h"

enum { M = SIZE(800, 460), N = SIZE(900, 480) };

static NOINLINE void symm(double alpha, double beta, double c[M][N], double a[M][M], double b[M][N])
{
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0.0;
            for (int k = 0; k < i; k++) {
                c[k][j] += alpha * b[i][j] * a[i][k];
                sum += b[k][j] * a[i][k];
            }
            c[i][j] = beta * c[i][j] + alpha * b[i][j] * a[i][i] + alpha * sum;
        }
}

static void run(void)
{
    double(*c)[N] = MATRIX(N, M), (*a)[M] = MATRIX(M, M), (*b)[N] = MATRIX(N, M);
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < N; j++) {
            c[i][j] = (double)((i + j) % 100) / M;
            b[i][j] = (double)((N + i - j) % 100) / M;
        }
        for (int j = 0; j <= i; j++)
            a[i][j] = (double)((i + j) % 100) / M;
    }
    symm(1.5, 1.2, c, a, b);
    print_sum("symm", c[0], (size_t)M * N);
}
