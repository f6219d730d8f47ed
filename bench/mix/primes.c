/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Number theory: modular powers and inverses, Miller-Rabin, Pollard's rho, divisions.
 */
#include <stdint.h>
#include <stdio.h>
typedef uint64_t u64;
typedef uint32_t u32;

static u64 mulmod(u64 a, u64 b, u64 m)
{
    u64 r = 0;
    a %= m;
    while (b) {
        if (b & 1) {
            r += a;
            if (r >= m || r < a)
                r -= m;
        }
        u64 t = a;
        a += a;
        if (a >= m || a < t)
            a -= m;
        b >>= 1;
    }
    return r;
}

static u32 pw(u32 b, u32 e, u32 m)
{
    u64 r = 1, x = b % m;
    while (e) {
        if (e & 1)
            r = r * x % m;
        x = x * x % m;
        e >>= 1;
    }
    return r;
}

static int prime(u32 n)
{
    if (n < 2)
        return 0;
    if (n % 2 == 0)
        return n == 2;
    u32 d = n - 1, s = 0;
    while (d % 2 == 0)
        d /= 2, s++;
    static const u32 w[] = {2, 7, 61};
    for (int i = 0; i < 3; i++) {
        if (w[i] % n == 0)
            continue;
        u64 x = pw(w[i], d, n);
        if (x == 1 || x == n - 1)
            continue;
        u32 r;
        for (r = 1; r < s; r++) {
            x = x * x % n;
            if (x == n - 1)
                break;
        }
        if (r == s)
            return 0;
    }
    return 1;
}

static u64 gcd(u64 a, u64 b)
{
    while (b) {
        u64 t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static u64 bgcd(u64 a, u64 b)
{
    if (!a || !b)
        return a | b;
    int s = __builtin_ctzll(a | b);
    a >>= __builtin_ctzll(a);
    do {
        b >>= __builtin_ctzll(b);
        if (a > b) {
            u64 t = a;
            a = b;
            b = t;
        }
        b -= a;
    } while (b);
    return a << s;
}

static u32 isq(u64 n)
{
    u64 x = n, y = (x + 1) / 2;
    if (n < 2)
        return n;
    while (y < x) {
        x = y;
        y = (x + n / x) / 2;
    }
    return x;
}

static int days(int y, int m, int d)
{
    y -= m <= 2;
    int e = (y >= 0 ? y : y - 399) / 400;
    unsigned yo = y - e * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1,
             doe = yo * 365 + yo / 4 - yo / 100 + doy;
    return e * 146097 + (int)doe - 719468;
}

static int digs(u64 n, int base)
{
    int s = 0;
    while (n) {
        s += n % base;
        n /= base;
    }
    return s;
}

static int collatz(u64 n)
{
    int c = 0;
    while (n != 1) {
        n = n & 1 ? 3 * n + 1 : n / 2;
        c++;
    }
    return c;
}

int main(int ac, char **av)
{
    u64 s = 1, o = 0;
    int base = 9 + ac;
    for (u32 i = 3000000001u; i < 3000000001u + 60000; i += 2)
        o += prime(i);
    for (int i = 0; i < 120000; i++) {
        s = s * 6364136223846793005ull + 1442695040888963407ull;
        o += gcd(s >> 20, (s << 13) >> 9 | 1) + bgcd(s >> 9, s | 1);
        o += isq(s >> 16) & 7;
        o += days((s >> 50) % 3000, (s >> 40) % 12 + 1, (s >> 30) % 28 + 1);
        o += digs(s, base) + digs(s, 10);
        if (!(i & 15))
            o += mulmod(s, s >> 3, 0xffffffffffffffc5ull) & 3;
    }
    for (int i = 1; i < 100000; i++)
        o += collatz(i);
    printf("%llu\n", (unsigned long long)o);
}
