/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Pointer chasing round one random cycle through 4 MiB of list nodes: the latency of loads whose
 * address is the last load's value, where address arithmetic on top is visible.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES = 1 << 16 };

struct node {
    struct node *next;
    uint32_t value, pad[12];
};

static struct node nodes[NODES];

/* One cycle through all nodes (Sattolo's shuffle). */
static void link_nodes(void)
{
    static uint32_t order[NODES];
    uint64_t seed = 7;
    for (uint32_t i = 0; i < NODES; i++)
        order[i] = i;
    for (uint32_t i = NODES - 1; i > 0; i--) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        uint32_t j = (uint32_t)(seed >> 33) % i, t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = i * 2654435761u;
    }
}

int main(int argc, char **argv)
{
    long steps = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) * 60000;
    link_nodes();
    const struct node *n = nodes;
    uint32_t sum = 0;
    for (long i = 0; i < steps; i++) {
        sum = (sum ^ n->value) + (uint32_t)i;
        n = n->next;
    }
    printf("chase %08x\n", (unsigned)sum);
    return 0;
}
