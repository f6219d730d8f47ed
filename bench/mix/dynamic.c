/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Dynamic programming: edit distance, longest common subsequence, a knapsack, change of coins.
 */
#include <stdio.h>
#include <string.h>

enum { LENGTH = 1500, ITEMS = 150, CAPACITY = 20000, SUM = 100000 };

static char x[LENGTH + 1], y[LENGTH + 1];
static int row[LENGTH + 1], table[LENGTH + 1][LENGTH + 1], best[CAPACITY + 1];
static unsigned ways[SUM + 1];

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int edit_distance(void)
{
    for (int j = 0; j <= LENGTH; j++)
        row[j] = j;
    for (int i = 1; i <= LENGTH; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= LENGTH; j++) {
            int above = row[j];
            row[j] = least(least(above, row[j - 1]) + 1, corner + (x[i - 1] != y[j - 1]));
            corner = above;
        }
    }
    return row[LENGTH];
}

static int common_subsequence(void)
{
    for (int i = 1; i <= LENGTH; i++)
        for (int j = 1; j <= LENGTH; j++) {
            int left = table[i][j - 1], above = table[i - 1][j];
            table[i][j] = x[i - 1] == y[j - 1] ? table[i - 1][j - 1] + 1
                          : left > above       ? left
                                               : above;
        }
    return table[LENGTH][LENGTH];
}

static int knapsack(unsigned seed)
{
    memset(best, 0, sizeof best);
    for (int i = 0; i < ITEMS; i++) {
        seed = seed * 1664525 + 1013904223;
        int weight = (int)(seed >> 22) + 1, value = (int)(seed >> 8 & 1023);
        for (int c = CAPACITY; c >= weight; c--)
            if (best[c - weight] + value > best[c])
                best[c] = best[c - weight] + value;
    }
    return best[CAPACITY];
}

static unsigned change(void)
{
    static const int coins[] = {1, 2, 5, 10, 20, 50, 100, 200};
    memset(ways, 0, sizeof ways);
    ways[0] = 1;
    for (int i = 0; i < 8; i++)
        for (int sum = coins[i]; sum <= SUM; sum++)
            ways[sum] += ways[sum - coins[i]];
    return ways[SUM];
}

int main(void)
{
    unsigned seed = 1, sum = 0;
    for (int i = 0; i < LENGTH; i++) {
        x[i] = "acgt"[(seed = seed * 1664525 + 1013904223) >> 30];
        y[i] = "acgt"[(seed = seed * 1664525 + 1013904223) >> 30];
    }
    for (int round = 0; round < 16; round++) {
        x[round * 100] ^= 1;
        sum += (unsigned)edit_distance() * 7 + (unsigned)common_subsequence();
        sum += (unsigned)knapsack(seed + sum) + change();
    }
    printf("%u\n", sum);
}
