/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Recursive edge filter of an image of floats: along rows and columns, to and fro.
 */
#include "poly.h"

#include <math.h>

enum { W = SIZE(2048, 512), H = SIZE(1080, 360), ROUNDS = SIZE(12, 25) };

struct filter {
    float a[8], b1, b2;
};

static struct filter coefficients(float alpha)
{
    float e = expf(-alpha), e2 = expf(-2.0f * alpha);
    float k = (1.0f - e) * (1.0f - e) / (1.0f + 2.0f * alpha * e - e2);
    float a[4] = {k, k * e * (alpha - 1.0f), k * e * (alpha + 1.0f), -k * e2};
    struct filter f = {.b1 = powf(2.0f, -alpha), .b2 = -e2};
    for (int i = 0; i < 8; i++)
        f.a[i] = a[i % 4];
    return f;
}

static NOINLINE void rows(const struct filter *f, float in[W][H], float out[W][H], float y1[W][H],
                          float y2[W][H])
{
    for (int i = 0; i < W; i++) {
        float before = 0.0f, last = 0.0f, last2 = 0.0f;
        for (int j = 0; j < H; j++) {
            y1[i][j] = f->a[0] * in[i][j] + f->a[1] * before + f->b1 * last + f->b2 * last2;
            before = in[i][j];
            last2 = last;
            last = y1[i][j];
        }
    }
    for (int i = 0; i < W; i++) {
        float after = 0.0f, after2 = 0.0f, next = 0.0f, next2 = 0.0f;
        for (int j = H - 1; j >= 0; j--) {
            y2[i][j] = f->a[2] * after + f->a[3] * after2 + f->b1 * next + f->b2 * next2;
            after2 = after;
            after = in[i][j];
            next2 = next;
            next = y2[i][j];
        }
    }
    for (int i = 0; i < W; i++)
        for (int j = 0; j < H; j++)
            out[i][j] = y1[i][j] + y2[i][j];
}

static NOINLINE void columns(const struct filter *f, float out[W][H], float y1[W][H],
                             float y2[W][H])
{
    for (int j = 0; j < H; j++) {
        float before = 0.0f, last = 0.0f, last2 = 0.0f;
        for (int i = 0; i < W; i++) {
            y1[i][j] = f->a[4] * out[i][j] + f->a[5] * before + f->b1 * last + f->b2 * last2;
            before = out[i][j];
            last2 = last;
            last = y1[i][j];
        }
    }
    for (int j = 0; j < H; j++) {
        float after = 0.0f, after2 = 0.0f, next = 0.0f, next2 = 0.0f;
        for (int i = W - 1; i >= 0; i--) {
            y2[i][j] = f->a[6] * after + f->a[7] * after2 + f->b1 * next + f->b2 * next2;
            after2 = after;
            after = out[i][j];
            next2 = next;
            next = y2[i][j];
        }
    }
    for (int i = 0; i < W; i++)
        for (int j = 0; j < H; j++)
            out[i][j] = y1[i][j] + y2[i][j];
}

static void run(void)
{
    enum { BYTES = W * H * sizeof(float) };
    float(*in)[H] = grid(BYTES), (*out)[H] = grid(BYTES);
    float(*y1)[H] = grid(BYTES), (*y2)[H] = grid(BYTES);
    struct filter f = coefficients(0.25f);
    for (int i = 0; i < W; i++)
        for (int j = 0; j < H; j++)
            in[i][j] = (float)((313 * i + 991 * j) % 65536) / 65535.0f;
    for (int t = 0; t < ROUNDS; t++) {
        rows(&f, in, out, y1, y2);
        columns(&f, out, y1, y2);
        in[t][t] += out[t][t] * 1e-6f;
    }
    double *sums = VECTOR(W);
    for (int i = 0; i < W; i++)
        for (int j = 0; j < H; j++)
            sums[i] += (double)out[i][j];
    print_sum("deriche", sums, W);
}
