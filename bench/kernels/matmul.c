/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Dense matrix product, doubles, i-k-j order: the inner loop is the textbook case of vectorisation
 * with two streams. Repeated on its own result so that nothing can be left out.
 */
#include <stdio.h>
#include <stdlib.h>

enum { N = 256 };

static double a[N][N], b[N][N], c[N][N];

static void fill(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)((i * 7 + j * 3) % 11) / 11.0;
            b[i][j] = (double)((i * 5 + j * 13) % 17) / (17.0 * N);
        }
}

static void multiply(void)
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            c[i][j] = 0.0;
        for (int k = 0; k < N; k++)
            for (int j = 0; j < N; j++)
                c[i][j] += a[i][k] * b[k][j];
    }
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 2 / 3 + 1;
    fill();
    for (long r = 0; r < rounds; r++) {
        multiply();
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                a[i][j] = 0.5 * a[i][j] + c[i][j];
    }
    double trace = 0.0;
    for (int i = 0; i < N; i++)
        trace += c[i][i] + c[i][N - 1 - i];
    printf("matmul %.12e\n", trace);
    return 0;
}
