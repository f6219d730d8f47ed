/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Radix-2 Fourier transform in place, forward and back: strided accesses, bit reversal, twiddle
 * factors from a table made by repeated rotation (no libm, whose results may differ by platform).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG_SIZE = 14, SIZE = 1 << LOG_SIZE };

struct complex_number {
    double re, im;
};

static struct complex_number data[SIZE], twiddle[SIZE / 2];

/* twiddle[k] = exp(-2 pi i k / SIZE), by half angles from exp(-pi i / 2): exact rules only. */
static void make_twiddles(void)
{
    twiddle[0] = (struct complex_number){1.0, 0.0};
    double c = 0.0;
    for (int stride = SIZE / 4; stride >= 1; stride /= 2) {
        double s = sqrt(1.0 - c * c);
        for (int k = 0; k < SIZE / 2; k += 2 * stride) {
            struct complex_number w = twiddle[k];
            twiddle[k + stride] = (struct complex_number){w.re * c + w.im * s, w.im * c - w.re * s};
        }
        c = sqrt((1.0 + c) / 2.0);
    }
}

static void reverse_bits(void)
{
    for (unsigned i = 1, j = 0; i < SIZE; i++) {
        unsigned bit = SIZE >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            struct complex_number t = data[i];
            data[i] = data[j];
            data[j] = t;
        }
    }
}

static void transform(double direction)
{
    reverse_bits();
    for (int half = 1; half < SIZE; half *= 2) {
        int stride = SIZE / (2 * half);
        for (int base = 0; base < SIZE; base += 2 * half)
            for (int k = 0; k < half; k++) {
                double wr = twiddle[k * stride].re, wi = direction * twiddle[k * stride].im;
                struct complex_number *x = &data[base + k], *y = x + half;
                double tr = y->re * wr - y->im * wi, ti = y->re * wi + y->im * wr;
                *y = (struct complex_number){x->re - tr, x->im - ti};
                *x = (struct complex_number){x->re + tr, x->im + ti};
            }
    }
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 6;
    make_twiddles();
    for (int i = 0; i < SIZE; i++)
        data[i] = (struct complex_number){(double)(i * 37 % 101) - 50.0, 0.0};
    double sum = 0.0;
    for (long r = 0; r < rounds; r++) {
        transform(1.0);
        sum += data[r % SIZE].re;
        transform(-1.0);
        for (int i = 0; i < SIZE; i++) {
            data[i].re *= 1.0 / SIZE;
            data[i].im *= 1.0 / SIZE;
        }
    }
    printf("fft %.9e %.6e\n", sum, data[12345].re);
    return 0;
}
