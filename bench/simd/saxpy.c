/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Plain float loops that the compiler vectorises on the way to wasm: saxpy, a dot product in four
 * strands, a three-point stencil.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 4096 };

static float x[COUNT + 2], y[COUNT + 2];

static void saxpy(float a)
{
    for (int i = 0; i < COUNT; i++)
        y[i] = a * x[i] + y[i];
}

static void stencil(void)
{
    for (int i = 1; i <= COUNT; i++)
        x[i] = (y[i - 1] + y[i] + y[i + 1]) * 0.3f;
}

static float dot(void)
{
    float sum[4] = {0};
    for (int i = 0; i < COUNT; i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += x[i + k] * y[i + k];
    return sum[0] + sum[1] + sum[2] + sum[3];
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 3000;
    for (int i = 0; i < COUNT + 2; i++) {
        x[i] = (float)(i % 17) * 0.25f;
        y[i] = (float)(i % 23) * 0.125f;
    }
    float sum = 0;
    for (long r = 0; r < rounds; r++) {
        saxpy(0.01f);
        stencil();
        sum = sum * 0.5f + dot();
    }
    printf("saxpy %.6e\n", (double)sum);
    return 0;
}
