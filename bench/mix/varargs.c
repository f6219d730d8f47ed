/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions with variable arguments: a formatter, sums.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
static char buf[256];

__attribute__((noinline)) static int fmt(char *o, const char *f, ...)
{
    va_list a;
    va_start(a, f);
    char *p = o;
    for (; *f; f++) {
        if (*f != '%') {
            *p++ = *f;
            continue;
        }
        switch (*++f) {
        case 'd': {
            int v = va_arg(a, int);
            unsigned u = v < 0 ? -(unsigned)v : v;
            if (v < 0)
                *p++ = '-';
            char t[12];
            int n = 0;
            do
                t[n++] = '0' + u % 10;
            while (u /= 10);
            while (n)
                *p++ = t[--n];
            break;
        }
        case 's': {
            const char *s = va_arg(a, const char *);
            while (*s)
                *p++ = *s++;
            break;
        }
        case 'x': {
            unsigned u = va_arg(a, unsigned);
            for (int i = 28; i >= 0; i -= 4)
                *p++ = "0123456789abcdef"[u >> i & 15];
            break;
        }
        case 'c': *p++ = va_arg(a, int); break;
        case 'f': {
            double d = va_arg(a, double);
            int w = (int)d;
            p += fmt(p, "%d.%d", w, (int)((d - w) * 1000));
            break;
        }
        }
    }
    *p = 0;
    va_end(a);
    return p - o;
}

__attribute__((noinline)) static int sumv(int n, ...)
{
    va_list a;
    va_start(a, n);
    int s = 0;
    while (n--)
        s += va_arg(a, int);
    va_end(a);
    return s;
}

int main()
{
    unsigned o = 0;
    for (int i = 0; i < 700000; i++) {
        int n = fmt(buf, "%d: %s=%x %c %f", i, "value", i * 77u, 'a' + i % 26, i * .37);
        for (int k = 0; k < n; k += 5)
            o = o * 31 + buf[k];
        o += sumv(5, i, i + 1, i * 2, 3, 4) + sumv(2, i, 7);
    }
    printf("%u\n", o);
}
