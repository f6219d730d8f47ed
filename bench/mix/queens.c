/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Ways to place queens on a board: recursion over three masks, and over an array.
 */
#include <stdio.h>
#include <stdlib.h>

static unsigned by_masks(unsigned all, unsigned columns, unsigned left, unsigned right)
{
    unsigned n = 0;
    if (columns == all)
        return 1;
    for (unsigned free = all & ~(columns | left | right); free; free &= free - 1) {
        unsigned one = free & -free;
        n += by_masks(all, columns | one, (left | one) << 1, (right | one) >> 1);
    }
    return n;
}

static int column_of[16];

static int is_safe(int row, int column)
{
    for (int i = 0; i < row; i++)
        if (column_of[i] == column || abs(column_of[i] - column) == row - i)
            return 0;
    return 1;
}

static unsigned by_array(int size, int row)
{
    unsigned n = 0;
    if (row == size)
        return 1;
    for (int column = 0; column < size; column++)
        if (is_safe(row, column)) {
            column_of[row] = column;
            n += by_array(size, row + 1);
        }
    return n;
}

int main(void)
{
    printf("%u %u\n", by_masks((1u << 13) - 1, 0, 0, 0), by_array(11, 0));
}
