/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Alternating directions: each half step solves a tridiagonal system a column, then a row, by a
 * sweep forwards and one backwards.
 */
#include "poly.h"

enum { N = SIZE(1000, 250), STEPS = SIZE(40, 45) };

/* One row of coefficients, forwards from a known left end; line is the right-hand side. */
static inline void forwards(double p[N], double q[N], const double line[N], double a, double b)
{
    p[0] = 0.0;
    q[0] = 1.0;
    for (int j = 1; j < N - 1; j++) {
        p[j] = -a / (a * p[j - 1] + b);
        q[j] = (line[j] - a * q[j - 1]) / (a * p[j - 1] + b);
    }
}

static NOINLINE void adi(double u[N][N], double v[N][N], double p[N][N], double q[N][N])
{
    double a = -0.25, b = 1.5, d = -0.3, f = 1.6, line[N];
    for (int t = 0; t < STEPS; t++) {
        for (int i = 1; i < N - 1; i++) {
            v[0][i] = 1.0;
            for (int j = 1; j < N - 1; j++)
                line[j] = -d * u[j][i - 1] + (1.0 + 2.0 * d) * u[j][i] - d * u[j][i + 1];
            forwards(p[i], q[i], line, a, b);
            v[N - 1][i] = 1.0;
            for (int j = N - 2; j > 0; j--)
                v[j][i] = p[i][j] * v[j + 1][i] + q[i][j];
        }
        for (int i = 1; i < N - 1; i++) {
            u[i][0] = 1.0;
            for (int j = 1; j < N - 1; j++)
                line[j] = -a * v[i - 1][j] + (1.0 + 2.0 * a) * v[i][j] - a * v[i + 1][j];
            forwards(p[i], q[i], line, d, f);
            u[i][N - 1] = 1.0;
            for (int j = N - 2; j > 0; j--)
                u[i][j] = p[i][j] * u[i][j + 1] + q[i][j];
        }
    }
}

static void run(void)
{
    double(*u)[N] = MATRIX(N, N), (*v)[N] = MATRIX(N, N), (*p)[N] = MATRIX(N, N);
    double(*q)[N] = MATRIX(N, N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            u[i][j] = (double)(i + N - j) / N;
    adi(u, v, p, q);
    print_sum("adi", u[0], (size_t)N * N);
}
