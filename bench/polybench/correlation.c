/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Correlation matrix of the columns of a table: walks down columns.
 */
#include "poly.h"

#include <math.h>

enum { M = SIZE(1200, 440), N = SIZE(1400, 480) };

static NOINLINE void normalise(double data[N][M], double mean[M], double deviation[M])
{
    for (int j = 0; j < M; j++) {
        mean[j] = 0.0;
        for (int i = 0; i < N; i++)
            mean[j] += data[i][j];
        mean[j] /= N;
        deviation[j] = 0.0;
        for (int i = 0; i < N; i++)
            deviation[j] += (data[i][j] - mean[j]) * (data[i][j] - mean[j]);
        deviation[j] = sqrt(deviation[j] / N);
        if (deviation[j] <= 0.1)
            deviation[j] = 1.0;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            data[i][j] = (data[i][j] - mean[j]) / (sqrt((double)N) * deviation[j]);
}

static NOINLINE void correlation(double data[N][M], double corr[M][M])
{
    for (int i = 0; i < M - 1; i++) {
        corr[i][i] = 1.0;
        for (int j = i + 1; j < M; j++) {
            corr[i][j] = 0.0;
            for (int k = 0; k < N; k++)
                corr[i][j] += data[k][i] * data[k][j];
            corr[j][i] = corr[i][j];
        }
    }
    corr[M - 1][M - 1] = 1.0;
}

static void run(void)
{
    double(*data)[M] = MATRIX(M, N), (*corr)[M] = MATRIX(M, M), *mean = VECTOR(M);
    double *deviation = VECTOR(M);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            data[i][j] = (double)(i * j % 37) / M + i;
    normalise(data, mean, deviation);
    correlation(data, corr);
    print_sum("correlation", corr[0], (size_t)M * M);
}
