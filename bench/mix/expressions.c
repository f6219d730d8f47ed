/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An interpreter that walks the trees of expressions: a switch and recursion, some calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum k { NUM, VAR, ADD, SUB, MUL, DIV, LT, IF, LET, CALL, SEQ };
typedef struct N N;

struct N {
    enum k k;
    int n;
    N *a, *b, *c;
    double v;
};

static N *mk(enum k k, N *a, N *b, N *c)
{
    N *n = malloc(sizeof *n);
    n->k = k;
    n->n = 0;
    n->a = a;
    n->b = b;
    n->c = c;
    n->v = 0;
    return n;
}

static N *num(double v)
{
    N *n = mk(NUM, 0, 0, 0);
    n->v = v;
    return n;
}

static N *var(int i)
{
    N *n = mk(VAR, 0, 0, 0);
    n->n = i;
    return n;
}

static N *fn;

static double ev(N *n, double *e)
{
    switch (n->k) {
    case NUM: return n->v;
    case VAR: return e[n->n];
    case ADD: return ev(n->a, e) + ev(n->b, e);
    case SUB: return ev(n->a, e) - ev(n->b, e);
    case MUL: return ev(n->a, e) * ev(n->b, e);
    case DIV: return ev(n->a, e) / ev(n->b, e);
    case LT: return ev(n->a, e) < ev(n->b, e);
    case IF: return ev(n->a, e) != 0 ? ev(n->b, e) : ev(n->c, e);
    case LET: {
        e[n->n] = ev(n->a, e);
        return ev(n->b, e);
    }
    case CALL: {
        double f[4];
        f[0] = ev(n->a, e);
        f[1] = n->b ? ev(n->b, e) : 0;
        return ev(fn, f);
    }
    case SEQ: ev(n->a, e); return ev(n->b, e);
    }
    return 0;
}

static N *fold(N *n)
{
    if (!n)
        return 0;
    n->a = fold(n->a);
    n->b = fold(n->b);
    n->c = fold(n->c);
    if ((n->k == ADD || n->k == MUL) && n->a->k == NUM && n->b->k == NUM) {
        double v = n->k == ADD ? n->a->v + n->b->v : n->a->v * n->b->v;
        return num(v);
    }
    return n;
}

static N *rnd(unsigned *s, int d)
{
    *s = *s * 1664525 + 1013904223;
    unsigned r = *s >> 24;
    if (d == 0)
        return r & 1 ? num(r) : var(r & 1);
    N *a = rnd(s, d - 1), *b = rnd(s, d - 1);
    return mk(ADD + (r % 3), a, b, 0);
}

static void fr(N *n)
{
    if (!n)
        return;
    fr(n->a);
    fr(n->b);
    fr(n->c);
    free(n);
}

int main()
{
    fn = mk(IF, mk(LT, var(0), num(2), 0), var(0),
            mk(ADD, mk(CALL, mk(SUB, var(0), num(1), 0), 0, 0),
               mk(CALL, mk(SUB, var(0), num(2), 0), 0, 0), 0));
    double e[4] = {25, 1, 2, 3};
    double o = ev(fn, e);
    unsigned s = 3;
    for (int i = 0; i < 100; i++) {
        N *t = rnd(&s, 9);
        double f[4] = {i * 1e-3, 1e-3, 0, 0};
        for (int j = 0; j < 5; j++)
            o += ev(t, f) > 0;
        fr(t);
    }
    printf("%g\n", o);
}
