/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Covariance matrix of the columns of a table: walks down columns.
 */
#include "poly.h"

enum { M = SIZE(1200, 440), N = SIZE(1400, 480) };

static NOINLINE void centre(double data[N][M], double mean[M])
{
    for (int j = 0; j < M; j++) {
        mean[j] = 0.0;
        for (int i = 0; i < N; i++)
            mean[j] += data[i][j];
        mean[j] /= N;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            data[i][j] -= mean[j];
}

static NOINLINE void covariance(double data[N][M], double cov[M][M])
{
    for (int i = 0; i < M; i++)
        for (int j = i; j < M; j++) {
            cov[i][j] = 0.0;
            for (int k = 0; k < N; k++)
                cov[i][j] += data[k][i] * data[k][j];
            cov[i][j] /= N - 1.0;
            cov[j][i] = cov[i][j];
        }
}

static void run(void)
{
    double(*data)[M] = MATRIX(M, N), (*cov)[M] = MATRIX(M, M), *mean = VECTOR(M);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            data[i][j] = (double)(i * j) / M;
    centre(data, mean);
    covariance(data, cov);
    print_sum("covariance", cov[0], (size_t)M * M);
}
