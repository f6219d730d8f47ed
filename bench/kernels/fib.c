/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls: doubly recursive Fibonacci and the Ackermann function. Nothing but prologues, epilogues
 * and the stack check.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static uint32_t fib(uint32_t n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

__attribute__((noinline)) static uint32_t ackermann(uint32_t m, uint32_t n)
{
    if (m == 0)
        return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

int main(int argc, char **argv)
{
    uint32_t rounds = (uint32_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 100) + 1;
    uint32_t sum = 0;
    for (uint32_t r = 0; r < rounds; r++) {
        sum = sum * 31 + fib(30 + (r & 1));
        sum = sum * 31 + ackermann(2, 300 + (r & 3));
    }
    printf("fib %08x\n", (unsigned)sum);
    return 0;
}
