/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Escape times of the Mandelbrot set: a short float loop whose length depends on the data.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 200, LIMIT = 500 };

static uint32_t escape(double cx, double cy)
{
    double x = 0.0, y = 0.0, xx = 0.0, yy = 0.0;
    uint32_t n = 0;
    for (; n < LIMIT && xx + yy <= 4.0; n++) {
        y = 2.0 * x * y + cy;
        x = xx - yy + cx;
        xx = x * x;
        yy = y * y;
    }
    return n;
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) / 4 + 1;
    uint32_t sum = 0;
    for (long r = 0; r < rounds; r++)
        for (int j = 0; j < SIZE; j++)
            for (int i = 0; i < SIZE; i++)
                sum = sum * 31 +
                      escape(3.0 * i / SIZE - 2.25 + (double)r * 1e-4, 3.0 * j / SIZE - 1.5);
    printf("mandelbrot %08x\n", (unsigned)sum);
    return 0;
}
