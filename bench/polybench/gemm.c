/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C = alpha A B + beta C.
 */
#include "poly.h"

enum { NI = SIZE(1500, 560), NJ = SIZE(1600, 580), NK = SIZE(1700, 600) };

static NOINLINE void gemm(double alpha, double beta, double c[NI][NJ], double a[NI][NK],
                          double b[NK][NJ])
{
    for (int i = 0; i < NI; i++) {
        for (int j = 0; j < NJ; j++)
            c[i][j] *= beta;
        for (int k = 0; k < NK; k++)
            for (int j = 0; j < NJ; j++)
                c[i][j] += alpha * a[i][k] * b[k][j];
    }
}

static void run(void)
{
    double(*c)[NJ] = MATRIX(NJ, NI), (*a)[NK] = MATRIX(NK, NI), (*b)[NJ] = MATRIX(NJ, NK);
    for (int i = 0; i < NI; i++) {
        for (int j = 0; j < NJ; j++)
            c[i][j] = (double)((i * j + 1) % NI) / NI;
        for (int k = 0; k < NK; k++)
            a[i][k] = (double)(i * (k + 1) % NK) / NK;
    }
    for (int k = 0; k < NK; k++)
        for (int j = 0; j < NJ; j++)
            b[k][j] = (double)(k * (j + 2) % NJ) / NJ;
    gemm(1.5, 1.2, c, a, b);
    print_sum("gemm", c[0], (size_t)NI * NJ);
}
