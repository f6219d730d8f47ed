/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Durbin's recursion for a Toeplitz system: short dependent loops over vectors, one of them
 * backwards.
 */
#include "poly.h"

enum { N = SIZE(2000, 900), ROUNDS = SIZE(300, 300) };

static NOINLINE void durbin(double r[N], double y[N])
{
    double z[N], alpha = -r[0], beta = 1.0;
    y[0] = -r[0];
    for (int k = 1; k < N; k++) {
        beta = (1 - alpha * alpha) * beta;
        double sum = 0.0;
        for (int i = 0; i < k; i++)
            sum += r[k - i - 1] * y[i];
        alpha = -(r[k] + sum) / beta;
        for (int i = 0; i < k; i++)
            z[i] = y[i] + alpha * y[k - i - 1];
        for (int i = 0; i < k; i++)
            y[i] = z[i];
        y[k] = alpha;
    }
}

static void run(void)
{
    double *r = VECTOR(N), *y = VECTOR(N);
    for (int i = 0; i < N; i++)
        r[i] = 0.5 / (i + 2);
    for (int t = 0; t < ROUNDS; t++) {
        durbin(r, y);
        r[t % N] += y[N / 2] * 1e-6;
    }
    print_sum("durbin", y, N);
}
