/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Huffman codes: counting, a tree, writing bits, and reading them by walking the tree.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 200000 };

static struct node {
    unsigned weight;
    int child[2]; /* of a leaf: -1 */
} nodes[511];
static uint8_t text[SIZE], again[SIZE], bits[SIZE * 2];
static struct code {
    uint32_t bits;
    int length;
} codes[256];

static int take_lightest(int *live, int *count)
{
    int best = 0;
    for (int i = 1; i < *count; i++)
        if (nodes[live[i]].weight < nodes[live[best]].weight)
            best = i;
    int node = live[best];
    live[best] = live[--*count];
    return node;
}

static int build(void)
{
    int live[256], count = 0, last = 255;
    memset(nodes, 0, sizeof nodes);
    for (int i = 0; i < SIZE; i++)
        nodes[text[i]].weight++;
    for (int i = 0; i < 256; i++) {
        nodes[i].child[0] = nodes[i].child[1] = -1;
        if (nodes[i].weight)
            live[count++] = i;
    }
    while (count > 1) {
        int x = take_lightest(live, &count), y = take_lightest(live, &count);
        nodes[++last] = (struct node){nodes[x].weight + nodes[y].weight, {x, y}};
        live[count++] = last;
    }
    return live[0];
}

static void assign(int node, struct code code)
{
    if (nodes[node].child[0] < 0) {
        codes[node] = code;
        return;
    }
    assign(nodes[node].child[0], (struct code){code.bits << 1, code.length + 1});
    assign(nodes[node].child[1], (struct code){code.bits << 1 | 1, code.length + 1});
}

static long encode(void)
{
    uint64_t pending = 0;
    int count = 0;
    long size = 0;
    for (int i = 0; i < SIZE; i++) {
        struct code code = codes[text[i]];
        pending = pending << code.length | code.bits;
        for (count += code.length; count >= 8; count -= 8)
            bits[size++] = (uint8_t)(pending >> (count - 8));
    }
    bits[size++] = (uint8_t)(pending << (8 - count));
    return size;
}

static void decode(int root)
{
    long at = 0;
    for (int i = 0; i < SIZE; i++) {
        int node = root;
        for (; nodes[node].child[0] >= 0; at++)
            node = nodes[node].child[bits[at >> 3] >> (7 - (at & 7)) & 1];
        again[i] = (uint8_t)node;
    }
}

int main(void)
{
    uint32_t seed = 2;
    long size = 0;
    for (int i = 0; i < SIZE; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = (uint8_t)("eeeeettttaaaoooiinnsshrdlucm"[(seed >> 16) % 28] + (seed >> 29 == 0));
    }
    for (int round = 0; round < 32; round++) {
        text[round] = (uint8_t)round;
        int root = build();
        assign(root, (struct code){0, 0});
        size += encode();
        decode(root);
    }
    printf("%ld %d\n", size, memcmp(text, again, SIZE));
}
