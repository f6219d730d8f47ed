/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Counts chess moves on a board that is copied by value, without castling.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    signed char b[128];
    int side;
    int k[2];
} B;

typedef struct {
    unsigned char f, t;
    signed char p, c;
} Mv;

static const int kn[8] = {-33, -31, -18, -14, 14, 18, 31, 33},
                 ki[8] = {-17, -16, -15, -1, 1, 15, 16, 17};

static int att(const B *b, int s, int by)
{
    int g = by ? -1 : 1;
    for (int i = 0; i < 8; i++) {
        int t = s + kn[i];
        if (!(t & 0x88) && b->b[t] == 2 * g)
            return 1;
        t = s + ki[i];
        if (!(t & 0x88) && b->b[t] == 6 * g)
            return 1;
        for (t = s + ki[i]; !(t & 0x88); t += ki[i]) {
            int p = b->b[t] * g;
            if (p) {
                int dg = (i == 0 || i == 2 || i == 5 || i == 7);
                if (p == 5 || (dg ? p == 3 : p == 4))
                    return 1;
                break;
            }
        }
    }
    int d = by ? 16 : -16;
    for (int x = -1; x <= 1; x += 2) {
        int t = s + d + x;
        if (!(t & 0x88) && b->b[t] == g)
            return 1;
    }
    return 0;
}

static int gen(const B *b, Mv *m)
{
    int n = 0, g = b->side ? -1 : 1;
    for (int s = 0; s < 128; s++) {
        if (s & 0x88)
            continue;
        int p = b->b[s] * g;
        if (p <= 0)
            continue;
        if (p == 1) {
            int d = b->side ? -16 : 16, t = s + d;
            if (!(t & 0x88) && !b->b[t]) {
                m[n++] = (Mv){s, t, p, 0};
                if ((s >> 4) == (b->side ? 6 : 1) && !b->b[t + d])
                    m[n++] = (Mv){s, t + d, p, 0};
            }
            for (int x = -1; x <= 1; x += 2) {
                t = s + d + x;
                if (!(t & 0x88) && b->b[t] * g < 0)
                    m[n++] = (Mv){s, t, p, b->b[t]};
            }
        } else if (p == 2 || p == 6) {
            const int *v = p == 2 ? kn : ki;
            for (int i = 0; i < 8; i++) {
                int t = s + v[i];
                if (!(t & 0x88) && b->b[t] * g <= 0)
                    m[n++] = (Mv){s, t, p, b->b[t]};
            }
        } else
            for (int i = 0; i < 8; i++) {
                int dg = (i == 0 || i == 2 || i == 5 || i == 7);
                if (p == 3 && !dg || p == 4 && dg)
                    continue;
                for (int t = s + ki[i]; !(t & 0x88); t += ki[i]) {
                    int c = b->b[t] * g;
                    if (c > 0)
                        break;
                    m[n++] = (Mv){s, t, p, b->b[t]};
                    if (c)
                        break;
                }
            }
    }
    return n;
}

static B make(B b, Mv m)
{
    b.b[m.t] = b.b[m.f];
    b.b[m.f] = 0;
    if (m.p == 6)
        b.k[b.side] = m.t;
    if (m.p == 1 && ((m.t >> 4) == 7 || (m.t >> 4) == 0))
        b.b[m.t] = b.side ? -5 : 5;
    b.side ^= 1;
    return b;
}

static long perft(B b, int d)
{
    if (!d)
        return 1;
    Mv m[220];
    int n = gen(&b, m);
    long r = 0;
    for (int i = 0; i < n; i++) {
        B c = make(b, m[i]);
        if (!att(&c, c.k[b.side], c.side))
            r += perft(c, d - 1);
    }
    return r;
}

int main()
{
    B b;
    memset(&b, 0, sizeof b);
    static const signed char r[8] = {4, 2, 3, 5, 6, 3, 2, 4};
    for (int i = 0; i < 8; i++) {
        b.b[i] = r[i];
        b.b[16 + i] = 1;
        b.b[96 + i] = -1;
        b.b[112 + i] = -r[i];
    }
    b.k[0] = 4;
    b.k[1] = 116;
    printf("%ld\n", perft(b, 4));
    B c = make(make(b, (Mv){20, 52, 1, 0}), (Mv){100, 68, 1, 0});
    printf("%ld\n", perft(c, 4));
}
