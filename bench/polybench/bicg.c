/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * s = A' r and q = A p in one sweep, again and again.
 */
#include "poly.h"

enum { M = SIZE(1900, 500), N = SIZE(2100, 600), ROUNDS = SIZE(60, 80) };

static NOINLINE void bicg(double a[N][M], double s[M], double q[N], double p[M], double r[N])
{
    for (int j = 0; j < M; j++)
        s[j] = 0.0;
    for (int i = 0; i < N; i++) {
        q[i] = 0.0;
        for (int j = 0; j < M; j++) {
            s[j] += r[i] * a[i][j];
            q[i] += a[i][j] * p[j];
        }
    }
}

static void run(void)
{
    double(*a)[M] = MATRIX(M, N), *s = VECTOR(M), *q = VECTOR(N), *p = VECTOR(M), *r = VECTOR(N);
    for (int j = 0; j < M; j++)
        p[j] = (double)(j % M) / M;
    for (int i = 0; i < N; i++) {
        r[i] = (double)(i % N) / N;
        for (int j = 0; j < M; j++)
            a[i][j] = (double)(i * (j + 1) % N) / N;
    }
    for (int t = 0; t < ROUNDS; t++) {
        bicg(a, s, q, p, r);
        p[t % M] += q[t % N] * 1e-6;
    }
    print_sum("bicg s", s, M);
    print_sum("bicg q", q, N);
}
