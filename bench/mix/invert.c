/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Inverses, determinants and products of matrices of doubles; eigenvalues by iteration.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 120 };

static double matrix[N][N], work[N][2 * N], product[N][N];

static double invert(void)
{
    double determinant = 1;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            work[i][j] = matrix[i][j], work[i][N + j] = i == j;
    for (int k = 0; k < N; k++) {
        int pivot = k;
        for (int i = k + 1; i < N; i++)
            if (fabs(work[i][k]) > fabs(work[pivot][k]))
                pivot = i;
        for (int j = 0; j < 2 * N; j++) {
            double x = work[k][j];
            work[k][j] = work[pivot][j];
            work[pivot][j] = x;
        }
        double factor = work[k][k];
        determinant *= factor;
        for (int j = 0; j < 2 * N; j++)
            work[k][j] /= factor;
        for (int i = 0; i < N; i++) {
            if (i == k)
                continue;
            double by = work[i][k];
            for (int j = k; j < 2 * N; j++)
                work[i][j] -= by * work[k][j];
        }
    }
    return determinant;
}

static double error(void)
{
    double worst = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += matrix[i][k] * work[k][N + j];
            product[i][j] = sum;
            worst = fmax(worst, fabs(sum - (i == j)));
        }
    return worst;
}

static double greatest_eigenvalue(void)
{
    double x[N], y[N], length = 0;
    for (int i = 0; i < N; i++)
        x[i] = 1;
    for (int round = 0; round < 100; round++) {
        length = 0;
        for (int i = 0; i < N; i++) {
            y[i] = 0;
            for (int j = 0; j < N; j++)
                y[i] += matrix[i][j] * x[j];
            length += y[i] * y[i];
        }
        length = sqrt(length);
        for (int i = 0; i < N; i++)
            x[i] = y[i] / length;
    }
    return length;
}

int main(void)
{
    unsigned seed = 4;
    double sum = 0;
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < N * N; i++)
            matrix[i / N][i % N] =
                ((seed = seed * 1664525 + 1013904223) >> 8) * 0x1p-24 + (i % (N + 1) == 0);
        sum += log(fabs(invert())) + greatest_eigenvalue();
        sum += error() < 1e-6;
    }
    printf("%.6f\n", sum);
}
