/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linked lists: merge sort, reversal, removal, nodes in any order in memory.
 */
#include <stdio.h>
#include <stdlib.h>
typedef struct L L;

struct L {
    L *n;
    int v;
    int pad;
};

static L *merge(L *a, L *b)
{
    L h, *t = &h;
    while (a && b) {
        if (a->v <= b->v) {
            t->n = a;
            a = a->n;
        } else {
            t->n = b;
            b = b->n;
        }
        t = t->n;
    }
    t->n = a ? a : b;
    return h.n;
}

static L *sort(L *l)
{
    if (!l || !l->n)
        return l;
    L *s = l, *f = l->n;
    while (f && f->n) {
        s = s->n;
        f = f->n->n;
    }
    L *b = s->n;
    s->n = 0;
    return merge(sort(l), sort(b));
}

static L *rev(L *l)
{
    L *r = 0;
    while (l) {
        L *n = l->n;
        l->n = r;
        r = l;
        l = n;
    }
    return r;
}

static L *filt(L *l, int m)
{
    L **p = &l;
    while (*p) {
        if ((*p)->v % m == 0) {
            L *d = *p;
            *p = d->n;
            free(d);
        } else
            p = &(*p)->n;
    }
    return l;
}
typedef struct D D;

struct D {
    D *p, *n;
    int v;
};

int main()
{
    unsigned s = 1;
    long long o = 0;
    for (int r = 0; r < 40; r++) {
        L *l = 0;
        for (int i = 0; i < 10000; i++) {
            s = s * 1664525 + 1013904223;
            L *x = malloc(sizeof *x);
            x->v = s >> 8;
            x->n = l;
            l = x;
        }
        l = sort(l);
        l = rev(l);
        l = filt(l, 7);
        int k = 0;
        for (L *x = l; x; x = x->n)
            o += x->v * (long long)(k++ & 3);
        l = sort(l);
        while (l) {
            L *n = l->n;
            free(l);
            l = n;
        }
    }
    D h = {&h, &h, 0};
    static D nd[1000];
    for (int i = 0; i < 1000; i++) {
        nd[i].v = i;
        nd[i].p = h.p;
        nd[i].n = &h;
        h.p->n = &nd[i];
        h.p = &nd[i];
    }
    for (int i = 0; i < 3000000; i++) {
        s = s * 1664525 + 1013904223;
        D *d = &nd[(s >> 12) % 1000];
        d->p->n = d->n;
        d->n->p = d->p;
        d->n = h.n;
        d->p = &h;
        h.n->p = d;
        h.n = d;
        o += h.p->v;
    }
    printf("%lld\n", o);
}
