/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Graphs in arrays: strongly connected components, breadth-first search, union-find.
 */
#include <stdio.h>
#include <string.h>
#define N 20000
#define E 100000
static int head[N], nxt[E], to[E], w[E], q[N], dist[N], low[N], num[N], stk[N], comp[N], uf[N], sp,
    cnt, nc;
static unsigned char on[N], seen[N];

static void scc(int u)
{
    low[u] = num[u] = ++cnt;
    stk[sp++] = u;
    on[u] = 1;
    for (int e = head[u]; e >= 0; e = nxt[e]) {
        int v = to[e];
        if (!num[v]) {
            scc(v);
            if (low[v] < low[u])
                low[u] = low[v];
        } else if (on[v] && num[v] < low[u])
            low[u] = num[v];
    }
    if (low[u] == num[u]) {
        int v;
        do {
            v = stk[--sp];
            on[v] = 0;
            comp[v] = nc;
        } while (v != u);
        nc++;
    }
}

static int find(int x)
{
    while (uf[x] != x) {
        uf[x] = uf[uf[x]];
        x = uf[x];
    }
    return x;
}

static int bfs(int s)
{
    memset(dist, -1, sizeof dist);
    int a = 0, b = 0;
    q[b++] = s;
    dist[s] = 0;
    while (a < b) {
        int u = q[a++];
        for (int e = head[u]; e >= 0; e = nxt[e])
            if (dist[to[e]] < 0) {
                dist[to[e]] = dist[u] + 1;
                q[b++] = to[e];
            }
    }
    return b;
}

static int topo(int s)
{
    int n = 0;
    memset(seen, 0, sizeof seen);
    sp = 0;
    stk[sp++] = s;
    while (sp) {
        int u = stk[--sp];
        if (seen[u])
            continue;
        seen[u] = 1;
        n++;
        for (int e = head[u]; e >= 0; e = nxt[e])
            if (!seen[to[e]] && sp < N)
                stk[sp++] = to[e];
    }
    return n;
}

static int bell(int s)
{
    for (int i = 0; i < N; i++)
        dist[i] = 1 << 29;
    dist[s] = 0;
    int r = 0, ch = 1;
    while (ch && r < 12) {
        ch = 0;
        r++;
        for (int u = 0; u < N; u++) {
            int d = dist[u];
            if (d == 1 << 29)
                continue;
            for (int e = head[u]; e >= 0; e = nxt[e])
                if (d + w[e] < dist[to[e]]) {
                    dist[to[e]] = d + w[e];
                    ch = 1;
                }
        }
    }
    return r;
}

int main()
{
    unsigned s = 5;
    long o = 0;
    for (int r = 0; r < 12; r++) {
        memset(head, -1, sizeof head);
        for (int e = 0; e < E; e++) {
            s = s * 1664525 + 1013904223;
            int u = (s >> 8) % N;
            s = s * 1664525 + 1013904223;
            int v = (s >> 8) % N;
            if (r & 1 && e > 30000)
                v = (u + 1 + (s >> 28)) % N;
            to[e] = v;
            w[e] = s & 63;
            nxt[e] = head[u];
            head[u] = e;
        }
        memset(num, 0, sizeof num);
        cnt = nc = sp = 0;
        for (int i = 0; i < N; i++)
            if (!num[i])
                scc(i);
        o += nc;
        for (int i = 0; i < N; i++)
            uf[i] = i;
        int c = N;
        for (int u = 0; u < N; u++)
            for (int e = head[u]; e >= 0; e = nxt[e]) {
                int a = find(u), b = find(to[e]);
                if (a != b) {
                    uf[a] = b;
                    c--;
                }
            }
        o += c;
        for (int i = 0; i < 4; i++)
            o += bfs(i * 77) + topo(i * 13);
        o += bell(1) + dist[99];
    }
    printf("%ld\n", o);
}
