/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * x1 += A y1 and x2 += A' y2: one matrix along rows and down columns, again and again.
 */
#include "poly.h"

enum { N = SIZE(2000, 500), ROUNDS = SIZE(30, 200) };

static NOINLINE void mvt(double x1[N], double x2[N], double y1[N], double y2[N], double a[N][N])
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            x1[i] = x1[i] + a[i][j] * y1[j];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            x2[i] = x2[i] + a[j][i] * y2[j];
}

static void run(void)
{
    double(*a)[N] = MATRIX(N, N), *x1 = VECTOR(N), *x2 = VECTOR(N), *y1 = VECTOR(N);
    double *y2 = VECTOR(N);
    for (int i = 0; i < N; i++) {
        x1[i] = (double)(i % N) / N;
        x2[i] = (double)((i + 1) % N) / N;
        y1[i] = (double)((i + 3) % N) / N;
        y2[i] = (double)((i + 4) % N) / N;
        for (int j = 0; j < N; j++)
            a[i][j] = (double)(i * j % N) / N;
    }
    for (int t = 0; t < ROUNDS; t++)
        mvt(x1, x2, y1, y2, a);
    print_sum("mvt x1", x1, N);
    print_sum("mvt x2", x2, N);
}
