/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * B = alpha A' B with a triangular A of ones on the diagonal: down two columns at a time.
 */
#include "poly.h"

enum { M = SIZE(800, 540), N = SIZE(900, 560) };

static NOINLINE void trmm(double alpha, double a[M][M], double b[M][N])
{
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            for (int k = i + 1; k < M; k++)
                b[i][j] += a[k][i] * b[k][j];
            b[i][j] = alpha * b[i][j];
        }
}

static void run(void)
{
    double(*a)[M] = MATRIX(M, M), (*b)[N] = MATRIX(N, M);
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < i; j++)
            a[i][j] = (double)((i + j) % M) / M;
        a[i][i] = 1.0;
        for (int j = 0; j < N; j++)
            b[i][j] = (double)((N + i - j) % N) / N;
    }
    trmm(1.5, a, b);
    print_sum("trmm", b[0], (size_t)M * N);
}
