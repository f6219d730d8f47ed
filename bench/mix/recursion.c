/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Recursion: Takeuchi, Ackermann, mutual calls, towers of Hanoi.
 */
#include <stdio.h>

static int tak(int x, int y, int z)
{
    if (y >= x)
        return z;
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

static unsigned ack(unsigned m, unsigned n)
{
    if (!m)
        return n + 1;
    if (!n)
        return ack(m - 1, 1);
    return ack(m - 1, ack(m, n - 1));
}

int even(unsigned n);

__attribute__((noinline)) int odd(unsigned n)
{
    if (n == 0)
        return 0;
    return even(n - 1) + 1;
}

__attribute__((noinline)) int even(unsigned n)
{
    if (n == 0)
        return 1;
    return odd(n - 1) - 1;
}

static long hanoi(int n, int a, int b, int c, int *pos)
{
    if (!n)
        return 0;
    long r = hanoi(n - 1, a, c, b, pos);
    pos[n] = b;
    return r + 1 + hanoi(n - 1, c, b, a, pos);
}

static double mcc(int n)
{
    return n > 100 ? n - 10 : mcc((int)mcc(n + 11));
}

int main()
{
    int pos[32];
    long s = 0;
    for (int i = 0; i < 3; i++)
        s += tak(22, 14, 7 + i % 2);
    for (int i = 0; i < 3; i++)
        s += ack(2, 700 + i) + ack(3, 8);
    for (int i = 0; i < 300; i++)
        s += even(5000 + i) + odd(1000);
    s += hanoi(22, 0, 1, 2, pos);
    for (int i = 0; i < 2000; i++)
        for (int j = 0; j < 100; j += 7)
            s += mcc(j);
    printf("%ld %d\n", s, pos[3]);
}
