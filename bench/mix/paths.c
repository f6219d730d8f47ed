/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Shortest paths: Floyd and Warshall over a matrix, Dijkstra with a binary heap over lists.
 */
#include <limits.h>
#include <stdio.h>

enum { DENSE = 200, NODES = 20000, DEGREE = 5 };

static int distance[DENSE][DENSE], far[NODES];
static struct edge {
    int to, length;
} edges[NODES][DEGREE];
static struct entry {
    int key, node;
} heap[NODES * DEGREE + 1];
static int count;

static void push(int key, int node)
{
    int i = ++count;
    for (; i > 1 && heap[i / 2].key > key; i /= 2)
        heap[i] = heap[i / 2];
    heap[i] = (struct entry){key, node};
}

static struct entry pop(void)
{
    struct entry top = heap[1], last = heap[count--];
    int i = 1, child;
    for (; (child = 2 * i) <= count; i = child) {
        if (child < count && heap[child + 1].key < heap[child].key)
            child++;
        if (last.key <= heap[child].key)
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return top;
}

static long dijkstra(int from)
{
    long sum = 0;
    for (int i = 0; i < NODES; i++)
        far[i] = INT_MAX;
    push(far[from] = 0, from);
    while (count > 0) {
        struct entry top = pop();
        if (top.key != far[top.node])
            continue;
        sum += top.key;
        for (int e = 0; e < DEGREE; e++) {
            const struct edge *edge = &edges[top.node][e];
            int length = top.key + edge->length;
            if (length < far[edge->to])
                push(far[edge->to] = length, edge->to);
        }
    }
    return sum;
}

static void floyd(void)
{
    for (int k = 0; k < DENSE; k++)
        for (int i = 0; i < DENSE; i++)
            for (int j = 0; j < DENSE; j++)
                if (distance[i][k] + distance[k][j] < distance[i][j])
                    distance[i][j] = distance[i][k] + distance[k][j];
}

int main(void)
{
    unsigned seed = 9;
    long sum = 0;
    for (int i = 0; i < NODES; i++)
        for (int e = 0; e < DEGREE; e++) {
            seed = seed * 1664525 + 1013904223;
            edges[i][e] = (struct edge){(int)((seed >> 8) % NODES), (int)(seed >> 24) + 1};
        }
    for (int i = 0; i < DENSE * DENSE; i++)
        distance[i / DENSE][i % DENSE] = (int)((seed = seed * 1664525 + 1013904223) >> 20);
    floyd();
    for (int i = 0; i < DENSE; i++)
        sum += distance[i][DENSE - 1 - i];
    for (int i = 0; i < 32; i++)
        sum += dijkstra(i * 397);
    printf("%ld\n", sum);
}
