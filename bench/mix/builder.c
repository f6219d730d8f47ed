/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Strings that are built in growing buffers: numbers, escapes, joins.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *p;
    size_t n, c;
} S;

static void pc(S *s, char c)
{
    if (s->n == s->c) {
        s->c = s->c ? s->c * 2 : 16;
        s->p = realloc(s->p, s->c);
    }
    s->p[s->n++] = c;
}

static void ps(S *s, const char *t)
{
    while (*t)
        pc(s, *t++);
}

static void pi(S *s, long long v)
{
    char b[24];
    int n = 0;
    unsigned long long u = v < 0 ? -(unsigned long long)v : v;
    do
        b[n++] = '0' + u % 10;
    while (u /= 10);
    if (v < 0)
        b[n++] = '-';
    while (n)
        pc(s, b[--n]);
}

static void pe(S *s, const char *t)
{
    pc(s, '"');
    for (; *t; t++) {
        if (*t == '"' || *t == '\\') {
            pc(s, '\\');
            pc(s, *t);
        } else if ((unsigned char)*t < 32) {
            ps(s, "\\u00");
            pc(s, "0123456789abcdef"[*t >> 4]);
            pc(s, "0123456789abcdef"[*t & 15]);
        } else
            pc(s, *t);
    }
    pc(s, '"');
}

static void ph(S *s, unsigned v)
{
    for (int i = 28; i >= 0; i -= 4)
        pc(s, "0123456789abcdef"[v >> i & 15]);
}

static unsigned long long hash(const S *s)
{
    unsigned long long h = 14695981039346656037ul;
    h = 1469598103u;
    for (size_t i = 0; i < s->n; i++)
        h = (unsigned)((h ^ (unsigned char)s->p[i]) * 16777619u);
    return h;
}

int main()
{
    unsigned long long o = 0;
    for (int r = 0; r < 300; r++) {
        S s = {0};
        ps(&s, "[\n");
        for (int i = 0; i < 500; i++) {
            ps(&s, "{\"id\":");
            pi(&s, i * 7919L - 1000);
            ps(&s, ",\"name\":");
            pe(&s, i & 1 ? "plain name here" : "quo\"ted\\na\tme");
            ps(&s, ",\"hex\":\"0x");
            ph(&s, i * 2654435761u);
            ps(&s, "\",\"v\":");
            pi(&s, (long long)i * i * i % 1000003);
            ps(&s, i < 499 ? "},\n" : "}\n");
        }
        pc(&s, ']');
        o += hash(&s) + s.n;
        free(s.p);
    }
    printf("%llu\n", o);
}
