/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A program compiled to closures: each node has a pointer to its function.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct C C;

struct C {
    int64_t (*f)(C *, int64_t *);
    C *a, *b;
    int64_t v;
};

#define OP(n, e)                                                                                   \
    static int64_t n(C *c, int64_t *r)                                                             \
    {                                                                                              \
        return e;                                                                                  \
    }
#define A  (c->a->f(c->a, r))
#define BB (c->b->f(c->b, r))
OP(lit, c->v)
OP(reg, r[c->v])
OP(add, A + BB)
OP(sub, A - BB)
OP(mul, (A) * (BB))
OP(xr, A ^ BB)
OP(shr, (int64_t)((uint64_t)A >> (BB & 63)))
OP(lt, A < BB)
OP(set, r[c->v] = A)
OP(seq, (A, BB))

static int64_t loop(C *c, int64_t *r)
{
    int64_t n = 0;
    while (A) {
        BB;
        n++;
    }
    return n;
}

static C *mk(int64_t (*f)(C *, int64_t *), C *a, C *b, int64_t v)
{
    C *c = malloc(sizeof *c);
    c->f = f;
    c->a = a;
    c->b = b;
    c->v = v;
    return c;
}

int main()
{
    int64_t r[4] = {0, 1, 0, 0};
    C *body = mk(seq, mk(set, mk(add, mk(reg, 0, 0, 0), mk(lit, 0, 0, 1), 0), 0, 0),
                 mk(set,
                    mk(xr, mk(mul, mk(reg, 0, 0, 1), mk(lit, 0, 0, 0x5851f42d4c957f2d), 0),
                       mk(shr, mk(reg, 0, 0, 1), mk(lit, 0, 0, 7), 0), 0),
                    0, 1),
                 0);
    C *l = mk(loop, mk(lt, mk(reg, 0, 0, 0), mk(lit, 0, 0, 4000000), 0), body, 0);
    int64_t n = l->f(l, r);
    printf("%lld %lld\n", (long long)n, (long long)r[1]);
}
