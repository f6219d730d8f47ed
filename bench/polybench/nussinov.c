/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Nussinov's table of an RNA sequence: the most pairs of bases that can bind, integers and maxima.
 */
#include "poly.h"

enum { N = SIZE(1700, 850) };

static inline int max(int a, int b)
{
    return a > b ? a : b;
}

static NOINLINE void nussinov(const char seq[N], int table[N][N])
{
    for (int i = N - 1; i >= 0; i--)
        for (int j = i + 1; j < N; j++) {
            int best = table[i][j];
            best = max(best, table[i][j - 1]);
            if (i + 1 < N) {
                int pair = i < j - 1 && seq[i] + seq[j] == 3;
                best = max(best, table[i + 1][j]);
                best = max(best, table[i + 1][j - 1] + pair);
            }
            for (int k = i + 1; k < j; k++)
                best = max(best, table[i][k] + table[k + 1][j]);
            table[i][j] = best;
        }
}

static void run(void)
{
    char *seq = grid(N);
    int(*table)[N] = grid(sizeof(int[N][N]));
    unsigned random = 12345;
    for (int i = 0; i < N; i++) {
        random = random * 1103515245u + 12345u;
        seq[i] = (char)(random >> 16 & 3);
    }
    nussinov(seq, table);
    long sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            sum = (sum * 7 + table[i][j]) % 1000003;
    printf("nussinov %d %ld\n", table[0][N - 1], sum);
}
