/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Othello on 64-bit boards: shifts, masks and a search of moves.
 */
#include <stdint.h>
#include <stdio.h>
typedef uint64_t U;
#define NA 0xfefefefefefefefeull
#define NH 0x7f7f7f7f7f7f7f7full

static U fl(U m, U o, int d, U k)
{
    o &= k;
    U f = o & (m << d);
    for (int i = 0; i < 5; i++)
        f |= o & (f << d);
    return f << d;
}

static U fr(U m, U o, int d, U k)
{
    o &= k;
    U f = o & (m >> d);
    for (int i = 0; i < 5; i++)
        f |= o & (f >> d);
    return f >> d;
}

static U moves(U m, U o)
{
    U k = NA & NH;
    return (fl(m, o, 1, k) | fr(m, o, 1, k) | fl(m, o, 8, ~0ull) | fr(m, o, 8, ~0ull) |
            fl(m, o, 7, k) | fr(m, o, 7, k) | fl(m, o, 9, k) | fr(m, o, 9, k)) &
           ~(m | o);
}

static U flip(U m, U o, int sq)
{
    static const int dx[8] = {1, 1, 0, -1, -1, -1, 0, 1}, dy[8] = {0, 1, 1, 1, 0, -1, -1, -1};
    U r = 0;
    int X = sq & 7, Y = sq >> 3;
    for (int d = 0; d < 8; d++) {
        U t = 0;
        int x = X + dx[d], y = Y + dy[d];
        while ((unsigned)x < 8 && (unsigned)y < 8) {
            U b = 1ull << (y * 8 + x);
            if (o & b)
                t |= b;
            else {
                if (m & b)
                    r |= t;
                break;
            }
            x += dx[d];
            y += dy[d];
        }
    }
    return r;
}

static long nodes;

static int evalb(U m, U o)
{
    return __builtin_popcountll(moves(m, o)) - __builtin_popcountll(moves(o, m)) +
           10 * (__builtin_popcountll(m & 0x8100000000000081ull) -
                 __builtin_popcountll(o & 0x8100000000000081ull));
}

static int ab(U m, U o, int d, int a, int b, int pass)
{
    nodes++;
    if (!d)
        return evalb(m, o);
    U mv = moves(m, o);
    if (!mv) {
        if (pass)
            return 100 * (__builtin_popcountll(m) - __builtin_popcountll(o));
        return -ab(o, m, d - 1, -b, -a, 1);
    }
    while (mv) {
        int sq = __builtin_ctzll(mv);
        mv &= mv - 1;
        U f = flip(m, o, sq);
        int v = -ab(o & ~f, m | f | 1ull << sq, d - 1, -b, -a, 0);
        if (v > a) {
            a = v;
            if (a >= b)
                break;
        }
    }
    return a;
}

static U rev(U x)
{
    U r = 0;
    for (int i = 0; i < 64; i++)
        r |= ((x >> i) & 1) << (63 - i);
    return r;
}

static U morton(uint32_t x, uint32_t y)
{
    U a = x, b = y;
    a = (a | a << 16) & 0xffff0000ffffull;
    a = (a | a << 8) & 0xff00ff00ff00ffull;
    a = (a | a << 4) & 0xf0f0f0f0f0f0f0full;
    a = (a | a << 2) & 0x3333333333333333ull;
    a = (a | a << 1) & 0x5555555555555555ull;
    b = (b | b << 16) & 0xffff0000ffffull;
    b = (b | b << 8) & 0xff00ff00ff00ffull;
    b = (b | b << 4) & 0xf0f0f0f0f0f0f0full;
    b = (b | b << 2) & 0x3333333333333333ull;
    b = (b | b << 1) & 0x5555555555555555ull;
    return a | b << 1;
}

int main()
{
    int v = ab(0x0000000810000000ull, 0x0000001008000000ull, 8, -100000, 100000, 0);
    U s = 1, o = 0;
    for (int i = 0; i < 400000; i++) {
        s = s * 6364136223846793005ull + 1;
        o += rev(s) + morton(s >> 32, s) + __builtin_bswap64(s) + __builtin_clzll(s | 1) +
             ((s << (i & 63)) | (s >> (-i & 63))) + (__builtin_parityll(s));
    }
    printf("%d %ld %llu\n", v, nodes, (unsigned long long)o);
}
