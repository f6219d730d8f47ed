/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The smallest program worth measuring.
 */
#include <stdio.h>

int main(void)
{
    puts("hello, world");
    return 0;
}
