/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * All shortest paths of a dense graph, integers.
 */
#include "poly.h"

enum { N = SIZE(1200, 520) };

static NOINLINE void floyd_warshall(int path[N][N])
{
    for (int k = 0; k < N; k++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                path[i][j] =
                    path[i][j] < path[i][k] + path[k][j] ? path[i][j] : path[i][k] + path[k][j];
}

static void run(void)
{
    int(*path)[N] = grid(sizeof(int[N][N]));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            path[i][j] = i * j % 7 + 1;
            if ((i + j) % 13 == 0 || (i + j) % 7 == 0 || (i + j) % 11 == 0)
                path[i][j] = 999;
        }
    floyd_warshall(path);
    long sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            sum = (sum * 7 + path[i][j]) % 1000003;
    printf("floyd-warshall %ld\n", sum);
}
