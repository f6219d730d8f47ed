/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A program that begins with a table of primes, built at its start or, with --init, when it is
 * compiled. Says how many there are, and whether the file that the initialiser may read was there.
 */
#include <stdbool.h>
#include <stdio.h>

enum { LIMIT = 2000000 };

static bool composite[LIMIT];
static int count;
static char greeting[16] = "none";

void build(void) __attribute__((export_name("wizer.initialize")));

void build(void)
{
    for (int i = 2; i < LIMIT; i++) {
        count += !composite[i];
        for (long long j = (long long)i * i; !composite[i] && j < LIMIT; j += i)
            composite[j] = true;
    }
    FILE *file = fopen("/data/greeting", "r");
    if (file && fgets(greeting, sizeof greeting, file))
        fclose(file);
}

int main(void)
{
    if (!count)
        build();
    printf("%d %s\n", count, greeting);
    return 0;
}
