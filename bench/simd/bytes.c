/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loops over bytes: sums of products as in a quantised network, gray from colours, a blend, edges
 * of a picture, and how many bytes are less than a limit.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 512, HEIGHT = 64, SIZE = WIDTH * HEIGHT };

static int8_t weights[SIZE];
static uint8_t colours[4 * SIZE], gray[SIZE], other[SIZE], edges[SIZE];

static int32_t dot(const int8_t *a, const int8_t *b, int count)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static void to_gray(void)
{
    for (int i = 0; i < SIZE; i++)
        gray[i] =
            (uint8_t)((colours[4 * i] * 77 + colours[4 * i + 1] * 150 + colours[4 * i + 2] * 29) >>
                      8);
}

static void blend(uint8_t *into, const uint8_t *from, unsigned share)
{
    for (int i = 0; i < SIZE; i++)
        into[i] = (uint8_t)((into[i] * (256 - share) + from[i] * share) >> 8);
}

static void find_edges(const uint8_t *in, uint8_t *out)
{
    for (int y = 1; y < HEIGHT - 1; y++)
        for (int x = 1; x < WIDTH - 1; x++) {
            const uint8_t *p = in + y * WIDTH + x;
            int across =
                p[1 - WIDTH] - p[-1 - WIDTH] + 2 * (p[1] - p[-1]) + p[1 + WIDTH] - p[-1 + WIDTH];
            int down = p[-1 + WIDTH] - p[-1 - WIDTH] + 2 * (p[WIDTH] - p[-WIDTH]) + p[1 + WIDTH] -
                       p[1 - WIDTH];
            int both = abs(across) + abs(down);
            out[y * WIDTH + x] = (uint8_t)(both > 255 ? 255 : both);
        }
}

static unsigned below(const uint8_t *bytes, uint8_t limit)
{
    unsigned count = 0;
    for (int i = 0; i < SIZE; i++)
        count += bytes[i] < limit;
    return count;
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 40;
    uint32_t random = 1;
    for (int i = 0; i < 4 * SIZE; i++) {
        random = random * 1664525 + 1013904223;
        colours[i] = (uint8_t)(random >> 24);
        weights[i % SIZE] = (int8_t)(random >> 16);
    }
    uint32_t hash = 0;
    for (long r = 0; r < rounds; r++) {
        to_gray();
        blend(other, gray, (unsigned)r & 255);
        find_edges(other, edges);
        for (int y = 0; y + 1 < HEIGHT; y++)
            hash =
                hash * 31 + (uint32_t)dot(weights + y * WIDTH, weights + y * WIDTH + WIDTH, WIDTH);
        hash = hash * 31 + below(edges, (uint8_t)r);
        colours[r % (4 * SIZE)] ^= edges[r % SIZE];
    }
    printf("bytes %u\n", (unsigned)hash);
    return 0;
}
