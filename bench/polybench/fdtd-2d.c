/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Finite differences in time: one electric and two magnetic fields (or the reverse) of a plane.
 */
#include "poly.h"

enum { NX = SIZE(1000, 250), NY = SIZE(1200, 300), STEPS = SIZE(200, 900) };

static NOINLINE void fdtd(double ex[NX][NY], double ey[NX][NY], double hz[NX][NY],
                          double source[STEPS])
{
    for (int t = 0; t < STEPS; t++) {
        for (int j = 0; j < NY; j++)
            ey[0][j] = source[t];
        for (int i = 1; i < NX; i++)
            for (int j = 0; j < NY; j++)
                ey[i][j] = ey[i][j] - 0.5 * (hz[i][j] - hz[i - 1][j]);
        for (int i = 0; i < NX; i++)
            for (int j = 1; j < NY; j++)
                ex[i][j] = ex[i][j] - 0.5 * (hz[i][j] - hz[i][j - 1]);
        for (int i = 0; i < NX - 1; i++)
            for (int j = 0; j < NY - 1; j++)
                hz[i][j] = hz[i][j] - 0.7 * (ex[i][j + 1] - ex[i][j] + ey[i + 1][j] - ey[i][j]);
    }
}

static void run(void)
{
    double(*ex)[NY] = MATRIX(NY, NX), (*ey)[NY] = MATRIX(NY, NX), (*hz)[NY] = MATRIX(NY, NX);
    double *source = VECTOR(STEPS);
    for (int t = 0; t < STEPS; t++)
        source[t] = t;
    for (int i = 0; i < NX; i++)
        for (int j = 0; j < NY; j++) {
            ex[i][j] = (double)i * (j + 1) / NX;
            ey[i][j] = (double)i * (j + 2) / NY;
            hz[i][j] = (double)i * (j + 3) / NX;
        }
    fdtd(ex, ey, hz, source);
    print_sum("fdtd-2d ex", ex[0], (size_t)NX * NY);
    print_sum("fdtd-2d hz", hz[0], (size_t)NX * NY);
}
