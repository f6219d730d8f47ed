/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A parser of HTTP requests: a state machine, byte after byte.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum st { S_M, S_SP, S_URI, S_V, S_LF, S_H0, S_HN, S_HC, S_HV, S_HLF, S_END, S_DONE, S_ERR };

typedef struct {
    enum st s;
    uint32_t h;
    int nh, ulen;
    uint64_t clen;
    int keep;
} P;

static void feed(P *p, const unsigned char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = b[i];
        switch (p->s) {
        case S_M:
            if (c == ' ')
                p->s = S_SP;
            else if (c < 'A' || c > 'Z')
                p->s = S_ERR;
            else
                p->h = p->h * 31 + c;
            break;
        case S_SP:
            if (c != ' ') {
                p->s = S_URI;
                p->ulen = 1;
            }
            break;
        case S_URI:
            if (c == ' ')
                p->s = S_V;
            else if (c < 32)
                p->s = S_ERR;
            else {
                p->ulen++;
                p->h = (p->h ^ c) * 16777619u;
            }
            break;
        case S_V:
            if (c == '\r')
                p->s = S_LF;
            break;
        case S_LF: p->s = c == '\n' ? S_H0 : S_ERR; break;
        case S_H0:
            if (c == '\r') {
                p->s = S_END;
                break;
            }
            p->s = S_HN;
            p->h = 0; /*fall*/
        case S_HN:
            if (c == ':')
                p->s = S_HC;
            else
                p->h = p->h * 33 + (c | 32);
            break;
        case S_HC:
            if (c == ' ' || c == '\t')
                break;
            p->s = S_HV;
            p->clen = 0; /*fall*/
        case S_HV:
            if (c == '\r')
                p->s = S_HLF;
            else if (c >= '0' && c <= '9')
                p->clen = p->clen * 10 + (c - '0');
            else
                p->keep ^= c;
            break;
        case S_HLF:
            p->nh++;
            p->s = c == '\n' ? S_H0 : S_ERR;
            break;
        case S_END: p->s = c == '\n' ? S_DONE : S_ERR; break;
        case S_DONE:
            p->s = S_M;
            p->h ^= c;
            break;
        case S_ERR: return;
        }
    }
}

static const char *R = "GET /index.html?user=alice&session=0123456789abcdef HTTP/1.1\r\nHost: "
                       "www.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: "
                       "*/*\r\nContent-Length: 12345\r\nConnection: keep-alive\r\nX-Request-Id: "
                       "9f8e7d6c5b4a\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n\n";

int main()
{
    P p = {0};
    uint64_t s = 0;
    size_t n = strlen(R);
    for (int i = 0; i < 500000; i++) {
        feed(&p, (const unsigned char *)R, n);
        s += p.h + p.nh + p.clen + p.keep;
    }
    printf("%d %llu\n", p.s, (unsigned long long)s);
}
