/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * D = alpha A B C + beta D: two matrix products, inner products innermost.
 */
#include "poly.h"

enum { NI = SIZE(800, 360), NJ = SIZE(900, 380), NK = SIZE(1000, 400), NL = SIZE(1100, 420) };

static NOINLINE void two_mm(double alpha, double beta, double tmp[NI][NJ], double a[NI][NK],
                            double b[NK][NJ], double c[NJ][NL], double d[NI][NL])
{
    for (int i = 0; i < NI; i++)
        for (int j = 0; j < NJ; j++) {
            tmp[i][j] = 0.0;
            for (int k = 0; k < NK; k++)
                tmp[i][j] += alpha * a[i][k] * b[k][j];
        }
    for (int i = 0; i < NI; i++)
        for (int j = 0; j < NL; j++) {
            d[i][j] *= beta;
            for (int k = 0; k < NJ; k++)
                d[i][j] += tmp[i][k] * c[k][j];
        }
}

static void fill(double *m, int rows, int cols, int step)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            m[i * cols + j] = (double)(i * (j + step) % cols) / cols;
}

static void run(void)
{
    double(*tmp)[NJ] = MATRIX(NJ, NI), (*a)[NK] = MATRIX(NK, NI), (*b)[NJ] = MATRIX(NJ, NK);
    double(*c)[NL] = MATRIX(NL, NJ), (*d)[NL] = MATRIX(NL, NI);
    fill(a[0], NI, NK, 1);
    fill(b[0], NK, NJ, 1);
    fill(c[0], NJ, NL, 3);
    fill(d[0], NI, NL, 2);
    two_mm(1.5, 1.2, tmp, a, b, c, d);
    print_sum("2mm", d[0], (size_t)NI * NL);
}
