/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Sorts and searches that compare by callbacks: a merge sort, qsort, bsearch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef int (*cmp)(const void *, const void *);

typedef struct {
    int k;
    float w;
    char n[8];
} T;

static int byk(const void *a, const void *b)
{
    int x = ((T *)a)->k, y = ((T *)b)->k;
    return x < y ? -1 : x > y;
}

static int byw(const void *a, const void *b)
{
    float x = ((T *)a)->w, y = ((T *)b)->w;
    return x < y ? -1 : x > y;
}

static int byn(const void *a, const void *b)
{
    return memcmp(((T *)a)->n, ((T *)b)->n, 8);
}

static void msort(T *a, T *t, int n, cmp c)
{
    if (n < 2)
        return;
    int h = n / 2;
    msort(a, t, h, c);
    msort(a + h, t, n - h, c);
    memcpy(t, a, h * sizeof *t);
    int i = 0, j = h, k = 0;
    while (i < h && j < n)
        a[k++] = c(&t[i], &a[j]) <= 0 ? t[i++] : a[j++];
    while (i < h)
        a[k++] = t[i++];
}

static void hsort(T **a, int n, cmp c)
{
    for (int s = n / 2 - 1; s >= 0; s--) {
        int r = s;
        for (;;) {
            int k = 2 * r + 1;
            if (k >= n)
                break;
            if (k + 1 < n && c(a[k], a[k + 1]) < 0)
                k++;
            if (c(a[r], a[k]) >= 0)
                break;
            T *t = a[r];
            a[r] = a[k];
            a[k] = t;
            r = k;
        }
    }
    for (int e = n - 1; e > 0; e--) {
        T *t = a[0];
        a[0] = a[e];
        a[e] = t;
        int r = 0;
        for (;;) {
            int k = 2 * r + 1;
            if (k >= e)
                break;
            if (k + 1 < e && c(a[k], a[k + 1]) < 0)
                k++;
            if (c(a[r], a[k]) >= 0)
                break;
            T *t = a[r];
            a[r] = a[k];
            a[k] = t;
            r = k;
        }
    }
}

static cmp volatile cs[3] = {byk, byw, byn};

int main()
{
    static T a[60000], t[60000];
    static T *p[60000];
    unsigned s = 1, o = 0;
    for (int r = 0; r < 6; r++) {
        for (int i = 0; i < 60000; i++) {
            s = s * 1664525 + 1013904223;
            a[i].k = s >> 8;
            a[i].w = (s >> 5) * 1.5f;
            for (int j = 0; j < 8; j++)
                a[i].n[j] = 'a' + ((s >> (j * 3)) & 15);
            p[i] = &a[i];
        }
        msort(a, t, 60000, cs[r % 3]);
        hsort(p, 60000, cs[(r + 1) % 3]);
        o = o * 31 + a[r * 777].k + (unsigned)p[r * 999]->k;
    }
    printf("%u\n", o);
}
