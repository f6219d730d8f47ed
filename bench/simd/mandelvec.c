/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Four points of the Mandelbrot set at once: float arithmetic, comparison, masks.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));

enum { SIZE = 256, LIMIT = 200 };

static i32x4 iterations(f32x4 cx, f32x4 cy)
{
    f32x4 x = {0}, y = {0};
    i32x4 count = {0};
    for (int i = 0; i < LIMIT; i++) {
        f32x4 xx = x * x, yy = y * y;
        i32x4 inside = (xx + yy) < 4.0f;
        if ((inside[0] | inside[1] | inside[2] | inside[3]) == 0)
            break;
        count -= inside;
        y = (x + x) * y + cy;
        x = xx - yy + cx;
    }
    return count;
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 3;
    uint32_t sum = 0;
    for (long r = 0; r < rounds; r++)
        for (int row = 0; row < SIZE; row++)
            for (int column = 0; column < SIZE; column += 4) {
                float left = (float)column, step = 3.0f / SIZE;
                f32x4 cx = (f32x4){left, left + 1, left + 2, left + 3} * step - 2.2f;
                f32x4 cy = (f32x4){0} + ((float)(row + r % 7) * step - 1.5f);
                i32x4 count = iterations(cx, cy);
                sum = sum * 31 + (uint32_t)(count[0] + count[1] + count[2] + count[3]);
            }
    printf("mandelvec %08x\n", (unsigned)sum);
    return 0;
}
