/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Runs a module of differential testing that was compiled for this machine on another one, as
 * differential_host.c asks it to.   usage: differential_runner MODULE.so FILE WAY
 */
#include <stddef.h>

#include "tests/fuzz/differential_run.h"

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    differential_run(argv[1], argv[2], argv[3], NULL);
    return 0;
}
