/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Sudokus by search: the field with the fewest digits left first.
 */
#include <stdio.h>
#include <string.h>

static int rows[9], columns[9], boxes[9];
static char grid[81];
static long tries;

static int free_at(int i)
{
    return 511 & ~(rows[i / 9] | columns[i % 9] | boxes[i / 27 * 3 + i % 9 / 3]);
}

static void toggle(int i, int bit)
{
    rows[i / 9] ^= bit;
    columns[i % 9] ^= bit;
    boxes[i / 27 * 3 + i % 9 / 3] ^= bit;
}

static int solve(void)
{
    int best = -1, fewest = 10;
    for (int i = 0; i < 81; i++) {
        int n = grid[i] ? 10 : __builtin_popcount((unsigned)free_at(i));
        if (n < fewest)
            fewest = n, best = i;
    }
    if (best < 0)
        return 1;
    for (int free = free_at(best); free; free &= free - 1) {
        int bit = free & -free;
        tries++;
        grid[best] = (char)(1 + __builtin_ctz((unsigned)bit));
        toggle(best, bit);
        if (solve())
            return 1;
        toggle(best, bit);
        grid[best] = 0;
    }
    return 0;
}

int main(void)
{
    static const char *const puzzles[] = {
        "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..",
        "..............3.85..1.2.......5.7.....4...1...9.......5......73..2.1........4...9",
        "1....7.9..3..2...8..96..5....53..9...1..8...26....4...3......1..4......7..7...3..",
    };
    unsigned hash = 0;
    for (int p = 0; p < 24; p++) {
        memset(rows, 0, sizeof rows), memset(columns, 0, sizeof columns),
            memset(boxes, 0, sizeof boxes);
        for (int i = 0; i < 81; i++) {
            grid[i] = puzzles[p % 3][i] == '.' ? 0 : (char)(puzzles[p % 3][i] - '0');
            if (grid[i])
                toggle(i, 1 << (grid[i] - 1));
        }
        solve();
        for (int i = 0; i < 81; i++)
            hash = hash * 31 + (unsigned)grid[i];
    }
    printf("%u %ld\n", hash, tries);
}
