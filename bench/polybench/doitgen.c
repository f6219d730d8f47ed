/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A product of each row of a three-dimensional array with a matrix.
 */
#include "poly.h"

enum { NR = SIZE(200, 80), NQ = SIZE(180, 70), NP = SIZE(180, 140) };

static NOINLINE void doitgen(double a[NR][NQ][NP], double c4[NP][NP], double sum[NP])
{
    for (int r = 0; r < NR; r++)
        for (int q = 0; q < NQ; q++) {
            for (int p = 0; p < NP; p++) {
                sum[p] = 0.0;
                for (int s = 0; s < NP; s++)
                    sum[p] += a[r][q][s] * c4[s][p];
            }
            for (int p = 0; p < NP; p++)
                a[r][q][p] = sum[p];
        }
}

static void run(void)
{
    double(*a)[NQ][NP] = grid(sizeof(double[NR][NQ][NP])), (*c4)[NP] = MATRIX(NP, NP);
    double *sum = VECTOR(NP);
    for (int i = 0; i < NR; i++)
        for (int j = 0; j < NQ; j++)
            for (int k = 0; k < NP; k++)
                a[i][j][k] = (double)((i * j + k) % NP) / NP;
    for (int i = 0; i < NP; i++)
        for (int j = 0; j < NP; j++)
            c4[i][j] = (double)(i * j % NP) / NP;
    doitgen(a, c4, sum);
    print_sum("doitgen", a[0][0], (size_t)NR * NQ * NP);
}
