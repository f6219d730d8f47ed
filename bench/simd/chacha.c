/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The ChaCha20 block function on rows of four words: adds, rotations and lane shuffles.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint32_t u32x4 __attribute__((vector_size(16)));

static u32x4 rotate(u32x4 v, int n)
{
    return (v << n) | (v >> (32 - n));
}

static void quarter_rounds(u32x4 row[4])
{
    row[0] += row[1], row[3] = rotate(row[3] ^ row[0], 16);
    row[2] += row[3], row[1] = rotate(row[1] ^ row[2], 12);
    row[0] += row[1], row[3] = rotate(row[3] ^ row[0], 8);
    row[2] += row[3], row[1] = rotate(row[1] ^ row[2], 7);
}

static void block(const u32x4 in[4], u32x4 out[4])
{
    u32x4 row[4] = {in[0], in[1], in[2], in[3]};
    for (int i = 0; i < 10; i++) {
        quarter_rounds(row);
        row[1] = __builtin_shufflevector(row[1], row[1], 1, 2, 3, 0);
        row[2] = __builtin_shufflevector(row[2], row[2], 2, 3, 0, 1);
        row[3] = __builtin_shufflevector(row[3], row[3], 3, 0, 1, 2);
        quarter_rounds(row);
        row[1] = __builtin_shufflevector(row[1], row[1], 3, 0, 1, 2);
        row[2] = __builtin_shufflevector(row[2], row[2], 2, 3, 0, 1);
        row[3] = __builtin_shufflevector(row[3], row[3], 1, 2, 3, 0);
    }
    for (int i = 0; i < 4; i++)
        out[i] = row[i] + in[i];
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 30000;
    u32x4 state[4] = {{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574},
                      {1, 2, 3, 4},
                      {5, 6, 7, 8},
                      {0, 9, 10, 11}};
    u32x4 out[4], sum = {0};
    for (long r = 0; r < rounds; r++) {
        state[3][0]++;
        block(state, out);
        sum ^= out[0] + out[1] + out[2] + out[3];
    }
    printf("chacha %08x %08x %08x %08x\n", (unsigned)sum[0], (unsigned)sum[1], (unsigned)sum[2],
           (unsigned)sum[3]);
    return 0;
}
