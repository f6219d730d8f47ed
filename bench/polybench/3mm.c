/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The product of two products of matrices, each in its own array.
 */
#include "poly.h"

enum { NI = SIZE(800, 300), NJ = SIZE(850, 310), NK = SIZE(900, 320), NL = SIZE(950, 330) };
enum { NM = SIZE(1000, 340) };

static NOINLINE void three_mm(double ab[NI][NJ], double a[NI][NK], double b[NK][NJ],
                              double cd[NJ][NL], double c[NJ][NM], double d[NM][NL],
                              double all[NI][NL])
{
    for (int i = 0; i < NI; i++)
        for (int j = 0; j < NJ; j++) {
            ab[i][j] = 0.0;
            for (int k = 0; k < NK; k++)
                ab[i][j] += a[i][k] * b[k][j];
        }
    for (int i = 0; i < NJ; i++)
        for (int j = 0; j < NL; j++) {
            cd[i][j] = 0.0;
            for (int k = 0; k < NM; k++)
                cd[i][j] += c[i][k] * d[k][j];
        }
    for (int i = 0; i < NI; i++)
        for (int j = 0; j < NL; j++) {
            all[i][j] = 0.0;
            for (int k = 0; k < NJ; k++)
                all[i][j] += ab[i][k] * cd[k][j];
        }
}

static void fill(double *m, int rows, int cols, int step)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            m[i * cols + j] = (double)((i * (j + step) + step) % rows) / (5 * rows);
}

static void run(void)
{
    double(*ab)[NJ] = MATRIX(NJ, NI), (*a)[NK] = MATRIX(NK, NI), (*b)[NJ] = MATRIX(NJ, NK);
    double(*cd)[NL] = MATRIX(NL, NJ), (*c)[NM] = MATRIX(NM, NJ), (*d)[NL] = MATRIX(NL, NM);
    double(*all)[NL] = MATRIX(NL, NI);
    fill(a[0], NI, NK, 0);
    fill(b[0], NK, NJ, 1);
    fill(c[0], NJ, NM, 3);
    fill(d[0], NM, NL, 2);
    three_mm(ab, a, b, cd, c, d, all);
    print_sum("3mm", all[0], (size_t)NI * NL);
}
