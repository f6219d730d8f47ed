/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Small integer matrices: 16-bit elements, 32-bit products, with a constant, a vector and a matrix,
 * and a product of bit fields.
 */
#include "crc.h"

enum { MOST = 24 };

static void multiply_constant(int n, int32_t *c, const int16_t *a, int16_t by)
{
    for (int i = 0; i < n * n; i++)
        c[i] = (int32_t)a[i] * by;
}

static void multiply_vector(int n, int32_t *c, const int16_t *a, const int16_t *v)
{
    for (int i = 0; i < n; i++) {
        c[i] = 0;
        for (int j = 0; j < n; j++)
            c[i] += (int32_t)a[i * n + j] * v[j];
    }
}

static void multiply_matrix(int n, int32_t *c, const int16_t *a, const int16_t *b)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            c[i * n + j] = 0;
            for (int k = 0; k < n; k++)
                c[i * n + j] += (int32_t)a[i * n + k] * b[k * n + j];
        }
}

static void multiply_fields(int n, int32_t *c, const int16_t *a, const int16_t *b)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            c[i * n + j] = 0;
            for (int k = 0; k < n; k++) {
                int32_t t = (int32_t)a[i * n + k] * b[k * n + j];
                c[i * n + j] += (t >> 2 & 0xf) * (t >> 5 & 0x7f);
            }
        }
}

/* Counts rises and adds up until a limit: a branch for each element. */
static uint16_t sum(int n, const int32_t *c, int32_t limit)
{
    int32_t total = 0, last = 0;
    int16_t result = 0;
    for (int i = 0; i < n * n; i++) {
        total += c[i];
        if (total > limit) {
            result = (int16_t)(result + 10);
            total = 0;
        } else {
            result = (int16_t)(result + (c[i] > last));
        }
        last = c[i];
    }
    return (uint16_t)result;
}

int main(int argc, char **argv)
{
    static int16_t a[MOST * MOST], b[MOST * MOST];
    static int32_t c[MOST * MOST];
    uint16_t crc = 0;
    for (int i = 0; i < MOST * MOST; i++) {
        a[i] = (int16_t)(i * 37 % 251 - 120);
        b[i] = (int16_t)(i * 53 % 241 - 110);
    }
    for (long r = 0; r < scale_of(argc, argv) * 300; r++) {
        int n = MOST - (int)(r % 5);
        a[r % (MOST * MOST)] = (int16_t)(a[r % (MOST * MOST)] + 3);
        multiply_constant(n, c, a, (int16_t)(r & 63));
        crc = crc32bits(crc, sum(n, c, 4000));
        multiply_vector(n, c, a, b);
        crc = crc32bits(crc, sum(n, c, 4000));
        multiply_matrix(n, c, a, b);
        crc = crc32bits(crc, sum(n, c, 40000));
        multiply_fields(n, c, a, b);
        crc = crc32bits(crc, sum(n, c, 4000));
    }
    printf("matrix %04x\n", crc);
    return 0;
}
