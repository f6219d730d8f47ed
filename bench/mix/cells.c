/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Cells of a small Lisp, with a mark-and-sweep collector and tagged integers.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#define NC 100000
typedef uint32_t R;
static R car[NC], cdr[NC];
static unsigned char mk[NC];
static R fr;
static R roots[64];
static int nr;
static long long gcs;
#define INT(x) ((R)(x) << 1 | 1)
#define ISI(r) ((r) & 1)
#define VAL(r) ((int)(r) >> 1)

static void mark(R r)
{
    while (r && !ISI(r)) {
        R i = r >> 1;
        if (mk[i])
            return;
        mk[i] = 1;
        mark(car[i]);
        r = cdr[i];
    }
}

static void gc(void)
{
    gcs++;
    for (int i = 0; i < nr; i++)
        mark(roots[i]);
    fr = 0;
    for (R i = NC - 1; i; i--)
        if (mk[i])
            mk[i] = 0;
        else {
            cdr[i] = fr;
            fr = i;
        }
}

static R cons(R a, R d)
{
    if (!fr) {
        roots[nr++] = a;
        roots[nr++] = d;
        gc();
        nr -= 2;
    }
    R i = fr;
    fr = cdr[i];
    car[i] = a;
    cdr[i] = d;
    return i << 1;
}

#define CAR(r) car[(r) >> 1]
#define CDR(r) cdr[(r) >> 1]

static R iota(int n)
{
    R l = 0;
    roots[nr++] = 0;
    for (int i = n; i; i--)
        roots[nr - 1] = l = cons(INT(i), l);
    nr--;
    return l;
}

static R map(R l, int (*f)(int))
{
    R h = 0;
    int k = nr;
    roots[nr++] = l;
    roots[nr++] = 0;
    while (l) {
        roots[k + 1] = h = cons(INT(f(VAL(CAR(l)))), h);
        l = CDR(l);
        roots[k] = l;
    }
    nr = k;
    return h;
}

static int sq(int x)
{
    return x * x & 0xffff;
}

static int inc(int x)
{
    return x + 1;
}

static long long sum(R l)
{
    long long s = 0;
    while (l) {
        s += ISI(CAR(l)) ? VAL(CAR(l)) : sum(CAR(l));
        l = CDR(l);
    }
    return s;
}

static R tree(int d)
{
    if (!d)
        return INT(1);
    int k = nr;
    roots[nr++] = 0;
    R a = tree(d - 1);
    roots[k] = a;
    R b = tree(d - 1);
    R c = cons(a, b);
    nr = k;
    return c;
}

static int cntt(R r)
{
    return ISI(r) ? 1 : cntt(CAR(r)) + cntt(CDR(r));
}

int main()
{
    gc();
    long long o = 0;
    for (int i = 0; i < 1200; i++) {
        R l = iota(1000);
        roots[nr++] = l;
        R m = map(l, i & 1 ? sq : inc);
        roots[nr - 1] = m;
        m = map(m, sq);
        o += sum(m);
        nr--;
        if (i % 4 == 0) {
            R t = tree(12);
            o += cntt(t);
        }
    }
    printf("%lld %lld\n", o, gcs);
}
